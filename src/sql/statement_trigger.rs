//! A function that sees every statement which writes a table, with the rows before and behind it.

use super::{Stmt, qualified};
use crate::model::QualifiedName;

/// What the trigger is called by, when it fires, and the rows that its function sees.
const EVENTS: [(&str, &str, &str); 4] = [
    ("i", "INSERT", " REFERENCING NEW TABLE AS new_rows"),
    (
        "u",
        "UPDATE",
        " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    ),
    ("d", "DELETE", " REFERENCING OLD TABLE AS old_rows"),
    ("t", "TRUNCATE", ""),
];

/// A trigger for each event; `name` quotes its name for the event's letter, `function` is quoted.
pub(super) fn create(table: &QualifiedName, function: &str, name: impl Fn(&str) -> String) -> Vec<Stmt> {
    let trigger = |(letter, event, referencing)| {
        Stmt::new(format!(
            "CREATE TRIGGER {} AFTER {event} ON {}{referencing} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
            name(letter),
            qualified(table),
        ))
    };
    EVENTS.into_iter().map(trigger).collect()
}

/// Those that are there go.
pub(super) fn drop(table: &QualifiedName, name: impl Fn(&str) -> String) -> Vec<Stmt> {
    let trigger = |(letter, ..): (&str, &str, &str)| {
        Stmt::new(format!(
            "DROP TRIGGER IF EXISTS {} ON {}",
            name(letter),
            qualified(table)
        ))
    };
    EVENTS.into_iter().map(trigger).collect()
}
