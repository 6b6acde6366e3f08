//! One try of a transaction under its timeouts, watched while it waits; and whether to try again.

use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;

use super::at_work::Note;
use super::connection::Statements;
use super::error::{ApplyError, DatabaseWords};
use super::halt::Halt;
use super::how_far::how_far;
use super::options::Timeouts;
use super::outcome::StopReason;
use super::runner::Runner;
use super::session::rows;
use super::step_rows::{RowState, StepRow};
use crate::plan::PlanStep;
use crate::sql::Stmt;
use crate::step::TimeoutClass;

/// Read committed whatever the role's default is: a batch must see what was committed before it.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// A statement that takes longer is told of.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// A statement that the database refused.
pub(super) struct Failed {
    pub statement: String,
    pub error: tokio_postgres::Error,
}

impl Failed {
    pub fn of(statement: &str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let statement = statement.to_owned();
        move |error| Self { statement, error }
    }
}

/// What a refusal means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Again,
    OnceMore,
    Never,
}

/// 55P03 lock not available, 40P01 deadlock, 40001 serialization; 57014 is our own statement timeout.
fn verdict(sqlstate: Option<&str>) -> Verdict {
    match sqlstate {
        Some("55P03" | "40P01" | "40001") => Verdict::Again,
        Some("57014") => Verdict::OnceMore,
        _ => Verdict::Never,
    }
}

/// The tries of one part of a step.
pub(super) struct Tries {
    /// Which try this is, from 1.
    pub n: u32,
    begin: Instant,
    started: Instant,
    timeouts_hit: u32,
}

impl Tries {
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            n: 0,
            begin: now,
            started: now,
            timeouts_hit: 0,
        }
    }

    pub fn begin(&mut self) {
        self.n += 1;
        self.started = Instant::now();
    }

    /// How long the current try has taken.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Rolls back, records the refusal and sleeps, or says why there is no further try.
    pub async fn after(
        &mut self,
        runner: &mut Runner<'_>,
        step: &PlanStep,
        class: TimeoutClass,
        failed: Failed,
    ) -> Result<(), Halt> {
        let words = DatabaseWords::from(&failed.error);
        let work = &runner.session.work;
        if work.is_closed() {
            return Err(Halt::Failed(runner.failure(step, failed.statement, words)));
        }
        let _ = work.batch_execute("ROLLBACK").await;
        let record = runner
            .key(step)
            .write_failure(&runner.hash(step), &words, self.elapsed());
        let recorded = match rows(work, &record).await {
            Ok(recorded) => recorded,
            // The server's last words say more than that nobody is there any more.
            Err(_) if work.is_closed() => {
                return Err(Halt::Failed(runner.failure(step, failed.statement, words)));
            }
            Err(error) => return Err(ApplyError::database("record the try in the journal", &error).into()),
        };
        if recorded.is_empty() {
            return Err(StopReason::LeaseLost.into());
        }
        let cancelled = words.sqlstate.as_deref() == Some("57014");
        let verdict = verdict(words.sqlstate.as_deref());
        if runner.options.stop.is_stopped() && verdict != Verdict::Never {
            return Err(StopReason::Signal.into());
        }
        self.timeouts_hit += u32::from(cancelled);
        let once_more = class == TimeoutClass::Batch || self.timeouts_hit <= 1;
        if verdict == Verdict::Never || (verdict == Verdict::OnceMore && !once_more) {
            return Err(Halt::Failed(runner.failure(step, failed.statement, words)));
        }
        runner.name_holders(step, &words).await;
        if self.n >= runner.options.max_attempts || self.begin.elapsed() >= runner.options.retry_budget {
            return Err(StopReason::LocksNotWon {
                attempts: self.n,
                words,
                blockers: std::mem::take(&mut runner.blockers),
            }
            .into());
        }
        let pause = runner.options.pause(self.n);
        runner.progress.retrying(step, self.n, pause, &words);
        let sleeps = Note::Sleeps {
            words: &words.message,
            pause,
            in_the_way: &runner.blockers,
        };
        runner.note(step, self.n, &sleeps).await;
        runner.options.stop.sleep(pause).await;
        runner.check_stop()?;
        runner.note(step, self.n + 1, &Note::Works).await;
        Ok(())
    }
}

impl Runner<'_> {
    /// Runs statements in one transaction with the journal row that says so.
    pub(super) async fn transaction(
        &mut self,
        step: &PlanStep,
        statements: &[&Stmt],
        class: TimeoutClass,
        row: &StepRow,
    ) -> Result<(), Halt> {
        let mut tries = Tries::new();
        loop {
            tries.begin();
            match self.try_transaction(step, statements, class, row, &tries).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(StopReason::LeaseLost.into()),
                Err(failed) => tries.after(self, step, class, failed).await?,
            }
        }
    }

    /// The timeouts of one try.
    pub(super) fn timeouts(&self, step: &PlanStep, class: TimeoutClass, attempt: u32) -> Timeouts {
        let timeouts = self.options.timeouts(class, attempt);
        let vacuums = attempt > 1 && self.blockers.iter().any(|by| by.query.starts_with("autovacuum:"));
        let deadlock = self.session.deadlock;
        match vacuums && class != TimeoutClass::Batch {
            true => timeouts.beyond_autovacuum(deadlock),
            false => timeouts.before_deadlock(class, step.step.locks.len(), deadlock),
        }
    }

    /// False when the lease was found lost; then nothing is committed.
    async fn try_transaction(
        &mut self,
        step: &PlanStep,
        statements: &[&Stmt],
        class: TimeoutClass,
        row: &StepRow,
        tries: &Tries,
    ) -> Result<bool, Failed> {
        let timeouts = self.timeouts(step, class, tries.n);
        let begin = format!("{BEGIN}; {}", timeouts.set(true, self.session.version));
        self.session
            .work
            .batch_execute(&begin)
            .await
            .map_err(Failed::of(&begin))?;
        for statement in statements {
            self.statement(step, statement.as_str(), tries.n, timeouts.lock)
                .await?;
        }
        self.commit(step, row, tries.elapsed()).await
    }

    /// Writes the journal row under the fence and commits; false, and rolled back, when the lease is lost.
    pub(super) async fn commit(
        &mut self,
        step: &PlanStep,
        row: &StepRow,
        elapsed: Duration,
    ) -> Result<bool, Failed> {
        let key = self.key(step);
        let mut record = key.write(row, elapsed);
        if row.state == RowState::Done {
            record = format!("{}; {record}", key.forget_other());
        }
        let work = &self.session.work;
        let written = rows(work, &record).await.map_err(Failed::of(&record))?;
        if written.is_empty() {
            let _ = work.batch_execute("ROLLBACK").await;
            return Ok(false);
        }
        // Deferred constraints are checked here.
        work.batch_execute("COMMIT").await.map_err(Failed::of("COMMIT"))?;
        Ok(true)
    }

    /// Writes a journal row by itself.
    pub(super) async fn record(
        &mut self,
        step: &PlanStep,
        row: &StepRow,
        elapsed: Duration,
    ) -> Result<(), Halt> {
        let lost = |error: &tokio_postgres::Error| ApplyError::database("write the journal", error);
        self.session
            .work
            .batch_execute(BEGIN)
            .await
            .map_err(|error| lost(&error))?;
        match self.commit(step, row, elapsed).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(StopReason::LeaseLost.into()),
            Err(failed) => {
                let _ = self.session.work.batch_execute("ROLLBACK").await;
                Err(lost(&failed.error).into())
            }
        }
    }

    /// Runs one statement, looking meanwhile at what it waits for. A stop cancels it while it waits for a lock, and
    /// always where it has no timeout of its own; otherwise its timeout is the safe point.
    pub(super) async fn statement(
        &mut self,
        step: &PlanStep,
        sql: &str,
        attempt: u32,
        lock_timeout: Duration,
    ) -> Result<Vec<SimpleQueryMessage>, Failed> {
        let session = self.session;
        let look = match lock_timeout.is_zero() {
            true => Duration::from_millis(500),
            false => (lock_timeout / 2).clamp(Duration::from_millis(20), Duration::from_millis(500)),
        };
        let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + look, look);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let begun = Instant::now();
        let running = session.work.simple_query(sql);
        tokio::pin!(running);
        loop {
            tokio::select! {
                biased;
                result = &mut running => return result.map_err(Failed::of(sql)),
                _ = tick.tick(), if session.sees_itself() => {
                    let looks = self.look_around(step, attempt, lock_timeout, begun);
                    if !session.is_pooled() {
                        looks.await;
                        continue;
                    }
                    // The pooler may have a backend for the look only when this transaction has ended.
                    tokio::select! {
                        biased;
                        result = &mut running => return result.map_err(Failed::of(sql)),
                        () = looks => {}
                    }
                }
            }
        }
    }

    /// Looks at what the running statement waits for, and cancels it where a stop was asked for.
    async fn look_around(&mut self, step: &PlanStep, attempt: u32, lock_timeout: Duration, begun: Instant) {
        let blockers = self.look_at_blockers().await;
        // Batches tell by themselves how far they are.
        if blockers.is_empty() && begun.elapsed() > UNDER_WAY && step.step.timeout != TimeoutClass::Batch {
            let ours = format!("p.pid = {}", self.session.work.backend());
            let far = how_far(&self.session.watch, &ours).await.unwrap_or_default();
            self.progress.under_way(step, far.first(), begun.elapsed());
        }
        if !blockers.is_empty() {
            let queue = self.queue_behind().await;
            self.progress.waiting_for_lock(step, attempt, &blockers, queue);
            self.clear_the_way(step, &blockers).await;
        }
        let waits = !blockers.is_empty() || lock_timeout.is_zero();
        if waits {
            self.blockers = blockers;
        }
        if waits && self.options.stop.is_stopped() {
            let session = self.session;
            let cancel = format!("SELECT pg_cancel_backend({})", session.work.backend());
            let _ = session.watch.simple_query(&cancel).await;
        }
    }
}
