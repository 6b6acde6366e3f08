//! Drop an object and make it again, in one transaction.

use super::{Change, Context, beside, build, carrying, restoring};
use crate::model::{Body, Kind, Object};
use crate::sql;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, LockOn, Lock, Phase, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
redefine: an object has to be dropped and made again.

Either PostgreSQL has no ALTER for the difference (a view whose columns change, a function with another result, a
trigger), or something that it stands on is replaced under it (a view over a column that changes its type).
Both halves, and those of everything that depends on the object, are one transaction in contract: no other session
ever sees the object missing. Owner, privileges, comment, options, triggers and rules come back with it.
A materialized view that is not small, or reads what is not small, is built and filled beside the old one in expand with its
indexes; contract fills it again, swaps the names in one short transaction together with what stands on it, and drops the old
one. It is done in place where what it reads is itself made anew in that transaction.
Undo: the former object comes back the same way.";

/// An object is dropped and made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redefine {
    /// The transaction that it shares with whatever causes it.
    pub unit: String,
    /// A materialized view is built beside the old one, its indexes with it; then an index has no steps of its own.
    pub beside: bool,
}

impl Redefine {
    /// Two steps of one unit.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        if self.beside {
            return match &new.body {
                Body::MaterializedView(_) => beside::steps(context, change.code(), &self.unit, old, new),
                _ => Vec::new(),
            };
        }
        let id = &old.id;
        // Both halves are one transaction; in a unit with others they wait for whatever makes them necessary.
        let alone = self.unit == format!("recreate {}", id.label());
        let phase = if alone && loosens(old, new) { Phase::Expand } else { Phase::Contract };
        let mut drop = build::drop(context, old, change.code(), phase);
        drop.undo = Undo::statements(sql::create(&restoring(old), context.from));
        drop.done_when = DoneWhen::Repeatable;
        drop.unit = Some(self.unit.clone());
        let mut create = build::create(context, &carrying(new, old), change.code(), phase);
        create.title = format!("Create {} anew", new.title());
        create.needs.push(Fact::Gone(id.clone()));
        create.gives.push(Fact::Changed(id.clone()));
        create.done_when = match sql::turned_into(old, new) {
            Some(condition) => DoneWhen::Holds(condition),
            None => DoneWhen::Repeatable,
        };
        create.unit = Some(self.unit.clone());
        cost(context, old, new, &mut create);
        vec![drop, create]
    }
}

/// Of what is redefined only things that nobody's code names may change early.
fn loosens(_old: &Object, new: &Object) -> bool {
    matches!(new.id.kind, Kind::Trigger | Kind::Statistics)
}

fn cost(context: &Context, _old: &Object, new: &Object, step: &mut Step) {
    let relation = match &new.body {
        Body::Index(index) => index.table.clone(),
        Body::Constraint(_) => new.id.relation(),
        Body::MaterializedView(_) => {
            step.action_note();
            return;
        }
        _ => return,
    };
    if context.is_new(&relation) {
        return;
    }
    step.locks.push(LockOn {
        lock: Lock::AccessExclusive,
        relation: relation.clone(),
    });
    if context.is_small(&relation) {
        step.preconditions.extend(context.size_gate(&relation));
        return;
    }
    step.cost = Cost::BuildsIndex(relation.clone());
    step.hazards.push(build::hazard(
        HazardCode::BuildsIndex,
        Verdict::Stop,
        &new.id,
        format!("{} is built anew while `{relation}` is locked", new.id),
    ));
}

impl Step {
    /// A materialized view is filled again when it is made again.
    fn action_note(&mut self) {
        if let Action::Statements(_) = self.up {
            self.title.push_str(" and fill it");
        }
    }
}
