//! Validate a constraint that is NOT VALID.

use super::{Change, Context, add_check, build};
use crate::model::{Body, Object};
use crate::sql::{self, Stmt};
use crate::step::{Fact, Phase, Step, Undo};

/// The manual of this change kind.
pub const MANUAL: &str = "\
validate_constraint: a constraint is NOT VALID, and the files want it proven, or the other way round.

VALIDATE reads the rows under a lock that hurts nobody, in migrate. A proven constraint is never made NOT VALID again
by itself: where the files say so, it is dropped and added.
Undo: the constraint is dropped and added NOT VALID.";

/// A constraint is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidateConstraint;

impl ValidateConstraint {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Constraint(before), Body::Constraint(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let id = &new.id;
        let table = id.relation();
        let again = |described: &Object, definition: &str, not_valid: bool| -> Vec<Stmt> {
            let mut statements = vec![
                sql::alter::drop_constraint(&table, &id.name),
                sql::alter::add_constraint(&table, &id.name, definition, not_valid),
            ];
            statements.extend(sql::comments(described));
            statements
        };
        if after.validated {
            let mut step = add_check::validate(change.code(), context, new);
            // Another comment comes behind the proof, and is taken back before it.
            step.undo = Undo::statements(again(old, &before.definition, true));
            step.gives.push(Fact::Exists(id.clone()));
            return vec![step];
        }
        let mut step = build::alter(
            id,
            change.code(),
            Phase::Contract,
            format!("Make {} of {table} NOT VALID", id.name),
            again(new, &after.definition, true),
            again(new, &before.definition, false),
        );
        step.locks = build::locks(context, id, crate::step::Lock::AccessExclusive);
        vec![step]
    }
}
