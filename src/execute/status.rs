//! `status`: what the journal and the catalog say, read in a fixed number of queries.

use std::fmt;

use serde::Serialize;
use tokio_postgres::Client;

use super::at_work::{AtWork, at_work};
use super::checked::Checked;
use super::error::ApplyError;
use super::journal::{self, Run, RunState, live_runs};
use super::lease::{Holder, Waiting, waiting};
use super::outcome::StepRef;
use super::session::{number, rows, text};
use super::step_rows::{is_edited, refuse_lost};
use crate::plan::{Boundary, Rule};
use crate::step::Phase;

/// How far a phase of a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseStatus {
    /// Which.
    pub phase: Phase,
    /// How many steps it has.
    pub steps: usize,
    /// How many of them are done.
    pub done: usize,
    /// Whether the phase is complete.
    pub complete: bool,
}

/// A step that is begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InFlight {
    /// The step.
    pub step: StepRef,
    /// `up` or `down`.
    pub direction: String,
    /// `intent`, `running` or `failed`.
    pub state: String,
    /// Rows done.
    pub rows_done: u64,
    /// An estimate of all rows.
    pub rows_total: Option<u64>,
    /// What the last try that failed said.
    pub last_error: Option<String>,
}

/// A verification that is through: what was there then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The step.
    pub step: StepRef,
    /// `up` or `down`.
    pub direction: String,
    /// Rows and checksum.
    #[serde(flatten)]
    pub checked: Checked,
}

/// A run that is not undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunStatus {
    /// Its number.
    pub run_no: i64,
    /// The plan's id.
    pub plan_id: String,
    /// What the plan changes, one line an object.
    pub summary: Vec<String>,
    /// The last phase that is complete.
    pub state: RunState,
    /// The phases.
    pub phases: Vec<PhaseStatus>,
    /// Whether `schemaplan pause` holds it.
    pub paused: bool,
    /// What is begun and not finished.
    pub in_flight: Vec<InFlight>,
    /// What its verifications have seen.
    pub verified: Vec<Verified>,
    /// The phase that comes next.
    pub next: Option<Phase>,
    /// What is to be deployed before it.
    pub waiting_for: Option<Boundary>,
    /// What application code may or must not do around the phase that comes next.
    pub application: Vec<Rule>,
    /// The fingerprint of the catalog that it leads to.
    pub target_fingerprint: String,
    /// The major of the server that the plan was made for.
    #[serde(skip)]
    pub server_major: u32,
}

/// Something that an earlier run left in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leftover {
    /// `column`, `trigger`, `constraint`, `relation`, `second name`, `type`, `function`, `invalid index`.
    pub kind: String,
    /// Its relation, or itself.
    pub relation: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name, relation) = (&self.kind, &self.name, &self.relation);
        match relation
            .strip_suffix(name.as_str())
            .is_some_and(|schema| schema.ends_with('.'))
        {
            true => write!(f, "{kind} {relation}"),
            false => write!(f, "{kind} {name} on {relation}"),
        }
    }
}

impl Leftover {
    /// True for what a plan has made; an index may have been left invalid by anybody.
    pub fn is_a_plans(&self) -> bool {
        self.kind != "invalid index"
    }
}

/// An archived table or column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archive {
    /// Its name in schema `schemaplan_archive`.
    pub name: String,
    /// Its comment: what it holds.
    pub holds: String,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What is applied, in flight, waiting and left over.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// Whether there is a journal.
    pub journal: bool,
    /// Unfinished runs and the newest finished one, oldest first.
    pub runs: Vec<RunStatus>,
    /// Who is at work now.
    pub running: Option<Holder>,
    /// Other runs that wait until it ends.
    pub waiting: Vec<Waiting>,
    /// What it is at, and what it waits for.
    pub at_work: Option<AtWork>,
    /// What contracts have archived.
    pub archives: Vec<Archive>,
    /// Objects of unfinished or lost runs. While a run is unfinished they belong to it.
    pub leftovers: Vec<Leftover>,
}

impl Status {
    /// Whether a run is unfinished.
    pub fn is_in_flight(&self) -> bool {
        self.runs
            .iter()
            .any(|run| run.state < RunState::Contracted || !run.in_flight.is_empty())
    }
}

/// Reads the status, with the runs of a tenant or of no tenant; works without a journal, and for a role that can only read.
///
/// # Errors
/// A newer journal, or one that cannot be read.
pub async fn status(client: &Client, tenant: Option<&str>) -> Result<Status, ApplyError> {
    let mut status = Status {
        archives: archives(client).await?,
        leftovers: leftovers(client).await?,
        ..Status::default()
    };
    if journal::format(client).await?.is_none() {
        return Ok(status);
    }
    status.journal = true;
    status.running = running(client).await?;
    let runs = live_runs(client, tenant).await?;
    if status.running.is_some() {
        status.waiting = waiting(client).await?;
        status.at_work = at_work(client, &runs).await?;
    }
    let steps = steps(client, &runs).await?;
    status.runs = runs.iter().map(|run| run_status(run, &steps)).collect();
    Ok(status)
}

fn run_status(run: &Run, steps: &[StepStatus]) -> RunStatus {
    let of_run = || steps.iter().filter(|step| step.run_no == run.run_no);
    let is_done = |number: u32| {
        of_run().any(|step| step.number == number && step.direction == "up" && step.state == "done")
    };
    let phases: Vec<PhaseStatus> = Phase::ALL
        .into_iter()
        .map(|phase| PhaseStatus {
            phase,
            steps: run.plan.of_phase(phase).count(),
            done: run
                .plan
                .of_phase(phase)
                .filter(|step| is_done(step.number))
                .count(),
            complete: run.state.has(phase),
        })
        .collect();
    let next = phases
        .iter()
        .find(|phase| !phase.complete && phase.steps > 0)
        .map(|phase| phase.phase);
    let step_ref = |number: u32| {
        let planned = run.plan.steps.iter().find(|planned| planned.number == number)?;
        Some(StepRef::new(planned, run.plan.steps.len()))
    };
    let verified = of_run()
        .filter_map(|step| {
            Some(Verified {
                step: step_ref(step.number)?,
                direction: step.direction.clone(),
                checked: step.checked?,
            })
        })
        .collect();
    let in_flight = of_run()
        .filter(|step| step.state != "done")
        .filter_map(|step| {
            Some(InFlight {
                step: step_ref(step.number)?,
                direction: step.direction.clone(),
                state: step.state.clone(),
                rows_done: step.rows_done,
                rows_total: step.rows_total,
                last_error: step.last_error.clone(),
            })
        })
        .collect();
    RunStatus {
        run_no: run.run_no,
        plan_id: run.plan.id.clone(),
        summary: run.plan.summary.clone(),
        state: run.state,
        paused: run.paused,
        waiting_for: next
            .and_then(|next| {
                run.plan
                    .deploys
                    .iter()
                    .find(|deploy| deploy.before == next)
                    .cloned()
            })
            .filter(|_| phases.iter().all(|phase| phase.complete || phase.done == 0)),
        application: run
            .plan
            .application
            .iter()
            .filter(|rule| Some(rule.phase) == next)
            .cloned()
            .collect(),
        phases,
        in_flight,
        verified,
        next,
        target_fingerprint: run.plan.target_fingerprint.clone(),
        server_major: run.plan.server_major,
    }
}

struct StepStatus {
    run_no: i64,
    direction: String,
    number: u32,
    state: String,
    rows_done: u64,
    rows_total: Option<u64>,
    last_error: Option<String>,
    checked: Option<Checked>,
}

async fn steps(client: &Client, runs: &[Run]) -> Result<Vec<StepStatus>, ApplyError> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<String> = runs.iter().map(|run| run.run_no.to_string()).collect();
    let query = format!(
        "SELECT s.run_no, s.direction, s.step_no, s.state, s.rows_done, s.rows_total, \
         (SELECT a.detail FROM schemaplan.attempt AS a WHERE (a.run_no, a.direction, a.step_no) = (s.run_no, s.direction, s.step_no) \
          AND a.sqlstate IS NOT NULL ORDER BY a.n DESC LIMIT 1), {}, to_jsonb(s) ->> 'checked' \
         FROM schemaplan.step AS s WHERE s.run_no IN ({}) ORDER BY s.run_no, s.step_no",
        is_edited("s"),
        numbers.join(", ")
    );
    refuse_lost(client, &numbers.join(", "), None).await?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("read the journal", &error))?;
    if let Some(row) = found.iter().find(|row| text(Some(row), 7) == Some("t")) {
        return Err(ApplyError::EditedStep {
            run_no: number(Some(row), 0).unwrap_or(0),
            step: number(Some(row), 2).unwrap_or(0),
            direction: word(row, 1),
        });
    }
    Ok(found
        .iter()
        .filter_map(|row| {
            Some(StepStatus {
                run_no: number(Some(row), 0)?,
                direction: word(row, 1),
                number: number(Some(row), 2)?,
                state: word(row, 3),
                rows_done: number(Some(row), 4).unwrap_or(0),
                rows_total: number(Some(row), 5),
                last_error: text(Some(row), 6).map(str::to_owned),
                checked: Checked::of_journal(text(Some(row), 8)),
            })
        })
        .collect())
}

async fn running(client: &Client) -> Result<Option<Holder>, ApplyError> {
    let found = rows(
        client,
        "SELECT l.owner, l.pid, to_char(l.heartbeat_at, 'YYYY-MM-DD HH24:MI:SS TZ') FROM schemaplan.lease AS l \
         WHERE l.expires_at > clock_timestamp() AND (l.pid IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a \
         WHERE a.pid = l.pid AND coalesce(a.backend_start, l.backend_start) = l.backend_start))",
    )
    .await
    .map_err(|error| ApplyError::database("see who holds the lease", &error))?;
    Ok(found.first().map(|row| Holder {
        owner: text(Some(row), 0).unwrap_or("unknown").to_owned(),
        pid: number(Some(row), 1),
        heartbeat_at: text(Some(row), 2).unwrap_or("unknown").to_owned(),
    }))
}

async fn archives(client: &Client) -> Result<Vec<Archive>, ApplyError> {
    let found = rows(
        client,
        "SELECT c.relname, obj_description(c.oid, 'pg_class'), pg_total_relation_size(c.oid) FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'schemaplan_archive' AND c.relkind IN ('r', 'p') ORDER BY c.relname",
    )
    .await
    .map_err(|error| ApplyError::database("list the archives", &error))?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    Ok(found
        .iter()
        .map(|row| Archive {
            name: word(row, 0),
            holds: word(row, 1),
            bytes: number(Some(row), 2).unwrap_or(0),
        })
        .collect())
}

/// Names of ours outside our own schemas, second names (known by their comment), and indexes that an interruption has left
/// invalid. A column that was kept instead of archived is left over by nobody: `purge` ends it.
const LEFTOVERS: &str = "WITH ours AS (\
     SELECT 'column' AS kind, attrelid AS relation, attname AS name FROM pg_catalog.pg_attribute \
       WHERE attnum > 0 AND NOT attisdropped AND attname ~ '^~?schemaplan_' \
     UNION ALL SELECT 'trigger', tgrelid, tgname FROM pg_catalog.pg_trigger WHERE tgname ~ '^~?schemaplan_' \
     UNION ALL SELECT 'constraint', conrelid, conname FROM pg_catalog.pg_constraint \
       WHERE conrelid <> 0 AND conname ~ '^~?schemaplan_' \
     UNION ALL SELECT 'relation', oid, relname FROM pg_catalog.pg_class WHERE relname ~ '^~?schemaplan_' \
     UNION ALL SELECT 'second name', d.objoid, c.relname FROM pg_catalog.pg_description AS d \
       JOIN pg_catalog.pg_class AS c ON c.oid = d.objoid WHERE d.classoid = 'pg_catalog.pg_class'::regclass \
       AND d.objsubid = 0 AND d.description LIKE 'schemaplan:1 %\"kind\":\"second-name\"%' \
     UNION ALL SELECT 'invalid index', i.indexrelid, c.relname FROM pg_catalog.pg_index AS i \
       JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
       WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relname !~ '^~?schemaplan_') \
     SELECT o.kind, o.name, n.nspname || '.' || r.relname FROM ours AS o \
     JOIN pg_catalog.pg_class AS r ON r.oid = o.relation JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace \
     WHERE r.relkind <> 'i' OR o.kind IN ('relation', 'invalid index') \
     UNION ALL SELECT 'type', t.typname, n.nspname || '.' || t.typname FROM pg_catalog.pg_type AS t \
       JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r') \
       AND t.typname ~ '^~?schemaplan_' \
     UNION ALL SELECT 'function', p.proname, n.nspname || '.' || p.proname FROM pg_catalog.pg_proc AS p \
       JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = 'schemaplan' \
       AND p.proname ~ '^(sync|archive|split|copy)_'";

pub(super) async fn leftovers(client: &Client) -> Result<Vec<Leftover>, ApplyError> {
    let query = format!(
        "SELECT * FROM ({LEFTOVERS}) AS q (kind, name, relation) \
         WHERE (q.kind = 'function' OR q.relation !~ '^(schemaplan|schemaplan_archive)[.]') AND q.name !~ '^(schemaplan_(kept|nolabel)_|~schemaplan_value_)' ORDER BY 1, 3, 2"
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("look for leftovers", &error))?;
    let word = |row, column| text(Some(row), column).unwrap_or_default().to_owned();
    Ok(found
        .iter()
        .map(|row| Leftover {
            kind: word(row, 0),
            name: word(row, 1),
            relation: word(row, 2),
        })
        .collect())
}
