//! Foreign keys of partitioned tables over carried columns. Before 18 none is NOT VALID there; but one that is added adopts those
//! that its partitions have already, and reads no row. So each partition that holds rows gets its own and has it proven, on the new
//! columns before the cut-over, on the former ones before the switch back.
//!
//! One that refers to a partitioned table has no key to refer to before the cut-over: it is added there NOT VALID, which reads
//! nothing and from then on rejects what does not fit, and is proven behind it. Between two partitioned tables, or within one,
//! both hold: each partition gets its own NOT VALID at the cut-over, and the table's adopts them once they are proven.

use super::Carry;
use super::copies::substitute_definition;
use crate::change::foreign_key_below::{extend, referenced};
use crate::change::partition_tree::{that_stay, tree};
use crate::change::{Context, is_replaced};
use crate::model::{Catalog, Constraint, Ident, Kind, Object, ObjectId, QualifiedName, Reference};
use crate::sql::own_name::{former_name, shadow_name};
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
        if !to.is_partitioned(&id.relation()) {
            return None;
        }
    }
    let below = tree(to, &id.relation()).into_iter().skip(1);
    let taken = |partition: &QualifiedName| {
        let own = ObjectId::part(Kind::Constraint, partition, &id.name);
        from.get(&own).is_some() || to.get(&own).is_some()
    };
    let partition = below.filter(|partition| taken(partition)).min()?;
    Some(format!("`{partition}` has a {} of its own", id.name))
}

/// The statement that adds the foreign key of the table, which adopts those of the partitions, and what names them as theirs.
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

    /// True for one whose table is partitioned as well.
    fn is_between(&self, object: &Object, constraint: &Constraint) -> bool {
        self.is_of_tree(object, constraint) && self.comes_late(constraint)
    }

    /// At the cut-over: what has only now a key to refer to, NOT VALID.
    pub(super) fn enter_late(&self, object: &Object, constraint: &Constraint) -> Vec<Stmt> {
        let (table, definition) = (object.id.relation(), &constraint.definition);
        if self.is_between(object, constraint) {
            return self.add_below(&table, definition, &shadow_name(&object.id.name));
        }
        let mut statements = vec![alter::add_constraint(&table, &object.id.name, definition, true)];
        statements.extend(sql::create(object, self.context.to).into_iter().skip(1));
        statements
    }

    /// NOT VALID on each partition that holds rows.
    fn add_below(&self, table: &QualifiedName, definition: &str, name: &Ident) -> Vec<Stmt> {
        let (leaves, _) = that_stay(self.context, table);
        let statements = leaves
            .iter()
            .map(|leaf| alter::add_constraint(leaf, name, definition, true));
        statements.collect()
    }

    /// Contract: what was added NOT VALID at the cut-over is proven.
    pub(super) fn prove_late(&self) -> Vec<Step> {
        let late = self
            .new_constraints()
            .filter(|(_, constraint)| constraint.validated && self.comes_late(constraint));
        let mut steps = Vec::new();
        for (object, constraint) in late {
            if self.is_between(object, constraint) {
                steps.extend(self.adopt_late(object, constraint));
                continue;
            }
            let mut proof = self.validation(object, constraint, &object.id.name);
            proof.phase = Phase::Contract;
            proof.origin = self.context.to.origin(&object.id).cloned();
            steps.push(proof);
        }
        steps
    }

    /// Each partition's own is proven; the table's adopts them, and reads nothing.
    fn adopt_late(&self, object: &Object, constraint: &Constraint) -> Vec<Step> {
        let (id, table) = (&object.id, object.id.relation());
        let Some(reference) = &constraint.references else {
            return Vec::new();
        };
        let name = shadow_name(&id.name);
        let adopted = format!("{} AND {}", self.is_cut_over(), sql::exists(id));
        let (leaves, inner) = that_stay(self.context, &table);
        let mut steps: Vec<Step> = Vec::new();
        for leaf in &leaves {
            let mut proof = self.proof_below(object, leaf, reference, &name);
            let proven = probe::validated(leaf, &name);
            proof.done_when = DoneWhen::Holds(format!("({proven}) OR ({adopted})"));
            proof.phase = Phase::Contract;
            steps.push(proof);
        }
        let mut locked = [inner, leaves].concat();
        extend(&mut locked, referenced(self.context, reference));
        let mut up = vec![alter::lock_tables(&locked)];
        up.extend(adopt(self.context, object, constraint, shadow_name));
        up.extend(sql::create(object, self.context.to).into_iter().skip(1));
        let title = format!("Add {} to {table}, which adopts those of its partitions", id.name);
        let mut step = Step::new(
            id.clone(),
            "change_type",
            Phase::Contract,
            title,
            Action::Statements(up),
            // It goes with the switch back.
            Undo::Nothing,
            DoneWhen::Holds(adopted),
        );
        let lock = Lock::AccessExclusive;
        step.locks = locked
            .into_iter()
            .map(|relation| LockOn { lock, relation })
            .collect();
        step.locks.sort();
        step.timeout = TimeoutClass::Cut;
        steps.push(step);
        for step in &mut steps {
            step.origin = self.context.to.origin(id).cloned();
        }
        steps
    }

    /// The switch back drops it, whether the table has adopted those of its partitions or not yet.
    pub(super) fn leave_late(&self, object: &Object, constraint: &Constraint) -> Vec<Stmt> {
        let table = object.id.relation();
        if !self.is_between(object, constraint) {
            return vec![alter::drop_constraint(&table, &object.id.name)];
        }
        let mut statements = vec![sql::sync::drop_constraint_if_there(&table, &object.id.name)];
        let (leaves, _) = that_stay(self.context, &table);
        let name = shadow_name(&object.id.name);
        statements.extend(
            leaves
                .iter()
                .map(|leaf| sql::sync::drop_constraint_if_there(leaf, &name)),
        );
        statements
    }

    /// The former one in the switch back. Between partitioned tables the key it refers to comes with that: each partition gets its
    /// own NOT VALID.
    pub(super) fn former_again(&self, object: &Object, constraint: &Constraint) -> Vec<Stmt> {
        if self.is_between(object, constraint) {
            let name = former_name(&object.id.name);
            return self.add_below(&object.id.relation(), &constraint.definition, &name);
        }
        let mut statements = adopt(self.context, object, constraint, former_name);
        statements.extend(sql::create(object, self.context.from).into_iter().skip(1));
        statements
    }

    /// Behind the switch back: they are proven and adopted.
    pub(super) fn prove_former_below(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for (object, constraint) in self.old_constraints() {
            if !self.is_between(object, constraint) {
                continue;
            }
            let (table, name) = (object.id.relation(), former_name(&object.id.name));
            let (leaves, inner) = that_stay(self.context, &table);
            actions.extend(
                leaves
                    .iter()
                    .map(|leaf| Action::one(alter::validate_constraint(leaf, &name))),
            );
            let mut locked = [inner, leaves].concat();
            let far = constraint.references.iter();
            extend(
                &mut locked,
                far.flat_map(|far| referenced(self.context, far)).collect(),
            );
            let mut adopted = vec![alter::lock_tables(&locked)];
            adopted.extend(adopt(self.context, object, constraint, former_name));
            adopted.extend(sql::create(object, self.context.from).into_iter().skip(1));
            actions.push(Action::Statements(adopted));
        }
        actions
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
            let proof = self.proof_below(object, leaf, reference, name);
            [add, proof]
        });
        steps.collect()
    }

    fn proof_below(
        &self,
        object: &Object,
        leaf: &QualifiedName,
        reference: &Reference,
        name: &Ident,
    ) -> Step {
        let mut proof = Step::new(
            object.id.clone(),
            "change_type",
            Phase::Migrate,
            format!("Validate {name} of {leaf}"),
            Action::one(alter::validate_constraint(leaf, name)),
            Undo::Nothing,
            DoneWhen::Holds(probe::validated(leaf, name)),
        );
        let near = (Lock::ShareUpdateExclusive, leaf);
        let locks = [near, (Lock::RowShare, &reference.table)].into_iter();
        proof.locks = locks
            .map(|(lock, relation)| LockOn {
                lock,
                relation: relation.clone(),
            })
            .collect();
        proof.timeout = TimeoutClass::Long;
        proof.cost = Cost::Scans(leaf.clone());
        proof
    }

    /// Before the switch back: the former foreign keys of the partitions, over the columns by the names that they bear then.
    pub(super) fn former_below(&self) -> Vec<Action> {
        let of_trees = self.old_constraints().filter(|(object, constraint)| {
            self.is_of_tree(object, constraint) && !self.is_between(object, constraint)
        });
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
