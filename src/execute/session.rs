//! The sessions of a run: one that works, one that watches it.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::error::ApplyError;

/// Whatever went wrong while connecting.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A connection in the making.
pub type ConnectFuture<'a> = Pin<Box<dyn Future<Output = Result<Client, BoxError>> + 'a>>;

/// Opens sessions on the target; the executor needs several and never sees a URL. Any closure that returns such a
/// future is one. The connection's own task must already be spawned when the client is handed over.
pub trait Connect {
    /// One new session.
    fn connect(&self) -> ConnectFuture<'_>;
}

impl<F, Fut> Connect for F
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Client, BoxError>> + 'static,
{
    fn connect(&self) -> ConnectFuture<'_> {
        Box::pin(self())
    }
}

/// The sessions that run a plan.
pub struct Session {
    connector: Box<dyn Connect>,
    /// Runs the steps.
    pub(super) work: Client,
    /// Looks at what `work` waits for, and cancels it. Never in a transaction.
    pub(super) watch: Client,
    /// The process id of the backend behind `work`.
    pub(super) backend: i32,
    /// The server's version as a number: 150004.
    pub(super) version: u32,
    /// After so long a wait the server looks whether it is a deadlock.
    pub(super) deadlock: std::time::Duration,
}

/// Every setting that decides what a statement means, said explicitly: a role's or database's own defaults would apply
/// otherwise. `row_security = off` lets a policy raise an error where it would hide rows from a backfill.
const SETTINGS: &str = "SET search_path = ''; SET check_function_bodies = off; SET client_min_messages = warning; \
     SET standard_conforming_strings = on; SET idle_in_transaction_session_timeout = '10s'; \
     SET lock_timeout = '5s'; SET statement_timeout = 0; SET default_transaction_isolation = 'read committed'; \
     SET default_transaction_deferrable = off; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; \
     SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = hex; SET row_security = off; \
     SET application_name = 'schemaplan'";

impl Session {
    /// Opens the working and the watching session.
    ///
    /// # Errors
    /// [`ApplyError::Connect`] when the server cannot be reached, [`ApplyError::Pooled`] behind a pooler that hands a session's
    /// transactions to changing backends, [`ApplyError::Database`] when a setting is refused.
    pub async fn open(connector: impl Connect + 'static) -> Result<Self, ApplyError> {
        let connector: Box<dyn Connect> = Box::new(connector);
        let work = connector.connect().await.map_err(ApplyError::Connect)?;
        let watch = connector.connect().await.map_err(ApplyError::Connect)?;
        // Before anything is set: it would be set for whoever gets that backend next.
        if is_pooled(&work, &watch)
            .await
            .map_err(|error| ApplyError::database("see whether there is a pooler", &error))?
        {
            return Err(ApplyError::Pooled);
        }
        set_up(&work).await?;
        set_up(&watch).await?;
        let facts = rows(
            &work,
            "SELECT pg_backend_pid(), current_setting('server_version_num'), \
             (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout')",
        )
        .await
        .map_err(|error| ApplyError::database("read the server's version", &error))?;
        let fact = |column| text(facts.first(), column).and_then(|value| value.parse().ok());
        Ok(Self {
            backend: fact(0).unwrap_or(0),
            version: u32::try_from(fact(1).unwrap_or(0)).unwrap_or(0),
            deadlock: std::time::Duration::from_millis(
                u64::try_from(fact(2).unwrap_or(1_000)).unwrap_or(1_000),
            ),
            connector,
            work,
            watch,
        })
    }

    /// One more session with the same settings.
    pub(super) async fn another(&self) -> Result<Client, ApplyError> {
        open(self.connector.as_ref()).await
    }

    /// The session that steps run on; for reading the journal before a run.
    pub fn client(&self) -> &Client {
        &self.work
    }

    /// Bears the token in `application_name`, so that a later runner can see that this one is still at work.
    pub(super) async fn bear_token(&self, token: i64) -> Result<(), ApplyError> {
        for client in [&self.work, &self.watch] {
            self.mark(client, token).await?;
        }
        Ok(())
    }

    /// The same for one more session.
    pub(super) async fn mark(&self, client: &Client, token: i64) -> Result<(), ApplyError> {
        let name = format!("SET application_name = 'schemaplan/{token}'");
        client
            .batch_execute(&name)
            .await
            .map_err(|error| ApplyError::database("name the session", &error))
    }
}

async fn open(connector: &dyn Connect) -> Result<Client, ApplyError> {
    let client = connector.connect().await.map_err(ApplyError::Connect)?;
    set_up(&client).await?;
    Ok(client)
}

async fn set_up(client: &Client) -> Result<(), ApplyError> {
    client
        .batch_execute(SETTINGS)
        .await
        .map_err(|error| ApplyError::database("set up the session", &error))
}

/// Whether two sessions swap their backends between transactions: while the one is in a transaction the other gets another
/// backend, and the one that was freed last is handed out next.
async fn is_pooled(one: &Client, other: &Client) -> Result<bool, tokio_postgres::Error> {
    const BACKEND: &str = "SELECT pg_catalog.pg_backend_pid()";
    let backend = async |client: &Client| -> Result<Option<i32>, tokio_postgres::Error> {
        Ok(number(rows(client, BACKEND).await?.first(), 0))
    };
    let mut seen = Vec::new();
    for (first, second) in [(one, other), (other, one)] {
        first.batch_execute("BEGIN").await?;
        let held = backend(first).await?;
        let beside = backend(second).await?;
        first.batch_execute("COMMIT").await?;
        seen.push(if std::ptr::eq(first, one) {
            (held, beside)
        } else {
            (beside, held)
        });
    }
    Ok(seen.first() != seen.last())
}

/// The rows of a query in the simple protocol: it needs no prepared statement, so it works behind every pooler.
pub(super) async fn rows(client: &Client, sql: &str) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
    Ok(client
        .simple_query(sql)
        .await?
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .collect())
}

/// Whether an SQL condition is true; NULL counts as false.
pub(super) async fn holds(client: &Client, condition: &str) -> Result<bool, tokio_postgres::Error> {
    let found = rows(client, &format!("SELECT 1 WHERE ({condition})")).await?;
    Ok(!found.is_empty())
}

/// A column of a row as text.
pub(super) fn text(row: Option<&SimpleQueryRow>, column: usize) -> Option<&str> {
    row.and_then(|row| row.try_get(column).ok().flatten())
}

/// A column of a row as a number.
pub(super) fn number<T: std::str::FromStr>(row: Option<&SimpleQueryRow>, column: usize) -> Option<T> {
    text(row, column).and_then(|value| value.parse().ok())
}
