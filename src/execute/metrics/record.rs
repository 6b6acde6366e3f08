//! What a run tells of its steps, written down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::document::{Alert, Metrics, PhaseMetrics, Reading, Standing, StepMetrics};
use super::read::between;
use crate::execute::error::DatabaseWords;
use crate::execute::expected::Expected;
use crate::execute::hold::Held;
use crate::execute::hooks::{AtPhase, When};
use crate::execute::how_far::HowFar;
use crate::execute::lease::Holder;
use crate::execute::outcome::Against;
use crate::execute::progress::{Blocker, Ended, Progress};
use crate::plan::PlanStep;
use crate::step::Phase;

/// The moment as the document says it.
pub fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// The record of a run: written by its progress and its hooks, read by whoever shows it.
#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    metrics: Metrics,
    began: Option<Instant>,
    phase_began: Option<Instant>,
    step_began: Option<Instant>,
    /// Rows went on, or a lock was waited for, in that try.
    waited_in: Option<u32>,
    held: Option<(&'static str, Instant)>,
}

impl Record {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The document as it stands.
    pub fn metrics(&self) -> Metrics {
        let mut state = self.state();
        state.clock();
        state.metrics.clone()
    }

    /// Changes the document.
    pub fn change(&self, change: impl FnOnce(&mut Metrics)) {
        change(&mut self.state().metrics);
    }

    /// True once a phase has begun.
    pub fn has_begun(&self) -> bool {
        self.state().began.is_some()
    }

    /// Begins the run where it has not begun.
    pub fn begin(&self) {
        let mut state = self.state();
        if state.began.is_none() {
            state.began = Some(Instant::now());
            state.metrics.started_at = now();
        }
    }

    /// Begins a phase.
    pub fn begin_phase(&self, phase: Phase, before: Reading) {
        let mut state = self.state();
        state.phase_began = Some(Instant::now());
        state.see_lag(before.lag_seconds);
        state.metrics.phases.push(PhaseMetrics {
            phase,
            outcome: Standing::Running,
            started_at: now(),
            duration_seconds: 0.0,
            before,
            after: None,
            wal_bytes: None,
            steps: Vec::new(),
        });
    }

    /// Begins and ends phases where nothing is measured but time.
    pub fn keep_time(&self, at: AtPhase<'_>) {
        match at.when {
            When::Before => {
                self.begin();
                self.begin_phase(at.phase, Reading::default());
            }
            When::Done => self.end_phase(Standing::Done, Reading::default()),
            When::Stopped => self.end_phase(Standing::Stopped, Reading::default()),
            When::Failed => self.end_phase(Standing::Failed, Reading::default()),
        }
    }

    /// Ends the phase that was begun last.
    pub fn end_phase(&self, outcome: Standing, after: Reading) {
        let mut state = self.state();
        state.clock();
        state.end_hold();
        state.step_began = None;
        state.phase_began = None;
        state.see_lag(after.lag_seconds);
        let Some(phase) = state.metrics.phases.last_mut() else {
            return;
        };
        phase.outcome = outcome;
        for step in &mut phase.steps {
            if step.outcome == Standing::Running {
                step.outcome = outcome;
            }
        }
        phase.wal_bytes = wal(&phase.before, &after);
        phase.after = Some(after);
        let first = state.metrics.phases.first().map(|phase| &phase.before);
        let last = state.metrics.phases.last().and_then(|phase| phase.after.as_ref());
        state.metrics.wal_bytes = first.zip(last).and_then(|(first, last)| wal(first, last));
    }

    /// Ends the run.
    pub fn end(&self, outcome: Standing) {
        let mut state = self.state();
        state.metrics.outcome = outcome;
        for phase in &mut state.metrics.phases {
            if phase.outcome == Standing::Running {
                phase.outcome = outcome;
            }
        }
    }

    /// Steps of a phase that will take longer than that, each said once.
    pub fn foresee(&self, phase: Phase, limit: Duration, steps: &[Expected]) -> Vec<Alert> {
        let mut state = self.state();
        let said = &state.metrics.alerts;
        let is_said = |step: u32| said.iter().any(|old| old.expected && old.step == Some(step));
        let found: Vec<Alert> = steps
            .iter()
            .filter(|each| each.seconds > limit.as_secs_f64() && !is_said(each.step))
            .map(|each| Alert {
                phase,
                step: Some(each.step),
                expected: true,
                words: format!(
                    "step {} will take longer than {}, {} at least: {}: {}",
                    each.step,
                    crate::execute::metrics::in_words(limit),
                    each.time,
                    each.because,
                    each.title
                ),
                at: now(),
            })
            .collect();
        state.metrics.alerts.extend(found.clone());
        found
    }

    /// What has now taken longer than that, and was not said before.
    pub fn overdue(&self, limit: Duration) -> Vec<Alert> {
        let mut state = self.state();
        let late = |began: Option<Instant>| began.is_some_and(|at| at.elapsed() > limit);
        let (phase_is_late, step_is_late) = (late(state.phase_began), late(state.step_began));
        let Some(phase) = state.metrics.phases.last() else {
            return Vec::new();
        };
        let name = phase.phase;
        let step = phase
            .steps
            .last()
            .filter(|step| step_is_late && step.outcome == Standing::Running);
        let limit = crate::execute::metrics::in_words(limit);
        let mut found = Vec::new();
        if let Some(step) = step {
            found.push(Alert {
                phase: name,
                step: Some(step.step),
                expected: false,
                words: format!("step {} has taken longer than {limit}: {}", step.step, step.title),
                at: now(),
            });
        }
        if phase_is_late {
            found.push(Alert {
                phase: name,
                step: None,
                expected: false,
                words: format!("{name} has taken longer than {limit}"),
                at: now(),
            });
        }
        let said = &state.metrics.alerts;
        found.retain(|new| {
            !said
                .iter()
                .any(|old| (old.phase, old.step, old.expected) == (new.phase, new.step, new.expected))
        });
        state.metrics.alerts.extend(found.clone());
        found
    }
}

fn wal(before: &Reading, after: &Reading) -> Option<u64> {
    between(before.wal.as_deref()?, after.wal.as_deref()?)
}

impl State {
    /// Brings durations up to now.
    fn clock(&mut self) {
        self.metrics.written_at = now();
        let since = |began: Instant| began.elapsed().as_secs_f64();
        if let Some(began) = self.began {
            self.metrics.duration_seconds = since(began);
        }
        let Some(phase) = self.metrics.phases.last_mut() else {
            return;
        };
        if let Some(began) = self.phase_began {
            phase.duration_seconds = since(began);
        }
        if let (Some(began), Some(step)) = (self.step_began, phase.steps.last_mut()) {
            step.duration_seconds = since(began);
        }
    }

    fn see_lag(&mut self, seconds: Option<f64>) {
        if let Some(seconds) = seconds {
            let longest = self.metrics.lag_seconds_max.unwrap_or(0.0);
            self.metrics.lag_seconds_max = Some(longest.max(seconds));
        }
    }

    fn begin_step(&mut self, step: &PlanStep, outcome: Standing) {
        self.waited_in = None;
        self.step_began = (outcome == Standing::Running).then(Instant::now);
        if let Some(phase) = self.metrics.phases.last_mut() {
            phase.steps.push(StepMetrics {
                step: step.number,
                title: step.step.title.clone(),
                object: step.step.object.to_string(),
                change: step.step.change.clone(),
                outcome,
                was_done: outcome == Standing::Done,
                attempts: u32::from(outcome == Standing::Running),
                ..StepMetrics::default()
            });
        }
    }

    fn at(&mut self, step: &PlanStep) -> Option<&mut StepMetrics> {
        let last = self.metrics.phases.last_mut()?.steps.last_mut()?;
        (last.step == step.number).then_some(last)
    }

    /// Adds the time for which the run was held until now.
    fn end_hold(&mut self) {
        let Some((kind, since)) = self.held.take() else {
            return;
        };
        let steps = self.metrics.phases.last_mut().map(|phase| &mut phase.steps);
        if let Some(step) = steps.and_then(|steps| steps.last_mut()) {
            *step.held_seconds.entry(kind.to_owned()).or_default() += since.elapsed().as_secs_f64();
        }
    }
}

/// Hears how a run goes on, writes it down and tells it on.
pub struct Measured<'a> {
    record: Record,
    inner: &'a mut dyn Progress,
}

impl<'a> Measured<'a> {
    /// Between a run and the one who shows it.
    pub fn new(record: Record, inner: &'a mut dyn Progress) -> Self {
        Self { record, inner }
    }
}

impl Progress for Measured<'_> {
    fn waiting_for_lease(&mut self, holder: &Holder) {
        self.inner.waiting_for_lease(holder);
    }

    fn waiting_for_orphans(&mut self, orphans: &[Blocker]) {
        self.inner.waiting_for_orphans(orphans);
    }

    fn phase_started(&mut self, phase: Phase, steps: usize) {
        self.inner.phase_started(phase, steps);
    }

    fn step_started(&mut self, step: &PlanStep) {
        let mut state = self.record.state();
        // Held before it began: that time is said of it.
        let held = state.held.take();
        state.begin_step(step, Standing::Running);
        state.held = held;
        state.end_hold();
        drop(state);
        self.inner.step_started(step);
    }

    fn batch_done(&mut self, step: &PlanStep, rows_done: u64, rows_total: Option<u64>, elapsed: Duration) {
        let mut state = self.record.state();
        state.end_hold();
        state.waited_in = None;
        if let Some(each) = state.at(step) {
            each.batches += 1;
            each.rows = rows_done;
        }
        drop(state);
        self.inner.batch_done(step, rows_done, rows_total, elapsed);
    }

    fn waiting_for_lock(&mut self, step: &PlanStep, attempt: u32, blockers: &[Blocker], queue: u32) {
        let mut state = self.record.state();
        if state.waited_in.replace(attempt) != Some(attempt)
            && let Some(each) = state.at(step)
        {
            each.lock_waits += 1;
        }
        drop(state);
        self.inner.waiting_for_lock(step, attempt, blockers, queue);
    }

    fn under_way(&mut self, step: &PlanStep, how_far: Option<&HowFar>, elapsed: Duration) {
        self.inner.under_way(step, how_far, elapsed);
    }

    fn in_the_way(&mut self, step: Option<&PlanStep>, who: &[String]) {
        self.inner.in_the_way(step, who);
    }

    fn blocker_ended(&mut self, step: &PlanStep, blocker: &Blocker, how: &Ended) {
        self.inner.blocker_ended(step, blocker, how);
    }

    fn held(&mut self, step: &PlanStep, why: &Held) {
        let mut state = self.record.state();
        if let Held::Lag { seconds, .. } = why {
            state.see_lag(Some(*seconds));
        }
        if state.held.is_none_or(|(before, _)| before != why.kind()) {
            state.end_hold();
            state.held = Some((why.kind(), Instant::now()));
        }
        drop(state);
        self.inner.held(step, why);
    }

    fn retrying(&mut self, step: &PlanStep, attempt: u32, pause: Duration, words: &DatabaseWords) {
        let mut state = self.record.state();
        let waited = state.waited_in == Some(attempt);
        if let Some(each) = state.at(step) {
            each.attempts += 1;
            // A lock that was given up before anybody looked.
            each.lock_waits += u32::from(!waited && words.sqlstate.as_deref() == Some("55P03"));
        }
        drop(state);
        self.inner.retrying(step, attempt, pause, words);
    }

    fn step_found_done(&mut self, step: &PlanStep) {
        self.record.state().begin_step(step, Standing::Done);
        self.inner.step_found_done(step);
    }

    fn step_finished(&mut self, step: &PlanStep, elapsed: Duration) {
        let mut state = self.record.state();
        state.end_hold();
        state.step_began = None;
        if let Some(each) = state.at(step) {
            each.outcome = Standing::Done;
            each.duration_seconds = elapsed.as_secs_f64();
        }
        drop(state);
        self.inner.step_finished(step, elapsed);
    }

    fn looking(&mut self, step: &PlanStep) {
        self.inner.looking(step);
    }

    fn rows_against(&mut self, against: &Against) {
        self.inner.rows_against(against);
    }

    fn noted(&mut self, words: &str) {
        self.inner.noted(words);
    }

    fn phase_finished(&mut self, phase: Phase) {
        self.inner.phase_finished(phase);
    }
}
