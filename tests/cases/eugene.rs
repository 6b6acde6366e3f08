//! The locks that eugene, a tracer of locks, sees each step take: none is stronger than the step declares.
//!
//! `.ci/eugene` builds it. Every ninth case is traced, or with `SCHEMAPLAN_EUGENE_CASES=all` every one. What must not run in
//! a transaction eugene runs without tracing it. Where it is not here that is said and left out.

use super::live::{Bench, catalog};
use super::{asked, majors, name};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::Scratch;
use schemaplan::plan::{Plan, PlanStep, compile};
use schemaplan::step::{Action, DoneWhen, Lock, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio_postgres::config::Host;

/// The program that the environment names: `.ci/run` says where `.ci/eugene` has put it.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("SCHEMAPLAN_EUGENE").map(PathBuf::from);
    named.filter(|path| path.exists())
}

/// What the executor sets before everything.
const SETTINGS: &str = "SET LOCAL lock_timeout = '1s'; SET LOCAL check_function_bodies = off;
SET LOCAL row_security = off; SET LOCAL TimeZone = 'UTC';
";

/// Every relation by its number, and the names under which a step may declare a lock on it: its own, and those of the tables
/// that it is a partition of, or inherits from.
const RELATIONS: &str = "WITH RECURSIVE above (oid, top) AS (
        SELECT oid, oid FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION SELECT a.oid, i.inhparent FROM above AS a JOIN pg_inherits AS i ON i.inhrelid = a.top)
    SELECT a.oid, n.nspname || '.' || c.relname FROM above AS a JOIN pg_class AS c ON c.oid = a.top
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'schemaplan', 'schemaplan_archive')
    AND c.relname NOT LIKE 'schemaplan%'";

/// What eugene has said so far.
#[derive(Default)]
struct Traced {
    steps: usize,
    locks: usize,
    not_traced: usize,
    stronger: BTreeSet<String>,
}

/// The statements of a step; batches over a table without rows run nothing.
async fn texts(live: &Scratch, step: &PlanStep) -> Vec<String> {
    let (mut actions, mut out) = (vec![&step.step.up], Vec::new());
    while let Some(action) = actions.pop() {
        match action {
            Action::Statements(statements) => out.extend(statements.iter().map(ToString::to_string)),
            Action::Batches(batch) | Action::Verify(batch) => {
                let table = schemaplan::sql::qualified(&batch.table);
                let one = format!("SELECT FROM {table} LIMIT 1");
                let rows = live.client.query(&one, &[]).await;
                if !rows.is_ok_and(|rows| rows.is_empty()) {
                    out.extend(batch.statements.iter().map(|each| each.with_range("true")));
                }
            }
            Action::Sequence(parts) => actions.extend(parts.iter().rev()),
        }
    }
    out
}

type Relations = BTreeMap<u32, BTreeSet<String>>;

async fn relations(live: &Scratch) -> Relations {
    let mut found = Relations::new();
    for row in live.client.query(RELATIONS, &[]).await.unwrap() {
        found.entry(row.get(0)).or_default().insert(row.get(1));
    }
    found
}

/// Runs the script in the database and gives the relations that it locked, by number, with the mode.
fn trace(program: &Path, live: &Scratch, file: &Path) -> Result<Vec<(u32, String)>, String> {
    let options = live.connect_options();
    let host = match options.get_hosts().first() {
        Some(Host::Unix(path)) => path.to_string_lossy().into_owned(),
        Some(Host::Tcp(name)) => name.clone(),
        None => return Err("the server is nowhere".to_owned()),
    };
    let port = options.get_ports().first().copied().unwrap_or(5432);
    let password = options.get_password().unwrap_or(b"none");
    let output = Command::new(program)
        .args(["trace", "--disable-temporary", "--commit", "--accept-failures"])
        .args(["--extra", "--format", "json", "--sort-mode", "none"])
        .args(["--host", &host, "--port", &port.to_string()])
        .args(["--user", options.get_user().unwrap_or("postgres")])
        .args(["--database", live.name()])
        .arg(file)
        .env("PGPASS", String::from_utf8_lossy(password).as_ref())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let said: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let locks = said["all_locks_acquired"].as_array().cloned().unwrap_or_default();
    let one = |lock: &serde_json::Value| {
        let (oid, mode) = (lock["oid"].as_u64()?, lock["mode"].as_str()?);
        Some((u32::try_from(oid).ok()?, mode.to_owned()))
    };
    Ok(locks.iter().filter_map(one).collect())
}

/// Whether the step's own condition says that nothing is to be done: the executor passes it over.
async fn is_done(live: &Scratch, step: &PlanStep) -> Result<bool, String> {
    let DoneWhen::Holds(condition) = &step.step.done_when else {
        return Ok(false);
    };
    let query = format!("SELECT coalesce(({condition}), false)");
    let row = live.client.query_one(&query, &[]).await;
    row.map(|row| row.get(0)).map_err(|error| error.to_string())
}

async fn trace_step(
    (program, file): (&Path, &Path),
    (live, there): (&Scratch, &Relations),
    step: &PlanStep,
    traced: &mut Traced,
) -> Result<Vec<(u32, String)>, String> {
    let statements = texts(live, step).await;
    if is_done(live, step).await? || statements.is_empty() {
        return Ok(Vec::new());
    }
    if step.step.transaction == Transaction::None {
        traced.not_traced += 1;
        for statement in &statements {
            let run = live.client.batch_execute(statement).await;
            run.map_err(|error| format!("{error:?}: {statement}"))?;
        }
        return Ok(Vec::new());
    }
    let path = if step.step.clients_path {
        ""
    } else {
        "SET LOCAL search_path = '';\n"
    };
    std::fs::write(file, format!("{SETTINGS}{path}{};\n", statements.join(";\n"))).unwrap();
    let held = trace(program, live, file)?;
    traced.steps += 1;
    // Nobody knows what the plan itself has made, and nobody waits for it.
    Ok(held
        .into_iter()
        .filter(|(oid, _)| there.contains_key(oid))
        .collect())
}

/// What a step has held beyond what it declares. A relation is meant by any of the names that it has in the course of the plan.
fn stronger(step: &PlanStep, held: &[(u32, String)], names: &Relations) -> BTreeSet<String> {
    let beyond = |(oid, mode): &(u32, String)| {
        let names = names.get(oid)?;
        let allowed = step.step.may_hold(|relation| {
            let name = format!("{}.{}", relation.schema.as_str(), relation.name.as_str());
            names.contains(&name)
        });
        let lock = Lock::of_mode(mode);
        (lock > allowed).then(|| {
            format!(
                "step {} ({}) takes {lock} on {names:?} and declares {:?}",
                step.number, step.step.title, step.step.locks
            )
        })
    };
    held.iter().filter_map(beyond).collect()
}

/// The steps of a case one after the other, each in the state that those before it have led to.
async fn trace_case(
    bench: &Bench,
    (program, file): (&Path, &Path),
    case: &Path,
    traced: &mut Traced,
) -> Result<(), String> {
    let (live, target) = bench.pair(case).await?;
    let policy = Policy {
        strategy: StrategyChoice::Online,
        ..Policy::default()
    };
    let before = catalog(&live).await?;
    let plan: Plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
    let schemas = "CREATE SCHEMA IF NOT EXISTS schemaplan; CREATE SCHEMA IF NOT EXISTS schemaplan_archive; \
                   SET check_function_bodies = off; SET TimeZone = 'UTC'; SET search_path = ''";
    live.client.batch_execute(schemas).await.unwrap();
    let there = relations(&live).await;
    let (mut names, mut all, mut outcome) = (there.clone(), Vec::new(), Ok(()));
    for step in &plan.steps {
        match trace_step((program, file), (&live, &there), step, traced).await {
            Ok(held) => all.push((step, held)),
            Err(why) => {
                outcome = Err(format!("step {} ({}): {why}", step.number, step.step.title));
                break;
            }
        }
        for (oid, more) in relations(&live).await {
            names.entry(oid).or_default().extend(more);
        }
    }
    for (step, held) in &all {
        traced.locks += held.len();
        traced.stronger.extend(stronger(step, held, &names));
    }
    let _ = live.close().await;
    outcome
}

#[tokio::test(flavor = "current_thread")]
async fn eugene_sees_no_lock_that_is_not_declared() {
    let Some(program) = program() else {
        println!("eugene is not here: left out (`SCHEMAPLAN_EUGENE=$(.ci/eugene --where)`)");
        return;
    };
    let (root, cases) = asked();
    let all = std::env::var("SCHEMAPLAN_EUGENE_CASES").is_ok_and(|word| word == "all");
    let few = cases.len() < 9;
    let bench = Bench::start(None).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("step.sql");
    let (mut traced, mut failures, mut found) = (Traced::default(), Vec::new(), Vec::new());
    for case in cases.iter().step_by(if all || few { 1 } else { 9 }) {
        if !majors::is_for(case, bench.major()) {
            continue;
        }
        let name = name(&root, case);
        if let Err(why) = trace_case(&bench, (&program, &file), case, &mut traced).await {
            failures.push(format!("{name}: {why}"));
        }
        let stronger = std::mem::take(&mut traced.stronger);
        found.extend(stronger.into_iter().map(|line| format!("{name}: {line}")));
    }
    bench.stop().await;
    println!(
        "eugene traced {} steps and {} locks; {} steps run outside a transaction",
        traced.steps, traced.locks, traced.not_traced
    );
    assert!(
        failures.is_empty(),
        "eugene could not run:\n{}",
        failures.join("\n")
    );
    assert!(found.is_empty(), "eugene sees:\n{}", found.join("\n"));
}
