//! COMMENT ON.

use super::{Change, Context, build};
use crate::sql;
use crate::step::{Fact, Lock, Phase, Step};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_comment: a comment differs.

COMMENT ON, a catalog change in expand, under a lock that readers and writers do not notice.
Undo: the former comment.";

/// A comment changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetComment;

impl SetComment {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let Some(up) = sql::comment(new, new.comment.as_deref()) else {
            return Vec::new();
        };
        let down = sql::comment(old, old.comment.as_deref()).into_iter().collect();
        let title = match &new.comment {
            Some(_) => format!("Comment on {}", new.title()),
            None => format!("Remove the comment on {}", new.title()),
        };
        let mut step = build::alter(&new.id, change.code(), Phase::Expand, title, vec![up], down);
        step.needs.push(Fact::Exists(new.id.clone()));
        step.gives.clear();
        step.locks = build::locks(context, &new.id, Lock::ShareUpdateExclusive);
        vec![step]
    }
}
