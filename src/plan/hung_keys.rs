//! Keys of partitions that hang below a plain index of the parent: they go with it by CASCADE, and come back before it.

use crate::change::create_object::unit_of_new;
use crate::change::hung_keys::HungKeys;
use crate::change::{Context, build, restoring};
use crate::model::{Body, Object, ObjectId};
use crate::sql::{self, Stmt};
use crate::step::{Action, Cost, Fact, HazardCode, Lock, LockOn, Step, Undo};
use std::collections::BTreeSet;

/// Lets the steps of such indexes take the keys along, and those of the keys wait for that.
pub fn take_along(context: &Context, recipes: &mut [Vec<Step>]) {
    let (before, after) = (HungKeys::of(context.from), HungKeys::of(context.to));
    if before.is_empty() && after.is_empty() {
        return;
    }
    let facts = recipes.iter().flatten().flat_map(|step| &step.gives);
    let gone: BTreeSet<ObjectId> = facts
        .filter_map(|fact| match fact {
            Fact::Gone(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    for step in recipes.iter_mut().flatten() {
        let own = step.object.clone();
        // A foreign key to such a key goes before both on the way back.
        let used = context.new_of(&own).map(|object| object.depends_on.iter());
        let above = used.into_iter().flatten().filter_map(|used| after.index_of(used));
        step.needs
            .extend(above.filter(|index| **index != own).cloned().map(Fact::Exists));
        if step.gives.contains(&Fact::Gone(own.clone())) && !context.is_going(&own.relation()) {
            if !before.keys_of(&own).is_empty() {
                drop_with(context, step, before.keys_of(&own), &gone);
            }
            if before.index_of(&own).is_some_and(|index| gone.contains(index)) {
                each(&mut step.up, &|statements| gently(statements, &own));
                step.needs.extend(before.index_of(&own).cloned().map(Fact::Gone));
            }
        }
        if !after.keys_of(&own).is_empty() {
            come_behind(context, step, after.keys_of(&own));
        }
        if after.index_of(&own).is_some() {
            // On the way back it goes before the table of which it is a part.
            step.unit = None;
            if let Undo::Run { action, .. } = &mut step.undo {
                each(action, &|statements| gently(statements, &own));
            }
        }
    }
}

/// The index goes and takes the keys along; those that stay are made again right behind that.
fn drop_with(context: &Context, step: &mut Step, keys: &[ObjectId], gone: &BTreeSet<ObjectId>) {
    let own = step.object.clone();
    let stays = |key: &&ObjectId| !gone.contains(*key) && context.new_of(key).is_some();
    let again: Vec<&Object> = keys
        .iter()
        .filter(stays)
        .filter_map(|key| context.old(key))
        .collect();
    each(&mut step.up, &|statements| {
        cascade(context, statements, &own, &again)
    });
    for key in keys {
        step.locks.push(LockOn {
            lock: Lock::AccessExclusive,
            relation: key.relation(),
        });
    }
    for key in again {
        let table = key.id.relation();
        step.also_costs([Cost::BuildsIndex(table.clone())]);
        let message = format!("{} is built anew while `{table}` is locked", key.id.name);
        build::up_to_the_gate(step, context, &table, HazardCode::BuildsIndex, message);
    }
}

/// The index comes over keys that are there by then; its undo takes them along, and those of before come back.
fn come_behind(context: &Context, step: &mut Step, keys: &[ObjectId]) {
    let own = step.object.clone();
    if let Some(Body::Index(index)) = context.new_of(&own).map(|object| &object.body)
        && step.unit.as_ref() == Some(&unit_of_new(&index.table.to_string()))
    {
        step.unit = None;
    }
    step.needs.extend(keys.iter().cloned().map(Fact::Exists));
    let again: Vec<&Object> = keys
        .iter()
        .filter_map(|key| context.old(key).filter(|_| context.new_of(key).is_some()))
        .collect();
    if let Undo::Run { action, .. } = &mut step.undo {
        each(action, &|statements| cascade(context, statements, &own, &again));
    }
}

fn each(action: &mut Action, change: &dyn Fn(&mut Vec<Stmt>)) {
    match action {
        Action::Statements(statements) => change(statements),
        Action::Sequence(actions) => actions.iter_mut().for_each(|action| each(action, change)),
        Action::Batches(_) | Action::Verify(_) => {}
    }
}

/// `DROP INDEX … CASCADE`, and behind it what that took along.
fn cascade(context: &Context, statements: &mut Vec<Stmt>, index: &ObjectId, again: &[&Object]) {
    let plain = sql::alter::drop_index(&index.qualified(), false);
    if !statements.contains(&plain) {
        return;
    }
    let made: Vec<Stmt> = again
        .iter()
        .flat_map(|key| sql::create(&restoring(key), context.from))
        .collect();
    statements.retain(|statement| !made.contains(statement));
    if let Some(at) = statements.iter().position(|statement| *statement == plain) {
        let with_keys = sql::alter::drop_index_with_keys(&index.qualified());
        statements.splice(at..=at, [with_keys].into_iter().chain(made));
    }
}

/// A key that may have gone with the index.
fn gently(statements: &mut [Stmt], key: &ObjectId) {
    let plain = sql::alter::drop_constraint(&key.relation(), &key.name);
    for statement in statements.iter_mut().filter(|statement| **statement == plain) {
        *statement = sql::sync::drop_constraint_if_there(&key.relation(), &key.name);
    }
}
