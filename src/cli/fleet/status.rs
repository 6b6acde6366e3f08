//! `status` over a fleet: one table of who stands where.

use super::members::Fleet;
use super::table::state_words;
use crate::cli::arguments::{StatusFlags, TextOrJson};
use crate::cli::database::Purpose;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::cut;
use crate::cli::status::{Looked, looked};
use crate::cli::workbench::Workbench;
use crate::execute::{RunState, Status};
use crate::output::text::{counted, short_id};
use crate::output::{Paint, Role};
use crate::step::Phase;
use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use std::fmt::Write;

/// A member as it stands, or why that is not known.
type Stand = Result<Looked, Failure>;

/// Prints the table.
///
/// # Errors
/// Never by a member: what is wrong with one stands in its row.
pub async fn run(flags: &StatusFlags, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    let look = |place: usize| {
        let bench = fleet.bench(place, bench);
        async move {
            let live = bench.live(None, Purpose::Read).await?;
            let looked = looked(&live, &bench).await;
            live.close().await;
            looked
        }
    };
    let places = stream::iter(0..fleet.members.len());
    let stands: Vec<Stand> = places.map(look).buffered(fleet.parallel).collect().await;
    let text = match flags.format {
        TextOrJson::Text => table(fleet, &stands, bench.terminal.out),
        TextOrJson::Json => {
            let members: Vec<Value> = stands
                .iter()
                .enumerate()
                .map(|(place, stand)| of_member(&fleet.members[place].name, stand))
                .collect();
            let clean = stands
                .iter()
                .all(|stand| stand.as_ref().is_ok_and(Looked::is_clean));
            let value = serde_json::json!({
                "format_version": 1,
                "fleet": fleet.name,
                "clean": clean,
                "members": members,
            });
            format!("{value:#}\n")
        }
    };
    bench.terminal.answer(&text);
    for (place, stand) in stands.iter().enumerate() {
        let failure = match stand {
            Ok(looked) => looked.unread.as_ref(),
            Err(failure) => Some(failure),
        };
        if let Some(failure) = failure {
            fleet.bench(place, bench).terminal.show(&failure.diagnostics);
        }
    }
    let unknown = |stand: &Stand| {
        stand
            .as_ref()
            .map_or(true, |looked| looked.unread.is_some() || looked.is_partial())
    };
    Ok(if stands.iter().any(unknown) {
        Exit::CouldNot
    } else if stands
        .iter()
        .all(|stand| stand.as_ref().is_ok_and(Looked::is_clean))
    {
        Exit::Done
    } else {
        Exit::Differs
    })
}

fn of_member(name: &str, stand: &Stand) -> Value {
    let mut value = match stand {
        Ok(looked) => looked.json(),
        Err(failure) => {
            let titles: Vec<&str> = failure
                .diagnostics
                .iter()
                .map(|each| each.title.as_str())
                .collect();
            serde_json::json!({"clean": false, "error": titles.join("; ")})
        }
    };
    value["member"] = name.into();
    value
}

fn table(fleet: &Fleet, stands: &[Stand], paint: Paint) -> String {
    let is_clean = |stand: &&Stand| stand.as_ref().is_ok_and(Looked::is_clean);
    let clean = stands.iter().filter(is_clean).count();
    let counted = format!("{clean} of {} clean", stands.len());
    let mut out = paint.line(&paint.paint(Role::Heading, &fleet.name), &counted, Role::Faint);
    out.push('\n');
    let width = fleet
        .members
        .iter()
        .map(|member| member.name.chars().count())
        .max();
    let width = width.unwrap_or_default();
    for (member, stand) in fleet.members.iter().zip(stands) {
        let (role, words, plan) = match stand {
            Err(failure) => {
                let title = failure.diagnostics.first().map_or("", |each| each.title.as_str());
                (Role::Failed, format!("cannot be asked: {title}"), String::new())
            }
            Ok(looked) => {
                let role = if looked.is_clean() {
                    Role::Done
                } else {
                    Role::Warning
                };
                let plan = looked
                    .status
                    .runs
                    .last()
                    .map(|run| format!("plan {}", short_id(&run.plan_id)));
                (role, words(looked), plan.unwrap_or_default())
            }
        };
        let mark = if role == Role::Warning {
            "!"
        } else {
            paint.state(role)
        };
        let room = paint.width.saturating_sub(width + 8 + plan.chars().count());
        let words = cut(&words, room, paint.ascii);
        let left = format!("  {} {:width$}  {words}", paint.paint(role, mark), member.name);
        let _ = writeln!(out, "{}", paint.line(&left, &plan, Role::Faint));
    }
    out
}

fn words(looked: &Looked) -> String {
    if looked.unread.is_some() {
        return "the catalog cannot be read".to_owned();
    }
    let mut words = of_runs(&looked.status);
    if looked.drifted {
        words.push_str(", drifted since");
    }
    if looked.has_leftovers() {
        let leftovers = counted(looked.status.leftovers.len(), "leftover");
        let _ = write!(words, ", {leftovers} that no run owns");
    }
    words
}

fn of_runs(status: &Status) -> String {
    let unfinished =
        |run: &&crate::execute::RunStatus| run.state < RunState::Contracted || !run.in_flight.is_empty();
    let Some(run) = status.runs.iter().find(unfinished).or(status.runs.last()) else {
        return "nothing was applied by schemaplan".to_owned();
    };
    let mut words = state_words(run.state).to_owned();
    let begun = |phase: Phase| {
        let status = run.phases.iter().find(|each| each.phase == phase);
        status.filter(|each| !each.complete && (each.done > 0 || !run.in_flight.is_empty()))
    };
    if let Some(phase) = run.next.and_then(begun) {
        let _ = write!(words, ", {} {} of {} steps", phase.phase, phase.done, phase.steps);
    }
    if run.paused {
        words.push_str(", paused");
    }
    if status.running.is_some() {
        words.push_str(", at work now");
    }
    if let Some(each) = run.in_flight.iter().find(|each| each.last_error.is_some()) {
        let _ = write!(
            words,
            ": step {}: {}",
            each.step.number,
            each.last_error.as_deref().unwrap_or_default()
        );
    } else if let (Some(_), Some(next)) = (&run.waiting_for, run.next) {
        let _ = write!(words, ", waiting for the deploy before {next}");
    }
    words
}
