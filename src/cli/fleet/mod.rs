//! Fleets: many databases of one schema, or schemas of one shape, run as a whole. Each has its own catalog, plan, journal and lease; what they share is the
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

pub use members::{Fleet, Meant, Member, Tenant, meant};

use super::arguments::Verb;
use super::database::Live;
use super::failure::{Exit, Failure};
use super::files::Files;
use super::interrupt::Interrupt;
use super::source::Source;
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

/// Says what is wrong with the files once, before any server is asked.
fn read_files(bench: &Workbench) -> Result<(), Failure> {
    if let Source::Files(source) = bench.target() {
        Files::open(&source, bench)?;
    }
    Ok(())
}

/// A word as a shell takes it for one.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=".contains(c);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Refuses what is about a plan that several members share: tenants never do, for the names in their plans differ.
fn refuse_tenants(what: &str, fleet: &Fleet) -> Result<(), Failure> {
    match fleet.is_of_tenants() {
        false => Ok(()),
        true => Err(Failure::new(
            "fleet",
            format!(
                "{what} is one plan, and each tenant of `{}` has its own",
                fleet.name
            ),
            "name one with `--member NAME`",
        )),
    }
}

fn is_allowed(code: &str, bench: &Workbench) -> bool {
    bench
        .allowed()
        .iter()
        .any(|allowed| allowed == code || allowed == "all")
}

/// How far the journal says that a plan is; none where it cannot be asked, or does not know it.
async fn state_of(plan_id: &str, live: &Live, bench: &Workbench) -> Option<RunState> {
    let unfinished = unfinished_runs(&live.client, bench.tenant()).await.ok()?;
    let newest = newest_run(&live.client, bench.tenant()).await.ok()?;
    let of_plan = |run: &&crate::execute::Run| run.plan.id == plan_id;
    unfinished
        .iter()
        .chain(&newest)
        .find(of_plan)
        .map(|run| run.state)
}
