//! How far a statement has come that is one piece: as the server's progress views count it.

use std::fmt;

use serde::Serialize;

use super::connection::Statements;
use super::session::{number, rows, text};

/// What a session is at, and how much of it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HowFar {
    /// In the server's words: `building index: scanning table`.
    pub phase: String,
    /// Blocks or rows that are done.
    pub done: u64,
    /// Of how many; 0 where the server does not know.
    pub total: u64,
}

impl fmt::Display for HowFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.phase)?;
        match (self.done.min(self.total) * 100).checked_div(self.total) {
            Some(percent) => write!(f, ", {percent} %"),
            None => Ok(()),
        }
    }
}

/// How far the sessions are whose process id, `p.pid`, meets a condition. Of a validation the server keeps no count that others see before
/// its end: what it reads is told, and how large that is.
pub(super) async fn how_far(
    client: &impl Statements,
    condition: &str,
) -> Result<Vec<HowFar>, tokio_postgres::Error> {
    let query = format!(
        "SELECT p.phase, CASE WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END, \
         CASE WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END \
         FROM pg_catalog.pg_stat_progress_create_index AS p WHERE {condition} \
         UNION ALL SELECT 'vacuum: ' || p.phase, p.heap_blks_scanned, p.heap_blks_total \
         FROM pg_catalog.pg_stat_progress_vacuum AS p WHERE {condition} \
         UNION ALL SELECT 'analyze: ' || p.phase, p.sample_blks_scanned, p.sample_blks_total \
         FROM pg_catalog.pg_stat_progress_analyze AS p WHERE {condition} \
         UNION ALL SELECT 'validation: reads ' || l.relation::pg_catalog.regclass || ', ' || (WITH RECURSIVE tree AS (SELECT l.relation AS id \
           UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tree ON i.inhparent = tree.id) \
           SELECT pg_catalog.pg_size_pretty(sum(pg_catalog.pg_table_size(id))) FROM tree), 0, 0 \
         FROM pg_catalog.pg_stat_activity AS p JOIN pg_catalog.pg_locks AS l ON l.pid = p.pid AND l.locktype = 'relation' AND l.granted \
           AND l.mode = 'ShareUpdateExclusiveLock' WHERE {condition} AND p.state = 'active' AND p.query ~ 'VALIDATE CONSTRAINT'"
    );
    let found = rows(client, &query).await?;
    Ok(found
        .iter()
        .filter_map(|row| {
            Some(HowFar {
                phase: text(Some(row), 0)?.to_owned(),
                done: number(Some(row), 1).unwrap_or(0),
                total: number(Some(row), 2).unwrap_or(0),
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_counted_has_no_share() {
        let shown = |done, total| {
            let phase = "building index: scanning table".to_owned();
            HowFar { phase, done, total }.to_string()
        };
        assert_eq!(shown(0, 0), "building index: scanning table");
        assert_eq!(shown(0, 30), "building index: scanning table, 0 %");
        assert_eq!(shown(29, 30), "building index: scanning table, 96 %");
        assert_eq!(shown(31, 30), "building index: scanning table, 100 %");
    }
}
