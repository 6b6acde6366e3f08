//! Create an index.

use super::{Change, Context, add_key, adoption, build, create_object::unit_of_new, is_replaced, partition_name, partition_tree::{of_dropped, tree}, restoring};
use crate::model::{Body, Constraint, Expr, Ident, Index, IndexKeyOf, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::sql::own_name::shadow_name;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
create_index: an index of the files is not on the table.

CREATE INDEX rejects writes while it builds. CREATE INDEX CONCURRENTLY does not; it runs outside a transaction and
without a lock timeout, and an INVALID index that an interrupted run left is dropped and built again (IF NOT EXISTS would
keep it). A unique index rejects duplicates from the start of its build and therefore stands in migrate.
On a partitioned table the parent's index is made ON ONLY, each partition's CONCURRENTLY, then attached one by one.
An index over an expression has statistics of its own: the table is analyzed at the end of the phase.
Undo: DROP INDEX CONCURRENTLY.";

/// An index comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateIndex;

impl CreateIndex {
    /// Concurrently, child by child on partitioned tables, plainly on new and small ones.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object) else {
            return Vec::new();
        };
        let Body::Index(index) = &object.body else {
            return Vec::new();
        };
        let table = &index.table;
        if context.is_new(table) {
            let mut step = build::create(context, object, change.code(), Phase::Expand);
            if let Undo::Run { action: Action::Statements(statements), .. } = &mut step.undo {
                statements.extend(adopted_again(context, index, false));
            }
            if !waits_for_names(context, table) {
                step.unit = Some(unit_of_new(&table.to_string()));
            }
            return [Some(step), partition_name::step(change, context, index, Phase::Expand)].into_iter().flatten().collect();
        }
        let phase = if index.unique { Phase::Migrate } else { Phase::Expand };
        // Its index would be adopted, and is to go.
        let apart = index.on_partitioned && !adoption::going_below(context, index, false).is_empty();
        let mut steps = if context.is_direct(table) && !apart || index.on_materialized_view && context.is_small(table) {
            let mut step = plain(change, context, object, index, phase);
            if let Undo::Run { action: Action::Statements(statements), .. } = &mut step.undo {
                statements.extend(adopted_again(context, index, false));
            }
            [Some(step), partition_name::step(change, context, index, phase)].into_iter().flatten().collect()
        } else if index.on_partitioned {
            partitioned(change, context, object, index, phase)
        } else {
            let mut steps = match takes_references_over(context, object, index) {
                true => under_another_name(change, context, object, index).into(),
                false => vec![concurrently(&object.id, change.code(), phase, index, &object.id.name)],
            };
            if let Some(last) = steps.last_mut() {
                last.gives.push(Fact::Exists(object.id.clone()));
            }
            let attributes = after_build(context, object);
            if !attributes.is_empty() {
                let title = format!("Describe {}", object.id);
                steps.push(build::alter(&object.id, change.code(), phase, title, attributes, Vec::new()));
            }
            steps
        };
        tightens(context, object, index, &mut steps);
        steps
    }
}

/// Says of a unique index what it rejects from its first step on, and looks for that before.
pub(super) fn tightens(context: &Context, object: &Object, index: &Index, steps: &mut [Step]) {
    if let Some(first) = steps.first_mut().filter(|_| index.unique) {
        first.preconditions.extend(no_duplicates(context, index));
        first.hazards.push(build::hazard(
            HazardCode::Tightens,
            Verdict::Warn,
            &object.id,
            format!("duplicates are rejected from here on by {}", object.id.name),
        ));
    }
}

/// No rows that a unique index forbids; none where that takes more than comparing columns.
fn no_duplicates(context: &Context, index: &Index) -> Option<Precondition> {
    let calls = |text: &str| text.split('(').any(|before| before.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | '"')));
    let predicate = index.predicate.as_ref().map(Expr::as_str);
    if index.on_materialized_view || index.keys.iter().any(|key| key.opclass.is_some()) || predicate.is_some_and(calls) {
        return None;
    }
    let columns = index.keys.iter().map(|key| match &key.of {
        IndexKeyOf::Column(name) => Some(name.clone()),
        IndexKeyOf::Expression(_) => None,
    });
    let columns: Vec<Ident> = columns.collect::<Option<_>>()?;
    Some(add_key::no_duplicates_in(context, &index.table, &columns, index.nulls_not_distinct, predicate))
}

/// True where a foreign key is to find this index in place of a key that goes.
fn takes_references_over(context: &Context, object: &Object, index: &Index) -> bool {
    let Some(columns) = index.key_columns().filter(|_| context.old(&object.id).is_none()) else {
        return false;
    };
    let Some(first) = columns.first() else {
        return false;
    };
    let refers = |other: &Object| match &other.body {
        Body::Constraint(Constraint { references: Some(reference), .. }) => {
            reference.table == index.table
                && reference.columns.len() == columns.len()
                && reference.columns.iter().all(|name| columns.contains(name))
        }
        _ => false,
    };
    let users = context.users.users(&ObjectId::part(Kind::Column, &index.table, first)).iter();
    users
        .filter(|id| context.old(id).is_some_and(refers))
        .any(|id| context.new_of(id).is_some_and(|after| after.depends_on.contains(&object.id)))
}

/// Built beside the key that foreign keys still stand on, and named in the transaction in which they leave that one: under
/// its own name its undo would find them standing on it.
fn under_another_name(change: &Change, context: &Context, object: &Object, index: &Index) -> [Step; 2] {
    let id = &object.id;
    let (table, own) = (&index.table, id.qualified());
    let name = QualifiedName { schema: table.schema.clone(), name: shadow_name(&id.name) };
    let mut built = concurrently(id, change.code(), Phase::Migrate, index, &name.name);
    built.undo = Undo::Run {
        action: Action::one(sql::alter::drop_index_concurrently_if_exists(&name)),
        outside_transaction: true,
    };
    built.needs.extend(object.depends_on.iter().cloned().map(Fact::Exists));
    // A key that leaves may bear the name until then.
    let is_named = sql::probe::all(&[sql::exists(id), sql::probe::not(&sql::probe::constraint(table, &id.name))]);
    built.done_when = DoneWhen::Holds(format!("({}) OR ({is_named})", sql::probe::valid_index(&name)));
    let mut named = Step::new(
        id.clone(),
        change.code(),
        Phase::Migrate,
        format!("Name the index {} of {table}", id.name),
        Action::one(sql::archive::rename_part("INDEX", &name, &id.name)),
        Undo::statements(vec![sql::alter::drop_index(&own, false)]),
        DoneWhen::Holds(is_named),
    );
    named.locks = build::locks(context, &ObjectId::named(Kind::Table, table), Lock::ShareUpdateExclusive);
    [built, named]
}

/// What `sql::create` says of an index besides CREATE INDEX itself: comment, statistics targets.
fn after_build(context: &Context, object: &Object) -> Vec<Stmt> {
    sql::create(object, context.to).into_iter().skip(1).collect()
}

fn plain(change: &Change, context: &Context, object: &Object, index: &Index, phase: Phase) -> Step {
    let mut step = build::create(context, object, change.code(), phase);
    step.title = format!("Create index {} on {}", object.id.name, index.table);
    step.cost = Cost::BuildsIndex(index.table.clone());
    step.locks = vec![LockOn { lock: Lock::Share, relation: index.table.clone() }];
    if let Action::Statements(statements) = &mut step.up {
        for invalid in invalid_below(context, index) {
            statements.insert(0, sql::drop(invalid));
            if let Body::Index(own) = &invalid.body {
                step.locks.push(LockOn { lock: Lock::AccessExclusive, relation: own.table.clone() });
            }
        }
    }
    step.preconditions = context.size_gate(&index.table);
    if !context.is_small(&index.table) && !index.on_materialized_view {
        step.hazards.push(build::hazard(
            HazardCode::BuildsIndex,
            Verdict::Stop,
            &object.id,
            format!("`{}` rejects writes while the index is built", index.table),
        ));
    }
    step
}

/// The indexes of partitions that an interrupted build has left invalid: a parent's like them would take them over, and be invalid too.
pub fn invalid_below<'a>(context: &Context<'a>, parent: &Index) -> Vec<&'a Object> {
    if !parent.on_partitioned {
        return Vec::new();
    }
    let mut below = tree(context.from, &parent.table);
    below.retain(|table| *table != parent.table);
    let is_one = |own: &&Object| matches!(&own.body, Body::Index(own) if !own.valid && own.is_like(parent) && below.contains(&own.table));
    context.from.of_kind(Kind::Index).filter(is_one).collect()
}

/// CREATE INDEX CONCURRENTLY under a name of the caller's choice; gives no fact.
pub fn concurrently(id: &ObjectId, code: &str, phase: Phase, index: &Index, name: &Ident) -> Step {
    let qualified = QualifiedName { schema: index.table.schema.clone(), name: name.clone() };
    let mut step = Step::new(
        id.clone(),
        code,
        phase,
        format!("Create index {name} on {} concurrently", index.table),
        Action::one(sql::index(index, name, true, false)),
        Undo::Run { action: Action::one(sql::alter::drop_index(&qualified, true)), outside_transaction: true },
        DoneWhen::Holds(sql::probe::valid_index(&qualified)),
    );
    add_key::outside(&mut step, &index.table);
    step.cost = Cost::BuildsIndex(index.table.clone());
    step
}

fn partitioned(change: &Change, context: &Context, object: &Object, index: &Index, phase: Phase) -> Vec<Step> {
    let id = &object.id;
    let parent = id.qualified();
    let mut first = Step::new(
        id.clone(),
        change.code(),
        phase,
        format!("Create index {} on {} alone", id.name, index.table),
        Action::one(sql::index(index, &id.name, false, true)),
        Undo::statements(vec![sql::alter::drop_index(&parent, false)]),
        DoneWhen::Holds(sql::exists(id)),
    );
    first.locks = vec![LockOn { lock: Lock::Share, relation: index.table.clone() }];
    let below = children(change, context, index, &parent, phase);
    // Made after the index, a new partition would get its own at once, under the name that is built here.
    first.needs.extend(below.iter().flat_map(|(_, step)| step.needs.iter().cloned()));
    let mut back = vec![sql::alter::drop_index(&parent, false)];
    let made: Vec<&QualifiedName> = below.iter().filter_map(|(name, _)| name.as_ref()).collect();
    back.extend(adopted_again(context, index, false));
    back.extend(made.iter().map(|name| Stmt::new(format!("DROP INDEX IF EXISTS {}", sql::qualified(name)))));
    first.undo = Undo::statements(back);
    let mut steps = vec![first];
    steps.extend(below.into_iter().map(|(_, step)| step));
    let mut attributes = after_build(context, object);
    attributes.extend(sql::indexes_below(index));
    if !attributes.is_empty() {
        let title = format!("Describe {id}");
        steps.push(build::alter(id, change.code(), phase, title, attributes, Vec::new()));
    }
    for step in &mut steps {
        step.needs.extend(of_dropped(context, &index.table));
    }
    if let Some(last) = steps.last_mut() {
        last.gives.push(Fact::Exists(id.clone()));
    }
    steps
}

/// True for a new index of a partitioned table.
pub fn is_partitioned(context: &Context, id: &ObjectId) -> bool {
    let new = context.new_of(id).filter(|_| context.old(id).is_none());
    matches!(new.map(|new| &new.body), Some(Body::Index(index)) if context.to.is_partitioned(&index.table))
}

/// The indexes of the partitions, each built and attached; partitioned partitions get theirs the same way.
/// A step that makes an index bears its name.
fn children(
    change: &Change,
    context: &Context,
    index: &Index,
    parent_index: &QualifiedName,
    phase: Phase,
) -> Vec<(Option<QualifiedName>, Step)> {
    let below = partitions_that_stay(context, &index.table).into_iter();
    let mut steps: Vec<_> = below.flat_map(|child| of_child(change, context, index, parent_index, (child, phase))).collect();
    for child in new_partitions(context, &index.table) {
        steps.push((None, on_new_partition(change, context, index, parent_index, (child, phase))));
    }
    steps
}

/// The partitions of a table that are there, and still below it when its index is complete.
pub(super) fn partitions_that_stay<'a>(context: &Context<'a>, parent: &QualifiedName) -> Vec<&'a Object> {
    let is_below = |catalog, name: &QualifiedName| {
        Context::table(catalog, name).and_then(|table| table.partition_of.as_ref()).is_some_and(|of| of.parent == *parent)
    };
    let tables = context.from.of_kind(Kind::Table);
    let stay = tables.filter(|child| {
        let name = child.id.qualified();
        // One that leaves its parent by this plan has left before the parent's index is complete.
        let stays = is_below(context.to, &name) || !context.drops_first && context.is_going(&name);
        is_below(context.from, &name) && stays && !is_replaced(context.from, context.to, &name)
    });
    stay.collect()
}

/// The index of one partition that is there, and those of all below it.
pub(super) fn of_child(
    change: &Change,
    context: &Context,
    index: &Index,
    parent_index: &QualifiedName,
    (child, phase): (&Object, Phase),
) -> Vec<(Option<QualifiedName>, Step)> {
    let child_table = child.id.qualified();
    let mut twin = index.clone();
    twin.table = child_table.clone();
    let chosen = index.partition_names.iter().find(|(on, _)| *on == child_table).map(|(_, name)| name.clone());
    if !index.valid && chosen.is_none() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let name = chosen.unwrap_or_else(|| partition_name::automatic(index, &child_table, &change.object));
    let child_index = QualifiedName { schema: child_table.schema.clone(), name: name.clone() };
    let there = context.old(&ObjectId::named(Kind::Index, &child_index));
    // One that an interrupted build has left invalid would keep the parent's invalid: it is built again under its name.
    let there = there.is_some_and(|own| matches!(&own.body, Body::Index(own) if own.is_like(&twin) && own.valid));
    let has_key = context.new_of(&ObjectId::part(Kind::Constraint, &child_table, &name)).is_some();
    if context.from.is_partitioned(&child_table) {
        let mut only = Step::new(
            change.object.clone(),
            change.code(),
            phase,
            format!("Create index {name} on {child_table} alone"),
            Action::one(sql::index(&twin, &name, false, true)),
            Undo::Nothing,
            DoneWhen::Holds(sql::probe::relation(&child_index)),
        );
        only.locks = vec![LockOn { lock: Lock::Share, relation: child_table.clone() }];
        steps.push((Some(child_index.clone()), only));
        steps.extend(children(change, context, &twin, &child_index, phase));
    } else if !there && !has_key {
        let mut built = concurrently(&change.object, change.code(), phase, &twin, &name);
        // An attached index goes with its parent's, whose undo also drops those that were never attached.
        built.undo = Undo::Nothing;
        steps.push((Some(child_index.clone()), built));
    }
    let mut attach = Step::new(
        change.object.clone(),
        change.code(),
        phase,
        format!("Attach index {name} to {}", parent_index.name),
        Action::one(sql::alter::attach_index(parent_index, &child_index)),
        Undo::Nothing,
        DoneWhen::Holds(sql::probe::attached(&child_index)),
    );
    attach.locks = vec![LockOn { lock: Lock::AccessShare, relation: child_table }];
    steps.push((None, attach));
    steps
}

fn new_partitions<'a>(context: &Context<'a>, parent: &QualifiedName) -> Vec<&'a Object> {
    let tables = context.to.of_kind(Kind::Table);
    let new = tables.filter(|table| match &table.body {
        Body::Table(body) => {
            body.partition_of.as_ref().is_some_and(|of| of.parent == *parent) && context.is_new(&table.id.qualified())
        }
        _ => false,
    });
    new.collect()
}

/// A partition that the plan makes is empty: its index, and those of all below it, are there at once.
fn on_new_partition(
    change: &Change,
    context: &Context,
    index: &Index,
    parent_index: &QualifiedName,
    (child, phase): (&Object, Phase),
) -> Step {
    let table = child.id.qualified();
    let mut twin = index.clone();
    twin.table = table.clone();
    let chosen = index.partition_names.iter().find(|(on, _)| *on == table).map(|(_, name)| name.clone());
    let name = chosen.unwrap_or_else(|| partition_name::automatic(index, &table, &change.object));
    let own = QualifiedName { schema: table.schema.clone(), name: name.clone() };
    // Its own key brings it.
    let has_key = context.new_of(&ObjectId::part(Kind::Constraint, &table, &name)).is_some();
    let made = (!has_key).then(|| sql::index(&twin, &name, false, false));
    let mut step = Step::new(
        change.object.clone(),
        change.code(),
        phase,
        match has_key {
            true => format!("Attach index {name} to {}", parent_index.name),
            false => format!("Create index {name} on {table} and attach it to {}", parent_index.name),
        },
        Action::Statements(made.into_iter().chain([sql::alter::attach_index(parent_index, &own)]).collect()),
        Undo::Nothing,
        DoneWhen::Holds(sql::probe::attached(&own)),
    );
    let mut all = vec![child];
    let mut at = 0;
    while let Some(next) = all.get(at) {
        step.needs.push(Fact::Exists(next.id.clone()));
        let below = new_partitions(context, &next.id.qualified());
        all.extend(below);
        at += 1;
    }
    step
}

/// Indexes and keys of partitions that the parent's adopts and takes along when it is dropped again.
pub fn adopted_again(context: &Context, index: &Index, of_key: bool) -> Vec<Stmt> {
    index
        .partition_names
        .iter()
        .filter_map(|(partition, name)| {
            let id = ObjectId::named(Kind::Index, &QualifiedName { schema: partition.schema.clone(), name: name.clone() });
            let key = ObjectId::part(Kind::Constraint, partition, name);
            let own = context.old(&id).or_else(|| context.old(&key))?;
            let like = match &own.body {
                Body::Index(own) => !of_key && own.is_like(index),
                Body::Constraint(own) => own.index.as_ref().is_some_and(|own| own.is_like(index)),
                _ => false,
            };
            like.then_some((partition, own))
        })
        .flat_map(|(partition, object)| {
            let statements = sql::create(&restoring(object), context.from);
            // A table that has joined may have left again by then, with its own.
            let was_below = tree(context.from, &index.table).contains(partition);
            if was_below { statements } else { vec![sql::archive::choose(&sql::probe::not(&sql::exists(&object.id)), &statements, &[])] }
        })
        .collect()
}

/// A new partition gets indexes from its parent at once. Where the parent is about to lose one whose automatic name the
/// partition's own index wants, that one has to go first.
fn waits_for_names(context: &Context, table: &QualifiedName) -> bool {
    let Some(of) = Context::table(context.to, table).and_then(|table| table.partition_of.as_ref()) else {
        return false;
    };
    context.from.of_kind(Kind::Index).any(|object| match &object.body {
        Body::Index(index) => index.table == of.parent && context.new_of(&object.id).is_none(),
        _ => false,
    })
}
