//! A foreign key of a partitioned table on servers that refuse NOT VALID there (before 18).

use super::adoption::Adoption;
use super::partition_tree::that_stay;
use super::{Change, Context};
use crate::model::{Constraint, Kind, Object, ObjectId, QualifiedName, Reference};
use crate::sql::own_name::shadow_name;
use crate::sql::{self, alter, probe};
use crate::step::{Cost, Lock, LockOn, Step, TimeoutClass};

/// Each partition that holds rows gets the foreign key NOT VALID under a name of ours and has it proven; the parent's then
/// adopts them and reads no row. None where the referenced table is partitioned itself, or where a partition has another
/// constraint of that name: those take the plain form.
pub fn steps(
    change: &Change,
    context: &Context,
    object: &Object,
    constraint: &Constraint,
    reference: &Reference,
) -> Option<Vec<Step>> {
    let table = object.id.relation();
    let (leaves, inner) = that_stay(context, &table);
    let taken = |leaf: &QualifiedName| {
        let own = ObjectId::part(Kind::Constraint, leaf, &object.id.name);
        context.old(&own).is_some() || context.new_of(&own).is_some()
    };
    let referenced = Context::table(context.to, &reference.table)?;
    if referenced.partition_key.is_some() || leaves.is_empty() || leaves.iter().any(taken) {
        return None;
    }
    let below = Below {
        to: Adoption {
            change,
            context,
            object,
        },
        context,
        constraint,
        reference,
    };
    let of_leaves = leaves.iter().flat_map(|leaf| below.of_leaf(leaf)).collect();
    Some(below.to.behind(of_leaves, below.adoption(&leaves, inner)))
}

struct Below<'a> {
    to: Adoption<'a>,
    context: &'a Context<'a>,
    constraint: &'a Constraint,
    reference: &'a Reference,
}

impl Below<'_> {
    fn of_leaf(&self, leaf: &QualifiedName) -> [Step; 2] {
        let own = &self.to.object.id.name;
        let name = shadow_name(own);
        let mut add = self.to.below(
            format!("Add {own} to {leaf}, NOT VALID"),
            alter::add_constraint(leaf, &name, &self.constraint.definition, true),
            vec![sql::sync::drop_constraint_if_there(leaf, &name)],
            &probe::constraint(leaf, &name),
        );
        add.locks = self.both(Lock::ShareRowExclusive, leaf);
        let mut proof = self.to.below(
            format!("Validate {own} of {leaf}"),
            alter::validate_constraint(leaf, &name),
            Vec::new(),
            &probe::validated(leaf, &name),
        );
        proof.locks = vec![LockOn {
            lock: Lock::ShareUpdateExclusive,
            relation: leaf.clone(),
        }];
        if !self.context.is_new(&self.reference.table) {
            proof.locks.push(LockOn {
                lock: Lock::RowShare,
                relation: self.reference.table.clone(),
            });
        }
        proof.timeout = TimeoutClass::Long;
        proof.cost = Cost::Scans(leaf.clone());
        [add, proof]
    }

    /// The parent's takes AX on the referenced table, where the triggers of the partitions' own become its.
    fn adoption(&self, leaves: &[QualifiedName], inner: Vec<QualifiedName>) -> Step {
        let id = &self.to.object.id;
        let (table, name) = (id.relation(), shadow_name(&id.name));
        let locked: Vec<QualifiedName> = leaves.iter().chain([&self.reference.table]).cloned().collect();
        let mut up = vec![
            alter::lock_tables(&locked),
            alter::add_constraint(&table, &id.name, &self.constraint.definition, false),
        ];
        up.extend(
            leaves
                .iter()
                .map(|leaf| alter::rename_constraint(leaf, &name, &id.name)),
        );
        up.extend(sql::comments(self.to.object));
        let mut step = self.to.adopt(up);
        let on = |lock: Lock| move |relation: QualifiedName| LockOn { lock, relation };
        let shared = inner.into_iter().map(on(Lock::ShareRowExclusive));
        step.locks = locked
            .into_iter()
            .map(on(Lock::AccessExclusive))
            .chain(shared)
            .collect();
        step.locks.sort();
        step
    }

    fn both(&self, lock: Lock, leaf: &QualifiedName) -> Vec<LockOn> {
        let tables = [leaf, &self.reference.table].into_iter();
        let there = tables.filter(|table| !self.context.is_new(table));
        let mut locks: Vec<LockOn> = there
            .map(|table| LockOn {
                lock,
                relation: table.clone(),
            })
            .collect();
        locks.sort();
        locks
    }
}
