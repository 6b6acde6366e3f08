//! What ends a proof before its end.

use super::trace::named;
use crate::engine::{EngineError, database_words};
use crate::plan::PlanStep;

/// Why nothing was proven and nothing refuted.
#[derive(Debug)]
pub enum Stop {
    /// The throwaway server.
    Engine(EngineError),
    /// The database cannot be made there.
    Build(String),
    /// A question to it failed.
    Database(String),
    /// A step failed where the executor had run it before.
    Step(String),
    /// A signal.
    Interrupted,
}

impl Stop {
    pub(super) fn build(words: impl Into<String>) -> Self {
        Self::Build(words.into())
    }

    pub(super) fn database(error: tokio_postgres::Error) -> Self {
        Self::Database(database_words(&error))
    }

    pub(super) fn step(each: &PlanStep, error: &tokio_postgres::Error) -> Self {
        Self::Step(format!(
            "{} failed the second time: {}",
            named(each),
            database_words(error)
        ))
    }
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}
