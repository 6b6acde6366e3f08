//! `apply`: runs the phases of a plan that are asked for and not done.

use std::collections::BTreeSet;

use super::error::ApplyError;
use super::halt::Halt;
use super::hold::holds_back;
use super::journal::{self, LastRun, Run, RunRef, RunState, last_run, load_run, open_run, unfinished_runs};
use super::lease::Lease;
use super::options::ApplyOptions;
use super::outcome::{Outcome, Refusal};
use super::progress::Progress;
use super::runner::{Runner, left};
use super::session::Session;
use super::step_rows::{self, Direction, RowState};
use crate::plan::Plan;
use crate::step::Phase;

/// Runs the phases of `options.phases` that are not done, in order. A phase without steps is recorded as done.
///
/// Killed or stopped at any moment it leaves what is done recorded, and the same call goes on from there. A step that
/// fails leaves the steps before it done.
///
/// # Errors
/// A step failed, the database cannot be written, or another run holds the lease. What is refused for a reason of
/// policy, and what stops at a safe point, is an [`Outcome`].
pub async fn apply(
    session: &mut Session,
    plan: &Plan,
    run: RunRef,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Outcome, ApplyError> {
    if plan.is_empty() && matches!(run, RunRef::New { .. }) {
        return Ok(Outcome::Done {
            run_no: None,
            phases: Vec::new(),
            steps: 0,
            waiting_for: None,
        });
    }
    journal::ensure(&session.work).await?;
    let lease = Lease::take(session, options, progress).await?;
    let outcome = under_lease(session, &lease, plan, run, options, progress).await;
    lease.release().await;
    session.explain(outcome)
}

async fn under_lease(
    session: &Session,
    lease: &Lease,
    plan: &Plan,
    run: RunRef,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Outcome, ApplyError> {
    let run = match find_run(session, plan, run).await {
        Ok(run) => run,
        Err(Halt::Failed(error)) => return Err(error),
        Err(Halt::Refused(refusal)) => return Ok(Outcome::Refused(*refusal)),
        Err(Halt::Stopped(_)) => unreachable!("nothing has begun that could be stopped"),
    };
    if run.paused {
        return Ok(Outcome::Refused(Refusal::Paused { plan: run.plan.id }));
    }
    let rows = step_rows::load(&session.work, run.run_no, Direction::Up).await?;
    let finished: BTreeSet<u32> = rows
        .iter()
        .filter(|(_, row)| row.state == RowState::Done)
        .map(|(number, _)| *number)
        .collect();
    let mut runner = Runner {
        session,
        lease,
        options,
        progress,
        run_no: run.run_no,
        plan: &run.plan,
        direction: Direction::Up,
        todo: run
            .plan
            .steps
            .iter()
            .map(|step| step.number)
            .filter(|number| !finished.contains(number))
            .collect(),
        rows,
        finished,
        ran: 0,
        blockers: Vec::new(),
        cancelled: Default::default(),
        phase: None,
        looked: BTreeSet::new(),
        preflight: Default::default(),
        watched: Default::default(),
    };
    let under_way = step_rows::load(&session.work, run.run_no, Direction::Down).await?;
    if let Some(number) = under_way
        .iter()
        .find(|(_, row)| row.has_key)
        .map(|(number, _)| *number)
    {
        let found = format!("step {number} is half taken back; run `schemaplan rollback` to the end first");
        return Ok(Outcome::Refused(Refusal::Changed { found }));
    }
    if let Some(query) = &options.throttle.query {
        // One that cannot be asked is not found out in the middle.
        holds_back(session, query).await?;
    }
    match phases(&mut runner, &run).await {
        Ok(outcome) => Ok(outcome),
        Err(halt) => {
            runner.give_phase_up(&halt).await;
            runner.halted(halt)
        }
    }
}

/// The run to work on, opened where it is new.
async fn find_run(session: &Session, plan: &Plan, run: RunRef) -> Result<Run, Halt> {
    let client = &session.work;
    match run {
        RunRef::Continue(run_no) => {
            let changed = |found: String| Halt::from(Refusal::Changed { found });
            let run = load_run(client, run_no)
                .await?
                .ok_or_else(|| changed(format!("the journal holds no run {run_no}")))?;
            if run.plan.id != plan.id {
                return Err(changed(format!(
                    "run {run_no} of the journal is another plan than this one"
                )));
            }
            if run.state == RunState::Undone {
                return Err(changed(format!(
                    "run {run_no} has been rolled back; make the plan anew"
                )));
            }
            Ok(run)
        }
        RunRef::New { last_seen, after } => {
            let last = last_run(client, plan.tenant.as_deref()).await?;
            if last != last_seen {
                let found = match last {
                    Some(LastRun { run_no, .. }) => {
                        format!("run {run_no} went on after this plan was made; make the plan anew")
                    }
                    None => "a run was rolled back after this plan was made; make the plan anew".to_owned(),
                };
                return Err(Refusal::Changed { found }.into());
            }
            for older in unfinished_runs(client, plan.tenant.as_deref()).await? {
                if older.begun && after.is_none_or(|after| after < older.run_no) {
                    let why = "it is not finished: finish it, or roll it back".to_owned();
                    let run_no = older.run_no;
                    return Err(Refusal::OlderRun { run_no, why }.into());
                }
            }
            journal::drop_unbegun(client).await?;
            Ok(open_run(client, plan, after).await?)
        }
    }
}

async fn phases(runner: &mut Runner<'_>, run: &Run) -> Result<Outcome, Halt> {
    let plan = runner.plan;
    let wanted = |phase: Phase| runner.options.phases.contains(&phase);
    let stands_in_way =
        |phase: Phase| !run.state.has(phase) && !wanted(phase) && plan.of_phase(phase).next().is_some();
    if let Some(missing) = Phase::ALL.into_iter().find(|phase| stands_in_way(*phase))
        && let Some(wanted) = Phase::ALL
            .into_iter()
            .find(|phase| *phase > missing && wanted(*phase) && !run.state.has(*phase))
    {
        return Err(Refusal::EarlierPhase { wanted, missing }.into());
    }
    let to_run = |phase: &Phase| wanted(*phase) && !run.state.has(*phase);
    let phases = Phase::ALL.into_iter().filter(to_run);
    let steps: Vec<_> = phases.flat_map(|phase| left(plan, phase, &runner.todo)).collect();
    runner.refuse_pooled(steps.iter().copied()).await?;
    runner.preflight_of_all(&steps).await?;
    runner.look_ahead().await?;
    let mut now_done = Vec::new();
    let mut waiting_for = None;
    for phase in Phase::ALL {
        if run.state.has(phase) {
            continue;
        }
        if stands_in_way(phase) {
            waiting_for = plan.deploys.iter().find(|deploy| deploy.before == phase).cloned();
            break;
        }
        check_older(runner, run, phase).await?;
        let steps = left(plan, phase, &runner.todo);
        if plan.of_phase(phase).next().is_some() {
            runner.begin_phase(phase, steps.len()).await?;
        }
        for step in steps {
            runner.run_step(step).await?;
        }
        runner.set_state(RunState::after(phase)).await?;
        if plan.of_phase(phase).next().is_some() {
            runner.end_phase(phase).await;
        }
        now_done.push(phase);
    }
    Ok(Outcome::Done {
        run_no: Some(runner.run_no),
        phases: now_done,
        steps: runner.ran,
        waiting_for,
    })
}

/// The contract of a plan made behind another one comes after the contract of that one.
async fn check_older(runner: &Runner<'_>, run: &Run, phase: Phase) -> Result<(), Halt> {
    let (Some(after), Phase::Contract) = (run.after, phase) else {
        return Ok(());
    };
    if runner.plan.of_phase(phase).next().is_none() {
        return Ok(());
    }
    match load_run(&runner.session.work, after).await? {
        Some(older) if older.state < RunState::Contracted => Err(Refusal::OlderRun {
            run_no: after,
            why: "its contract has not run yet".to_owned(),
        }
        .into()),
        _ => Ok(()),
    }
}
