//! What a report shows of a change: its header and its differences as text.

use super::Role;
use crate::model::ObjectId;
use crate::text::Origin;
use serde::Serialize;

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It is new.
    Create,
    /// It stays and changes.
    Alter,
    /// It goes.
    Drop,
    /// It goes and comes again, because it cannot be altered in place.
    Recreate,
    /// It gets another name.
    Rename,
}

impl Verb {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Verb; 5] = [
        Verb::Create,
        Verb::Alter,
        Verb::Rename,
        Verb::Recreate,
        Verb::Drop,
    ];

    /// The verb as a word: `create`.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Alter => "alter",
            Verb::Drop => "drop",
            Verb::Recreate => "recreate",
            Verb::Rename => "rename",
        }
    }

    /// The mark in front of a line, with its form for terminals that know ASCII alone.
    pub fn mark(self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Verb::Create, _) => "+",
            (Verb::Alter, _) => "~",
            (Verb::Drop, _) => "-",
            (Verb::Recreate, false) => "±",
            (Verb::Recreate, true) => "!",
            (Verb::Rename, false) => "»",
            (Verb::Rename, true) => ">",
        }
    }

    /// How it is coloured.
    pub fn role(self) -> Role {
        match self {
            Verb::Create => Role::Create,
            Verb::Alter => Role::Alter,
            Verb::Drop => Role::Drop,
            Verb::Recreate => Role::Recreate,
            Verb::Rename => Role::Rename,
        }
    }

    /// The verb of a step, from the code of its change kind: `drop_column` drops.
    pub fn of_code(code: &str) -> Self {
        let first = code.split(['_', '-']).next().unwrap_or_default();
        match first {
            "create" | "add" => Verb::Create,
            "drop" => Verb::Drop,
            "rename" => Verb::Rename,
            "recreate" => Verb::Recreate,
            _ => Verb::Alter,
        }
    }
}

/// One difference inside an object; `old` or `new` is missing where the thing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DetailLine {
    /// What differs: `type`, `default`, `column email`. May be empty.
    pub what: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// A change as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeView {
    /// What happens.
    pub verb: Verb,
    /// To what.
    pub object: ObjectId,
    /// The change kind: `set_not_null`.
    pub code: String,
    /// Why it is part of this difference, where the files do not ask for it themselves: `uses public.t.a`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What differs.
    pub lines: Vec<DetailLine>,
    /// The old and the new text of a view or function, shown as a line diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_diff: Option<(String, String)>,
    /// The file and line that ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}
