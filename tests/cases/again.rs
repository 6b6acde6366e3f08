//! Scripts, there and back, that are run again: after half of them, twice in a row, and those of an earlier phase after contract.
//! None does any harm, and those that lead back bring everything back.
//!
//! Every seventh case, or with `SCHEMAPLAN_AGAIN=all` every one; with `SCHEMAPLAN_AGAIN=stops` each script is also stopped behind
//! each of its statements and begun again, as it always is in a case whose `to.sql` has a line `-- stops`.

use super::live::{Bench, catalog, lines, rows};
use super::{asked, majors, name};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::Scratch;
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::Catalog;
use schemaplan::output::scripts::{Direction, file_name, script};
use schemaplan::plan::{Plan, compile, fingerprint};
use schemaplan::step::Phase;
use std::path::Path;

/// Everything of a database that a script could have touched.
async fn state(live: &Scratch) -> Result<(Catalog, String), String> {
    let read = read(&live.client, &ReadOptions { sizes: false }).await;
    let found = read.map_err(|error| error.to_string())?;
    let rows = rows(live, &found).await?;
    Ok((found, format!("{rows:?}")))
}

/// As psql runs it with ON_ERROR_STOP: a statement at a time, up to the first that fails.
async fn run(live: &Scratch, text: &str) -> Result<(), String> {
    run_some(live, &pg_query::split_with_parser(text).unwrap()).await
}

/// The same in a session of its own.
async fn run_some(live: &Scratch, statements: &[&str]) -> Result<(), String> {
    let mut outcome = Ok(());
    for statement in statements {
        if let Err(error) = live.client.batch_execute(statement).await {
            let words = error.as_db_error().map(|words| words.message().to_owned());
            outcome = Err(format!("{}\n{statement:.700}", words.unwrap_or_default()));
            break;
        }
    }
    live.client.batch_execute("DISCARD TEMP").await.unwrap();
    live.client.batch_execute("RESET ALL").await.unwrap();
    outcome
}

/// Runs the script and says what it did to a database that it should leave as it is.
async fn leaves_alone(
    live: &Scratch,
    plan: &Plan,
    (phase, direction): (Phase, Direction),
    may_refuse: bool,
) -> Result<(), String> {
    let file = file_name(phase, direction);
    let before = state(live).await?;
    let outcome = run(live, &script(plan, phase, direction)).await;
    let after = state(live).await?;
    if before.0 != after.0 {
        let changes = diff(&before.0, &after.0, &Policy::default());
        let of = |catalog: &Catalog| format!("{:?}", catalog.support);
        return Err(format!(
            "{file} changes the database:\n{}\n{}\n{}\n{outcome:?}",
            lines(&changes),
            of(&before.0),
            of(&after.0)
        ));
    }
    if before.1 != after.1 {
        return Err(format!("{file} changes rows:\n{}\n{}", before.1, after.1));
    }
    match outcome {
        Err(why) if !(may_refuse && why.contains("has nothing to ") && why.contains(" any more")) => {
            Err(format!("{file}: {why}"))
        }
        _ => Ok(()),
    }
}

async fn again(bench: &Bench, case: &Path, strategy: StrategyChoice) -> Result<(), String> {
    let (live, target) = bench.pair(case).await?;
    let policy = Policy {
        strategy,
        ..Policy::default()
    };
    let each_stop = asked_for("stops") || stops(case);
    let outcome = there_and_back(&live, &target, &policy, each_stop).await;
    let _ = live.close().await;
    outcome
}

async fn there_and_back(
    live: &Scratch,
    target: &Catalog,
    policy: &Policy,
    each_stop: bool,
) -> Result<(), String> {
    let (before, rows_before) = state(live).await?;
    let plan = compile(&before, target, &diff(&before, target, policy), policy);
    for phase in Phase::ALL {
        both_times(live, &plan, (phase, Direction::Up), each_stop).await?;
    }
    for phase in [Phase::Expand, Phase::Migrate] {
        leaves_alone(live, &plan, (phase, Direction::Up), true)
            .await
            .map_err(|why| format!("after contract: {why}"))?;
    }
    let left = diff(&catalog(live).await?, target, policy);
    if !left.is_empty() {
        return Err(format!("still differs:\n{}", lines(&left)));
    }
    for phase in Phase::ALL.into_iter().rev() {
        both_times(live, &plan, (phase, Direction::Down), each_stop).await?;
    }
    let (back, rows_back) = state(live).await?;
    let left = diff(&back, &before, policy);
    if fingerprint(&back, policy) != fingerprint(&before, policy) || !left.is_empty() {
        return Err(format!("the way back leads elsewhere:\n{}", lines(&left)));
    }
    match rows_back == rows_before {
        true => Ok(()),
        false => Err(format!(
            "rows differ after the way back:\n{rows_before}\n{rows_back}"
        )),
    }
}

/// Runs the first half of a script, or it up to each of its statements, then all of it, and all of it once more.
async fn both_times(
    live: &Scratch,
    plan: &Plan,
    which: (Phase, Direction),
    each_stop: bool,
) -> Result<(), String> {
    let (phase, direction) = which;
    let text = script(plan, phase, direction);
    let statements = pg_query::split_with_parser(&text).unwrap();
    let stops = match each_stop {
        true => (1..statements.len()).collect(),
        false => vec![statements.len() / 2],
    };
    for stop in stops {
        run_some(live, &statements[..stop])
            .await
            .map_err(|why| format!("{stop} statements of {}: {why}", file_name(phase, direction)))?;
    }
    run_some(live, &statements)
        .await
        .map_err(|why| format!("{}: {why}", file_name(phase, direction)))?;
    let may_refuse = phase == Phase::Contract;
    leaves_alone(live, plan, which, may_refuse)
        .await
        .map_err(|why| format!("twice: {why}"))
}

fn stops(case: &Path) -> bool {
    let text = std::fs::read_to_string(case.join("to.sql"));
    text.is_ok_and(|text| text.lines().any(|line| line == "-- stops"))
}

fn asked_for(what: &str) -> bool {
    std::env::var("SCHEMAPLAN_AGAIN").is_ok_and(|word| word == what)
}

#[tokio::test(flavor = "current_thread")]
async fn a_script_that_is_run_again_does_no_harm() {
    let (root, cases) = asked();
    let all = asked_for("all") || asked_for("stops") || cases.len() < 7;
    let bench = Bench::start(None).await;
    let mut failures = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let chosen = all || number % 7 == 0 || stops(case);
        if !chosen || !majors::is_for(case, bench.major()) {
            continue;
        }
        for strategy in [StrategyChoice::Auto, StrategyChoice::Online] {
            if let Err(why) = again(&bench, case, strategy).await {
                let name = name(&root, case);
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
