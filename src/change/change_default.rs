//! SET DEFAULT and DROP DEFAULT.

use super::{Change, Context, build, rebuild_enum};
use crate::model::{Body, Expr, Object};
use crate::sql;
use crate::step::{Fact, Lock, Phase, Step};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_default: a column's default differs.

A catalog change that holds for new rows only. A default is set in expand; it is dropped in contract, because old code
may leave the column out and rely on it.
Undo: the former default.";

/// A default changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeDefault {
    /// As it is.
    pub old: Option<Expr>,
    /// As desired.
    pub new: Option<Expr>,
}

impl ChangeDefault {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        if rebuild_enum::takes_default_over(context, id) {
            return Vec::new();
        }
        let table = id.relation();
        let phase = if self.new.is_some() { Phase::Expand } else { Phase::Contract };
        let title = match &self.new {
            Some(new) => format!("Set the default of {} to {new}", id.label()),
            None => format!("Drop the default of {}", id.label()),
        };
        let mut step = build::alter(
            id,
            change.code(),
            phase,
            title,
            vec![sql::alter::default(&table, &id.name, self.new.as_ref())],
            vec![sql::alter::default(&table, &id.name, self.old.as_ref())],
        );
        let has_identity = |object: Option<&Object>| matches!(object.map(|object| &object.body), Some(Body::Column(column)) if column.identity.is_some());
        if has_identity(context.old(id)) && !has_identity(context.new_of(id)) {
            step.needs.push(Fact::Named(id.clone()));
        }
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        vec![step]
    }
}
