//! Ctrl-C and SIGTERM: a running plan stops at its next safe point, anything else at once.

use super::failure::{Exit, Failure};
use crate::execute::{StopSignal, Stopper, stop_signal};
use crate::text::Diagnostic;
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

/// Shared by the one that hears signals and the one that runs steps.
#[derive(Clone)]
pub struct Interrupt {
    stopper: Rc<Stopper>,
    signal: StopSignal,
    running: Rc<Cell<bool>>,
}

impl Interrupt {
    /// Nothing runs yet.
    pub fn new() -> Self {
        let (stopper, signal) = stop_signal();
        Self {
            stopper: Rc::new(stopper),
            signal,
            running: Rc::new(Cell::new(false)),
        }
    }

    /// What the executor listens to; from here on a signal asks it to stop instead of ending the command.
    pub fn for_a_run(&self) -> StopSignal {
        self.running.set(true);
        self.signal.clone()
    }

    /// Does the work until it ends or a signal comes.
    ///
    /// # Errors
    /// Those of the work; exit 4 where a signal ended it.
    pub async fn during<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = signalled() => {
                    // A second signal means it.
                    if !self.running.get() || self.signal.is_stopped() {
                        return Err(interrupted());
                    }
                    self.stopper.stop();
                    eprintln!("Stopping at the next safe point; once more to stop at once");
                }
            }
        }
    }
}

fn interrupted() -> Failure {
    Failure {
        exit: Exit::Stopped,
        diagnostics: vec![
            Diagnostic::error("interrupted", "stopped by a signal")
                .help("run the same command again to go on"),
        ],
    }
}

async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
