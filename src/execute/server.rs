//! Whether this server and this role can carry a run at all; asked before anything is written.

use std::collections::BTreeSet;

use super::connection::Statements;
use super::error::ApplyError;
use super::progress::Blocker;
use super::session::{number, rows, text};
use crate::sql::{literal, qualified};
use crate::step::LockOn;

/// One row: recovery, read-only by default, may create schemas, may write the journal, role, database.
const RIGHTS: &str = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only'), \
     has_database_privilege(current_database(), 'CREATE'), to_regnamespace('schemaplan') IS NOT NULL, \
     coalesce((SELECT bool_and(has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') \
       AND has_table_privilege(c.oid, 'DELETE')) FROM pg_class AS c \
       WHERE c.relnamespace = to_regnamespace('schemaplan') AND c.relkind = 'r' \
         AND c.relname IN ('lease', 'plan', 'step', 'attempt')), true), \
     current_user, current_database()";

/// Refuses a standby and a role that cannot write, in words.
pub(super) async fn check_writable(client: &impl Statements) -> Result<(), ApplyError> {
    let found = rows(client, RIGHTS)
        .await
        .map_err(|error| ApplyError::database("ask for the rights of the role", &error))?;
    let yes = |column| matches!(text(found.first(), column), Some("t" | "on"));
    let word = |column| text(found.first(), column).unwrap_or_default().to_owned();
    let (role, database) = (word(5), word(6));
    let (why, hint) = if yes(0) {
        (
            format!("the server of database {database} is a standby: it cannot be written to"),
            "connect to the primary".to_owned(),
        )
    } else if yes(1) {
        (
            format!("role {role} is read-only: `default_transaction_read_only` is on for its sessions"),
            "connect with a role that may change the schema".to_owned(),
        )
    } else if !yes(3) && !yes(2) {
        (
            format!(
                "role {role} may not create schemas in database {database}, so there is no place for the journal"
            ),
            format!(
                "connect with the role that owns the schema, or: GRANT CREATE ON DATABASE \"{database}\" TO \"{role}\""
            ),
        )
    } else if !yes(4) {
        (
            format!("role {role} may not write the journal in schema `schemaplan` of database {database}"),
            "connect with the role that made it".to_owned(),
        )
    } else {
        return Ok(());
    };
    Err(ApplyError::ReadOnly { why, hint })
}

/// The sessions with these process ids.
pub(super) async fn blockers_by_pid(
    client: &impl Statements,
    pids: &BTreeSet<i32>,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    if pids.is_empty() {
        return Ok(Vec::new());
    }
    let pids: Vec<String> = pids.iter().map(i32::to_string).collect();
    read_blockers(client, &format!("a.pid IN ({})", pids.join(", "))).await
}

/// Prepared transactions have no process: the server gives 0 for theirs. Those that hold a lock on what this session waits for.
pub(super) async fn prepared_in_the_way(
    client: &impl Statements,
    pid: i32,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let waited_for = format!(
        "(h.database, h.relation) IN (SELECT w.database, w.relation FROM pg_catalog.pg_locks AS w WHERE w.pid = {pid} AND NOT w.granted)"
    );
    prepared(client, &waited_for).await
}

/// Prepared transactions whose locks, `h`, meet a condition.
async fn prepared(client: &impl Statements, condition: &str) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let found = rows(
        client,
        &format!(
            "SELECT DISTINCT p.gid, p.owner, extract(epoch FROM clock_timestamp() - p.prepared) FROM pg_catalog.pg_locks AS h \
             JOIN pg_catalog.pg_locks AS x ON x.virtualtransaction = h.virtualtransaction AND x.pid IS NULL \
             JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = x.transactionid \
             WHERE h.granted AND h.pid IS NULL AND {condition} ORDER BY p.gid"
        ),
    )
    .await?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    Ok(found
        .iter()
        .map(|row| Blocker {
            pid: 0,
            application: format!("prepared transaction '{}'", word(row, 0)),
            user: word(row, 1),
            state: "prepared".to_owned(),
            query: String::new(),
            age: number(Some(row), 2).unwrap_or(0.0),
        })
        .collect())
}

/// Who is in the way of a session that waits: those that hold what it waits for, or wait for it before us.
pub(super) async fn in_the_way_of(
    client: &impl Statements,
    pid: i32,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let blocking = format!("a.pid = ANY (pg_catalog.pg_blocking_pids({pid}))");
    let sessions = read_blockers(client, &blocking).await?;
    match sessions.is_empty() {
        true => prepared_in_the_way(client, pid).await,
        false => Ok(sessions),
    }
}

/// A condition on `pg_locks` as `h`: a lock that would not let us have these, on these tables or on what is below them. None of no locks.
pub(super) fn conflicts(locks: &[LockOn]) -> Option<String> {
    let wanted: Vec<String> = locks
        .iter()
        .map(|on| {
            let modes = on.lock.conflicting_modes().join(",");
            let name = literal(&qualified(&on.relation));
            format!(
                "(h.mode = ANY ('{{{modes}}}') AND h.relation IN (WITH RECURSIVE tree AS (SELECT pg_catalog.to_regclass({name})::oid AS id \
                 UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tree ON i.inhparent = tree.id) SELECT id FROM tree))"
            )
        })
        .collect();
    if wanted.is_empty() {
        return None;
    }
    Some(format!(
        "h.locktype = 'relation' AND h.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()) AND ({})",
        wanted.join(" OR ")
    ))
}

/// Who holds locks now that would not let us have these.
pub(super) async fn holders(
    client: &impl Statements,
    locks: &[LockOn],
    own: i32,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let Some(conflicts) = conflicts(locks) else {
        return Ok(Vec::new());
    };
    let holds = format!(
        "a.pid <> {own} AND EXISTS (SELECT FROM pg_catalog.pg_locks AS h WHERE h.pid = a.pid AND h.granted AND {conflicts})"
    );
    let mut found = read_blockers(client, &holds).await?;
    found.extend(prepared(client, &conflicts).await?);
    Ok(found)
}

/// The sessions of `pg_stat_activity` as `a` that meet a condition.
pub(super) async fn read_blockers(
    client: &impl Statements,
    condition: &str,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let found = rows(
        client,
        &format!(
            "SELECT a.pid, a.application_name, a.usename, a.state, left(a.query, 200), \
             extract(epoch FROM clock_timestamp() - a.xact_start) FROM pg_stat_activity AS a WHERE {condition} ORDER BY a.pid"
        ),
    )
    .await?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    Ok(found
        .iter()
        .map(|row| Blocker {
            pid: number(Some(row), 0).unwrap_or(0),
            application: word(row, 1),
            user: word(row, 2),
            state: word(row, 3),
            query: word(row, 4),
            age: number(Some(row), 5).unwrap_or(0.0),
        })
        .collect())
}
