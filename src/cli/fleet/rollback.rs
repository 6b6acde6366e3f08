//! `rollback` over a fleet: one plan is taken back wherever it is, phase by phase in step.

use super::drive::drive;
use super::members::Fleet;
use super::table::{self, Came, Row};
use crate::cli::arguments::{PhaseChoice, RollbackFlags};
use crate::cli::database::{Live, Purpose};
use crate::cli::failure::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::plan_folder;
use crate::cli::rollback::take_back;
use crate::cli::workbench::Workbench;
use crate::execute::{RollbackScope, RunStatus, load_run, status};
use crate::output::folder::PLAN_YAML;
use crate::output::text::{counted, short_id};
use crate::step::Phase;
use futures_util::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

/// What a member has to do.
#[derive(Clone, Copy)]
struct Task {
    run_no: i64,
    scope: RollbackScope,
}

/// Takes back one plan on every member that has it.
///
/// # Errors
/// Where it is not one plan that is the newest; a question answered with no.
pub async fn run(
    flags: &RollbackFlags,
    fleet: &Fleet,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let look = |place: usize| {
        let bench = fleet.bench(place, bench);
        async move {
            let live = bench.live(None, Purpose::Run).await?;
            let status = status(&live.client, bench.tenant()).await;
            live.close().await;
            Ok(status?.runs)
        }
    };
    let places = stream::iter(0..fleet.members.len());
    let looks: Vec<Result<Vec<RunStatus>, Failure>> =
        places.map(look).buffered(fleet.parallel).collect().await;
    let mut rows = BTreeMap::new();
    let mut runs: BTreeMap<usize, Vec<RunStatus>> = BTreeMap::new();
    for (place, look) in looks.into_iter().enumerate() {
        match look {
            Ok(found) => {
                runs.insert(place, found);
            }
            Err(failure) => {
                rows.insert(place, Row::of_failure(&fleet.members[place].name, &failure));
                fleet.bench(place, bench).terminal.show(&failure.diagnostics);
            }
        }
    }
    let among = (fleet, is_mixed(&runs));
    let target = the_one(flags.plan.as_deref(), &runs, among)?;
    let tasks = tasks(target.as_deref(), flags.run.phase, &runs, among);
    for place in runs.keys().filter(|place| !tasks.contains_key(place)) {
        let of_it = |run: &RunStatus| Some(aim(run, *place, among)) == target;
        let has_some = runs[place]
            .iter()
            .any(|run| of_it(run) && newest_phase(run).is_some());
        let note = match has_some {
            true => "it was not as far as the others",
            false => "nothing of it is there to take back",
        };
        rows.insert(
            *place,
            Row::new(&fleet.members[*place].name, Came::AlreadyThere, note),
        );
    }
    let on_failure = flags.run.on_failure.unwrap_or(fleet.on_failure);
    let unasked = rows.values().any(|row| !row.is_well());
    let begins = !unasked || on_failure == crate::cli::environment_settings::OnFailure::Continue;
    if flags.run.dry_run {
        preview(&tasks, &runs, fleet, bench);
        return Ok(table::exit(&rows.into_values().collect::<Vec<_>>()));
    }
    if begins && !tasks.is_empty() {
        if !flags.run.yes {
            let members: Vec<usize> = tasks.keys().copied().collect();
            let databases = fleet.counted(tasks.len());
            let names = fleet.names(&members);
            let question = format!(
                "Take back {} on {databases} of {}: {names}?",
                what(&tasks),
                fleet.name
            );
            if !bench.terminal.confirm(&question, "rollback").await? {
                return Err(Failure::new("declined", "nothing was run", ""));
            }
        }
        let stop = interrupt.for_a_run();
        let order: Vec<usize> = fleet
            .order()
            .into_iter()
            .filter(|place| tasks.contains_key(place))
            .collect();
        let work = |place: usize| one(flags, place, tasks[&place], fleet, bench, interrupt);
        rows.extend(drive(fleet, &order, on_failure, &stop, work).await);
    }
    let rows: Vec<Row> = (0..fleet.members.len())
        .map(|place| {
            let not_begun = || Row::new(&fleet.members[place].name, Came::NotBegun, "");
            rows.remove(&place).unwrap_or_else(not_begun)
        })
        .collect();
    Ok(table::show(fleet, "rollback", &rows, flags.run.format, bench))
}

/// The fingerprint of where the plan leads that is taken back: that of the plan which was named, else of the newest, where that is
/// one on all members.
fn the_one(
    word: Option<&str>,
    runs: &BTreeMap<usize, Vec<RunStatus>>,
    among: (&Fleet, bool),
) -> Result<Option<String>, Failure> {
    let fleet = among.0;
    if let Some(word) = word {
        let id = match Path::new(word).join(PLAN_YAML).is_file() {
            true => plan_folder::read(Path::new(word))?.id,
            false => word.to_owned(),
        };
        let mut all = runs
            .iter()
            .flat_map(|(place, runs)| runs.iter().rev().map(move |run| (*place, run)));
        let named = all.find(|(_, run)| run.plan_id.starts_with(&id));
        return named
            .map(|(place, run)| Some(aim(run, place, among)))
            .ok_or_else(|| {
                Failure::refused(
                    "no-such-run",
                    format!(
                        "no journal of the fleet `{}` holds a run of plan {}",
                        fleet.name,
                        short_id(&id)
                    ),
                    "`schemaplan status` lists the runs",
                )
            });
    }
    let mut newest: BTreeMap<String, Vec<(usize, &RunStatus)>> = BTreeMap::new();
    for (place, runs) in runs {
        if let Some(run) = runs.last() {
            newest
                .entry(aim(run, *place, among))
                .or_default()
                .push((*place, run));
        }
    }
    if newest.len() < 2 {
        return Ok(newest.into_keys().next());
    }
    let mut failure = Failure::refused(
        "several-plans",
        format!(
            "the newest plan is not the same on all members of `{}`, and nothing was taken back",
            fleet.name
        ),
        "say which one is meant: `--plan ID`; who does not have it is left alone",
    );
    for diagnostic in &mut failure.diagnostics {
        for members in newest.values() {
            let ids: BTreeSet<&str> = members.iter().map(|(_, run)| short_id(&run.plan_id)).collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            let places: Vec<usize> = members.iter().map(|(place, _)| *place).collect();
            diagnostic.notes.push(format!(
                "plan {} on {}",
                ids.join(", plan "),
                fleet.names(&places)
            ));
        }
    }
    Err(failure)
}

/// True where the newest plans are for servers of several majors, which write the same things down in other words.
fn is_mixed(runs: &BTreeMap<usize, Vec<RunStatus>>) -> bool {
    let newest = runs.values().filter_map(|runs| runs.last());
    newest
        .map(|run| run.server_major)
        .collect::<BTreeSet<u32>>()
        .len()
        > 1
}

/// Where a run leads: the fingerprint of that; for tenants and on servers of several majors, whose fingerprints all differ, what the
/// plan changes.
fn aim(run: &RunStatus, place: usize, (fleet, mixed): (&Fleet, bool)) -> String {
    match fleet.is_of_tenants() || mixed {
        false => run.target_fingerprint.clone(),
        true => fleet.neutral(place, &run.summary.join("\n")),
    }
}

/// What each member takes back. Without a phase that is the newest that any of them has: who is not as far waits for the others.
fn tasks(
    target: Option<&str>,
    choice: Option<PhaseChoice>,
    runs: &BTreeMap<usize, Vec<RunStatus>>,
    among: (&Fleet, bool),
) -> BTreeMap<usize, Task> {
    let with_it: BTreeMap<usize, &RunStatus> = runs
        .iter()
        .filter_map(|(place, runs)| {
            let of_it = |run: &&RunStatus| Some(aim(run, *place, among).as_str()) == target;
            Some((*place, runs.iter().rev().find(of_it)?))
        })
        .collect();
    let newest = with_it.values().filter_map(|run| newest_phase(run)).max();
    let due = |run: &RunStatus| match choice {
        None => newest_phase(run)
            .filter(|phase| Some(*phase) == newest)
            .map(RollbackScope::Phase),
        Some(PhaseChoice::All) => newest_phase(run).map(|_| RollbackScope::All),
        Some(choice) => {
            let named = choice.phases()[0];
            newest_phase(run)
                .filter(|phase| *phase >= named)
                .map(|_| RollbackScope::Phase(named))
        }
    };
    with_it
        .into_iter()
        .filter_map(|(place, run)| {
            let run_no = run.run_no;
            due(run).map(|scope| (place, Task { run_no, scope }))
        })
        .collect()
}

/// The newest phase of which something has, or may have, been run.
fn newest_phase(run: &RunStatus) -> Option<Phase> {
    let touched = |phase: &Phase| {
        let done = run
            .phases
            .iter()
            .any(|each| each.phase == *phase && each.done > 0);
        let begun = run.in_flight.iter().any(|each| {
            each.step.phase == *phase
                && (each.direction == "down" || each.state != "failed" || each.rows_done > 0)
        });
        done || begun
    };
    Phase::ALL.into_iter().rev().find(touched)
}

fn what(tasks: &BTreeMap<usize, Task>) -> &'static str {
    match tasks.values().next().map(|task| task.scope) {
        Some(RollbackScope::Phase(phase)) => phase.name(),
        Some(RollbackScope::All) => "all phases",
        Some(RollbackScope::NewestPhase) | None => "the newest phase",
    }
}

fn preview(
    tasks: &BTreeMap<usize, Task>,
    runs: &BTreeMap<usize, Vec<RunStatus>>,
    fleet: &Fleet,
    bench: &Workbench,
) {
    let mut out = String::new();
    for (place, task) in tasks {
        let run = runs[place].iter().find(|run| run.run_no == task.run_no);
        let id = run.map_or("", |run| short_id(&run.plan_id));
        let state = run.map_or("", |run| run.state.name());
        let one = BTreeMap::from([(*place, *task)]);
        out.push_str(&format!(
            "{}: plan {id} stands at {state}; {} would be taken back\n",
            fleet.members[*place].name,
            what(&one)
        ));
    }
    if out.is_empty() {
        out.push_str("Nothing to take back\n");
    }
    bench.terminal.answer(&out);
}

async fn one(
    flags: &RollbackFlags,
    place: usize,
    task: Task,
    fleet: &Fleet,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Row {
    let bench = fleet.bench_to_run(place, bench);
    let member = &fleet.members[place].name;
    let began = Instant::now();
    let taken = async {
        let live: Live = bench
            .live(None, Purpose::Run)
            .await
            .map_err(|failure| (failure, None))?;
        let ended = take_back(flags, Some(task.run_no), task.scope, &live, &bench, interrupt).await;
        let run = load_run(&live.client, task.run_no).await.ok().flatten();
        live.close().await;
        match ended {
            Ok(ended) => Ok((ended, run)),
            Err(failure) => Err((failure, run)),
        }
    };
    let mut row = match taken.await {
        Ok((ended, run)) => {
            let steps = counted(ended.steps as usize, "step");
            bench.terminal.say(&format!("Taken back: {steps}"));
            Row {
                steps: ended.steps,
                state: run.map(|run| run.state),
                ..Row::new(member, Came::Done, "")
            }
        }
        Err((failure, run)) => {
            bench.terminal.show(&failure.diagnostics);
            Row {
                state: run.map(|run| run.state),
                ..Row::of_failure(member, &failure)
            }
        }
    };
    row.seconds = began.elapsed().as_secs_f64();
    row
}
