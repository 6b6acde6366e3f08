//! The journal's rows of single steps. Every write is fenced: it returns no row once the lease is lost.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::checked::Checked;
use super::connection::Statements;
use super::error::{ApplyError, DatabaseWords};
use super::journal::RunState;
use super::session::{number, rows, text};
use crate::plan::PlanStep;
use crate::sql::literal;

/// Which way a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Up => "up",
            Direction::Down => "down",
        })
    }
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowState {
    /// Something that is not transactional is about to run.
    Intent,
    /// A part of it is done.
    Running,
    Done,
    Failed,
}

impl RowState {
    fn name(self) -> &'static str {
        match self {
            RowState::Intent => "intent",
            RowState::Running => "running",
            RowState::Done => "done",
            RowState::Failed => "failed",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "intent" => RowState::Intent,
            "running" => RowState::Running,
            "done" => RowState::Done,
            _ => RowState::Failed,
        }
    }
}

/// Where a step goes on after an interruption; `last_key` in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Parts before this one are done.
    pub part: usize,
    /// The key that the batches of this part have reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Vec<String>>,
    /// The key at which they end, frozen when they began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Vec<String>>,
    /// True where the keys are page numbers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pages: bool,
    /// The sum of a verification so far.
    #[serde(default)]
    pub wrong: u64,
    /// What a verification has seen so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
}

/// A row of `schemaplan.step`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepRow {
    pub state: RowState,
    pub hash: String,
    pub cursor: Cursor,
    /// Whether `last_key` is set: something besides whole transactions has begun.
    pub has_key: bool,
    pub rows_done: u64,
    pub rows_total: Option<u64>,
    /// What its verification has seen, once it is through.
    pub checked: Option<Checked>,
}

impl Default for StepRow {
    fn default() -> Self {
        Self {
            state: RowState::Intent,
            hash: String::new(),
            cursor: Cursor::default(),
            has_key: false,
            rows_done: 0,
            rows_total: None,
            checked: None,
        }
    }
}

/// What identifies a step's content; another version of the program resumes only what it would run itself.
pub(super) fn step_hash(step: &PlanStep) -> String {
    let text = serde_json::to_string(step).unwrap_or_default();
    Sha256::digest(text.as_bytes())
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// All rows of one direction of a run.
pub(super) async fn load(
    client: &impl Statements,
    run_no: i64,
    direction: Direction,
) -> Result<BTreeMap<u32, StepRow>, ApplyError> {
    let found = rows(
        client,
        &format!(
            "SELECT s.step_no, s.state, s.step_hash, s.last_key, s.rows_done, s.rows_total, {}, to_jsonb(s) ->> 'checked' FROM schemaplan.step AS s \
             WHERE s.run_no = {run_no} AND s.direction = '{direction}'",
            is_edited("s")
        ),
    )
    .await
    .map_err(|error| ApplyError::database("read the journal", &error))?;
    refuse_lost(client, &run_no.to_string(), Some(direction)).await?;
    let mut steps = BTreeMap::new();
    for row in &found {
        let row = Some(row);
        let Some(step_no) = number(row, 0) else { continue };
        if text(row, 6) == Some("t") {
            return Err(ApplyError::EditedStep {
                run_no,
                step: step_no,
                direction: direction.to_string(),
            });
        }
        let cursor = match text(row, 3) {
            Some(key) => serde_json::from_str(key).map_err(|error| {
                ApplyError::Journal(format!("last_key of step {step_no} of run {run_no}: {error}"))
            })?,
            None => Cursor::default(),
        };
        steps.insert(
            step_no,
            StepRow {
                state: RowState::of(text(row, 1).unwrap_or_default()),
                hash: text(row, 2).unwrap_or_default().to_owned(),
                cursor,
                has_key: text(row, 3).is_some(),
                rows_done: number(row, 4).unwrap_or(0),
                rows_total: number(row, 5),
                checked: Checked::of_journal(text(row, 7)),
            },
        );
    }
    Ok(steps)
}

/// Refuses runs of which a row was deleted: each says of which steps it has rows. Journals of older programs do not.
pub(super) async fn refuse_lost(
    client: &impl Statements,
    runs: &str,
    direction: Option<Direction>,
) -> Result<(), ApplyError> {
    let of_direction = direction.map_or(String::new(), |direction| {
        format!("AND known.step LIKE '{direction} %'")
    });
    let query = format!(
        "SELECT p.run_no, known.step FROM schemaplan.plan AS p CROSS JOIN LATERAL jsonb_array_elements_text( \
         CASE jsonb_typeof(to_jsonb(p) -> 'steps') WHEN 'array' THEN to_jsonb(p) -> 'steps' ELSE '[]' END) AS known (step) \
         WHERE p.run_no IN ({runs}) {of_direction} AND NOT EXISTS (SELECT FROM schemaplan.step AS s WHERE s.run_no = p.run_no \
         AND s.direction || ' ' || s.step_no = known.step) ORDER BY p.run_no, split_part(known.step, ' ', 2)::integer LIMIT 1"
    );
    let found = rows(client, &query)
        .await
        .map_err(|error| ApplyError::database("read the journal", &error))?;
    let Some((direction, step)) = text(found.first(), 1).and_then(|known| known.split_once(' ')) else {
        return Ok(());
    };
    Err(ApplyError::LostStep {
        run_no: number(found.first(), 0).unwrap_or(0),
        step: step.parse().unwrap_or(0),
        direction: direction.to_owned(),
    })
}

/// SQL for what a row says, in one word; of what journals of older programs do not keep nothing is said. The row's token stands before it: a row that a program without these hashes has written since
/// bears another token, and is believed.
fn row_hash(row: &str, token: &str, state: &str) -> String {
    format!(
        "{token} || ':' || encode(sha256(convert_to(concat_ws(' ', {row}.run_no, {row}.direction, {row}.step_no, {row}.step_hash, {state}, \
         coalesce({row}.last_key::text, ''), {row}.rows_done, to_jsonb({row}) ->> 'checked'), 'UTF8')), 'hex')"
    )
}

/// SQL that is true for a row of `schemaplan.step` that was changed by hand; also where the journal does not keep hashes yet.
pub(super) fn is_edited(row: &str) -> String {
    let kept = format!("(to_jsonb({row}) ->> 'row_hash')");
    let (token, state) = (format!("{row}.token"), format!("{row}.state"));
    format!(
        "(split_part({kept}, ':', 1) = {token}::text AND {kept} <> {})",
        row_hash(row, &token, &state)
    )
}

/// Whose row is written, under which token.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowKey {
    pub run_no: i64,
    pub direction: Direction,
    pub step_no: u32,
    pub token: i64,
}

impl RowKey {
    fn condition(&self) -> String {
        format!(
            "run_no = {} AND direction = '{}' AND step_no = {}",
            self.run_no, self.direction, self.step_no
        )
    }

    /// The lease as a common table expression `l` with a row only while it is ours. FOR SHARE keeps it ours until the
    /// commit, so nothing may run between this write and COMMIT.
    fn fence(&self) -> String {
        fence(self.token)
    }

    /// A query with a row only while the lease is ours, which it is then until the commit.
    pub fn held(&self) -> String {
        format!("WITH {} SELECT token FROM l", self.fence())
    }

    /// Writes the row and, where it is done, the attempt that did it. A step that is undone loses its row of the way
    /// up, so that it can be applied again; the other way round alike.
    pub fn write(&self, row: &StepRow, elapsed: Duration) -> String {
        let key = serde_json::to_string(&row.cursor).unwrap_or_default();
        let key = match row.state {
            RowState::Done => "NULL".to_owned(),
            _ => literal(&key),
        };
        let finished = if row.state == RowState::Done {
            "clock_timestamp()"
        } else {
            "NULL"
        };
        let checked = row.checked.as_ref().map_or("NULL".to_owned(), |checked| {
            literal(&serde_json::to_string(checked).unwrap_or_default())
        });
        let total = row
            .rows_total
            .map_or("NULL".to_owned(), |total| total.to_string());
        let step = format!(
            "s AS (INSERT INTO schemaplan.step AS t (run_no, direction, step_no, step_hash, state, token, started_at, \
             finished_at, last_key, rows_done, rows_total, checked, row_hash) SELECT v.*, {} FROM \
             (SELECT {}::bigint AS run_no, '{}' AS direction, {} AS step_no, {} AS step_hash, '{}' AS state, token, \
             clock_timestamp() AS started_at, {finished}::timestamptz AS finished_at, {key}::jsonb AS last_key, \
             {}::bigint AS rows_done, {total}::bigint AS rows_total, {checked}::jsonb AS checked FROM l) AS v \
             ON CONFLICT (run_no, direction, step_no) DO UPDATE SET step_hash = EXCLUDED.step_hash, state = EXCLUDED.state, \
             token = EXCLUDED.token, finished_at = EXCLUDED.finished_at, last_key = EXCLUDED.last_key, \
             rows_done = EXCLUDED.rows_done, rows_total = EXCLUDED.rows_total, checked = EXCLUDED.checked, row_hash = EXCLUDED.row_hash RETURNING t.state)",
            row_hash("v", "v.token", "v.state"),
            self.run_no,
            self.direction,
            self.step_no,
            literal(&row.hash),
            row.state.name(),
            row.rows_done,
        );
        let mut parts = vec![self.fence(), step, self.known()];
        if row.state == RowState::Done {
            parts.push(self.attempt(None, elapsed));
        }
        format!("WITH {} SELECT state FROM s", parts.join(", "))
    }

    /// Removes the rows of the other direction; runs in the transaction of [`Self::write`], before it.
    pub fn forget_other(&self) -> String {
        let other = RowKey {
            direction: match self.direction {
                Direction::Up => Direction::Down,
                Direction::Down => Direction::Up,
            },
            ..*self
        };
        let condition = other.condition();
        format!(
            "DELETE FROM schemaplan.attempt WHERE {condition}; DELETE FROM schemaplan.step WHERE {condition}; \
             UPDATE schemaplan.plan SET steps = array_remove(steps, {known}) WHERE run_no = {} AND {known} = ANY (steps)",
            self.run_no,
            known = other.name(),
        )
    }

    /// How the row of the plan names this one.
    fn name(&self) -> String {
        format!("'{} {}'", self.direction, self.step_no)
    }

    /// Has the plan say that there is such a row, where `s` has written it.
    fn known(&self) -> String {
        format!(
            "k AS (UPDATE schemaplan.plan SET steps = steps || {known}::text WHERE run_no = {} AND EXISTS (SELECT FROM s) \
             AND NOT {known} = ANY (steps))",
            self.run_no,
            known = self.name(),
        )
    }

    /// Records a try that failed; the row of the step keeps its key.
    pub fn write_failure(&self, hash: &str, words: &DatabaseWords, elapsed: Duration) -> String {
        const STATE: &str = "CASE WHEN t.state = 'done' THEN t.state ELSE 'failed' END";
        let step = format!(
            "s AS (INSERT INTO schemaplan.step AS t (run_no, direction, step_no, step_hash, state, token, started_at, last_key, rows_done, \
             row_hash) SELECT v.*, {} FROM (SELECT {}::bigint AS run_no, '{}' AS direction, {} AS step_no, {} AS step_hash, \
             'failed' AS state, token, clock_timestamp() AS started_at, NULL::jsonb AS last_key, 0::bigint AS rows_done FROM l) AS v \
             ON CONFLICT (run_no, direction, step_no) DO UPDATE SET token = EXCLUDED.token, \
             state = {STATE}, row_hash = {} RETURNING t.state)",
            row_hash("v", "v.token", "v.state"),
            self.run_no,
            self.direction,
            self.step_no,
            literal(hash),
            row_hash("t", "EXCLUDED.token", STATE),
        );
        format!(
            "WITH {}, {step}, {}, {} SELECT state FROM s",
            self.fence(),
            self.known(),
            self.attempt(Some(words), elapsed)
        )
    }

    /// Records what the step found and did, in the words of a try that did not fail.
    pub fn write_note(&self, detail: &str, elapsed: Duration) -> String {
        format!(
            "WITH {}, s AS (SELECT token FROM l), {} SELECT token FROM s",
            self.fence(),
            self.tried("NULL", &literal(detail), elapsed)
        )
    }

    fn attempt(&self, words: Option<&DatabaseWords>, elapsed: Duration) -> String {
        let null = || "NULL".to_owned();
        let sqlstate = words
            .and_then(|words| words.sqlstate.as_deref())
            .map_or_else(null, literal);
        let detail = words.map_or_else(null, |words| literal(&words.message));
        self.tried(&sqlstate, &detail, elapsed)
    }

    /// The row of a try; it is written where `s` has a row.
    fn tried(&self, sqlstate: &str, detail: &str, elapsed: Duration) -> String {
        format!(
            "a AS (INSERT INTO schemaplan.attempt (run_no, direction, step_no, n, token, started_at, finished_at, sqlstate, detail) \
             SELECT {}, '{}', {}, (SELECT coalesce(max(n), 0) + 1 FROM schemaplan.attempt WHERE {}), {}, \
             clock_timestamp() - interval '{} ms', clock_timestamp(), {sqlstate}, {detail} FROM s)",
            self.run_no,
            self.direction,
            self.step_no,
            self.condition(),
            self.token,
            elapsed.as_millis(),
        )
    }
}

fn fence(token: i64) -> String {
    // Whoever takes the lease raises the token: as long as it is ours nobody has, also where a renewal came late.
    format!("l AS (SELECT token FROM schemaplan.lease WHERE token = {token} FOR SHARE)")
}

/// Sets the state of a run, fenced.
pub(super) fn write_state(token: i64, run_no: i64, state: RunState) -> String {
    format!(
        "WITH {}, s AS (UPDATE schemaplan.plan SET state = '{}' WHERE run_no = {run_no} AND EXISTS (SELECT FROM l) \
         RETURNING state) SELECT state FROM s",
        fence(token),
        state.name()
    )
}
