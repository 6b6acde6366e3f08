//! Statements that cannot be in a transaction. The catalog, not the journal, says whether they have run.

use super::attempt::{Failed, Tries};
use super::connection::Statements;
use super::halt::Halt;
use super::options::Timeouts;
use super::runner::Runner;
use super::session::{rows, text};
use crate::model::QualifiedName;
use crate::plan::PlanStep;
use crate::sql::{Alone, Stmt, drop_index_concurrently, literal, qualified};
use crate::step::TimeoutClass;
use std::time::Duration;

/// What the catalog holds under the name of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Valid,
    Invalid,
}

impl Runner<'_> {
    /// Runs a statement outside a transaction, unless the catalog shows that it has run.
    pub(super) async fn stand_alone(
        &mut self,
        step: &PlanStep,
        statement: &Stmt,
        what: &Alone,
    ) -> Result<(), Halt> {
        let mut tries = Tries::new();
        loop {
            tries.begin();
            let Err(failed) = self.try_alone(step, statement, what, tries.n).await else {
                return Ok(());
            };
            match what {
                Alone::CreateIndex { index, table } => self.clear_away(index, table).await,
                Alone::Reindex(index) if !self.options.stop.is_stopped() => {
                    // What cannot be cleared away now is found before the next try, and by the next run.
                    let _ = self.drop_beside(step, index, tries.n).await;
                }
                _ => {}
            }
            tries.after(self, step, TimeoutClass::Long, failed).await?;
        }
    }

    async fn try_alone(
        &mut self,
        step: &PlanStep,
        statement: &Stmt,
        what: &Alone,
        attempt: u32,
    ) -> Result<(), Failed> {
        match what {
            Alone::CreateIndex { index, table } => match self.find_index(index, Some(table)).await? {
                Found::Valid => return Ok(()),
                Found::Nothing => {}
                Found::Invalid => {
                    let dropped = drop_index_concurrently(index);
                    self.without_timeouts(step, dropped.as_str(), attempt).await?;
                }
            },
            Alone::DropIndex(index) => {
                if self.find_index(index, None).await? == Found::Nothing {
                    return Ok(());
                }
            }
            Alone::Reindex(index) => self.drop_beside(step, index, attempt).await?,
            Alone::Other => {}
        }
        self.without_timeouts(step, statement.as_str(), attempt).await
    }

    /// What an interrupted REINDEX has left beside the index.
    async fn drop_beside(
        &mut self,
        step: &PlanStep,
        index: &QualifiedName,
        attempt: u32,
    ) -> Result<(), Failed> {
        let query = format!(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_index AS o USING (indrelid) \
             JOIN pg_catalog.pg_class AS c ON c.oid = o.indexrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, \
             LATERAL regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') AS b (name) \
             WHERE i.indexrelid = to_regclass({}) AND NOT o.indisvalid AND b.name <> c.relname \
             AND (b.name = {name} OR length(c.relname) = 63 AND starts_with({name}, b.name))",
            literal(&qualified(index)),
            name = literal(index.name.as_str())
        );
        let found = rows(&self.session.work, &query)
            .await
            .map_err(Failed::of(&query))?;
        for row in &found {
            let word = |column| text(Some(row), column).unwrap_or_default();
            let dropped = drop_index_concurrently(&QualifiedName::new(word(0), word(1)));
            self.without_timeouts(step, dropped.as_str(), attempt).await?;
        }
        Ok(())
    }

    /// It waits without hurting anyone, and a timeout would leave an invalid index behind.
    async fn without_timeouts(&mut self, step: &PlanStep, sql: &str, attempt: u32) -> Result<(), Failed> {
        let none = Timeouts {
            lock: Duration::ZERO,
            statement: Duration::ZERO,
            transaction: Duration::ZERO,
        };
        let set = none.set(false, self.session.version);
        self.session
            .work
            .batch_execute(&set)
            .await
            .map_err(Failed::of(&set))?;
        let ran = self.statement(step, sql, attempt, Duration::ZERO).await;
        let reset = "SET lock_timeout = '5s'";
        let reset = self
            .session
            .work
            .batch_execute(reset)
            .await
            .map_err(Failed::of(reset));
        ran?;
        reset
    }

    /// An invalid unique index still rejects rows, so it does not stay until the step is run again.
    async fn clear_away(&mut self, index: &QualifiedName, table: &QualifiedName) {
        if self.options.stop.is_stopped() || self.session.work.is_closed() {
            return;
        }
        if matches!(self.find_index(index, Some(table)).await, Ok(Found::Invalid)) {
            let dropped = drop_index_concurrently(index);
            // What cannot be cleared away now is found by the next run.
            let _ = self.session.work.batch_execute(dropped.as_str()).await;
        }
    }

    async fn find_index(
        &self,
        index: &QualifiedName,
        table: Option<&QualifiedName>,
    ) -> Result<Found, Failed> {
        let on_table = table.map_or(String::new(), |table| {
            format!(" AND i.indrelid = to_regclass({})", literal(&qualified(table)))
        });
        let query = format!(
            "SELECT i.indisvalid AND i.indisready AND i.indislive FROM pg_catalog.pg_index AS i \
             WHERE i.indexrelid = to_regclass({}){on_table}",
            literal(&qualified(index))
        );
        let found = rows(&self.session.work, &query)
            .await
            .map_err(Failed::of(&query))?;
        Ok(match text(found.first(), 0) {
            None => Found::Nothing,
            Some("t") => Found::Valid,
            Some(_) => Found::Invalid,
        })
    }
}
