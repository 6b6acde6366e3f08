//! Attach, detach and re-bound a partition that exists as a table.

use super::{Change, Context, build};
use crate::model::{PartitionOf, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Step, TimeoutClass, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_partition: a table becomes a partition, stops being one, or gets another bound.

ATTACH takes SHARE UPDATE EXCLUSIVE on the parent and ACCESS EXCLUSIVE on the child, and reads the child (and a DEFAULT
partition) to prove the bound, unless a valid CHECK proves it. The plain statements run in migrate (attach) and
contract (detach); above the size gate the scan is a hazard to be allowed by name.
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
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.qualified();
        let path = |from: &Option<PartitionOf>, to: &Option<PartitionOf>| -> Vec<Stmt> {
            let mut statements = Vec::new();
            statements.extend(from.iter().map(|part| detach(&part.parent, &table)));
            statements.extend(to.iter().map(|part| attach(part, &table)));
            statements
        };
        let phase = if self.old.is_some() { Phase::Contract } else { Phase::Migrate };
        let verb = match (&self.old, &self.new) {
            (None, _) => "Attach",
            (_, None) => "Detach",
            _ => "Re-bound",
        };
        let mut step = build::alter(
            id,
            change.code(),
            phase,
            format!("{verb} partition {table}"),
            path(&self.old, &self.new),
            path(&self.new, &self.old),
        );
        step.timeout = TimeoutClass::Cut;
        step.gives = match (&self.old, &self.new) {
            // Whoever waits for the table to leave a former parent does not wait for the new one.
            (None, _) => vec![Fact::Valid(id.clone())],
            _ => vec![Fact::Valid(id.clone()), Fact::Changed(id.clone()), Fact::Named(id.clone())],
        };
        step.done_when = DoneWhen::Holds(match &self.new {
            Some(part) => sql::probe::partition_bound(&table, &part.bound),
            None => sql::probe::not(&sql::probe::is_partition(&table)),
        });
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        for parent in self.old.iter().chain(&self.new).map(|part| &part.parent) {
            if !context.is_new(parent) {
                step.locks.push(LockOn { lock: Lock::AccessExclusive, relation: parent.clone() });
            }
        }
        if self.new.is_some() && !context.is_new(&table) {
            step.cost = Cost::Scans(table.clone());
            step.preconditions = context.size_gate(&table);
            if !context.is_small(&table) {
                step.hazards.push(build::hazard(
                    HazardCode::ScansUnderLock,
                    Verdict::Stop,
                    id,
                    format!("`{table}` is read under ACCESS EXCLUSIVE to prove its bound"),
                ));
            }
        }
        vec![step]
    }
}

fn attach(part: &PartitionOf, table: &QualifiedName) -> Stmt {
    sql::alter::table_action(&part.parent, &format!("ATTACH PARTITION {} {}", sql::qualified(table), part.bound))
}

fn detach(parent: &QualifiedName, table: &QualifiedName) -> Stmt {
    sql::alter::table_action(parent, &format!("DETACH PARTITION {}", sql::qualified(table)))
}
