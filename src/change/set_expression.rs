//! The expression of a stored generated column, on servers that can replace it.

use super::{Change, Context, build};
use crate::model::Generated;
use crate::sql::{self, Stmt};
use crate::step::{Cost, DoneWhen, HazardCode, Lock, Phase, Step};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_expression: the expression of a stored generated column differs (PostgreSQL 17 and later).

SET EXPRESSION in contract. What stands on the column stays: indexes, keys, views, privileges. Every row gets its new
value under ACCESS EXCLUSIVE, so above the size gate it is refused. Each child table is set by itself, as it may have an
expression of its own.
Undo: the former expression.";

/// The expression changes in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetExpression {
    /// As it is.
    pub old: Generated,
    /// As desired.
    pub new: Generated,
}

impl SetExpression {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.relation();
        let set = |to: &Generated| -> Vec<Stmt> {
            vec![sql::alter::set_expression(&table, &id.name, &to.expression)]
        };
        let title = format!("Set the expression of {}", id.label());
        let mut step = build::alter(id, change.code(), Phase::Contract, title, set(&self.new), set(&self.old));
        step.done_when = DoneWhen::Holds(sql::probe::column_expression(&table, &id.name, &self.new));
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        step.cost = Cost::Rewrites(table.clone());
        let message = format!("`{table}` is written anew under ACCESS EXCLUSIVE");
        build::up_to_the_gate(&mut step, context, &table, HazardCode::NoSafeForm, message);
        vec![step]
    }
}
