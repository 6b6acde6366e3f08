//! Tables that reference each other and become UNLOGGED or LOGGED together.
//!
//! A permanent table references permanent ones only, so PostgreSQL refuses to change one of two that reference each other,
//! and in a ring there is no order that it takes: the foreign keys step aside.

use super::{Context, restoring};
use crate::model::{Body, Catalog, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use std::collections::BTreeSet;

/// What the change of a table's persistence is called.
pub const PERSISTENCE: &str = "persistence";

/// Tables that change in one step, the first by name for all of them.
pub struct Together {
    /// The tables, in order.
    pub tables: Vec<QualifiedName>,
    /// Changes them.
    pub up: Vec<Stmt>,
    /// Changes them back.
    pub down: Vec<Stmt>,
}

/// The tables that change together with this one; none where it changes alone.
pub fn together(context: &Context, table: &QualifiedName) -> Option<Together> {
    let keys: Vec<(&Object, &QualifiedName)> = context
        .from
        .of_kind(Kind::Constraint)
        .filter_map(reference)
        .collect();
    let mut found = BTreeSet::from([table.clone()]);
    let mut queue = vec![table.clone()];
    while let Some(next) = queue.pop() {
        for (key, far) in &keys {
            let near = key.id.relation();
            let other = match (near == next, **far == next) {
                (true, _) => (*far).clone(),
                (false, true) => near,
                (false, false) => continue,
            };
            if changes(context, &other) && found.insert(other.clone()) {
                queue.push(other);
            }
        }
    }
    if found.len() < 2 {
        return None;
    }
    let between: Vec<&Object> = keys
        .iter()
        .filter(|(key, far)| found.contains(&key.id.relation()) && found.contains(*far))
        .map(|(key, _)| *key)
        .collect();
    let statements = |side: &Catalog| {
        let drops = between
            .iter()
            .map(|key| sql::alter::drop_constraint(&key.id.relation(), &key.id.name));
        let mut statements: Vec<Stmt> = drops.collect();
        for table in &found {
            let Some(body) = Context::table(side, table) else {
                continue;
            };
            let word = if body.unlogged { "UNLOGGED" } else { "LOGGED" };
            statements.push(Stmt::new(format!(
                "ALTER TABLE {} SET {word}",
                sql::qualified(table)
            )));
            statements.extend(unlike_sequences(side, table));
        }
        statements.extend(
            between
                .iter()
                .flat_map(|key| sql::create(&restoring(key), context.from)),
        );
        statements
    };
    Some(Together {
        up: statements(context.to),
        down: statements(context.from),
        tables: found.into_iter().collect(),
    })
}

/// Gives the sequences of a table their own persistence back, which goes with the table's (since 15).
pub fn unlike_sequences(side: &Catalog, table: &QualifiedName) -> Vec<Stmt> {
    let Some(body) = Context::table(side, table).filter(|_| side.major() >= 15) else {
        return Vec::new();
    };
    let identities = side
        .parts(Kind::Column, table)
        .filter_map(|column| match &column.body {
            Body::Column(column) => sql::identity_persistence(column.identity.as_ref()?),
            _ => None,
        });
    let owned = side
        .of_kind(Kind::Sequence)
        .filter_map(|object| match &object.body {
            Body::Sequence(sequence) if sequence.unlogged != body.unlogged => {
                let (owner, _) = sequence.owned_by.as_ref()?;
                (owner == table).then(|| sql::sequence_persistence(&object.id.qualified(), sequence.unlogged))
            }
            _ => None,
        });
    identities.chain(owned).collect()
}

fn reference(object: &Object) -> Option<(&Object, &QualifiedName)> {
    match &object.body {
        Body::Constraint(constraint) => Some((object, &constraint.references.as_ref()?.table)),
        _ => None,
    }
}

fn changes(context: &Context, table: &QualifiedName) -> bool {
    let id = ObjectId::named(Kind::Table, table);
    context.old(&id).is_some()
        && Context::table(context.from, table)
            .zip(Context::table(context.to, table))
            .is_some_and(|(old, new)| old.unlogged != new.unlogged)
}
