//! `purge`: the end of what contracts have archived.
//!
//! What was archived when is known from the journal: the step that says an archive's name, and when that was done. An archive of
//! a run that is not finished belongs to it and stays; one that no run knows of has no age, and goes only where no age is asked for.

use serde_json::Value;

use super::connection::Statements;
use super::error::{ApplyError, DatabaseWords};
use super::journal;
use super::lease::Lease;
use super::options::ApplyOptions;
use super::progress::Progress;
use super::server::check_writable;
use super::session::{Session, holds, number, rows, text};
use crate::plan::PlanStep;
use crate::sql;

/// What is in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// A table, or the values of a column.
    Table,
    /// A type that only an archived table uses.
    Type,
    /// A column under another name, of a table without a key.
    Column,
}

/// One thing of the archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Purgeable {
    /// What it is.
    pub what: Archived,
    /// How a statement names it: `schemaplan_archive.t_orders_1a2b3c4d`.
    pub address: String,
    /// Its own name.
    pub name: String,
    /// What it holds, as in `public.orders.fax`.
    pub holds: String,
    /// Bytes on disk; 0 for a column.
    pub bytes: u64,
    /// Seconds since it was archived; none where no journal says so.
    pub age: Option<f64>,
    /// True where a run that is not finished has made it.
    pub in_flight: bool,
}

impl Purgeable {
    /// True where it was archived longer ago than that many seconds.
    pub fn is_due(&self, older_than: f64) -> bool {
        !self.in_flight && (older_than <= 0.0 || self.age.is_some_and(|age| age >= older_than))
    }
}

/// How it went with one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Purged {
    /// Which.
    pub what: Purgeable,
    /// Why it is still there.
    pub kept: Option<DatabaseWords>,
}

/// Everything in the archive, the oldest first.
///
/// # Errors
/// When the catalog or the journal cannot be read.
pub async fn purgeable(client: &impl Statements) -> Result<Vec<Purgeable>, ApplyError> {
    let failed = |error| ApplyError::database("read the archive", &error);
    let journal = journal::format(client).await?.is_some();
    let found = rows(client, &query(journal)).await.map_err(failed)?;
    let read = |row| {
        let said = |column| text(Some(row), column).unwrap_or_default().to_owned();
        let what = match said(0).as_str() {
            "type" => Archived::Type,
            "column" => Archived::Column,
            _ => Archived::Table,
        };
        let note: Option<Value> = text(Some(row), 3)
            .and_then(|comment| comment.strip_prefix("schemaplan:1 "))
            .and_then(|note| serde_json::from_str(note).ok());
        let holds = note.and_then(|note| note["of"].as_str().map(str::to_owned));
        Purgeable {
            what,
            address: said(1),
            holds: holds.unwrap_or_else(|| said(2)),
            name: said(2),
            bytes: number(Some(row), 4).unwrap_or(0),
            age: number(Some(row), 5),
            in_flight: text(Some(row), 6) == Some("t"),
        }
    };
    Ok(found.iter().map(read).collect())
}

/// Kind, address, name, comment, bytes, age in seconds, whether in flight. Types come behind the tables that use them.
fn query(journal: bool) -> String {
    let steps = match journal {
        true => {
            "SELECT s.finished_at, p.state NOT IN ('contracted', 'undone') AS in_flight, e::text AS said \
               FROM schemaplan.plan AS p JOIN schemaplan.step AS s USING (run_no) \
              CROSS JOIN LATERAL jsonb_array_elements(p.body -> 'steps') AS e \
              WHERE s.state = 'done' AND (e ->> 'number')::int = s.step_no"
        }
        false => "SELECT NULL::timestamptz AS finished_at, false AS in_flight, '' AS said WHERE false",
    };
    format!(
        "WITH step AS MATERIALIZED ({steps}), archived AS ( \
           SELECT 1 AS place, 'table' AS kind, format('%I.%I', n.nspname, c.relname) AS address, c.relname::text AS name, c.relname::text AS word, \
                  obj_description(c.oid, 'pg_class') AS comment, pg_total_relation_size(c.oid) AS bytes \
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
            WHERE n.nspname = 'schemaplan_archive' AND c.relkind IN ('r', 'p', 'f') \
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid AND c.relispartition) \
           UNION ALL \
           SELECT 3, 'type', format('%I.%I', n.nspname, t.typname), t.typname, t.typname, obj_description(t.oid, 'pg_type'), 0 \
             FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace \
             LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid \
            WHERE n.nspname = 'schemaplan_archive' AND t.typtype IN ('e', 'd', 'c', 'r') AND coalesce(c.relkind = 'c', true) \
           UNION ALL \
           SELECT 2, 'column', format('%I.%I DROP COLUMN %I', n.nspname, c.relname, a.attname), \
                  format('%s.%s.%s', n.nspname, c.relname, a.attname), a.attname, col_description(a.attrelid, a.attnum), 0 \
             FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
            WHERE a.attname LIKE 'schemaplan\\_kept\\_%' AND NOT a.attisdropped AND a.attinhcount = 0 AND c.relkind IN ('r', 'p')) \
         SELECT a.kind, a.address, a.name, a.comment, a.bytes, \
                extract(epoch FROM clock_timestamp() - max(s.finished_at)), coalesce(bool_or(s.in_flight), false) \
           FROM archived AS a LEFT JOIN step AS s ON strpos(s.said, a.word) > 0 \
          GROUP BY a.place, a.kind, a.address, a.name, a.comment, a.bytes \
          ORDER BY a.place, max(s.finished_at) NULLS FIRST, a.name"
    )
}

/// Drops them, each in a transaction of its own, and notes that in the journal: what is purged can no longer be taken back.
/// Whatever still uses one keeps it there.
///
/// # Errors
/// Another run at work, a server that takes no writes, a lost connection.
pub async fn purge(
    session: &mut Session,
    due: Vec<Purgeable>,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Vec<Purged>, ApplyError> {
    check_writable(&session.work).await?;
    let journal = journal::format(&session.work).await?.is_some();
    if !journal {
        return drop_all(&session.work, due, false).await;
    }
    journal::ensure(&session.work).await?;
    let lease = Lease::take(session, options, progress).await?;
    let ended = drop_all(&session.work, due, true).await;
    lease.release().await;
    ended
}

async fn drop_all(
    client: &impl Statements,
    due: Vec<Purgeable>,
    journal: bool,
) -> Result<Vec<Purged>, ApplyError> {
    let mut done = Vec::new();
    for what in due {
        let drop = match what.what {
            Archived::Table => format!("DROP TABLE {}", what.address),
            Archived::Type => format!("DROP TYPE {}", what.address),
            Archived::Column => format!("ALTER TABLE {}", what.address),
        };
        let note = match journal {
            true => format!(
                "INSERT INTO schemaplan.purged (name, holds) VALUES ({}, {}) ON CONFLICT (name) DO UPDATE SET at = clock_timestamp();",
                sql::literal(&what.name),
                sql::literal(&what.holds)
            ),
            false => String::new(),
        };
        let kept = match client
            .batch_execute(&format!("BEGIN; {note} {drop}; COMMIT"))
            .await
        {
            Ok(()) => None,
            Err(error) if error.as_db_error().is_some() => {
                let rolled_back = client.batch_execute("ROLLBACK").await;
                rolled_back.map_err(|error| ApplyError::database("empty the archive", &error))?;
                Some(DatabaseWords::from(&error))
            }
            Err(error) => return Err(ApplyError::database("empty the archive", &error)),
        };
        done.push(Purged { what, kept });
    }
    Ok(done)
}

/// What of these steps' undo was purged since the run made it, as the journal notes it.
pub(super) async fn purged_of(
    client: &impl Statements,
    run_no: i64,
    steps: &[&PlanStep],
) -> Result<Vec<String>, ApplyError> {
    let failed = |error| ApplyError::database("read the journal", &error);
    let there = holds(client, "to_regclass('schemaplan.purged') IS NOT NULL").await;
    if !there.map_err(failed)? {
        return Ok(Vec::new());
    }
    let query = format!(
        "SELECT name, holds, to_char(at, 'YYYY-MM-DD') FROM schemaplan.purged WHERE at > (SELECT max(finished_at) \
         FROM schemaplan.step WHERE run_no = {run_no} AND direction = 'up') ORDER BY name"
    );
    let purged = rows(client, &query).await.map_err(failed)?;
    let undone: Vec<String> = steps.iter().map(|step| format!("{:?}", step.step.undo)).collect();
    let of_these = purged.iter().filter_map(|row| {
        let word = |column| text(Some(row), column).unwrap_or_default();
        // A kept column is noted with its table, which an undo says apart from it.
        let is_said = |undo: &String| word(0).split('.').all(|part| undo.contains(part));
        let said = undone.iter().any(is_said);
        said.then(|| format!("{} was purged on {}", word(1), word(2)))
    });
    Ok(of_these.collect())
}
