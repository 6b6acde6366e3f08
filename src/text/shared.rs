//! Text that is said many times and kept once: the names of a schema of ten thousand tables are a few megabytes, their copies in
//! every dependency hundreds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A text that copies share, one pointer wide. Texts made on one thread share their bytes too, and compare by their address first.
#[derive(Clone)]
pub struct Shared(Arc<Box<str>>);

/// A text as the pool finds it: by what it says.
struct Pooled(Arc<Box<str>>);

/// What a thread has made. What nobody holds any more is let go when the pool has doubled.
struct Pool {
    texts: HashSet<Pooled>,
    sweep_at: usize,
}

const SMALL_POOL: usize = 4096;

thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool { texts: HashSet::new(), sweep_at: SMALL_POOL });
}

impl Pool {
    fn share(&mut self, text: &str) -> Arc<Box<str>> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(&known.0);
        }
        if self.texts.len() >= self.sweep_at {
            self.texts.retain(|text| Arc::strong_count(&text.0) > 1);
            self.sweep_at = SMALL_POOL.max(self.texts.len() * 2);
        }
        let made: Arc<Box<str>> = Arc::new(Box::from(text));
        self.texts.insert(Pooled(Arc::clone(&made)));
        made
    }
}

impl Borrow<str> for Pooled {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Pooled {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Pooled {}

impl Hash for Pooled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Shared {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the empty text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Shared {
    fn from(text: &str) -> Self {
        // While a thread ends its pool may be gone already; a text of its own does as well.
        let shared = POOL.try_with(|pool| pool.borrow_mut().share(text));
        Self(shared.unwrap_or_else(|_| Arc::new(Box::from(text))))
    }
}

impl From<String> for Shared {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Shared {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Shared> for Shared {
    fn from(text: &Shared) -> Self {
        text.clone()
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::from("")
    }
}

impl Deref for Shared {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Shared {}

impl PartialEq<Shared> for String {
    fn eq(&self, other: &Shared) -> bool {
        *self == **other.0
    }
}

impl PartialEq<Shared> for str {
    fn eq(&self, other: &Shared) -> bool {
        *self == **other.0
    }
}

impl Borrow<str> for Shared {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialOrd for Shared {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Shared {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match Arc::ptr_eq(&self.0, &other.0) {
            true => std::cmp::Ordering::Equal,
            false => self.0.cmp(&other.0),
        }
    }
}

impl Hash for Shared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl schemars::JsonSchema for Shared {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        String::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reading)
    }
}

struct Reading;

impl de::Visitor<'_> for Reading {
    type Value = Shared;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Shared, E> {
        Ok(Shared::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_kept_once_and_let_go() {
        let (one, two) = (Shared::from("a name"), Shared::from(String::from("a name")));
        assert!(Arc::ptr_eq(&one.0, &two.0));
        let after = Shared::from("b");
        assert!(one == two && one < after && *"b" == after);
        let other = std::thread::spawn(|| Shared::from("a name")).join().unwrap();
        assert!(!Arc::ptr_eq(&one.0, &other.0));
        assert_eq!(one, other);
        for number in 0..SMALL_POOL * 4 {
            drop(Shared::from(format!("name {number}")));
        }
        let kept = POOL.with(|pool| pool.borrow().texts.len());
        assert!(kept <= SMALL_POOL, "{kept} kept");
        assert!(Arc::ptr_eq(&one.0, &Shared::from("a name").0));
    }
}
