//! A look at the rows before anything is changed: what a later step would find in its way is counted and named now.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::connection::{Connection, Statements};
use super::error::DatabaseWords;
use super::halt::Halt;
use super::outcome::{Against, Refusal};
use super::runner::Runner;
use super::session::{holds, number, rows, text};
use super::step_rows::RowState;
use crate::model::Kind;
use crate::plan::PlanStep;
use crate::sql::{FOUND, ident, qualified, script};
use crate::step::{Fact, Lock, LockOn, Phase, Precondition, Step};

/// How many rows are named.
const NAMED: u32 = 5;
/// How long one look may take at what a phase would find that is not asked for yet.
const PATIENCE: &str = "10s";
/// How often it is looked whether a stop was asked for.
const TICK: Duration = Duration::from_millis(250);
/// After this it is said that rows are being read.
const SILENCE: Duration = Duration::from_secs(2);

/// How the query for rows begins that says by an exception what it has found.
const BLOCK: &str = "DO ";

/// Steps behind which rows are what they were, and bear the names that they bore: a condition that a later step has to meet can
/// be asked before them.
const LEAVES_ROWS: &[&str] = &[
    "add_check",
    "add_foreign_key",
    "add_key",
    "change_default",
    "change_setting",
    "create_index",
    "create_object",
    "drop_constraint",
    "drop_index",
    "drop_not_null",
    "replace_constraint",
    "replace_index",
    "set_comment",
    "set_grants",
    "set_not_null",
    "set_owner",
    "validate_constraint",
];

/// What a plan does to rows before a condition about them is to hold.
#[derive(Default)]
struct Changed {
    /// Columns that some step of the plan gives other values, or another name.
    columns: BTreeSet<String>,
    /// Tables of which more than a column changes, and functions and types, by the steps up to here.
    objects: BTreeSet<String>,
}

impl Changed {
    fn columns_of(steps: &[&PlanStep]) -> Self {
        let mut changed = Self::default();
        let about_columns = steps
            .iter()
            .map(|step| &step.step)
            .filter(|step| is_about_columns(step));
        for step in about_columns {
            let facts = step.gives.iter().chain(&step.ends).map(Fact::object);
            let columns = facts.chain([&step.object]).filter(|id| id.kind == Kind::Column);
            changed.columns.extend(columns.map(|id| ident(&id.name)));
        }
        changed
    }

    /// A step has run.
    fn behind(&mut self, step: &Step) {
        if leaves_rows(step) || is_about_columns(step) {
            return;
        }
        let own = (!step.object.is_part()).then(|| step.object.qualified());
        // Under weaker locks than these nothing is written, and nothing renamed.
        let attaches = step.change == "change_partition"
            && !step
                .gives
                .iter()
                .any(|fact| matches!(fact, Fact::Changed(_) | Fact::Named(_)));
        let writes =
            |on: &&LockOn| !attaches && matches!(on.lock, Lock::RowExclusive | Lock::AccessExclusive);
        let locked = step.locks.iter().filter(writes).map(|on| on.relation.clone());
        self.objects
            .extend(locked.chain(own).map(|name| qualified(&name)));
    }

    /// Whether a condition may be about something else by now than when its step runs. The values that a column is to get are
    /// computed from what is there now.
    fn touches(&self, condition: &str, computes: bool) -> bool {
        let columns = self.columns.iter().filter(|_| !computes);
        columns.chain(&self.objects).any(|name| says(condition, name))
    }
}

fn is_about_columns(step: &Step) -> bool {
    step.object.kind == Kind::Column && !leaves_rows(step)
}

fn leaves_rows(step: &Step) -> bool {
    let kinds = [
        Kind::Constraint,
        Kind::DomainConstraint,
        Kind::Index,
        Kind::Statistics,
        Kind::Policy,
    ];
    kinds.contains(&step.object.kind) || LEAVES_ROWS.contains(&step.change.as_str())
}

/// Whether a name stands in a text, and not as a part of a longer one.
fn says(text: &str, name: &str) -> bool {
    let is_part =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        !is_part(before.chars().next_back()) && !is_part(behind.chars().next())
    })
}

impl<'a> Runner<'a> {
    /// Looks for rows that stand against a step that is still to run. Where it is one of a phase that is to run now, nothing is
    /// changed; where it is one of a later phase, it is told.
    pub(super) async fn look_ahead(&mut self) -> Result<(), Halt> {
        let steps: Vec<&'a PlanStep> = Phase::ALL
            .into_iter()
            .flat_map(|phase| self.plan.of_phase(phase))
            .filter(|step| self.todo.contains(&step.number))
            .collect();
        let mut changed = Changed::columns_of(&steps);
        let mut refused = Vec::new();
        for step in steps {
            let now = self.options.phases.contains(&step.step.phase);
            if !self.is_under_way(step) {
                for against in self.look_for(step, &changed, now).await? {
                    match now {
                        true => refused.push(against),
                        false => self.progress.rows_against(&against),
                    }
                }
            }
            changed.behind(&step.step);
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Refusal::Rows(refused).into()),
        }
    }

    fn is_under_way(&self, step: &PlanStep) -> bool {
        self.rows
            .get(&step.number)
            .is_some_and(|row| row.state == RowState::Done || row.cursor.part > 0 || row.cursor.top.is_some())
    }

    async fn look_for(
        &mut self,
        step: &'a PlanStep,
        changed: &Changed,
        now: bool,
    ) -> Result<Vec<Against>, Halt> {
        let mut found = Vec::new();
        let about_rows = step.step.preconditions.iter().filter(|each| each.rows.is_some());
        for precondition in about_rows {
            let computes = precondition
                .rows
                .as_ref()
                .is_some_and(|rows| rows.starts_with(BLOCK));
            if changed.touches(&precondition.holds, computes) {
                continue;
            }
            let answer = self.asked(step, precondition, now).await;
            self.check_stop()?;
            let rows = match answer {
                // It is about what the plan has yet to make: asked when the step runs.
                Answer::Not => continue,
                Answer::Holds => None,
                Answer::Stands(rows) => Some(rows),
            };
            self.looked.insert((step.number, precondition.holds.clone()));
            found.extend(rows.map(|rows| Against {
                step: self.step_ref(step),
                phase: step.step.phase,
                otherwise: precondition.otherwise.clone(),
                rows,
            }));
        }
        Ok(found)
    }

    async fn asked(&mut self, step: &PlanStep, asked: &Precondition, now: bool) -> Answer {
        let limit = if now { "0" } else { PATIENCE };
        let path = if step.step.clients_path {
            script::PATH_OF_SESSION
        } else {
            script::NO_PATH
        };
        let begin = format!(
            "BEGIN READ ONLY; {path}; SET LOCAL statement_timeout = '{limit}'; SET LOCAL lock_timeout = '{PATIENCE}'"
        );
        let work: &'a Connection = &self.session.work;
        let mut answer = std::pin::pin!(async {
            if work.batch_execute(&begin).await.is_err() {
                return Answer::Not;
            }
            match holds(work, &asked.holds).await {
                Ok(true) => Answer::Holds,
                Ok(false) => Answer::Stands(named(work, asked).await),
                // A row does not give what it should, in the words of the database.
                Err(error) if is_about_rows(&error) => {
                    let words = DatabaseWords::from(&error);
                    let _ = work.batch_execute("ROLLBACK").await;
                    let rows = match work.batch_execute(&begin).await {
                        Ok(()) => named(work, asked).await,
                        Err(_) => None,
                    };
                    let said = [Some(format!("the database said: {}", words.message)), rows];
                    Answer::Stands(Some(said.into_iter().flatten().collect::<Vec<_>>().join("\n")))
                }
                Err(_) => Answer::Not,
            }
        });
        let begun = Instant::now();
        let mut told = false;
        let answer = loop {
            match tokio::time::timeout(TICK, &mut answer).await {
                Ok(answer) => break answer,
                Err(_) => self.goes_on(step, begun, &mut told).await,
            }
        };
        let _ = work.batch_execute("ROLLBACK").await;
        answer
    }

    /// It takes longer: that is said once, and a stop ends it.
    async fn goes_on(&mut self, step: &PlanStep, begun: Instant, told: &mut bool) {
        if begun.elapsed() > SILENCE && !*told {
            *told = true;
            self.progress.looking(step);
        }
        if self.options.stop.is_stopped() && self.session.sees_itself() {
            let cancel = format!("SELECT pg_cancel_backend({})", self.session.work.backend());
            let _ = self.session.watch.simple_query(&cancel).await;
        }
    }

    /// The rows that stand against what a step has failed to prove.
    pub(super) async fn named_behind(&self, step: &PlanStep) -> Vec<String> {
        let of_object = self
            .plan
            .steps
            .iter()
            .filter(|each| each.step.object == step.step.object);
        let mut said = Vec::new();
        for asked in of_object.flat_map(|each| &each.step.preconditions) {
            if let Some(rows) = named(&self.session.work, asked)
                .await
                .filter(|rows| !rows.starts_with("0 "))
            {
                said.push(format!("{}: {rows}", asked.otherwise));
            }
        }
        said
    }
}

/// True for an error in what rows hold, or one that a function of the user's raises for them.
fn is_about_rows(error: &tokio_postgres::Error) -> bool {
    let state = error.code().map(|state| state.code()).unwrap_or_default();
    ["22", "23", "P0"].iter().any(|class| state.starts_with(class))
}

/// What the database says of a condition about rows.
enum Answer {
    /// It cannot be asked.
    Not,
    Holds,
    /// Rows stand against it: how many, and which, where that can be said.
    Stands(Option<String>),
}

/// How many rows stand against a condition, and which are the first of them.
pub(super) async fn named(work: &impl Statements, asked: &Precondition) -> Option<String> {
    let query = asked.rows.as_ref()?;
    if query.starts_with(BLOCK) {
        let said = work.batch_execute(query).await.err()?;
        let said = said.as_db_error().filter(|said| said.code().code() == FOUND)?;
        return Some(format!("among them: {}", said.message()));
    }
    let count = format!("SELECT pg_catalog.count(*) FROM ({query}) AS found");
    let count: u64 = number(rows(work, &count).await.ok()?.first(), 0)?;
    let first = format!("SELECT pg_catalog.row_to_json(found) FROM ({query} LIMIT {NAMED}) AS found");
    let first = rows(work, &first).await.ok()?;
    let first: Vec<&str> = first.iter().filter_map(|row| text(Some(row), 0)).collect();
    let what = if count == 1 { "row" } else { "rows" };
    let more = if count > u64::from(NAMED) { ", …" } else { "" };
    Some(format!("{count} {what}: {}{more}", first.join(", ")))
}
