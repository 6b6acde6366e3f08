//! The journal in schema `schemaplan`: which plans have run here and how far they have come.
//!
//! A run holds its whole plan, undo included, so that `rollback` and `status` need no file.

use std::fmt;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::connection::Statements;
use super::error::ApplyError;
use super::server::check_writable;
use super::session::{holds, number, rows, text, texts};
use crate::plan::{FORMAT_VERSION, Plan};
use crate::sql::{literal, script};
use crate::step::Phase;

/// The tables of the journal, in schema `schemaplan`.
pub(super) const TABLES: [&str; 9] = [
    "format", "lease", "plan", "step", "attempt", "purged", "released", "at_work", "waiting",
];

/// The format of the journal that this program writes.
pub const JOURNAL_FORMAT: u32 = 1;

/// Whether the journal has what programs of this format came to keep in it.
const NEWEST: &str = "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('schemaplan.plan') AND attname = 'body_hash') \
     AND to_regclass('schemaplan.at_work') IS NOT NULL AND to_regclass('schemaplan.waiting') IS NOT NULL \
     AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('schemaplan.step') AND attname = 'row_hash') \
     AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('schemaplan.step') AND attname = 'checked') \
     AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('schemaplan.plan') AND attname = 'steps')";

const CREATE: &str = include_str!("journal.sql");

/// The last phase of a run that is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// None.
    New,
    /// Expand.
    Expanded,
    /// Expand and migrate.
    Migrated,
    /// All three.
    Contracted,
    /// All that had been done is taken back.
    Undone,
}

impl RunState {
    const ALL: [RunState; 5] = [
        RunState::New,
        RunState::Expanded,
        RunState::Migrated,
        RunState::Contracted,
        RunState::Undone,
    ];

    /// The word in the journal.
    pub fn name(self) -> &'static str {
        match self {
            RunState::New => "new",
            RunState::Expanded => "expanded",
            RunState::Migrated => "migrated",
            RunState::Contracted => "contracted",
            RunState::Undone => "undone",
        }
    }

    /// Whether that phase is complete.
    pub fn has(self, phase: Phase) -> bool {
        self != RunState::Undone && self >= Self::after(phase)
    }

    /// The state in which this is the last complete phase.
    pub fn after(phase: Phase) -> Self {
        match phase {
            Phase::Expand => RunState::Expanded,
            Phase::Migrate => RunState::Migrated,
            Phase::Contract => RunState::Contracted,
        }
    }

    /// The state before that phase.
    pub fn before(phase: Phase) -> Self {
        match phase {
            Phase::Expand => RunState::New,
            Phase::Migrate => RunState::Expanded,
            Phase::Contract => RunState::Migrated,
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A plan that was applied here, wholly or in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number, rising with time.
    pub run_no: i64,
    /// The plan, undo included.
    pub plan: Plan,
    /// The last phase that is complete.
    pub state: RunState,
    /// The unfinished run behind which it was planned.
    pub after: Option<i64>,
    /// The version of schemaplan that opened it.
    pub tool_version: String,
    /// Whether a step of it has been begun.
    pub begun: bool,
    /// Whether it is held by `schemaplan pause`.
    pub paused: bool,
}

/// The newest run that is not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// Its number.
    pub run_no: i64,
    /// How far it was.
    pub state: RunState,
}

/// Which run `apply` works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunRef {
    /// A new one, for a plan of a catalog that was read after [`last_run`] was `last_seen`.
    New {
        /// The newest run that was not undone when the plan was made; another one by now means that the plan is stale.
        last_seen: Option<LastRun>,
        /// The unfinished run that this plan comes behind.
        after: Option<i64>,
    },
    /// One that the journal holds.
    Continue(i64),
}

/// The journal's format, none where there is no journal.
pub(super) async fn format(client: &impl Statements) -> Result<Option<u32>, ApplyError> {
    let doing = "look for the journal";
    // Not `to_regclass`: it raises for a role that may not look into the schema.
    let looked = "SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'schemaplan' AND c.relname = 'format' AND c.relkind = 'r'";
    let found = rows(client, looked)
        .await
        .map_err(|error| ApplyError::database(doing, &error))?;
    if found.is_empty() {
        return Ok(None);
    }
    let found = rows(client, "SELECT max(version) FROM schemaplan.format")
        .await
        .map_err(|error| ApplyError::database(doing, &error))?;
    match number(found.first(), 0) {
        Some(found) if found > JOURNAL_FORMAT => Err(ApplyError::NewerJournal {
            found,
            known: JOURNAL_FORMAT,
        }),
        found => Ok(found),
    }
}

/// Makes the journal ready for a run: creates it, or what an older program did not know of it, and takes back what scripts noted
/// half-way; refuses a role that cannot write and a journal of a newer format.
pub(super) async fn ensure(client: &impl Statements) -> Result<(), ApplyError> {
    check_writable(client).await?;
    create(client).await?;
    client
        .batch_execute(&script::forget_parts())
        .await
        .map_err(|error| ApplyError::database("take back the notes of scripts", &error))
}

async fn create(client: &impl Statements) -> Result<(), ApplyError> {
    let newest = holds(client, NEWEST).await;
    let newest = newest.map_err(|error| ApplyError::database("read the journal", &error))?;
    if format(client).await?.is_some() && newest {
        return Ok(());
    }
    // Two first runs at once collide on the catalog's unique indexes although each says IF NOT EXISTS.
    for tries_left in (0..3).rev() {
        let created = client.batch_execute(&format!("BEGIN;\n{CREATE}\nCOMMIT")).await;
        let Err(error) = created else { return Ok(()) };
        let _ = client.batch_execute("ROLLBACK").await;
        let raced = error
            .code()
            .is_some_and(|code| matches!(code.code(), "23505" | "42P06" | "42P07"));
        if !raced || tries_left == 0 {
            return Err(ApplyError::database(
                "create the journal in schema `schemaplan`",
                &error,
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

const RUN: &str = "SELECT p.run_no, p.body, p.state, p.after, p.tool_version, \
     EXISTS (SELECT FROM schemaplan.step AS s WHERE s.run_no = p.run_no AND (s.state <> 'failed' OR s.last_key IS NOT NULL)), p.pause, \
     to_jsonb(p) ->> 'body_hash' <> encode(sha256(convert_to(p.body::text, 'UTF8')), 'hex'), p.format_version FROM schemaplan.plan AS p";

async fn runs(client: &impl Statements, condition: &str) -> Result<Vec<Run>, ApplyError> {
    if format(client).await?.is_none() {
        return Ok(Vec::new());
    }
    rows(client, &format!("{RUN} {condition}"))
        .await
        .map_err(|error| ApplyError::database("read the journal", &error))?
        .iter()
        .map(read_run)
        .collect()
}

fn read_run(row: &SimpleQueryRow) -> Result<Run, ApplyError> {
    let row = Some(row);
    let run_no = number(row, 0).ok_or_else(|| ApplyError::Journal("a run has no number".to_owned()))?;
    if text(row, 7) == Some("t") {
        return Err(ApplyError::EditedJournal { run_no });
    }
    let tool_version = text(row, 4).unwrap_or_default().to_owned();
    if let Some(found) = number(row, 8).filter(|found| *found > FORMAT_VERSION) {
        return Err(ApplyError::NewerPlan {
            run_no,
            found,
            known: FORMAT_VERSION,
            tool_version,
        });
    }
    let body = text(row, 1).unwrap_or_default();
    let plan = serde_json::from_str(body)
        .map_err(|error| ApplyError::Journal(format!("the plan of run {run_no} cannot be read: {error}")))?;
    let state = text(row, 2).unwrap_or_default();
    let state = RunState::ALL
        .into_iter()
        .find(|each| each.name() == state)
        .ok_or_else(|| ApplyError::Journal(format!("run {run_no} has the unknown state `{state}`")))?;
    Ok(Run {
        run_no,
        plan,
        state,
        after: number(row, 3),
        tool_version,
        begun: text(row, 5) == Some("t"),
        paused: text(row, 6) == Some("t"),
    })
}

/// The runs of that tenant's, or of no tenant's: plans of two tenants have nothing to do with each other.
fn of_tenant(tenant: Option<&str>) -> String {
    match tenant {
        None => "(p.body -> 'tenant') IS NULL".to_owned(),
        Some(tenant) => format!("p.body ->> 'tenant' = {}", literal(tenant)),
    }
}

/// The runs of a tenant, or of no tenant, that have phases left, oldest first; empty where there is no journal.
///
/// # Errors
/// A newer journal, or one that cannot be read.
pub async fn unfinished_runs(client: &impl Statements, tenant: Option<&str>) -> Result<Vec<Run>, ApplyError> {
    let of_tenant = of_tenant(tenant);
    let condition =
        format!("WHERE p.state NOT IN ('contracted', 'undone') AND {of_tenant} ORDER BY p.run_no");
    runs(client, &condition).await
}

/// The tenants with runs that have phases left.
///
/// # Errors
/// A newer journal, or one that cannot be read.
pub async fn tenants_in_flight(client: &impl Statements) -> Result<Vec<String>, ApplyError> {
    if format(client).await?.is_none() {
        return Ok(Vec::new());
    }
    let query = "SELECT DISTINCT p.body ->> 'tenant' FROM schemaplan.plan AS p \
         WHERE p.state NOT IN ('contracted', 'undone') AND (p.body -> 'tenant') IS NOT NULL";
    let found = rows(client, query)
        .await
        .map_err(|error| ApplyError::database("read the journal", &error))?;
    Ok(texts(&found))
}

/// The newest run of a tenant, or of no tenant, that is not undone: the one that `rollback` means.
///
/// # Errors
/// A newer journal, or one that cannot be read.
pub async fn newest_run(client: &impl Statements, tenant: Option<&str>) -> Result<Option<Run>, ApplyError> {
    let of_tenant = of_tenant(tenant);
    let condition = format!("WHERE p.state <> 'undone' AND {of_tenant} ORDER BY p.run_no DESC LIMIT 1");
    let found = runs(client, &condition).await?;
    Ok(found.into_iter().next())
}

/// The newest run that is not undone and how far it is, to be asked before the catalog is read that a plan is made from: the
/// answer changes where another runner changes that catalog meanwhile.
///
/// # Errors
/// A newer journal, or one that cannot be read.
pub async fn last_run(client: &impl Statements, tenant: Option<&str>) -> Result<Option<LastRun>, ApplyError> {
    Ok(newest_run(client, tenant).await?.map(|run| LastRun {
        run_no: run.run_no,
        state: run.state,
    }))
}

/// The unfinished runs and the newest finished one, oldest first.
pub(super) async fn live_runs(
    client: &impl Statements,
    tenant: Option<&str>,
) -> Result<Vec<Run>, ApplyError> {
    let of_tenant = of_tenant(tenant);
    let newest = format!(
        "(SELECT max(p.run_no) FROM schemaplan.plan AS p WHERE p.state = 'contracted' AND {of_tenant})"
    );
    let unfinished = format!("p.state NOT IN ('contracted', 'undone') AND {of_tenant}");
    let condition = format!("WHERE ({unfinished}) OR p.run_no = {newest} ORDER BY p.run_no");
    runs(client, &condition).await
}

/// One run by its number.
///
/// # Errors
/// A newer journal, or one that cannot be read.
pub async fn load_run(client: &impl Statements, run_no: i64) -> Result<Option<Run>, ApplyError> {
    Ok(runs(client, &format!("WHERE p.run_no = {run_no}"))
        .await?
        .into_iter()
        .next())
}

/// Opens a run for a plan.
pub(super) async fn open_run(
    client: &impl Statements,
    plan: &Plan,
    after: Option<i64>,
) -> Result<Run, ApplyError> {
    let body = serde_json::to_string(plan)
        .map_err(|error| ApplyError::Journal(format!("the plan cannot be written as JSON: {error}")))?;
    let after_text = after.map_or("NULL".to_owned(), |run_no| run_no.to_string());
    let opened = rows(
        client,
        &format!(
            "INSERT INTO schemaplan.plan (plan_id, body, body_hash, format_version, tool_version, state, after) \
             SELECT {}, body, encode(sha256(convert_to(body::text, 'UTF8')), 'hex'), {}, {}, 'new', {after_text} \
             FROM (SELECT {}::jsonb AS body) AS b RETURNING run_no",
            literal(&plan.id),
            plan.format_version,
            literal(env!("CARGO_PKG_VERSION")),
            literal(&body),
        ),
    )
    .await
    .map_err(|error| ApplyError::database("record the plan in the journal", &error))?;
    Ok(Run {
        run_no: number(opened.first(), 0)
            .ok_or_else(|| ApplyError::Journal("the new run has no number".to_owned()))?,
        plan: plan.clone(),
        state: RunState::New,
        after,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        begun: false,
        paused: false,
    })
}

/// Holds the runs that can be at work, unfinished ones and the newest, or lets them go on; returns the ids of their plans, none
/// where there is no such run.
///
/// # Errors
/// A newer journal, or one that cannot be written.
pub async fn set_pause(
    client: &impl Statements,
    tenant: Option<&str>,
    pause: bool,
) -> Result<Vec<String>, ApplyError> {
    if format(client).await?.is_none() {
        return Ok(Vec::new());
    }
    let of_tenant = of_tenant(tenant);
    let newest =
        format!("(SELECT max(p.run_no) FROM schemaplan.plan AS p WHERE p.state <> 'undone' AND {of_tenant})");
    let update = format!(
        "UPDATE schemaplan.plan AS p SET pause = {pause} WHERE {of_tenant} AND (p.state NOT IN ('contracted', 'undone') \
         OR (p.run_no = {newest} \
           AND EXISTS (SELECT FROM schemaplan.lease WHERE expires_at > clock_timestamp()))) RETURNING p.plan_id"
    );
    let found = rows(client, &update)
        .await
        .map_err(|error| ApplyError::database("write the journal", &error))?;
    Ok(texts(&found))
}

/// Lets a deferred cut-over of the newest unfinished run go on; returns the id of its plan, none where there is no such run.
///
/// # Errors
/// A newer journal, or one that cannot be written.
pub async fn release_step(
    client: &impl Statements,
    tenant: Option<&str>,
    step: u32,
) -> Result<Option<String>, ApplyError> {
    let Some(run) = unfinished_runs(client, tenant).await?.pop() else {
        return Ok(None);
    };
    if !run.plan.steps.iter().any(|each| each.number == step) {
        return Err(ApplyError::NoStep {
            plan: run.plan.id,
            step,
        });
    }
    ensure(client).await?;
    let insert = format!(
        "INSERT INTO schemaplan.released (run_no, step_no) VALUES ({}, {step}) ON CONFLICT DO NOTHING",
        run.run_no
    );
    client
        .batch_execute(&insert)
        .await
        .map_err(|error| ApplyError::database("write the journal", &error))?;
    Ok(Some(run.plan.id))
}

/// Runs of which no step was ever begun stand in nobody's way.
pub(super) async fn drop_unbegun(client: &impl Statements) -> Result<(), ApplyError> {
    rows(
        client,
        "UPDATE schemaplan.plan AS p SET state = 'undone' WHERE p.state = 'new' \
         AND NOT EXISTS (SELECT FROM schemaplan.step AS s WHERE s.run_no = p.run_no AND (s.state <> 'failed' OR s.last_key IS NOT NULL))",
    )
    .await
    .map(|_| ())
    .map_err(|error| ApplyError::database("put aside runs that never began", &error))
}
