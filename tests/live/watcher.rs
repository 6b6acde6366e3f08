//! Looks at the locks while a run is at work.

use schemaplan::execute::{DatabaseWords, Progress};
use schemaplan::plan::PlanStep;
use schemaplan::step::{Lock, Phase};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

/// The step that runs, and how many have begun.
#[derive(Clone, Default)]
pub struct Now(Rc<RefCell<(u64, Option<PlanStep>)>>);

/// Tells the watcher which step runs.
pub struct Heard {
    pub now: Now,
    pub retries: u32,
}

impl Progress for Heard {
    fn step_started(&mut self, step: &PlanStep) {
        let mut now = self.now.0.borrow_mut();
        now.0 += 1;
        now.1 = Some(step.clone());
    }
    fn step_finished(&mut self, _: &PlanStep, _: Duration) {
        let mut now = self.now.0.borrow_mut();
        now.0 += 1;
        now.1 = None;
    }
    fn retrying(&mut self, _: &PlanStep, _: u32, _: Duration, _: &DatabaseWords) {
        self.retries += 1;
    }
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    pub samples: u64,
    /// Locks stronger than their step declares.
    pub undeclared: BTreeSet<String>,
    /// The longest wait of application code behind the run, milliseconds, and for what.
    pub longest: (f64, String),
}

/// What the run holds on the user's relations; nobody else knows those that bear a name of ours.
const HELD: &str = "SELECT n.nspname, c.relname, l.mode,
    coalesce((SELECT top.relname FROM pg_class AS top WHERE top.oid = pg_partition_root(c.oid)), c.relname), c.oid
    FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
    JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.application_name LIKE 'schemaplan%' AND a.datname = current_database() AND l.granted
    AND l.locktype = 'relation' AND n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname NOT LIKE 'schemaplan%'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// What is there.
const THERE: &str = "SELECT oid FROM pg_class";

/// What application code waits for that the run holds.
const WAITS: &str = "SELECT extract(epoch FROM clock_timestamp() - l.waitstart) * 1000, l.locktype || ' ' || l.mode || ' for: ' || left(a.query, 90), b.query
    FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
    JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS by (pid) ON true
    JOIN pg_stat_activity AS b ON b.pid = by.pid AND b.application_name LIKE 'schemaplan%'
    WHERE a.application_name = 'app' AND a.datname = current_database() AND NOT l.granted AND l.waitstart IS NOT NULL";

/// Looks until it is dropped; `declared` where the steps' own locks hold, which are those of the way up.
pub async fn watch(client: &Client, now: &Now, declared: bool, seen: &RefCell<Seen>) {
    // A transaction that makes a relation shows it a moment before it lets go of its locks.
    let mut there = oids(client).await;
    loop {
        let before = now.0.borrow().clone();
        let mut held = rows(client, HELD).await;
        held.retain(|row| there.contains(row.get(4).unwrap_or_default()));
        let waits = rows(client, WAITS).await;
        let after = now.0.borrow().0;
        let step = before.1.filter(|_| declared && before.0 == after);
        note(step.as_ref(), &held, &waits, &mut seen.borrow_mut());
        there = oids(client).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Counts in what was found at one look.
fn note(step: Option<&PlanStep>, held: &[SimpleQueryRow], waits: &[SimpleQueryRow], seen: &mut Seen) {
    seen.samples += 1;
    for row in waits {
        let milliseconds: f64 = row.get(0).and_then(|text| text.parse().ok()).unwrap_or(0.0);
        if milliseconds > seen.longest.0 {
            let what = format!(
                "{} behind: {:.120}",
                row.get(1).unwrap_or_default(),
                row.get(2).unwrap_or_default()
            );
            seen.longest = (milliseconds, what);
        }
    }
    for (step, row) in step
        .iter()
        .flat_map(|step| held.iter().map(move |row| (step, row)))
    {
        let text = |column| row.get(column).unwrap_or_default();
        check(step, text(0), [text(1), text(3)], text(2), seen);
    }
}

/// A lock that is declared on a partitioned table is on its partitions too.
fn check(step: &PlanStep, schema: &str, [relation, top]: [&str; 2], mode: &str, seen: &mut Seen) {
    let held = Lock::of_mode(mode);
    let allowed = step
        .step
        .may_hold(|name| name.schema.as_str() == schema && [relation, top].contains(&name.name.as_str()));
    if held > allowed {
        seen.undeclared.insert(format!(
            "step {} ({}) held {held} on {relation}, declared {:?}",
            step.number, step.step.title, step.step.locks
        ));
    }
}

async fn oids(client: &Client) -> BTreeSet<String> {
    let found = rows(client, THERE).await;
    found
        .iter()
        .filter_map(|row| row.get(0).map(str::to_owned))
        .collect()
}

async fn rows(client: &Client, sql: &str) -> Vec<SimpleQueryRow> {
    let messages = client.simple_query(sql).await.expect("the watcher's query");
    messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .collect()
}

/// The phase that is named, for reports.
pub fn title(phase: Phase, up: bool) -> String {
    format!("{phase}{}", if up { "" } else { " taken back" })
}
