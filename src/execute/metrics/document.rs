//! What a run has measured, as the JSON file holds it. Sizes are bytes, times are seconds, moments are UTC (RFC 3339).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::step::Phase;

/// The format that this program writes.
pub const METRICS_FORMAT: u32 = 1;

/// How a run, a phase or a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is at work, or was killed.
    #[default]
    Running,
    /// Done.
    Done,
    /// Stopped at a safe point; the same command goes on.
    Stopped,
    /// It failed.
    Failed,
    /// A reason of policy ended it.
    Refused,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 5] = [
        Standing::Running,
        Standing::Done,
        Standing::Stopped,
        Standing::Failed,
        Standing::Refused,
    ];

    /// The word of the document.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Running => "running",
            Standing::Done => "done",
            Standing::Stopped => "stopped",
            Standing::Failed => "failed",
            Standing::Refused => "refused",
        }
    }
}

/// An index at a moment; of a partitioned table the sum over its partitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexSize {
    /// Its name, as in `public.orders_pkey`.
    pub index: String,
    /// Its size.
    pub bytes: u64,
}

/// A table at a moment; of a partitioned table the sum over its partitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableSize {
    /// Its name, as in `public.orders`.
    pub table: String,
    /// All of it: rows, TOAST, indexes.
    pub total_bytes: u64,
    /// The rows without TOAST.
    pub heap_bytes: u64,
    /// Its indexes.
    pub indexes_bytes: u64,
    /// How many rows the statistics say it has; none where it was never analyzed.
    pub rows: Option<u64>,
    /// How many dead rows the statistics say it has.
    pub dead_rows: u64,
    /// Its indexes one by one.
    pub indexes: Vec<IndexSize>,
}

/// The database at a moment. What could not be read is left out, and `notes` says why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// When.
    pub at: String,
    /// The size of the whole database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_bytes: Option<u64>,
    /// The place in the WAL, as in `0/1A2B3C4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wal: Option<String>,
    /// How far the slowest standby is behind; none without standbys, or without the right to see them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<f64>,
    /// The tables that the plan touches and that are there.
    pub tables: Vec<TableSize>,
    /// What could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A step that was begun.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepMetrics {
    /// Its number in the plan.
    pub step: u32,
    /// Its title.
    pub title: String,
    /// The object it works for.
    pub object: String,
    /// The kind of change.
    pub change: String,
    /// How it stands.
    pub outcome: Standing,
    /// True where it was found done and nothing ran.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_done: bool,
    /// How long it took, its waits included.
    pub duration_seconds: f64,
    /// How often it was tried in all, its batches included where one was repeated.
    pub attempts: u32,
    /// How often a try was given up for a lock or a timeout.
    pub lock_waits: u32,
    /// How many batches were committed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub batches: u64,
    /// How many rows they went through.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows: u64,
    /// For what it was held, and for how long: `paused`, `lag`, `archiver`, `autovacuum`, `query`, `cut_over`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held_seconds: BTreeMap<String, f64>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A phase that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseMetrics {
    /// Which.
    pub phase: Phase,
    /// How it stands.
    pub outcome: Standing,
    /// When it began.
    pub started_at: String,
    /// How long it took.
    pub duration_seconds: f64,
    /// The database before its first step.
    pub before: Reading,
    /// The database behind its last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Reading>,
    /// How much WAL the whole server wrote meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wal_bytes: Option<u64>,
    /// Its steps.
    pub steps: Vec<StepMetrics>,
}

/// A statement of pg_stat_statements, by what it cost while the run was at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatementMetrics {
    /// Its `queryid`.
    pub query_id: String,
    /// Its text without constants; none where that is not certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The touched tables that it names.
    pub tables: Vec<String>,
    /// How often it ran during the run.
    pub calls: u64,
    /// How long in sum.
    pub total_seconds: f64,
    /// How long on average during the run.
    pub mean_seconds: f64,
    /// How long on average before the run; none where it had never run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_seconds_before: Option<f64>,
}

/// What pg_stat_statements says of the time of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Statements {
    /// Why there are none, or not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Those that cost most, what names a touched table first.
    pub slowest: Vec<StatementMetrics>,
}

/// How the server would run a named query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Explained {
    /// Its plan.
    Plan {
        /// The planner's cost of all of it.
        cost: f64,
        /// How many rows it expects.
        rows: f64,
        /// The plan as text without costs.
        lines: Vec<String>,
    },
    /// It cannot be explained at that moment: a column that is not there yet, a time limit.
    Not(String),
}

/// A named query before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainMetrics {
    /// Before the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Explained>,
    /// After it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Explained>,
    /// The lines of the plan that differ, with `-` and `+`; empty where it stayed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub difference: Vec<String>,
}

/// A phase or a step that took longer than `alert_after`, or that is expected to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alert {
    /// The phase.
    pub phase: Phase,
    /// The step; none where the phase as a whole is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// True where it has not begun: it will take longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expected: bool,
    /// What to say.
    pub words: String,
    /// When.
    pub at: String,
}

/// What a run of `apply` or `rollback` has measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// The version of this format.
    pub format_version: u32,
    /// The version of schemaplan.
    pub tool_version: String,
    /// The plan's id.
    pub plan: String,
    /// `apply` or `rollback`.
    pub verb: String,
    /// `host:port`.
    pub server: String,
    /// The database's name.
    pub database: String,
    /// The member of a fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The server's version as a number, 150004.
    pub server_version: u32,
    /// When it began.
    pub started_at: String,
    /// When this was written last.
    pub written_at: String,
    /// How long it has taken.
    pub duration_seconds: f64,
    /// How it stands; `running` in what a killed run has left.
    pub outcome: Standing,
    /// How much WAL the whole server wrote meanwhile, the application's writes included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wal_bytes: Option<u64>,
    /// The longest lag of a standby that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_seconds_max: Option<f64>,
    /// The phases that were begun, in order.
    pub phases: Vec<PhaseMetrics>,
    /// Statements that cost most during the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<Statements>,
    /// Named queries.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub explain: BTreeMap<String, ExplainMetrics>,
    /// What took longer than it should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
}
