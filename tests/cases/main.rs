//! Case folders, live: `from.sql` becomes `to.sql` and goes back, rows included.
//!
//! `tests/cases/<topic>/<case>/{from.sql,to.sql}`; the plan under both strategies is the snapshot beside them. Another
//! folder of cases can be named by `SCHEMAPLAN_CASES`, and a part of a case's name by `SCHEMAPLAN_CASE`.
#![allow(clippy::unwrap_used)]

mod live;

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

#[tokio::test(flavor = "current_thread")]
async fn every_case_goes_there_and_back() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let root = std::env::var_os("SCHEMAPLAN_CASES")
        .map(PathBuf::from)
        .unwrap_or_else(|| own.clone());
    let only = std::env::var("SCHEMAPLAN_CASE").unwrap_or_default();
    let bench = live::Bench::start().await;
    let mut failures = Vec::new();
    let mut count = 0;
    for folder in cases(&root) {
        let name = folder.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        if !name.contains(&only) {
            continue;
        }
        for strategy in ["auto", "online"] {
            count += 1;
            match bench.run(&folder, strategy).await {
                Ok(plan) if root == own => {
                    let mut settings = insta::Settings::clone_current();
                    settings.set_snapshot_path(&folder);
                    settings.set_prepend_module_to_snapshot(false);
                    settings.set_omit_expression(true);
                    settings.bind(|| insta::assert_snapshot!(format!("plan.{strategy}"), plan));
                }
                Ok(_) => {}
                Err(why) => {
                    println!("FAILED {name} ({strategy})\n    {}", why.replace('\n', "\n    "));
                    failures.push(format!("{name} ({strategy})"));
                }
            }
        }
    }
    bench.stop().await;
    println!("{} of {count} went there and back", count - failures.len());
    assert!(count > 0, "no case under {}", root.display());
    assert!(failures.is_empty(), "failed: {failures:#?}");
}
