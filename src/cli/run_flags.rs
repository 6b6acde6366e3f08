//! Flags of what runs steps.

use super::arguments::{PhaseChoice, TextOrJson, time};
use super::environment_settings::OnFailure;
use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Flags of what runs steps.
#[derive(Clone, Debug, Args)]
pub struct RunFlags {
    /// Which phase
    #[arg(long, value_name = "PHASE")]
    pub phase: Option<PhaseChoice>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Say what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Of a fleet: whether further members begin after one did not end well [default: stop]
    #[arg(long, value_name = "WHAT", help_heading = "Running")]
    pub on_failure: Option<OnFailure>,
    /// Of a fleet: how the table of its members is printed [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "Running")]
    pub format: Option<TextOrJson>,
    /// How long a statement waits for a lock before it is tried again [default: 100 ms rising to 2 s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Running")]
    pub lock_timeout: Option<Duration>,
    /// How long a statement of a short step may run [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Running")]
    pub statement_timeout: Option<Duration>,
    /// How often a step is tried before the run stops [default: 30]
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub max_attempts: Option<u32>,
    /// How long a batch of rows may take: who writes a row of it waits as long [default: 250ms]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Running")]
    pub batch_time: Option<Duration>,
    /// How long to rest after a batch, as a multiple of the time it took [default: 1, for small tables 0]
    #[arg(long, value_name = "RATIO", value_parser = super::running::ratio, help_heading = "Running")]
    pub batch_pause: Option<f64>,
    /// How many sessions work on a table at once [default: 1]
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub workers: Option<u32>,
    /// Vacuum a table between batches when a fifth of its rows is dead
    #[arg(long, help_heading = "Running")]
    pub vacuum: bool,
    /// How far a standby may lag before batches and strong locks wait for it, or `off` [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = lag, help_heading = "Running")]
    pub throttle_lag: Option<Lag>,
    /// How much WAL the server may write in a second before batches wait, as in 50 MB
    #[arg(long, value_name = "SIZE", value_parser = room, help_heading = "Running")]
    pub throttle_wal: Option<u64>,
    /// A query that is true while batches should wait
    #[arg(long, value_name = "SQL", help_heading = "Running")]
    pub throttle_query: Option<String>,
    /// What to do with sessions that are in the way of a lock [default: report]
    #[arg(long, value_name = "ACTION", help_heading = "Running")]
    pub blockers: Option<Blockers>,
    /// Only with sessions whose transaction is older [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Running")]
    pub blockers_older_than: Option<Duration>,
    /// Only with sessions whose application_name matches this regular expression
    #[arg(long, value_name = "REGEX", help_heading = "Running")]
    pub blockers_application: Option<String>,
    /// Only with sessions whose role matches this regular expression
    #[arg(long, value_name = "REGEX", help_heading = "Running")]
    pub blockers_user: Option<String>,
    /// Make a restore point in the WAL before each phase
    #[arg(long, help_heading = "Running")]
    pub restore_point: bool,
    /// Dump the tables that a phase touches into this folder before it begins
    #[arg(long, value_name = "DIR", help_heading = "Running")]
    pub backup: Option<PathBuf>,
    /// Write what the run costs: JSON and Prometheus text into a folder, or one of them into a file (.json, .prom)
    #[arg(long, value_name = "DIR|FILE", help_heading = "Running")]
    pub metrics: Option<PathBuf>,
    /// Warn, and run the hooks `on_alert`, when a phase or step takes longer, or a step is bound to
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Running")]
    pub alert_after: Option<Duration>,
    /// How much the server's disk has room for, as in 40 GB: what may write more is refused
    #[arg(long, value_name = "SIZE", value_parser = room, help_heading = "Running")]
    pub free_bytes: Option<u64>,
    /// Wait before each cut-over until `schemaplan resume --step N`
    #[arg(long, help_heading = "Running")]
    pub defer_cutover: bool,
}

/// The word of `--free-bytes` and of `--throttle-wal`.
fn room(word: &str) -> Result<u64, String> {
    super::settings::size(word).map_err(|_| "write a number and a unit: 40 GB, 500 MiB".to_owned())
}

/// What is done with sessions that are in the way of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Blockers {
    /// Name them
    Report,
    /// Cancel their statement
    Cancel,
    /// Cancel their statement, and end the session where that does not help
    Terminate,
}

/// How far a standby may lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// As far as it likes.
    Off,
    /// So far.
    Limit(Duration),
}

/// The word of `--throttle-lag`.
pub fn lag(word: &str) -> Result<Lag, String> {
    match word {
        "off" => Ok(Lag::Off),
        word => time(word)
            .map(Lag::Limit)
            .map_err(|help| format!("{help}, or off")),
    }
}
