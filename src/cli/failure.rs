//! How a command ends: its exit code, and what is said where it could not do its work.

use crate::engine::{ConnectError, EngineError, TargetError};
use crate::text::Diagnostic;

/// The exit code of a command; scripts and CI depend on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, nothing to say.
    Done = 0,
    /// It could not be done: bad input, no connection, a step failed.
    CouldNot = 1,
    /// The answer is "differs", "stale", "not clean".
    Differs = 2,
    /// Refused: nothing was run.
    Refused = 3,
    /// Stopped at a safe point; the same command goes on.
    Stopped = 4,
}

/// Why a command ends early.
#[derive(Debug)]
pub struct Failure {
    /// With which code.
    pub exit: Exit,
    /// What to say, all of it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// Exit 1 with one sentence and what to do next.
    pub fn new(code: &'static str, title: impl Into<String>, help: impl Into<String>) -> Self {
        Self::of(Exit::CouldNot, code, title, help)
    }

    /// Exit 3 with one sentence and what to do next.
    pub fn refused(code: &'static str, title: impl Into<String>, help: impl Into<String>) -> Self {
        Self::of(Exit::Refused, code, title, help)
    }

    /// Whether it is the schema files that are wrong, not a database.
    pub fn is_about_files(&self) -> bool {
        let mut each = self.diagnostics.iter();
        each.any(|each| !each.labels.is_empty() || each.code == "outside-shape")
    }

    fn of(exit: Exit, code: &'static str, title: impl Into<String>, help: impl Into<String>) -> Self {
        let mut diagnostic = Diagnostic::error(code, title);
        let help = help.into();
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        Self {
            exit,
            diagnostics: vec![diagnostic],
        }
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            exit: Exit::CouldNot,
            diagnostics,
        }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::new("engine", error.to_string(), error.hint())
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::new("connect", error.to_string(), error.hint())
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::new("database-name", error.what, error.hint)
    }
}
