//! The table at the end of a run over a fleet: who stands where.

use super::members::Fleet;
use crate::cli::arguments::TextOrJson;
use crate::cli::failure::{Exit, Failure};
use crate::cli::workbench::Workbench;
use crate::execute::RunState;
use crate::output::{Paint, Role, duration};
use serde::{Serialize, Serializer};
use std::fmt::Write;
use std::time::Duration;

/// What became of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    /// It holds the desired schema, or what was to be taken back is not there.
    AlreadyThere,
    /// What was due is done.
    Done,
    /// Nothing is due before the next deploy.
    Waiting,
    /// It did not begin.
    NotBegun,
    /// It differs from the desired schema in another way than the canary, and was left alone.
    Drifted,
    /// It was refused, and nothing was run.
    Refused,
    /// It stopped at a safe point.
    Stopped,
    /// It could not be done.
    Failed,
}

/// A member and where it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub member: String,
    /// What became of it.
    pub outcome: Came,
    /// The last phase of its plan that is complete.
    pub state: Option<RunState>,
    /// Why, or how far.
    pub note: String,
    /// The id of its plan.
    pub plan_id: Option<String>,
    /// How many steps ran.
    pub steps: u32,
    /// How long it was at work.
    #[serde(serialize_with = "thousandths")]
    pub seconds: f64,
}

fn thousandths<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((seconds * 1000.0).round() / 1000.0)
}

impl Row {
    /// Where nothing ran.
    pub fn new(member: &str, outcome: Came, note: impl Into<String>) -> Self {
        Self {
            member: member.to_owned(),
            outcome,
            state: None,
            note: note.into(),
            plan_id: None,
            steps: 0,
            seconds: 0.0,
        }
    }

    /// Of a command that ended early.
    pub fn of_failure(member: &str, failure: &Failure) -> Self {
        let outcome = match failure.exit {
            Exit::Refused => Came::Refused,
            Exit::Stopped => Came::Stopped,
            Exit::Done | Exit::CouldNot | Exit::Differs => Came::Failed,
        };
        let first = failure.diagnostics.first();
        Self::new(member, outcome, first.map_or("", |each| each.title.as_str()))
    }

    /// Whether others may go on behind it.
    pub fn is_well(&self) -> bool {
        matches!(self.outcome, Came::AlreadyThere | Came::Done | Came::Waiting)
    }
}

/// The exit code of the whole: 1 where a member failed, else 4 where one stopped or did not begin, else 3 where one was refused or
/// had drifted, else 0.
pub fn exit(rows: &[Row]) -> Exit {
    let any = |outcomes: &[Came]| rows.iter().any(|row| outcomes.contains(&row.outcome));
    if any(&[Came::Failed]) {
        Exit::CouldNot
    } else if any(&[Came::Stopped]) {
        Exit::Stopped
    } else if any(&[Came::Refused, Came::Drifted]) {
        Exit::Refused
    } else if any(&[Came::NotBegun]) {
        Exit::Stopped
    } else {
        Exit::Done
    }
}

/// Prints the table; the exit code of the whole.
pub fn show(fleet: &Fleet, verb: &str, rows: &[Row], format: Option<TextOrJson>, bench: &Workbench) -> Exit {
    let exit = exit(rows);
    let text = match format.unwrap_or_default() {
        TextOrJson::Text => text(&fleet.name, rows, bench.terminal.out),
        TextOrJson::Json => {
            let value = serde_json::json!({
                "format_version": 1,
                "fleet": fleet.name,
                "verb": verb,
                "exit": exit as u8,
                "members": rows,
            });
            format!("{value:#}\n")
        }
    };
    bench.terminal.answer(&text);
    exit
}

fn text(fleet: &str, rows: &[Row], paint: Paint) -> String {
    let well = rows.iter().filter(|row| row.is_well()).count();
    let counted = format!("{well} of {} ended well", rows.len());
    let mut out = paint.line(&paint.paint(Role::Heading, fleet), &counted, Role::Faint);
    out.push('\n');
    let width = rows
        .iter()
        .map(|row| row.member.chars().count())
        .max()
        .unwrap_or(0);
    for row in rows {
        let role = match row.outcome {
            Came::AlreadyThere | Came::Done | Came::Waiting => Role::Done,
            Came::NotBegun => Role::Faint,
            Came::Drifted | Came::Refused | Came::Stopped => Role::Warning,
            Came::Failed => Role::Failed,
        };
        let mark = match role {
            Role::Warning => "!",
            role => paint.state(role),
        };
        let time = match row.seconds > 0.0 {
            true => duration(Duration::from_secs_f64(row.seconds)),
            false => String::new(),
        };
        let words = words(row);
        // A row never wraps: the mark, blanks and the time stand beside the words.
        let room = paint.width.saturating_sub(width + 8 + time.chars().count());
        let words = crate::cli::progress::cut(&words, room, paint.ascii);
        let left = format!("  {} {:width$}  {words}", paint.paint(role, mark), row.member);
        let _ = writeln!(out, "{}", paint.line(&left, &time, Role::Faint));
    }
    out
}

fn words(row: &Row) -> String {
    let state = row.state.map(state_words);
    let head = match (row.outcome, state) {
        (Came::AlreadyThere, _) => "already there".to_owned(),
        (Came::Done, Some(state)) => state.to_owned(),
        (Came::Done, None) => "done".to_owned(),
        (Came::Waiting, Some(state)) => format!("{state}, waiting for a deploy"),
        (Came::Waiting, None) => "waiting for a deploy".to_owned(),
        (Came::NotBegun, _) => "not begun".to_owned(),
        (Came::Drifted, _) => "drifted".to_owned(),
        (Came::Refused, _) => "refused".to_owned(),
        (Came::Stopped, Some(state)) => format!("stopped, {state}"),
        (Came::Stopped, None) => "stopped".to_owned(),
        (Came::Failed, Some(state)) => format!("failed, {state}"),
        (Came::Failed, None) => "failed".to_owned(),
    };
    match row.note.is_empty() {
        true => head,
        false => format!("{head}: {}", row.note),
    }
}

/// How far a run is, in words.
pub fn state_words(state: RunState) -> &'static str {
    match state {
        RunState::New => "no phase done",
        RunState::Expanded => "expand done",
        RunState::Migrated => "migrate done",
        RunState::Contracted => "contract done",
        RunState::Undone => "taken back",
    }
}
