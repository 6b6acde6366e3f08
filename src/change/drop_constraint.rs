//! Drop a constraint.

use super::{Change, Context, add_key::swapped_primary_key, build, drop_column};
use super::exchange_type::becomes_another;
use super::partition_tree::leaving;
use crate::model::{Body, Constraint, ConstraintKind, Ident, Kind, Object, ObjectId};
use crate::step::{Action, Advice, Code, Fact, HazardCode, Lock, LockOn, Moment, Phase, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_constraint: a constraint of the table is not in the files.

A foreign key or CHECK is dropped in expand, so that new code's writes are not rejected, each in a transaction of its
own: a foreign key locks both of its tables. A key or EXCLUDE is dropped in contract, because old code's
ON CONFLICT and its reads rely on it.
Undo: the constraint comes back by its plain statement, which fails where rows violate it by then.";

/// A constraint goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropConstraint;

impl DropConstraint {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.old(&change.object) else {
            return Vec::new();
        };
        // What a former parent has left behind comes back before the table goes back to that parent.
        let mut own = object.clone();
        if let Body::Constraint(body) = &mut own.body {
            body.inherited = false;
        }
        let object = &own;
        let Body::Constraint(constraint) = &object.body else {
            return Vec::new();
        };
        let id = &object.id;
        let table = id.relation();
        let loosens = matches!(constraint.kind, ConstraintKind::ForeignKey | ConstraintKind::Check)
            && !context.is_going(&table);
        let phase = if loosens { Phase::Expand } else { Phase::Contract };
        let mut step = build::drop(context, object, change.code(), phase);
        step.title = format!("Drop {} of {table}", id.name);
        if constraint.kind == ConstraintKind::Check {
            // A child that goes back to its parent has to have all that the parent has by then.
            step.needs.extend(leaving(context, &table).into_iter().map(Fact::Named));
        }
        if let Some((_, unit)) = swapped_primary_key(context, &table).filter(|(old, _)| old == id) {
            step.unit = Some(unit);
        }
        if let (Some(index), Undo::Run { action: Action::Statements(statements), .. }) =
            (&constraint.index, &mut step.undo)
        {
            statements.extend(super::partition_name::below(index, id, context.from));
        }
        if let Some(reference) = &constraint.references
            && reference.table != table
        {
            step.locks.push(LockOn { lock: Lock::AccessExclusive, relation: reference.table.clone() });
        }
        if !context.is_going(&table) && context.new_of(id).is_none() {
            step.application.push(Advice::new(Moment::After, Code::New, "may write what", id).behind(" forbids today"));
        }
        if !loosens && constraint.kind != ConstraintKind::ForeignKey && !context.is_going(&table) {
            step.hazards.push(build::hazard(
                HazardCode::BreaksClients,
                Verdict::Warn,
                id,
                format!("INSERT … ON CONFLICT on the columns of {} fails from here on", id.name),
            ));
        }
        if !context.is_going(&table) {
            step.needs.extend(drop_column::archived_by(context, id).cloned().map(Fact::Gone));
        }
        step.needs.extend(successors(context, object, constraint).into_iter().map(Fact::Exists));
        vec![step]
    }
}

/// Keys over the same columns that come with the plan: the old one goes behind them, so that no duplicate slips in between. One over
/// a type that is made anew goes before that.
fn successors(context: &Context, object: &Object, key: &Constraint) -> Vec<ObjectId> {
    if object.depends_on.iter().any(|used| becomes_another(context.from, context.to, used)) {
        return Vec::new();
    }
    let same = |columns: &[Ident]| {
        key.index.is_some() && columns.len() == key.columns.len() && columns.iter().all(|name| key.columns.contains(name))
    };
    let from = context.from;
    let parts = context.to.parts(Kind::Constraint, &object.id.relation());
    parts
        .filter(|other| match &other.body {
            Body::Constraint(body) => {
                let was = matches!(from.get(&other.id).map(|old| &old.body), Some(Body::Constraint(old)) if same(&old.columns));
                let both_primary = key.kind == ConstraintKind::PrimaryKey && body.kind == ConstraintKind::PrimaryKey;
                body.index.is_some() && same(&body.columns) && !was && !both_primary
            }
            _ => false,
        })
        .map(|other| other.id.clone())
        .collect()
}
