//! A key of a partitioned table, without building an index under its lock.

use super::add_key::{deferrable, is_promotable};
use super::adoption::Adoption;
use super::carry::{keeps_not_null, leave_not_null};
use super::partition_tree::that_stay;
use super::{Change, Context, build, create_index, partition_name};
use crate::model::{Body, Constraint, ConstraintKind, Ident, Index, Kind, Object, QualifiedName};
use crate::sql::own_name::shadow_name;
use crate::sql::{self, alter, probe};
use crate::step::{Action, DoneWhen, Lock, LockOn, Phase, Step, Undo};

/// Each partition that holds rows gets the key under a name of ours, its index built CONCURRENTLY; the table's key then adopts
/// them and builds nothing. None where a partition has such a key already, and on 18 for primary keys over columns that may be NULL.
pub fn steps(
    change: &Change,
    context: &Context,
    object: &Object,
    constraint: &Constraint,
    index: &Index,
) -> Option<Vec<Step>> {
    let table = object.id.relation();
    let (leaves, inner) = that_stay(context, &table);
    let primary = constraint.kind == ConstraintKind::PrimaryKey;
    // It adopts a partition's own of either sort.
    let is_like = |other: &Object| match &other.body {
        Body::Constraint(body) => {
            let both_primary = primary && body.kind == ConstraintKind::PrimaryKey;
            both_primary || body.index.is_some() && body.columns == constraint.columns
        }
        _ => false,
    };
    if keeps_not_null(context.from, context.to, object, constraint) {
        return None;
    }
    let has_own = |relation: &QualifiedName| context.from.parts(Kind::Constraint, relation).any(is_like);
    if leaves.is_empty() || !is_promotable(index) || leaves.iter().chain(&inner).any(has_own) {
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
        index,
    };
    let of_leaves = leaves.iter().flat_map(|leaf| below.of_leaf(leaf)).collect();
    let mut steps = below.to.behind(of_leaves, below.adoption(&leaves));
    steps.extend(partition_name::step(change, context, index, Phase::Migrate));
    Some(steps)
}

struct Below<'a> {
    to: Adoption<'a>,
    context: &'a Context<'a>,
    constraint: &'a Constraint,
    index: &'a Index,
}

impl Below<'_> {
    fn of_leaf(&self, leaf: &QualifiedName) -> [Step; 2] {
        let name = shadow_name(&self.own_name(leaf));
        let qualified = QualifiedName {
            schema: leaf.schema.clone(),
            name: name.clone(),
        };
        let mut twin = self.index.clone();
        twin.table = leaf.clone();
        let code = self.to.change.code();
        let mut built = create_index::concurrently(&self.to.object.id, code, Phase::Migrate, &twin, &name);
        built.done_when = DoneWhen::Holds(self.to.or_adopted(&probe::valid_index(&qualified)));
        built.undo = Undo::Run {
            action: Action::one(alter::drop_index_concurrently_if_exists(&qualified)),
            outside_transaction: true,
        };
        let primary = self.constraint.kind == ConstraintKind::PrimaryKey;
        let mut promoted = self.to.below(
            format!("Make the index {name} a constraint of {leaf}"),
            alter::add_key_using_index(leaf, &name, primary, &name, deferrable(self.constraint)),
            vec![sql::sync::drop_constraint_if_there(leaf, &name)],
            &probe::constraint(leaf, &name),
        );
        promoted.locks = vec![LockOn {
            lock: Lock::AccessExclusive,
            relation: leaf.clone(),
        }];
        [built, promoted]
    }

    fn adoption(&self, leaves: &[QualifiedName]) -> Step {
        let id = &self.to.object.id;
        let mut up = vec![alter::lock_tables(&[id.relation()])];
        up.extend(sql::create(self.to.object, self.context.to));
        up.extend(leaves.iter().map(|leaf| {
            let own = self.own_name(leaf);
            alter::rename_constraint(leaf, &shadow_name(&own), &own)
        }));
        up.extend(leave_not_null(self.context.to, self.constraint, leaves.iter()));
        let mut step = self.to.adopt(up);
        step.locks = build::locks(self.context, id, Lock::AccessExclusive);
        step
    }

    /// What the partition's key is called below the table's.
    fn own_name(&self, leaf: &QualifiedName) -> Ident {
        let chosen = self.index.partition_names.iter().find(|(on, _)| on == leaf);
        let name = chosen.map(|(_, name)| name.clone());
        name.unwrap_or_else(|| partition_name::automatic(self.index, leaf, &self.to.object.id))
    }
}
