//! What statements cost while a run is at work, by pg_stat_statements: two snapshots without texts, then the texts of the few.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::document::{StatementMetrics, Statements};
use crate::engine::database_words;
use crate::execute::session::{number, rows, text};
use crate::model::QualifiedName;
use crate::sql::{literal, names_table, quoted_ident, shape_of_query};

/// How many statements are kept.
const MOST: usize = 20;
/// So many are looked at: of the text of a statement of schemaplan's own, or of one that cannot be shown, nothing is kept.
const LOOKED_AT: usize = 100;

/// What each statement had cost at a moment: calls and milliseconds by `queryid`.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The extension's schema.
    schema: String,
    /// Whether statements of other roles are hidden.
    partial: bool,
    costs: BTreeMap<i64, (u64, f64)>,
}

/// Why there is no snapshot.
pub type NoStatements = String;

/// The costs now; the error says why there are none.
pub async fn snapshot(client: &Client) -> Result<Snapshot, NoStatements> {
    let home = "SELECT n.nspname FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace \
         WHERE e.extname = 'pg_stat_statements'";
    let found = rows(client, home).await.map_err(|error| database_words(&error))?;
    let Some(schema) = text(found.first(), 0).map(str::to_owned) else {
        return Err("the extension pg_stat_statements is not in this database".to_owned());
    };
    let query = format!(
        "SELECT s.queryid, sum(s.calls), sum(s.total_exec_time) FROM {}.pg_stat_statements(false) AS s \
         WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) GROUP BY s.queryid",
        quoted_ident(&schema)
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| format!("pg_stat_statements cannot be read: {}", database_words(&error)))?;
    let mut snapshot = Snapshot {
        schema,
        partial: false,
        costs: BTreeMap::new(),
    };
    for row in &found {
        let (calls, time) = (number(Some(row), 1), number(Some(row), 2));
        match number::<i64>(Some(row), 0) {
            Some(id) => {
                snapshot
                    .costs
                    .insert(id, (calls.unwrap_or(0), time.unwrap_or(0.0)));
            }
            None => snapshot.partial = true,
        }
    }
    Ok(snapshot)
}

/// What has cost most since a snapshot.
pub async fn since(client: &Client, before: &Snapshot, tables: &[QualifiedName]) -> Statements {
    let now = match snapshot(client).await {
        Ok(now) => now,
        Err(why) => return none(why),
    };
    let mut grown: Vec<(i64, u64, f64)> = now
        .costs
        .iter()
        .map(|(id, (calls, time))| {
            // Less than before: the statistics were reset, or the entry was evicted and has come back.
            let (calls_before, time_before) = before
                .costs
                .get(id)
                .filter(|(before, _)| before <= calls)
                .copied()
                .unwrap_or((0, 0.0));
            (*id, calls - calls_before, time - time_before)
        })
        .filter(|(_, calls, _)| *calls > 0)
        .collect();
    grown.sort_by(|one, other| other.2.total_cmp(&one.2).then(one.0.cmp(&other.0)));
    grown.truncate(LOOKED_AT);
    if grown.is_empty() {
        return Statements::default();
    }
    let ids: Vec<String> = grown.iter().map(|(id, ..)| literal(&id.to_string())).collect();
    let query = format!(
        "SELECT s.queryid, min(s.query) FROM {}.pg_stat_statements AS s WHERE s.queryid IN ({}) GROUP BY s.queryid",
        quoted_ident(&now.schema),
        ids.iter()
            .map(|id| format!("{id}::bigint"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let texts: BTreeMap<i64, String> = match rows(client, &query).await {
        Ok(found) => found
            .iter()
            .filter_map(|row| Some((number(Some(row), 0)?, text(Some(row), 1)?.to_owned())))
            .collect(),
        Err(error) => return none(database_words(&error)),
    };
    let slowest = grown
        .into_iter()
        .filter_map(|(id, calls, time)| {
            let shape = texts.get(&id).and_then(|text| shape_of_query(text));
            if shape.as_deref().is_some_and(is_own) {
                return None;
            }
            let named =
                |table: &&QualifiedName| shape.as_deref().is_some_and(|text| names_table(text, table));
            let earlier = before.costs.get(&id).filter(|(calls, _)| *calls > 0);
            Some(StatementMetrics {
                query_id: id.to_string(),
                tables: tables.iter().filter(named).map(ToString::to_string).collect(),
                query: shape,
                calls,
                total_seconds: time / 1_000.0,
                mean_seconds: time / 1_000.0 / calls as f64,
                mean_seconds_before: earlier.map(|(calls, time)| time / 1_000.0 / *calls as f64),
            })
        })
        .collect::<Vec<_>>();
    Statements {
        note: now
            .partial
            .then(|| "statements of other roles are seen by members of pg_read_all_stats".to_owned()),
        slowest: first(slowest),
    }
}

fn none(why: String) -> Statements {
    Statements {
        note: Some(why),
        slowest: Vec::new(),
    }
}

/// Those that name a touched table come first, the costliest before the others.
fn first(mut all: Vec<StatementMetrics>) -> Vec<StatementMetrics> {
    all.sort_by_key(|each| each.tables.is_empty());
    all.truncate(MOST);
    all
}

/// The journal's statements and those that measure.
fn is_own(text: &str) -> bool {
    ["schemaplan.", "pg_catalog.", "pg_stat_", "pg_blocking_pids"]
        .iter()
        .any(|word| text.contains(word))
}
