//! Complete the index of a partitioned table that an earlier failure has left INVALID, partition by partition.

use super::create_index::{concurrently, of_child, partitions_that_stay, tightens};
use super::partition_tree::{of_dropped, that_stay, tree};
use super::replace_index::is_another;
use super::{Change, Context, add_key, build, partition_name, restoring};
use crate::model::{Body, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::sql::own_name::shadow_name;
use crate::sql::{self, Stmt, alter, probe};
use crate::step::{Action, Cost, DoneWhen, Fact, Lock, LockOn, Phase, Step, Undo};

/// What is built again below the parent's index, then what is missing there, each attached. The server looks at a parent's index when one
/// is attached to it, and at no other time: where nothing is missing, all of it is built beside. None where neither can be.
pub(super) fn steps(
    change: &Change,
    context: &Context,
    (old, before): (&Object, &Index),
    (new, after): (&Object, &Index),
) -> Option<Vec<Step>> {
    let whole = Index {
        valid: true,
        ..before.clone()
    };
    if !before.on_partitioned || before.valid || is_another(&whole, after) {
        return None;
    }
    let repair = Repair {
        change,
        context,
        before,
        after,
        phase: if after.unique {
            Phase::Migrate
        } else {
            Phase::Expand
        },
    };
    let mut found = Found::default();
    if !repair.look(&after.table, &new.id.name, &mut found) {
        let mut steps = repair.beside(new)?;
        tightens(context, new, after, &mut steps);
        return Some(steps);
    }
    let mut steps = found.again;
    if let Some(child) = found.missing.first_mut() {
        // What is attached goes with its parent's alone: the first attachment takes all behind it along. What was built and not yet
        // attached just goes.
        if let Some(attach) = child.last_mut() {
            attach.undo = half_made_again(context, (old, before), after, &found.made);
        }
        match (child.as_mut_slice(), found.made.as_slice()) {
            ([built, _], [name, ..]) => {
                built.undo = Undo::Run {
                    action: Action::one(alter::drop_index_concurrently_if_exists(name)),
                    outside_transaction: true,
                }
            }
            ([alone, _, ..], names) => {
                alone.undo = Undo::statements(names.iter().map(alter::drop_index_if_exists).collect())
            }
            _ => {}
        }
    }
    steps.extend(found.missing.into_iter().flatten());
    tightens(context, new, after, &mut steps);
    for step in &mut steps {
        step.needs.extend(of_dropped(context, &after.table));
        step.needs
            .extend(new.depends_on.iter().cloned().map(Fact::Exists));
    }
    if let Some(last) = steps.last_mut() {
        last.gives.push(Fact::Exists(new.id.clone()));
    }
    let named = |(partition, name): &&(QualifiedName, Ident)| {
        before
            .partition_names
            .iter()
            .any(|(on, former)| on == partition && former != name)
    };
    let renamed = after.partition_names.iter().filter(named);
    let root = new.id.qualified();
    let mut described: Vec<_> = renamed
        .map(|(partition, name)| sql::below::name_partition_index(&root, partition, name))
        .collect();
    described.extend(partition_name::own_below(after, context.to));
    if !described.is_empty() {
        let title = format!("Name and describe what is below {}", new.id);
        steps.push(build::alter(
            &new.id,
            change.code(),
            repair.phase,
            title,
            described,
            Vec::new(),
        ));
    }
    Some(steps)
}

struct Repair<'a> {
    change: &'a Change,
    context: &'a Context<'a>,
    before: &'a Index,
    after: &'a Index,
    phase: Phase,
}

#[derive(Default)]
struct Found {
    /// What is attached and not valid is built again: it cannot be dropped.
    again: Vec<Step>,
    /// The partitions that have none below the parent's: the steps of each, its attachment the last.
    missing: Vec<Vec<Step>>,
    /// The indexes that those make.
    made: Vec<QualifiedName>,
}

impl Repair<'_> {
    /// False where nothing will be attached below this index, or below one that is not valid and hangs below it.
    fn look(&self, table: &QualifiedName, name: &Ident, found: &mut Found) -> bool {
        let parent_index = QualifiedName {
            schema: table.schema.clone(),
            name: name.clone(),
        };
        let mut index = self.after.clone();
        index.table = table.clone();
        let mut attaches = false;
        for child in partitions_that_stay(self.context, table) {
            let partition = child.id.qualified();
            let Some(own) = self.attached(&partition) else {
                let below = of_child(
                    self.change,
                    self.context,
                    &index,
                    &parent_index,
                    (child, self.phase),
                );
                let (names, steps): (Vec<_>, Vec<_>) = below.into_iter().unzip();
                found.made.extend(names.into_iter().flatten());
                found.missing.push(steps);
                attaches = true;
                continue;
            };
            if !self.before.invalid_below.contains(&partition) {
                continue;
            }
            if !self.context.from.is_partitioned(&partition) {
                found.again.push(self.built_again(&partition, own));
            } else if self.look(&partition, own, found) {
                attaches = true;
            } else {
                return false;
            }
        }
        attaches
    }

    /// The index of the partition that hangs below the parent's already.
    fn attached(&self, partition: &QualifiedName) -> Option<&Ident> {
        let found = self.before.partition_names.iter().find(|(on, _)| on == partition);
        found.map(|(_, name)| name)
    }

    /// All of the index under other names, and then in its place: queries never miss one, and what was unique stays it.
    fn beside(&self, new: &Object) -> Option<Vec<Step>> {
        let (leaves, inner) = that_stay(self.context, &self.after.table);
        let all = tree(self.context.to, &self.after.table);
        if !all
            .iter()
            .all(|table| leaves.contains(table) || inner.contains(table))
        {
            return None;
        }
        let (id, own) = (&new.id, new.id.qualified());
        let whole = probe::valid_index(&own);
        let name_on = |table: &QualifiedName| {
            let found = self.after.partition_names.iter().find(|(on, _)| on == table);
            found.map_or(&id.name, |(_, name)| name).clone()
        };
        let shadow_on = |table: &QualifiedName| QualifiedName {
            schema: table.schema.clone(),
            name: shadow_name(&name_on(table)),
        };
        let step = |title: String, up: Stmt, done: String, lock: LockOn| {
            let done = DoneWhen::Holds(format!("({done}) OR ({whole})"));
            let up = Action::one(up);
            let mut step = Step::new(
                id.clone(),
                self.change.code(),
                self.phase,
                title,
                up,
                Undo::Nothing,
                done,
            );
            step.locks = vec![lock];
            step
        };
        let mut steps = Vec::new();
        for table in tree(self.context.from, &self.after.table) {
            let (mut twin, shadow) = (self.after.clone(), shadow_on(&table));
            twin.table = table.clone();
            if leaves.contains(&table) {
                let mut built = concurrently(id, self.change.code(), self.phase, &twin, &shadow.name);
                built.done_when = DoneWhen::Holds(format!("({}) OR ({whole})", probe::valid_index(&shadow)));
                built.undo = Undo::Nothing;
                steps.push(built);
            } else if inner.contains(&table) {
                let title = format!("Create index {} on {table} alone", shadow.name);
                let up = sql::index(&twin, &shadow.name, false, true);
                let lock = LockOn {
                    lock: Lock::Share,
                    relation: table.clone(),
                };
                steps.push(step(title, up, probe::relation(&shadow), lock));
            } else {
                continue;
            }
            let of = Context::table(self.context.from, &table).and_then(|body| body.partition_of.as_ref());
            if let Some(of) = of.filter(|_| table != self.after.table) {
                let above = shadow_on(&of.parent);
                let title = format!("Attach index {} to {}", shadow.name, above.name);
                let lock = LockOn {
                    lock: Lock::AccessShare,
                    relation: table.clone(),
                };
                steps.push(step(
                    title,
                    alter::attach_index(&above, &shadow),
                    probe::attached(&shadow),
                    lock,
                ));
            }
        }
        let shadows = || all.iter().map(shadow_on);
        if let Some(first) = steps.first_mut() {
            // What was broken and is whole stays whole: once they have taken its place there is nothing to take back.
            first.undo = Undo::statements(shadows().map(|name| alter::drop_index_if_exists(&name)).collect());
            first
                .needs
                .extend(new.depends_on.iter().cloned().map(Fact::Exists));
        }
        let mut up = vec![alter::drop_index(&own, false)];
        up.extend(
            all.iter()
                .map(|table| alter::rename_index(&shadow_on(table), &name_on(table))),
        );
        up.extend(sql::create(new, self.context.to).into_iter().skip(1));
        up.extend(partition_name::own_below(self.after, self.context.to));
        let mut swap = Step::new(
            id.clone(),
            self.change.code(),
            Phase::Contract,
            format!(
                "Put the new index {} of {} in place of the broken one",
                id.name, self.after.table
            ),
            Action::Statements(up),
            Undo::Nothing,
            DoneWhen::Holds(whole.clone()),
        );
        swap.locks = all
            .iter()
            .map(|table| LockOn {
                lock: Lock::AccessExclusive,
                relation: table.clone(),
            })
            .collect();
        swap.gives = vec![Fact::Exists(id.clone()), Fact::Changed(id.clone())];
        steps.push(swap);
        Some(steps)
    }

    fn built_again(&self, partition: &QualifiedName, name: &Ident) -> Step {
        let index = QualifiedName {
            schema: partition.schema.clone(),
            name: name.clone(),
        };
        let mut step = Step::new(
            self.change.object.clone(),
            self.change.code(),
            self.phase,
            format!("Build index {name} of {partition} again"),
            Action::one(alter::reindex_concurrently(&index)),
            // A whole one does what a broken one was to do.
            Undo::Nothing,
            DoneWhen::Holds(probe::valid_index(&index)),
        );
        add_key::outside(&mut step, partition);
        step.cost = Cost::BuildsIndex(partition.clone());
        step
    }
}

/// The way back: what was below the parent's index before is built beside it, and takes its place in one transaction. Queries never miss
/// an index, and what was unique stays it.
fn half_made_again(
    context: &Context,
    (old, before): (&Object, &Index),
    after: &Index,
    made: &[QualifiedName],
) -> Undo {
    let in_schema = |table: &QualifiedName, name: &Ident| QualifiedName {
        schema: table.schema.clone(),
        name: name.clone(),
    };
    let own = old.id.qualified();
    let shadow_of = |table: &QualifiedName| {
        let found = before.partition_names.iter().find(|(on, _)| on == table);
        let name = found.map_or(&old.id.name, |(_, name)| name);
        in_schema(table, &shadow_name(name))
    };
    let mut names = vec![(own.clone(), shadow_of(&before.table))];
    let mut actions = vec![Action::one(sql::index(
        before,
        &shadow_of(&before.table).name,
        false,
        true,
    ))];
    // Parents come first.
    for partition in tree(context.from, &before.table) {
        let above = Context::table(context.from, &partition).and_then(|table| table.partition_of.as_ref());
        let attached = before.partition_names.iter().find(|(on, _)| *on == partition);
        let adopted = || {
            after
                .partition_names
                .iter()
                .find(|(on, name)| *on == partition && was_its_own(context, on, name))
        };
        let Some(((_, name), above)) = attached.or_else(adopted).zip(above) else {
            continue;
        };
        let mut twin = before.clone();
        twin.table = partition.clone();
        let shadow = in_schema(&partition, &shadow_name(name));
        let is_leaf = !context.from.is_partitioned(&partition);
        actions.push(Action::one(sql::index(&twin, &shadow.name, is_leaf, !is_leaf)));
        if attached.is_some() {
            actions.push(Action::one(alter::attach_index(
                &shadow_of(&above.parent),
                &shadow,
            )));
        }
        names.push((in_schema(&partition, name), shadow));
    }
    let mut last = vec![alter::drop_index(&own, false)];
    last.extend(made.iter().map(alter::drop_index_if_exists));
    last.extend(
        names
            .iter()
            .map(|(name, shadow)| alter::rename_index(shadow, &name.name)),
    );
    // Behind CREATE INDEX, and CREATE and ATTACH of each that was below it.
    let spoken = 1 + 2 * before.partition_names.len();
    last.extend(
        sql::create(&restoring(old), context.from)
            .into_iter()
            .skip(spoken),
    );
    last.extend(partition_name::own_below(before, context.from));
    actions.push(Action::Statements(last));
    Undo::Run {
        action: Action::Sequence(actions),
        outside_transaction: false,
    }
}

/// An index that a partition has for itself, valid, and that is attached by this plan.
fn was_its_own(context: &Context, partition: &QualifiedName, name: &Ident) -> bool {
    let id = ObjectId::named(
        Kind::Index,
        &QualifiedName {
            schema: partition.schema.clone(),
            name: name.clone(),
        },
    );
    matches!(context.old(&id).map(|own| &own.body), Some(Body::Index(own)) if own.valid)
}
