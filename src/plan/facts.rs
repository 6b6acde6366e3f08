//! The needs that follow from the catalogs, so that recipes rarely write any.

use super::propagate::Aside;
use super::twins::twins;
use crate::change::{Context, is_replaced};
use crate::model::{Body, Kind, ObjectId, QualifiedName};
use crate::step::{Fact, Step};
use std::collections::BTreeSet;

/// Adds what a step needs by what it gives.
pub fn complete(context: &Context, step: &mut Step) {
    let mut needs: BTreeSet<Fact> = step.needs.iter().cloned().collect();
    for fact in step.gives.clone() {
        match &fact {
            Fact::Exists(id) => to_make(context, id, &mut needs),
            Fact::Changed(id) => to_change(context, id, &mut needs),
            Fact::Gone(id) => to_remove(context, id, &mut needs),
            Fact::Valid(_) | Fact::Named(_) => {}
        }
    }
    for fact in &step.gives {
        needs.remove(fact);
    }
    if step.change == "change_partition" {
        // A partition has to be like its parent before it can become one.
        let table = step.object.qualified();
        if let Some(of) = Context::table(context.to, &table).and_then(|table| table.partition_of.as_ref()) {
            needs.insert(Fact::Exists(ObjectId::named(Kind::Table, &of.parent)));
        }
        for column in context.to.parts(Kind::Column, &table) {
            needs.insert(Fact::Exists(column.id.clone()));
            needs.insert(Fact::Changed(column.id.clone()));
        }
    }
    for twin in twins(context) {
        let makes = |id: &ObjectId| step.gives.contains(&Fact::Exists(id.clone()));
        if makes(&twin.own) {
            needs.insert(Fact::Exists(twin.root.clone()));
            needs.insert(Fact::Valid(twin.partition.clone()));
        }
        if !twin.there {
            continue;
        }
        if makes(&twin.root) || (step.change == "change_partition" && step.object == twin.partition) {
            needs.insert(Fact::Gone(twin.own.clone()));
        }
    }
    step.needs = needs.into_iter().collect();
}

/// Whatever it stands on is there, and whatever bears its name is gone.
fn to_make(context: &Context, id: &ObjectId, needs: &mut BTreeSet<Fact>) {
    let Some(object) = context.new_of(id) else { return };
    for used in &object.depends_on {
        needs.insert(Fact::Exists(used.clone()));
    }
    if id.kind == Kind::Table {
        let table = id.qualified();
        for column in context.to.parts(Kind::Column, &table) {
            needs.extend(
                column
                    .depends_on
                    .iter()
                    .filter(|used| *used != id)
                    .cloned()
                    .map(Fact::Exists),
            );
        }
    }
    let makes_room = match &object.body {
        Body::Table(_) => Some(id.qualified()),
        Body::Sequence(sequence) => sequence.owned_by.as_ref().map(|(table, _)| table.clone()),
        _ => None,
    };
    if let Some(table) = makes_room.filter(|table| is_replaced(context.from, context.to, table)) {
        needs.insert(Fact::Gone(ObjectId::named(Kind::Table, &table)));
    }
    for other in namesakes(context, id) {
        needs.insert(Fact::Gone(other));
    }
    if let Body::Index(index) = &object.body
        && let Some(of) =
            Context::table(context.to, &index.table).and_then(|table| table.partition_of.as_ref())
    {
        // The parent's index that goes has a partition's index of the same automatic name below it.
        for other in context.from.of_kind(Kind::Index) {
            let on_parent = matches!(&other.body, Body::Index(body) if body.table == of.parent);
            if on_parent && context.new_of(&other.id).is_none() {
                needs.insert(Fact::Gone(other.id.clone()));
            }
        }
    }
    if let Body::Column(column) = &object.body
        && let Some(identity) = &column.identity
    {
        needs.insert(Fact::Gone(ObjectId::named(Kind::Sequence, &identity.sequence)));
    }
}

/// Objects of the live side that bear the name in the same namespace and are of another kind.
fn namesakes(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let relations = [
        Kind::Table,
        Kind::View,
        Kind::MaterializedView,
        Kind::Sequence,
        Kind::Index,
        Kind::CompositeType,
    ];
    let types = [
        Kind::EnumType,
        Kind::Domain,
        Kind::CompositeType,
        Kind::RangeType,
        Kind::Table,
        Kind::View,
        Kind::MaterializedView,
    ];
    let routines = [Kind::Function, Kind::Aggregate];
    let mut found = Vec::new();
    let mut name = id.qualified();
    if id.kind == Kind::Constraint {
        name = QualifiedName {
            schema: id.schema.clone(),
            name: id.name.clone(),
        };
    }
    let families: [&[Kind]; 2] = [&relations, &types];
    for family in families {
        if !(family.contains(&id.kind) || (id.kind == Kind::Constraint && family == relations)) {
            continue;
        }
        for kind in family.iter().filter(|kind| **kind != id.kind) {
            let other = ObjectId::named(*kind, &name);
            if context.old(&other).is_some() && context.new_of(&other).is_none() {
                found.push(other);
            }
        }
    }
    if routines.contains(&id.kind) {
        for kind in routines.iter().filter(|kind| **kind != id.kind) {
            let other = ObjectId {
                kind: *kind,
                ..id.clone()
            };
            if context.old(&other).is_some() {
                found.push(other);
            }
        }
    }
    // An index or key of the same name on another table, or a constraint that becomes an index.
    if matches!(id.kind, Kind::Index | Kind::Constraint) {
        let has_index = |body: &Body| matches!(body, Body::Constraint(c) if c.index.is_some());
        for object in context.from.of_kind(Kind::Constraint) {
            let same = object.id.schema == id.schema && object.id.name == id.name && object.id != *id;
            if same && has_index(&object.body) && context.new_of(&object.id).is_none() {
                found.push(object.id.clone());
            }
        }
    }
    found
}

/// What its new form uses and its old one did not.
fn to_change(context: &Context, id: &ObjectId, needs: &mut BTreeSet<Fact>) {
    let Some(object) = context.new_of(id) else { return };
    let inherited = context
        .old(id)
        .is_some_and(|old| matches!(&old.body, Body::Column(column) if column.inherited));
    if inherited {
        needs.insert(Fact::Named(ObjectId::named(Kind::Table, &id.relation())));
    }
    let before = context.old(id).map(|object| &object.depends_on);
    for used in &object.depends_on {
        if !before.is_some_and(|before| before.contains(used)) {
            needs.insert(Fact::Exists(used.clone()));
        }
    }
    if let Body::Column(column) = &object.body
        && let Some(identity) = &column.identity
    {
        needs.insert(Fact::Gone(ObjectId::named(Kind::Sequence, &identity.sequence)));
    }
}

/// Whoever used it is gone or has left.
fn to_remove(context: &Context, id: &ObjectId, needs: &mut BTreeSet<Fact>) {
    // What comes back takes its users along: their new forms wait for it, so it cannot wait for them.
    let comes_back = id.kind != Kind::Column && context.new_of(id).is_some();
    for object in context.from.objects.values() {
        if object.depends_on.contains(id) && object.id != *id {
            needs.insert(Fact::Gone(object.id.clone()));
            if !comes_back {
                needs.insert(Fact::Changed(object.id.clone()));
            }
        }
    }
}

/// Whoever replaces what others stand on waits until those have stepped aside.
pub fn wait_for_aside(recipes: &mut [Vec<Step>], aside: &Aside) {
    for step in recipes.iter_mut().flatten() {
        let Some(unit) = &step.unit else { continue };
        let replaces = matches!(step.change.as_str(), "change_type" | "rebuild_enum")
            && step.gives.iter().any(|fact| matches!(fact, Fact::Exists(_)));
        if !replaces {
            continue;
        }
        for id in aside.around(unit) {
            let need = Fact::Gone(id);
            if !step.gives.contains(&need) && !step.needs.contains(&need) {
                step.needs.push(need);
            }
        }
    }
}
