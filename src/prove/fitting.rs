//! Rows that the target takes too: whether the live rows fit a new CHECK or a new type, no throwaway database can tell.

use crate::model::{Body, Catalog, ConstraintKind, Kind, Object};
use crate::sql;
use crate::text::{Directive, DirectiveKind};
use tokio_postgres::{Client, Error};

/// What the constraints are called that are there only while rows are made.
const PREFIX: &str = "schemaplan_fitting_";

/// Puts what the target demands of rows onto the tables that are there, as far as it can be said of their columns now. Gives what
/// takes it away again.
pub async fn demand(client: &Client, from: &Catalog, target: &Catalog) -> Vec<String> {
    let mut away = Vec::new();
    let constraints = target
        .of_kind(Kind::Constraint)
        .filter_map(|object| of_constraint(from, object));
    let columns = target
        .of_kind(Kind::Column)
        .flat_map(|object| of_column(from, target, object));
    for (number, (object, definition)) in constraints.chain(columns).enumerate() {
        let table = sql::qualified(&object.id.relation());
        let add = format!("ALTER TABLE {table} ADD CONSTRAINT {PREFIX}{number} {definition}");
        // What speaks of columns, types and functions that are yet to come cannot be demanded now.
        if client.batch_execute(&add).await.is_ok() {
            away.push(format!(
                "ALTER TABLE {table} DROP CONSTRAINT {PREFIX}{number} CASCADE"
            ));
        }
    }
    away
}

/// Takes it away again.
///
/// # Errors
/// The database's words.
pub async fn take_away(client: &Client, away: &[String]) -> Result<(), Error> {
    for statement in away.iter().rev() {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

fn of_constraint<'a>(from: &Catalog, object: &'a Object) -> Option<(&'a Object, String)> {
    let Body::Constraint(constraint) = &object.body else {
        return None;
    };
    let same = |there: &Object| matches!(&there.body, Body::Constraint(old) if old.definition == constraint.definition);
    let is_there = from.get(&object.id).is_some_and(same);
    // The primary key that is there excludes another; as a unique key it demands the same of rows.
    let definition = match constraint.kind {
        ConstraintKind::PrimaryKey => constraint.definition.replacen("PRIMARY KEY", "UNIQUE", 1),
        _ => constraint.definition.clone(),
    };
    (!is_there).then_some((object, definition))
}

/// Values that the new column takes: of its type, with labels that stay, and a value at all where no backfill gives one.
fn of_column<'a>(from: &Catalog, target: &Catalog, object: &'a Object) -> Vec<(&'a Object, String)> {
    let old = from.get(&object.id).map(|old| &old.body);
    let (Body::Column(new), Some(Body::Column(old))) = (&object.body, old) else {
        return Vec::new();
    };
    let name = sql::ident(&object.id.name);
    let mut found = Vec::new();
    if old.data_type != new.data_type {
        let new_type = new.data_type.as_str();
        found.push(format!(
            "CHECK (({name}::{new_type}) IS NULL OR {name} IS NOT NULL)"
        ));
    }
    let filled = |each: &Directive| matches!(each.kind, DirectiveKind::Backfill(_));
    if new.not_null && !old.not_null && !object.directives.iter().any(filled) {
        found.push(format!("CHECK ({name} IS NOT NULL)"));
    }
    if let Some(labels) = labels_that_stay(target, old.data_type.as_str()) {
        found.push(format!("CHECK ({name}::text = ANY (ARRAY[{labels}]::text[]))"));
    }
    found.into_iter().map(|definition| (object, definition)).collect()
}

/// The labels of an enum in the target, unless one of them has another name now.
fn labels_that_stay(target: &Catalog, data_type: &str) -> Option<String> {
    let is = |object: &&Object| sql::qualified(&object.id.qualified()) == data_type;
    let object = target.of_kind(Kind::EnumType).find(is)?;
    let Body::EnumType(body) = &object.body else {
        return None;
    };
    let labels: Vec<String> = body.labels.iter().map(|label| sql::literal(label)).collect();
    object.directives.is_empty().then(|| labels.join(", "))
}
