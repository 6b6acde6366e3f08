//! `apply` over a fleet: a look at all, the canaries one by one, the others so many at a time, one table.

use super::drive::drive;
use super::members::Fleet;
use super::survey::{Survey, Task, survey};
use super::table::{self, Came, Row};
use super::{DRIFTED, is_allowed};
use crate::cli::apply::{Job, gate, missing, run_phases};
use crate::cli::arguments::{ApplyFlags, PhaseChoice};
use crate::cli::database::Purpose;
use crate::cli::environment_settings::OnFailure;
use crate::cli::failure::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::plan_folder;
use crate::cli::workbench::Workbench;
use crate::execute::RunState;
use crate::output::text::{counted, deploy_words, short_id};
use crate::step::Phase;
use crate::text::Diagnostic;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

/// So many lines say how a member differs.
const SHOWN: usize = 8;

/// Runs what is due on every member.
///
/// # Errors
/// What is wrong before any member is looked at, and a question answered with no.
pub async fn run(
    flags: &ApplyFlags,
    fleet: &Fleet,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let on_failure = flags.run.on_failure.unwrap_or(fleet.on_failure);
    if flags.plan.is_some() {
        super::refuse_tenants("a plan folder", fleet)?;
    }
    let folder = flags
        .plan
        .as_deref()
        .map(plan_folder::read)
        .transpose()?
        .map(Rc::new);
    let mut survey = survey(fleet, folder.as_ref(), Purpose::Run, bench).await?;
    leave_out(&mut survey, fleet, bench);
    say_what_was_found(&survey, fleet, bench);
    if flags.run.dry_run {
        super::plan::print_text(&survey, fleet, flags.run.phase, bench);
        return Ok(table::exit(&survey.rows.values().cloned().collect::<Vec<_>>()));
    }
    let places: Vec<usize> = survey.tasks.keys().copied().collect();
    let deploys = RefCell::new(BTreeSet::new());
    if may_begin(&survey, fleet, on_failure) && !places.is_empty() {
        if !flags.run.yes {
            ask(&survey, flags.run.phase, fleet, bench).await?;
        }
        let stop = interrupt.for_a_run();
        let order: Vec<usize> = fleet
            .order()
            .into_iter()
            .filter(|place| places.contains(place))
            .collect();
        let work = |place: usize| {
            let task = survey.tasks[&place].clone();
            one(flags, place, task, fleet, bench, interrupt, &deploys)
        };
        let rows = drive(fleet, &order, on_failure, &stop, work).await;
        survey.rows.extend(rows);
    }
    let rows: Vec<Row> = (0..fleet.members.len())
        .map(|place| {
            let not_begun = || Row::new(&fleet.members[place].name, Came::NotBegun, "");
            survey.rows.remove(&place).unwrap_or_else(not_begun)
        })
        .collect();
    let exit = table::show(fleet, "apply", &rows, flags.run.format, bench);
    say_next(&rows, &deploys.into_inner(), fleet, bench);
    Ok(exit)
}

/// Takes out members whose plan nobody allowed, and says of each why.
fn leave_out(survey: &mut Survey, fleet: &Fleet, bench: &Workbench) {
    let reference = survey.reference.map(|place| fleet.members[place].name.as_str());
    let allowed = is_allowed(DRIFTED, bench);
    let mut said = Vec::new();
    for (place, how) in &survey.drifted {
        let member = fleet.members[*place].name.as_str();
        let word = super::shell_word(member);
        let title = format!(
            "`{member}` differs from `{}`, and not only as the target wants it",
            reference.unwrap_or_default()
        );
        let diagnostic = match allowed {
            true => Diagnostic::warning(DRIFTED, title),
            false => Diagnostic::error(DRIFTED, title)
                .help(format!("bring it to where the others are: `schemaplan diff --env {} --member {word}` shows what it has", fleet.name))
                .help(format!("or run it with its own plan: `--allow drifted`, or `--member {word}`")),
        };
        let lines = how.iter().take(SHOWN);
        let mut diagnostic = lines.fold(diagnostic, |diagnostic, line| diagnostic.note(line.clone()));
        if how.len() > SHOWN {
            diagnostic = diagnostic.note(format!("and {} more", how.len() - SHOWN));
        }
        said.push(diagnostic);
        if !allowed {
            survey.tasks.remove(place);
            let note = how.first().map_or("", String::as_str);
            survey.rows.insert(*place, Row::new(member, Came::Drifted, note));
        }
    }
    bench.terminal.show(&said);
    for (plan, _, places) in survey.plans(fleet) {
        if let Err(failure) = gate(&plan, bench) {
            for place in &places {
                survey.tasks.remove(place);
                let row = Row::of_failure(&fleet.members[*place].name, &failure);
                survey.rows.insert(*place, row);
            }
            let names = fleet.names(&places);
            let of = |each: Diagnostic| each.note(format!("for {names}"));
            bench
                .terminal
                .show(&failure.diagnostics.into_iter().map(of).collect::<Vec<_>>());
        }
    }
    for (place, failure) in survey.failures.drain(..) {
        fleet.bench(place, bench).terminal.show(&failure.diagnostics);
    }
}

/// Whether anything runs at all: not where a canary is left out, nor where something else than drift stands in the way of a member
/// and that stops the others.
fn may_begin(survey: &Survey, fleet: &Fleet, on_failure: OnFailure) -> bool {
    let canaries_well = fleet
        .canaries
        .iter()
        .all(|place| survey.rows.get(place).is_none_or(Row::is_well));
    let drift_alone = |row: &Row| row.is_well() || row.outcome == Came::Drifted;
    canaries_well && (on_failure == OnFailure::Continue || survey.rows.values().all(drift_alone))
}

fn say_what_was_found(survey: &Survey, fleet: &Fleet, bench: &Workbench) {
    let there = |row: &&Row| row.outcome == Came::AlreadyThere;
    let there = survey.rows.values().filter(there).count();
    let databases = fleet.counted(fleet.members.len());
    let say = |line: String| bench.terminal.say(&line);
    let there = match there {
        0 => String::new(),
        there => format!(", {there} already there"),
    };
    say(format!("{}: {databases}{there}", fleet.name));
    for (plan, state, places) in survey.plans(fleet) {
        let left = plan
            .steps
            .iter()
            .filter(|step| !state.has(step.step.phase))
            .count();
        let how = match state {
            RunState::New => String::new(),
            state => format!(", {}", table::state_words(state)),
        };
        let left = counted(left, "step");
        say(format!(
            "Plan {}{how}, {left}, for {}",
            short_id(&plan.id),
            fleet.names(&places)
        ));
        for line in &plan.summary {
            say(format!("    {line}"));
        }
    }
}

async fn ask(
    survey: &Survey,
    choice: Option<PhaseChoice>,
    fleet: &Fleet,
    bench: &Workbench,
) -> Result<(), Failure> {
    let what = match choice {
        None => "what is due".to_owned(),
        Some(choice) => {
            let names: Vec<&str> = choice.phases().iter().map(|phase| phase.name()).collect();
            names.join(", ")
        }
    };
    let first: Vec<usize> = fleet
        .canaries
        .iter()
        .copied()
        .filter(|place| survey.tasks.contains_key(place))
        .collect();
    let first = match first.is_empty() {
        true => String::new(),
        false => format!(", {} first", fleet.names(&first)),
    };
    let databases = fleet.counted(survey.tasks.len());
    let question = format!("Run {what} on {databases} of {}{first}?", fleet.name);
    match bench.terminal.confirm(&question, "apply").await? {
        true => Ok(()),
        false => Err(Failure::new("declined", "nothing was run", "")),
    }
}

/// A deploy that a member waits for: the phase behind it, and what is to be deployed.
type Deploys = RefCell<BTreeSet<(Phase, String)>>;

/// Runs one member.
async fn one(
    flags: &ApplyFlags,
    place: usize,
    task: Task,
    fleet: &Fleet,
    bench: &Workbench,
    interrupt: &Interrupt,
    deploys: &Deploys,
) -> Row {
    let bench = fleet.bench_to_run(place, bench);
    let member = &fleet.members[place].name;
    let began = Instant::now();
    let mut row = match in_member(flags, &task, member, &bench, interrupt, deploys).await {
        Ok(row) => row,
        Err((failure, state)) => {
            bench.terminal.show(&failure.diagnostics);
            Row {
                state,
                ..Row::of_failure(member, &failure)
            }
        }
    };
    if task.partial && row.is_well() {
        row.outcome = Came::Failed;
        row.note = "done, but for what schemaplan does not manage".to_owned();
    }
    row.plan_id = Some(task.plan.id.clone());
    row.seconds = began.elapsed().as_secs_f64();
    row
}

async fn in_member(
    flags: &ApplyFlags,
    task: &Task,
    member: &str,
    bench: &Workbench,
    interrupt: &Interrupt,
    deploys: &Deploys,
) -> Result<Row, (Failure, Option<RunState>)> {
    let none = |failure| (failure, None);
    let live = bench.live(None, Purpose::Run).await.map_err(none)?;
    let ran = async {
        // It is read again: somebody may have changed it since it was looked at.
        let plan = (*task.plan).clone();
        let Some(job) = Job::of_folder(plan, &live, flags, bench, interrupt)
            .await
            .map_err(none)?
        else {
            return Ok(Row::new(member, Came::AlreadyThere, ""));
        };
        missing(&job.plan, &live).await.map_err(none)?;
        let phases = job.due(flags.run.phase);
        if phases.iter().all(|phase| job.state.has(*phase)) {
            let mut row = Row::new(member, Came::AlreadyThere, "");
            if let Some(deploy) = job.next_deploy() {
                deploys.borrow_mut().insert((deploy.before, deploy.what.clone()));
                row.outcome = Came::Waiting;
            }
            row.state = Some(job.state);
            return Ok(row);
        }
        match run_phases(flags, &job, phases, &live, bench, interrupt).await {
            Ok(ended) => {
                let steps = counted(ended.steps as usize, "step");
                let state = ended
                    .phases
                    .last()
                    .map_or(job.state, |phase| RunState::after(*phase));
                bench.terminal.say(&format!("Done: {steps}"));
                deploys.borrow_mut().extend(ended.deploy);
                Ok(Row {
                    state: Some(state),
                    steps: ended.steps,
                    ..Row::new(member, Came::Done, "")
                })
            }
            Err(failure) => Err((failure, super::state_of(&task.plan.id, &live, bench).await)),
        }
    };
    let ended = ran.await;
    live.close().await;
    ended
}

/// What to deploy, and what to type next.
fn say_next(rows: &[Row], deploys: &BTreeSet<(Phase, String)>, fleet: &Fleet, bench: &Workbench) {
    let say = |line: &str| bench.terminal.say(line);
    let again = rows
        .iter()
        .any(|row| matches!(row.outcome, Came::Failed | Came::Stopped | Came::NotBegun));
    if again {
        say("Mend what failed and run the same command again: who is done is skipped, who stopped goes on");
        return;
    }
    for (phase, what) in deploys {
        say(&format!("Next: deploy {}", deploy_words(what)));
        say(&format!(
            "then: schemaplan apply --env {} --phase {phase}",
            fleet.name
        ));
    }
}
