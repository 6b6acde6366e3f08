//! `executor:` of `schemaplan.yaml`.

use super::arguments::time;
use super::run_flags::{Blockers, lag};
use schemars::JsonSchema;
use serde::Deserialize;

/// `executor:`; times as on the command line.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutorSettings {
    /// `--lock-timeout`.
    pub lock_timeout: Option<String>,
    /// `--statement-timeout`.
    pub statement_timeout: Option<String>,
    /// `--max-attempts`.
    pub max_attempts: Option<u32>,
    /// How long a step is tried, or a standby waited for before its lock, before the run stops; 30 min by default.
    pub retry_budget: Option<String>,
    /// `--batch-time`.
    pub batch_time: Option<String>,
    /// `--batch-pause`.
    pub batch_pause: Option<f64>,
    /// `--workers`.
    pub workers: Option<u32>,
    /// `--vacuum`.
    #[serde(default)]
    pub vacuum: bool,
    /// `--throttle-lag`.
    pub throttle_lag: Option<String>,
    /// `--throttle-wal`.
    pub throttle_wal: Option<String>,
    /// `--throttle-query`.
    pub throttle_query: Option<String>,
    /// How much WAL may wait to be archived before batches wait; 1 GB by default.
    pub throttle_backlog: Option<String>,
    /// Whether batches wait while the archiving of WAL fails or is behind; they do by default.
    pub throttle_archiver: Option<bool>,
    /// How long batches make way for an autovacuum of their table; 10 min by default.
    pub throttle_vacuum: Option<String>,
    /// `--restore-point`.
    #[serde(default)]
    pub restore_point: bool,
    /// `--alert-after`.
    pub alert_after: Option<String>,
    /// `--blockers`.
    pub blockers: Option<Blockers>,
    /// `--blockers-older-than`.
    pub blockers_older_than: Option<String>,
    /// `--blockers-application`.
    pub blockers_application: Option<String>,
    /// `--blockers-user`.
    pub blockers_user: Option<String>,
}

impl ExecutorSettings {
    /// A word that is no time, and what would be one.
    pub fn wrong(&self) -> Option<(&str, String)> {
        let times = [
            &self.lock_timeout,
            &self.statement_timeout,
            &self.retry_budget,
            &self.batch_time,
            &self.alert_after,
            &self.throttle_vacuum,
            &self.blockers_older_than,
        ];
        let mut wrong = times
            .into_iter()
            .flatten()
            .filter_map(|word| Some((word.as_str(), time(word).err()?)));
        let lag = self.throttle_lag.as_ref();
        wrong
            .next()
            .or_else(|| lag.and_then(|word| Some((word.as_str(), lag_of(word).err()?))))
    }
}

fn lag_of(word: &str) -> Result<(), String> {
    lag(word).map(|_| ())
}
