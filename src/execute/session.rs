//! The sessions of a run: one that works, one that watches it.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::connection::{Connection, Statements};
use super::error::{ApplyError, DatabaseWords};

/// Whatever went wrong while connecting.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A connection in the making.
pub type ConnectFuture<'a> = Pin<Box<dyn Future<Output = Result<Client, BoxError>> + 'a>>;

/// Opens sessions on the target; the executor needs several and never sees a URL. Any closure that returns such a
/// future is one. The connection's own task must already be spawned when the client is handed over.
pub trait Connect {
    /// One new session.
    fn connect(&self) -> ConnectFuture<'_>;

    /// What the server said when it ended one of them; none where it said nothing, or where that is not listened to.
    fn last_words(&self) -> Option<DatabaseWords> {
        None
    }
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
    pool: Option<Pool>,
    /// Runs the steps.
    pub(super) work: Connection,
    /// Looks at what `work` waits for, and cancels it. Never in a transaction.
    pub(super) watch: Connection,
    /// The server's version as a number: 150004.
    pub(super) version: u32,
    /// After so long a wait the server looks whether it is a deadlock.
    pub(super) deadlock: Duration,
}

impl Session {
    /// Opens the working and the watching session.
    ///
    /// # Errors
    /// [`ApplyError::Connect`] when the server cannot be reached, [`ApplyError::Database`] when a setting is refused.
    pub async fn open(connector: impl Connect + 'static) -> Result<Self, ApplyError> {
        let connector: Box<dyn Connect> = Box::new(connector);
        let work = connector.connect().await.map_err(ApplyError::Connect)?;
        let watch = connector.connect().await.map_err(ApplyError::Connect)?;
        // Before anything is set: it would be set for whoever gets that backend next.
        let pool = pool(&work, &watch)
            .await
            .map_err(|error| ApplyError::database("see whether there is a pooler", &error))?;
        let work = set_up(work, pool.is_some()).await?;
        let watch = set_up(watch, pool.is_some()).await?;
        let facts = rows(
            &work,
            "SELECT current_setting('server_version_num'), \
             (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout')",
        )
        .await
        .map_err(|error| ApplyError::database("read the server's version", &error))?;
        Ok(Self {
            version: number(facts.first(), 0).unwrap_or(0),
            deadlock: Duration::from_millis(number(facts.first(), 1).unwrap_or(1_000)),
            connector,
            pool,
            work,
            watch,
        })
    }

    /// One more session with the same settings.
    pub(super) async fn another(&self) -> Result<Connection, ApplyError> {
        let client = self.connector.connect().await.map_err(ApplyError::Connect)?;
        set_up(client, self.is_pooled()).await
    }

    /// What a run ended with, in the server's words where it ended our sessions.
    pub(super) fn explain<T>(&self, ended: Result<T, ApplyError>) -> Result<T, ApplyError> {
        ended.map_err(|error| error.with_last_words(self.connector.last_words()))
    }

    /// The session that steps run on; for reading the journal before a run.
    pub fn client(&self) -> &Connection {
        &self.work
    }

    /// Whether a pooler hands a session's transactions to changing backends.
    pub fn is_pooled(&self) -> bool {
        self.pool.is_some()
    }

    /// Whether `watch` is heard while `work` is in a transaction.
    pub(super) fn sees_itself(&self) -> bool {
        self.pool.as_ref().is_none_or(|pool| pool.serves_two)
    }

    /// Bears the token in `application_name`, so that a later runner can see that this one is still at work.
    pub(super) async fn bear_token(&self, token: i64) -> Result<(), ApplyError> {
        for client in [&self.work, &self.watch] {
            self.mark(client, token).await?;
        }
        Ok(())
    }

    /// The same for one more session.
    pub(super) async fn mark(&self, client: &Connection, token: i64) -> Result<(), ApplyError> {
        client
            .name(&format!("schemaplan/{token}"))
            .await
            .map_err(|error| ApplyError::database("name the session", &error))
    }
}

async fn set_up(client: Client, pooled: bool) -> Result<Connection, ApplyError> {
    match pooled {
        true => Ok(Connection::lent(client)),
        false => Connection::own(client)
            .await
            .map_err(|error| ApplyError::database("set up the session", &error)),
    }
}

/// A pooler in transaction mode.
struct Pool {
    /// Whether it has a backend for a second session while a first one is in a transaction.
    serves_two: bool,
}

/// So long a pooler may look for a second backend.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether two sessions swap or share their backends between transactions. What was freed last is handed out next; and while the one
/// is in a transaction the other gets another backend, or has to wait for its end.
async fn pool(one: &Client, other: &Client) -> Result<Option<Pool>, tokio_postgres::Error> {
    const BACKEND: &str = "SELECT pg_catalog.pg_backend_pid()";
    let backend = async |client: &Client| -> Result<i32, tokio_postgres::Error> {
        Ok(number(rows(client, BACKEND).await?.first(), 0).unwrap_or(0))
    };
    let mut seen = [vec![backend(one).await?], vec![backend(other).await?]];
    let mut serves_two = true;
    for (first, second) in [(0, 1), (1, 0)] {
        let clients = [one, other];
        clients[first].batch_execute("BEGIN").await?;
        seen[first].push(backend(clients[first]).await?);
        let mut beside = std::pin::pin!(backend(clients[second]));
        let heard = tokio::time::timeout(PATIENCE, &mut beside).await;
        clients[first].batch_execute("COMMIT").await?;
        seen[second].push(match heard {
            Ok(answer) => answer?,
            Err(_) => {
                serves_two = false;
                beside.await?
            }
        });
    }
    let [of_one, of_other] = seen;
    let stays = |backends: &[i32]| backends.windows(2).all(|pair| pair[0] == pair[1]);
    let shared = of_one.iter().any(|backend| of_other.contains(backend));
    let pooled = shared || !stays(&of_one) || !stays(&of_other);
    Ok(pooled.then_some(Pool { serves_two }))
}

/// The rows of a query.
pub(super) async fn rows(
    client: &impl Statements,
    sql: &str,
) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
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
pub(super) async fn holds(client: &impl Statements, condition: &str) -> Result<bool, tokio_postgres::Error> {
    let found = rows(client, &format!("SELECT 1 WHERE ({condition})")).await?;
    Ok(!found.is_empty())
}

/// A column of a row as text.
pub(super) fn text(row: Option<&SimpleQueryRow>, column: usize) -> Option<&str> {
    row.and_then(|row| row.try_get(column).ok().flatten())
}

/// The first column of each row that has one, as text.
pub(super) fn texts(found: &[SimpleQueryRow]) -> Vec<String> {
    found
        .iter()
        .filter_map(|row| text(Some(row), 0).map(str::to_owned))
        .collect()
}

/// A column of a row as a number.
pub(super) fn number<T: std::str::FromStr>(row: Option<&SimpleQueryRow>, column: usize) -> Option<T> {
    text(row, column).and_then(|value| value.parse().ok())
}
