//! Case folders, live: `from.sql` becomes `to.sql` and goes back, rows included.
//!
//! `tests/cases/<topic>/<case>/{from.sql,to.sql}`; the plan under both strategies is the snapshot beside them. Another
//! folder of cases can be named by `SCHEMAPLAN_CASES`, and parts of cases' names, separated by commas, by
//! `SCHEMAPLAN_CASE`. The same cases run on every major that is here: `majors.rs`; random ones are made by `random`.
#![allow(clippy::unwrap_used)]

mod again;
mod emptied;
mod eugene;
mod forgetful;
mod live;
mod majors;
mod merged;
mod random;
mod squawk;

use schemaplan::change::StrategyChoice;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn cases(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(root)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_name() == "to.sql")
        .map(|entry| entry.path().parent().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

/// The folder of the cases, and those in it that are asked for.
fn asked() -> (PathBuf, Vec<PathBuf>) {
    let root = std::env::var_os("SCHEMAPLAN_CASES")
        .map(PathBuf::from)
        .unwrap_or_else(own);
    let only = std::env::var("SCHEMAPLAN_CASE").unwrap_or_default();
    let mut found = cases(&root);
    found.retain(|folder| only.split(',').any(|part| name(&root, folder).contains(part)));
    assert!(!found.is_empty(), "no case under {}", root.display());
    (root, found)
}

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn name(root: &Path, folder: &Path) -> String {
    folder.strip_prefix(root).unwrap().to_string_lossy().into_owned()
}

/// Holds the plan against the one that is kept beside the case.
fn matches_kept(folder: &Path, strategy: &str, plan: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("plan.{strategy}"), plan));
}

#[tokio::test(flavor = "current_thread")]
async fn every_case_goes_there_and_back() {
    let (root, cases) = asked();
    let bench = live::Bench::start(None).await;
    let mut failures = Vec::new();
    let mut count = 0;
    for folder in cases {
        if !majors::is_for(&folder, bench.major()) {
            continue;
        }
        for strategy in ["auto", "online"] {
            count += 1;
            let outcome = bench.run(&folder, strategy).await;
            match outcome {
                Ok(plan) if root == own() => matches_kept(&folder, strategy, plan),
                Ok(_) => {}
                Err(why) => {
                    let name = name(&root, &folder);
                    println!("FAILED {name} ({strategy})\n    {}", why.replace('\n', "\n    "));
                    failures.push(format!("{name} ({strategy})"));
                }
            }
        }
    }
    bench.stop().await;
    println!("{} of {count} went there and back", count - failures.len());
    assert!(failures.is_empty(), "failed: {failures:#?}");
}

/// Every ninth case, or with `SCHEMAPLAN_LOST=all` every one: it ends where it should although the journal is lost after each step.
#[tokio::test(flavor = "current_thread")]
async fn a_lost_journal_is_made_good() {
    let (root, cases) = asked();
    let all = std::env::var("SCHEMAPLAN_LOST").is_ok_and(|word| word == "all") || root != own();
    let bench = live::Bench::start(None).await;
    let mut failures = Vec::new();
    for folder in cases.iter().step_by(if all { 1 } else { 9 }) {
        if !majors::is_for(folder, bench.major()) {
            continue;
        }
        for strategy in [StrategyChoice::Auto, StrategyChoice::Online] {
            if let Err(why) = forgetful::run(&bench, folder, strategy).await {
                let name = name(&root, folder);
                println!(
                    "FAILED {name} ({strategy:?})\n    {}",
                    why.replace('\n', "\n    ")
                );
                failures.push(name);
            }
        }
    }
    bench.stop().await;
    assert!(failures.is_empty(), "failed: {failures:#?}");
}

#[tokio::test(flavor = "current_thread")]
async fn every_major_goes_there_and_back() {
    let (root, cases) = asked();
    let wanted = majors::wanted();
    // Topics by name, and for each major how many of its cases passed, and ran.
    let mut table: BTreeMap<String, BTreeMap<u32, (usize, usize)>> = BTreeMap::new();
    let mut failures = Vec::new();
    let servers = majors::servers();
    for (major, bin) in servers.iter().filter(|(major, _)| wanted(**major)) {
        let bench = live::Bench::start(Some(bin.clone())).await;
        for (folder, strategy) in majors::chosen(&cases, *major) {
            let name = name(&root, &folder);
            let topic = name.split('/').next().unwrap_or_default().to_owned();
            let cell = table.entry(topic).or_default().entry(*major).or_default();
            cell.1 += 1;
            match bench.run(&folder, strategy).await {
                Ok(plan) => {
                    cell.0 += 1;
                    if root == own() && majors::needs(&folder) == *major && *major != 15 {
                        matches_kept(&folder, strategy, plan);
                    }
                }
                Err(why) => {
                    println!(
                        "FAILED {major} {name} ({strategy})\n    {}",
                        why.replace('\n', "\n    ")
                    );
                    failures.push(format!("{major} {name} ({strategy})"));
                }
            }
        }
        bench.stop().await;
    }
    majors::print(&table);
    for major in (14..=18).filter(|major| wanted(*major) && !servers.contains_key(major)) {
        println!("PostgreSQL {major} is not here: left out (`.ci/servers` fetches it)");
    }
    assert!(failures.is_empty(), "failed: {failures:#?}");
}
