//! Which of the user's tables a plan touches, and which of them are there.

use tokio_postgres::Client;

use super::error::ApplyError;
use super::session::{rows, text};
use crate::model::{Kind, QualifiedName};
use crate::plan::PlanStep;
use crate::sql::{literal, qualified};
use crate::step::Action;

/// The user's tables that these steps lock, read, write or make, by name.
pub fn touched<'a>(steps: impl Iterator<Item = &'a PlanStep>) -> Vec<QualifiedName> {
    let mut found = Vec::new();
    for PlanStep { step, .. } in steps {
        found.extend(step.locks.iter().map(|on| on.relation.clone()));
        found.extend(step.cost.table().cloned());
        walked(&step.up, &mut found);
        match step.object.kind {
            Kind::Table => found.push(step.object.qualified()),
            _ if step.object.is_part() => found.push(step.object.relation()),
            _ => {}
        }
    }
    found.retain(|name| {
        let own = |word: &str| word.trim_start_matches('~').starts_with("schemaplan_");
        name.schema.as_str() != "schemaplan" && !own(name.schema.as_str()) && !own(name.name.as_str())
    });
    found.sort();
    found.dedup();
    found
}

fn walked(action: &Action, found: &mut Vec<QualifiedName>) {
    match action {
        Action::Statements(_) => {}
        Action::Batches(batch) | Action::Verify(batch) => found.push(batch.table.clone()),
        Action::Sequence(actions) => actions.iter().for_each(|each| walked(each, found)),
    }
}

/// Those of the names that are tables of the database, as SQL spells them, each with its partitions.
///
/// # Errors
/// A query that fails.
pub async fn existing_tables(client: &Client, tables: &[QualifiedName]) -> Result<Vec<String>, ApplyError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = tables.iter().map(|table| literal(&qualified(table))).collect();
    let query = format!(
        "WITH RECURSIVE tree (id) AS (SELECT pg_catalog.to_regclass(v.name)::oid FROM unnest(ARRAY[{}]) AS v (name) \
         UNION SELECT i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.id) \
         SELECT n.nspname, c.relname FROM tree AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.id \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') ORDER BY 1, 2",
        names.join(", ")
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("look for the tables of a phase", &error))?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    Ok(found
        .iter()
        .map(|row| {
            let quoted = |name: String| format!("\"{}\"", name.replace('"', "\"\""));
            format!("{}.{}", quoted(word(row, 0)), quoted(word(row, 1)))
        })
        .collect())
}

/// The server's version as a number: 150004.
///
/// # Errors
/// A query that fails.
pub async fn server_version(client: &Client) -> Result<u32, ApplyError> {
    let found = rows(client, "SELECT pg_catalog.current_setting('server_version_num')")
        .await
        .map_err(|error| ApplyError::database("read the server's version", &error))?;
    Ok(super::session::number(found.first(), 0).unwrap_or(0))
}
