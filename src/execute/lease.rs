//! The lease: one runner at a time, and none that can write after it has been replaced.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::connection::{Connection, Statements};
use super::error::ApplyError;
use super::options::ApplyOptions;
use super::progress::{Blocker, Progress};
use super::server::read_blockers;
use super::session::{Session, holds, number, rows, text};
use crate::sql::literal;

/// How long a lease lasts without a renewal.
const LIFE: &str = "interval '60 s'";
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(15);
/// How often we look whether the holder has ended.
const LOOK: Duration = Duration::from_millis(250);
/// How often a run that waits says so.
const NOTED_EVERY: Duration = Duration::from_secs(1);
/// One that has not said so for as long does not wait any more.
const SILENT: &str = "interval '10 s'";

/// Who holds the lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// What the holder calls itself: `host/pid`.
    pub owner: String,
    /// The process id of its backend; none behind a pooler, which has many.
    pub pid: Option<i32>,
    /// When it last renewed, as the server's clock says.
    pub heartbeat_at: String,
}

/// A run that waits for the lease.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Waiting {
    /// What it calls itself: `host/pid`.
    pub owner: String,
    /// For how long it has waited, seconds.
    pub seconds: f64,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "{}, backend {pid}", self.owner)?,
            None => write!(f, "{}, through a pooler", self.owner)?,
        }
        write!(f, ", last heard of at {}", self.heartbeat_at)
    }
}

/// The lease while it is ours.
pub(super) struct Lease {
    token: i64,
    lost: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    renewing: JoinHandle<()>,
}

impl Lease {
    /// Takes the lease, waiting as long as the options allow while another living runner holds it; then waits for what
    /// a dead runner has left at work.
    pub async fn take(
        session: &Session,
        options: &ApplyOptions,
        progress: &mut dyn Progress,
    ) -> Result<Self, ApplyError> {
        let client = session.another().await?;
        let token = poll(session, &client, options, progress).await?;
        session.bear_token(token).await?;
        let (lost_sender, lost) = watch::channel(false);
        let (stop, stopped) = watch::channel(false);
        let lease = Self {
            token,
            lost,
            stop,
            renewing: tokio::spawn(renew(client, session.is_pooled(), token, lost_sender, stopped)),
        };
        match lease.outlive_orphans(session, options, progress).await {
            Ok(()) => Ok(lease),
            Err(error) => {
                lease.release().await;
                Err(error)
            }
        }
    }

    /// What every write of this runner is fenced by.
    pub fn token(&self) -> i64 {
        self.token
    }

    /// Whether a renewal came too late. A fenced write finds it out for certain.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Gives the lease back; at every exit.
    pub async fn release(self) {
        self.stop.send_replace(true);
        let _ = self.renewing.await;
    }

    /// A dead runner's CREATE INDEX or batch may still be at work in its backend.
    async fn outlive_orphans(
        &self,
        session: &Session,
        options: &ApplyOptions,
        progress: &mut dyn Progress,
    ) -> Result<(), ApplyError> {
        while !options.stop.is_stopped() {
            let orphans = orphans(&session.watch, self.token).await?;
            if orphans.is_empty() {
                break;
            }
            progress.waiting_for_orphans(&orphans);
            options.stop.sleep(LOOK).await;
        }
        Ok(())
    }
}

async fn poll(
    session: &Session,
    client: &Connection,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<i64, ApplyError> {
    let doing = "take the lease";
    let begin = Instant::now();
    // A pooler keeps a backend that its client has left, and may end one whose client lives: there expiry alone decides.
    let (pid, backend_start) = match session.is_pooled() {
        true => ("NULL", "NULL"),
        false => (
            "pg_backend_pid()",
            "(SELECT a.backend_start FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid())",
        ),
    };
    // Somebody may have deleted the row; what older runs have left at work bears their tokens still.
    let there = "INSERT INTO schemaplan.lease (token) SELECT coalesce(max(token), 0) FROM schemaplan.step ON CONFLICT DO NOTHING";
    client
        .batch_execute(there)
        .await
        .map_err(|error| ApplyError::database(doing, &error))?;
    let mut first_seen = None;
    let mut waits = Waits::of(client, &options.owner);
    loop {
        let taken = rows(
            client,
            &format!(
                "UPDATE schemaplan.lease AS l SET owner = {}, token = token + 1, pid = {pid}, \
                 heartbeat_at = clock_timestamp(), expires_at = clock_timestamp() + {LIFE}, backend_start = {backend_start} \
                 WHERE expires_at < clock_timestamp() OR (l.pid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_stat_activity AS a \
                 WHERE a.pid = l.pid AND coalesce(a.backend_start, l.backend_start) = l.backend_start)) RETURNING token",
                literal(&options.owner)
            ),
        )
        .await
        .map_err(|error| ApplyError::database(doing, &error))?;
        if let Some(token) = number(taken.first(), 0) {
            waits.end().await;
            return Ok(token);
        }
        let holder = holder(client).await?;
        let silent = holder.pid.is_none() && *first_seen.get_or_insert_with(|| holder.clone()) == holder;
        if (begin.elapsed() >= options.lease_wait && !silent) || options.stop.is_stopped() {
            waits.end().await;
            return Err(ApplyError::Held(holder));
        }
        waits.note().await;
        progress.waiting_for_lease(&holder);
        options.stop.sleep(LOOK).await;
    }
}

/// Tells `status` who waits for the lease. Nothing depends on it: where it cannot be written it is left out.
struct Waits<'a> {
    client: &'a Connection,
    owner: String,
    noted: Option<Instant>,
}

impl<'a> Waits<'a> {
    fn of(client: &'a Connection, owner: &str) -> Self {
        Self {
            client,
            owner: literal(owner),
            noted: None,
        }
    }

    async fn note(&mut self) {
        if self.noted.is_some_and(|at| at.elapsed() < NOTED_EVERY) {
            return;
        }
        self.noted = Some(Instant::now());
        let note = format!(
            "INSERT INTO schemaplan.waiting AS w (owner) VALUES ({}) ON CONFLICT (owner) DO UPDATE SET seen_at = EXCLUDED.seen_at, \
             since = CASE WHEN w.seen_at < EXCLUDED.seen_at - {SILENT} THEN EXCLUDED.since ELSE w.since END",
            self.owner
        );
        let _ = self.client.batch_execute(&note).await;
    }

    /// Takes the note back, and those of runs that were killed while they waited.
    async fn end(&self) {
        if self.noted.is_some() {
            let forget = format!(
                "DELETE FROM schemaplan.waiting WHERE owner = {} OR seen_at < clock_timestamp() - {SILENT}",
                self.owner
            );
            let _ = self.client.batch_execute(&forget).await;
        }
    }
}

/// Who waits for the lease, the first one first.
pub(super) async fn waiting(client: &Client) -> Result<Vec<Waiting>, ApplyError> {
    let failed = |error: tokio_postgres::Error| ApplyError::database("see who waits for the lease", &error);
    // A journal of an older program has no such table.
    let kept = holds(client, "to_regclass('schemaplan.waiting') IS NOT NULL").await;
    if !kept.map_err(failed)? {
        return Ok(Vec::new());
    }
    let query = format!(
        "SELECT owner, extract(epoch FROM clock_timestamp() - since) FROM schemaplan.waiting \
         WHERE seen_at > clock_timestamp() - {SILENT} ORDER BY since, owner"
    );
    let found = rows(client, &query).await.map_err(failed)?;
    let waiting = found.iter().map(|row| Waiting {
        owner: text(Some(row), 0).unwrap_or("unknown").to_owned(),
        seconds: number(Some(row), 1).unwrap_or(0.0),
    });
    Ok(waiting.collect())
}

async fn holder(client: &impl Statements) -> Result<Holder, ApplyError> {
    let found = rows(
        client,
        "SELECT owner, pid, to_char(heartbeat_at, 'YYYY-MM-DD HH24:MI:SS TZ') FROM schemaplan.lease",
    )
    .await
    .map_err(|error| ApplyError::database("see who holds the lease", &error))?;
    let row = found.first();
    Ok(Holder {
        owner: text(row, 0).unwrap_or("unknown").to_owned(),
        pid: number(row, 1),
        heartbeat_at: text(row, 2).unwrap_or("unknown").to_owned(),
    })
}

/// Backends that bear an older token and are in the middle of something.
async fn orphans(client: &impl Statements, token: i64) -> Result<Vec<Blocker>, ApplyError> {
    read_blockers(
        client,
        &format!(
            "a.datname = current_database() AND a.application_name ~ '^schemaplan/[0-9]+$' \
             AND a.application_name <> 'schemaplan/{token}' AND a.xact_start IS NOT NULL"
        ),
    )
    .await
    .map_err(|error| ApplyError::database("look for backends of an earlier run", &error))
}

/// Renews until it is told to stop; then gives the lease back.
async fn renew(
    client: Connection,
    pooled: bool,
    token: i64,
    lost: watch::Sender<bool>,
    mut stopped: watch::Receiver<bool>,
) {
    // A renewal that waits behind a commit is no reason to give up; the fence decides.
    let renewal = format!(
        "SET LOCAL lock_timeout = 0; \
         UPDATE schemaplan.lease SET heartbeat_at = clock_timestamp(), expires_at = clock_timestamp() + {LIFE} \
         WHERE token = {token} RETURNING token"
    );
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = tokio::time::sleep(RENEWAL) => {}
        }
        match rows(&client, &renewal).await {
            Ok(renewed) if !renewed.is_empty() => {}
            // A pooler ends who has waited for a backend for long, maybe behind our own transaction.
            Err(_) if pooled => return,
            _ => {
                lost.send_replace(true);
                return;
            }
        }
    }
    let _ = client
        .batch_execute(&format!(
            "UPDATE schemaplan.lease SET expires_at = '-infinity' WHERE token = {token}"
        ))
        .await;
}
