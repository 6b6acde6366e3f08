//! A plan that the journal does not know and the database is in the middle of: psql ran its scripts, or the journal is lost.
//! How far it has come is read off the catalog.

use std::time::Duration;

use super::error::ApplyError;
use super::journal::{self, RunRef, RunState, open_run, unfinished_runs};
use super::lease::Lease;
use super::options::ApplyOptions;
use super::progress::Progress;
use super::session::{Session, number, rows};
use super::status::{Leftover, leftovers};
use super::step_rows::{Direction, RowKey, RowState, StepRow, step_hash, write_state};
use crate::plan::{Plan, PlanStep};
use crate::step::{DoneWhen, Phase};
use tokio_postgres::Client;

/// Enters a plan into the journal, its steps as done as far as the catalog shows them; none where the database is in no state
/// that the plan leads through, or where nothing tells such a state from a database that merely has changed: what a plan has
/// made for the way (shadow columns, triggers, indexes not yet in place) has to be there, and all of it has to be this plan's.
///
/// Rows that batches have filled are filled again where the step behind them is not done.
///
/// # Errors
/// The database's words, or another run that holds the lease.
pub async fn adopt(
    session: &mut Session,
    plan: &Plan,
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Option<RunRef>, ApplyError> {
    let Some(last) = reached(&session.work, plan).await? else {
        return Ok(None);
    };
    journal::ensure(&session.work).await?;
    let lease = Lease::take(session, options, progress).await?;
    let entered = enter(session, &lease, plan, last).await;
    lease.release().await;
    entered.map(Some)
}

async fn enter(session: &Session, lease: &Lease, plan: &Plan, last: u32) -> Result<RunRef, ApplyError> {
    let client = &session.work;
    let cannot_write = |error: tokio_postgres::Error| ApplyError::database("write the journal", &error);
    journal::drop_unbegun(client).await?;
    let run = open_run(client, plan, None).await?;
    let done: Vec<&PlanStep> = plan.steps.iter().filter(|step| step.number <= last).collect();
    for step in &done {
        let key = RowKey {
            run_no: run.run_no,
            direction: Direction::Up,
            step_no: step.number,
            token: lease.token(),
        };
        let row = StepRow {
            state: RowState::Done,
            hash: step_hash(step),
            ..StepRow::default()
        };
        rows(client, &key.write(&row, Duration::ZERO))
            .await
            .map_err(cannot_write)?;
    }
    let is_whole = |phase: &Phase| plan.of_phase(*phase).all(|step| step.number <= last);
    let phase = Phase::ALL.into_iter().take_while(is_whole).last();
    let state = phase.map_or(RunState::New, RunState::after);
    rows(client, &write_state(lease.token(), run.run_no, state))
        .await
        .map_err(cannot_write)?;
    Ok(RunRef::Continue(run.run_no))
}

/// What plans have made for the way and not taken away yet, each with the relation that it stands on: shadow columns, triggers,
/// indexes, constraints. Archives and kept columns are the memory of plans that have ended.
///
/// # Errors
/// The database's words.
pub async fn on_the_way(client: &Client) -> Result<Vec<Leftover>, ApplyError> {
    let mut found = leftovers(client).await?;
    found.retain(|each| each.name.trim_start_matches('~').starts_with("schemaplan_"));
    Ok(found)
}

/// The last step that is done.
async fn reached(client: &Client, plan: &Plan) -> Result<Option<u32>, ApplyError> {
    let begun = unfinished_runs(client).await?.iter().any(|run| run.begun);
    let left = on_the_way(client).await?;
    let text = serde_json::to_string(&plan.steps).unwrap_or_default();
    if begun || left.is_empty() || left.iter().any(|each| !text.contains(&each.name)) {
        return Ok(None);
    }
    let done = done(client, plan).await?;
    let holds = |step: &PlanStep| done.contains(&step.number);
    let is_judged = |step: &PlanStep| matches!(step.step.done_when, DoneWhen::Holds(_));
    // Whatever is there was made by the first step that names it.
    let makers: Vec<&PlanStep> = left
        .iter()
        .filter_map(|each| {
            let names_it = |step: &&PlanStep| {
                serde_json::to_string(&step.step.up).is_ok_and(|text| text.contains(&each.name))
            };
            plan.steps.iter().find(names_it)
        })
        .filter(|step| holds(step) || !is_judged(step))
        .collect();
    let contract = || plan.of_phase(Phase::Contract);
    let begun = contract().find(|step| tells(step)).is_some_and(holds)
        || makers.iter().any(|step| step.step.phase == Phase::Contract);
    // What an earlier phase has made, contract takes away again; within a phase a step that is done stays so.
    let last = match begun {
        true => contract()
            .take_while(|step| holds(step) || !is_judged(step))
            .filter(|step| holds(step))
            .last(),
        false => [Phase::Expand, Phase::Migrate]
            .iter()
            .flat_map(|phase| plan.of_phase(*phase))
            .filter(|step| tells(step))
            .take_while(|step| holds(step))
            .last(),
    };
    let last = last.into_iter().chain(makers);
    Ok(last.map(|step| step.number).max())
}

/// True where the condition of a step was false before it. That something of ours is gone holds also before it was made; a run
/// that comes to such a step looks for itself.
fn tells(step: &PlanStep) -> bool {
    match &step.step.done_when {
        DoneWhen::Holds(condition) => !(condition.starts_with("NOT ") && condition.contains("schemaplan_")),
        DoneWhen::Repeatable => false,
    }
}

/// The numbers of the steps whose end the catalog shows.
async fn done(client: &Client, plan: &Plan) -> Result<Vec<u32>, ApplyError> {
    let conditions: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.step.done_when {
            DoneWhen::Holds(condition) => Some(format!("SELECT {} AS n WHERE ({condition})", step.number)),
            DoneWhen::Repeatable => None,
        })
        .collect();
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let found = rows(client, &conditions.join(" UNION ALL "))
        .await
        .map_err(|error| ApplyError::database("see how far the plan has come", &error))?;
    Ok(found.iter().filter_map(|row| number(Some(row), 0)).collect())
}
