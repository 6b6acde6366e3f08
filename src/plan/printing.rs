//! Statements in words that the server prints as it has printed those of the files.

use crate::model::Catalog;
use crate::sql::{self, Stmt, as_first_printed, in_first_words, nested::Words};
use crate::step::{Action, DoneWhen, Step, Undo};
use std::collections::BTreeSet;

/// Puts the words of the files into what a step runs, those of the catalog as it is into its undo, and both ways of printing into
/// the condition that says whether it is done.
pub fn as_printed(steps: &mut [Step], from: &Catalog, to: &Catalog) {
    let (old, new) = (&from.first_printed.0, &to.first_printed.0);
    if old.is_empty() && new.is_empty() {
        return;
    }
    let both: BTreeSet<String> = old.union(new).cloned().collect();
    let [before, after, either] = [old, new, &both].map(|lists| sql::words_of(lists.iter()));
    for step in steps {
        in_words(&mut step.up, new, &after);
        match &mut step.undo {
            Undo::Nothing => {}
            Undo::Run { action, .. } | Undo::Lossy { action, .. } => in_words(action, old, &before),
        }
        if let DoneWhen::Holds(condition) = &mut step.done_when {
            // Lists in lists are known by the stable spelling of what is in them.
            if let Some(first) = sql::nested::as_printed(condition, &either) {
                *condition = first;
            }
            if let Some(first) = as_first_printed(condition, &both) {
                *condition = first;
            }
            if let Some(first) = sql::unnamed::as_unnamed(condition, &both) {
                *condition = first;
            }
        }
    }
}

fn in_words(action: &mut Action, first: &BTreeSet<String>, nested: &Words) {
    match action {
        Action::Statements(statements) => {
            for statement in statements {
                if let Some(words) = sql::nested::in_words(statement.as_str(), nested) {
                    *statement = Stmt::new(words);
                }
                if let Some(words) = in_first_words(statement.as_str(), first) {
                    *statement = Stmt::new(words);
                }
                if let Some(words) = sql::unnamed::in_bare_words(statement.as_str(), first) {
                    *statement = Stmt::new(words);
                }
            }
        }
        Action::Sequence(actions) => actions
            .iter_mut()
            .for_each(|action| in_words(action, first, nested)),
        Action::Batches(_) | Action::Verify(_) => {}
    }
}
