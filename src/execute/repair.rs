//! Rows that a verification finds are not as they should be are copied once more before anything fails: a session that fires no
//! triggers (`session_replication_role`) or a hand at the new column leaves such rows, and the batch that filled them knows how.

use std::time::Instant;

use super::attempt::{Failed, Tries};
use super::batches::{Walk, begin_of_batch};
use super::connection::Statements;
use super::halt::Halt;
use super::outcome::StopReason;
use super::pace::Pace;
use super::ranges::{Range, key_parts, values};
use super::runner::Runner;
use super::session::rows;
use super::step_rows::{Cursor, Direction};
use crate::plan::PlanStep;
use crate::sql::sample_keys;
use crate::step::{Action, Batch, TimeoutClass};

/// So many rows are named.
const NAMED: u32 = 5;

/// A range of which some rows are not as they should be.
pub(super) struct Differing<'a> {
    pub range: &'a Range,
    pub rows: u64,
}

impl<'a> Runner<'a> {
    /// The batch that filled what a step verifies: of the same change, object, table and key, and before it.
    pub(super) fn filler(&self, step: &PlanStep, walk: &Walk<'_>) -> Option<&'a Batch> {
        if self.direction == Direction::Down || !walk.verify {
            return None;
        }
        let same = |each: &&PlanStep| {
            each.number < step.number
                && each.step.object == step.step.object
                && each.step.change == step.step.change
        };
        self.plan
            .steps
            .iter()
            .filter(same)
            .rev()
            .find_map(|each| match &each.step.up {
                Action::Batches(batch) if batch.table == walk.batch.table && batch.key == walk.batch.key => {
                    Some(batch)
                }
                _ => None,
            })
    }

    /// Copies the rows of a range again, says so, and writes it into the journal.
    pub(super) async fn repair(
        &mut self,
        step: &PlanStep,
        walk: &Walk<'_>,
        filler: &Batch,
        differing: &Differing<'_>,
    ) -> Result<(), Halt> {
        let named = named(&self.session.work, walk.batch, Some(differing.range)).await;
        let _ = self.session.work.batch_execute("ROLLBACK").await;
        let words = format!(
            "{} of {} in step {}: {}{}; copied again",
            match differing.rows {
                1 => "1 row".to_owned(),
                many => format!("{many} rows"),
            },
            crate::sql::qualified(&walk.batch.table),
            step.number,
            walk.batch.otherwise,
            named.map(|named| format!(" ({named})")).unwrap_or_default(),
        );
        self.progress.noted(&words);
        let mut cursor = differing.range.cursor();
        let mut pace = match cursor.pages {
            true => Pace::of_pages(self.options.batch_time),
            false => Pace::of_rows(self.options.batch_time),
        };
        let mut tries = Tries::new();
        loop {
            self.check_stop()?;
            tries.begin();
            let started = Instant::now();
            match self
                .try_repair(step, filler, &cursor, pace.size(), &tries, &words)
                .await
            {
                Ok(Some(reached)) if reached.last => return Ok(()),
                Ok(Some(reached)) => {
                    pace.took(pace.size(), started.elapsed());
                    cursor.last = Some(reached.end);
                    tries = Tries::new();
                }
                Ok(None) => return Err(StopReason::LeaseLost.into()),
                Err(failed) => {
                    tries.after(self, step, TimeoutClass::Batch, failed).await?;
                    pace.halve();
                }
            }
        }
    }

    /// None where the lease is lost; then nothing is committed.
    async fn try_repair(
        &mut self,
        step: &PlanStep,
        filler: &Batch,
        cursor: &Cursor,
        size: u64,
        tries: &Tries,
        words: &str,
    ) -> Result<Option<Range>, Failed> {
        let session = self.session;
        let timeouts = self.timeouts(step, TimeoutClass::Batch, tries.n);
        let begin = begin_of_batch(timeouts, session.version);
        session
            .work
            .batch_execute(&begin)
            .await
            .map_err(Failed::of(&begin))?;
        let range = Range::next(&session.work, cursor, None, filler, size).await?;
        for statement in &filler.statements {
            let sql = range.statement(filler, statement);
            self.statement(step, &sql, tries.n, timeouts.lock).await?;
        }
        let key = self.key(step);
        let note = match range.last {
            true => key.write_note(words, tries.elapsed()),
            false => key.held(),
        };
        let held = rows(&session.work, &note).await.map_err(Failed::of(&note))?;
        if held.is_empty() {
            let _ = session.work.batch_execute("ROLLBACK").await;
            return Ok(None);
        }
        session
            .work
            .batch_execute("COMMIT")
            .await
            .map_err(Failed::of("COMMIT"))?;
        Ok(Some(range))
    }
}

/// Some of the rows that a verification counts, by their keys: `id 4, 9`; none where they cannot be named. Only a help: what fails here
/// has no other end.
pub(super) async fn named(client: &impl Statements, batch: &Batch, range: Option<&Range>) -> Option<String> {
    let key = key_parts(batch);
    let mut found = Vec::new();
    for statement in &batch.statements {
        let condition = range.map_or("(true)".to_owned(), |range| range.condition(batch, statement));
        let query = sample_keys(
            &statement.before,
            &statement.qualifier,
            &key,
            &format!("{condition}{}", statement.after),
            NAMED,
        )?;
        let keys = rows(client, query.as_str()).await.ok()?;
        found.extend(keys.iter().map(|row| match values(row, 0).as_slice() {
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        }));
    }
    let names: Vec<&str> = key.iter().map(|part| part.name.as_str()).collect();
    let name = match names.as_slice() {
        [] => "ctid".to_owned(),
        [one] => (*one).to_owned(),
        several => format!("({})", several.join(", ")),
    };
    (!found.is_empty()).then(|| format!("{name} {}", found.join(", ")))
}
