//! `diff`: what differs.

use super::arguments::{DiffFlags, TextOrJson};
use super::cache::Mark;
use super::database::Live;
use super::failure::{Exit, Failure};
use super::pipeline::{self, Compared, Sides};
use super::workbench::Workbench;
use super::{planning, unmanaged};
use crate::change::keep_label;
use crate::execute::{Run, unfinished_runs};
use crate::model::{Body, Support, Unmanaged};
use crate::output::text::{counted, short_id};
use crate::output::{ChangeView, diff_text, json};
use crate::step::Phase;

/// Prints the difference.
///
/// # Errors
/// Where it cannot be found out.
pub async fn run(flags: &DiffFlags, bench: &Workbench) -> Result<Exit, Failure> {
    match pipeline::compared(bench).await? {
        Compared::Equal(live) => {
            let answer = answer(flags, bench, &[], &[], Some(&live), &[]).await;
            live.close().await;
            answer
        }
        Compared::Sides { sides, mark } => {
            let answer = of_sides(flags, bench, &sides, mark).await;
            sides.close().await;
            answer
        }
    }
}

async fn of_sides(
    flags: &DiffFlags,
    bench: &Workbench,
    sides: &Sides,
    mark: Option<Mark>,
) -> Result<Exit, Failure> {
    let changes = planning::difference(sides, bench)?;
    let unmanaged = unmanaged::all(sides);
    let on_its_way = sides.from.support.iter().any(|each| each.is_on_the_way());
    let instead = emulated_and_kept(sides);
    let equal = changes.is_empty() && unmanaged.is_empty() && !on_its_way && instead.is_empty();
    if let Some(mark) = mark.filter(|_| equal) {
        mark.leave();
    }
    let exit = answer(
        flags,
        bench,
        &changes,
        &unmanaged,
        sides.live.as_ref(),
        &sides.from.support,
    )
    .await?;
    for line in &instead {
        bench.terminal.say(line);
    }
    Ok(match unmanaged::report_both(sides, bench) {
        true => Exit::CouldNot,
        false => exit,
    })
}

/// What counts as equal because the files say so, in lines: a trigger in place of the server, a label that stays.
fn emulated_and_kept(sides: &Sides) -> Vec<String> {
    let mut lines = Vec::new();
    for object in sides.from.objects.values() {
        match &object.body {
            Body::Column(column)
                if column
                    .generated
                    .as_ref()
                    .is_some_and(|each| each.emulated.is_some()) =>
            {
                lines.push(format!(
                    "{} is emulated: a trigger computes it",
                    object.id.label()
                ));
            }
            Body::EnumType(body) => {
                let kept = sides
                    .target
                    .get(&object.id)
                    .map(keep_label::kept)
                    .unwrap_or_default();
                let kept = kept.iter().filter(|(old, _)| body.labels.contains(old));
                lines.extend(
                    kept.map(|(old, new)| {
                        format!("{} keeps the label {old} beside {new}", object.id.label())
                    }),
                );
            }
            _ => {}
        }
    }
    lines
}

async fn answer(
    flags: &DiffFlags,
    bench: &Workbench,
    changes: &[ChangeView],
    unmanaged: &[Unmanaged],
    live: Option<&Live>,
    support: &[Support],
) -> Result<Exit, Failure> {
    let mut in_flight: Vec<String> = match live {
        Some(live) => unfinished_runs(&live.client, bench.tenant())
            .await?
            .iter()
            .map(in_flight)
            .collect(),
        None => Vec::new(),
    };
    let left = support.iter().filter(|each| each.is_on_the_way()).count();
    if live.is_some() && in_flight.is_empty() && left > 0 {
        let counted = counted(left, "thing");
        in_flight.push(format!(
            "in the middle of a plan that the journal does not know: {counted} of it, see `schemaplan status`"
        ));
    }
    let text = match flags.format {
        TextOrJson::Text => diff_text::difference(changes, &in_flight, bench.terminal.out),
        TextOrJson::Json => json::difference(changes, unmanaged, &in_flight),
    };
    bench.terminal.answer(&text);
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
