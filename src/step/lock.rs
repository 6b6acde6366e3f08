//! Locks, costs, transactions and timeouts of a step.

use crate::model::QualifiedName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// PostgreSQL's table locks, weakest first (manual, section 13.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// ACCESS SHARE: reads.
    AccessShare,
    /// ROW SHARE: SELECT FOR UPDATE; the referenced side while a foreign key is validated.
    RowShare,
    /// ROW EXCLUSIVE: writes.
    RowExclusive,
    /// SHARE UPDATE EXCLUSIVE: VALIDATE, CONCURRENTLY; readers and writers go on.
    ShareUpdateExclusive,
    /// SHARE: blocks writes.
    Share,
    /// SHARE ROW EXCLUSIVE: blocks writes.
    ShareRowExclusive,
    /// EXCLUSIVE: blocks all but reads.
    Exclusive,
    /// ACCESS EXCLUSIVE: blocks everything.
    AccessExclusive,
}

impl Lock {
    /// The words of LOCK TABLE.
    pub fn name(self) -> &'static str {
        match self {
            Lock::AccessShare => "ACCESS SHARE",
            Lock::RowShare => "ROW SHARE",
            Lock::RowExclusive => "ROW EXCLUSIVE",
            Lock::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Lock::Share => "SHARE",
            Lock::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Lock::Exclusive => "EXCLUSIVE",
            Lock::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// The names in `pg_locks` of those that another session may not hold while we have this one.
    pub fn conflicting_modes(self) -> &'static [&'static str] {
        // From the strongest on, what conflicts with a lock conflicts with every stronger one too, but for SHARE with itself.
        const MODES: [&str; 8] = [
            "AccessExclusiveLock",
            "ExclusiveLock",
            "ShareRowExclusiveLock",
            "ShareLock",
            "ShareUpdateExclusiveLock",
            "RowExclusiveLock",
            "RowShareLock",
            "AccessShareLock",
        ];
        match self {
            Lock::AccessShare => &MODES[..1],
            Lock::RowShare => &MODES[..2],
            Lock::RowExclusive => &MODES[..4],
            Lock::ShareUpdateExclusive => &MODES[..5],
            Lock::Share => &[
                "AccessExclusiveLock",
                "ExclusiveLock",
                "ShareRowExclusiveLock",
                "ShareUpdateExclusiveLock",
                "RowExclusiveLock",
            ],
            Lock::ShareRowExclusive => &MODES[..6],
            Lock::Exclusive => &MODES[..7],
            Lock::AccessExclusive => &MODES,
        }
    }

    /// By its name in `pg_locks`: `AccessShareLock`. One that we do not know counts as the strongest.
    pub fn of_mode(mode: &str) -> Self {
        match mode {
            "AccessShareLock" => Lock::AccessShare,
            "RowShareLock" => Lock::RowShare,
            "RowExclusiveLock" => Lock::RowExclusive,
            "ShareUpdateExclusiveLock" => Lock::ShareUpdateExclusive,
            "ShareLock" => Lock::Share,
            "ShareRowExclusiveLock" => Lock::ShareRowExclusive,
            "ExclusiveLock" => Lock::Exclusive,
            _ => Lock::AccessExclusive,
        }
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A lock on a relation that existed before the step; on a partitioned table or one with children, on those too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct LockOn {
    /// How strong.
    pub lock: Lock,
    /// On what.
    pub relation: QualifiedName,
}

/// Leaves the strongest lock of each relation, in order.
pub fn strongest(locks: &mut Vec<LockOn>) {
    locks.sort_by(|one, other| (&one.relation, other.lock).cmp(&(&other.relation, one.lock)));
    locks.dedup_by(|next, kept| next.relation == kept.relation);
    locks.sort();
}

/// What a step does to the data of an existing relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Catalog only.
    Instant,
    /// Reads a sample of the table's rows, for statistics.
    Samples(QualifiedName),
    /// Reads every row of the table.
    Scans(QualifiedName),
    /// Builds an index on the table.
    BuildsIndex(QualifiedName),
    /// Writes the table anew under its lock.
    Rewrites(QualifiedName),
    /// Writes or copies rows: in batches, or where the step is one transaction under its lock.
    Copies(QualifiedName),
}

impl Cost {
    /// Of which relation; none of nothing.
    pub fn table(&self) -> Option<&QualifiedName> {
        match self {
            Cost::Instant => None,
            Cost::Samples(table)
            | Cost::Scans(table)
            | Cost::BuildsIndex(table)
            | Cost::Rewrites(table)
            | Cost::Copies(table) => Some(table),
        }
    }

    /// The heavier, the more.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Cost::Instant => 0,
            Cost::Samples(_) => 1,
            Cost::Scans(_) => 2,
            Cost::BuildsIndex(_) => 3,
            Cost::Copies(_) => 4,
            Cost::Rewrites(_) => 5,
        }
    }
}

/// Whether a step is a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transaction {
    /// One transaction together with its journal row.
    Own,
    /// Cannot be in a transaction block (CONCURRENTLY).
    None,
    /// Many transactions, one a batch.
    Batches,
}

/// The timeouts that a step runs under; numbers are the executor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeoutClass {
    /// Short lock timeout with retries.
    Fast,
    /// The same, all locks taken first in one LOCK TABLE.
    Cut,
    /// No timeouts: it waits without hurting anyone.
    Long,
    /// The lock is waited for as in a short step, because it keeps writers waiting; what is read under it takes its time.
    Scan,
    /// A batch of rows.
    Batch,
}
