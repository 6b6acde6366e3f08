//! Functions, procedures and aggregates.

use super::{Stmt, qualified};
use crate::model::{Aggregate, Function, Object, RoutineKind};

/// `FUNCTION` or `PROCEDURE`.
pub(super) fn word(body: &Function) -> &'static str {
    match body.routine {
        RoutineKind::Procedure => "PROCEDURE",
        RoutineKind::Function | RoutineKind::Window => "FUNCTION",
    }
}

/// What DROP and GRANT call a routine's arguments. Without their modes a procedure can be taken for another one, whose
/// OUT arguments make up for the rest.
pub(super) fn signature(object: &Object, body: &Function) -> String {
    if body.routine != RoutineKind::Procedure {
        return object.id.args.to_string();
    }
    super::write::join(body.arguments.iter().map(|argument| {
        let mode = argument.mode.to_ascii_uppercase();
        format!("{mode} {}", argument.data_type)
    }))
}

/// What an aggregate is called in DROP AGGREGATE: its arguments, with ORDER BY for ordered-set ones.
pub(super) fn aggregate_signature(body: &Aggregate) -> &str {
    if body.arguments.is_empty() {
        "*"
    } else {
        &body.arguments
    }
}

/// The server's whole CREATE OR REPLACE statement.
pub(super) fn create_function(body: &Function) -> Vec<Stmt> {
    vec![Stmt::new(&body.definition)]
}

pub(super) fn create_aggregate(object: &Object, body: &Aggregate) -> Vec<Stmt> {
    let parameters: Vec<String> = body
        .parameters
        .iter()
        .map(|(name, value)| {
            if value.is_empty() {
                name.clone()
            } else {
                format!("{name} = {value}")
            }
        })
        .collect();
    vec![Stmt::new(format!(
        "CREATE AGGREGATE {}({}) (\n    {}\n)",
        qualified(&object.id.qualified()),
        aggregate_signature(body),
        parameters.join(",\n    ")
    ))]
}
