//! How long the steps of a phase take at least, before it begins.
//!
//! Rows in batches by the fastest of what earlier runs here have done, where the journal knows of one; all else by speeds that a server
//! hardly exceeds. Locks, throttling and a cold cache come on top, so nothing is said of a step that may well be quick.

use tokio_postgres::Client;

use super::error::ApplyError;
use super::journal;
use super::session::{number, rows};
use crate::model::QualifiedName;
use crate::plan::{Plan, PlanStep};
use crate::sql::{literal, qualified};
use crate::step::{Cost, Phase};

/// Bytes a second that a table is read with.
const READ: f64 = 2e9;
/// Bytes a second that an index is built over.
const BUILT: f64 = 4e8;
/// Bytes a second that a table is written anew with.
const WRITTEN: f64 = 4e8;
/// Rows a second that are copied.
const COPIED: f64 = 3e5;
/// From so many rows on the journal's word is a measure.
const MEASURED: u32 = 10_000;

/// What a step takes at least.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Its number.
    pub step: u32,
    /// Its title.
    pub title: String,
    /// Seconds.
    pub seconds: f64,
    /// The same in words.
    pub time: String,
    /// What that rests on: `4300000 rows, at 550 rows/s, the most that an earlier run had here`.
    pub because: String,
}

/// A session that looks ahead.
pub struct Foresight(Client);

impl Foresight {
    /// With a session of its own.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// What the steps of a phase take at least, as far as that can be said.
    ///
    /// # Errors
    /// A query that fails.
    pub async fn of(&self, plan: &Plan, phase: Phase) -> Result<Vec<Expected>, ApplyError> {
        expected(&self.0, plan, phase).await
    }
}

async fn expected(client: &Client, plan: &Plan, phase: Phase) -> Result<Vec<Expected>, ApplyError> {
    let asked: Vec<(&PlanStep, &QualifiedName)> = plan
        .of_phase(phase)
        .filter(|each| !matches!(each.step.cost, Cost::Instant | Cost::Samples(_)))
        .filter_map(|each| Some((each, each.step.cost.table()?)))
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let rate = match asked
        .iter()
        .any(|(each, _)| matches!(each.step.cost, Cost::Copies(_)))
    {
        true => copied_before(client).await?,
        false => None,
    };
    let sizes = sizes(client, &asked).await?;
    Ok(asked
        .iter()
        .filter_map(|(each, _)| {
            let (_, bytes, rows) = sizes.iter().find(|(number, ..)| *number == each.number)?;
            let (seconds, because) = at_least(&each.step.cost, *bytes, *rows, rate)?;
            Some(Expected {
                step: each.number,
                title: each.step.title.clone(),
                seconds,
                time: in_words(seconds),
                because,
            })
        })
        .collect())
}

fn at_least(cost: &Cost, bytes: f64, rows: Option<f64>, rate: Option<f64>) -> Option<(f64, String)> {
    let of_bytes = |speed: f64, what: &str| {
        let (size, speed_said) = (mega(bytes), mega(speed));
        (
            bytes / speed,
            format!("{what} {size}, and no server does more than {speed_said} a second"),
        )
    };
    Some(match cost {
        Cost::Instant | Cost::Samples(_) => return None,
        Cost::Scans(_) => of_bytes(READ, "it reads"),
        Cost::BuildsIndex(_) => of_bytes(BUILT, "it builds an index over"),
        Cost::Rewrites(_) => of_bytes(WRITTEN, "it writes anew"),
        // Without statistics nobody knows how many.
        Cost::Copies(_) => {
            let rows = rows?;
            match rate {
                Some(rate) => (
                    rows / rate,
                    format!("it copies {rows:.0} rows, and earlier runs here did at most {rate:.0} a second"),
                ),
                None => (
                    rows / COPIED,
                    format!("it copies {rows:.0} rows, and no server does more than {COPIED:.0} a second"),
                ),
            }
        }
    })
}

fn in_words(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7_200.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3_600.0),
    }
}

fn mega(bytes: f64) -> String {
    match bytes {
        bytes if bytes >= 1e9 => format!("{:.1} GB", bytes / 1e9),
        bytes => format!("{:.0} MB", bytes / 1e6),
    }
}

/// The most rows a second that batches of an earlier run have written; a run that was paused only makes it less.
async fn copied_before(client: &Client) -> Result<Option<f64>, ApplyError> {
    if journal::format(client).await?.is_none() {
        return Ok(None);
    }
    let query = format!(
        "SELECT max(s.rows_done / extract(epoch FROM s.finished_at - s.started_at)) FROM schemaplan.step AS s \
         JOIN schemaplan.plan AS p USING (run_no) WHERE s.direction = 'up' AND s.state = 'done' AND s.rows_done >= {MEASURED} \
         AND s.finished_at > s.started_at AND EXISTS (SELECT FROM jsonb_array_elements(p.body -> 'steps') AS e \
           WHERE (e ->> 'number')::integer = s.step_no AND e #> '{{up,batches}}' IS NOT NULL)"
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("read how fast earlier runs were", &error))?;
    Ok(number::<f64>(found.first(), 0).filter(|rate| *rate > 0.0))
}

/// Bytes of the tables that steps work on, their partitions summed up, and rows where the statistics know them.
async fn sizes(
    client: &Client,
    asked: &[(&PlanStep, &QualifiedName)],
) -> Result<Vec<(u32, f64, Option<f64>)>, ApplyError> {
    let names: Vec<String> = asked
        .iter()
        .map(|(each, table)| format!("({}, {})", each.number, literal(&qualified(table))))
        .collect();
    let query = format!(
        "WITH RECURSIVE asked (step, name) AS (VALUES {}), \
         tree AS (SELECT step, pg_catalog.to_regclass(name)::oid AS id FROM asked \
           UNION ALL SELECT t.step, i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN tree AS t ON i.inhparent = t.id) \
         SELECT t.step, sum(pg_catalog.pg_table_size(c.oid)), sum(c.reltuples), bool_or(c.reltuples < 0) \
         FROM tree AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.id WHERE c.relkind IN ('r', 'm') GROUP BY t.step",
        names.join(", ")
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("read how large the tables are", &error))?;
    Ok(found
        .iter()
        .filter_map(|row| {
            let unknown = super::session::text(Some(row), 3) == Some("t");
            let tuples = number::<f64>(Some(row), 2).filter(|_| !unknown);
            Some((number(Some(row), 0)?, number(Some(row), 1)?, tuples))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> QualifiedName {
        QualifiedName::new("public", "t")
    }

    #[test]
    fn what_rests_on_an_assumption_says_so() {
        let (seconds, because) = at_least(&Cost::Scans(table()), 4e12, None, None).unwrap();
        assert_eq!(seconds, 2_000.0);
        assert_eq!(
            because,
            "it reads 4000.0 GB, and no server does more than 2.0 GB a second"
        );
        let (seconds, because) = at_least(&Cost::Copies(table()), 1.0, Some(6e6), None).unwrap();
        assert_eq!(seconds, 20.0);
        assert!(
            because.ends_with("no server does more than 300000 a second"),
            "{because}"
        );
    }

    #[test]
    fn what_was_measured_comes_first_and_nothing_is_said_without_statistics() {
        let copies = Cost::Copies(table());
        let (seconds, because) = at_least(&copies, 1.0, Some(6e6), Some(1e4)).unwrap();
        assert_eq!(seconds, 600.0);
        assert!(
            because.ends_with("earlier runs here did at most 10000 a second"),
            "{because}"
        );
        assert_eq!(at_least(&copies, 1e12, None, Some(1e4)), None);
        assert_eq!(at_least(&Cost::Samples(table()), 1e12, Some(1e9), None), None);
    }
}
