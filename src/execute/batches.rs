//! Walks a table in ranges of its key, each range one transaction together with the key that it reached.

use std::time::{Duration, Instant};

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::attempt::{BEGIN, Failed, Tries};
use super::checked::{self, Checked, row_of};
use super::connection::Statements;
use super::error::DatabaseWords;
use super::halt::Halt;
use super::options::Timeouts;
use super::outcome::StopReason;
use super::pace::Pace;
use super::ranges::{Range, key_parts, values};
use super::repair::{Differing, named};
use super::runner::Runner;
use super::session::{number, rows, text};
use super::step_rows::{Cursor, RowState, StepRow};
use crate::plan::PlanStep;
use crate::sql::{highest_key, page_count};
use crate::step::{Batch, Key, TimeoutClass};

/// A walk, and what becomes of the row when it has ended.
pub(super) struct Walk<'b> {
    pub batch: &'b Batch,
    /// Sum the counts instead of writing.
    pub verify: bool,
    /// The row after the last batch.
    pub next: StepRow,
    /// For a verification: the expression for what a row is, of which checksums are made.
    pub row: Option<String>,
}

/// A batch holds its rows until it has committed, and a crash that loses it loses the journal's word of it, too. Where the server
/// waits for standbys the wait stays: it keeps the batches from outrunning them.
const WITHOUT_FLUSH: &str = "SELECT pg_catalog.set_config('synchronous_commit', 'off', true) \
    WHERE pg_catalog.current_setting('synchronous_standby_names') = ''";

impl Runner<'_> {
    /// Runs the batches of a part from where the journal says; returns the row as it stands then.
    pub(super) async fn walk(
        &mut self,
        step: &PlanStep,
        mut row: StepRow,
        mut walk: Walk<'_>,
        begin: Instant,
    ) -> Result<StepRow, Halt> {
        if walk.verify {
            let found = row_of(&self.session.work, walk.batch).await;
            walk.row =
                found.map_err(|failed| self.failure(step, failed.statement, (&failed.error).into()))?;
        }
        if row.cursor.top.is_none() && !self.freeze_top(step, &mut row, walk.batch, begin).await? {
            self.record(step, &walk.next, begin.elapsed()).await?;
            return Ok(walk.next);
        }
        let mut pace = match row.cursor.pages {
            true => Pace::of_pages(self.options.batch_time),
            false => Pace::of_rows(self.options.batch_time),
        };
        let ratio = self.options.batch_pause_ratio.unwrap_or(match row.rows_total {
            Some(total) if total < 100_000 => 0.0,
            _ => 1.0,
        });
        if self.options.workers > 1 {
            return self.walk_together(step, row, walk, pace, ratio, begin).await;
        }
        loop {
            self.hold_batches(step, &walk.batch.table).await?;
            self.check_stop()?;
            let started = Instant::now();
            let (reached, size) = self.batch(step, &row, &walk, &mut pace).await?;
            let elapsed = started.elapsed();
            pace.took(size, elapsed);
            row = reached;
            self.progress
                .batch_done(step, row.rows_done, row.rows_total, begin.elapsed());
            if row.cursor.part > walk.next.cursor.part - 1 || row.state == RowState::Done {
                return Ok(row);
            }
            if ratio > 0.0 {
                self.options.stop.sleep(elapsed.mul_f64(ratio)).await;
            }
        }
    }

    /// Sets the bound at which the walk ends and keeps it in the journal; false for an empty table.
    async fn freeze_top(
        &mut self,
        step: &PlanStep,
        row: &mut StepRow,
        batch: &Batch,
        begin: Instant,
    ) -> Result<bool, Halt> {
        let by_key = match &batch.key {
            Key::Columns(_) => self.orders_by_catalog(step, batch).await?,
            Key::Pages => false,
        };
        let query = match by_key {
            true => highest_key(&batch.table, &key_parts(batch)),
            false => page_count(&batch.table),
        };
        let found = self.look_up(step, query.as_str()).await?;
        let Some(top) = found.first().map(|row| values(row, 0)) else {
            return Ok(false);
        };
        if !by_key && top.first().is_none_or(|pages| pages == "0") {
            return Ok(false);
        }
        row.cursor = Cursor {
            part: row.cursor.part,
            top: Some(top),
            pages: !by_key,
            ..Cursor::default()
        };
        row.state = RowState::Running;
        row.rows_done = 0;
        row.rows_total = self.estimate(step, batch).await?;
        self.record(step, row, begin.elapsed()).await?;
        Ok(true)
    }

    /// Whether `>` under an empty `search_path` is the operator that ORDER BY goes by. It is not for the types of
    /// extensions (`citext` would be compared as `text`, and rows be left out); such a table is walked by page.
    async fn orders_by_catalog(&self, step: &PlanStep, batch: &Batch) -> Result<bool, Halt> {
        let names: Vec<String> = key_parts(batch)
            .iter()
            .map(|part| crate::sql::literal(part.name.as_str()))
            .collect();
        let query = format!(
            "WITH RECURSIVE base AS (SELECT a.atttypid AS id FROM pg_attribute AS a WHERE a.attrelid = to_regclass({}) \
             AND a.attname IN ({}) UNION SELECT t.typbasetype FROM pg_type AS t JOIN base ON t.oid = base.id WHERE t.typtype = 'd') \
             SELECT FROM base JOIN pg_type AS t ON t.oid = base.id WHERE t.typtype = 'b' AND t.typcategory <> 'A' \
             AND t.typnamespace <> 'pg_catalog'::regnamespace",
            crate::sql::literal(&crate::sql::qualified(&batch.table)),
            names.join(", ")
        );
        Ok(self.look_up(step, &query).await?.is_empty())
    }

    /// How many rows there are: the statistics' word, counted where there are none and the table is small.
    async fn estimate(&self, step: &PlanStep, batch: &Batch) -> Result<Option<u64>, Halt> {
        let table = crate::sql::qualified(&batch.table);
        let query = format!(
            "WITH RECURSIVE tree AS (SELECT {}::regclass::oid AS id UNION ALL SELECT i.inhrelid FROM pg_inherits AS i \
             JOIN tree ON i.inhparent = tree.id) SELECT sum(c.reltuples)::bigint, bool_or(c.reltuples < 0), \
             sum(pg_relation_size(c.oid)) < 64 * 1024 * 1024 FROM pg_class AS c JOIN tree ON tree.id = c.oid WHERE c.relkind = 'r'",
            crate::sql::literal(&table)
        );
        let found = self.look_up(step, &query).await?;
        let unknown = text(found.first(), 1) == Some("t");
        if !unknown {
            return Ok(number(found.first(), 0));
        }
        if text(found.first(), 2) != Some("t") {
            return Ok(None);
        }
        let counted = self
            .look_up(step, &format!("SELECT count(*) FROM {table}"))
            .await?;
        Ok(number(counted.first(), 0))
    }

    async fn look_up(&self, step: &PlanStep, query: &str) -> Result<Vec<SimpleQueryRow>, Halt> {
        rows(&self.session.work, query)
            .await
            .map_err(|error| self.failure(step, query.to_owned(), (&error).into()).into())
    }

    /// One batch, tried until it commits; each refusal halves it. Returns the row, and the size for the pace.
    async fn batch(
        &mut self,
        step: &PlanStep,
        row: &StepRow,
        walk: &Walk<'_>,
        pace: &mut Pace,
    ) -> Result<(StepRow, u64), Halt> {
        let mut tries = Tries::new();
        let filler = self.filler(step, walk);
        let mut repaired: Option<Range> = None;
        loop {
            tries.begin();
            let at = At {
                size: pace.size(),
                repaired: repaired.as_ref(),
                may_repair: filler.is_some() && repaired.is_none(),
            };
            match self.try_batch(step, row, walk, &at, &tries).await {
                Ok(Some(reached)) => return Ok((reached, pace.size())),
                Ok(None) => return Err(StopReason::LeaseLost.into()),
                Err(Trouble::Refused(failed)) => {
                    tries.after(self, step, TimeoutClass::Batch, failed).await?;
                    pace.halve();
                }
                Err(Trouble::Differs(range, rows)) => {
                    if let Some(filler) = filler {
                        let differing = Differing { range: &range, rows };
                        self.repair(step, walk, filler, &differing).await?;
                    }
                    repaired = Some(range);
                }
                Err(Trouble::Wrong(count)) => return Err(self.found_wrong(step, row, walk, count).await?),
            }
        }
    }

    async fn try_batch(
        &mut self,
        step: &PlanStep,
        row: &StepRow,
        walk: &Walk<'_>,
        at: &At<'_>,
        tries: &Tries,
    ) -> Result<Option<StepRow>, Trouble> {
        let timeouts = self.timeouts(step, TimeoutClass::Batch, tries.n);
        let begin = begin_of_batch(timeouts, self.session.version);
        self.session
            .work
            .batch_execute(&begin)
            .await
            .map_err(Failed::of(&begin))?;
        let range = match at.repaired {
            Some(range) => range.clone(),
            None => {
                Range::next(
                    &self.session.work,
                    &row.cursor,
                    row.rows_total,
                    walk.batch,
                    at.size,
                )
                .await?
            }
        };
        let mut wrong = row.cursor.wrong;
        for statement in &walk.batch.statements {
            let sql = range.statement(walk.batch, statement);
            let messages = self.statement(step, &sql, tries.n, timeouts.lock).await?;
            if walk.verify {
                wrong += count(&messages);
            }
        }
        if wrong > row.cursor.wrong && at.may_repair {
            return Err(Trouble::Differs(range, wrong - row.cursor.wrong));
        }
        if range.last && wrong > 0 {
            return Err(Trouble::Wrong(wrong));
        }
        let mut checked = row.cursor.checked;
        if let Some(row) = &walk.row {
            let sql = checked::of_range(&range, walk.batch, row);
            let messages = self.statement(step, &sql, tries.n, timeouts.lock).await?;
            checked = Some(
                checked
                    .unwrap_or_default()
                    .with(Checked::of_row(first_row(&messages))),
            );
        }
        let mut reached = match range.last {
            true => walk.next.clone(),
            false => row.clone(),
        };
        reached.rows_done = row.rows_done + range.rows;
        reached.rows_total = match range.last {
            true => Some(reached.rows_done),
            false => row.rows_total,
        };
        if range.last {
            reached.checked = checked.or(reached.checked);
        } else {
            reached.cursor.last = Some(range.end);
            reached.cursor.wrong = wrong;
            reached.cursor.checked = checked;
            reached.state = RowState::Running;
        }
        Ok(self
            .commit(step, &reached, tries.elapsed())
            .await?
            .then_some(reached))
    }

    /// The error for rows that are not as they should be; the next run counts anew.
    pub(super) async fn found_wrong(
        &mut self,
        step: &PlanStep,
        row: &StepRow,
        walk: &Walk<'_>,
        count: u64,
    ) -> Result<Halt, Halt> {
        let _ = self.session.work.batch_execute("ROLLBACK").await;
        let anew = StepRow {
            state: RowState::Failed,
            cursor: Cursor {
                part: row.cursor.part,
                ..Cursor::default()
            },
            ..row.clone()
        };
        self.record(step, &anew, Duration::ZERO).await?;
        let counted = match count {
            1 => "1 row".to_owned(),
            count => format!("{count} rows"),
        };
        let again = match self.filler(step, walk) {
            Some(_) => ", also after another copy",
            None => "",
        };
        let named = named(&self.session.work, walk.batch, None).await;
        let named = named.map_or(String::new(), |named| format!(": {named}"));
        let words = DatabaseWords {
            message: walk.batch.otherwise.clone(),
            detail: Some(format!("{counted}{again}{named}")),
            ..DatabaseWords::default()
        };
        let query = walk
            .batch
            .statements
            .iter()
            .map(|statement| statement.with_range("(true)"))
            .collect::<Vec<_>>();
        Ok(self.failure(step, query.join(";\n"), words).into())
    }
}

/// How a batch's transaction begins. The user's own triggers fire on every row, and find what they use by the search path that
/// their sessions have.
pub(super) fn begin_of_batch(timeouts: Timeouts, version: u32) -> String {
    format!(
        "{BEGIN}; {}; {}; {WITHOUT_FLUSH}",
        timeouts.set(true, version),
        crate::sql::script::PATH_OF_CLIENTS
    )
}

/// The batch that is tried.
struct At<'r> {
    size: u64,
    /// The range, where its rows were copied again and are counted anew.
    repaired: Option<&'r Range>,
    /// Whether rows that are not as they should be can be copied again.
    may_repair: bool,
}

enum Trouble {
    Refused(Failed),
    /// So many rows are not as they should be.
    Wrong(u64),
    /// So many rows of a range, which can be copied again.
    Differs(Range, u64),
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Self {
        Trouble::Refused(failed)
    }
}

/// The first row of an answer.
pub(super) fn first_row(messages: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// The sum of what counts returned.
pub(super) fn count(messages: &[SimpleQueryMessage]) -> u64 {
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => number::<u64>(Some(row), 0),
            _ => None,
        })
        .sum()
}
