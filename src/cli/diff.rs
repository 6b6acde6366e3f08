//! `diff`: what differs.

use super::arguments::{DiffFlags, TextOrJson};
use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::pipeline::{self, Sides};
use super::workbench::Workbench;
use super::{planning, unmanaged};
use crate::execute::{Run, unfinished_runs};
use crate::output::{diff_text, json, text::short_id};
use crate::step::Phase;

/// Prints the difference.
///
/// # Errors
/// Where it cannot be found out.
pub async fn run(flags: &DiffFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let sides = pipeline::sides(bench, Purpose::Compare).await?;
    let answer = answer(flags, bench, &sides).await;
    sides.close().await;
    answer
}

async fn answer(flags: &DiffFlags, bench: &Workbench, sides: &Sides) -> Result<Exit, Failure> {
    let changes = planning::difference(sides, bench)?;
    let in_flight = match &sides.live {
        Some(live) => unfinished_runs(&live.client)
            .await?
            .iter()
            .map(in_flight)
            .collect(),
        None => Vec::new(),
    };
    let unmanaged = unmanaged::all(sides);
    let text = match flags.format {
        TextOrJson::Text => diff_text::difference(&changes, &in_flight, bench.terminal.out),
        TextOrJson::Json => json::difference(&changes, &unmanaged, &in_flight),
    };
    bench.terminal.answer(&text);
    let partial = unmanaged::report_both(sides, bench);
    if partial {
        return Ok(Exit::CouldNot);
    }
    match changes.is_empty() && in_flight.is_empty() {
        true => Ok(Exit::Done),
        false => Ok(Exit::Differs),
    }
}

/// An unfinished run in one line: `plan 1a2b3c in flight (migrate done, contract due)`.
fn in_flight(run: &Run) -> String {
    let done = Phase::ALL.into_iter().rev().find(|phase| run.state.has(*phase));
    let due = Phase::ALL.into_iter().find(|phase| !run.state.has(*phase));
    let done = done.map_or("nothing", Phase::name);
    let due = due.map_or("nothing", Phase::name);
    format!(
        "plan {} in flight ({done} done, {due} due)",
        short_id(&run.plan.id)
    )
}
