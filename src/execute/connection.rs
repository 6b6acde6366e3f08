//! What statements are sent through: a session of our own, or one of which a pooler in transaction mode lends the backend for a
//! transaction at a time.
//!
//! Behind such a pooler nothing may be set for longer than a transaction: it would be set for whoever gets that backend next, and not for
//! us. So every message that is not in a transaction already brings its settings along. A message of several statements is one
//! transaction to the server, and to the pooler.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::session::{number, text};
use crate::sql::script;

/// Every setting that decides what a statement means, said explicitly: a role's or database's own defaults would apply
/// otherwise. `row_security = off` lets a policy raise an error where it would hide rows from a backfill.
const SETTINGS: &[&str] = &[
    "check_function_bodies = off",
    "client_min_messages = warning",
    "standard_conforming_strings = on",
    "idle_in_transaction_session_timeout = '10s'",
    "lock_timeout = '5s'",
    "statement_timeout = 0",
    "TimeZone = 'UTC'",
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "extra_float_digits = 1",
    "bytea_output = hex",
    "row_security = off",
];

/// What a session of our own is told besides.
const OF_A_SESSION: &[&str] = &[
    "default_transaction_isolation = 'read committed'",
    "default_transaction_deferrable = off",
    "application_name = 'schemaplan'",
];

/// The same for one transaction.
const ISOLATION: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";

const BACKEND: &str = "SELECT pg_catalog.pg_backend_pid()";

/// What statements can be sent to, in the simple protocol: it needs no prepared statement, so it works behind every pooler.
pub trait Statements: Sync {
    /// The answers to the statements of a message.
    fn simple_query(&self, sql: &str) -> impl Future<Output = Result<Vec<SimpleQueryMessage>, Error>> + Send;

    /// Only whether they ran.
    fn batch_execute(&self, sql: &str) -> impl Future<Output = Result<(), Error>> + Send {
        async move { self.simple_query(sql).await.map(|_| ()) }
    }
}

impl Statements for Client {
    async fn simple_query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        Client::simple_query(self, sql).await
    }
}

/// A connection of a run.
pub struct Connection {
    client: Client,
    /// None where the session is ours.
    lent: Option<Lent>,
    backend: AtomicI32,
}

/// What holds for the next transaction behind a pooler.
struct Lent {
    /// Whether a transaction is open.
    open: AtomicBool,
    settings: Mutex<Settings>,
}

struct Settings {
    name: String,
    path: String,
}

impl Connection {
    /// Sets up a session of our own.
    pub(super) async fn own(client: Client) -> Result<Self, Error> {
        let set = [script::NO_PATH.to_owned()]
            .into_iter()
            .chain(
                [SETTINGS, OF_A_SESSION]
                    .concat()
                    .iter()
                    .map(|each| format!("SET {each}")),
            )
            .collect::<Vec<_>>()
            .join("; ");
        client.batch_execute(&set).await?;
        let found = super::session::rows(&client, BACKEND).await?;
        Ok(Self {
            client,
            lent: None,
            backend: AtomicI32::new(number(found.first(), 0).unwrap_or(0)),
        })
    }

    /// One behind a pooler in transaction mode.
    pub(super) fn lent(client: Client) -> Self {
        Self {
            client,
            lent: Some(Lent {
                open: AtomicBool::new(false),
                settings: Mutex::new(Settings {
                    name: "schemaplan".to_owned(),
                    path: local(script::NO_PATH),
                }),
            }),
            backend: AtomicI32::new(0),
        }
    }

    /// The process id of the backend; behind a pooler that of the transaction that is open.
    pub(super) fn backend(&self) -> i32 {
        self.backend.load(Ordering::Relaxed)
    }

    /// Whether the connection is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// What it is called from now on.
    pub(super) async fn name(&self, name: &str) -> Result<(), Error> {
        match &self.lent {
            Some(lent) => {
                lent.set(|settings| settings.name = name.to_owned());
                Ok(())
            }
            None => {
                self.client
                    .batch_execute(&format!("SET application_name = '{name}'"))
                    .await
            }
        }
    }

    /// Sets the path by which names are found from now on: one of those of [`script`].
    pub(super) async fn search(&self, path: &str) -> Result<(), Error> {
        match &self.lent {
            Some(lent) => {
                lent.set(|settings| settings.path = local(path));
                Ok(())
            }
            None => self.client.batch_execute(path).await,
        }
    }
}

impl Statements for Connection {
    async fn simple_query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        let Some(lent) = &self.lent else {
            return self.client.simple_query(sql).await;
        };
        let ends = ends_transaction(sql);
        let opens = sql.starts_with("BEGIN") && !ends;
        let was_open = lent.open.load(Ordering::Relaxed);
        lent.open.store(opens || (was_open && !ends), Ordering::Relaxed);
        // Where a transaction has failed nothing but its end is taken.
        if was_open || sql == "ROLLBACK" {
            return self.client.simple_query(sql).await;
        }
        let settings = lent.statements();
        let behind = if opens {
            format!("; {BACKEND}")
        } else {
            String::new()
        };
        let message = format!("{}; {sql}{behind}", settings.join("; "));
        let mut answers = self.client.simple_query(&message).await?;
        answers.drain(..settings.len().min(answers.len()));
        if opens {
            self.backend.store(take_backend(&mut answers), Ordering::Relaxed);
        }
        Ok(answers)
    }
}

impl Lent {
    fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What is said first in a transaction.
    fn statements(&self) -> Vec<String> {
        let settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        [ISOLATION.to_owned(), settings.path.clone()]
            .into_iter()
            .chain(SETTINGS.iter().map(|each| format!("SET LOCAL {each}")))
            .chain([format!("SET LOCAL application_name = '{}'", settings.name)])
            .collect()
    }
}

/// The same for the transaction alone.
pub(super) fn local(set: &str) -> String {
    set.replacen("SET ", "SET LOCAL ", 1)
}

fn ends_transaction(sql: &str) -> bool {
    let last = sql.rsplit(';').map(str::trim).find(|each| !each.is_empty());
    matches!(last, Some("COMMIT" | "ROLLBACK"))
}

/// Takes off the answer to the last statement, which is the backend.
fn take_backend(answers: &mut Vec<SimpleQueryMessage>) -> i32 {
    while let Some(answer) = answers.pop() {
        if let SimpleQueryMessage::Row(row) = answer {
            if matches!(answers.last(), Some(SimpleQueryMessage::RowDescription(_))) {
                answers.pop();
            }
            return text(Some(&row), 0).and_then(|pid| pid.parse().ok()).unwrap_or(0);
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_to_end_its_transaction() {
        for ends in [
            "COMMIT",
            "ROLLBACK",
            "BEGIN; SELECT 1;\n; COMMIT",
            "BEGIN; SELECT 1; COMMIT;",
        ] {
            assert!(ends_transaction(ends), "{ends}");
        }
        for goes_on in ["BEGIN", "BEGIN; SELECT 'COMMIT'", "SELECT 1", ""] {
            assert!(!ends_transaction(goes_on), "{goes_on}");
        }
    }

    #[test]
    fn what_is_set_behind_a_pooler_holds_for_a_transaction() {
        for path in [script::NO_PATH, script::PATH_OF_SESSION] {
            assert!(local(path).starts_with("SET LOCAL search_path"), "{path}");
        }
    }
}
