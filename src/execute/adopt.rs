//! A plan that the journal does not know and the database is in the middle of: psql ran its scripts, or the journal is lost.
//! How far it has come is read off the catalog.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::connection::Statements;
use super::error::ApplyError;
use super::journal::{self, RunRef, RunState, open_run, unfinished_runs};
use super::lease::Lease;
use super::options::ApplyOptions;
use super::progress::Progress;
use super::session::{Session, number, rows};
use super::step_rows::{Direction, RowKey, RowState, StepRow, step_hash, write_state};
use crate::model::Support;
use crate::plan::{Plan, PlanStep};
use crate::sql::{ident, literal};
use crate::step::{Action, DoneWhen, Phase, Undo};

/// Enters a plan into the journal, its steps as done as far as the catalog shows them. `left` is what plans have made for the
/// way and not taken away yet, as the catalog was read just now.
///
/// None where the database is in no state that the plan leads through, where nothing tells such a state from a database that
/// merely has changed (something has to be left, and all of it has to be this plan's), and where another runner came first.
///
/// Rows that batches have filled are filled again where the step behind them is not done.
///
/// # Errors
/// The database's words, or another run that holds the lease.
pub async fn adopt(
    session: &mut Session,
    plan: &Plan,
    left: &[Support],
    options: &ApplyOptions,
    progress: &mut dyn Progress,
) -> Result<Option<RunRef>, ApplyError> {
    if reached(&session.work, plan, left).await?.is_none() {
        return Ok(None);
    }
    journal::ensure(&session.work).await?;
    let lease = Lease::take(session, options, progress).await?;
    // Another may have gone on with the plan, or entered it, until the lease was ours.
    let entered = match reached(&session.work, plan, left).await {
        Ok(Some(last)) => enter(&session.work, lease.token(), plan, last).await,
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    lease.release().await;
    entered
}

/// Writes all of it or, where the lease is lost meanwhile, nothing.
async fn enter(
    client: &impl Statements,
    token: i64,
    plan: &Plan,
    last: u32,
) -> Result<Option<RunRef>, ApplyError> {
    let cannot_write = |error: tokio_postgres::Error| ApplyError::database("write the journal", &error);
    rows(client, "BEGIN").await.map_err(cannot_write)?;
    let written = write(client, token, plan, last).await;
    let end = match written {
        Ok(Some(_)) => "COMMIT",
        _ => "ROLLBACK",
    };
    rows(client, end).await.map_err(cannot_write)?;
    written
}

async fn write(
    client: &impl Statements,
    token: i64,
    plan: &Plan,
    last: u32,
) -> Result<Option<RunRef>, ApplyError> {
    journal::drop_unbegun(client).await?;
    let run_no = open_run(client, plan, None).await?.run_no;
    let done = plan.steps.iter().filter(|step| step.number <= last);
    let mut writes: Vec<String> = done
        .map(|step| {
            let (direction, step_no) = (Direction::Up, step.number);
            let key = RowKey {
                run_no,
                direction,
                step_no,
                token,
            };
            let row = StepRow {
                state: RowState::Done,
                hash: step_hash(step),
                ..StepRow::default()
            };
            key.write(&row, Duration::ZERO)
        })
        .collect();
    let is_whole = |phase: &Phase| plan.of_phase(*phase).all(|step| step.number <= last);
    let phase = Phase::ALL.into_iter().take_while(is_whole).last();
    writes.push(write_state(
        token,
        run_no,
        phase.map_or(RunState::New, RunState::after),
    ));
    let written = rows(client, &writes.join(";\n"))
        .await
        .map_err(|error| ApplyError::database("write the journal", &error))?;
    Ok((written.len() == writes.len()).then_some(RunRef::Continue(run_no)))
}

/// The last step that is done.
async fn reached(client: &impl Statements, plan: &Plan, left: &[Support]) -> Result<Option<u32>, ApplyError> {
    let unfinished = unfinished_runs(client, plan.tenant.as_deref()).await?;
    let begun = unfinished.iter().any(|run| run.begun);
    let mentions = Mentions::of(plan);
    if begun || left.is_empty() || !left.iter().all(|each| mentions.anywhere(each)) {
        return Ok(None);
    }
    let done: HashSet<u32> = done(client, plan).await?.into_iter().collect();
    let holds = |step: &PlanStep| done.contains(&step.number);
    let is_judged = |step: &PlanStep| matches!(step.step.done_when, DoneWhen::Holds(_));
    let (makers, torn): (Vec<&PlanStep>, Vec<&PlanStep>) = left
        .iter()
        .filter_map(|each| mentions.first(each))
        .partition(|step| holds(step) || !is_judged(step));
    let contract = || plan.of_phase(Phase::Contract);
    let furthest = makers.iter().map(|step| step.number).max().unwrap_or(0);
    let begun = contract()
        .find(|step| tells(step) || mentions.takes_away(step, furthest))
        .is_some_and(holds)
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
    let last = last.into_iter().chain(makers).map(|step| step.number).max();
    // Columns without their trigger: the step that made both makes the trigger again, and those behind it fill what it missed.
    let again = torn.iter().filter(|step| makes_again(step));
    let again = again.map(|step| step.number - 1).min();
    Ok(match (last, again) {
        (Some(last), Some(again)) if !begun => Some(last.min(again)),
        (last, again) => last.or(again),
    })
}

/// True for a step that may run where some of what it makes is there.
fn makes_again(step: &PlanStep) -> bool {
    let texts = step.step.up.texts();
    let mut adds = texts
        .iter()
        .filter(|text| text.contains(" ADD COLUMN "))
        .peekable();
    adds.peek().is_some() && adds.all(|text| text.contains(" ADD COLUMN IF NOT EXISTS "))
}

/// Which step of a plan names what.
struct Mentions<'a> {
    plan: &'a Plan,
    /// The first step whose way up holds the word.
    up: HashMap<&'a str, &'a PlanStep>,
    /// The first that gives something the name: a sync trigger knows the names of the cut-over before it.
    renamed: HashMap<&'a str, &'a PlanStep>,
    /// The number of the last step before contract that holds the word.
    before_contract: HashMap<&'a str, u32>,
    /// The words of the ways back.
    undo: HashSet<&'a str>,
}

impl<'a> Mentions<'a> {
    fn of(plan: &'a Plan) -> Self {
        let (mut up, mut renamed, mut undo) = (HashMap::new(), HashMap::new(), HashSet::new());
        let mut before_contract = HashMap::new();
        for step in &plan.steps {
            for text in step.step.up.texts() {
                for (before, word) in words(text).zip(words(text).skip(1)) {
                    if before == "TO" {
                        renamed.entry(word).or_insert(step);
                    }
                    up.entry(word).or_insert(step);
                    if step.step.phase != Phase::Contract {
                        before_contract.insert(word, step.number);
                    }
                }
            }
            undo.extend(undo_texts(step).into_iter().flat_map(words));
        }
        Self {
            plan,
            up,
            renamed,
            before_contract,
            undo,
        }
    }

    /// The step that makes it: the first that gives it its name, else the first that names it.
    fn first(&self, support: &Support) -> Option<&'a PlanStep> {
        match Sought::of(support) {
            Sought::Word(word) => self.renamed.get(word).or_else(|| self.up.get(word)).copied(),
            Sought::Text(text) => {
                let holding = |text: &str| self.plan.steps.iter().find(|step| names(step, text));
                holding(&format!(" TO {text}")).or_else(|| holding(&text))
            }
        }
    }

    /// True where a step takes away what was there, for certain, once the step of that number was done.
    fn takes_away(&self, step: &PlanStep, done: u32) -> bool {
        let DoneWhen::Holds(condition) = &step.step.done_when else {
            return false;
        };
        let is_ours = |word: &&str| word.trim_start_matches('~').starts_with("schemaplan_");
        let mut ours = words(condition).filter(is_ours).peekable();
        let was_there = |word| self.before_contract.get(word).is_some_and(|last| *last <= done);
        ours.peek().is_some() && ours.all(was_there)
    }

    fn anywhere(&self, support: &Support) -> bool {
        let undone = |sought: &Sought| match sought {
            Sought::Word(word) => self.undo.contains(word),
            Sought::Text(text) => {
                let mut steps = self.plan.steps.iter();
                steps.any(|step| undo_texts(step).iter().any(|each| each.contains(text)))
            }
        };
        self.first(support).is_some() || undone(&Sought::of(support))
    }
}

fn names(step: &PlanStep, text: &str) -> bool {
    step.step.up.texts().iter().any(|each| each.contains(text))
}

fn undo_texts(step: &PlanStep) -> Vec<&str> {
    match &step.step.undo {
        Undo::Nothing => Vec::new(),
        Undo::Run { action, .. } | Undo::Lossy { action, .. } => Action::texts(action),
    }
}

/// How something that a plan has made stands in its statements.
enum Sought<'a> {
    Word(&'a str),
    /// A name that has to be quoted, or the comment of what bears a name of the user's.
    Text(String),
}

impl<'a> Sought<'a> {
    fn of(support: &'a Support) -> Self {
        let name = support.own_name();
        match &support.comment {
            Some(comment) if !name.contains("schemaplan_") && !support.name.starts_with("schemaplan.") => {
                Self::Text(literal(&format!("schemaplan:1 {comment}")))
            }
            _ if words(name).eq([name]) => Self::Word(name),
            _ => Self::Text(ident(&name.into())),
        }
    }
}

/// The words of a text, cut where no name without quotes goes on.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '~'));
    text.split(ends).filter(|word| !word.is_empty())
}

/// True where the condition of a step was false before it. That something of ours is gone holds also before it was made; a run
/// that comes to such a step looks for itself.
fn tells(step: &PlanStep) -> bool {
    match &step.step.done_when {
        DoneWhen::Holds(condition) => {
            let is_absence = condition.trim_start_matches('(').starts_with("NOT ");
            !(is_absence && condition.contains("schemaplan_"))
        }
        DoneWhen::Repeatable | DoneWhen::RepeatableUntil(_) => false,
    }
}

/// The numbers of the steps whose end the catalog shows.
async fn done(client: &impl Statements, plan: &Plan) -> Result<Vec<u32>, ApplyError> {
    let conditions: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.step.done_when {
            DoneWhen::Holds(condition) => Some(format!("SELECT {} AS n WHERE ({condition})", step.number)),
            DoneWhen::Repeatable | DoneWhen::RepeatableUntil(_) => None,
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
