//! What `apply` and `rollback` share: options, sessions, and how a run's end is told.

use super::arguments::time;
use super::database::{APPLICATION_NAME, Live};
use super::failure::{Exit, Failure};
use super::interrupt::Interrupt;
use super::refusal::refused;
use super::run_flags::{Blockers, Lag, RunFlags, lag};
use super::workbench::Workbench;
use crate::engine::{LastWords, Target, connect_with_last_words};
use crate::execute::{
    ApplyError, ApplyOptions, BlockerAction, BlockerPolicy, Connect, ConnectFuture, DatabaseWords,
    HookFailure, Outcome, Session, StepFailure, StepRef, StopReason, Throttle,
};
use crate::output::duration;
use crate::step::Phase;
use crate::text::Diagnostic;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The executor's options from flags and settings.
///
/// # Errors
/// A time in the settings that is none.
pub fn options(
    flags: &RunFlags,
    phases: Vec<Phase>,
    bench: &Workbench,
    interrupt: &Interrupt,
) -> Result<ApplyOptions, Failure> {
    let settings = &bench.settings.executor;
    let chosen = |flag: Option<Duration>, setting: &Option<String>| -> Result<Option<Duration>, Failure> {
        match (flag, setting) {
            (Some(flag), _) => Ok(Some(flag)),
            (None, Some(word)) => time(word)
                .map(Some)
                .map_err(|help| Failure::new("settings", format!("executor: `{word}` is no time"), help)),
            (None, None) => Ok(None),
        }
    };
    let batch_pause = flags.batch_pause.or(settings.batch_pause);
    if let Some(wrong) = batch_pause.filter(|ratio| pause(*ratio).is_none()) {
        return Err(Failure::new(
            "settings",
            format!("executor: `batch_pause` is {wrong}"),
            NO_PAUSE,
        ));
    }
    let setting_lag =
        match &settings.throttle_lag {
            Some(word) => Some(lag(word).map_err(|help| {
                Failure::new("settings", format!("executor: `throttle_lag` is {word}"), help)
            })?),
            None => None,
        };
    let defaults = ApplyOptions::default();
    let limit = |name: &str, flag: Option<Duration>, setting: &Option<String>| match chosen(flag, setting)? {
        Some(Duration::ZERO) => Err(Failure::new(
            "settings",
            format!("the {name} is 0, which PostgreSQL takes for none"),
            "write more than 0: who waits for a lock without an end holds up everybody behind",
        )),
        limit => Ok(limit),
    };
    Ok(ApplyOptions {
        phases,
        lock_timeout: limit("lock timeout", flags.lock_timeout, &settings.lock_timeout)?,
        statement_timeout: limit(
            "statement timeout",
            flags.statement_timeout,
            &settings.statement_timeout,
        )?
        .unwrap_or(defaults.statement_timeout),
        max_attempts: flags
            .max_attempts
            .or(settings.max_attempts)
            .unwrap_or(defaults.max_attempts),
        retry_budget: chosen(None, &settings.retry_budget)?.unwrap_or(defaults.retry_budget),
        batch_time: chosen(flags.batch_time, &settings.batch_time)?.unwrap_or(defaults.batch_time),
        batch_pause_ratio: batch_pause,
        workers: workers(flags.workers.or(settings.workers))?,
        vacuum: flags.vacuum || settings.vacuum,
        restore_point: flags.restore_point || settings.restore_point,
        throttle: Throttle {
            lag: match flags.throttle_lag.or(setting_lag) {
                None => defaults.throttle.lag,
                Some(Lag::Off) => None,
                Some(Lag::Limit(limit)) => Some(limit),
            },
            wal: match (flags.throttle_wal, &settings.throttle_wal) {
                (None, Some(word)) => Some(super::settings::size(word)?),
                (given, _) => given,
            },
            backlog: match &settings.throttle_backlog {
                Some(word) => super::settings::size(word)?,
                None => defaults.throttle.backlog,
            },
            query: flags
                .throttle_query
                .clone()
                .or_else(|| settings.throttle_query.clone()),
            archiver: settings.throttle_archiver.unwrap_or(defaults.throttle.archiver),
            vacuum: chosen(None, &settings.throttle_vacuum)?.unwrap_or(defaults.throttle.vacuum),
            defer_cut_over: flags.defer_cutover,
        },
        blockers: BlockerPolicy {
            action: match flags.blockers.or(settings.blockers) {
                None | Some(Blockers::Report) => BlockerAction::Report,
                Some(Blockers::Cancel) => BlockerAction::Cancel,
                Some(Blockers::Terminate) => BlockerAction::Terminate,
            },
            older_than: chosen(flags.blockers_older_than, &settings.blockers_older_than)?
                .unwrap_or(defaults.blockers.older_than),
            application: flags
                .blockers_application
                .clone()
                .or_else(|| settings.blockers_application.clone()),
            user: flags
                .blockers_user
                .clone()
                .or_else(|| settings.blockers_user.clone()),
        },
        free_bytes: flags.free_bytes,
        owner: format!("{}/{}", host(), std::process::id()),
        stop: interrupt.for_a_run(),
        ..defaults
    })
}

/// `--workers`, one by default.
fn workers(asked: Option<u32>) -> Result<u32, Failure> {
    match asked.unwrap_or(1) {
        workers @ 1..=MOST_WORKERS => Ok(workers),
        wrong => Err(Failure::new(
            "settings",
            format!("{wrong} workers"),
            format!("write a number from 1 to {MOST_WORKERS}"),
        )),
    }
}

/// Each is a session of its own, and a writer more on the table.
const MOST_WORKERS: u32 = 64;

/// The word of `--batch-pause`.
pub fn ratio(word: &str) -> Result<f64, String> {
    let number = word.parse().map_err(|_| NO_PAUSE.to_owned())?;
    pause(number).ok_or_else(|| NO_PAUSE.to_owned())
}

const NO_PAUSE: &str = "write a number from 0 (no rest) to 100";

/// The pause behind a batch as a multiple of its time; none where that is no such number.
fn pause(ratio: f64) -> Option<f64> {
    (0.0..=100.0).contains(&ratio).then_some(ratio)
}

fn host() -> String {
    std::env::var("HOSTNAME")
        .ok()
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| {
            std::fs::read_to_string("/etc/hostname")
                .map(|host| host.trim().to_owned())
                .ok()
                .filter(|host| !host.is_empty())
                .unwrap_or_else(|| "localhost".to_owned())
        })
}

/// The executor's sessions on an open database.
///
/// # Errors
/// When the server cannot be reached any more.
pub async fn session(live: &Live) -> Result<Session, Failure> {
    let sessions = Sessions {
        target: live.target.clone(),
        last_words: Mutex::default(),
    };
    Ok(Session::open(sessions).await?)
}

/// Opens the sessions of a run, and keeps what the server says when it ends one.
struct Sessions {
    target: Target,
    last_words: Mutex<Vec<LastWords>>,
}

impl Connect for Sessions {
    fn connect(&self) -> ConnectFuture<'_> {
        Box::pin(async {
            let (client, last_words) = connect_with_last_words(&self.target, APPLICATION_NAME).await?;
            self.kept().push(last_words);
            Ok(client)
        })
    }

    fn last_words(&self) -> Option<DatabaseWords> {
        self.kept().iter().find_map(|last| last.said()).map(Into::into)
    }
}

impl Sessions {
    fn kept(&self) -> MutexGuard<'_, Vec<LastWords>> {
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        if let ApplyError::Step(failure) = &error {
            return step_failed(failure);
        }
        let code = match &error {
            ApplyError::Connect(_) => "connect",
            ApplyError::ReadOnly { .. } => "read-only",
            ApplyError::NewerJournal { .. }
            | ApplyError::NewerPlan { .. }
            | ApplyError::Journal(_)
            | ApplyError::EditedJournal { .. }
            | ApplyError::EditedStep { .. }
            | ApplyError::LostStep { .. } => "journal",
            ApplyError::Hook {
                failure: HookFailure::Backup(_),
                ..
            } => "backup",
            ApplyError::Hook { .. } => "hook",
            ApplyError::NoStep { .. } => "no-step",
            ApplyError::Held(_) => "held",
            ApplyError::Database { .. } | ApplyError::Step(_) => "database",
        };
        Self::new(code, error.to_string(), error.hint().unwrap_or_default())
    }
}

fn step_failed(failure: &StepFailure) -> Failure {
    let mut diagnostic = Diagnostic::error(
        "step-failed",
        format!("{} failed: {}", failure.step, failure.words.message),
    );
    diagnostic = said(diagnostic, &failure.words);
    if !failure.statement.is_empty() {
        diagnostic = diagnostic.note(format!("while running: {}", shortened(&failure.statement)));
    }
    diagnostic = progress_notes(diagnostic, &failure.done, &failure.not_run);
    Failure {
        exit: Exit::CouldNot,
        diagnostics: vec![diagnostic.help(&failure.next)],
    }
}

fn said(mut diagnostic: Diagnostic, words: &DatabaseWords) -> Diagnostic {
    let parts = [
        ("detail", &words.detail),
        ("hint", &words.hint),
        ("where", &words.context),
        ("SQLSTATE", &words.sqlstate),
    ];
    for (label, part) in parts {
        if let Some(part) = part {
            diagnostic = diagnostic.note(format!("{label}: {part}"));
        }
    }
    diagnostic
}

fn progress_notes(diagnostic: Diagnostic, done: &[u32], not_run: &[u32]) -> Diagnostic {
    let diagnostic = match done.is_empty() {
        true => diagnostic.note("done: nothing"),
        false => diagnostic.note(format!("done: {}", numbers(done))),
    };
    match not_run.is_empty() {
        true => diagnostic,
        false => diagnostic.note(format!("not run: {}", numbers(not_run))),
    }
}

/// `step 4`, `steps 1 to 3, 7`.
fn numbers(steps: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    for number in sorted {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let words: Vec<String> = ranges
        .iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first} to {last}"),
        })
        .collect();
    let noun = if steps.len() == 1 { "step" } else { "steps" };
    format!("{noun} {}", words.join(", "))
}

fn shortened(statement: &str) -> String {
    match statement.char_indices().nth(400) {
        Some((at, _)) => format!("{} …", &statement[..at]),
        None => statement.to_owned(),
    }
}

/// How a run ended, as an exit code; what stopped or refused it is the failure.
///
/// # Errors
/// A run that was refused (3) or stopped (4).
pub fn ended(outcome: Outcome, verb: &str) -> Result<Ended, Failure> {
    match outcome {
        Outcome::Done {
            phases,
            steps,
            waiting_for,
            ..
        } => Ok(Ended {
            phases,
            steps,
            deploy: waiting_for.map(|boundary| (boundary.before, boundary.what)),
        }),
        Outcome::Stopped {
            at,
            why,
            done,
            not_run,
            ..
        } => Err(stopped(at.as_ref(), &why, &done, &not_run, verb)),
        Outcome::Refused(refusal) => Err(refused(&refusal)),
    }
}

/// What a finished run did.
pub struct Ended {
    /// The phases that are done now and were not before.
    pub phases: Vec<Phase>,
    /// How many steps ran.
    pub steps: u32,
    /// The phase that comes next, and what is to be deployed before it.
    pub deploy: Option<(Phase, String)>,
}

fn stopped(at: Option<&StepRef>, why: &StopReason, done: &[u32], not_run: &[u32], verb: &str) -> Failure {
    let place = at.map(|step| format!(" at {step}")).unwrap_or_default();
    let (code, title) = match why {
        StopReason::Signal => ("interrupted", format!("stopped by a signal{place}")),
        StopReason::LocksNotWon { attempts, .. } => (
            "locks-not-won",
            format!("the locks were not won in {attempts} tries{place}"),
        ),
        StopReason::StandbyBehind {
            standby,
            seconds,
            waited,
        } => (
            "standby-behind",
            format!(
                "standby {standby} is {seconds:.1} s behind, and was waited for for {}{place}",
                duration(*waited)
            ),
        ),
        StopReason::LeaseLost => ("lease-lost", format!("another run has taken over{place}")),
    };
    let mut diagnostic = Diagnostic::error(code, title);
    if let StopReason::LocksNotWon { words, blockers, .. } = why {
        diagnostic = said(
            diagnostic.note(format!("the database said: {}", words.message)),
            words,
        );
        for each in blockers {
            diagnostic = diagnostic.note(format!(
                "{} as {} is {} for {:.0} s{}",
                each.name(),
                each.user,
                each.state,
                each.age,
                ran(&each.query)
            ));
        }
    }
    if let StopReason::StandbyBehind { .. } = why {
        diagnostic = diagnostic.note(
            "its readers would meet the lock that much later; `--throttle-lag` sets how far behind it may be, `off` goes on regardless",
        );
    }
    diagnostic = progress_notes(diagnostic, done, not_run);
    Failure {
        exit: Exit::Stopped,
        diagnostics: vec![diagnostic.help(format!(
            "run the same `schemaplan {verb}` again: it goes on from here"
        ))],
    }
}

/// What somebody in the way ran last.
fn ran(query: &str) -> String {
    match query {
        "" => String::new(),
        query => format!(": {query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_number_that_is_not_negative() {
        assert_eq!(ratio("0"), Ok(0.0));
        assert_eq!(ratio("1.5"), Ok(1.5));
        for wrong in ["-1", "101", "NaN", "inf", "much"] {
            assert_eq!(ratio(wrong), Err(NO_PAUSE.to_owned()), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_said_in_ranges() {
        assert_eq!(numbers(&[4]), "step 4");
        assert_eq!(numbers(&[3, 1, 2, 7]), "steps 1 to 3, 7");
    }
}
