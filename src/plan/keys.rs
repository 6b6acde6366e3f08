//! Keys and the foreign keys that tie themselves to them: PostgreSQL takes the oldest that fits.

use crate::change::Context;
use crate::model::{Body, Constraint, Ident, Kind, Object, ObjectId};
use std::collections::HashSet;

fn same_columns(a: &[Ident], b: &[Ident]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

/// Keys over the columns that a foreign key refers to and that some step removes: a foreign key made before they are gone
/// would be tied to them.
pub fn former_keys(context: &Context, object: &Object, removed: &HashSet<ObjectId>) -> Vec<ObjectId> {
    let Body::Constraint(Constraint {
        references: Some(reference),
        ..
    }) = &object.body
    else {
        return Vec::new();
    };
    let fits = |key: &&Object| matches!(&key.body, Body::Constraint(body) if body.index.is_some() && same_columns(&body.columns, &reference.columns));
    context
        .from
        .parts(Kind::Constraint, &reference.table)
        .filter(fits)
        .filter(|key| removed.contains(&key.id))
        .map(|key| key.id.clone())
        .collect()
}

/// Foreign keys that some step removes and that refer to the columns of a new key: on the way back they would be tied to it
/// while it is still there.
pub fn former_references(context: &Context, object: &Object, removed: &HashSet<ObjectId>) -> Vec<ObjectId> {
    let Body::Constraint(key) = &object.body else {
        return Vec::new();
    };
    if key.index.is_none() || context.old(&object.id).is_some() {
        return Vec::new();
    }
    let table = object.id.relation();
    removed
        .iter()
        .filter(|id| id.kind == Kind::Constraint)
        .filter_map(|id| context.old(id))
        .filter(|other| match &other.body {
            Body::Constraint(Constraint {
                references: Some(reference),
                ..
            }) => reference.table == table && same_columns(&reference.columns, &key.columns),
            _ => false,
        })
        .map(|other| other.id.clone())
        .collect()
}
