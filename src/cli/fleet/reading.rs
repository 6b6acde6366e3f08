//! `diff`, `doctor`, `pause` and `resume` over a fleet.

use super::members::Fleet;
use crate::cli::arguments::{DiffFlags, TextOrJson};
use crate::cli::database::Purpose;
use crate::cli::doctor::DoctorFlags;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pause::{ResumeFlags, hold};
use crate::cli::workbench::Workbench;
use crate::execute::set_pause;
use crate::output::Role;
use crate::output::text::short_id;
use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use std::sync::PoisonError;

/// What a command answered of one member.
struct Answer {
    place: usize,
    text: String,
    exit: Exit,
}

/// Asks every member; the first alone, so that what is built for it serves the others.
///
/// # Errors
/// What is wrong with the files, which is so for all.
async fn ask<F: Future<Output = Result<Exit, Failure>>>(
    fleet: &Fleet,
    bench: &Workbench,
    question: impl Fn(Workbench) -> F,
) -> Result<Vec<Answer>, Failure> {
    let order = fleet.order();
    let one = |place: usize| {
        let mut bench = fleet.bench(place, bench);
        let (terminal, answers) = bench.terminal.aside();
        bench.terminal = terminal;
        let future = question(bench);
        async move {
            let ended = future.await;
            let text = answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
            (place, ended, text)
        }
    };
    let (first, others) = order.split_at(order.len().min(1));
    let alone = stream::iter(first.iter().copied()).then(one);
    let others = stream::iter(others.iter().copied())
        .map(one)
        .buffered(fleet.parallel);
    let mut ended = alone.chain(others).boxed_local();
    let mut answers = Vec::new();
    while let Some((place, ended, text)) = ended.next().await {
        let exit = match ended {
            Ok(exit) => exit,
            Err(failure) if first.contains(&place) && failure.is_about_files() => return Err(failure),
            Err(failure) => {
                fleet.bench(place, bench).terminal.show(&failure.diagnostics);
                failure.exit
            }
        };
        answers.push(Answer { place, text, exit });
    }
    answers.sort_by_key(|answer| answer.place);
    Ok(answers)
}

/// 1 where a member could not answer, else 3 or 4, else 2, else 0.
fn worst(answers: &[Answer]) -> Exit {
    let of = |exit: Exit| answers.iter().any(|answer| answer.exit == exit);
    [Exit::CouldNot, Exit::Stopped, Exit::Refused, Exit::Differs]
        .into_iter()
        .find(|exit| of(*exit))
        .unwrap_or(Exit::Done)
}

/// Answers that are the same but for the name of a tenant, and of whom.
fn grouped<'a>(answers: &'a [Answer], fleet: &Fleet) -> Vec<(&'a str, Vec<usize>)> {
    let mut groups: Vec<(String, &str, Vec<usize>)> = Vec::new();
    for answer in answers.iter().filter(|answer| !answer.text.is_empty()) {
        let neutral = fleet.neutral(answer.place, &answer.text);
        match groups.iter_mut().find(|(text, _, _)| *text == neutral) {
            Some((_, _, places)) => places.push(answer.place),
            None => groups.push((neutral, &answer.text, vec![answer.place])),
        }
    }
    groups
        .into_iter()
        .map(|(_, text, places)| (text, places))
        .collect()
}

fn show(answers: &[Answer], key: &str, format: TextOrJson, fleet: &Fleet, bench: &Workbench) -> Exit {
    let groups = grouped(answers, fleet);
    let paint = bench.terminal.out;
    let text = match format {
        TextOrJson::Text => groups
            .iter()
            .map(|(text, places)| format!("{}\n{text}", paint.paint(Role::Heading, &fleet.names(places))))
            .collect::<Vec<_>>()
            .join("\n"),
        TextOrJson::Json => {
            let of = |(text, places): &(&str, Vec<usize>)| {
                let names: Vec<&str> = places
                    .iter()
                    .map(|place| fleet.members[*place].name.as_str())
                    .collect();
                let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
                let mut group = serde_json::json!({"members": names});
                group[key] = value;
                group
            };
            let groups: Vec<Value> = groups.iter().map(of).collect();
            let value = serde_json::json!({"format_version": 1, "fleet": fleet.name, "groups": groups});
            format!("{value:#}\n")
        }
    };
    bench.terminal.answer(&text);
    worst(answers)
}

/// Prints the differences; members with the same are named together.
pub async fn diff(flags: &DiffFlags, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    super::read_files(bench)?;
    let question = async |bench: Workbench| crate::cli::diff::run(flags, &bench).await;
    let answers = ask(fleet, bench, question).await?;
    Ok(show(&answers, "difference", flags.format, fleet, bench))
}

/// Prints what is to be mended in each.
pub async fn doctor(flags: &DoctorFlags, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    if fleet.is_of_tenants() {
        // It is one database.
        let bench = bench.of_member(&fleet.members[0], bench.terminal.clone());
        return crate::cli::doctor::run(flags, &bench).await;
    }
    if flags.fix {
        return Err(Failure::new(
            "fleet",
            format!(
                "`doctor --fix` mends one database at a time, and `{}` is a fleet",
                fleet.name
            ),
            "name one with `--member NAME`; without `--fix` it says what would be mended in each",
        ));
    }
    let question = async |bench: Workbench| crate::cli::doctor::run(flags, &bench).await;
    let answers = ask(fleet, bench, question).await?;
    Ok(show(&answers, "doctor", flags.format, fleet, bench))
}

/// Holds what is in flight in any member, or lets it go on.
pub async fn pause(held: bool, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    let question = async |bench: Workbench| {
        let live = bench.live(None, Purpose::Run).await?;
        let plans = set_pause(&live.client, bench.tenant(), held).await;
        live.close().await;
        let plans = plans?;
        for id in &plans {
            bench.terminal.say(&hold(short_id(id), held));
            bench.terminal.answer(id);
        }
        Ok(Exit::Done)
    };
    let answers = ask(fleet, bench, question).await?;
    let nothing = answers.iter().all(|answer| answer.text.is_empty());
    match worst(&answers) {
        Exit::Done if nothing => Err(Failure::new(
            "nothing-in-flight",
            format!("no plan is in flight in any member of `{}`", fleet.name),
            "`schemaplan status` says what was applied",
        )),
        exit => Ok(exit),
    }
}

/// Lets what is held go on.
pub async fn resume(flags: &ResumeFlags, fleet: &Fleet, bench: &Workbench) -> Result<Exit, Failure> {
    match flags.step {
        None => pause(false, fleet, bench).await,
        Some(step) => Err(Failure::new(
            "fleet",
            format!(
                "step {step} is one of a plan of one database, and `{}` is a fleet",
                fleet.name
            ),
            "name the database with `--member NAME`",
        )),
    }
}
