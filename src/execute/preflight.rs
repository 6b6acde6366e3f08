//! What stands in the way of a strong lock. It is looked for before anything runs, and again before each step that takes such a lock:
//! a run may be hours old by then.

use std::collections::BTreeSet;

use super::connection::Statements;
use super::error::ApplyError;
use super::halt::Halt;
use super::outcome::Refusal;
use super::room::step_writes;
use super::runner::Runner;
use super::server::conflicts;
use super::session::{number, rows, text};
use super::step_rows::Direction;
use crate::plan::PlanStep;
use crate::step::{Lock, LockOn, Step, strongest};

/// What the looks of a run have found so far.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// Whoever was told of is not told of again at the next step, only at another table or in another transaction.
    told: BTreeSet<String>,
    /// Bytes of the database when the run began.
    size: Option<u64>,
}

impl Runner<'_> {
    /// Before anything runs: who holds locks on what these steps will lock.
    pub(super) async fn preflight_of_all(&mut self, steps: &[&PlanStep]) -> Result<(), Halt> {
        if self.options.free_bytes.is_some() {
            self.preflight.size = Some(self.database_size().await?);
        }
        let mut locks: Vec<LockOn> = steps.iter().flat_map(|step| strong(&step.step)).collect();
        strongest(&mut locks);
        self.tell_who_is_in_the_way(None, &locks).await
    }

    /// The same before a step, and whether the server still has room for what it writes.
    pub(super) async fn preflight_of(&mut self, step: &PlanStep) -> Result<(), Halt> {
        let locks: Vec<LockOn> = strong(&step.step).collect();
        self.tell_who_is_in_the_way(Some(step), &locks).await?;
        if locks.iter().any(|on| on.lock == Lock::AccessExclusive) {
            self.hold_for_standbys(step).await?;
        }
        self.refuse_without_room(step).await
    }

    async fn tell_who_is_in_the_way(
        &mut self,
        step: Option<&PlanStep>,
        locks: &[LockOn],
    ) -> Result<(), Halt> {
        let found = in_the_way(&self.session.watch, locks, self.session.work.backend()).await?;
        let told = &mut self.preflight.told;
        let news: Vec<String> = found
            .into_iter()
            .filter(|(who, _)| told.insert(who.clone()))
            .map(|(_, words)| words)
            .collect();
        if !news.is_empty() {
            self.progress.in_the_way(step, &news);
        }
        Ok(())
    }

    /// What was free when the run began, less what the database has grown by since.
    async fn refuse_without_room(&self, step: &PlanStep) -> Result<(), Halt> {
        let (Some(free), Some(begun), Direction::Up) =
            (self.options.free_bytes, self.preflight.size, self.direction)
        else {
            return Ok(());
        };
        let needed = step_writes(&self.session.watch, step).await?;
        if needed == 0 {
            return Ok(());
        }
        let grown = self.database_size().await?.saturating_sub(begun);
        let left = free.saturating_sub(grown);
        match needed <= left {
            true => Ok(()),
            false => Err(Refusal::Room {
                step: self.step_ref(step),
                needed,
                left,
                grown,
            }
            .into()),
        }
    }

    async fn database_size(&self) -> Result<u64, ApplyError> {
        let query = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())";
        let found = rows(&self.session.watch, query).await.map_err(cannot_look)?;
        Ok(number(found.first(), 0).unwrap_or(0))
    }
}

/// True of a step that reads or writes a table while others wait for its lock: what it would stumble over is looked for anew.
pub(super) fn works_under_its_lock(step: &Step) -> bool {
    step.costs().next().is_some() && strong(step).any(|on| on.lock > Lock::ShareUpdateExclusive)
}

/// The locks that others would have to wait for, or keep us waiting.
fn strong(step: &Step) -> impl Iterator<Item = LockOn> {
    let strong = step.locks.iter().filter(|on| on.lock > Lock::RowExclusive);
    strong.cloned()
}

/// Sessions that hold conflicting locks in transactions older than five seconds, vacuums that give way to nobody, and prepared
/// transactions: by what tells them apart, and in words.
async fn in_the_way(
    client: &impl Statements,
    locks: &[LockOn],
    own: i32,
) -> Result<Vec<(String, String)>, ApplyError> {
    let Some(conflicts) = conflicts(locks) else {
        return Ok(Vec::new());
    };
    let query = format!(
        "SELECT a.pid || ' ' || coalesce(a.xact_start::text, '') || ' ' || h.relation, 'pid ' || a.pid || ' ' || a.application_name || ' as ' \
         || coalesce(a.usename, 'the server') || CASE WHEN a.query ~ 'to prevent wraparound' THEN ', a vacuum against wraparound' \
         ELSE ', ' || coalesce(a.state, '') || ' for ' || date_trunc('second', clock_timestamp() - a.xact_start) END \
         || ', at ' || h.relation::pg_catalog.regclass || ': ' || left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80) \
         FROM pg_catalog.pg_stat_activity AS a JOIN pg_catalog.pg_locks AS h ON h.pid = a.pid \
         WHERE h.granted AND a.pid NOT IN (pg_catalog.pg_backend_pid(), {own}) AND {conflicts} \
         AND (a.xact_start < clock_timestamp() - interval '5 s' OR a.query ~ 'to prevent wraparound') \
         UNION SELECT p.gid || ' ' || h.relation, 'prepared transaction ' || quote_literal(p.gid) || ' of ' || p.owner || ', at ' \
         || h.relation::pg_catalog.regclass \
         FROM pg_catalog.pg_locks AS h JOIN pg_catalog.pg_locks AS x ON x.virtualtransaction = h.virtualtransaction AND x.pid IS NULL \
         JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid \
         WHERE h.granted AND h.pid IS NULL AND {conflicts} ORDER BY 2 LIMIT 20"
    );
    let found = rows(client, &query).await.map_err(cannot_look)?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    Ok(found.iter().map(|row| (word(row, 0), word(row, 1))).collect())
}

fn cannot_look(error: tokio_postgres::Error) -> ApplyError {
    ApplyError::database("look what is in the way of a lock", &error)
}
