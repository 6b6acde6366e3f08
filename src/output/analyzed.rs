//! ANALYZE behind what a script takes back.

use crate::sql::{self, Stmt, script};
use crate::step::Action;

/// An undo without its ANALYZE, which stands behind it, in no transaction with it, and may be repeated.
pub(super) fn without_analyze(action: &Action, found: &mut Vec<Stmt>) -> Action {
    match action {
        Action::Statements(statements) => {
            let (analyzes, others): (Vec<Stmt>, Vec<Stmt>) =
                statements.iter().cloned().partition(sql::analyzes);
            found.extend(analyzes);
            Action::Statements(others)
        }
        Action::Sequence(actions) => {
            let mut left: Vec<Action> = actions.iter().map(|each| without_analyze(each, found)).collect();
            left.retain(|each| !matches!(each, Action::Statements(statements) if statements.is_empty()));
            match left.len() {
                1 => left.remove(0),
                _ => Action::Sequence(left),
            }
        }
        Action::Batches(_) | Action::Verify(_) => action.clone(),
    }
}

/// The same as it stands in a script.
pub(super) fn analyzed(analyzes: &[Stmt]) -> Vec<String> {
    let lines: Vec<String> = analyzes.iter().filter_map(script::analyze_where_there).collect();
    match lines.is_empty() {
        true => Vec::new(),
        false => {
            let block = script::do_block(&lines);
            vec![script::PATIENT.to_owned(), block, script::IMPATIENT.to_owned()]
        }
    }
}
