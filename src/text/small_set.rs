//! A set in order, and small.

use serde::{Deserialize, Serialize};

/// A sorted set of a few things. Nearly every object uses one or two others, nearly every statement a handful of names, and a
/// tree would take a kilobyte for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<T>", into = "Vec<T>")]
#[serde(bound(serialize = "T: Clone + Serialize", deserialize = "T: Ord + Deserialize<'de>"))]
pub struct SmallSet<T>(Box<[T]>);

impl<T> Default for SmallSet<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T: Ord> SmallSet<T> {
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
    pub fn contains(&self, item: &T) -> bool {
        self.0.binary_search(item).is_ok()
    }

    /// What it holds, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0 = Box::default();
    }

    /// Adds one; true where it is new. It takes time in proportion to what is there: for many use `extend`.
    pub fn insert(&mut self, item: T) -> bool {
        let is_new = !self.contains(&item);
        if is_new {
            self.extend([item]);
        }
        is_new
    }

    /// Keeps those that pass.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        let mut items = std::mem::take(&mut self.0).into_vec();
        items.retain(keep);
        self.0 = items.into_boxed_slice();
    }
}

impl<T: Ord> From<Vec<T>> for SmallSet<T> {
    fn from(mut items: Vec<T>) -> Self {
        items.sort_unstable();
        items.dedup();
        Self(items.into_boxed_slice())
    }
}

impl<T> From<SmallSet<T>> for Vec<T> {
    fn from(set: SmallSet<T>) -> Self {
        set.0.into_vec()
    }
}

impl<T: Ord> FromIterator<T> for SmallSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}

impl<T: Ord> Extend<T> for SmallSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        let mut all = std::mem::take(&mut self.0).into_vec();
        all.extend(items);
        *self = Self::from(all);
    }
}

impl<'a, T> IntoIterator for &'a SmallSet<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sorted_and_holds_nothing_twice() {
        let mut set = SmallSet::from_iter(["b", "a", "b"]);
        assert!(set.insert("ab") && !set.insert("a"));
        assert_eq!(set.iter().copied().collect::<Vec<_>>(), ["a", "ab", "b"]);
        assert!(set.contains(&"ab") && !set.contains(&"c"));
        set.retain(|each| *each != "a");
        assert_eq!(set.len(), 2);
    }
}
