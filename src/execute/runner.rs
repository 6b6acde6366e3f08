//! Runs the steps of a plan in order, each one skipped where it is done already.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::at_work::Note;
use super::batches::Walk;
use super::blockers::Cancelled;
use super::error::{ApplyError, DatabaseWords, StepFailure};
use super::halt::Halt;
use super::hold::Watched;
use super::journal::RunState;
use super::lease::Lease;
use super::options::ApplyOptions;
use super::outcome::{Outcome, Refusal, StepRef, StopReason};
use super::preflight::{Preflight, works_under_its_lock};
use super::progress::{Blocker, Progress};
use super::session::{Session, holds, rows};
use super::step_rows::{Direction, RowKey, RowState, StepRow, step_hash, write_state};
use super::work::{Work, needs_session, works};
use crate::plan::{Plan, PlanStep};
use crate::sql::script;
use crate::step::{DoneWhen, Phase, Precondition};

/// A run under way.
pub(super) struct Runner<'a> {
    pub session: &'a Session,
    pub lease: &'a Lease,
    pub options: &'a ApplyOptions,
    pub progress: &'a mut dyn Progress,
    pub run_no: i64,
    pub plan: &'a Plan,
    pub direction: Direction,
    /// The journal's rows of this direction.
    pub rows: BTreeMap<u32, StepRow>,
    /// Steps that are finished in this direction, also by earlier runs.
    pub finished: BTreeSet<u32>,
    /// Steps that are to be finished, in order, also those that nobody asked for yet.
    pub todo: Vec<u32>,
    /// How many steps ran now.
    pub ran: u32,
    /// Who was last seen in the way.
    pub blockers: Vec<Blocker>,
    /// Whom we have cancelled.
    pub cancelled: Cancelled,
    /// The phase under way.
    pub phase: Option<Phase>,
    /// The conditions about rows that were looked at before anything ran, by step.
    pub looked: BTreeSet<(u32, String)>,
    /// What the looks before strong locks have found.
    pub preflight: Preflight,
    /// When we looked what holds batches back.
    pub watched: Watched,
}

impl<'a> Runner<'a> {
    pub fn key(&self, step: &PlanStep) -> RowKey {
        RowKey {
            run_no: self.run_no,
            direction: self.direction,
            step_no: step.number,
            token: self.lease.token(),
        }
    }

    pub fn hash(&self, step: &PlanStep) -> String {
        step_hash(step)
    }

    pub fn step_ref(&self, step: &PlanStep) -> StepRef {
        StepRef::new(step, self.plan.steps.len())
    }

    /// A safe point: goes on unless a stop was asked for or the lease is gone.
    pub fn check_stop(&self) -> Result<(), Halt> {
        if self.options.stop.is_stopped() {
            return Err(StopReason::Signal.into());
        }
        if self.lease.is_lost() {
            return Err(StopReason::LeaseLost.into());
        }
        Ok(())
    }

    /// The error for a step, with what is done, what has not run and what to do.
    pub fn failure(&self, step: &PlanStep, statement: String, words: DatabaseWords) -> ApplyError {
        let next = match self.direction {
            Direction::Up => format!(
                "mend the cause and run the same command again: it goes on with step {}; \
                 or take back what is done with `schemaplan rollback`",
                step.number
            ),
            Direction::Down => format!(
                "mend the cause and run `schemaplan rollback` again: it goes on with step {}",
                step.number
            ),
        };
        ApplyError::Step(Box::new(StepFailure {
            step: self.step_ref(step),
            statement,
            words,
            done: self.finished.iter().copied().collect(),
            not_run: self.todo.clone(),
            next,
        }))
    }

    /// Runs one step unless it is done.
    pub async fn run_step(&mut self, step: &'a PlanStep) -> Result<(), Halt> {
        self.check_stop()?;
        let begin = Instant::now();
        let known = self.rows.get(&step.number).cloned();
        if let Some(row) = &known {
            self.check_same(step, row)?;
        }
        let row = known.unwrap_or_else(|| StepRow {
            hash: self.hash(step),
            ..StepRow::default()
        });
        if self.direction == Direction::Up && self.is_done(step).await? {
            let done = StepRow {
                state: RowState::Done,
                ..row
            };
            self.record(step, &done, begin.elapsed()).await?;
            self.finish(step);
            self.progress.step_found_done(step);
            return Ok(());
        }
        self.blockers.clear();
        self.note(step, 1, &Note::Works).await;
        self.hold_before(step).await?;
        self.preflight_of(step).await?;
        // All that it runs reads or writes the tables by the same path; what it is judged by is read under none.
        self.search(step, script::PATH_OF_SESSION).await?;
        self.prove_and_run(step, row, begin).await?;
        self.search(step, script::NO_PATH).await?;
        self.ran += 1;
        self.finish(step);
        self.progress.step_finished(step, begin.elapsed());
        Ok(())
    }

    async fn prove_and_run(&mut self, step: &'a PlanStep, row: StepRow, begin: Instant) -> Result<(), Halt> {
        if self.direction == Direction::Up && row.cursor.part == 0 && row.cursor.top.is_none() {
            self.check_preconditions(step).await?;
        }
        self.progress.step_started(step);
        let ran = self.run_parts(step, row, begin).await;
        match ran {
            Err(Halt::Failed(ApplyError::Step(failure))) => Err(self.with_rows(step, failure).await),
            other => other,
        }
    }

    /// A failure for the sake of rows names them.
    async fn with_rows(&self, step: &PlanStep, mut failure: Box<StepFailure>) -> Halt {
        let is_for_rows = |state: &String| state.starts_with("23");
        if self.direction == Direction::Up && failure.words.sqlstate.as_ref().is_some_and(is_for_rows) {
            let said = failure.words.detail.take().into_iter();
            let said: Vec<String> = said.chain(self.named_behind(step).await).collect();
            failure.words.detail = (!said.is_empty()).then(|| said.join("\n"));
        }
        ApplyError::Step(failure).into()
    }

    /// Sets the path for a step that runs functions of the user's.
    async fn search(&self, step: &PlanStep, path: &str) -> Result<(), Halt> {
        if !step.step.clients_path {
            return Ok(());
        }
        let set = self.session.work.search(path).await;
        set.map_err(|error| ApplyError::database("set the search path", &error).into())
    }

    /// Records as finished what needs nothing done.
    pub async fn pass_over(&mut self, step: &'a PlanStep) -> Result<(), Halt> {
        let done = StepRow {
            state: RowState::Done,
            hash: self.hash(step),
            ..StepRow::default()
        };
        self.record(step, &done, Duration::ZERO).await?;
        self.finish(step);
        self.progress.step_found_done(step);
        Ok(())
    }

    fn finish(&mut self, step: &PlanStep) {
        self.finished.insert(step.number);
        self.todo.retain(|number| *number != step.number);
    }

    /// A step that another version would run differently is not resumed in its middle.
    fn check_same(&self, step: &PlanStep, row: &StepRow) -> Result<(), Halt> {
        if row.hash == self.hash(step) {
            return Ok(());
        }
        Err(Refusal::Changed {
            found: format!(
                "{} was begun by a version of schemaplan that writes it differently; finish it with that version",
                self.step_ref(step)
            ),
        }
        .into())
    }

    /// Refuses those of these steps that a pooler in transaction mode cannot serve.
    pub async fn refuse_pooled(&self, steps: impl IntoIterator<Item = &PlanStep>) -> Result<(), Halt> {
        if !self.session.is_pooled() {
            return Ok(());
        }
        let mut refused = Vec::new();
        for step in steps {
            let begun = self.direction == Direction::Up && self.rows.contains_key(&step.number);
            if needs_session(step, self.direction) && !(begun && self.is_done(step).await?) {
                refused.push(self.step_ref(step));
            }
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Refusal::Pooled(refused).into()),
        }
    }

    async fn is_done(&self, step: &PlanStep) -> Result<bool, Halt> {
        let DoneWhen::Holds(condition) = &step.step.done_when else {
            return Ok(false);
        };
        self.ask(step, condition).await
    }

    async fn check_preconditions(&self, step: &PlanStep) -> Result<(), Halt> {
        for precondition in &step.step.preconditions {
            let looked = (step.number, precondition.holds.clone());
            // What was looked at before anything ran may not hold any more; what reads the rows under a weak lock finds out by itself.
            let again = self.ran > 0 && works_under_its_lock(&step.step);
            if (self.looked.contains(&looked) && !again) || self.is_met(step, precondition).await? {
                continue;
            }
            if precondition.replan {
                return Err(Refusal::Replan {
                    step: self.step_ref(step),
                    otherwise: precondition.otherwise.clone(),
                }
                .into());
            }
            let words = DatabaseWords {
                message: precondition.otherwise.clone(),
                detail: super::look::named(&self.session.work, precondition).await,
                ..DatabaseWords::default()
            };
            return Err(self.failure(step, precondition.holds.clone(), words).into());
        }
        Ok(())
    }

    /// Whether a precondition is true, as far as it can be asked: one about rows speaks of columns and tables by the names that
    /// they have before the plan or behind it, and in between PostgreSQL says itself what the step does not find.
    async fn is_met(&self, step: &PlanStep, precondition: &Precondition) -> Result<bool, Halt> {
        match holds(&self.session.work, &precondition.holds).await {
            Ok(holds) => Ok(holds),
            Err(error) if precondition.rows.is_some() && is_about_names(&error) => Ok(true),
            Err(error) => Err(self
                .failure(step, precondition.holds.clone(), (&error).into())
                .into()),
        }
    }

    /// Whether a condition of the step is true.
    pub async fn ask(&self, step: &PlanStep, condition: &str) -> Result<bool, Halt> {
        holds(&self.session.work, condition)
            .await
            .map_err(|error| self.failure(step, condition.to_owned(), (&error).into()).into())
    }

    async fn run_parts(&mut self, step: &'a PlanStep, mut row: StepRow, begin: Instant) -> Result<(), Halt> {
        let parts = works(step, self.direction);
        let judged = parts.iter().any(|part| matches!(part, Work::Alone(..)));
        if judged {
            row.state = RowState::Intent;
            self.record(step, &row, begin.elapsed()).await?;
        }
        let count = parts.len();
        for (part, work) in parts.iter().enumerate().skip(row.cursor.part) {
            self.check_stop()?;
            let mut next = row.clone();
            next.cursor = super::step_rows::Cursor {
                part: part + 1,
                ..Default::default()
            };
            next.state = match part + 1 == count && !judged {
                true => RowState::Done,
                false => RowState::Running,
            };
            row = self.run_part(step, work, row, next, begin).await?;
        }
        if row.state == RowState::Done {
            return Ok(());
        }
        if judged && self.direction == Direction::Up {
            self.check_done_now(step).await?;
        }
        row.state = RowState::Done;
        self.record(step, &row, begin.elapsed()).await
    }

    /// Runs a part and returns the row as it stands in the journal then.
    async fn run_part(
        &mut self,
        step: &'a PlanStep,
        work: &Work<'_>,
        row: StepRow,
        next: StepRow,
        begin: Instant,
    ) -> Result<StepRow, Halt> {
        match work {
            Work::Transaction(statements, class) => {
                self.transaction(step, statements, *class, &next).await?;
                Ok(next)
            }
            Work::Alone(statement, what) => {
                self.stand_alone(step, statement, what).await?;
                self.record(step, &next, begin.elapsed()).await?;
                Ok(next)
            }
            Work::Batches(batch) | Work::Verify(batch) => {
                let verify = matches!(work, Work::Verify(_));
                self.walk(
                    step,
                    row,
                    Walk {
                        batch,
                        verify,
                        next,
                        row: None,
                    },
                    begin,
                )
                .await
            }
        }
    }

    /// What is not transactional counts as done when the catalog says so.
    async fn check_done_now(&mut self, step: &PlanStep) -> Result<(), Halt> {
        let DoneWhen::Holds(condition) = &step.step.done_when else {
            return Ok(());
        };
        if self.ask(step, condition).await? {
            return Ok(());
        }
        let words = DatabaseWords {
            message: "its statements ran, but the catalog does not show what they should have done"
                .to_owned(),
            detail: Some(format!("this should hold: {condition}")),
            ..DatabaseWords::default()
        };
        Err(self.failure(step, String::new(), words).into())
    }

    /// Records that a phase is complete (or taken back).
    pub async fn set_state(&mut self, state: RunState) -> Result<(), Halt> {
        let write = write_state(self.lease.token(), self.run_no, state);
        let written = rows(&self.session.work, &write)
            .await
            .map_err(|error| ApplyError::database("write the journal", &error))?;
        match written.is_empty() {
            true => Err(StopReason::LeaseLost.into()),
            false => Ok(()),
        }
    }

    /// How a run ended that was halted.
    pub fn halted(&self, halt: Halt) -> Result<Outcome, ApplyError> {
        match halt {
            Halt::Failed(error) => Err(error),
            Halt::Refused(refusal) => Ok(Outcome::Refused(*refusal)),
            Halt::Stopped(why) => Ok(Outcome::Stopped {
                run_no: self.run_no,
                at: self
                    .todo
                    .first()
                    .and_then(|number| self.plan.steps.iter().find(|step| step.number == *number))
                    .map(|step| self.step_ref(step)),
                why: *why,
                done: self.finished.iter().copied().collect(),
                not_run: self.todo.clone(),
            }),
        }
    }
}

/// True where something is not there that the statement names.
fn is_about_names(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| state.code().starts_with("42"))
}

/// Steps of a phase that are left, in order.
pub(super) fn left<'a>(plan: &'a Plan, phase: Phase, todo: &[u32]) -> Vec<&'a PlanStep> {
    plan.of_phase(phase)
        .filter(|step| todo.contains(&step.number))
        .collect()
}
