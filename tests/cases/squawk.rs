//! What squawk, a linter of migrations, says of the statements of expand and migrate of every case.
//!
//! `.ci/squawk` fetches it; `.ci/squawk.toml` names the rules that are left out, each with its reason, and
//! `.ci/squawk-statements` statements that are right as they are. Where squawk is not here it is said and left out.

use super::live::{Bench, catalog};
use super::{asked, majors, name};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::plan::{Plan, compile};
use schemaplan::step::{Action, Phase, Transaction};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that the environment names: `.ci/run` says where `.ci/squawk` has put it.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("SCHEMAPLAN_SQUAWK").map(PathBuf::from);
    named.filter(|path| path.exists())
}

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci").join(name)
}

fn texts(action: &Action, out: &mut Vec<String>) {
    match action {
        Action::Statements(statements) => out.extend(statements.iter().map(ToString::to_string)),
        Action::Batches(batch) | Action::Verify(batch) => {
            out.extend(batch.statements.iter().map(|each| each.with_range("true")));
        }
        Action::Sequence(actions) => actions.iter().for_each(|each| texts(each, out)),
    }
}

/// The statements of a plan before contract, each step in the transaction that it is run in.
fn statements(plan: &Plan) -> String {
    // The executor sets both before everything.
    let mut text = "SET lock_timeout = '1s';\nSET statement_timeout = '3s';\n".to_owned();
    let steps = plan.steps.iter().map(|step| &step.step);
    for step in steps.filter(|step| step.phase != Phase::Contract) {
        let mut statements = Vec::new();
        texts(&step.up, &mut statements);
        let whole = statements.join(";\n");
        text.push_str(&match step.transaction {
            Transaction::None => format!("{whole};\n"),
            _ => format!("BEGIN;\n{whole};\nCOMMIT;\n"),
        });
    }
    text
}

async fn plan_of(bench: &Bench, folder: &Path) -> Result<Plan, String> {
    let (live, target) = bench.pair(folder).await?;
    let policy = Policy {
        strategy: StrategyChoice::Online,
        ..Policy::default()
    };
    let before = catalog(&live).await;
    let _ = live.close().await;
    let before = before?;
    Ok(compile(
        &before,
        &target,
        &diff(&before, &target, &policy),
        &policy,
    ))
}

/// Rules with a part of the statements that they need not be followed in.
fn listed() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(beside("squawk-statements")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(" | "));
    pairs
        .map(|(rule, part)| (rule.trim().to_owned(), part.trim().to_owned()))
        .collect()
}

#[tokio::test(flavor = "current_thread")]
async fn squawk_finds_nothing_new_in_expand_and_migrate() {
    let Some(program) = program() else {
        println!("squawk is not here: left out (`SCHEMAPLAN_SQUAWK=$(.ci/squawk --where)`)");
        return;
    };
    let (root, cases) = asked();
    let bench = Bench::start(None).await;
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for case in cases.iter().filter(|case| majors::is_for(case, bench.major())) {
        let plan = plan_of(&bench, case).await.unwrap();
        let file = folder
            .path()
            .join(format!("{}.sql", name(&root, case).replace('/', "@")));
        std::fs::write(&file, statements(&plan)).unwrap();
        files.push(file);
    }
    bench.stop().await;
    let listed = listed();
    let mut new = BTreeSet::new();
    for some in files.chunks(100) {
        let output = Command::new(&program)
            .args(["--reporter", "json", "--config"])
            .arg(beside("squawk.toml"))
            .args(some)
            .output()
            .unwrap();
        let said: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        for each in said {
            let (rule, file) = (
                each["rule_name"].as_str().unwrap(),
                each["file"].as_str().unwrap(),
            );
            let text = std::fs::read_to_string(file).unwrap();
            let line = each["line"].as_u64().unwrap() as usize;
            let statement = text.lines().nth(line).unwrap_or_default();
            let is_right = |(of, part): &(String, String)| of == rule && statement.contains(part.as_str());
            if !listed.iter().any(is_right) {
                let case = Path::new(file)
                    .file_stem()
                    .unwrap()
                    .to_string_lossy()
                    .replace('@', "/");
                new.insert(format!("{rule} | {statement}\n    {case}"));
            }
        }
    }
    let new: Vec<String> = new.into_iter().collect();
    assert!(new.is_empty(), "squawk finds:\n{}", new.join("\n"));
}
