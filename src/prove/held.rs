//! The rows that tables hold, and whether they are back.

use crate::model::{Body, Catalog, Kind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::{Client, Error};

/// The rows of every table, each as a text, in order.
pub type Held = BTreeMap<String, Vec<String>>;

/// The rows of all tables of the catalog; of a foreign table none are read.
///
/// # Errors
/// The database's words.
pub async fn held(client: &Client, catalog: &Catalog) -> Result<Held, Error> {
    let mut all = Held::new();
    for table in catalog.of_kind(Kind::Table) {
        if matches!(&table.body, Body::Table(body) if body.foreign.is_some()) {
            continue;
        }
        let mut columns: Vec<String> = catalog
            .parts(Kind::Column, &table.id.qualified())
            .map(|column| crate::sql::ident(&column.id.name))
            .collect();
        columns.sort();
        let query = format!(
            "SELECT row_to_json(schemaplan_row)::text FROM (SELECT {} FROM {}) AS schemaplan_row",
            columns.join(", "),
            crate::sql::qualified(&table.id.qualified())
        );
        let rows = client.query(&query, &[]).await?;
        let mut rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        rows.sort();
        all.insert(table.id.qualified().to_string(), rows);
    }
    Ok(all)
}

/// Columns that lose their NULLs on the way: the values that these got stay.
pub fn given_values(from: &Catalog, target: &Catalog) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for object in from.of_kind(Kind::Column) {
        let takes_none = |catalog: &Catalog| match catalog.get(&object.id).map(|column| &column.body) {
            Some(Body::Column(column)) => Some(column.not_null),
            _ => None,
        };
        if takes_none(from) == Some(false) && takes_none(target) == Some(true) {
            let columns = all.entry(object.id.relation().to_string()).or_default();
            columns.insert(object.id.name.as_str().to_owned());
        }
    }
    all
}

/// How many values stand where NULL stood, in columns of `given`; none where the rows differ in anything else.
pub fn same_but_for(before: &[String], after: &[String], given: &BTreeSet<String>) -> Option<usize> {
    if before.len() != after.len() {
        return None;
    }
    let (mut left, mut values) = (grouped(after, given)?, 0);
    for (key, mut rows) in grouped(before, given)? {
        // The row that knows most first: it has the least choice.
        rows.sort_by_key(|row| row.values().filter(|value| value.is_null()).count());
        let candidates = left.get_mut(&key)?;
        for row in rows {
            let fits = |other: &Given| {
                row.iter()
                    .all(|(name, value)| value.is_null() || other.get(name) == Some(value))
            };
            let at = candidates.iter().position(fits)?;
            let other = candidates.swap_remove(at);
            values += row
                .iter()
                .filter(|(name, value)| other.get(*name) != Some(*value))
                .count();
        }
    }
    Some(values)
}

type Given = BTreeMap<String, Value>;

/// What stands in the columns of `given`, by all the rest of the row.
fn grouped(rows: &[String], given: &BTreeSet<String>) -> Option<BTreeMap<String, Vec<Given>>> {
    let mut groups: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    for row in rows {
        let whole: BTreeMap<String, Value> = serde_json::from_str(row).ok()?;
        let (apart, rest): (Given, Given) = whole.into_iter().partition(|(name, _)| given.contains(name));
        groups
            .entry(serde_json::to_string(&rest).ok()?)
            .or_default()
            .push(apart);
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(all: &[&str]) -> Vec<String> {
        all.iter().map(|each| (*each).to_owned()).collect()
    }

    #[test]
    fn only_a_null_of_a_column_that_was_filled_may_be_a_value() {
        let given = BTreeSet::from(["c".to_owned()]);
        let before = rows(&[r#"{"id":1,"c":null}"#, r#"{"id":2,"c":"x"}"#]);
        let filled = rows(&[r#"{"id":1,"c":"new"}"#, r#"{"id":2,"c":"x"}"#]);
        assert_eq!(same_but_for(&before, &filled, &given), Some(1));
        assert_eq!(same_but_for(&before, &filled, &BTreeSet::new()), None);
        let changed = rows(&[r#"{"id":1,"c":"new"}"#, r#"{"id":2,"c":"y"}"#]);
        assert_eq!(same_but_for(&before, &changed, &given), None);
        let lost = rows(&[r#"{"id":1,"c":null}"#]);
        assert_eq!(same_but_for(&before, &lost, &given), None);
        let other = rows(&[r#"{"id":1,"c":null}"#, r#"{"id":3,"c":"x"}"#]);
        assert_eq!(same_but_for(&before, &other, &given), None);
    }

    #[test]
    fn rows_without_a_key_are_told_apart_by_what_they_hold() {
        let given = BTreeSet::from(["c".to_owned()]);
        let before = rows(&[r#"{"a":1,"c":null}"#, r#"{"a":1,"c":"x"}"#]);
        let after = rows(&[r#"{"a":1,"c":"x"}"#, r#"{"a":1,"c":"y"}"#]);
        assert_eq!(same_but_for(&before, &after, &given), Some(1));
    }
}
