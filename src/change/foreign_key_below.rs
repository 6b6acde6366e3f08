//! A foreign key of a partitioned table on servers that refuse NOT VALID there (before 18).
//!
//! The table it refers to may be partitioned too, or the same one: what the partitions' own refer to is that whole table.

use super::adoption::Adoption;
use super::partition_tree::{that_stay, tree};
use super::{Change, Context};
use crate::model::{Constraint, Ident, Kind, Object, ObjectId, QualifiedName, Reference};
use crate::sql::own_name::{SHADOW, shadow_name};
use crate::sql::{self, alter, probe};
use crate::step::{Cost, Lock, LockOn, Step, TimeoutClass};

/// Each partition that holds rows gets the foreign key NOT VALID under a name of ours and has it proven; the parent's then
/// adopts them and reads no row. None where a partition has another constraint of that name: those take the plain form.
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
    if leaves.is_empty() || leaves.iter().any(taken) {
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

/// The tables whose triggers become those of the adopting key: the referenced one, and its partitions, as they are before the plan.
pub(super) fn referenced(context: &Context, reference: &Reference) -> Vec<QualifiedName> {
    let mut all = tree(context.from, &reference.table);
    all.retain(|table| context.is_there(table));
    all
}

/// Those of the tables that are not among the others yet come behind them.
pub(super) fn extend(tables: &mut Vec<QualifiedName>, more: Vec<QualifiedName>) {
    for table in more {
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
}

/// The name of the partitions' own before they are adopted: one of ours.
fn aside(own: &Ident) -> Ident {
    match own.as_str().starts_with(SHADOW) {
        true => own.clone(),
        false => shadow_name(own),
    }
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
        let name = aside(own);
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

    /// The parent's takes AX on the referenced table, where the triggers of the partitions' own become its. Locked are the tables
    /// above before those below, as every write does.
    fn adoption(&self, leaves: &[QualifiedName], inner: Vec<QualifiedName>) -> Step {
        let id = &self.to.object.id;
        let (table, name) = (id.relation(), aside(&id.name));
        let mut locked = [inner, leaves.to_vec()].concat();
        extend(&mut locked, referenced(self.context, self.reference));
        let mut up = vec![
            alter::lock_tables(&locked),
            alter::add_constraint(&table, &id.name, &self.constraint.definition, false),
        ];
        let renamed = leaves.iter().filter(|_| name != id.name);
        up.extend(renamed.map(|leaf| alter::rename_constraint(leaf, &name, &id.name)));
        up.extend(sql::comments(self.to.object));
        let mut step = self.to.adopt(up);
        let locks = locked.into_iter().map(|relation| LockOn {
            lock: Lock::AccessExclusive,
            relation,
        });
        step.locks = locks.collect();
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
