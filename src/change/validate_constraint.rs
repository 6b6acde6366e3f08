//! Validate a constraint that is NOT VALID.

use super::{Change, Context, add_check, build};
use crate::model::{Body, Catalog, Constraint, Object, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Fact, Phase, Step, Undo};

/// The manual of this change kind.
pub const MANUAL: &str = "\
validate_constraint: a constraint is NOT VALID, and the files want it proven, or the other way round.

VALIDATE reads the rows under a lock that hurts nobody, in migrate. A proven constraint is never made NOT VALID again
by itself: where the files say so, it is dropped and added. A CHECK of a partitioned table may stay NOT VALID while it is
proven in some partitions, as in those that came after it: each of them is read by itself, and a proof that is there stays.
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
        let unproven = |described: &Object, body: &Constraint| {
            let mut statements = again(described, &body.definition, true);
            statements.extend(
                body.proven_in
                    .iter()
                    .map(|partition| sql::alter::validate_constraint(partition, &id.name)),
            );
            statements
        };
        if after.validated {
            let mut step = add_check::validate(change.code(), context, new);
            // Another comment comes behind the proof, and is taken back before it.
            step.undo = Undo::statements(unproven(old, before));
            step.gives.push(Fact::Exists(id.clone()));
            return vec![step];
        }
        if !before.validated {
            let more = more_proofs(context.from, context.to, before, after);
            let mut steps = add_check::validate_in(change.code(), new, &more);
            if let Some(first) = steps.first_mut() {
                first.undo = Undo::statements(unproven(old, before));
                first.gives.push(Fact::Exists(id.clone()));
            }
            return steps;
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
        let mut steps = vec![step];
        steps.extend(add_check::validate_in(change.code(), new, &after.proven_in).into_iter().map(|mut step| {
            step.phase = Phase::Contract;
            step
        }));
        steps
    }
}

/// The partitions that are there and in which a CHECK, NOT VALID as a whole, is to be proven and is not.
pub fn more_proofs(from: &Catalog, to: &Catalog, old: &Constraint, new: &Constraint) -> Vec<QualifiedName> {
    let place = |catalog: &Catalog, table: &QualifiedName| {
        let body = Context::table(catalog, table)?;
        Some(body.partition_of.as_ref()?.parent.clone())
    };
    let more = new.proven_in.iter().filter(|partition| {
        let stays = place(from, partition);
        !old.proven_in.contains(partition) && stays.is_some() && stays == place(to, partition)
    });
    more.cloned().collect()
}
