//! How much a plan writes beside what is there.

use tokio_postgres::Client;

use super::connection::Statements;
use super::error::ApplyError;
use super::rollback::{RollbackScope, to_undo};
use super::session::{number, rows};
use crate::model::QualifiedName;
use crate::plan::{Plan, PlanStep};
use crate::sql::{Written, literal, qualified, written};
use crate::step::{Action, Cost, Phase, Undo};

/// A part of a step that writes: its number, and what it writes by one of several measures of which the largest counts.
struct Asked {
    step: u32,
    part: usize,
    written: Written,
}

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
        of_step(step, &mut asked);
    }
    sum(client, &asked).await
}

/// What one step writes at most, bytes.
pub(super) async fn step_writes(client: &impl Statements, step: &PlanStep) -> Result<u64, ApplyError> {
    let mut asked = Vec::new();
    of_step(step, &mut asked);
    let sizes = sum(client, &asked).await?;
    Ok(sizes.iter().map(|(_, bytes)| bytes).sum())
}

fn of_step(step: &PlanStep, asked: &mut Vec<Asked>) {
    for cost in step.step.costs() {
        let Some(table) = cost.table().cloned() else {
            continue;
        };
        let written = match cost {
            Cost::Instant | Cost::Samples(_) | Cost::Scans(_) => continue,
            Cost::BuildsIndex(_) => Written::Index(table),
            Cost::Rewrites(_) | Cost::Copies(_) => Written::Table(table),
        };
        asked.push(Asked {
            step: step.number,
            part: asked.len(),
            written,
        });
    }
}

/// What taking back each step writes at most, bytes, by its number; and the plan. What an undo writes is told by its statements: rows
/// into a table as the table and its indexes anew, or as much as what the batches walk along, whichever is more.
///
/// # Errors
/// A journal that cannot be read, a query that fails.
pub async fn undo_writes_at_most(
    client: &Client,
    run: Option<i64>,
    scope: RollbackScope,
) -> Result<Option<(Plan, Vec<(u32, u64)>)>, ApplyError> {
    let Some((plan, steps)) = to_undo(client, run, scope).await? else {
        return Ok(None);
    };
    let mut asked = Vec::new();
    for step in plan.steps.iter().filter(|step| steps.contains(&step.number)) {
        if let Undo::Run { action, .. } | Undo::Lossy { action, .. } = &step.step.undo {
            of_action(step.number, action, &mut asked);
        }
    }
    let sizes = sum(client, &asked).await?;
    Ok(Some((plan, sizes)))
}

fn of_action(step: u32, action: &Action, asked: &mut Vec<Asked>) {
    let part = asked.len();
    match action {
        Action::Statements(statements) => {
            asked.extend(
                statements
                    .iter()
                    .filter_map(|each| written(each.as_str()))
                    .enumerate()
                    .map(|(place, written)| Asked {
                        step,
                        part: part + place,
                        written,
                    }),
            );
        }
        Action::Batches(batch) => {
            let targets = batch
                .statements
                .iter()
                .filter_map(|each| written(&each.with_range("(true)")));
            for (place, target) in targets.enumerate() {
                let walked: QualifiedName = batch.table.clone();
                for written in [target, Written::Table(walked)] {
                    asked.push(Asked {
                        step,
                        part: part + place,
                        written,
                    });
                }
            }
        }
        Action::Verify(_) => {}
        Action::Sequence(actions) => {
            for each in actions {
                of_action(step, each, asked);
            }
        }
    }
}

async fn sum(client: &impl Statements, asked: &[Asked]) -> Result<Vec<(u32, u64)>, ApplyError> {
    let asked: Vec<String> = asked
        .iter()
        .map(|each| {
            let (share, with_indexes, table) = match &each.written {
                Written::Index(table) => ("0.5", false, table),
                Written::Table(table) => ("1", true, table),
            };
            let name = literal(&qualified(table));
            format!("({}, {}, {share}, {with_indexes}, {name})", each.step, each.part)
        })
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let query = format!(
        "WITH RECURSIVE asked (step, part, share, indexes, name) AS (VALUES {}), \
         tree AS (SELECT DISTINCT name, pg_catalog.to_regclass(name)::oid AS id FROM asked \
           UNION ALL SELECT t.name, i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tree AS t ON i.inhparent = t.id), \
         sized AS (SELECT name, coalesce(sum(pg_catalog.pg_table_size(id)), 0) AS heap, \
           coalesce(sum(pg_catalog.pg_indexes_size(id)), 0) AS indexes \
           FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = id WHERE c.relkind IN ('r', 'm', 'p') GROUP BY name), \
         parts AS (SELECT a.step, a.part, max(a.share * (s.heap + CASE WHEN a.indexes THEN s.indexes ELSE 0 END)) AS bytes \
           FROM asked AS a JOIN sized AS s USING (name) GROUP BY a.step, a.part) \
         SELECT step, ceil(sum(bytes))::bigint FROM parts GROUP BY step ORDER BY step",
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
