//! What a run is at this moment, for `status` in another terminal: the step, the try, and what it waits for.
//!
//! Who is in the way of a lock is read from the server when it is asked. What the server cannot know, that a runner sleeps between two
//! tries or holds batches back, the runner notes in the journal: one row, that nothing depends on.

use std::collections::BTreeSet;

use serde::Serialize;
use tokio_postgres::Client;

use super::connection::Statements;
use super::error::ApplyError;
use super::hold::Held;
use super::how_far::{HowFar, how_far};
use super::journal::Run;
use super::outcome::StepRef;
use super::progress::Blocker;
use super::runner::Runner;
use super::server::{blockers_by_pid, prepared_in_the_way, read_blockers};
use super::session::{holds, number, rows, text};
use crate::plan::PlanStep;
use crate::sql::literal;

/// What a run is at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtWork {
    /// The number of the run.
    pub run_no: i64,
    /// `up` or `down`.
    pub direction: String,
    /// The step; none between steps, while hooks run.
    pub step: Option<StepRef>,
    /// For how long it has been at the step, seconds.
    pub seconds: f64,
    /// Which try of it this is, from 1.
    pub attempt: u32,
    /// The locks that its sessions wait for.
    pub lock_waits: Vec<LockWait>,
    /// How far its sessions are with what is one piece: an index, a vacuum.
    pub how_far: Vec<HowFar>,
    /// Why it does nothing at the moment, where it does nothing by itself.
    pub rest: Option<Rest>,
}

/// A session of the run's that waits for a lock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LockWait {
    /// The process id of its backend.
    pub pid: i32,
    /// What it waits for: a relation's name, or the kind of lock: `virtualxid` is the end of another's transaction.
    pub on: String,
    /// `AccessExclusiveLock`, …
    pub mode: String,
    /// For how long, seconds.
    pub seconds: f64,
    /// Who holds it, or waits for it before us.
    pub blockers: Vec<Blocker>,
    /// How many other sessions wait behind it.
    pub queue: u32,
}

/// Why a run does nothing by its own will.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rest {
    /// `next_try`, `paused`, `lag`, `wal`, `synchronous`, `archiver`, `backlog`, `autovacuum`, `query`, `cut_over`, `hook`.
    pub kind: String,
    /// In words: what the last try said, or what holds it.
    pub words: String,
    /// For how long, seconds.
    pub seconds: f64,
    /// Until it goes on, seconds; none where that depends on others.
    pub left: Option<f64>,
    /// Who was in the way of the last try and is still in a transaction.
    pub blockers: Vec<Blocker>,
}

/// What the runner notes of itself.
#[derive(Debug)]
pub(super) enum Note<'a> {
    /// It works.
    Works,
    /// It sleeps before the next try.
    Sleeps {
        words: &'a str,
        pause: std::time::Duration,
        in_the_way: &'a [Blocker],
    },
    /// Something holds it.
    Held(&'a Held),
    /// What the user runs around a phase is at work.
    Hook(&'a str),
}

/// The number of no step.
const NO_STEP: u32 = 0;

impl Runner<'_> {
    /// Notes what the run is at. Only for those who look on: where it cannot be written the run goes on.
    pub(super) async fn note(&self, step: &PlanStep, attempt: u32, note: &Note<'_>) {
        self.write_note(step.number, attempt, note).await;
    }

    /// Notes that hooks run, for which there is no step.
    pub(super) async fn note_hook(&self, words: &str) {
        self.write_note(NO_STEP, 1, &Note::Hook(words)).await;
    }

    async fn write_note(&self, step_no: u32, attempt: u32, note: &Note<'_>) {
        let null = || "NULL".to_owned();
        let (kind, words, until, pids) = match note {
            Note::Works => (null(), null(), null(), null()),
            Note::Sleeps {
                words,
                pause,
                in_the_way,
            } => {
                let pids: Vec<String> = in_the_way.iter().map(|by| by.pid.to_string()).collect();
                (
                    literal("next_try"),
                    literal(words),
                    format!("clock_timestamp() + interval '{} ms'", pause.as_millis()),
                    literal(&format!("{{{}}}", pids.join(","))),
                )
            }
            Note::Hook(words) => (literal("hook"), literal(words), null(), null()),
            Note::Held(held) => (literal(held.kind()), literal(&held.to_string()), null(), null()),
        };
        // It waits for no standby and no disk: a standby that lags is one of the things that it tells of.
        let write = format!(
            "BEGIN; SET LOCAL synchronous_commit = off; INSERT INTO schemaplan.at_work AS w \
             (token, run_no, direction, step_no, attempt, kind, words, until, in_the_way) \
             SELECT l.token, {}, '{}', {}, {attempt}, {kind}, {words}, {until}, {pids}::integer[] FROM schemaplan.lease AS l \
             WHERE l.token = {} ON CONFLICT (one) DO UPDATE SET \
             begun_at = CASE WHEN (w.token, w.run_no, w.direction, w.step_no) = \
               (EXCLUDED.token, EXCLUDED.run_no, EXCLUDED.direction, EXCLUDED.step_no) THEN w.begun_at ELSE EXCLUDED.begun_at END, \
             since = CASE WHEN w.token = EXCLUDED.token AND w.kind = EXCLUDED.kind AND w.kind <> 'next_try' \
               THEN w.since ELSE EXCLUDED.since END, \
             token = EXCLUDED.token, run_no = EXCLUDED.run_no, direction = EXCLUDED.direction, step_no = EXCLUDED.step_no, \
             attempt = EXCLUDED.attempt, kind = EXCLUDED.kind, words = EXCLUDED.words, until = EXCLUDED.until, \
             in_the_way = EXCLUDED.in_the_way; COMMIT",
            self.run_no,
            self.direction,
            step_no,
            self.lease.token()
        );
        if self.session.watch.batch_execute(&write).await.is_err() {
            let _ = self.session.watch.batch_execute("ROLLBACK").await;
        }
    }

    /// Forgets what the run was at: between phases it is at no step.
    pub(super) async fn note_nothing(&self) {
        let forget = format!(
            "DELETE FROM schemaplan.at_work WHERE token = {}",
            self.lease.token()
        );
        let _ = self.session.watch.batch_execute(&forget).await;
    }
}

/// What the holder of the lease is at, as far as it is one of these runs.
pub(super) async fn at_work(client: &Client, runs: &[Run]) -> Result<Option<AtWork>, ApplyError> {
    let failed = |error: tokio_postgres::Error| ApplyError::database("see what the run is at", &error);
    // A journal of an older program has no such row.
    let is_kept = "EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'schemaplan' AND c.relname = 'at_work')";
    if !holds(client, is_kept).await.map_err(failed)? {
        return Ok(None);
    }
    let found = rows(
        client,
        "SELECT w.token, w.run_no, w.direction, w.step_no, extract(epoch FROM clock_timestamp() - w.begun_at), w.attempt, \
         w.kind, w.words, extract(epoch FROM clock_timestamp() - w.since), extract(epoch FROM w.until - clock_timestamp()), \
         array_to_string(w.in_the_way, ', ') FROM schemaplan.at_work AS w JOIN schemaplan.lease AS l USING (token)",
    )
    .await
    .map_err(failed)?;
    let row = found.first();
    let (Some(token), Some(run_no), Some(step_no)) = (
        number::<i64>(row, 0),
        number::<i64>(row, 1),
        number::<u32>(row, 3),
    ) else {
        return Ok(None);
    };
    let Some(run) = runs.iter().find(|run| run.run_no == run_no) else {
        return Ok(None);
    };
    let step = run.plan.steps.iter().find(|step| step.number == step_no);
    if step.is_none() && step_no != NO_STEP {
        return Ok(None);
    }
    let word = |column| text(row, column).unwrap_or_default().to_owned();
    let rest = match text(row, 6) {
        None => None,
        Some(kind) => Some(Rest {
            kind: kind.to_owned(),
            words: word(7),
            seconds: number(row, 8).unwrap_or(0.0),
            left: number::<f64>(row, 9).map(|left| left.max(0.0)),
            blockers: match text(row, 10).filter(|pids| !pids.is_empty()) {
                Some(pids) => {
                    read_blockers(client, &format!("a.pid IN ({pids}) AND a.xact_start IS NOT NULL"))
                        .await
                        .map_err(failed)?
                }
                None => Vec::new(),
            },
        }),
    };
    Ok(Some(AtWork {
        run_no,
        direction: word(2),
        step: step.map(|step| StepRef::new(step, run.plan.steps.len())),
        seconds: number(row, 4).unwrap_or(0.0),
        attempt: number(row, 5).unwrap_or(1),
        lock_waits: lock_waits(client, token).await.map_err(failed)?,
        how_far: how_far(client, &of_token(token)).await.map_err(failed)?,
        rest,
    }))
}

/// True of the process ids `p.pid` of the sessions that bear a token.
fn of_token(token: i64) -> String {
    format!(
        "p.pid IN (SELECT a.pid FROM pg_catalog.pg_stat_activity AS a WHERE a.datname = current_database() \
         AND a.application_name = 'schemaplan/{token}')"
    )
}

/// The sessions that bear a token and wait for a lock, each with those in its way.
async fn lock_waits(client: &Client, token: i64) -> Result<Vec<LockWait>, tokio_postgres::Error> {
    let found = rows(
        client,
        &format!(
            "SELECT a.pid, coalesce(l.relation::pg_catalog.regclass::text, l.locktype), l.mode, \
             coalesce(extract(epoch FROM clock_timestamp() - l.waitstart), 0), \
             array_to_string(pg_catalog.pg_blocking_pids(a.pid), ', '), \
             (SELECT count(DISTINCT o.pid) FROM pg_catalog.pg_locks AS o WHERE o.locktype = l.locktype AND o.database = l.database \
               AND o.relation = l.relation AND o.pid <> l.pid AND NOT o.granted AND o.waitstart >= l.waitstart) \
             FROM pg_catalog.pg_stat_activity AS a JOIN pg_catalog.pg_locks AS l ON l.pid = a.pid AND NOT l.granted \
             WHERE a.datname = current_database() AND a.application_name = 'schemaplan/{token}' ORDER BY a.pid"
        ),
    )
    .await?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    let mut waits = Vec::new();
    for row in &found {
        let pid: i32 = number(Some(row), 0).unwrap_or(0);
        let blocking: BTreeSet<i32> = word(row, 4)
            .split(", ")
            .filter_map(|pid| pid.parse().ok())
            .collect();
        let mut blockers = blockers_by_pid(client, &blocking).await?;
        if blocking.contains(&0) {
            blockers.extend(prepared_in_the_way(client, pid).await?);
        }
        waits.push(LockWait {
            pid,
            on: word(row, 1),
            mode: word(row, 2),
            seconds: number(Some(row), 3).unwrap_or(0.0),
            blockers,
            queue: number(Some(row), 5).unwrap_or(0),
        });
    }
    Ok(waits)
}
