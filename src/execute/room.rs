//! How much a plan writes beside what is there.

use tokio_postgres::Client;

use super::error::ApplyError;
use super::session::{number, rows};
use crate::plan::Plan;
use crate::sql::{literal, qualified};
use crate::step::{Cost, Phase};

/// What each step of these phases writes at most, bytes, by its number: copied rows as a table and its indexes anew, a table that is
/// rewritten likewise, an index half of its table. Partitions are summed up.
///
/// # Errors
/// A query that fails.
pub async fn writes_at_most(
    client: &Client,
    plan: &Plan,
    phases: &[Phase],
) -> Result<Vec<(u32, u64)>, ApplyError> {
    let mut asked = Vec::new();
    for step in plan.steps.iter().filter(|step| phases.contains(&step.step.phase)) {
        for cost in std::iter::once(&step.step.cost).chain(&step.step.beside) {
            let (share, with_indexes) = match cost {
                Cost::Instant | Cost::Scans(_) => continue,
                Cost::BuildsIndex(_) => ("0.5", false),
                Cost::Rewrites(_) | Cost::Copies(_) => ("1", true),
            };
            let Some(table) = cost.table() else { continue };
            let name = literal(&qualified(table));
            asked.push(format!("({}, {share}, {with_indexes}, {name})", step.number));
        }
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let query = format!(
        "WITH RECURSIVE asked (step, share, indexes, name) AS (VALUES {}), \
         tree AS (SELECT DISTINCT name, pg_catalog.to_regclass(name)::oid AS id FROM asked \
           UNION ALL SELECT t.name, i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tree AS t ON i.inhparent = t.id), \
         sized AS (SELECT name, coalesce(sum(pg_catalog.pg_table_size(id)), 0) AS heap, \
           coalesce(sum(pg_catalog.pg_indexes_size(id)), 0) AS indexes \
           FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = id WHERE c.relkind IN ('r', 'm', 'p') GROUP BY name) \
         SELECT a.step, ceil(sum(a.share * (s.heap + CASE WHEN a.indexes THEN s.indexes ELSE 0 END)))::bigint \
         FROM asked AS a JOIN sized AS s USING (name) GROUP BY a.step ORDER BY a.step",
        asked.join(", ")
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("estimate what the plan writes", &error))?;
    Ok(found
        .iter()
        .filter_map(|row| Some((number(Some(row), 0)?, number(Some(row), 1)?)))
        .collect())
}
