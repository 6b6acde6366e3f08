//! Fleets: many databases of one schema, run as a whole. Each has its own catalog, plan, journal and lease; what they share is the
//! desired schema, which is built once, and the order in which they go.

mod apply;
mod drive;
mod members;
mod plan;
mod reading;
mod rollback;
mod status;
mod survey;
mod table;

pub use members::{Fleet, Meant, Member, meant};

use super::arguments::Verb;
use super::database::Live;
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::workbench::Workbench;
use crate::execute::{RunState, newest_run, unfinished_runs};

/// What `--allow` and `policy:` call members that differ from the canary.
pub const DRIFTED: &str = "drifted";

/// The verbs that go over a fleet; none for the others, which are about one database.
pub async fn run(
    verb: &Verb,
    fleet: &Fleet,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Option<Result<Exit, Failure>> {
    Some(match verb {
        Verb::Apply(flags) => apply::run(flags, fleet, bench, interrupt).await,
        Verb::Rollback(flags) => rollback::run(flags, fleet, bench, interrupt).await,
        Verb::Plan(flags) => plan::run(flags, fleet, bench).await,
        Verb::Diff(flags) => reading::diff(flags, fleet, bench).await,
        Verb::Status(flags) => status::run(flags, fleet, bench).await,
        Verb::Doctor(flags) => reading::doctor(flags, fleet, bench).await,
        Verb::Pause => reading::pause(true, fleet, bench).await,
        Verb::Resume(flags) => reading::resume(flags, fleet, bench).await,
        _ => return None,
    })
}

fn is_allowed(code: &str, bench: &Workbench) -> bool {
    bench
        .allowed()
        .iter()
        .any(|allowed| allowed == code || allowed == "all")
}

/// How far the journal says that a plan is; none where it cannot be asked, or does not know it.
async fn state_of(plan_id: &str, live: &Live) -> Option<RunState> {
    let unfinished = unfinished_runs(&live.client).await.ok()?;
    let newest = newest_run(&live.client).await.ok()?;
    let of_plan = |run: &&crate::execute::Run| run.plan.id == plan_id;
    unfinished
        .iter()
        .chain(&newest)
        .find(of_plan)
        .map(|run| run.state)
}
