//! Rules of tables that return rows: PostgreSQL takes one only where it returns exactly the columns that the table has then.

use crate::model::{Body, Catalog, Kind, Object, QualifiedName};

/// The rule of the table that does.
pub fn rule<'a>(catalog: &'a Catalog, table: &QualifiedName) -> Option<&'a Object> {
    let returns =
        |object: &&Object| matches!(&object.body, Body::Rule(rule) if rule.definition.contains("RETURNING "));
    catalog.parts(Kind::Rule, table).find(returns)
}

/// Nothing stands beside the columns that such a rule returns.
pub(super) fn hindrance(catalog: &Catalog, table: &QualifiedName) -> Option<String> {
    let rule = rule(catalog, table)?;
    Some(format!(
        "{} returns the columns of {table}, and no others may stand beside them",
        rule.id
    ))
}
