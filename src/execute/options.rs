//! How patient and how fast a run is.

use std::time::Duration;

use tokio::sync::watch;

use super::blockers::BlockerPolicy;
use super::hold::Throttle;
use super::hooks::PhaseHooks;
use crate::step::{Phase, TimeoutClass};

/// What the caller can set. The defaults are those of production.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// The phases to run, or to undo, in any order.
    pub phases: Vec<Phase>,
    /// How long a statement waits for a lock; none climbs a ladder from 100 ms to 2 s, and stays below the server's
    /// `deadlock_timeout` where it holds other locks.
    pub lock_timeout: Option<Duration>,
    /// How long a statement of a short step runs, its wait for a lock not counted; 2 s by default.
    pub statement_timeout: Duration,
    /// How often a step is tried before the run stops.
    pub max_attempts: u32,
    /// How long a step is tried before the run stops.
    pub retry_budget: Duration,
    /// The first pause between two tries; it doubles up to a minute.
    pub retry_pause: Duration,
    /// How long a batch should take at most.
    pub batch_time: Duration,
    /// The pause after a batch as a share of the time it took; none means 1, and 0 for a table below 100,000 rows.
    pub batch_pause_ratio: Option<f64>,
    /// How many sessions walk a table together; 1 is the working session by itself.
    pub workers: u32,
    /// Vacuum a table between batches when a fifth of its rows is dead.
    pub vacuum: bool,
    /// What holds batches back.
    pub throttle: Throttle,
    /// What is done to sessions in the way of a lock.
    pub blockers: BlockerPolicy,
    /// How much room the server's disk has, as the user says.
    pub free_bytes: Option<u64>,
    /// What the user runs around each phase.
    pub hooks: PhaseHooks,
    /// Make a restore point before each phase.
    pub restore_point: bool,
    /// How long to wait for another run to end.
    pub lease_wait: Duration,
    /// Run an undo that cannot bring everything back.
    pub accept_loss: bool,
    /// Who runs: `host/pid`, shown to whoever finds the lease held.
    pub owner: String,
    /// Asks the run to end at the next safe point.
    pub stop: StopSignal,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            phases: Phase::ALL.to_vec(),
            lock_timeout: None,
            statement_timeout: Duration::from_secs(2),
            max_attempts: 30,
            retry_budget: Duration::from_secs(30 * 60),
            retry_pause: Duration::from_millis(500),
            batch_time: Duration::from_millis(250),
            batch_pause_ratio: None,
            workers: 1,
            vacuum: false,
            throttle: Throttle::default(),
            blockers: BlockerPolicy::default(),
            free_bytes: None,
            hooks: PhaseHooks::default(),
            restore_point: false,
            lease_wait: Duration::from_secs(5),
            accept_loss: false,
            owner: format!("pid {}", std::process::id()),
            stop: StopSignal::never(),
        }
    }
}

/// The rungs of the lock timeout, milliseconds; the last one stays.
const LADDER: [u64; 6] = [100, 200, 400, 800, 1_000, 2_000];
/// No lock is waited for more shortly than this.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The timeouts of one try; zero means none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    pub lock: Duration,
    pub statement: Duration,
    pub transaction: Duration,
}

impl ApplyOptions {
    /// The timeouts of the n-th try (from 1) of a step of this class.
    pub(super) fn timeouts(&self, class: TimeoutClass, attempt: u32) -> Timeouts {
        let rung = usize::try_from(attempt.saturating_sub(1))
            .unwrap_or(usize::MAX)
            .min(LADDER.len() - 1);
        let lock = self.lock_timeout.unwrap_or(Duration::from_millis(LADDER[rung]));
        let mut timeouts = Timeouts {
            lock,
            statement: lock + self.statement_timeout,
            transaction: Duration::ZERO,
        };
        match class {
            TimeoutClass::Fast => {}
            TimeoutClass::Cut => timeouts.transaction = Duration::from_secs(10),
            TimeoutClass::Long => {
                timeouts.lock = Duration::ZERO;
                timeouts.statement = Duration::ZERO;
            }
            TimeoutClass::Scan => timeouts.statement = Duration::ZERO,
            TimeoutClass::Batch => {
                timeouts.lock = self.lock_timeout.unwrap_or(Duration::from_secs(2));
                timeouts.statement = Duration::from_secs(30);
            }
        }
        timeouts
    }

    /// The pause after the n-th try: full jitter under a doubling bound, so that two runners never march in step.
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        let doubled = self
            .retry_pause
            .saturating_mul(1 << attempt.saturating_sub(1).min(16));
        doubled.min(LONGEST_PAUSE).mul_f64(rand::random::<f64>())
    }
}

impl Timeouts {
    /// The same, short enough that the run is never what code waits for in a deadlock when the server looks for one: the server
    /// ends whoever has waited for `deadlock` first, and that would be the code. A batch holds rows while it waits for others,
    /// and a step of several relations those that it has locked already.
    pub fn before_deadlock(mut self, class: TimeoutClass, relations: usize, deadlock: Duration) -> Self {
        let most = match class {
            TimeoutClass::Batch => deadlock / 4,
            TimeoutClass::Fast | TimeoutClass::Cut | TimeoutClass::Scan if relations > 1 => {
                deadlock.mul_f64(0.8) / u32::try_from(relations).unwrap_or(u32::MAX)
            }
            _ => return self,
        };
        let most = most.max(SHORTEST_WAIT);
        if self.lock > most {
            self.statement = self.statement.saturating_sub(self.lock - most);
            self.lock = most;
        }
        self
    }

    /// The same, long enough for the server to end an autovacuum that is in the way, which it does after `deadlock`.
    pub fn beyond_autovacuum(mut self, deadlock: Duration) -> Self {
        let least = deadlock + Duration::from_millis(500);
        if !self.lock.is_zero() && self.lock < least {
            self.statement += least - self.lock;
            self.lock = least;
        }
        self
    }

    /// The settings as statements; `local` for the current transaction only.
    pub fn set(self, local: bool, version: u32) -> String {
        let scope = if local { "SET LOCAL" } else { "SET" };
        let mut settings = format!(
            "{scope} lock_timeout = {}; {scope} statement_timeout = {}",
            self.lock.as_millis(),
            self.statement.as_millis()
        );
        // PostgreSQL 17 knows a limit for the whole transaction.
        if version >= 170_000 && !self.transaction.is_zero() {
            settings.push_str(&format!(
                "; {scope} transaction_timeout = {}",
                self.transaction.as_millis()
            ));
        }
        settings
    }
}

/// Asks a run to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// The run ends at its next safe point.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Heard by a run.
#[derive(Clone, Debug)]
pub struct StopSignal(Option<watch::Receiver<bool>>);

/// A stopper and the signal that hears it.
pub fn stop_signal() -> (Stopper, StopSignal) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), StopSignal(Some(receiver)))
}

impl StopSignal {
    /// Never stops.
    pub fn never() -> Self {
        Self(None)
    }

    /// Whether a stop was asked for.
    pub fn is_stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|receiver| *receiver.borrow())
    }

    /// Sleeps, or returns at once when a stop is asked for.
    pub(super) async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stopped() => {}
        }
    }

    /// Waits until a stop is asked for.
    pub(super) async fn stopped(&self) {
        let Some(mut receiver) = self.0.clone() else {
            return std::future::pending().await;
        };
        // An error means that nobody is left who could stop us.
        if receiver.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_climbs_to_two_seconds_and_stays_there() {
        let options = ApplyOptions::default();
        let locks: Vec<u128> = (1..=8)
            .map(|n| options.timeouts(TimeoutClass::Fast, n).lock.as_millis())
            .collect();
        assert_eq!(locks, [100, 200, 400, 800, 1000, 2000, 2000, 2000]);
        assert_eq!(
            options.timeouts(TimeoutClass::Fast, 1).statement.as_millis(),
            2100
        );
    }

    #[test]
    fn what_holds_other_locks_gives_up_before_a_deadlock_is_looked_for() {
        let second = Duration::from_secs(1);
        let lock = |class, relations| {
            let timeouts = ApplyOptions::default().timeouts(class, 6);
            timeouts
                .before_deadlock(class, relations, second)
                .lock
                .as_millis()
        };
        assert_eq!(lock(TimeoutClass::Batch, 1), 250);
        assert_eq!(lock(TimeoutClass::Cut, 2), 400);
        assert_eq!(lock(TimeoutClass::Fast, 100), 50);
        assert_eq!(lock(TimeoutClass::Fast, 1), 2_000);
        assert_eq!(lock(TimeoutClass::Long, 2), 0);
        let patient = ApplyOptions::default()
            .timeouts(TimeoutClass::Cut, 1)
            .beyond_autovacuum(second);
        assert_eq!(patient.lock.as_millis(), 1_500);
    }

    #[test]
    fn a_pause_never_exceeds_a_minute() {
        let options = ApplyOptions::default();
        assert!((1..100).all(|n| options.pause(n) <= LONGEST_PAUSE));
        assert!(options.pause(1) <= Duration::from_millis(500));
    }

    #[test]
    fn only_a_server_that_knows_it_gets_a_transaction_timeout() {
        let cut = ApplyOptions::default().timeouts(TimeoutClass::Cut, 1);
        assert!(!cut.set(true, 160_004).contains("transaction_timeout"));
        assert!(
            cut.set(true, 170_000)
                .contains("SET LOCAL transaction_timeout = 10000")
        );
    }
}
