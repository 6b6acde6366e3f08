//! `pause` and `resume`: hold a run from another terminal, and let it go on.

use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::workbench::Workbench;
use crate::execute::{release_step, set_pause};
use crate::output::text::short_id;
use clap::Args;

/// Flags of `resume`.
#[derive(Debug, Args)]
pub struct ResumeFlags {
    /// The step whose cut-over was deferred
    #[arg(long, value_name = "N")]
    pub step: Option<u32>,
}

/// Holds the run that is in flight.
///
/// # Errors
/// Where there is none.
pub async fn pause(bench: &Workbench) -> Result<Exit, Failure> {
    set(bench, true).await
}

/// Lets the run that is in flight go on, or the one step that was deferred.
///
/// # Errors
/// Where there is none.
pub async fn resume(flags: &ResumeFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let Some(step) = flags.step else {
        return set(bench, false).await;
    };
    let live = bench.live(None, Purpose::Run).await?;
    let released = release_step(&live.client, bench.tenant(), step).await;
    live.close().await;
    let id = released?.ok_or_else(nothing)?;
    bench
        .terminal
        .say(&format!("Step {step} of plan {} may cut over", short_id(&id)));
    Ok(Exit::Done)
}

async fn set(bench: &Workbench, pause: bool) -> Result<Exit, Failure> {
    let live = bench.live(None, Purpose::Run).await?;
    let plans = set_pause(&live.client, bench.tenant(), pause).await;
    live.close().await;
    let plans = plans?;
    if plans.is_empty() {
        return Err(nothing());
    }
    for id in plans {
        bench.terminal.say(&hold(short_id(&id), pause));
    }
    Ok(Exit::Done)
}

/// That a plan is held, or goes on.
pub fn hold(id: &str, paused: bool) -> String {
    match paused {
        true => format!(
            "Plan {id} is paused: a run stops behind its batch or step, with no transaction open; its triggers go on"
        ),
        false => format!("Plan {id} goes on"),
    }
}

fn nothing() -> Failure {
    Failure::new(
        "nothing-in-flight",
        "no plan is in flight in this database",
        "`schemaplan status` says what was applied",
    )
}
