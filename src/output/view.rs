//! What a report shows of a change: its header and its differences as text.

use super::Role;
use crate::change::{Change, DetailLine, Verb};
use crate::model::ObjectId;
use crate::text::Origin;
use serde::Serialize;

/// Every verb, in the order in which they are counted.
pub const VERBS: [Verb; 5] = [
    Verb::Create,
    Verb::Alter,
    Verb::Rename,
    Verb::Recreate,
    Verb::Drop,
];

/// The verb as a word: `create`.
pub fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Alter => "alter",
        Verb::Drop => "drop",
        Verb::Recreate => "recreate",
        Verb::Rename => "rename",
    }
}

/// The mark in front of a line, with its form for terminals that know ASCII alone.
pub fn mark(verb: Verb, ascii: bool) -> &'static str {
    match (verb, ascii) {
        (Verb::Create, _) => "+",
        (Verb::Alter, _) => "~",
        (Verb::Drop, _) => "-",
        (Verb::Recreate, false) => "±",
        (Verb::Recreate, true) => "!",
        (Verb::Rename, false) => "»",
        (Verb::Rename, true) => ">",
    }
}

/// How a verb is coloured.
pub fn role(verb: Verb) -> Role {
    match verb {
        Verb::Create => Role::Create,
        Verb::Alter => Role::Alter,
        Verb::Drop => Role::Drop,
        Verb::Recreate => Role::Recreate,
        Verb::Rename => Role::Rename,
    }
}

/// The verb of a step, from the code of its change kind: `drop_column` drops.
pub fn verb_of_code(code: &str) -> Verb {
    let first = code.split(['_', '-']).next().unwrap_or_default();
    match first {
        "create" | "add" => Verb::Create,
        "drop" => Verb::Drop,
        "rename" => Verb::Rename,
        "recreate" => Verb::Recreate,
        _ => Verb::Alter,
    }
}

/// A change as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeView {
    /// What happens.
    pub verb: Verb,
    /// To what.
    pub object: ObjectId,
    /// The word for its kind: `procedure`.
    pub word: String,
    /// The change kind: `set_not_null`.
    pub code: String,
    /// What differs.
    pub lines: Vec<DetailLine>,
    /// The old and the new text of a view or function, shown as a line diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_diff: Option<(String, String)>,
    /// The file and line that ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl ChangeView {
    /// `procedure public.close_month(date)`.
    pub fn title(&self) -> String {
        format!("{} {}", self.word, self.object.label())
    }
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        Self {
            verb: change.verb,
            object: change.object.clone(),
            word: change.word.to_owned(),
            code: change.code().to_owned(),
            lines: change.lines.clone(),
            text_diff: change.text.clone(),
            origin: change.origin.clone(),
        }
    }
}

/// Lines of a plan's summary are cut to this, so that a report stays a page.
const SUMMARY_WIDTH: usize = 100;

/// What changes, one line a change: `~ column public.orders.amount  integer → bigint`.
pub fn summary(changes: &[ChangeView]) -> Vec<String> {
    changes.iter().map(summary_line).collect()
}

fn summary_line(change: &ChangeView) -> String {
    let mut line = format!("{} {}", mark(change.verb, false), change.title());
    if let (Verb::Alter | Verb::Rename, [detail]) = (change.verb, change.lines.as_slice()) {
        let named = detail.what.is_empty() || change.verb == Verb::Rename;
        let what = if named {
            String::new()
        } else {
            format!("{}  ", detail.what)
        };
        match (&detail.old, &detail.new) {
            (Some(old), Some(new)) => line.push_str(&format!("  {what}{old} → {new}")),
            (None, Some(new)) => line.push_str(&format!("  {what}{new}")),
            (Some(old), None) => line.push_str(&format!("  {what}{old} → none")),
            (None, None) => line.push_str(&format!("  {}", detail.what)),
        }
    }
    let flat = line.replace(['\n', '\r'], " ");
    match flat.char_indices().nth(SUMMARY_WIDTH) {
        Some((at, _)) => format!("{}…", &flat[..at]),
        None => flat,
    }
}
