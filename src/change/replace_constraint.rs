//! Replace a constraint by another of the same name, enforcement never lapsing.

use super::replace_below::{self, Replaced};
use super::{Change, Context, add_check, add_foreign_key, add_key, build, carrying, create_index, locks_beside, partition_name, restoring};
use crate::model::{Body, Constraint, ConstraintKind, Ident, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::sql::own_name::shadow_name;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
replace_constraint: a constraint differs from the one of that name in the files.

CHECK and foreign key: the new one is added as schemaplan_new_NAME, NOT VALID, and validated in migrate; in contract one
transaction drops the old one and renames the new one. A key: the new unique index is built CONCURRENTLY, and one ALTER
drops the old constraint and makes the index the new one. On a small table: dropped and added in one transaction.
On a partitioned table each partition gets the new form, proven or built by itself; the table's adopts them.
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
        let staged = !context.is_direct(&table) && same_kind;
        let partitioned = context.from.is_partitioned(&table);
        let alone = context.from.is_plain_table(&table)
            || !is_foreign(context, &table) && replace_below::stands_alone(context, &new.id);
        let referenced = !context.users.users(&old.id).is_empty();
        let below = Replaced { change, context, old, new, before, after };
        let steps = match after.kind {
            _ if !staged => None,
            ConstraintKind::ForeignKey if partitioned && after.enforced => below.reference(),
            ConstraintKind::Check | ConstraintKind::ForeignKey if alone && after.enforced => {
                Some(beside(change, context, old, new, before, after))
            }
            ConstraintKind::PrimaryKey | ConstraintKind::Unique if referenced => None,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique if partitioned => below.key(),
            ConstraintKind::PrimaryKey | ConstraintKind::Unique
                if add_key::holds_its_rows(context, &table) && after.index.as_deref().is_some_and(add_key::is_promotable) =>
            {
                Some(swap_key(change, context, old, new, after))
            }
            _ => None,
        };
        let mut steps = steps.unwrap_or_else(|| vec![plain(change, context, old, new, before, after)]);
        if let Some(first) = steps.first_mut() {
            first.preconditions.extend(proven_before(context, new, after));
            first.hazards.push(tightens(&new.id));
        }
        steps
    }
}

fn is_foreign(context: &Context, table: &QualifiedName) -> bool {
    Context::table(context.from, table).is_some_and(|body| body.foreign.is_some())
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
    step
}

/// No row that the new form rejects.
fn proven_before(context: &Context, new: &Object, after: &Constraint) -> Option<Precondition> {
    let proves = after.validated && after.enforced;
    match after.kind {
        ConstraintKind::Check if proves => add_check::no_violation(context, new, after),
        ConstraintKind::ForeignKey if proves => add_foreign_key::no_orphans(context, new, after),
        ConstraintKind::PrimaryKey | ConstraintKind::Unique => Some(add_key::no_duplicates(context, &new.id.relation(), after)),
        _ => None,
    }
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
    let build_step = create_index::concurrently(id, change.code(), Phase::Migrate, index, &temporary);
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
