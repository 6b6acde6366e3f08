//! What the user runs around each phase, and the restore point before it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::error::ApplyError;
use super::halt::Halt;
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
}

/// A hook at work; the error is what to say of its failure.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// Runs what the user wants run. A failure before a phase ends the run before anything of it is done; one behind a phase is said.
pub trait Hooks {
    /// Runs the hooks of that moment.
    fn run<'a>(&'a self, at: AtPhase<'a>) -> HookFuture<'a>;
}

/// The hooks of a run; none by default.
#[derive(Clone, Default)]
pub struct PhaseHooks(pub Option<Arc<dyn Hooks>>);

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
        self.hook(phase, When::Before)
            .await
            .map_err(|why| ApplyError::Hook { phase, why })?;
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
    }

    async fn hook(&self, phase: Phase, when: When) -> Result<(), String> {
        let Some(hooks) = &self.options.hooks.0 else {
            return Ok(());
        };
        let at = AtPhase {
            plan: self.plan,
            phase,
            back: self.direction == Direction::Down,
            when,
        };
        hooks.run(at).await
    }

    async fn hook_behind(&mut self, phase: Phase, when: When) {
        if let Err(why) = self.hook(phase, when).await {
            self.progress
                .noted(&format!("the hook behind {phase} failed: {why}"));
        }
    }

    /// A name in the WAL to which a backup can be restored. Where that is not allowed it is said, and the run goes on.
    async fn restore_point(&mut self, phase: Phase) {
        let id = self.plan.id.get(..12).unwrap_or(&self.plan.id);
        let verb = match self.direction {
            Direction::Up => "before",
            Direction::Down => "before taking back",
        };
        let name = format!("schemaplan {id} {verb} {phase}");
        let query = format!("SELECT pg_catalog.pg_create_restore_point({})", literal(&name));
        let said = match rows(&self.session.watch, &query).await {
            Ok(_) => format!("restore point `{name}`"),
            Err(error) => format!("no restore point: {}", database_words(&error)),
        };
        self.progress.noted(&said);
    }
}
