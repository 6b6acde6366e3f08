//! Tables that cannot become what the files want in place.

use super::Context;
use crate::model::{Body, Catalog, Ident, Kind, Object, QualifiedName, Table};
use crate::sql;

/// True where a new table takes the name and the rows of the old one: it turns into or from a partitioned one, is
/// partitioned by another key, a column of its key changes its type, or it is a partition of such a table.
pub fn is_replaced(from: &Catalog, to: &Catalog, relation: &QualifiedName) -> bool {
    let (Some(old), Some(new)) = (Context::table(from, relation), Context::table(to, relation)) else {
        return false;
    };
    // A former child of inheritance could be attached, but would never be a child like before again.
    let joins = !old.inherits.is_empty() && new.inherits.is_empty() && new.partition_of.is_some();
    old.partition_key != new.partition_key
        || joins
        || key_column_changes(from, to, relation, old)
        || goes_with_parent(from, to, old, new)
}

/// PostgreSQL alters no column that its table's partition key names, nor one that the key of a partition below names.
fn key_column_changes(from: &Catalog, to: &Catalog, relation: &QualifiedName, old: &Table) -> bool {
    let Some(key) = &old.partition_key else {
        return false;
    };
    let changes = |column: &&Object| {
        let after = to.get(&column.id).map(|object| &object.body);
        let (Body::Column(before), Some(Body::Column(after))) = (&column.body, after) else {
            return false;
        };
        before.data_type != after.data_type || before.collation != after.collation
    };
    let changed: Vec<&Object> = from.parts(Kind::Column, relation).filter(changes).collect();
    let named = |key: &str| changed.iter().any(|column| names(key, &column.id.name));
    !changed.is_empty() && (named(key) || keys_below(from, relation).into_iter().any(named))
}

/// The keys of the partitions below a table that are partitioned themselves.
pub(super) fn keys_below<'a>(catalog: &'a Catalog, relation: &QualifiedName) -> Vec<&'a str> {
    let mut keys = Vec::new();
    for child in catalog.of_kind(Kind::Table) {
        if let Body::Table(table) = &child.body
            && let (Some(of), Some(key)) = (&table.partition_of, &table.partition_key)
            && of.parent == *relation
        {
            keys.push(key.as_str());
            keys.extend(keys_below(catalog, &child.id.qualified()));
        }
    }
    keys
}

/// True where the key, as the server prints it, names the column.
pub(crate) fn names(key: &str, column: &Ident) -> bool {
    let name = sql::ident(column);
    let word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$' || letter == '"';
    key.match_indices(&name).any(|(at, _)| {
        let before = key[..at].chars().next_back();
        let behind = key[at + name.len()..].chars().next();
        !before.is_some_and(word) && !behind.is_some_and(|letter| word(letter) || letter == '(')
    })
}

/// A partition stays with its parent: where that one is made anew, it is too.
fn goes_with_parent(from: &Catalog, to: &Catalog, old: &Table, new: &Table) -> bool {
    match (&old.partition_of, &new.partition_of) {
        (Some(before), Some(after)) => before.parent == after.parent && is_replaced(from, to, &before.parent),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::names;
    use crate::model::Ident;

    #[test]
    fn a_key_names_its_columns_and_nothing_else() {
        for (key, column, named) in [
            ("RANGE (id)", "id", true),
            ("RANGE (idx, at)", "id", false),
            ("LIST (lower(id))", "id", true),
            ("LIST (lower(id))", "lower", false),
            ("HASH (\"Id\")", "Id", true),
        ] {
            assert_eq!(names(key, &Ident::new(column)), named, "{column} in {key}");
        }
    }
}
