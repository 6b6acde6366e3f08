//! COMMENT ON.

use super::{Change, Context, build};
use crate::sql;
use crate::step::{DoneWhen, Fact, Lock, Phase, Step};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_comment: a comment differs.

COMMENT ON, a catalog change in expand, under a lock that readers and writers do not notice.
Undo: the former comment.";

/// A comment changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetComment {
    /// On the sequence of an identity column, and not on the column.
    pub of_numbers: bool,
}

impl SetComment {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let (Some(old), Some(new)) = (context.old(id), context.new_of(id)) else {
            return Vec::new();
        };
        let (of_old, of_new) = match self.of_numbers {
            true => (context.numbers(context.from, old), context.numbers(context.to, new)),
            false => (None, None),
        };
        let (old, new) = (of_old.as_ref().unwrap_or(old), of_new.as_ref().unwrap_or(new));
        if !self.of_numbers && sql::address(old) != sql::address(new) {
            // A procedure in a function's place: either comes with its comment when it is made anew.
            return Vec::new();
        }
        let Some(up) = sql::comment(new, new.comment.as_deref()) else {
            return Vec::new();
        };
        // The sequence is renamed before, and bears that name until the comment is taken back.
        let down = sql::comment(new, old.comment.as_deref()).into_iter().collect();
        let title = match &new.comment {
            Some(_) => format!("Comment on {}", new.title()),
            None => format!("Remove the comment on {}", new.title()),
        };
        let mut step = build::alter(id, change.code(), Phase::Expand, title, vec![up], down);
        step.needs.push(Fact::Exists(id.clone()));
        step.gives.clear();
        if self.of_numbers {
            // The name goes when the sequence is renamed back.
            let said = new.comment.as_deref().map_or("NULL".to_owned(), sql::literal);
            step.done_when = DoneWhen::Holds(sql::probe::comment(&new.id.qualified(), &said));
        }
        step.locks = match self.of_numbers {
            true => Vec::new(),
            false => build::locks(context, id, Lock::ShareUpdateExclusive),
        };
        vec![step]
    }
}
