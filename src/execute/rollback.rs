//! `rollback`: takes back what was applied, newest phase first, from the plan that the journal holds.

use std::collections::BTreeMap;

use super::connection::Statements;
use super::error::ApplyError;
use super::halt::Halt;
use super::journal::{self, Run, RunState, load_run, newest_run, unfinished_runs};
use super::lease::Lease;
use super::options::ApplyOptions;
use super::outcome::{LostStep, Outcome, Refusal, StepRef};
use super::progress::Progress;
use super::purge::purged_of;
use super::runner::Runner;
use super::session::Session;
use super::step_rows::{self, Direction, RowState, StepRow};
use super::work::{Work, works};
use crate::plan::{Plan, PlanStep};
use crate::sql::Alone;
use crate::step::{DoneWhen, Phase, Transaction, Undo};

/// How much is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollbackScope {
    /// The newest phase of which a step was applied.
    NewestPhase,
    /// This phase; refused while a later one stands.
    Phase(Phase),
    /// All phases, the newest first.
    All,
}

/// Takes back phases of a run (the newest one of no tenant's that is not undone, or the one given), steps reversed. It needs no file:
/// the journal holds the plan. After `contract` is taken back the run stands as after `migrate`, and `apply` may go on.
///
/// An undo that cannot bring everything back is refused, before anything runs, unless `options.accept_loss`.
///
/// # Errors
/// As of [`super::apply`].
pub async fn rollback(
    session: &mut Session,
    run: Option<i64>,
    scope: RollbackScope,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Outcome, ApplyError> {
    if journal::format(&session.work).await?.is_none() {
        return Ok(Outcome::Refused(Refusal::NothingToUndo));
    }
    journal::ensure(&session.work).await?;
    let lease = Lease::take(session, options, progress).await?;
    let outcome = under_lease(session, &lease, run, scope, options, progress).await;
    lease.release().await;
    session.explain(outcome)
}

async fn under_lease(
    session: &Session,
    lease: &Lease,
    run: Option<i64>,
    scope: RollbackScope,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Outcome, ApplyError> {
    let run = match find_run(session, run).await? {
        Ok(run) => run,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    if run.paused {
        return Ok(Outcome::Refused(Refusal::Paused { plan: run.plan.id }));
    }
    let up = step_rows::load(&session.work, run.run_no, Direction::Up).await?;
    let applied = Applied { plan: &run.plan, up };
    let phases = match applied.phases(scope) {
        Ok(phases) => phases,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    let steps: Vec<&PlanStep> = phases.iter().flat_map(|phase| applied.steps(*phase)).collect();
    let purged = purged_of(&session.work, run.run_no, &steps).await?;
    if !purged.is_empty() {
        return Ok(Outcome::Refused(Refusal::Purged(purged)));
    }
    let lost = losses(&run.plan, &steps);
    if !lost.is_empty() && !options.accept_loss {
        return Ok(Outcome::Refused(Refusal::Loss(lost)));
    }
    let rows = step_rows::load(&session.work, run.run_no, Direction::Down).await?;
    let is_done = |number: &u32| rows.get(number).is_some_and(|row| row.state == RowState::Done);
    let mut runner = Runner {
        session,
        lease,
        options,
        progress,
        run_no: run.run_no,
        plan: &run.plan,
        direction: Direction::Down,
        finished: run
            .plan
            .steps
            .iter()
            .filter(|step| !applied.is_touched(step))
            .map(|step| step.number)
            .filter(is_done)
            .collect(),
        // A touched step whose row is done was taken back once and has been begun again since.
        rows: rows
            .into_iter()
            .filter(|(_, row)| row.state != RowState::Done)
            .collect(),
        todo: steps.iter().map(|step| step.number).collect(),
        ran: 0,
        blockers: Vec::new(),
        cancelled: Default::default(),
        phase: None,
        looked: Default::default(),
        preflight: Default::default(),
        watched: Default::default(),
    };
    if let Err(halt) = runner.refuse_pooled(steps.iter().copied()).await {
        return runner.halted(halt);
    }
    if let Err(halt) = runner.preflight_of_all(&steps).await {
        return runner.halted(halt);
    }
    match undo_phases(&mut runner, &applied, &phases).await {
        Ok(outcome) => Ok(outcome),
        Err(halt) => {
            runner.give_phase_up(&halt).await;
            runner.halted(halt)
        }
    }
}

/// The plan and the numbers of the steps that would be taken back; none where a rollback is refused or has nothing to do.
pub(super) async fn to_undo(
    client: &impl Statements,
    run: Option<i64>,
    scope: RollbackScope,
) -> Result<Option<(Plan, Vec<u32>)>, ApplyError> {
    if journal::format(client).await?.is_none() {
        return Ok(None);
    }
    let run = match run {
        Some(run_no) => load_run(client, run_no).await?,
        None => newest_run(client, None).await?,
    };
    let Some(run) = run.filter(|run| run.state != RunState::Undone) else {
        return Ok(None);
    };
    let up = step_rows::load(client, run.run_no, Direction::Up).await?;
    let applied = Applied { plan: &run.plan, up };
    let Ok(phases) = applied.phases(scope) else {
        return Ok(None);
    };
    let steps = phases.iter().flat_map(|phase| applied.steps(*phase));
    let numbers = steps.map(|step| step.number).collect();
    Ok(Some((run.plan.clone(), numbers)))
}

async fn find_run(session: &Session, run: Option<i64>) -> Result<Result<Run, Refusal>, ApplyError> {
    let client = &session.work;
    let run = match run {
        Some(run_no) => load_run(client, run_no).await?,
        None => {
            journal::drop_unbegun(client).await?;
            newest_run(client, None).await?
        }
    };
    let Some(run) = run.filter(|run| run.state != RunState::Undone) else {
        return Ok(Err(Refusal::NothingToUndo));
    };
    let behind = unfinished_runs(client, run.plan.tenant.as_deref())
        .await?
        .into_iter()
        .find(|other| other.after == Some(run.run_no));
    Ok(match behind {
        Some(behind) if behind.begun => Err(Refusal::OlderRun {
            run_no: behind.run_no,
            why: format!("it was planned behind run {}; roll it back before", run.run_no),
        }),
        _ => Ok(run),
    })
}

async fn undo_phases<'a>(
    runner: &mut Runner<'a>,
    applied: &Applied<'a>,
    phases: &[Phase],
) -> Result<Outcome, Halt> {
    for phase in phases {
        let steps: Vec<&'a PlanStep> = applied.steps(*phase).collect();
        runner.begin_phase(*phase, steps.len()).await?;
        // First, so that after an interruption no phase counts as done of which a step is undone.
        runner.set_state(RunState::before(*phase)).await?;
        for step in steps {
            if applied.is_partial(step) && nothing_happened(runner, step).await? {
                runner.pass_over(step).await?;
            } else {
                runner.run_step(step).await?;
            }
        }
        runner.end_phase(*phase).await;
    }
    let is_back = |step: &PlanStep| runner.finished.contains(&step.number) || !applied.is_touched(step);
    if applied.plan.steps.iter().all(is_back) {
        runner.set_state(RunState::Undone).await?;
    }
    Ok(Outcome::Done {
        run_no: Some(runner.run_no),
        phases: phases.to_vec(),
        steps: runner.ran,
        waiting_for: None,
    })
}

/// A step outside a transaction that was begun: the catalog says whether it took effect. Indexes are looked up one by
/// one when their undo runs, so those are never passed over.
async fn nothing_happened(runner: &Runner<'_>, step: &PlanStep) -> Result<bool, Halt> {
    let by_name = |work: &Work<'_>| {
        matches!(
            work,
            Work::Alone(_, Alone::CreateIndex { .. } | Alone::DropIndex(_))
        )
    };
    if step.step.transaction != Transaction::None || works(step, Direction::Down).iter().any(by_name) {
        return Ok(false);
    }
    match &step.step.done_when {
        DoneWhen::Repeatable | DoneWhen::RepeatableUntil(_) => Ok(false),
        DoneWhen::Holds(condition) => Ok(!runner.ask(step, condition).await?),
    }
}

/// What the journal says of the way up.
struct Applied<'a> {
    plan: &'a Plan,
    up: BTreeMap<u32, StepRow>,
}

impl<'a> Applied<'a> {
    /// Whether the step has, or may have, changed something.
    fn is_touched(&self, step: &PlanStep) -> bool {
        self.up
            .get(&step.number)
            .is_some_and(|row| row.state != RowState::Failed || row.has_key)
    }

    fn is_partial(&self, step: &PlanStep) -> bool {
        self.up
            .get(&step.number)
            .is_some_and(|row| row.state != RowState::Done)
    }

    /// The steps of a phase that are to be taken back, the last one first.
    fn steps(&self, phase: Phase) -> impl Iterator<Item = &'a PlanStep> {
        self.plan
            .of_phase(phase)
            .rev()
            .filter(|step| self.is_touched(step))
    }

    /// The phases to take back, the latest first.
    fn phases(&self, scope: RollbackScope) -> Result<Vec<Phase>, Refusal> {
        let mut touched = Phase::ALL
            .into_iter()
            .rev()
            .filter(|phase| self.steps(*phase).next().is_some());
        match scope {
            RollbackScope::All => Ok(touched.collect()),
            RollbackScope::NewestPhase => Ok(touched.next().into_iter().collect()),
            RollbackScope::Phase(wanted) => match touched.next() {
                Some(later) if later > wanted => Err(Refusal::LaterPhase { wanted, later }),
                Some(newest) if newest == wanted => Ok(vec![wanted]),
                _ => Ok(Vec::new()),
            },
        }
    }
}

fn losses(plan: &Plan, steps: &[&PlanStep]) -> Vec<LostStep> {
    steps
        .iter()
        .filter_map(|step| match &step.step.undo {
            Undo::Lossy { reason, .. } => Some(LostStep {
                step: StepRef::new(step, plan.steps.len()),
                reason: reason.clone(),
            }),
            Undo::Nothing | Undo::Run { .. } => None,
        })
        .collect()
}
