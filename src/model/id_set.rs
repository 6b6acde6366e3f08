//! A set of identities, in order and small.

use super::ObjectId;
use serde::{Deserialize, Serialize};

/// A sorted set of identities. Nearly every object uses one or two others, and a tree would take a kilobyte for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<ObjectId>", into = "Vec<ObjectId>")]
pub struct IdSet(Box<[ObjectId]>);

impl IdSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// True where it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where it holds that one.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.0.binary_search(id).is_ok()
    }

    /// The identities in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ObjectId> {
        self.0.iter()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0 = Box::default();
    }

    /// Adds one; true where it is new. It takes time in proportion to what is there: for many use `extend`.
    pub fn insert(&mut self, id: ObjectId) -> bool {
        let is_new = !self.contains(&id);
        if is_new {
            self.extend([id]);
        }
        is_new
    }

    /// Keeps those that pass.
    pub fn retain(&mut self, keep: impl FnMut(&ObjectId) -> bool) {
        let mut ids = std::mem::take(&mut self.0).into_vec();
        ids.retain(keep);
        self.0 = ids.into_boxed_slice();
    }
}

impl From<Vec<ObjectId>> for IdSet {
    fn from(mut ids: Vec<ObjectId>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self(ids.into_boxed_slice())
    }
}

impl From<IdSet> for Vec<ObjectId> {
    fn from(set: IdSet) -> Self {
        set.0.into_vec()
    }
}

impl FromIterator<ObjectId> for IdSet {
    fn from_iter<I: IntoIterator<Item = ObjectId>>(ids: I) -> Self {
        Self::from(ids.into_iter().collect::<Vec<_>>())
    }
}

impl Extend<ObjectId> for IdSet {
    fn extend<I: IntoIterator<Item = ObjectId>>(&mut self, ids: I) {
        let mut all = std::mem::take(&mut self.0).into_vec();
        all.extend(ids);
        *self = Self::from(all);
    }
}

impl<'a> IntoIterator for &'a IdSet {
    type Item = &'a ObjectId;
    type IntoIter = std::slice::Iter<'a, ObjectId>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn is_sorted_and_holds_nothing_twice() {
        let id = |name: &str| ObjectId::global(Kind::Schema, name);
        let mut set = IdSet::from_iter([id("b"), id("a"), id("b")]);
        assert!(set.insert(id("ab")) && !set.insert(id("a")));
        let names: Vec<&str> = set.iter().map(|id| id.name.as_str()).collect();
        assert_eq!(names, ["a", "ab", "b"]);
        assert!(set.contains(&id("ab")) && !set.contains(&id("c")));
        set.retain(|id| id.name.as_str() != "a");
        assert_eq!(set.len(), 2);
    }
}
