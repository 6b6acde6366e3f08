//! What the writes of one writer must have led to.

use std::collections::BTreeMap;

/// A row of the table that changes, whatever its columns are called and typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub code: String,
    pub qty: i64,
    pub note: Option<String>,
    pub state: String,
}

/// A row of the first referencing table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub item: i64,
    pub n: i64,
}

/// The rows that belong to one writer: nobody else changes them, so what it committed is what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub items: BTreeMap<i64, Item>,
    pub lines: BTreeMap<i64, Line>,
    /// Of the second referencing table, whose key is the reference and a label.
    pub tags: BTreeMap<(i64, String), ()>,
}

impl Model {
    /// A row goes, and with it what refers to it.
    pub fn delete(&mut self, id: i64) {
        self.items.remove(&id);
        self.lines.retain(|_, line| line.item != id);
        self.tags.retain(|(item, _), ()| *item != id);
    }

    /// A row gets another key, and what refers to it follows.
    pub fn change_key(&mut self, old: i64, new: i64) {
        if let Some(item) = self.items.remove(&old) {
            self.items.insert(new, item);
        }
        for line in self.lines.values_mut().filter(|line| line.item == old) {
            line.item = new;
        }
        let labels: Vec<String> = self
            .tags
            .keys()
            .filter(|(item, _)| *item == old)
            .map(|(_, label)| label.clone())
            .collect();
        for label in labels {
            self.tags.remove(&(old, label.clone()));
            self.tags.insert((new, label), ());
        }
    }

    /// Everything of another writer besides.
    pub fn add(&mut self, other: Model) {
        self.items.extend(other.items);
        self.lines.extend(other.lines);
        self.tags.extend(other.tags);
    }

    /// A label that takes the place of another means the same, whichever of the two a row shows.
    fn with_former_labels(&self) -> BTreeMap<i64, Item> {
        let mut items = self.items.clone();
        let named = items.values_mut().filter(|item| item.state == "settled");
        named.for_each(|item| item.state = "paid".to_owned());
        items
    }

    /// The first difference in words.
    pub fn difference(&self, found: &Model) -> Option<String> {
        first("item", &self.with_former_labels(), &found.with_former_labels())
            .or_else(|| first("line", &self.lines, &found.lines))
            .or_else(|| first("tag", &self.tags, &found.tags))
    }
}

fn first<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    table: &str,
    wanted: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
) -> Option<String> {
    let differing = wanted.iter().filter(|(key, value)| found.get(key) != Some(value));
    let missing: Vec<String> = differing
        .map(|(key, value)| format!("{table} {key:?}: written {value:?}, found {:?}", found.get(key)))
        .collect();
    let more = found.keys().filter(|key| !wanted.contains_key(key));
    let more: Vec<String> = more
        .map(|key| format!("{table} {key:?} should not be there"))
        .collect();
    let all = missing.len() + more.len();
    let shown: Vec<String> = missing.into_iter().chain(more).take(5).collect();
    (all > 0).then(|| format!("{all} rows differ:\n  {}", shown.join("\n  ")))
}
