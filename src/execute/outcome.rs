//! How a run ends when nothing failed.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::error::DatabaseWords;
use super::progress::Blocker;
use crate::plan::{Boundary, PlanStep};
use crate::step::Phase;
use crate::text::Origin;

/// A step as messages name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StepRef {
    /// Its number in the plan.
    pub number: u32,
    /// How many steps the plan has.
    pub of: usize,
    /// Its phase.
    pub phase: Phase,
    /// Its title.
    pub title: String,
    /// The object it works for.
    pub object: String,
    /// The file and line that ask for it.
    pub origin: Option<Origin>,
}

impl StepRef {
    pub(super) fn new(step: &PlanStep, of: usize) -> Self {
        Self {
            number: step.number,
            of,
            phase: step.step.phase,
            title: step.step.title.clone(),
            object: step.step.object.to_string(),
            origin: step.step.origin.clone(),
        }
    }
}

impl fmt::Display for StepRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} of {}, {}", self.number, self.of, self.title)?;
        match &self.origin {
            Some(origin) => write!(f, " ({origin})"),
            None => Ok(()),
        }
    }
}

/// Why a run stopped at a safe point; the same command goes on from there.
#[derive(Clone, Debug, PartialEq)]
pub enum StopReason {
    /// The caller asked for it (Ctrl-C, SIGTERM).
    Signal,
    /// The locks of a step were not won within the budget.
    LocksNotWon {
        /// How often it was tried.
        attempts: u32,
        /// The last refusal.
        words: DatabaseWords,
        /// Who held the locks when we last looked.
        blockers: Vec<Blocker>,
    },
    /// A standby that would have to take a strong lock was too far behind for too long.
    StandbyBehind {
        /// What it calls itself.
        standby: String,
        /// Seconds between a write here and its replay there.
        seconds: f64,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Another runner has taken the lease: the heartbeat could not be written in time.
    LeaseLost,
}

/// A step whose undo cannot bring everything back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostStep {
    /// The step.
    pub step: StepRef,
    /// What does not come back, and why.
    pub reason: String,
}

/// Rows that stand in the way of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The step.
    pub step: StepRef,
    /// Its phase.
    pub phase: Phase,
    /// What does not hold, with a query that shows them.
    pub otherwise: String,
    /// How many they are, and the first of them by what identifies them.
    pub rows: Option<String>,
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.otherwise)?;
        match &self.rows {
            Some(rows) => write!(f, "\n{rows}"),
            None => Ok(()),
        }
    }
}

/// Why nothing was run, or nothing further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A step's precondition asks for a plan made anew.
    Replan {
        /// The step.
        step: StepRef,
        /// What does not hold.
        otherwise: String,
    },
    /// Rows stand in the way of steps; none of what was asked for was run.
    Rows(Vec<Against>),
    /// A step may write more than is left of the room that there was when the run began.
    Room {
        /// The step.
        step: StepRef,
        /// What it writes at most, bytes.
        needed: u64,
        /// What is left, bytes.
        left: u64,
        /// What the database has grown by since the run began, bytes.
        grown: u64,
    },
    /// A phase was asked for before an earlier one was done.
    EarlierPhase {
        /// The phase that was asked for.
        wanted: Phase,
        /// The phase that must be done first.
        missing: Phase,
    },
    /// A phase was to be taken back while a later one stands.
    LaterPhase {
        /// The phase that was to be taken back.
        wanted: Phase,
        /// The phase that must be taken back first.
        later: Phase,
    },
    /// The run that was meant is not the one that the journal holds, or has ended meanwhile.
    Changed {
        /// What was found.
        found: String,
    },
    /// An older run must come first.
    OlderRun {
        /// Its number.
        run_no: i64,
        /// Why.
        why: String,
    },
    /// `schemaplan pause` holds it.
    Paused {
        /// The plan's id.
        plan: String,
    },
    /// These steps need a session, and the address is a pooler in transaction mode.
    Pooled(Vec<StepRef>),
    /// There is nothing in the journal to roll back.
    NothingToUndo,
    /// Undoing would lose something.
    Loss(Vec<LostStep>),
    /// What the undo would bring back was purged.
    Purged(Vec<String>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Replan { step, otherwise } => write!(f, "{step}: {otherwise}; make the plan anew"),
            Refusal::Rows(found) => {
                let steps: Vec<String> = found.iter().map(Against::to_string).collect();
                write!(f, "rows stand in the way of {}", steps.join("\n"))
            }
            Refusal::Room { step, .. } => write!(f, "{step}: the disk has no room for what it may write"),
            Refusal::EarlierPhase { wanted, missing } => {
                write!(f, "{wanted} cannot begin before {missing} is done")
            }
            Refusal::LaterPhase { wanted, later } => {
                write!(f, "{wanted} cannot be taken back before {later} is")
            }
            Refusal::Changed { found } => f.write_str(found),
            Refusal::OlderRun { run_no, why } => write!(f, "run {run_no} comes first: {why}"),
            Refusal::Paused { plan } => write!(f, "plan {} is paused", plan.get(..12).unwrap_or(plan)),
            Refusal::Pooled(steps) => {
                let (noun, verb) = if steps.len() == 1 {
                    ("step", "needs")
                } else {
                    ("steps", "need")
                };
                write!(
                    f,
                    "the address is a pooler in transaction mode, and {} {noun} {verb} a session",
                    steps.len()
                )
            }
            Refusal::NothingToUndo => f.write_str("the journal of this database holds nothing to roll back"),
            Refusal::Purged(what) => {
                write!(
                    f,
                    "the archive no longer holds what would come back: {}",
                    what.join(", ")
                )
            }
            Refusal::Loss(steps) => {
                f.write_str("the rollback would lose what cannot be brought back:")?;
                for each in steps {
                    write!(f, "\n  {}: {}", each.step, each.reason)?;
                }
                Ok(())
            }
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Everything that was asked for is done.
    Done {
        /// The run, none where there was nothing to record.
        run_no: Option<i64>,
        /// The phases that are done (or undone) now and were not before.
        phases: Vec<Phase>,
        /// How many steps ran.
        steps: u32,
        /// The deploy that comes before the plan goes on.
        waiting_for: Option<Boundary>,
    },
    /// Stopped at a safe point (exit 4).
    Stopped {
        /// The run.
        run_no: i64,
        /// The step that was not finished.
        at: Option<StepRef>,
        /// Why.
        why: StopReason,
        /// Numbers of the steps that are done.
        done: Vec<u32>,
        /// Numbers of the steps that are not.
        not_run: Vec<u32>,
    },
    /// Not run (exit 3).
    Refused(Refusal),
}
