//! What a step runs: statements, or batches over a key.

use crate::model::{Ident, QualifiedName, TypeName};
use crate::sql::Stmt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a step (or its undo) runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Statements in order; one transaction unless the step's `transaction` says otherwise.
    Statements(Vec<Stmt>),
    /// The same statements for one key range after another, each range one transaction.
    Batches(Batch),
    /// A count over key ranges that must be 0 in sum; reads only.
    Verify(Batch),
    /// Several actions one after another (an undo that adds a column, fills it in batches and proves it).
    Sequence(Vec<Action>),
}

impl Action {
    /// An action of one statement.
    pub fn one(statement: Stmt) -> Self {
        Action::Statements(vec![statement])
    }

    /// True where nothing runs.
    pub fn is_empty(&self) -> bool {
        match self {
            Action::Statements(statements) => statements.is_empty(),
            Action::Sequence(actions) => actions.iter().all(Action::is_empty),
            Action::Batches(_) | Action::Verify(_) => false,
        }
    }

    /// The SQL of all that runs, in order; of a batch what stands before and behind its condition.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Action::Statements(statements) => statements.iter().map(Stmt::as_str).collect(),
            Action::Batches(batch) | Action::Verify(batch) => batch
                .statements
                .iter()
                .flat_map(|each| [each.before.as_str(), each.after.as_str()])
                .collect(),
            Action::Sequence(actions) => actions.iter().flat_map(Action::texts).collect(),
        }
    }
}

/// A column of the key that batches walk along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyColumn {
    /// Its name.
    pub name: Ident,
    /// Its type, for casting the bounds.
    pub data_type: TypeName,
}

/// What batches walk along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The columns of a unique, NOT NULL key.
    Columns(Vec<KeyColumn>),
    /// No usable key: ranges of pages by `ctid`.
    Pages,
}

/// A statement with a hole where the range condition of the batch goes.
///
/// The range condition is `(q.id) > ($lo) AND (q.id) <= ($hi)` with `q` = `qualifier`; it is always one bracketed condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchStatement {
    /// The text before the condition: `UPDATE public.t SET c = a + 1 WHERE `.
    pub before: String,
    /// What the key columns are qualified with; empty for nothing.
    #[serde(default)]
    pub qualifier: String,
    /// The text behind it: ` AND c IS NULL`.
    pub after: String,
}

impl BatchStatement {
    /// The whole statement for a range condition.
    pub fn with_range(&self, condition: &str) -> String {
        format!("{}{}{}", self.before, condition, self.after)
    }
}

/// Work over the rows of a table in key ranges, the upper bound frozen at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    /// The table walked along.
    pub table: QualifiedName,
    /// By which key.
    pub key: Key,
    /// What runs for each range, in one transaction. For `Verify` one SELECT that returns a count.
    pub statements: Vec<BatchStatement>,
    /// For `Verify`: what a count other than 0 means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub otherwise: String,
}

/// What takes a step back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Nothing needs to be done (a verify, a batch whose column goes with the undo of its ADD).
    Nothing,
    /// This, under the step's own transaction mode unless it says otherwise.
    Run {
        /// What runs.
        action: Action,
        /// True where the action cannot be in a transaction (DROP INDEX CONCURRENTLY).
        #[serde(default)]
        outside_transaction: bool,
    },
    /// The former state cannot be brought back; the structure is restored by `action`, and this is what is lost.
    Lossy {
        /// What runs.
        action: Action,
        /// What does not come back, and why.
        reason: String,
    },
}

impl Undo {
    /// A transactional undo of these statements.
    pub fn statements(statements: Vec<Stmt>) -> Self {
        if statements.is_empty() {
            return Undo::Nothing;
        }
        Undo::Run {
            action: Action::Statements(statements),
            outside_transaction: false,
        }
    }
}
