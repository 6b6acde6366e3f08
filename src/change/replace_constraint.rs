//! Replace a constraint by another of the same name, enforcement never lapsing.

use super::{Change, Context, add_check, add_key, build, carrying, create_index, locks_beside, partition_name, restoring};
use crate::model::{Body, Constraint, ConstraintKind, Ident, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::sql::own_name::shadow_name;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
replace_constraint: a constraint differs from the one of that name in the files.

CHECK and foreign key: the new one is added as schemaplan_new_NAME, NOT VALID, and validated in migrate; in contract one
transaction drops the old one and renames the new one. A key: the new unique index is built CONCURRENTLY, and one ALTER
drops the old constraint and makes the index the new one. On a small table: dropped and added in one transaction.
Undo: the former constraint by its plain statement.";

/// A constraint is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceConstraint;

impl ReplaceConstraint {
    /// Build beside, prove, swap.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Constraint(before), Body::Constraint(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let table = new.id.relation();
        let same_kind = before.kind == after.kind;
        let staged = !context.is_direct(&table) && context.from.is_plain_table(&table) && same_kind;
        let referenced = !context.users.users(&old.id).is_empty();
        match after.kind {
            ConstraintKind::Check | ConstraintKind::ForeignKey if staged && after.enforced => {
                beside(change, context, old, new, before, after)
            }
            ConstraintKind::PrimaryKey | ConstraintKind::Unique
                if staged && !referenced && after.index.as_deref().is_some_and(add_key::is_promotable) =>
            {
                swap_key(change, context, old, new, after)
            }
            _ => vec![plain(change, context, old, new, before, after)],
        }
    }
}

fn plain(change: &Change, context: &Context, old: &Object, new: &Object, before: &Constraint, after: &Constraint) -> Step {
    let id = &new.id;
    let table = id.relation();
    let mut up = vec![sql::drop(old)];
    up.extend(sql::create(&carrying(new, old), context.to));
    up.extend(after.index.iter().flat_map(|index| partition_name::below(index, id, context.to)));
    let mut down = vec![sql::drop(new)];
    down.extend(sql::create(&restoring(old), context.from));
    down.extend(before.index.iter().flat_map(|index| partition_name::below(index, id, context.from)));
    let mut step = build::alter(id, change.code(), Phase::Contract, format!("Replace {} of {table}", id.name), up, down);
    if let Some(same) = sql::turned_into(old, new) {
        step.done_when = DoneWhen::Holds(same);
    }
    step.gives.push(Fact::Exists(id.clone()));
    step.gives.push(Fact::Gone(id.clone()));
    step.locks = swap_locks(&table, before, after);
    step.preconditions = context.size_gate(&table);
    step.also_costs(locks_beside::costs_of_proof(context, &table, after));
    if !context.is_small(&table) {
        step.hazards.push(build::hazard(
            if matches!(step.cost, Cost::Scans(_)) { HazardCode::ScansUnderLock } else { HazardCode::BuildsIndex },
            Verdict::Stop,
            id,
            format!("{} is proven while `{table}` is locked", id.name),
        ));
    }
    step.hazards.push(tightens(id));
    step
}

fn tightens(id: &ObjectId) -> crate::step::Hazard {
    build::hazard(
        HazardCode::Tightens,
        Verdict::Warn,
        id,
        format!("the new form of {} may reject writes that the old one accepted", id.name),
    )
}

fn swap_locks(table: &QualifiedName, before: &Constraint, after: &Constraint) -> Vec<LockOn> {
    let mut tables = vec![table.clone()];
    for constraint in [before, after] {
        tables.extend(constraint.references.iter().map(|reference| reference.table.clone()));
    }
    tables.sort();
    tables.dedup();
    tables.into_iter().map(|relation| LockOn { lock: Lock::AccessExclusive, relation }).collect()
}

fn beside(change: &Change, context: &Context, old: &Object, new: &Object, before: &Constraint, after: &Constraint) -> Vec<Step> {
    let id = &new.id;
    let table = id.relation();
    let temporary = shadow_name(&id.name);
    let mut twin = new.clone();
    twin.id.name = temporary.clone();
    twin.comment = None;
    let mut steps = add_check::not_valid(change, context, &twin, after);
    for step in &mut steps {
        step.object = id.clone();
        step.gives.clear();
    }
    steps[0].hazards.push(tightens(id));
    let swap = |drop: &Ident, from: &Ident| {
        vec![
            sql::alter::drop_constraint(&table, drop),
            sql::alter::rename_constraint(&table, from, &id.name),
        ]
    };
    let mut up = vec![sql::alter::lock_tables(&lock_list(&table, before, after))];
    up.extend(swap(&id.name, &temporary));
    up.extend(sql::comments(new));
    let mut down = vec![
        sql::alter::rename_constraint(&table, &id.name, &temporary),
        sql::alter::add_constraint(&table, &id.name, &before.definition, true),
    ];
    down.extend(sql::comments(old));
    let mut sequence = vec![Action::Statements(down)];
    if before.validated {
        sequence.push(Action::one(sql::alter::validate_constraint(&table, &id.name)));
    }
    let mut step = Step::new(
        id.clone(),
        change.code(),
        Phase::Contract,
        format!("Swap {} of {table} for its new form", id.name),
        Action::Statements(up),
        Undo::Run { action: Action::Sequence(sequence), outside_transaction: false },
        DoneWhen::Holds(sql::probe::not(&sql::probe::constraint(&table, &temporary))),
    );
    step.locks = swap_locks(&table, before, after);
    step.timeout = TimeoutClass::Cut;
    step.gives = vec![Fact::Exists(id.clone()), Fact::Changed(id.clone()), Fact::Gone(id.clone())];
    steps.push(step);
    steps
}

fn lock_list(table: &QualifiedName, before: &Constraint, after: &Constraint) -> Vec<QualifiedName> {
    swap_locks(table, before, after).into_iter().map(|lock| lock.relation).collect()
}

fn swap_key(change: &Change, context: &Context, old: &Object, new: &Object, after: &Constraint) -> Vec<Step> {
    let id = &new.id;
    let table = id.relation();
    let Some(index) = &after.index else {
        return Vec::new();
    };
    let temporary = shadow_name(&id.name);
    let mut build_step = create_index::concurrently(id, change.code(), Phase::Migrate, index, &temporary);
    build_step.hazards.push(tightens(id));
    let primary = after.kind == ConstraintKind::PrimaryKey;
    let mut up = vec![
        sql::alter::drop_constraint(&table, &id.name),
        sql::alter::add_key_using_index(&table, &id.name, primary, &temporary, add_key::deferrable(after)),
    ];
    up.extend(sql::create(new, context.to).into_iter().skip(1));
    let mut down = vec![sql::drop(new)];
    down.extend(sql::create(&restoring(old), context.from));
    // The new index went with its constraint. Without it contract, run again, would hold this step for done.
    down.push(sql::index(index, &temporary, false, false));
    let mut step = Step::new(
        id.clone(),
        change.code(),
        Phase::Contract,
        format!("Replace {} of {table}", id.name),
        Action::Statements(up),
        Undo::statements(down),
        DoneWhen::Holds(sql::probe::not(&sql::probe::relation(&QualifiedName {
            schema: table.schema.clone(),
            name: temporary.clone(),
        }))),
    );
    step.locks = vec![LockOn { lock: Lock::AccessExclusive, relation: table }];
    step.gives = vec![Fact::Exists(id.clone()), Fact::Changed(id.clone()), Fact::Gone(id.clone())];
    vec![build_step, step]
}
