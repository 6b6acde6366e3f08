//! Runs the steps of a plan one by one and looks at each: which locks it holds at its end, what it read row by row, what it wrote anew.
//!
//! What cannot be in a transaction is run against a writer that holds it up, so that a second session sees its locks.

use super::judge::{Names, Seen};
use super::stop::Stop;
use crate::model::QualifiedName;
use crate::plan::{Plan, PlanStep};
use crate::sql;
use crate::step::{Action, DoneWhen, Lock, Step, Transaction};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Error};

/// What the executor sets before everything, and for how long it waits for nothing.
const SETTINGS: &str = "SET LOCAL check_function_bodies = off; SET LOCAL row_security = off; SET LOCAL TimeZone = 'UTC'; \
                        SET LOCAL client_min_messages = warning";

/// Every relation by its number, and the names under which a step may declare a lock on it.
const RELATIONS: &str = "WITH RECURSIVE above (oid, top) AS (
        SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION SELECT a.oid, i.inhparent FROM above AS a JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = a.top)
    SELECT a.oid, n.nspname || '.' || c.relname, a.oid = a.top
    FROM above AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.top
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'schemaplan', 'schemaplan_archive')
    AND c.relname NOT LIKE 'schemaplan%'";

/// Relations that are locked or waited for by a backend.
const LOCKS: &str = "SELECT DISTINCT l.relation, l.mode FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
    WHERE l.locktype = 'relation' AND l.pid = $1 AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

/// Files of tables, and of indexes with their tables; how many rows of each table were read one after the other.
const FILES: &str = "SELECT c.oid, coalesce(i.indrelid, c.oid), c.relfilenode, coalesce(s.seq_tup_read, 0)
    FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_stat_xact_user_tables AS s ON s.relid = c.oid
    WHERE c.relkind IN ('r', 'm', 'i') AND c.relfilenode <> 0";

/// How long a writer holds up what cannot be in a transaction, where that does not come to wait.
const HELD_UP: Duration = Duration::from_millis(400);

/// What was seen of all steps.
#[derive(Debug, Default)]
pub struct Trace {
    /// The steps that ran, by number.
    pub seen: BTreeMap<u32, Seen>,
    /// The names of relations in the course of the plan.
    pub names: Names,
    /// The name of each relation before it.
    pub at_first: BTreeMap<u32, String>,
}

/// The sessions of a trace.
pub struct Tracer {
    /// Runs the steps.
    work: Client,
    /// Looks at it.
    watch: Client,
    /// A writer in the way of what cannot be in a transaction.
    writer: Client,
    backend: i32,
}

impl Tracer {
    /// From three sessions of the database.
    ///
    /// # Errors
    /// The database's words.
    pub async fn new(work: Client, watch: Client, writer: Client) -> Result<Self, Error> {
        let settings =
            "SET check_function_bodies = off; SET TimeZone = 'UTC'; SET client_min_messages = warning";
        work.batch_execute(settings).await?;
        // Conditions spell names as the executor's session shows them.
        watch
            .batch_execute("SET search_path = ''; SET TimeZone = 'UTC'")
            .await?;
        let backend = work
            .query_one("SELECT pg_catalog.pg_backend_pid()", &[])
            .await?
            .get(0);
        Ok(Self {
            work,
            watch,
            writer,
            backend,
        })
    }

    /// Runs every step of the plan.
    ///
    /// # Errors
    /// The step that failed, and the database's words.
    pub async fn run(&self, plan: &Plan) -> Result<Trace, Stop> {
        let schemas =
            "CREATE SCHEMA IF NOT EXISTS schemaplan; CREATE SCHEMA IF NOT EXISTS schemaplan_archive";
        self.work.batch_execute(schemas).await.map_err(Stop::database)?;
        let mut trace = Trace::default();
        for row in self.relations().await? {
            if row.2 {
                trace.at_first.insert(row.0, row.1.clone());
            }
            trace.names.entry(row.0).or_default().insert(row.1);
        }
        for each in &plan.steps {
            let mut seen = self
                .step(&each.step)
                .await
                .map_err(|error| Stop::step(each, &error))?;
            // Nobody knows what the plan itself has made, and nobody waits for it.
            seen.keep(|oid| trace.at_first.contains_key(oid));
            trace.seen.insert(each.number, seen);
            for (oid, name, _) in self.relations().await? {
                trace.names.entry(oid).or_default().insert(name);
            }
        }
        Ok(trace)
    }

    async fn relations(&self) -> Result<Vec<(u32, String, bool)>, Stop> {
        let rows = self.watch.query(RELATIONS, &[]).await.map_err(Stop::database)?;
        Ok(rows
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect())
    }

    async fn step(&self, step: &Step) -> Result<Seen, Error> {
        let statements = self.texts(&step.up).await?;
        if statements.is_empty() || self.is_done(step).await? {
            return Ok(Seen {
                nothing: true,
                ..Seen::default()
            });
        }
        let path = match step.clients_path {
            true => "RESET search_path",
            false => "SET search_path = ''",
        };
        self.work.batch_execute(path).await?;
        if step.transaction == Transaction::None {
            return self.alone(step, &statements).await;
        }
        self.work.batch_execute(&format!("BEGIN; {SETTINGS}")).await?;
        let ran = self.in_transaction(&statements).await;
        let end = if ran.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.work.batch_execute(end).await;
        let seen = ran?;
        ended.map(|()| seen)
    }

    async fn in_transaction(&self, statements: &[String]) -> Result<Seen, Error> {
        let before = self.files().await?;
        for statement in statements {
            // Of a table with a few hundred rows the planner reads all rather than by an index that is there: in a large one it
            // would not. What has no index is still read whole.
            let whole = if is_of_rows(statement) { "off" } else { "on" };
            let settings = format!("SET LOCAL enable_seqscan = {whole}");
            self.work.batch_execute(&settings).await?;
            self.work.batch_execute(statement).await?;
        }
        let mut seen = Seen::default();
        for row in self.work.query(LOCKS, &[&self.backend]).await? {
            seen.lock(row.get(0), row.get(1));
        }
        for (relation, (table, file, read)) in self.files().await? {
            let Some((_, was, had_read)) = before.get(&relation) else {
                continue;
            };
            if *was != file {
                let list = if table == relation {
                    &mut seen.rewrites
                } else {
                    &mut seen.rebuilds
                };
                list.insert(table);
            }
            // Whether there is any row at all is no reading of all.
            if read > *had_read + 1 {
                seen.scans.insert(table);
            }
        }
        Ok(seen)
    }

    async fn files(&self) -> Result<BTreeMap<u32, (u32, u32, i64)>, Error> {
        let rows = self.work.query(FILES, &[]).await?;
        let one = |row: &tokio_postgres::Row| (row.get(0), (row.get(1), row.get(2), row.get(3)));
        Ok(rows.iter().map(one).collect())
    }

    /// Outside a transaction, held up by a writer on the tables that the step declares.
    async fn alone(&self, step: &Step, statements: &[String]) -> Result<Seen, Error> {
        let mut seen = Seen::default();
        for statement in statements {
            self.writer.batch_execute("BEGIN").await?;
            for on in &step.locks {
                self.write(&on.relation).await?;
            }
            let begun = Instant::now();
            let (mut held_up, mut waits) = (true, 0);
            let running = self.work.batch_execute(statement);
            tokio::pin!(running);
            let ended = loop {
                tokio::select! {
                    ended = &mut running => break ended,
                    () = tokio::time::sleep(Duration::from_millis(2)) => {}
                }
                for row in self.watch.query(LOCKS, &[&self.backend]).await? {
                    seen.lock(row.get(0), row.get(1));
                }
                let waiting = "SELECT FROM pg_catalog.pg_locks WHERE pid = $1 AND NOT granted";
                if !self.watch.query(waiting, &[&self.backend]).await?.is_empty() {
                    waits += 1;
                }
                if held_up && (waits > 2 || begun.elapsed() > HELD_UP) {
                    self.writer.batch_execute("COMMIT").await?;
                    held_up = false;
                }
            };
            if held_up {
                self.writer.batch_execute("COMMIT").await?;
            }
            ended?;
        }
        Ok(seen)
    }

    /// Locks a relation as a writer does, where it is there and can be.
    async fn write(&self, relation: &QualifiedName) -> Result<(), Error> {
        let lock = format!(
            "SAVEPOINT one; LOCK TABLE {} IN ROW EXCLUSIVE MODE",
            sql::qualified(relation)
        );
        if self.writer.batch_execute(&lock).await.is_err() {
            self.writer.batch_execute("ROLLBACK TO SAVEPOINT one").await?;
        }
        Ok(())
    }

    /// The statements of an action; batches over a table without rows run nothing.
    async fn texts(&self, action: &Action) -> Result<Vec<String>, Error> {
        let (mut actions, mut out) = (vec![action], Vec::new());
        while let Some(action) = actions.pop() {
            match action {
                Action::Statements(statements) => out.extend(statements.iter().map(ToString::to_string)),
                Action::Batches(batch) | Action::Verify(batch) => {
                    let one = format!("SELECT FROM {} LIMIT 1", sql::qualified(&batch.table));
                    let rows = self.watch.query(&one, &[]).await;
                    if !rows.is_ok_and(|rows| rows.is_empty()) {
                        out.extend(batch.statements.iter().map(|each| each.with_range("true")));
                    }
                }
                Action::Sequence(parts) => actions.extend(parts.iter().rev()),
            }
        }
        Ok(out)
    }

    /// Whether the step's own condition says that nothing is to be done: the executor passes it over.
    async fn is_done(&self, step: &Step) -> Result<bool, Error> {
        let (DoneWhen::Holds(condition) | DoneWhen::RepeatableUntil(condition)) = &step.done_when else {
            return Ok(false);
        };
        let query = format!("SELECT coalesce(({condition}), false)");
        Ok(self.watch.query_one(&query, &[]).await?.get(0))
    }
}

impl Seen {
    fn lock(&mut self, relation: u32, mode: &str) {
        let lock = Lock::of_mode(mode);
        let known = self.locks.entry(relation).or_insert(lock);
        *known = lock.max(*known);
    }

    fn keep(&mut self, known: impl Fn(&u32) -> bool) {
        self.locks.retain(|oid, _| known(oid));
        self.scans.retain(&known);
        self.rewrites.retain(&known);
        self.rebuilds.retain(&known);
    }
}

/// True for statements that the planner finds a way for; what ALTER reads it reads whole.
fn is_of_rows(statement: &str) -> bool {
    let word = statement.split_whitespace().next().unwrap_or_default();
    ["insert", "update", "delete", "select", "with", "merge"].contains(&word.to_ascii_lowercase().as_str())
}

/// `step 4 (Add column email to public.customer)`.
pub fn named(each: &PlanStep) -> String {
    format!("step {} ({})", each.number, each.step.title)
}
