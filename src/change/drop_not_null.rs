//! DROP NOT NULL.

use super::{Change, Context, build};
use crate::sql;
use crate::step::{DoneWhen, HazardCode, Lock, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_not_null: a column may be NULL.

A catalog change in expand, so that new code may leave it out; readers that trust in a value should be ready first.
Undo: SET NOT NULL, which fails where NULLs have been written meanwhile.";

/// A column may be NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropNotNull;

impl DropNotNull {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.relation();
        let mut step = build::alter(
            id,
            change.code(),
            Phase::Expand,
            format!("Allow NULL in {}", id.label()),
            vec![sql::alter::drop_not_null(&table, &id.name)],
            vec![sql::alter::set_not_null(&table, &id.name)],
        );
        step.done_when = DoneWhen::Holds(sql::probe::column_where(&table, &id.name, "NOT a.attnotnull"));
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        step.hazards.push(build::hazard(
            HazardCode::BreaksClients,
            Verdict::Warn,
            id,
            format!("readers of {} may meet NULL", id.label()),
        ));
        vec![step]
    }
}
