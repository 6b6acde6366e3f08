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

/// The partition with whose leaving or joining the trigger passes from the parent to the table, or back: DETACH drops the clones of
/// a parent's triggers, and ATTACH makes them, each under the parent's name.
pub fn passes_with(context: &Context, id: &ObjectId) -> Option<ObjectId> {
    let (object, with_clone) = match (context.old(id), context.new_of(id)) {
        (Some(object), None) => (object, context.to),
        (None, Some(object)) => (object, context.from),
        _ => return None,
    };
    let table = id.relation();
    let tables = above(with_clone, &table);
    let is_there = |parent: &&QualifiedName| {
        let same = ObjectId::part(Kind::Trigger, parent, &id.name);
        with_clone.get(&same).is_some_and(is_cloned)
    };
    tables.iter().find(is_there).filter(|_| is_cloned(object))?;
    let moves = |table: &&QualifiedName| {
        let parent = |catalog| Some(&Context::table(catalog, table)?.partition_of.as_ref()?.parent);
        parent(context.from) != parent(context.to)
    };
    let partition = std::iter::once(&table).chain(&tables).find(moves)?;
    Some(ObjectId::named(Kind::Table, partition))
}

/// The triggers that pass with the partition, and the unit in which they do, so that they fire for every row.
pub fn passing(context: &Context, partition: &ObjectId) -> (Vec<ObjectId>, Option<String>) {
    let fires_above = |catalog: &Catalog| {
        let parents = above(catalog, &partition.qualified());
        parents
            .iter()
            .any(|parent| catalog.parts(Kind::Trigger, parent).any(is_cloned))
    };
    if !fires_above(context.from) && !fires_above(context.to) {
        return (Vec::new(), None);
    }
    let (old, new) = (
        context.from.of_kind(Kind::Trigger),
        context.to.of_kind(Kind::Trigger),
    );
    let passes = |id: &&ObjectId| passes_with(context, id).as_ref() == Some(partition);
    let found: Vec<ObjectId> = old
        .chain(new)
        .map(|object| &object.id)
        .filter(passes)
        .cloned()
        .collect();
    let parent = |catalog| {
        Some(
            &Context::table(catalog, &partition.qualified())?
                .partition_of
                .as_ref()?
                .parent,
        )
    };
    let unit = match (parent(context.from), parent(context.to)) {
        (Some(_), Some(parent)) => format!("partitions of {parent}"),
        _ => format!("triggers of {partition}"),
    };
    let unit = (!found.is_empty()).then_some(unit);
    (found, unit)
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
