//! What a run costs: the database before and after it, and each of its steps.
//!
//! Whatever cannot be read is noted, and never ends the run: the readings have a session of their own, wait for no lock longer than
//! two seconds, and take a fixed number of queries whatever the plan touches.

mod document;
mod explain;
mod prometheus;
mod read;
mod record;
mod statements;

pub use document::{Alert, Metrics};
use document::{Explained, METRICS_FORMAT, Standing, Statements};
pub use prometheus::prometheus;
pub use record::{Measured, Record};

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::Client;

use super::hooks::{AtPhase, When};
use super::outcome::Outcome;
use super::tables::touched;
use crate::model::QualifiedName;
use crate::plan::Plan;
use crate::sql::explainable;
use explain::explain;
use record::now;

/// `10 min`, `90 s`, `500 ms`: as the user says it.
pub(super) fn in_words(time: Duration) -> String {
    let millis = time.as_millis();
    let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    let fits = |(unit, _): &(u128, &str)| millis > 0 && millis.is_multiple_of(*unit);
    match units.into_iter().find(fits) {
        Some((unit, word)) => format!("{} {word}", millis / unit),
        None => format!("{millis} ms"),
    }
}

/// Reads the database around the phases of a run.
pub struct Gauge {
    client: Client,
    /// Whether a pooler lends it a backend for each transaction.
    pooled: bool,
    record: Record,
    /// Named queries, with whether they have parameters.
    queries: BTreeMap<String, (String, bool)>,
    server_version: u32,
    tables: RefCell<Vec<QualifiedName>>,
    statements: RefCell<Option<Result<statements::Snapshot, String>>>,
}

impl Gauge {
    /// With a session of its own, and named queries to be explained.
    pub fn new(
        client: Client,
        pooled: bool,
        record: Record,
        named: &BTreeMap<String, String>,
        server_version: u32,
    ) -> Self {
        let queries = named.iter().map(|(name, query)| {
            let has_parameters = explainable(query).unwrap_or(false);
            (name.clone(), (query.clone(), has_parameters))
        });
        Self {
            queries: queries.collect(),
            client,
            pooled,
            record,
            server_version,
            tables: RefCell::default(),
            statements: RefCell::default(),
        }
    }

    /// Reads the database before or behind a phase.
    pub async fn around(&self, at: AtPhase<'_>) {
        match at.when {
            When::Before => self.before(at).await,
            When::Done => self.behind(Standing::Done).await,
            When::Stopped => self.behind(Standing::Stopped).await,
            When::Failed => self.behind(Standing::Failed).await,
        }
    }

    async fn before(&self, at: AtPhase<'_>) {
        if !self.record.has_begun() {
            self.begin(at.plan, at.back).await;
        }
        let tables = self.tables.borrow().clone();
        let before = read::read(&self.client, &tables, now()).await;
        self.record.begin_phase(at.phase, before);
    }

    async fn begin(&self, plan: &Plan, back: bool) {
        self.tables.replace(touched(plan.steps.iter()));
        // No wait of ours is long, and none holds anybody back. Behind a pooler it would be set for others.
        if !self.pooled {
            let set = "SET lock_timeout = '2s'; SET statement_timeout = '30s'";
            let _ = self.client.batch_execute(set).await;
        }
        self.record.change(|metrics| {
            metrics.format_version = METRICS_FORMAT;
            metrics.tool_version = env!("CARGO_PKG_VERSION").to_owned();
            metrics.plan.clone_from(&plan.id);
            metrics.verb = if back { "rollback" } else { "apply" }.to_owned();
            metrics.server_version = self.server_version;
        });
        self.record.begin();
        for (name, before) in self.explained().await {
            self.record
                .change(|metrics| metrics.explain.entry(name).or_default().before = Some(before));
        }
        let snapshot = statements::snapshot(&self.client).await;
        self.statements.replace(Some(snapshot));
    }

    async fn behind(&self, outcome: Standing) {
        let tables = self.tables.borrow().clone();
        let after = read::read(&self.client, &tables, now()).await;
        self.record.end_phase(outcome, after);
    }

    /// The plans of the named queries as they are now.
    async fn explained(&self) -> Vec<(String, Explained)> {
        let mut found = Vec::new();
        for (name, (query, has_parameters)) in &self.queries {
            let explained = match has_parameters {
                true if self.server_version < 160_000 => {
                    Explained::Not("a query with parameters is planned by PostgreSQL 16 and newer".to_owned())
                }
                generic => explain(&self.client, query, *generic).await,
            };
            found.push((name.clone(), explained));
        }
        found
    }

    /// Ends the record; true where there is one: nothing is measured of a run that begins no phase.
    pub async fn end<E>(&self, outcome: Result<&Outcome, E>) -> bool {
        if !self.record.has_begun() {
            return false;
        }
        self.record.end(match outcome {
            Ok(Outcome::Done { .. }) => Standing::Done,
            Ok(Outcome::Stopped { .. }) => Standing::Stopped,
            Ok(Outcome::Refused(_)) => Standing::Refused,
            Err(_) => Standing::Failed,
        });
        for (name, after) in self.explained().await {
            self.record
                .change(|metrics| metrics.explain.entry(name).or_default().set_after(after));
        }
        let before = self.statements.take();
        let tables = self.tables.borrow().clone();
        let statements = match before {
            Some(Ok(before)) => statements::since(&self.client, &before, &tables).await,
            Some(Err(why)) => Statements {
                note: Some(why),
                slowest: Vec::new(),
            },
            None => return true,
        };
        self.record
            .change(|metrics| metrics.statements = Some(statements));
        true
    }

    /// The record.
    pub fn record(&self) -> &Record {
        &self.record
    }
}
