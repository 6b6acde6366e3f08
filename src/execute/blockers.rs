//! Who is in the way of a lock, and what is done about it where that was asked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::error::DatabaseWords;
use super::progress::{Blocker, Ended};
use super::runner::Runner;
use super::server::{holders, in_the_way_of};
use super::session::{rows, text};
use crate::plan::PlanStep;
use crate::sql::literal;

/// What is done to sessions in the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockerAction {
    /// They are named.
    #[default]
    Report,
    /// Their statement is cancelled.
    Cancel,
    /// Their statement is cancelled, and where they still stand in the way a second later, or do nothing in an open
    /// transaction, their session is ended.
    Terminate,
}

/// Which sessions in the way are done away with. Never those of superusers, of the server itself, or of schemaplan.
#[derive(Clone, Debug)]
pub struct BlockerPolicy {
    /// What is done.
    pub action: BlockerAction,
    /// Only where the transaction is older.
    pub older_than: Duration,
    /// Only where `application_name` matches this regular expression.
    pub application: Option<String>,
    /// Only where the role's name matches this regular expression.
    pub user: Option<String>,
}

impl Default for BlockerPolicy {
    fn default() -> Self {
        Self {
            action: BlockerAction::Report,
            older_than: Duration::from_secs(5),
            application: None,
            user: None,
        }
    }
}

/// A session has so long to end what was cancelled.
const AFTER_CANCEL: Duration = Duration::from_secs(1);

/// Whom we have cancelled, and when.
#[derive(Debug, Default)]
pub(super) struct Cancelled(BTreeMap<i32, Instant>);

impl BlockerPolicy {
    /// SQL over `pg_stat_activity AS a` that is true for whom it may touch.
    fn condition(&self) -> String {
        let mut all = vec![
            "a.backend_type = 'client backend'".to_owned(),
            "a.application_name !~ '^schemaplan(/[0-9]+)?$'".to_owned(),
            "NOT coalesce((SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = a.usesysid), true)"
                .to_owned(),
            format!(
                "a.xact_start < clock_timestamp() - interval '{} ms'",
                self.older_than.as_millis()
            ),
        ];
        all.extend(
            self.application
                .iter()
                .map(|pattern| format!("a.application_name ~ {}", literal(pattern))),
        );
        all.extend(
            self.user
                .iter()
                .map(|pattern| format!("a.usename ~ {}", literal(pattern))),
        );
        all.join(" AND ")
    }
}

impl Runner<'_> {
    /// Who is in the way of the running statement. Only looking: where it fails, the statement's own timeout still ends the wait.
    pub(super) async fn look_at_blockers(&self) -> Vec<Blocker> {
        in_the_way_of(&self.session.watch, self.session.work.backend())
            .await
            .unwrap_or_default()
    }

    /// Where a lock was not won and nobody was seen in its way, because the wait was over before we looked: who holds now what we want.
    pub(super) async fn name_holders(&mut self, step: &PlanStep, words: &DatabaseWords) {
        const LOCK_NOT_AVAILABLE: &str = "55P03";
        if !self.blockers.is_empty() || words.sqlstate.as_deref() != Some(LOCK_NOT_AVAILABLE) {
            return;
        }
        self.blockers = holders(&self.session.watch, &step.step.locks, self.session.work.backend())
            .await
            .unwrap_or_default();
    }

    /// How many other sessions wait for a lock behind the one that we wait for.
    pub(super) async fn queue_behind(&self) -> u32 {
        let query = format!(
            "SELECT count(DISTINCT o.pid) FROM pg_catalog.pg_locks AS m JOIN pg_catalog.pg_locks AS o \
             ON o.locktype = m.locktype AND o.database = m.database AND o.relation = m.relation AND o.pid <> m.pid \
             WHERE m.pid = {} AND NOT m.granted AND NOT o.granted AND o.waitstart >= m.waitstart",
            self.session.work.backend()
        );
        let found = rows(&self.session.watch, &query).await.unwrap_or_default();
        super::session::number(found.first(), 0).unwrap_or(0)
    }

    /// Cancels or ends those in the way whom the policy names.
    pub(super) async fn clear_the_way(&mut self, step: &PlanStep, blockers: &[Blocker]) {
        let policy = &self.options.blockers;
        if policy.action == BlockerAction::Report {
            return;
        }
        for blocker in blockers {
            let idle = blocker.state.starts_with("idle in transaction");
            let cancelled = self.cancelled.0.get(&blocker.pid);
            let how = match (policy.action, idle, cancelled) {
                (BlockerAction::Terminate, true, _) => Ended::Terminated,
                (_, true, _) => continue,
                (_, false, None) => Ended::Cancelled,
                (BlockerAction::Terminate, false, Some(at)) if at.elapsed() > AFTER_CANCEL => {
                    Ended::Terminated
                }
                (_, false, Some(_)) => continue,
            };
            let function = match how {
                Ended::Cancelled => "pg_cancel_backend",
                _ => "pg_terminate_backend",
            };
            // The condition is looked at in the same query: the session may be at something else by now.
            let query = format!(
                "SELECT pg_catalog.{function}(a.pid) FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = {} \
                 AND a.pid = ANY (pg_catalog.pg_blocking_pids({})) AND {}",
                blocker.pid,
                self.session.work.backend(),
                policy.condition()
            );
            let outcome = match rows(&self.session.watch, &query).await {
                Ok(found) if text(found.first(), 0) == Some("t") => how,
                Ok(_) => continue,
                Err(error) => Ended::Refused(crate::engine::database_words(&error)),
            };
            if self.cancelled.0.insert(blocker.pid, Instant::now()).is_none() || outcome == Ended::Terminated
            {
                self.progress.blocker_ended(step, blocker, &outcome);
            }
        }
    }
}
