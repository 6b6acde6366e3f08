//! Dead rows between batches: every row that a backfill writes leaves its former version behind.

use super::error::{ApplyError, DatabaseWords};
use super::halt::Halt;
use super::outcome::StopReason;
use super::runner::Runner;
use super::session::{number, rows};
use crate::model::QualifiedName;
use crate::plan::PlanStep;
use crate::sql::{literal, qualified, vacuum};
use std::time::Duration;

/// A table is vacuumed when so large a share of it is dead, as autovacuum does by default.
const SHARE: f64 = 0.2;
/// Below so many dead rows it is not worth it.
const LEAST: f64 = 5_000.0;

/// What we know of the dead rows of the table that is walked.
#[derive(Debug, Default)]
pub(super) struct DeadRows {
    table: Option<QualifiedName>,
    /// Dead rows that the last vacuum could not remove: an old snapshot still sees them.
    left: f64,
    told: bool,
}

impl Runner<'_> {
    /// Vacuums the table where a fifth of it is dead and that is wanted; says once that it could be where it is not wanted.
    pub(super) async fn vacuum_between(
        &mut self,
        step: &PlanStep,
        table: &QualifiedName,
    ) -> Result<(), Halt> {
        if self.watched.dead.table.as_ref() != Some(table) {
            self.watched.dead = DeadRows {
                table: Some(table.clone()),
                ..DeadRows::default()
            };
        }
        let (dead, live) = self.dead_rows(table).await?;
        let fresh = dead - self.watched.dead.left;
        if fresh < LEAST || fresh < SHARE * (live + dead) {
            return Ok(());
        }
        // VACUUM cannot be in a transaction.
        let pooled = self.session.is_pooled();
        if !self.options.vacuum || pooled {
            if !self.watched.dead.told {
                self.watched.dead.told = true;
                let way = if pooled {
                    " past the pooler, by `direct_url`,"
                } else {
                    ""
                };
                self.progress.noted(&format!(
                    "{:.0} % of the rows of `{table}` are dead; `--vacuum`{way} removes them between batches",
                    100.0 * dead / (live + dead)
                ));
            }
            return Ok(());
        }
        let vacuumed = self
            .statement(step, vacuum(table).as_str(), 1, Duration::ZERO)
            .await;
        if self.options.stop.is_stopped() {
            return Err(StopReason::Signal.into());
        }
        if let Err(failed) = vacuumed {
            // The batches do not depend on it.
            let words = DatabaseWords::from(&failed.error);
            self.progress
                .noted(&format!("`{table}` was not vacuumed: {}", words.message));
        }
        let (left, live) = self.dead_rows(table).await?;
        self.watched.dead.left = left;
        self.progress.noted(&format!(
            "vacuumed `{table}`: {dead:.0} dead rows before, {left:.0} now, {live:.0} live"
        ));
        Ok(())
    }

    /// Dead and live rows, as the server's statistics count them.
    async fn dead_rows(&self, table: &QualifiedName) -> Result<(f64, f64), Halt> {
        let query = format!(
            "SELECT pg_catalog.pg_stat_get_dead_tuples(c.oid), pg_catalog.pg_stat_get_live_tuples(c.oid) \
             FROM pg_catalog.pg_class AS c WHERE c.oid = to_regclass({})",
            literal(&qualified(table))
        );
        let found = rows(&self.session.watch, &query)
            .await
            .map_err(|error| ApplyError::database("count the dead rows", &error))?;
        let count = |column| number(found.first(), column).unwrap_or(0.0);
        Ok((count(0), count(1)))
    }
}
