//! What a run tells while it runs.

use std::time::Duration;

use serde::Serialize;

use super::error::DatabaseWords;
use super::hold::Held;
use super::how_far::HowFar;
use super::lease::Holder;
use super::outcome::Against;
use crate::plan::PlanStep;
use crate::step::Phase;

/// A session that we wait for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Blocker {
    /// Its process id.
    pub pid: i32,
    /// Its `application_name`.
    pub application: String,
    /// Its role.
    pub user: String,
    /// `active`, `idle in transaction`, …
    pub state: String,
    /// What it runs or ran last, the first 200 characters.
    pub query: String,
    /// Age of its transaction in seconds.
    pub age: f64,
}

impl Blocker {
    /// What people look for it by; a prepared transaction has no process.
    pub fn name(&self) -> String {
        let application = match self.application.as_str() {
            "" => "without a name",
            name => name,
        };
        match self.pid {
            0 => application.to_owned(),
            pid => format!("pid {pid} {application}"),
        }
    }
}

/// What was done to a session in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its statement was cancelled.
    Cancelled,
    /// The session was ended.
    Terminated,
    /// The database did not let us, in its words.
    Refused(String),
}

/// Hears how a run goes on. Every method does nothing unless it is written.
pub trait Progress {
    /// The lease is held by another runner; we wait.
    fn waiting_for_lease(&mut self, _holder: &Holder) {}
    /// Backends of a runner that died are still at work; we wait until they have ended.
    fn waiting_for_orphans(&mut self, _orphans: &[Blocker]) {}
    /// A phase begins, with that many steps still to run.
    fn phase_started(&mut self, _phase: Phase, _steps: usize) {}
    /// A step begins.
    fn step_started(&mut self, _step: &PlanStep) {}
    /// A batch of a step has been committed.
    fn batch_done(
        &mut self,
        _step: &PlanStep,
        _rows_done: u64,
        _rows_total: Option<u64>,
        _elapsed: Duration,
    ) {
    }
    /// The running statement waits for these sessions, and so many others wait behind it.
    fn waiting_for_lock(&mut self, _step: &PlanStep, _attempt: u32, _blockers: &[Blocker], _queue: u32) {}
    /// The running statement has taken so long and waits for nobody; how far it is where the server counts that.
    fn under_way(&mut self, _step: &PlanStep, _how_far: Option<&HowFar>, _elapsed: Duration) {}
    /// Something was done to a session in the way.
    fn blocker_ended(&mut self, _step: &PlanStep, _blocker: &Blocker, _how: &Ended) {}
    /// The run waits, with no transaction open; told again and again while it does.
    fn held(&mut self, _step: &PlanStep, _why: &Held) {}
    /// A try failed and is repeated after a pause.
    fn retrying(&mut self, _step: &PlanStep, _attempt: u32, _pause: Duration, _words: &DatabaseWords) {}
    /// A step was found done: by the journal, or by the catalog where the journal is lost.
    fn step_found_done(&mut self, _step: &PlanStep) {}
    /// A step is done.
    fn step_finished(&mut self, _step: &PlanStep, _elapsed: Duration) {}
    /// Rows are being looked through for what would stand in the way of a step.
    fn looking(&mut self, _step: &PlanStep) {}
    /// Rows would stand in the way of a step of a phase that is not asked for yet.
    fn rows_against(&mut self, _against: &Against) {}
    /// These hold locks on what this step will lock, or the steps that are to run now.
    fn in_the_way(&mut self, _step: Option<&PlanStep>, _who: &[String]) {}
    /// Something worth a line.
    fn noted(&mut self, _words: &str) {}
    /// All steps of a phase are done (or undone).
    fn phase_finished(&mut self, _phase: Phase) {}
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}
