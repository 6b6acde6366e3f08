//! Triggers that pass from a partition to a parent of it, or from the parent to the partition.

use super::Context;
use super::partition_tree::tree;
use crate::model::{Body, Catalog, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};

/// The triggers of that name that go above or below the place where this one comes, or come where it goes. The clones of a
/// parent's trigger bear its name, and PostgreSQL has two of a name on no table.
pub fn namesakes(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let (object, there, here) = match (context.old(id), context.new_of(id)) {
        (Some(object), None) => (object, context.to, context.from),
        (None, Some(object)) => (object, context.from, context.to),
        _ => return Vec::new(),
    };
    let in_a_tree = Context::table(there, &id.relation())
        .is_some_and(|table| table.partition_key.is_some() || table.partition_of.is_some());
    if !is_cloned(object) || !in_a_tree {
        return Vec::new();
    }
    let same_name = there
        .of_kind(Kind::Trigger)
        .filter(|other| other.id.name == id.name && is_cloned(other));
    same_name
        .filter(|other| here.get(&other.id).is_none())
        .filter(|other| {
            let (own, its) = (id.relation(), other.id.relation());
            above(there, &own).contains(&its) || above(there, &its).contains(&own)
        })
        .map(|other| other.id.clone())
        .collect()
}

/// The unit in which the one gives way to the other, so that it fires for every row.
pub fn unit_of_namesakes(context: &Context, id: &ObjectId) -> Option<String> {
    let others = namesakes(context, id);
    let top = others
        .iter()
        .chain([id])
        .map(ObjectId::relation)
        .min_by_key(|table| above(context.to, table).len())?;
    (!others.is_empty()).then(|| format!("trigger {} of {top}", id.name))
}

fn is_cloned(object: &Object) -> bool {
    matches!(&object.body, Body::Trigger(trigger) if trigger.definition.contains(" FOR EACH ROW "))
}

fn above(catalog: &Catalog, table: &QualifiedName) -> Vec<QualifiedName> {
    let parent = |table: &QualifiedName| {
        Some(
            Context::table(catalog, table)?
                .partition_of
                .as_ref()?
                .parent
                .clone(),
        )
    };
    std::iter::successors(parent(table), parent).collect()
}

/// ATTACH makes the clones of the parents' triggers anew, as the parents fire: those below the table that do otherwise are
/// set again. A trigger that is made later brings its clones' states itself.
pub(super) fn firing_again(catalog: &Catalog, other: &Catalog, table: &QualifiedName) -> Vec<Stmt> {
    let below = tree(catalog, table);
    let mut statements = Vec::new();
    for trigger in catalog
        .of_kind(Kind::Trigger)
        .filter(|trigger| other.get(&trigger.id).is_some())
    {
        if let Body::Trigger(body) = &trigger.body {
            let states = body
                .clones
                .iter()
                .filter(|(partition, _)| below.contains(partition));
            statements.extend(states.map(|(partition, state)| sql::firing_on(trigger, partition, *state)));
        }
    }
    statements
}
