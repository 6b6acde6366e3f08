//! What a run waits for between steps and batches: a pause from another terminal, standbys that lag behind, a query of the user's.
//!
//! No transaction is open while a run is held. The triggers that keep new columns current go on with every write.

use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio_postgres::SimpleQueryRow;

use super::at_work::Note;
use super::connection::Statements;
use super::error::ApplyError;
use super::halt::Halt;
use super::outcome::StopReason;
use super::runner::Runner;
use super::session::{number, rows, text};
use super::step_rows::Direction;
use super::vacuum::DeadRows;
use crate::model::QualifiedName;
use crate::plan::PlanStep;
use crate::sql::{literal, qualified};
use crate::step::{Phase, TimeoutClass};

/// How often we look while a run is held, and at most while it is not.
const LOOK: Duration = Duration::from_secs(1);
/// How often the journal is told anew what a run is held for: a note is WAL, and WAL may be the trouble.
const NOTED_EVERY: Duration = Duration::from_secs(5);
/// A run that was held for a lag goes on below this share of it.
const CAUGHT_UP: f64 = 0.3;

/// What holds batches back.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// The lag of a standby's replay beyond which batches and strong locks wait; none is without a limit.
    pub lag: Option<Duration>,
    /// Batches wait while the server writes more bytes of WAL a second; none is without a limit.
    pub wal: Option<u64>,
    /// So many bytes of WAL may wait to be archived before batches wait for the archiver.
    pub backlog: u64,
    /// A query whose first column is true while batches should wait.
    pub query: Option<String>,
    /// Whether batches wait while the archiving of WAL fails or is too far behind.
    pub archiver: bool,
    /// How long batches make way for an autovacuum of their table.
    pub vacuum: Duration,
    /// Whether a cut-over waits until `resume --step` releases it.
    pub defer_cut_over: bool,
}

/// SQL for how many bytes of WAL lie between what `pg_stat_archiver` as `a` has archived last and what the server writes now; NULL where
/// nothing is archived, or nothing was yet. A command that is slow, or that does not exist, counts no failure.
pub(super) const ARCHIVE_BACKLOG: &str = "CASE WHEN current_setting('archive_mode') <> 'off' AND NOT pg_catalog.pg_is_in_recovery() \
     AND a.last_archived_wal ~ '^[0-9A-F]{24}' THEN greatest(0, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0') \
     - ('x' || substr(a.last_archived_wal, 9, 8))::bit(32)::bigint * 4294967296 \
     - (('x' || substr(a.last_archived_wal, 17, 8))::bit(32)::bigint + 1) \
     * (SELECT g.setting::bigint FROM pg_catalog.pg_settings AS g WHERE g.name = 'wal_segment_size'))::bigint END";

/// The standby whose replay is the furthest behind, as a table of one row, or of none.
const FURTHEST_BEHIND: &str = "(SELECT application_name, replay_lag FROM pg_catalog.pg_stat_replication WHERE replay_lag IS NOT NULL \
     AND state = 'streaming' ORDER BY replay_lag DESC LIMIT 1)";

impl Default for Throttle {
    fn default() -> Self {
        Self {
            lag: Some(Duration::from_secs(10)),
            wal: None,
            backlog: 1 << 30,
            query: None,
            archiver: true,
            vacuum: Duration::from_secs(10 * 60),
            defer_cut_over: false,
        }
    }
}

/// Why a run is held.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// `schemaplan pause` was run.
    Paused,
    /// A standby is so many seconds behind.
    Lag {
        /// What it calls itself.
        standby: String,
        /// Seconds between a write here and its replay there.
        seconds: f64,
    },
    /// The server writes so many bytes of WAL a second, ours and those of others.
    Wal {
        /// Bytes a second since the last look.
        rate: u64,
    },
    /// So many sessions have waited for a synchronous standby for more than a second.
    Synchronous {
        /// How many.
        sessions: u32,
    },
    /// WAL cannot be archived.
    Archiver,
    /// So many bytes of WAL wait to be archived.
    Backlog {
        /// Bytes.
        bytes: u64,
    },
    /// The server vacuums the table.
    Autovacuum {
        /// The worker's process id.
        pid: i32,
    },
    /// The user's query says so.
    Query,
    /// A cut-over waits for its release.
    CutOver {
        /// The step.
        step: u32,
    },
}

impl Held {
    /// In one word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Held::Paused => "paused",
            Held::Lag { .. } => "lag",
            Held::Wal { .. } => "wal",
            Held::Synchronous { .. } => "synchronous",
            Held::Archiver => "archiver",
            Held::Backlog { .. } => "backlog",
            Held::Autovacuum { .. } => "autovacuum",
            Held::Query => "query",
            Held::CutOver { .. } => "cut_over",
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::Paused => f.write_str("paused; `schemaplan resume` lets it go on"),
            Held::Lag { standby, seconds } => {
                write!(f, "standby {standby} is {seconds:.1} s behind")
            }
            Held::Wal { rate } => {
                let megabytes = *rate as f64 / f64::from(1 << 20);
                write!(f, "the server writes {megabytes:.1} MB of WAL a second")
            }
            Held::Synchronous { sessions: 1 } => f.write_str("1 session waits for a synchronous standby"),
            Held::Synchronous { sessions } => {
                write!(f, "{sessions} sessions wait for a synchronous standby")
            }
            Held::Archiver => f.write_str("the archiving of WAL fails"),
            Held::Backlog { bytes } => {
                let megabytes = bytes / (1 << 20);
                write!(f, "{megabytes} MB of WAL wait to be archived")
            }
            Held::Autovacuum { pid } => write!(f, "an autovacuum is at the table, pid {pid}"),
            Held::Query => f.write_str("the query of `--throttle-query` is true"),
            Held::CutOver { step } => {
                write!(f, "deferred; `schemaplan resume --step {step}` lets it cut over")
            }
        }
    }
}

/// When we looked, and what for.
#[derive(Debug, Default)]
pub(super) struct Watched {
    looked: Option<Instant>,
    vacuum: Option<Instant>,
    /// How much WAL there was at the last look.
    wal: Option<(Instant, u64)>,
    /// What the run was last noted as held for, and when.
    noted: Option<(&'static str, Instant)>,
    /// What was left dead by our own last vacuum.
    pub(super) dead: DeadRows,
}

impl Watched {
    /// Bytes of WAL a second since the last look.
    fn wal_rate(&mut self, now: u64) -> Option<u64> {
        let (at, before) = self.wal.replace((Instant::now(), now))?;
        let seconds = at.elapsed().as_secs_f64().max(0.001);
        Some((now.saturating_sub(before) as f64 / seconds) as u64)
    }
}

impl Runner<'_> {
    /// Before a step: waits while the run is paused, and before a cut-over that is deferred until it is released.
    pub(super) async fn hold_before(&mut self, step: &PlanStep) -> Result<(), Halt> {
        let cuts = step.step.timeout == TimeoutClass::Cut
            && step.step.phase == Phase::Contract
            && self.direction == Direction::Up
            && self.options.throttle.defer_cut_over;
        loop {
            self.check_stop()?;
            let released = match cuts {
                true => format!(
                    "EXISTS (SELECT FROM schemaplan.released WHERE run_no = {} AND step_no = {})",
                    self.run_no, step.number
                ),
                false => "true".to_owned(),
            };
            let query = format!("{}, {released}", self.paused());
            let found = self.ask_beside(&query).await?;
            let held = match (text(found.first(), 0), text(found.first(), 1)) {
                (Some("t"), _) => Held::Paused,
                (_, Some("f")) => Held::CutOver { step: step.number },
                _ => {
                    self.let_go(step).await;
                    return Ok(());
                }
            };
            self.held(step, &held).await;
        }
    }

    /// Between batches: waits for all that may hold them back, at most one look a second.
    pub(super) async fn hold_batches(&mut self, step: &PlanStep, table: &QualifiedName) -> Result<(), Halt> {
        if self.watched.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return Ok(());
        }
        let mut caught_up = true;
        loop {
            self.check_stop()?;
            let held = self.look(table, caught_up).await?;
            self.watched.looked = Some(Instant::now());
            let Some(held) = held else {
                self.let_go(step).await;
                return self.vacuum_between(step, table).await;
            };
            caught_up &= !matches!(held, Held::Lag { .. } | Held::Backlog { .. });
            self.held(step, &held).await;
        }
    }

    /// Before a lock that shuts out readers: standbys take it as well, when they come to it. One that is too far behind is waited for
    /// as long as a lock would be tried for.
    pub(super) async fn hold_for_standbys(&mut self, step: &PlanStep) -> Result<(), Halt> {
        let Some(limit) = self.options.throttle.lag else {
            return Ok(());
        };
        let query = format!(
            "SELECT r.application_name, extract(epoch FROM r.replay_lag) FROM {FURTHEST_BEHIND} AS r"
        );
        let begun = Instant::now();
        let mut caught_up = true;
        loop {
            self.check_stop()?;
            let found = self.ask_beside(&query).await?;
            let Some((standby, seconds)) = lags(limit, caught_up, found.first(), 0) else {
                self.let_go(step).await;
                return Ok(());
            };
            let waited = begun.elapsed();
            if waited >= self.options.retry_budget {
                return Err(StopReason::StandbyBehind {
                    standby,
                    seconds,
                    waited,
                }
                .into());
            }
            caught_up = false;
            self.held(step, &Held::Lag { standby, seconds }).await;
        }
    }

    /// Tells that the run is held, and sleeps until the next look.
    async fn held(&mut self, step: &PlanStep, held: &Held) {
        self.progress.held(step, held);
        let is_news = |(kind, at): (&str, Instant)| kind != held.kind() || at.elapsed() > NOTED_EVERY;
        if self.watched.noted.is_none_or(is_news) {
            self.watched.noted = Some((held.kind(), Instant::now()));
            self.note(step, 1, &Note::Held(held)).await;
        }
        self.options.stop.sleep(LOOK).await;
    }

    /// Tells that it is no longer held.
    async fn let_go(&mut self, step: &PlanStep) {
        if self.watched.noted.take().is_some() {
            self.note(step, 1, &Note::Works).await;
        }
    }

    fn paused(&self) -> String {
        format!(
            "SELECT (SELECT pause FROM schemaplan.plan WHERE run_no = {})",
            self.run_no
        )
    }

    /// `caught_up` is false while it still waits for a standby or the archiver to have come close again.
    async fn look(&mut self, table: &QualifiedName, caught_up: bool) -> Result<Option<Held>, Halt> {
        let query = format!(
            "{}, r.application_name, extract(epoch FROM r.replay_lag), \
             a.last_failed_time > coalesce(a.last_archived_time, '-infinity') AND current_setting('archive_mode') <> 'off', v.pid, \
             pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0'), \
             (SELECT count(*) FROM pg_catalog.pg_stat_activity AS w WHERE w.wait_event = 'SyncRep' \
               AND w.state_change < clock_timestamp() - interval '1 s'), {ARCHIVE_BACKLOG} \
             FROM pg_catalog.pg_stat_archiver AS a \
             LEFT JOIN {FURTHEST_BEHIND} AS r ON true \
             LEFT JOIN (SELECT p.pid FROM pg_catalog.pg_stat_progress_vacuum AS p JOIN pg_catalog.pg_stat_activity AS s USING (pid) \
               WHERE s.backend_type = 'autovacuum worker' AND p.relid = to_regclass({}) LIMIT 1) AS v ON true",
            self.paused(),
            literal(&qualified(table))
        );
        let found = self.ask_beside(&query).await?;
        let row = found.first();
        if text(row, 0) == Some("t") {
            return Ok(Some(Held::Paused));
        }
        let throttle = &self.options.throttle;
        let behind = throttle.lag.and_then(|limit| lags(limit, caught_up, row, 1));
        if let Some((standby, seconds)) = behind {
            return Ok(Some(Held::Lag { standby, seconds }));
        }
        let rate = number(row, 5).and_then(|now| self.watched.wal_rate(now));
        if let Some((_, rate)) = throttle.wal.zip(rate).filter(|(limit, rate)| rate > limit) {
            return Ok(Some(Held::Wal { rate }));
        }
        if let Some(sessions) = number(row, 6).filter(|sessions| *sessions > 0) {
            return Ok(Some(Held::Synchronous { sessions }));
        }
        if throttle.archiver && text(row, 3) == Some("t") {
            return Ok(Some(Held::Archiver));
        }
        let backlog = number::<u64>(row, 7).filter(|_| throttle.archiver);
        let limit = match caught_up {
            true => throttle.backlog,
            false => (throttle.backlog as f64 * CAUGHT_UP) as u64,
        };
        if let Some(bytes) = backlog.filter(|bytes| *bytes > limit) {
            return Ok(Some(Held::Backlog { bytes }));
        }
        match number(row, 4) {
            Some(pid) if self.watched.vacuum.get_or_insert_with(Instant::now).elapsed() < throttle.vacuum => {
                return Ok(Some(Held::Autovacuum { pid }));
            }
            Some(_) => {}
            None => self.watched.vacuum = None,
        }
        match &throttle.query {
            Some(query) => Ok(holds_back(self.session, query).await?.then_some(Held::Query)),
            None => Ok(None),
        }
    }

    async fn ask_beside(&self, query: &str) -> Result<Vec<SimpleQueryRow>, Halt> {
        rows(&self.session.watch, query)
            .await
            .map_err(|error| ApplyError::database("see whether the run is held", &error).into())
    }
}

/// The standby that a row names in this column and its lag in the next, where that is too much: as soon as it is beyond the limit, and
/// then until it has come close again.
fn lags(limit: Duration, caught_up: bool, row: Option<&SimpleQueryRow>, at: usize) -> Option<(String, f64)> {
    let limit = limit.as_secs_f64() * if caught_up { 1.0 } else { CAUGHT_UP };
    let seconds = number::<f64>(row, at + 1).filter(|seconds| *seconds > limit)?;
    Some((text(row, at).unwrap_or_default().to_owned(), seconds))
}

/// What the user's query says. It cannot write, and has five seconds.
pub(super) async fn holds_back(session: &super::session::Session, query: &str) -> Result<bool, ApplyError> {
    let all = format!("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'; {query}\n; COMMIT");
    let asked = rows(&session.watch, &all).await;
    let found = match asked {
        Ok(found) => found,
        Err(error) => {
            let _ = session.watch.batch_execute("ROLLBACK").await;
            return Err(ApplyError::database(
                "ask the query of `--throttle-query`",
                &error,
            ));
        }
    };
    Ok(text(found.first(), 0) == Some("t"))
}
