//! Several sessions walk a table together. One hands out the ranges in order; the journal says up to where all of them are done, so
//! that a kill costs each session the range that it was at.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::attempt::{Failed, Tries};
use super::batches::{Walk, begin_of_batch, count, first_row};
use super::checked::{self, Checked};
use super::connection::{Connection, Statements};
use super::error::ApplyError;
use super::halt::Halt;
use super::outcome::StopReason;
use super::pace::Pace;
use super::ranges::Range;
use super::repair::Differing;
use super::runner::Runner;
use super::session::rows;
use super::step_rows::{Cursor, StepRow};
use crate::plan::PlanStep;
use crate::step::TimeoutClass;

/// A range on its way.
struct Slice {
    /// Ranges are numbered in the order of the key.
    number: u64,
    range: Range,
    size: u64,
    tries: Tries,
    /// Whether rows of it were copied again.
    repaired: bool,
}

/// What the statements of a range have counted.
#[derive(Clone, Copy, Default)]
struct Counted {
    /// Rows that are not as they should be.
    wrong: u64,
    checked: Option<Checked>,
}

/// What became of a range.
struct Worked {
    client: Connection,
    slice: Slice,
    /// What came of it; none where the lease is lost.
    ended: Result<Option<Counted>, Failed>,
    took: Duration,
}

/// A walk of several sessions.
struct Together {
    idle: Vec<Connection>,
    at_work: JoinSet<Worked>,
    /// Behind the last range that was handed out.
    ahead: Cursor,
    handed_out: u64,
    all_handed_out: bool,
    /// Ranges that were refused and are to be tried again.
    again: Vec<Slice>,
    /// Ranges that are done while one before them is not.
    done: BTreeMap<u64, (Range, Counted)>,
    /// The first range that is not done.
    reached: u64,
    pace: Pace,
    ratio: f64,
}

impl Runner<'_> {
    /// Walks the ranges from where the journal says, so many at once; returns the row as it stands then.
    pub(super) async fn walk_together(
        &mut self,
        step: &PlanStep,
        row: StepRow,
        walk: Walk<'_>,
        pace: Pace,
        ratio: f64,
        begin: Instant,
    ) -> Result<StepRow, Halt> {
        let mut together = Together {
            idle: Vec::new(),
            at_work: JoinSet::new(),
            ahead: row.cursor.clone(),
            handed_out: 0,
            all_handed_out: false,
            again: Vec::new(),
            done: BTreeMap::new(),
            reached: 0,
            pace,
            ratio,
        };
        for _ in 0..self.options.workers {
            let client = self.session.another().await?;
            self.session.mark(&client, self.lease.token()).await?;
            together.idle.push(client);
        }
        let mut row = row;
        let ended = self.all_ranges(step, &mut row, &walk, &mut together, begin).await;
        if ended.is_err() {
            // A statement whose session is dropped goes on in its backend: its end is awaited.
            while together.at_work.join_next().await.is_some() {}
        }
        ended?;
        if row.cursor.wrong > 0 {
            let wrong = row.cursor.wrong;
            return Err(self.found_wrong(step, &row, &walk, wrong).await?);
        }
        let mut end = walk.next;
        end.rows_done = row.rows_done;
        end.rows_total = row.rows_total;
        end.checked = row.cursor.checked.or(end.checked);
        self.record(step, &end, begin.elapsed()).await?;
        Ok(end)
    }

    async fn all_ranges(
        &mut self,
        step: &PlanStep,
        row: &mut StepRow,
        walk: &Walk<'_>,
        together: &mut Together,
        begin: Instant,
    ) -> Result<(), Halt> {
        loop {
            self.hold_batches(step, &walk.batch.table).await?;
            self.check_stop()?;
            while !together.idle.is_empty() {
                let Some(slice) = self.next_slice(step, row, walk, together).await? else {
                    break;
                };
                self.hand_out(step, walk, together, slice);
            }
            let Some(worked) = together.at_work.join_next().await else {
                return Ok(());
            };
            let worked = worked.map_err(|error| {
                ApplyError::Journal(format!("a session of `--workers` ended by itself: {error}"))
            })?;
            self.ended(step, row, walk, together, worked, begin).await?;
        }
    }

    /// The range that is next: a refused one, or the one behind the last.
    async fn next_slice(
        &self,
        step: &PlanStep,
        row: &StepRow,
        walk: &Walk<'_>,
        together: &mut Together,
    ) -> Result<Option<Slice>, Halt> {
        if let Some(slice) = together.again.pop() {
            return Ok(Some(slice));
        }
        if together.all_handed_out {
            return Ok(None);
        }
        let size = together.pace.size();
        let range = Range::next(
            &self.session.work,
            &together.ahead,
            row.rows_total,
            walk.batch,
            size,
        )
        .await
        .map_err(|failed| self.failure(step, failed.statement, (&failed.error).into()))?;
        together.ahead.last = Some(range.end.clone());
        together.all_handed_out = range.last;
        together.handed_out += 1;
        Ok(Some(Slice {
            number: together.handed_out - 1,
            range,
            size,
            tries: Tries::new(),
            repaired: false,
        }))
    }

    fn hand_out(&self, step: &PlanStep, walk: &Walk<'_>, together: &mut Together, mut slice: Slice) {
        let Some(client) = together.idle.pop() else {
            together.again.push(slice);
            return;
        };
        slice.tries.begin();
        let timeouts = self.timeouts(step, TimeoutClass::Batch, slice.tries.n);
        let mut statements = vec![begin_of_batch(timeouts, self.session.version)];
        for statement in &walk.batch.statements {
            statements.push(slice.range.statement(walk.batch, statement));
        }
        let checks = walk.row.as_ref();
        let checks = checks.map(|row| checked::of_range(&slice.range, walk.batch, row));
        let work = RangeWork {
            statements,
            verify: walk.verify,
            checks,
            held: self.key(step).held(),
        };
        let ratio = together.ratio;
        together.at_work.spawn(async move {
            let started = Instant::now();
            let ended = work.run(&client).await;
            let took = started.elapsed();
            if ratio > 0.0 {
                tokio::time::sleep(took.mul_f64(ratio)).await;
            }
            Worked {
                client,
                slice,
                ended,
                took,
            }
        });
    }

    /// Takes a range back: done, to be tried again, or the end of the run.
    async fn ended(
        &mut self,
        step: &PlanStep,
        row: &mut StepRow,
        walk: &Walk<'_>,
        together: &mut Together,
        worked: Worked,
        begin: Instant,
    ) -> Result<(), Halt> {
        let Worked {
            client,
            mut slice,
            ended,
            took,
        } = worked;
        let lost = client.is_closed();
        together.idle.push(client);
        match ended {
            Ok(None) => Err(StopReason::LeaseLost.into()),
            Ok(Some(Counted { wrong, .. }))
                if wrong > 0 && !slice.repaired && self.filler(step, walk).is_some() =>
            {
                if let Some(filler) = self.filler(step, walk) {
                    let range = &slice.range;
                    self.repair(step, walk, filler, &Differing { range, rows: wrong })
                        .await?;
                }
                slice.repaired = true;
                together.again.push(slice);
                Ok(())
            }
            Ok(Some(counted)) => {
                together.pace.took(slice.size, took);
                together.done.insert(slice.number, (slice.range, counted));
                self.reach(step, row, together, begin).await
            }
            Err(failed) if lost => Err(self
                .failure(step, failed.statement, (&failed.error).into())
                .into()),
            Err(failed) => {
                slice.tries.after(self, step, TimeoutClass::Batch, failed).await?;
                together.pace.halve();
                together.again.push(slice);
                Ok(())
            }
        }
    }

    /// Writes down up to where all ranges are done.
    async fn reach(
        &mut self,
        step: &PlanStep,
        row: &mut StepRow,
        together: &mut Together,
        begin: Instant,
    ) -> Result<(), Halt> {
        let before = together.reached;
        while let Some((range, counted)) = together.done.remove(&together.reached) {
            row.cursor.last = Some(range.end);
            row.cursor.wrong += counted.wrong;
            if let Some(more) = counted.checked {
                row.cursor.checked = Some(row.cursor.checked.unwrap_or_default().with(more));
            }
            row.rows_done += range.rows;
            if range.last {
                row.rows_total = Some(row.rows_done);
            }
            together.reached += 1;
        }
        if together.reached == before {
            return Ok(());
        }
        row.state = super::step_rows::RowState::Running;
        self.record(step, row, begin.elapsed()).await?;
        self.progress
            .batch_done(step, row.rows_done, row.rows_total, begin.elapsed());
        Ok(())
    }
}

/// One range in a transaction of its own, which commits only while the lease is held.
struct RangeWork {
    /// How the transaction begins, and what runs in it.
    statements: Vec<String>,
    /// Whether the statements count what is wrong.
    verify: bool,
    /// What counts and sums up the range.
    checks: Option<String>,
    /// Has a row while the lease is held.
    held: String,
}

impl RangeWork {
    async fn run(&self, client: &Connection) -> Result<Option<Counted>, Failed> {
        let ended = self.transaction(client).await;
        if !matches!(ended, Ok(Some(_))) {
            let _ = client.batch_execute("ROLLBACK").await;
        }
        ended
    }

    async fn transaction(&self, client: &Connection) -> Result<Option<Counted>, Failed> {
        let mut counted = Counted::default();
        for (number, statement) in self.statements.iter().enumerate() {
            let messages = client
                .simple_query(statement)
                .await
                .map_err(Failed::of(statement))?;
            if self.verify && number > 0 {
                counted.wrong += count(&messages);
            }
        }
        if let Some(checks) = &self.checks {
            let messages = client.simple_query(checks).await.map_err(Failed::of(checks))?;
            counted.checked = Some(Checked::of_row(first_row(&messages)));
        }
        let held = rows(client, &self.held).await.map_err(Failed::of(&self.held))?;
        if held.is_empty() {
            return Ok(None);
        }
        client
            .batch_execute("COMMIT")
            .await
            .map_err(Failed::of("COMMIT"))?;
        Ok(Some(counted))
    }
}
