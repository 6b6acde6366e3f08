//! The executor: runs a plan on a live database so that it can be stopped, killed and run again at any moment.
//!
//! What has been done is written in the database itself: a transactional step commits together with its journal row,
//! a step that cannot be in a transaction is judged by the catalog afterwards, and a backfill commits every batch with
//! the key it has reached. One runner at a time holds the lease; every journal write is fenced by its token, so a
//! runner that lost the lease cannot commit anything any more.
//!
//! Only statements of the plan run here; what this module composes itself is the journal, session settings and the
//! bounds of batches.

mod adopt;
mod apply;
mod at_work;
mod attempt;
mod batches;
mod blockers;
mod checked;
mod concurrent;
mod connection;
mod error;
mod expected;
mod halt;
mod health;
mod hold;
mod hooks;
mod how_far;
mod journal;
mod lease;
mod look;
mod metrics;
mod options;
mod outcome;
mod pace;
mod parallel;
mod preflight;
mod progress;
mod purge;
mod ranges;
mod repair;
mod rights;
mod rollback;
mod room;
mod runner;
mod server;
mod session;
mod status;
mod step_rows;
mod tables;
mod vacuum;
mod work;

pub use adopt::adopt;
pub use apply::apply;
pub use at_work::{AtWork, LockWait, Rest};
pub use blockers::{BlockerAction, BlockerPolicy};
pub use checked::Checked;
pub use connection::{Connection, Statements};
pub use error::{ApplyError, DatabaseWords, StepFailure};
pub use expected::{Expected, Foresight};
pub use health::{Finding, Level, examine};
pub use hold::{Held, Throttle};
pub use hooks::{AtPhase, HookFailure, HookFuture, Hooks, PhaseHooks, When};
pub use how_far::HowFar;
pub use journal::{
    JOURNAL_FORMAT, LastRun, Run, RunRef, RunState, last_run, load_run, newest_run, release_step, set_pause,
    tenants_in_flight, unfinished_runs,
};
pub use lease::{Holder, Waiting};
pub use metrics::{Alert, Gauge, Measured, Metrics, Record, prometheus};
pub use options::{ApplyOptions, StopSignal, Stopper, stop_signal};
pub use outcome::{Against, LostStep, Outcome, Refusal, StepRef, StopReason};
pub use progress::{Blocker, Ended, Progress, Silent};
pub use purge::{Archived, Purgeable, Purged, purge, purgeable};
pub use rights::{lacking, lacking_to_undo};
pub use rollback::{RollbackScope, rollback};
pub use room::{undo_writes_at_most, writes_at_most};
pub use session::{BoxError, Connect, ConnectFuture, Session};
pub use status::{Archive, InFlight, Leftover, PhaseStatus, RunStatus, Status, Verified, status};
pub use tables::{existing_tables, server_version, touched};
