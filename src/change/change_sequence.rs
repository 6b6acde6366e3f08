//! Parameters and ownership of a sequence.

use super::{Change, Context, build};
use crate::model::{Body, Sequence};
use crate::sql;
use crate::step::{Fact, Lock, Phase, Step};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_sequence: a sequence's type, bounds, step, cache, cycle, persistence or owner column differ.

ALTER SEQUENCE in expand, before a column that it feeds is widened. Its position is data and stays; only where it lies
outside of the new bounds does it go to the new start.
Undo: the former parameters, with the position treated likewise.";

/// A sequence changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSequence;

impl ChangeSequence {
    /// One step for parameters, one for the owner.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Sequence(before), Body::Sequence(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let id = &new.id;
        let options = |from: &Sequence, to: &Sequence| sql::alter_sequence(&id.qualified(), &from.options, &to.options);
        let mut steps = Vec::new();
        if before.options != after.options {
            let title = format!("Change parameters of {id}");
            let (up, down) = (vec![options(before, after)], vec![options(after, before)]);
            let mut step = build::alter(id, change.code(), Phase::Expand, title, up, down);
            step.locks = build::locks(context, id, Lock::ShareRowExclusive);
            step.gives.push(Fact::Exists(id.clone()));
            steps.push(step);
        }
        if before.unlogged != after.unlogged {
            let logged = |body: &Sequence| {
                vec![sql::sequence_persistence(&id.qualified(), body.unlogged)]
            };
            let title = format!("Change the persistence of {id}");
            let mut step = build::alter(id, change.code(), Phase::Expand, title, logged(after), logged(before));
            step.locks = build::locks(context, id, Lock::AccessExclusive);
            steps.push(step);
        }
        if before.owned_by != after.owned_by {
            steps.push(owner_step(change, context, old, new, before, after));
        }
        steps
    }
}

fn owner_step(
    change: &Change,
    context: &Context,
    old: &crate::model::Object,
    new: &crate::model::Object,
    before: &Sequence,
    after: &Sequence,
) -> Step {
    let id = &new.id;
    let mut step = build::alter(
        id,
        change.code(),
        Phase::Expand,
        format!("Change the owner column of {id}"),
        vec![sql::sequence_owned_by(new, after)],
        vec![sql::sequence_owned_by(old, before)],
    );
    if let Some((table, column)) = &after.owned_by {
        let owner = crate::model::ObjectId::part(crate::model::Kind::Column, table, column);
        step.needs.push(Fact::Exists(owner));
    }
    step.locks = build::locks(context, id, Lock::ShareRowExclusive);
    step
}
