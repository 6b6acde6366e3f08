//! Attach, detach and re-bound a partition that exists as a table.

use super::{Change, Context, build, locks_beside, partition_bound, trigger_below};
use crate::model::{Kind, ObjectId, PartitionOf, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Step, TimeoutClass, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_partition: a table becomes a partition, stops being one, or gets another bound.

ATTACH takes SHARE UPDATE EXCLUSIVE on the parent and ACCESS EXCLUSIVE on the child, and reads the child (and a DEFAULT
partition) to prove the bound, unless a valid CHECK proves it. The child's indexes and constraints are made before, so that ATTACH
adopts them. The plain statements run in migrate (attach) and contract (detach); above the size gate the scan is a hazard
to be allowed by name. Partitions that exchange their bounds do so in one transaction.
Undo: detach and attach exchanged.";

/// Membership changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePartition {
    /// As it is.
    pub old: Option<PartitionOf>,
    /// As desired.
    pub new: Option<PartitionOf>,
}

impl ChangePartition {
    /// It leaves, then joins. Partitions of one parent that exchange their bounds do so in one transaction.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let mut steps = Vec::new();
        steps.extend(self.old.as_ref().map(|old| self.leave(change, context, old)));
        steps.extend(self.new.as_ref().map(|new| self.join(change, context, new)));
        steps
    }

    fn step(&self, change: &Change, context: &Context, parent: &QualifiedName, title: String, up: Vec<Stmt>, down: Vec<Stmt>) -> Step {
        let id = &change.object;
        let phase = if self.old.is_some() { Phase::Contract } else { Phase::Migrate };
        let mut step = build::alter(id, change.code(), phase, title, up, down);
        step.timeout = TimeoutClass::Cut;
        step.locks = locks_beside::before(context, id, Lock::AccessExclusive);
        // Only what joins leaves the rows of the parent alone.
        let lock = if self.old.is_some() { Lock::AccessExclusive } else { Lock::ShareUpdateExclusive };
        step.locks.extend(locks_beside::before(context, &ObjectId::named(Kind::Table, parent), lock));
        step.locks.extend(locks_beside::of_keys(context, parent, Lock::AccessExclusive));
        if let (Some(_), Some(new)) = (&self.old, &self.new) {
            step.unit = Some(format!("partitions of {}", new.parent));
        } else {
            step.unit = trigger_below::passing(context, id).1;
        }
        step
    }

    fn leave(&self, change: &Change, context: &Context, old: &PartitionOf) -> Step {
        let id = &change.object;
        let table = id.qualified();
        let title = format!("Detach partition {table}");
        let up = vec![sql::alter::detach_partition(&old.parent, &table)];
        let mut down = vec![attach(old, &table)];
        down.extend(trigger_below::firing_again(context.from, context.to, &table));
        let mut step = self.step(change, context, &old.parent, title, up, down);
        step.preconditions.extend(context.nobody_refers_to(&table));
        // Whoever waits for the table to leave a former parent does not wait for the new one.
        step.gives = vec![Fact::Named(id.clone())];
        if self.new.is_none() {
            step.gives.extend([Fact::Valid(id.clone()), Fact::Changed(id.clone())]);
            step.done_when = DoneWhen::Holds(sql::probe::not(&sql::probe::is_partition(&table)));
        }
        step
    }

    fn join(&self, change: &Change, context: &Context, new: &PartitionOf) -> Step {
        let id = &change.object;
        let table = id.qualified();
        let verb = if self.old.is_none() { "Attach" } else { "Re-bound" };
        let down = vec![sql::alter::detach_partition(&new.parent, &table)];
        let mut up = vec![attach(new, &table)];
        up.extend(trigger_below::firing_again(context.to, context.from, &table));
        let mut step = self.step(change, context, &new.parent, format!("{verb} partition {table}"), up, down);
        step.gives = vec![Fact::Valid(id.clone())];
        if self.old.is_some() {
            step.gives.push(Fact::Changed(id.clone()));
        }
        step.needs.extend(partition_bound::makes_room(context, id, new));
        let triggers = trigger_below::passing(context, id).0.into_iter();
        step.needs.extend(triggers.filter(|trigger| context.new_of(trigger).is_none()).map(Fact::Gone));
        step.done_when = DoneWhen::Holds(sql::probe::partition_bound(&new.parent, &table, &new.bound));
        super::default_partition::join_beside(context, &mut step, id, new);
        if !context.is_new(&table) {
            step.also_costs([Cost::Scans(table.clone())]);
            step.preconditions = context.size_gate(&table);
            step.preconditions.extend(context.rows_fit(&table, new));
            if !context.is_small(&table) {
                step.hazards.push(build::hazard(
                    HazardCode::ScansUnderLock,
                    Verdict::Stop,
                    id,
                    format!("`{table}` is read under ACCESS EXCLUSIVE to prove its bound"),
                ));
            }
        }
        step
    }
}

fn attach(part: &PartitionOf, table: &QualifiedName) -> Stmt {
    sql::alter::attach_partition(&part.parent, table, &part.bound)
}
