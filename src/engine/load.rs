//! Executes the desired statements in a scratch database.
//!
//! They go in batches, each one round trip and one transaction: one transaction for all would be superlinear in their number. A
//! batch that fails is executed again one by one, so that every error of a run is found. A statement whose failure can be a matter
//! of order is tried again for as long as others make progress.

use tokio_postgres::Client;
use tokio_postgres::error::{DbError, SqlState};

use super::error::EngineError;
use super::file_settings::FileSettings;
use super::load_errors::{Failure, diagnostics};
use super::{Engine, Scratch};
use crate::desired::{Desired, Settings, Statement};
use crate::text::Diagnostic;

/// How many statements one transaction holds.
const BATCH: usize = 250;

/// Why the desired schema could not be built.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The engine's server failed us.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// PostgreSQL does not take the schema: everything it said, with places.
    #[error("PostgreSQL does not take the schema ({} errors)", .0.len())]
    Schema(Vec<Diagnostic>),
}

/// How a load went that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// False where a statement had to be tried again behind others: what it waited for is not known.
    pub in_order: bool,
}

/// Executes the statements of `desired` in the scratch database, whose session already has the live server's settings.
///
/// # Errors
/// What PostgreSQL does not accept, mapped back to file, line and column; or a lost session.
pub async fn load(engine: &Engine, scratch: &Scratch, desired: &Desired) -> Result<Loaded, LoadError> {
    stand_ins(engine, desired).await?;
    let all = desired.statements.iter().map(|statement| &*statement.settings);
    let mut loader = Loader {
        engine,
        client: &scratch.client,
        desired,
        settings: FileSettings::begin(&scratch.client, all).await?,
        in_order: true,
    };
    let failures = loader.run().await?;
    loader.settings.switch(&Settings::default()).await?;
    if failures.is_empty() {
        return Ok(Loaded {
            in_order: loader.in_order,
        });
    }
    Err(LoadError::Schema(diagnostics(desired, failures)))
}

/// Makes stand-ins for the roles and tablespaces that the files name.
pub(super) async fn stand_ins(engine: &Engine, desired: &Desired) -> Result<(), EngineError> {
    for role in &desired.roles {
        if !role.starts_with("pg_") {
            engine.ensure_role(role).await?;
        }
    }
    for tablespace in &desired.tablespaces {
        engine.ensure_tablespace(tablespace).await?;
    }
    Ok(())
}

struct Loader<'a> {
    engine: &'a Engine,
    client: &'a Client,
    desired: &'a Desired,
    settings: FileSettings<'a>,
    in_order: bool,
}

pub(super) fn lost(error: &tokio_postgres::Error) -> EngineError {
    EngineError::database("execute the desired schema", error, "run the command again")
}

impl Loader<'_> {
    async fn run(&mut self) -> Result<Vec<Failure>, EngineError> {
        let mut failed = Vec::new();
        let mut from = 0;
        let statements = &self.desired.statements;
        while from < statements.len() {
            let to = statements.len().min(from + BATCH);
            if !self.batch(from, to).await? {
                failed.extend(self.one_by_one(from, to).await?);
            }
            from = to;
        }
        self.again(failed).await
    }

    /// One round trip for all of them. False, with nothing done, where one fails.
    async fn batch(&mut self, from: usize, to: usize) -> Result<bool, EngineError> {
        let statements = &self.desired.statements[from..to];
        if statements.iter().any(|statement| !statement.parsed) {
            return Ok(false);
        }
        let pieces = statements.iter().map(|s| (s.text.as_str(), &*s.settings));
        let (script, settings) = self.settings.script(pieces);
        match self
            .client
            .batch_execute(&format!("BEGIN;\n{script}COMMIT"))
            .await
        {
            Ok(()) => {
                self.settings.are_now(settings);
                Ok(true)
            }
            Err(error) => {
                if error.as_db_error().is_none() {
                    return Err(lost(&error));
                }
                self.execute_own("ROLLBACK").await?;
                Ok(false)
            }
        }
    }

    async fn one_by_one(&mut self, from: usize, to: usize) -> Result<Vec<Failure>, EngineError> {
        let mut failed = Vec::new();
        self.execute_own("BEGIN").await?;
        for number in from..to {
            let statement = &self.desired.statements[number];
            self.settings.switch(&statement.settings).await?;
            self.execute_own("SAVEPOINT schemaplan").await?;
            match self.execute(statement).await? {
                None => self.execute_own("RELEASE SAVEPOINT schemaplan").await?,
                Some(error) => {
                    self.execute_own("ROLLBACK TO SAVEPOINT schemaplan").await?;
                    failed.push(Failure { number, error });
                }
            }
        }
        self.execute_own("COMMIT").await?;
        Ok(failed)
    }

    /// Tries again, outside of a transaction, for as long as it helps.
    async fn again(&mut self, mut failed: Vec<Failure>) -> Result<Vec<Failure>, EngineError> {
        loop {
            let before = failed.len();
            let mut left = Vec::new();
            for failure in failed {
                if !may_be_order(failure.error.code()) {
                    left.push(failure);
                    continue;
                }
                let statement = &self.desired.statements[failure.number];
                self.settings.switch(&statement.settings).await?;
                if let Some(error) = self.execute(statement).await? {
                    left.push(Failure { error, ..failure });
                }
            }
            if left.len() < before {
                self.in_order = false;
            }
            if left.is_empty() || left.len() == before {
                return Ok(left);
            }
            failed = left;
        }
    }

    /// Executes one statement; the server's refusal is a value. A role that only the statement knows of gets its stand-in.
    async fn execute(&self, statement: &Statement) -> Result<Option<Box<DbError>>, EngineError> {
        let Some(error) = self.attempt(&statement.text).await? else {
            return Ok(None);
        };
        let Some(role) = missing_role(&error) else {
            return Ok(Some(error));
        };
        if !self.engine.ensure_role(&role).await.unwrap_or(false) {
            return Ok(Some(error));
        }
        // Outside of a transaction there is no savepoint, and none is needed.
        let _ = self
            .client
            .batch_execute("ROLLBACK TO SAVEPOINT schemaplan")
            .await;
        self.attempt(&statement.text).await
    }

    async fn attempt(&self, text: &str) -> Result<Option<Box<DbError>>, EngineError> {
        match self.client.batch_execute(text).await {
            Ok(()) => Ok(None),
            Err(error) => match error.as_db_error() {
                Some(db) => Ok(Some(Box::new(db.clone()))),
                None => Err(lost(&error)),
            },
        }
    }

    async fn execute_own(&self, text: &str) -> Result<(), EngineError> {
        self.client
            .batch_execute(text)
            .await
            .map_err(|error| lost(&error))
    }
}

/// Failures that can go away once other statements have run.
fn may_be_order(code: &SqlState) -> bool {
    matches!(
        code.code(),
        "42P01"
            | "42704"
            | "42883"
            | "3F000"
            | "42703"
            | "42P17"
            | "42830"
            | "42804"
            | "42846"
            | "42P16"
            | "42809"
            | "42P10"
            | "2BP01"
            | "55000"
            | "55P04"
            | "2D000"
            | "25001"
            | "42P13"
            | "42501"
            | "P0001"
            | "42P07"
            | "42710"
    )
}

/// The role that a statement wants and nobody made.
fn missing_role(error: &DbError) -> Option<String> {
    let unknown = *error.code() == SqlState::UNDEFINED_OBJECT && error.routine() == Some("get_role_oid");
    let (_, rest) = error.message().split_once('"').filter(|_| unknown)?;
    Some(rest.rsplit_once('"')?.0.to_string())
}
