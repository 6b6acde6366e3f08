//! What can go wrong while a plan runs, in words for the person who reads them at night.

use std::fmt;

use thiserror::Error;

use super::hooks::HookFailure;
use super::journal;
use super::lease::Holder;
use super::outcome::StepRef;
use super::session::BoxError;
use crate::step::Phase;

/// The database's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseWords {
    /// The message.
    pub message: String,
    /// Its DETAIL.
    pub detail: Option<String>,
    /// Its HINT.
    pub hint: Option<String>,
    /// Where it happened: the function and line of a trigger or DO block.
    pub context: Option<String>,
    /// The five characters of the SQLSTATE; none where the connection itself failed.
    pub sqlstate: Option<String>,
}

impl DatabaseWords {
    /// Whether all that they say is that the session is not there any more.
    pub(super) fn are_of_no_session(&self) -> bool {
        self.sqlstate.is_none() && self.message == NO_SESSION
    }

    /// Whether they name a table of the journal that is not there.
    fn miss_the_journal(&self) -> bool {
        self.sqlstate.as_deref() == Some("42P01")
            && journal::TABLES
                .iter()
                .any(|table| self.message.contains(&format!("\"schemaplan.{table}\"")))
    }

    /// Whether the server ended the session with them.
    fn end_a_session(&self) -> bool {
        self.sqlstate
            .as_deref()
            .is_some_and(|code| code.starts_with("57P"))
    }
}

/// What a client says that has lost its session.
const NO_SESSION: &str = "connection closed";

impl From<&tokio_postgres::error::DbError> for DatabaseWords {
    fn from(db: &tokio_postgres::error::DbError) -> Self {
        Self {
            message: db.message().to_owned(),
            detail: db.detail().map(str::to_owned),
            hint: db.hint().map(str::to_owned),
            context: db.where_().map(str::to_owned),
            sqlstate: Some(db.code().code().to_owned()),
        }
    }
}

impl From<&tokio_postgres::Error> for DatabaseWords {
    fn from(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => db.into(),
            None => Self {
                message: error.to_string(),
                ..Self::default()
            },
        }
    }
}

impl fmt::Display for DatabaseWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(sqlstate) = &self.sqlstate {
            write!(f, " (SQLSTATE {sqlstate})")?;
        }
        for (label, words) in [
            ("detail", &self.detail),
            ("hint", &self.hint),
            ("context", &self.context),
        ] {
            if let Some(words) = words {
                write!(f, "\n  {label}: {words}")?;
            }
        }
        Ok(())
    }
}

/// A step that failed, with everything that is needed to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailure {
    /// Which step.
    pub step: StepRef,
    /// The statement that failed; empty where the step failed as a whole.
    pub statement: String,
    /// What went wrong.
    pub words: DatabaseWords,
    /// Numbers of the steps of this run that are done and stay done.
    pub done: Vec<u32>,
    /// Numbers of the steps that have not run, the failed one first.
    pub not_run: Vec<u32>,
    /// What to do and type next.
    pub next: String,
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.step, self.words)
    }
}

/// Why a plan could not be run. A step that failed leaves the steps before it done and recorded.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The server cannot be reached.
    #[error("cannot connect to the target: {0}")]
    Connect(#[source] BoxError),
    /// A query of the executor's own failed.
    #[error("cannot {doing}: {words}")]
    Database {
        /// What was wanted.
        doing: String,
        /// The database's words.
        words: Box<DatabaseWords>,
    },
    /// The role or the server cannot write.
    #[error("{why}")]
    ReadOnly {
        /// What is read-only, and for whom.
        why: String,
        /// What to do.
        hint: String,
    },
    /// A newer schemaplan has been here.
    #[error(
        "the journal in schema `schemaplan` has format {found}, this program knows formats up to {known}"
    )]
    NewerJournal {
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A newer schemaplan has planned a run.
    #[error(
        "the plan of run {run_no} has format {found} (schemaplan {tool_version} wrote it), this program reads formats up to {known}"
    )]
    NewerPlan {
        /// The run.
        run_no: i64,
        /// Its plan's format.
        found: u32,
        /// Ours.
        known: u32,
        /// The version of the program that opened the run.
        tool_version: String,
    },
    /// The journal cannot be understood.
    #[error("the journal is damaged: {0}")]
    Journal(String),
    /// Somebody has changed a plan in the journal.
    #[error("the plan of run {run_no} in the journal is not the one that was recorded")]
    EditedJournal {
        /// The run.
        run_no: i64,
    },
    /// Somebody has changed what the journal says of a step.
    #[error("what the journal says of step {step} of run {run_no} ({direction}) is not what was recorded")]
    EditedStep {
        /// The run.
        run_no: i64,
        /// The step's number.
        step: u32,
        /// `up` or `down`.
        direction: String,
    },
    /// Somebody has deleted what the journal said of a step.
    #[error(
        "what the journal said of step {step} of run {run_no} ({direction}) is gone: its row of schemaplan.step was deleted"
    )]
    LostStep {
        /// The run.
        run_no: i64,
        /// The step's number.
        step: u32,
        /// `up` or `down`.
        direction: String,
    },
    /// A command of the user's, or the backup, before a phase failed; nothing of the phase was run.
    #[error("the {} before {phase} failed: {failure}", noun(failure))]
    Hook {
        /// The phase.
        phase: Phase,
        /// What, and why.
        failure: HookFailure,
    },
    /// A plan has no step of that number.
    #[error("plan {plan} has no step {step}")]
    NoStep {
        /// The plan's id.
        plan: String,
        /// The number.
        step: u32,
    },
    /// Another apply or rollback is running.
    #[error("another run holds the lease of this database: {0}")]
    Held(Holder),
    /// A step failed.
    #[error("{0}")]
    Step(Box<StepFailure>),
}

impl ApplyError {
    /// A query of the executor's own failed while doing this.
    pub(super) fn database(doing: impl Into<String>, error: &tokio_postgres::Error) -> Self {
        ApplyError::Database {
            doing: doing.into(),
            words: Box::new(error.into()),
        }
    }

    /// The same with what the server said when it ended the session, where that is all that is known.
    pub(super) fn with_last_words(mut self, said: Option<DatabaseWords>) -> Self {
        let words = match &mut self {
            ApplyError::Database { words, .. } => Some(&mut **words),
            ApplyError::Step(failure) => Some(&mut failure.words),
            _ => None,
        };
        if let (Some(words), Some(said)) = (words.filter(|words| words.are_of_no_session()), said) {
            *words = said;
        }
        self
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            ApplyError::Connect(_) => {
                Some("check that the server runs and that the address is right".to_owned())
            }
            ApplyError::ReadOnly { hint, .. } => Some(hint.clone()),
            ApplyError::NewerJournal { .. } | ApplyError::NewerPlan { .. } => {
                Some("use the schemaplan that wrote it, or a newer one".to_owned())
            }
            ApplyError::Held(Holder { pid: None, .. }) => Some(
                "wait until it has ended, or stop it; a run through a pooler that died is taken over a minute after it was last heard of"
                    .to_owned(),
            ),
            ApplyError::Held(_) => {
                Some("wait until it has ended, or stop it; what it has done stays recorded".to_owned())
            }
            ApplyError::Step(failure) => Some(failure.next.clone()),
            ApplyError::Database { words, .. } if words.are_of_no_session() || words.end_a_session() => Some(
                "when the server can be reached again, run the same command again: it goes on where this run has ended".to_owned(),
            ),
            ApplyError::Database { words, .. } if words.miss_the_journal() => Some(format!(
                "a table of the journal is gone: bring schema schemaplan back from a backup; or give it up with the way back (what was \
                 archived stays), and `schemaplan diff` says what is left to do: DROP TABLE IF EXISTS {} CASCADE",
                journal::TABLES.map(|table| format!("schemaplan.{table}")).join(", ")
            )),
            ApplyError::Database { words, .. } => words.hint.clone(),
            ApplyError::Journal(_) => None,
            ApplyError::EditedJournal { run_no } => Some(format!(
                "bring `body` of that row of schemaplan.plan back as it was; or give the run up: \
                 UPDATE schemaplan.plan SET state = 'undone', body_hash = NULL WHERE run_no = {run_no}, then `schemaplan diff` says what is left"
            )),
            ApplyError::EditedStep {
                run_no,
                step,
                direction,
            } => Some(format!(
                "bring that row of schemaplan.step back as it was; or have it taken as it stands: UPDATE schemaplan.step SET row_hash = NULL \
                 WHERE run_no = {run_no} AND direction = '{direction}' AND step_no = {step}"
            )),
            ApplyError::LostStep {
                run_no,
                step,
                direction,
            } => Some(format!(
                "bring that row back from a backup of schemaplan.step. Without one, where its change is there: INSERT INTO schemaplan.step \
                 (run_no, direction, step_no, step_hash, state, token) VALUES ({run_no}, '{direction}', {step}, '', 'done', 0); \
                 where it is not: UPDATE schemaplan.plan SET steps = array_remove(steps, '{direction} {step}') WHERE run_no = {run_no}"
            )),
            ApplyError::Hook { failure: HookFailure::Backup(_), .. } => {
                Some("nothing of that phase was run; mend the cause, or run the same command without `--backup` (`backup:` in schemaplan.yaml)".to_owned())
            }
            ApplyError::Hook { .. } => {
                Some("nothing of that phase was run; mend the command (`hooks:` in schemaplan.yaml) and run the same command again".to_owned())
            }
            ApplyError::NoStep { .. } => Some("`schemaplan status` shows the steps that are left".to_owned()),
        }
    }
}

fn noun(failure: &HookFailure) -> &'static str {
    match failure {
        HookFailure::Command(_) => "hook",
        HookFailure::Backup(_) => "backup",
    }
}

#[cfg(test)]
mod tests {
    use super::journal;

    #[test]
    fn the_tables_of_the_journal_are_those_that_it_makes() {
        let made = include_str!("journal.sql").lines();
        let made = made.filter_map(|line| line.strip_prefix("CREATE TABLE IF NOT EXISTS schemaplan."));
        let mut made: Vec<&str> = made.filter_map(|rest| rest.split(' ').next()).collect();
        let mut named = journal::TABLES.to_vec();
        made.sort_unstable();
        named.sort_unstable();
        assert_eq!(made, named);
    }
}
