//! What the user runs around each phase, and the restore point before it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::error::ApplyError;
use super::halt::Halt;
use super::outcome::StopReason;
use super::runner::Runner;
use super::session::rows;
use super::step_rows::Direction;
use crate::engine::database_words;
use crate::plan::Plan;
use crate::sql::literal;
use crate::step::Phase;

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the first step of a phase.
    Before,
    /// Behind a phase whose steps are done.
    Done,
    /// Behind a phase that stopped at a safe point.
    Stopped,
    /// Behind a phase of which a step failed or was refused.
    Failed,
}

/// A phase of a plan that is run, or taken back.
#[derive(Clone, Copy)]
pub struct AtPhase<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The phase.
    pub phase: Phase,
    /// True where it is taken back.
    pub back: bool,
    /// When.
    pub when: When,
    /// True where an earlier run has begun the phase: what it changed is there already.
    pub begun: bool,
}

/// What of the user's failed around a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookFailure {
    /// A command of `hooks:`.
    Command(String),
    /// The backup.
    Backup(String),
}

impl fmt::Display for HookFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(why) | Self::Backup(why) => f.write_str(why),
        }
    }
}

/// A hook at work.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = Result<(), HookFailure>> + 'a>>;

/// Runs what the user wants run. A failure before a phase ends the run before anything of it is done; one behind a phase is said.
pub trait Hooks {
    /// Runs the hooks of that moment.
    fn run<'a>(&'a self, at: AtPhase<'a>) -> HookFuture<'a>;
}

/// The hooks of a run; none by default.
#[derive(Clone, Default)]
pub struct PhaseHooks(pub Option<Rc<dyn Hooks>>);

impl fmt::Debug for PhaseHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "hooks" } else { "no hooks" })
    }
}

impl Runner<'_> {
    /// Begins a phase of which so many steps are left.
    pub(super) async fn begin_phase(&mut self, phase: Phase, steps: usize) -> Result<(), Halt> {
        self.progress.phase_started(phase, steps);
        if steps == 0 {
            return Ok(());
        }
        let verb = self.verb();
        self.note_hook(&format!("what runs before {verb}{phase}: hooks, a backup"))
            .await;
        let hooked = tokio::select! {
            hooked = self.hook(phase, When::Before) => hooked,
            // Nothing of the phase has run: what the user runs before it is let go of.
            () = self.options.stop.stopped() => return Err(StopReason::Signal.into()),
        };
        hooked.map_err(|failure| ApplyError::Hook { phase, failure })?;
        self.phase = Some(phase);
        if self.options.restore_point {
            self.restore_point(phase).await;
        }
        Ok(())
    }

    /// Ends a phase whose steps are done.
    pub(super) async fn end_phase(&mut self, phase: Phase) {
        self.progress.phase_finished(phase);
        if self.phase.take().is_some() {
            self.hook_behind(phase, When::Done).await;
        }
        self.note_nothing().await;
    }

    /// Ends a phase that did not come to its end.
    pub(super) async fn give_phase_up(&mut self, halt: &Halt) {
        if let Some(phase) = self.phase.take() {
            let when = match halt {
                Halt::Stopped(_) => When::Stopped,
                Halt::Failed(_) | Halt::Refused(_) => When::Failed,
            };
            self.hook_behind(phase, when).await;
        }
        self.note_nothing().await;
    }

    /// How a phase is gone through, before its name.
    fn verb(&self) -> &'static str {
        match self.direction {
            Direction::Up => "",
            Direction::Down => "taking back ",
        }
    }

    async fn hook(&self, phase: Phase, when: When) -> Result<(), HookFailure> {
        let Some(hooks) = &self.options.hooks.0 else {
            return Ok(());
        };
        let at = AtPhase {
            plan: self.plan,
            phase,
            back: self.direction == Direction::Down,
            when,
            begun: self.has_begun(phase),
        };
        hooks.run(at).await
    }

    /// Whether a step of the phase was touched in this direction before this run.
    fn has_begun(&self, phase: Phase) -> bool {
        self.plan
            .of_phase(phase)
            .any(|step| self.rows.contains_key(&step.number))
    }

    async fn hook_behind(&mut self, phase: Phase, when: When) {
        let verb = self.verb();
        self.note_hook(&format!("the hooks behind {verb}{phase}")).await;
        if let Err(why) = self.hook(phase, when).await {
            self.progress
                .noted(&format!("the hook behind {phase} failed: {why}"));
        }
    }

    /// A name in the WAL to which a backup can be restored. Where that is not allowed it is said, and the run goes on.
    async fn restore_point(&mut self, phase: Phase) {
        let id = self.plan.id.get(..12).unwrap_or(&self.plan.id);
        let name = format!("schemaplan {id} before {}{phase}", self.verb());
        let query = format!("SELECT pg_catalog.pg_create_restore_point({})", literal(&name));
        let said = match rows(&self.session.watch, &query).await {
            Ok(_) => format!("restore point `{name}`"),
            Err(error) => format!("no restore point: {}", database_words(&error)),
        };
        self.progress.noted(&said);
    }
}
