//! Replace an index by another of the same name.

use super::{Change, Context, add_key, build, carrying, complete_index, create_index, partition_name, restoring};
use crate::model::{Body, Ident, Index, Object, QualifiedName, ReplicaIdentity};
use crate::sql;
use crate::sql::own_name::{former_name, shadow_name};
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
replace_index: an index differs from the one of that name in the files, or is INVALID.

The new index is built CONCURRENTLY as schemaplan_new_NAME beside the old one; in contract the two swap names in one
transaction, and the old one is dropped CONCURRENTLY. The swap locks the table only where its rows are identified or ordered by the
index (REPLICA IDENTITY, CLUSTER ON). Queries never miss an index.
One of a partitioned table that is INVALID because partitions have none below it is completed: those get theirs CONCURRENTLY,
one by one, each is attached, and with the last one it is valid. What is INVALID below it is built again CONCURRENTLY first.
Where nothing is missing below it and it is INVALID all the same, the whole of it is built beside, partition by partition.
Undo: names swapped back while the old index is there; afterwards it is built again first.";

/// An index is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceIndex;

impl ReplaceIndex {
    /// Build, swap, drop.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Index(before), Body::Index(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        if !is_another(before, after) {
            return vec![counted(change, new, before, after)];
        }
        if !context.is_direct(&after.table)
            && let Some(steps) = complete_index::steps(change, context, (old, before), (new, after))
        {
            return steps;
        }
        if context.is_direct(&after.table) || after.on_partitioned {
            return vec![plain(change, context, (old, before), (new, after))];
        }
        beside(change, context, old, new, before, after)
    }
}

/// True where the index has to be built: more differs than catalog statements set.
pub fn is_another(before: &Index, after: &Index) -> bool {
    without_statistics(before) != without_statistics(after)
}

/// The index without what a catalog statement sets, and without what is compared elsewhere.
fn without_statistics(index: &Index) -> Index {
    let mut plain = Index { definition: String::new(), partition_names: Vec::new(), below: Vec::new(), invalid_below: Vec::new(), comment: None, ..index.clone() };
    plain.options.sort();
    plain.keys.iter_mut().for_each(|key| key.statistics = None);
    plain
}

/// Only how many values of its expressions are counted: no row is read for that.
fn counted(change: &Change, new: &Object, before: &Index, after: &Index) -> Step {
    let id = &new.id;
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for (position, (old, new)) in before.keys.iter().zip(&after.keys).enumerate() {
        if old.statistics != new.statistics {
            up.push(sql::index_statistics(&id.qualified(), position, new.statistics));
            down.push(sql::index_statistics(&id.qualified(), position, old.statistics));
        }
    }
    let mut step = build::alter(id, change.code(), Phase::Expand, format!("Set statistics of index {}", id.name), up, down);
    step.gives.push(Fact::Exists(id.clone()));
    step.locks = vec![LockOn { lock: Lock::ShareUpdateExclusive, relation: after.table.clone() }];
    step
}

fn plain(change: &Change, context: &Context, (old, before): (&Object, &Index), (new, after): (&Object, &Index)) -> Step {
    let mut up = vec![sql::drop(old)];
    up.extend(create_index::invalid_below(context, after).into_iter().map(sql::drop));
    up.extend(sql::create(&carrying(new, old), context.to));
    up.extend(partition_name::below(after, &new.id, context.to));
    let mut down = vec![sql::drop(new)];
    down.extend(sql::create(&restoring(old), context.from));
    down.extend(partition_name::below(before, &old.id, context.from));
    down.extend(create_index::adopted_again(context, after, false));
    let title = format!("Replace index {} of {}", new.id.name, after.table);
    let mut step = build::alter(&new.id, change.code(), Phase::Contract, title, up, down);
    if let Some(same) = sql::turned_into(old, new) {
        step.done_when = DoneWhen::Holds(same);
    }
    step.gives.push(Fact::Exists(new.id.clone()));
    step.gives.push(Fact::Gone(new.id.clone()));
    step.locks = vec![LockOn { lock: Lock::AccessExclusive, relation: after.table.clone() }];
    step.cost = Cost::BuildsIndex(after.table.clone());
    step.preconditions = context.size_gate(&after.table);
    if !context.is_small(&after.table) && !after.on_materialized_view {
        step.hazards.push(build::hazard(
            HazardCode::BuildsIndex,
            Verdict::Stop,
            &new.id,
            format!("the index is built while `{}` is locked", after.table),
        ));
    }
    step
}

fn beside(change: &Change, context: &Context, old: &Object, new: &Object, before: &Index, after: &Index) -> Vec<Step> {
    let id = &new.id;
    let table = &after.table;
    let in_schema = |name: &Ident| QualifiedName { schema: table.schema.clone(), name: name.clone() };
    let fresh = shadow_name(&id.name);
    let former = former_name(&id.name);
    let phase = if after.unique { Phase::Migrate } else { Phase::Expand };
    let mut build_new = create_index::concurrently(id, change.code(), phase, after, &fresh);
    build_new.needs.extend(new.depends_on.iter().cloned().map(Fact::Exists));
    build_new.done_when = DoneWhen::Holds(format!(
        "({}) OR ({})",
        sql::probe::valid_index(&in_schema(&fresh)),
        sql::same(new).unwrap_or_else(|| "false".to_owned())
    ));
    let mut up = vec![
        sql::alter::rename_index(&id.qualified(), &former),
        sql::alter::rename_index(&in_schema(&fresh), &id.name),
    ];
    up.extend(sql::create(new, context.to).into_iter().skip(1));
    let mut down = vec![
        sql::alter::rename_index(&id.qualified(), &fresh),
        sql::alter::rename_index(&in_schema(&former), &id.name),
    ];
    // CLUSTER ON and REPLICA IDENTITY name the index: they went over to the new one.
    down.extend(sql::create(&restoring(old), context.from).into_iter().skip(1));
    let mut swap = Step::new(
        id.clone(),
        change.code(),
        Phase::Contract,
        format!("Swap index {} of {table} for its new form", id.name),
        Action::Statements(up),
        Undo::statements(down),
        DoneWhen::Holds(sql::same(new).unwrap_or_else(|| sql::probe::relation(&in_schema(&former)))),
    );
    swap.locks = vec![LockOn { lock: lock_of_swap(context, table, &id.name), relation: table.clone() }];
    swap.gives = vec![Fact::Exists(id.clone()), Fact::Changed(id.clone())];
    let mut drop = Step::new(
        id.clone(),
        change.code(),
        Phase::Contract,
        format!("Drop the former index {} of {table}", id.name),
        Action::one(sql::alter::drop_index(&in_schema(&former), true)),
        Undo::Run {
            action: Action::Sequence(former_again(context, old, before, &former)),
            outside_transaction: true,
        },
        // Before the swap there is none either.
        DoneWhen::Holds(sql::probe::all(&[&former, &fresh].map(|name| sql::probe::not(&sql::probe::relation(&in_schema(name)))))),
    );
    add_key::outside(&mut drop, table);
    drop.gives = vec![Fact::Gone(id.clone())];
    vec![build_new, swap, drop]
}

/// What the swap takes on the table: nothing that anyone waits for, but for an index that rows are identified by, or ordered by.
fn lock_of_swap(context: &Context, table: &QualifiedName, index: &Ident) -> Lock {
    let sides = || [context.from, context.to].into_iter().filter_map(|side| Context::table(side, table));
    if sides().any(|side| side.replica_identity == ReplicaIdentity::Index(index.clone())) {
        Lock::AccessExclusive
    } else if sides().any(|side| side.cluster_on.as_ref() == Some(index)) {
        Lock::ShareUpdateExclusive
    } else {
        Lock::AccessShare
    }
}

fn former_again(context: &Context, old: &Object, before: &Index, name: &Ident) -> Vec<Action> {
    let mut twin = restoring(old);
    twin.id.name = name.clone();
    let mut actions = vec![Action::one(sql::index(before, name, true, false))];
    let attributes: Vec<_> = sql::create(&twin, context.from).into_iter().skip(1).collect();
    if !attributes.is_empty() {
        actions.push(Action::Statements(attributes));
    }
    actions
}
