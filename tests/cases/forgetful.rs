//! A run whose journal is lost after every single step, and goes on by what the catalog shows.

use crate::live::{Bench, catalog, lines, rows, session};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::Scratch;
use schemaplan::execute::{self, ApplyOptions, Outcome, Progress, RollbackScope, RunRef, Silent, Stopper};
use schemaplan::plan::{Plan, PlanStep, compile, fingerprint};
use std::path::Path;
use std::time::Duration;

/// Stops a run behind the first step that no run has come to before: one whose end the catalog does not show is done again
/// with the one behind it.
struct OneStep<'a> {
    stopper: Stopper,
    furthest: &'a mut u32,
}

impl Progress for OneStep<'_> {
    fn step_finished(&mut self, step: &PlanStep, _elapsed: Duration) {
        if step.number > *self.furthest {
            *self.furthest = step.number;
            self.stopper.stop();
        }
    }
}

const FORGET: &str = "TRUNCATE schemaplan.plan, schemaplan.step, schemaplan.attempt";

/// Applies a case step by step, each behind a loss of the journal; then takes it back by what the last journal holds.
///
/// # Errors
/// Where it does not end in the target, or with other rows than a run that loses nothing.
pub async fn run(bench: &Bench, folder: &Path, strategy: StrategyChoice) -> Result<(), String> {
    let whole = bench.pair(folder).await?;
    let parts = bench.pair(folder).await?;
    let text = std::fs::read_to_string(folder.join("to.sql")).unwrap_or_default();
    let result = compare(&whole.0, &whole.1, &parts.0, strategy, &text).await;
    for scratch in [whole.0, parts.0] {
        let _ = scratch.close().await;
    }
    result
}

async fn compare(
    whole: &Scratch,
    target: &schemaplan::model::Catalog,
    parts: &Scratch,
    strategy: StrategyChoice,
    text: &str,
) -> Result<(), String> {
    let policy = Policy {
        strategy,
        ..Policy::default()
    };
    let options = ApplyOptions {
        accept_loss: true,
        ..ApplyOptions::default()
    };
    let before = catalog(whole).await?;
    let rows_before = rows(whole, &before).await?;
    let plan = compile(&before, target, &diff(&before, target, &policy), &policy);
    if plan.is_empty() {
        return Ok(());
    }
    let new = RunRef::New {
        last_seen: None,
        after: None,
    };
    match execute::apply(&mut session(whole).await?, &plan, new, &options, &mut Silent).await {
        Ok(Outcome::Done { .. }) => {}
        other => return Err(format!("in one go: {other:?}")),
    }
    let rows_wanted = rows(whole, target).await?;
    let kept = step_by_step(parts, target, plan, &policy, &options).await?;
    let end = catalog(parts).await?;
    let left = diff(&end, target, &policy);
    if !left.is_empty() {
        return Err(format!("still differs:\n{}", lines(&left)));
    }
    let rows_there = rows(parts, target).await?;
    // What is drawn by lot or read off the clock differs from run to run.
    let by_lot = ["random(", "gen_random_uuid(", "clock_timestamp(", "now("]
        .iter()
        .any(|word| text.contains(word));
    if rows_there != rows_wanted && !by_lot {
        return Err(format!("rows differ:\n{rows_wanted:?}\n{rows_there:?}"));
    }
    if !kept {
        return Ok(());
    }
    match execute::rollback(
        &mut session(parts).await?,
        None,
        RollbackScope::All,
        &options,
        &mut Silent,
    )
    .await
    {
        Ok(Outcome::Done { .. }) => {}
        other => return Err(format!("the way back: {other:?}")),
    }
    let back = catalog(parts).await?;
    if fingerprint(&back, &policy) != fingerprint(&before, &policy) {
        return Err(format!(
            "the way back leads elsewhere:\n{}",
            lines(&diff(&back, &before, &policy))
        ));
    }
    match rows(parts, &back).await? == rows_before {
        true => Ok(()),
        false => Err("rows differ after the way back".to_owned()),
    }
}

/// True where the plan that it began with is the one that came to its end.
async fn step_by_step(
    live: &Scratch,
    target: &schemaplan::model::Catalog,
    plan: Plan,
    policy: &Policy,
    options: &ApplyOptions,
) -> Result<bool, String> {
    let mut furthest = 0;
    let mut run = RunRef::New {
        last_seen: None,
        after: None,
    };
    for _ in 0..400 {
        let (stopper, stop) = execute::stop_signal();
        let once = ApplyOptions {
            stop,
            ..options.clone()
        };
        let mut session = session(live).await?;
        let mut once_more = OneStep {
            stopper,
            furthest: &mut furthest,
        };
        let outcome = execute::apply(&mut session, &plan, run, &once, &mut once_more).await;
        let at = match outcome {
            Ok(Outcome::Done { .. }) => return Ok(true),
            Ok(Outcome::Stopped { done, .. }) => format!("behind step {:?}", done.last()),
            other => return Err(format!("one step: {other:?}")),
        };
        live.client
            .batch_execute(FORGET)
            .await
            .map_err(|error| error.to_string())?;
        let now = catalog(live).await?;
        let on_the_way = now.support.iter().filter(|support| support.is_on_the_way());
        let left: Vec<_> = on_the_way.cloned().collect();
        let adopted = execute::adopt(&mut session, &plan, &left, options, &mut Silent).await;
        run = match adopted.map_err(|error| format!("{at}: {error}"))? {
            Some(run) => run,
            None => {
                // Nothing is on its way: what is left is what differs.
                if !left.is_empty() {
                    return Err(format!("{at}: not taken up, although {left:?} are there"));
                }
                let plan = compile(&now, target, &diff(&now, target, policy), policy);
                let new = RunRef::New {
                    last_seen: None,
                    after: None,
                };
                return match execute::apply(&mut session, &plan, new, options, &mut Silent).await {
                    Ok(Outcome::Done { .. }) => Ok(false),
                    other => Err(format!("{at}, planned anew: {other:?}")),
                };
            }
        };
    }
    Err(format!("no end\n{}", crate::live::show(&plan)))
}
