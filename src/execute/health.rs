//! What a run would meet on a server: rights, sessions that would be in its way, standbys, and what earlier runs have left.

use serde::Serialize;
use tokio_postgres::{Client, SimpleQueryRow};

use super::error::ApplyError;
use super::hold::ARCHIVE_BACKLOG;
use super::session::{number, rows, text};
use super::status::{Status, status};
use crate::model::QualifiedName;
use crate::sql::qualified;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth knowing: it hinders no run.
    Note,
    /// It slows a run down, or makes it wait.
    Warning,
    /// No run will come through.
    Error,
}

/// One check and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check, as in `long-transactions`.
    pub code: &'static str,
    /// How it came out.
    pub level: Level,
    /// In one sentence.
    pub title: String,
    /// What it found, a line each.
    pub found: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Statements that mend it, none in a transaction.
    pub mend: Vec<String>,
}

impl Finding {
    fn new(code: &'static str, level: Level, title: impl Into<String>) -> Self {
        Self {
            code,
            level,
            title: title.into(),
            found: Vec::new(),
            help: None,
            mend: Vec::new(),
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A query that should find nothing, and what it means where it finds rows of one text each.
struct Check {
    code: &'static str,
    level: Level,
    good: &'static str,
    bad: &'static str,
    help: &'static str,
    query: &'static str,
}

/// Seconds as people say them.
const AGE: &str = "pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start)";

const CHECKS: &[Check] = &[
    Check {
        code: "long-transactions",
        level: Level::Warning,
        good: "no transaction is older than a minute",
        bad: "transactions are older than a minute",
        help: "an index built concurrently waits for them, and so does every strong lock on what they have read",
        query: "SELECT 'pid ' || a.pid || ' ' || a.application_name || ' as ' || coalesce(a.usename, '') || ', ' || coalesce(a.state, '') || ' for ' || {AGE} || ': ' \
                || left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80) FROM pg_catalog.pg_stat_activity AS a \
                WHERE a.xact_start < pg_catalog.clock_timestamp() - interval '1 min' AND a.pid <> pg_catalog.pg_backend_pid() \
                AND a.backend_type = 'client backend' AND a.datname = current_database() ORDER BY a.xact_start LIMIT 20",
    },
    Check {
        code: "prepared-transactions",
        level: Level::Warning,
        good: "no transaction is prepared and left",
        bad: "prepared transactions hold their locks until somebody ends them",
        help: "COMMIT PREPARED or ROLLBACK PREPARED, with the name in quotes",
        query: "SELECT quote_literal(gid) || ' of ' || owner || ' since ' || date_trunc('second', prepared) FROM pg_catalog.pg_prepared_xacts \
                WHERE database = current_database() ORDER BY prepared LIMIT 20",
    },
    Check {
        code: "wraparound",
        level: Level::Warning,
        good: "no table is near a vacuum against wraparound",
        bad: "tables are near or under a vacuum against wraparound, which gives way to nobody",
        help: "VACUUM (FREEZE) them before a plan that changes them",
        query: "SELECT c.oid::regclass || ', age ' || age(c.relfrozenxid) FROM pg_catalog.pg_class AS c \
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm', 't') \
                AND age(c.relfrozenxid) > 0.95 * current_setting('autovacuum_freeze_max_age')::int \
                ORDER BY n.nspname ~ '^(pg_|information_schema$)', age(c.relfrozenxid) DESC, c.relname LIMIT 20",
    },
    Check {
        code: "replication-slots",
        level: Level::Warning,
        good: "no replication slot holds old rows",
        bad: "replication slots that nobody reads hold old rows and WAL",
        help: "a backfill makes as many dead rows as it copies: read them, or SELECT pg_drop_replication_slot(…)",
        query: "SELECT slot_name || coalesce(', ' || pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() \
                ELSE pg_current_wal_lsn() END, restart_lsn)) || ' of WAL', '') FROM pg_catalog.pg_replication_slots WHERE NOT active ORDER BY 1 LIMIT 20",
    },
    Check {
        code: "standbys",
        level: Level::Warning,
        good: "no standby is more than 10 s behind",
        bad: "standbys are more than 10 s behind",
        help: "batches wait for them (`--throttle-lag`)",
        query: "SELECT application_name || ', ' || date_trunc('second', replay_lag) FROM pg_catalog.pg_stat_replication \
                WHERE replay_lag > interval '10 s' ORDER BY 1 LIMIT 20",
    },
    Check {
        code: "archive-backlog",
        level: Level::Warning,
        good: "no WAL waits long to be archived",
        bad: "WAL waits to be archived, more than 1 GB of it",
        help: "batches wait until the archiver has come closer (`throttle_backlog`); its command is slow, or there is none",
        query: "SELECT pg_size_pretty(b.bytes) || ' behind ' || b.last FROM (SELECT {BACKLOG} AS bytes, a.last_archived_wal AS last \
                FROM pg_catalog.pg_stat_archiver AS a) AS b WHERE b.bytes > 1073741824",
    },
    Check {
        code: "archiving",
        level: Level::Warning,
        good: "WAL is archived, or need not be",
        bad: "the archiving of WAL fails",
        help: "batches wait until it works again; the server's log has the words of archive_command",
        query: "SELECT last_failed_wal || ' at ' || date_trunc('second', last_failed_time) FROM pg_catalog.pg_stat_archiver \
                WHERE current_setting('archive_mode') <> 'off' AND last_failed_time > coalesce(last_archived_time, '-infinity')",
    },
    Check {
        code: "columns",
        level: Level::Warning,
        good: "no table has used up its columns",
        bad: "tables have nearly used up the 1,600 columns that they can ever have",
        help: "dropped columns count too; a table that is made anew starts again from its own",
        query: "SELECT a.attrelid::regclass || ', ' || max(a.attnum) FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c \
                ON c.oid = a.attrelid WHERE c.relkind IN ('r', 'p') GROUP BY a.attrelid HAVING max(a.attnum) > 1500 ORDER BY 1 LIMIT 20",
    },
    Check {
        code: "settings",
        level: Level::Note,
        good: "no setting of the role or database is one of ours",
        bad: "settings of the role or database that runs say otherwise; runs set their own",
        help: "those of an application's role decide how long it waits for our locks",
        query: "SELECT coalesce('role ' || r.rolname, 'database') || ': ' || c.setting FROM pg_catalog.pg_db_role_setting AS s \
                CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting) LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole \
                WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) \
                AND c.setting ~ '^(lock_timeout|statement_timeout|idle_in_transaction_session_timeout|default_transaction_|search_path|row_security)' \
                ORDER BY 1 LIMIT 20",
    },
    Check {
        code: "not-validated",
        level: Level::Note,
        good: "every constraint is validated",
        bad: "constraints are NOT VALID: older rows may break them",
        help: "declare them in the schema, and the plan validates them",
        query: "SELECT conname || ' of ' || conrelid::regclass FROM pg_catalog.pg_constraint WHERE NOT convalidated AND conrelid <> 0 \
                AND conname !~ '^schemaplan_' ORDER BY 1 LIMIT 20",
    },
];

/// Runs every check in a fixed number of queries.
///
/// # Errors
/// A query that fails, or a journal that cannot be read.
pub async fn examine(client: &Client) -> Result<Vec<Finding>, ApplyError> {
    let mut findings = vec![role(client).await?];
    findings.extend(tables(client).await?);
    for check in CHECKS {
        let query = check
            .query
            .replace("{AGE}", AGE)
            .replace("{BACKLOG}", ARCHIVE_BACKLOG);
        let found = ask(client, check.code, &query).await?;
        findings.push(match found.is_empty() {
            true => Finding::new(check.code, Level::Good, check.good),
            false => Finding {
                found: words(&found),
                ..Finding::new(check.code, check.level, check.bad).help(check.help)
            },
        });
    }
    findings.push(left_by_builds(client).await?);
    findings.push(detaching(client).await?);
    findings.extend(of_runs(&status(client, None).await?));
    Ok(findings)
}

async fn ask(client: &Client, what: &str, query: &str) -> Result<Vec<SimpleQueryRow>, ApplyError> {
    rows(client, query)
        .await
        .map_err(|error| ApplyError::database(format!("look at the server ({what})"), &error))
}

fn words(rows: &[SimpleQueryRow]) -> Vec<String> {
    rows.iter()
        .map(|row| text(Some(row), 0).unwrap_or_default().to_owned())
        .collect()
}

async fn role(client: &Client) -> Result<Finding, ApplyError> {
    let query = "SELECT current_user, r.rolsuper, pg_catalog.pg_is_in_recovery(), \
         pg_catalog.has_database_privilege(current_database(), 'CREATE') OR pg_catalog.to_regnamespace('schemaplan') IS NOT NULL, \
         pg_catalog.pg_has_role('pg_monitor', 'USAGE'), pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'), current_database() \
         FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user";
    let found = ask(client, "role", query).await?;
    let yes = |column| text(found.first(), column) == Some("t");
    let role = text(found.first(), 0).unwrap_or_default();
    let database = text(found.first(), 6).unwrap_or_default();
    if yes(2) {
        return Ok(Finding::new(
            "role",
            Level::Error,
            "the server is a standby: nothing can be changed on it",
        )
        .help("connect to the primary, or give target_session_attrs=read-write with several hosts"));
    }
    if !yes(3) {
        return Ok(Finding::new(
            "role",
            Level::Error,
            format!("role {role} may not create schemas in {database}, so there is no place for the journal"),
        )
        .help(format!("GRANT CREATE ON DATABASE \"{database}\" TO \"{role}\"")));
    }
    let mut missing = Vec::new();
    if !yes(1) && !yes(4) {
        missing.push(
            "without pg_monitor it sees neither the lag of standbys nor what other roles' sessions do"
                .to_owned(),
        );
    }
    if !yes(1) && !yes(5) {
        missing.push("without pg_signal_backend `--blockers` can end nobody".to_owned());
    }
    let title = match yes(1) {
        true => format!("role {role} is a superuser"),
        false => format!("role {role} may keep a journal"),
    };
    Ok(match missing.is_empty() {
        true => Finding::new("role", Level::Good, title),
        false => Finding {
            found: missing,
            ..Finding::new("role", Level::Note, title)
        },
    })
}

/// What the role cannot change.
async fn tables(client: &Client) -> Result<Option<Finding>, ApplyError> {
    let query = "SELECT count(*), min(c.oid::regclass::text) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^(pg_|information_schema$|schemaplan)' \
         AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'e')";
    let found = ask(client, "owners", query).await?;
    let count: u64 = number(found.first(), 0).unwrap_or(0);
    Ok((count > 0).then(|| {
        let first = text(found.first(), 1).unwrap_or_default();
        Finding::new(
            "owners",
            Level::Warning,
            match count {
                1 => format!("the role does not own {first}"),
                count => format!("the role does not own {count} relations, {first} for one"),
            },
        )
        .help("only an owner, or a member of the owner's role, can change a table: run as that role, or GRANT it")
    }))
}

/// Invalid indexes, those of an interrupted REINDEX among them. What a constraint or a parent's index stands on cannot be dropped, and is
/// built again; a parent's is made anew by a plan.
async fn left_by_builds(client: &Client) -> Result<Finding, ApplyError> {
    let query = "SELECT i.indexrelid::regclass || ' of ' || i.indrelid::regclass, n.nspname, c.relname, \
         CASE WHEN c.relkind = 'I' OR EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN NULL \
         WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid) \
         OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = i.indexrelid) THEN 'REINDEX INDEX CONCURRENTLY' \
         ELSE 'DROP INDEX CONCURRENTLY IF EXISTS' END, \
         CASE WHEN c.relkind = 'I' THEN ', as long as one of a partition is missing or not valid' ELSE '' END \
         FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE NOT i.indisvalid ORDER BY 1 LIMIT 50";
    let found = ask(client, "invalid-indexes", query).await?;
    if found.is_empty() {
        return Ok(Finding::new(
            "invalid-indexes",
            Level::Good,
            "every index is valid",
        ));
    }
    let mend = found
        .iter()
        .filter_map(|row| {
            let mends = text(Some(row), 3)?;
            let word = |column| text(Some(row), column).unwrap_or_default();
            let name = qualified(&QualifiedName::new(word(1), word(2)));
            Some(format!("{mends} {name}"))
        })
        .collect();
    let told = |row| {
        let word = |column| text(Some(row), column).unwrap_or_default();
        format!("{}{}", word(0), word(4))
    };
    let help = "the next plan builds anew what the schema declares";
    Ok(Finding {
        found: found.iter().map(told).collect(),
        mend,
        help: Some(help.to_owned()),
        ..Finding::new(
            "invalid-indexes",
            Level::Warning,
            "indexes that an interrupted build left behind: every write pays for them, and no query uses them",
        )
    })
}

/// Partitions whose DETACH CONCURRENTLY was interrupted.
async fn detaching(client: &Client) -> Result<Finding, ApplyError> {
    let query = "SELECT i.inhrelid::regclass || ' of ' || i.inhparent::regclass, pn.nspname, p.relname, cn.nspname, c.relname \
         FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace \
         JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace \
         WHERE i.inhdetachpending ORDER BY 1 LIMIT 50";
    let found = ask(client, "pending-detach", query).await?;
    if found.is_empty() {
        return Ok(Finding::new(
            "pending-detach",
            Level::Good,
            "no partition is half detached",
        ));
    }
    let mend = found
        .iter()
        .map(|row| {
            let name = |schema, name| {
                let word = |column| text(Some(row), column).unwrap_or_default();
                qualified(&QualifiedName::new(word(schema), word(name)))
            };
            format!(
                "ALTER TABLE {} DETACH PARTITION {} FINALIZE",
                name(1, 2),
                name(3, 4)
            )
        })
        .collect();
    Ok(Finding {
        found: words(&found),
        mend,
        ..Finding::new(
            "pending-detach",
            Level::Warning,
            "partitions whose detaching was interrupted: queries leave their rows out",
        )
    })
}

fn of_runs(status: &Status) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(holder) = &status.running {
        findings.push(Finding::new(
            "lease",
            Level::Note,
            format!("a run is at work now: {holder}"),
        ));
    }
    for run in &status.runs {
        let id = run.plan_id.get(..12).unwrap_or(&run.plan_id);
        if run.paused {
            let title = format!("plan {id} is paused");
            findings.push(Finding::new("paused", Level::Warning, title).help("schemaplan resume"));
        }
        let failed: Vec<String> = run
            .in_flight
            .iter()
            .filter_map(|each| Some(format!("{}: {}", each.step, each.last_error.as_ref()?)))
            .collect();
        if !failed.is_empty() && status.running.is_none() {
            findings.push(Finding {
                found: failed,
                ..Finding::new(
                    "failed-steps",
                    Level::Warning,
                    format!("steps of plan {id} have failed"),
                )
                .help("mend the cause and run the same command again, or schemaplan rollback")
            });
        }
    }
    let lost = !status.is_in_flight() && !status.leftovers.is_empty();
    let left: Vec<String> = status
        .leftovers
        .iter()
        .filter(|leftover| lost && leftover.is_a_plans())
        .map(ToString::to_string)
        .collect();
    findings.push(match left.is_empty() {
        true => Finding::new("leftovers", Level::Good, "nothing is left over from earlier plans"),
        false => Finding {
            found: left,
            ..Finding::new("leftovers", Level::Warning, "earlier plans have left these, and no run owns them")
                .help("schemaplan apply --plan DIR, with the folder of the plan that made them, goes on or takes them back")
        },
    });
    findings
}
