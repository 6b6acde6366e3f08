//! Foreign keys of partitioned tables over carried columns. Before 18 none is NOT VALID there; but one that is added adopts those
//! that its partitions have already, and reads no row. So each partition that holds rows gets its own and has it proven, on the new
//! columns before the cut-over, on the former ones before the switch back.
//!
//! One that refers to a partitioned table has no key to refer to before the cut-over: it is added there NOT VALID, which reads
//! nothing and from then on rejects what does not fit, and is proven behind it.

use super::Carry;
use super::copies::substitute_definition;
use crate::change::partition_tree::{that_stay, tree};
use crate::change::{Context, is_replaced};
use crate::model::{Catalog, Constraint, Ident, Kind, Object, ObjectId, QualifiedName, Reference};
use crate::sql::own_name::former_name;
use crate::sql::{self, Stmt, alter, probe};
use crate::step::{Action, Cost, DoneWhen, Lock, LockOn, Phase, Step, TimeoutClass, Undo};

/// Why the foreign key cannot change places at a cut-over: nothing, or a sentence.
pub(super) fn hindrance(
    from: &Catalog,
    to: &Catalog,
    object: &Object,
    reference: &Reference,
) -> Option<String> {
    let id = &object.id;
    if to.is_partitioned(&reference.table) {
        if is_replaced(from, to, &reference.table) || !from.is_partitioned(&reference.table) {
            return Some(format!("{id} refers to a table that is made anew"));
        }
        let between = to.is_partitioned(&id.relation());
        return between.then(|| format!("{id} is a foreign key between partitioned tables"));
    }
    let below = tree(to, &id.relation()).into_iter().skip(1);
    let taken = |partition: &QualifiedName| {
        let own = ObjectId::part(Kind::Constraint, partition, &id.name);
        from.get(&own).is_some() || to.get(&own).is_some()
    };
    let partition = below.filter(|partition| taken(partition)).min()?;
    Some(format!("`{partition}` has a {} of its own", id.name))
}

/// One statement that adds the foreign key of the table, which adopts those of the partitions, and what names them as theirs.
pub(super) fn adopt(
    context: &Context,
    object: &Object,
    constraint: &Constraint,
    borne: fn(&Ident) -> Ident,
) -> Vec<Stmt> {
    let (table, name) = (object.id.relation(), &object.id.name);
    let mut statements = vec![alter::add_constraint(&table, name, &constraint.definition, false)];
    let (leaves, _) = that_stay(context, &table);
    statements.extend(
        leaves
            .iter()
            .map(|leaf| alter::rename_constraint(leaf, &borne(name), name)),
    );
    statements
}

impl Carry<'_> {
    /// True for a foreign key of a partitioned table.
    pub(super) fn is_of_tree(&self, object: &Object, constraint: &Constraint) -> bool {
        constraint.references.is_some() && self.context.from.is_partitioned(&object.id.relation())
    }

    /// True for a foreign key to a partitioned table, whose key comes with the cut-over.
    pub(super) fn comes_late(&self, constraint: &Constraint) -> bool {
        let reference = constraint.references.as_ref();
        reference.is_some_and(|reference| self.context.to.is_partitioned(&reference.table))
    }

    /// Contract: what was added NOT VALID at the cut-over is proven.
    pub(super) fn prove_late(&self) -> Vec<Step> {
        let late = self
            .new_constraints()
            .filter(|(_, constraint)| constraint.validated && self.comes_late(constraint));
        let proofs = late.map(|(object, constraint)| {
            let mut proof = self.validation(object, constraint, &object.id.name);
            proof.phase = Phase::Contract;
            proof.origin = self.context.to.origin(&object.id).cloned();
            proof
        });
        proofs.collect()
    }

    /// Migrate: NOT VALID on each partition, then proven.
    pub(super) fn build_below(
        &self,
        object: &Object,
        definition: &str,
        reference: &Reference,
        name: &Ident,
    ) -> Vec<Step> {
        let (leaves, _) = that_stay(self.context, &object.id.relation());
        let steps = leaves.iter().flat_map(|leaf| {
            let step = |title: String, up: Stmt, undo: Undo, done: String| {
                let (id, up, done) = (object.id.clone(), Action::one(up), DoneWhen::Holds(done));
                Step::new(id, "change_type", Phase::Migrate, title, up, undo, done)
            };
            let mut add = step(
                format!("Add {name} to {leaf}, NOT VALID"),
                alter::add_constraint(leaf, name, definition, true),
                // After a switch back it is gone with that of the table.
                Undo::statements(vec![sql::sync::drop_constraint_if_there(leaf, name)]),
                probe::constraint(leaf, name),
            );
            let both = [leaf, &reference.table].into_iter().cloned();
            add.locks = both
                .map(|relation| LockOn {
                    lock: Lock::ShareRowExclusive,
                    relation,
                })
                .collect();
            let mut proof = step(
                format!("Validate {name} of {leaf}"),
                alter::validate_constraint(leaf, name),
                Undo::Nothing,
                probe::validated(leaf, name),
            );
            proof.locks = vec![
                LockOn {
                    lock: Lock::ShareUpdateExclusive,
                    relation: leaf.clone(),
                },
                LockOn {
                    lock: Lock::RowShare,
                    relation: reference.table.clone(),
                },
            ];
            proof.timeout = TimeoutClass::Long;
            proof.cost = Cost::Scans(leaf.clone());
            [add, proof]
        });
        steps.collect()
    }

    /// Before the switch back: the former foreign keys of the partitions, over the columns by the names that they bear then.
    pub(super) fn former_below(&self) -> Vec<Action> {
        let of_trees = self
            .old_constraints()
            .filter(|(object, constraint)| self.is_of_tree(object, constraint));
        let actions = of_trees.flat_map(|(object, constraint)| {
            let (table, name) = (object.id.relation(), former_name(&object.id.name));
            let far = constraint.references.as_ref();
            let far = far.map(|reference| self.former_names(&reference.table));
            let near = self.former_names(&table);
            let definition = substitute_definition(constraint, &near, &far.unwrap_or_default());
            let (leaves, _) = that_stay(self.context, &table);
            let each = leaves.into_iter().flat_map(move |leaf| {
                [
                    Action::one(alter::add_constraint(&leaf, &name, &definition, true)),
                    Action::one(alter::validate_constraint(&leaf, &name)),
                ]
            });
            each.collect::<Vec<_>>()
        });
        actions.collect()
    }
}
