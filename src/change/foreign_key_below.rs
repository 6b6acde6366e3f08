//! A foreign key of a partitioned table on servers that refuse NOT VALID there (before 18).

use super::carry::fresh_name;
use super::partition_tree::tree;
use super::{Change, Context, add_check};
use crate::model::{Body, Constraint, Kind, Object, ObjectId, QualifiedName, Reference};
use crate::sql::{self, alter, probe};
use crate::step::{Action, Cost, DoneWhen, Fact, Lock, LockOn, Phase, Step, TimeoutClass, Undo};

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
    let (leaves, inner) = tree(context.from, &table);
    let taken = |leaf: &QualifiedName| {
        let own = ObjectId::part(Kind::Constraint, leaf, &object.id.name);
        context.old(&own).is_some() || context.new_of(&own).is_some()
    };
    let referenced = Context::table(context.to, &reference.table)?;
    if referenced.partition_key.is_some() || leaves.is_empty() || leaves.iter().any(taken) {
        return None;
    }
    let below = Below {
        change,
        context,
        object,
        constraint,
        reference,
    };
    let mut steps: Vec<Step> = leaves.iter().flat_map(|leaf| below.of_leaf(leaf)).collect();
    if let Some(first) = steps.first_mut() {
        first
            .needs
            .extend(object.depends_on.iter().cloned().map(Fact::Exists));
    }
    steps.push(below.adoption(&leaves, inner));
    Some(steps)
}

struct Below<'a> {
    change: &'a Change,
    context: &'a Context<'a>,
    object: &'a Object,
    constraint: &'a Constraint,
    reference: &'a Reference,
}

impl Below<'_> {
    fn of_leaf(&self, leaf: &QualifiedName) -> Vec<Step> {
        let name = fresh_name(&self.object.id.name);
        // Once the parent has adopted it, it bears the parent's name.
        let adopted = sql::exists(&self.object.id);
        let mut add = self.step(
            format!("Add {} to {leaf}, NOT VALID", self.object.id.name),
            Action::one(alter::add_constraint(
                leaf,
                &name,
                &self.constraint.definition,
                true,
            )),
            Undo::statements(vec![sql::sync::drop_constraint_if_there(leaf, &name)]),
            DoneWhen::Holds(format!("({}) OR ({adopted})", probe::constraint(leaf, &name))),
        );
        add.locks = self.both(Lock::ShareRowExclusive, leaf);
        let mut proof = self.step(
            format!("Validate {} of {leaf}", self.object.id.name),
            Action::one(alter::validate_constraint(leaf, &name)),
            Undo::Nothing,
            DoneWhen::Holds(format!("({}) OR ({adopted})", probe::validated(leaf, &name))),
        );
        let twin = ObjectId::part(Kind::Constraint, leaf, &name);
        let mut twin = Object::new(twin, Body::Constraint(self.constraint.clone()));
        twin.depends_on.clone_from(&self.object.depends_on);
        let validate = add_check::validate(self.change.code(), self.context, &twin);
        proof.locks = validate.locks;
        proof.timeout = validate.timeout;
        proof.cost = Cost::Scans(leaf.clone());
        vec![add, proof]
    }

    /// The parent's takes AX on the referenced table, where the triggers of the partitions' own become its.
    fn adoption(&self, leaves: &[QualifiedName], inner: Vec<QualifiedName>) -> Step {
        let id = &self.object.id;
        let (table, name) = (id.relation(), fresh_name(&id.name));
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
        up.extend(sql::comments(self.object));
        let mut step = self.step(
            format!("Add {} to {table}, which adopts those of its partitions", id.name),
            Action::Statements(up),
            Undo::statements(vec![alter::drop_constraint(&table, &id.name)]),
            DoneWhen::Holds(sql::exists(id)),
        );
        let on = |lock: Lock| move |relation: QualifiedName| LockOn { lock, relation };
        let shared = inner.into_iter().map(on(Lock::ShareRowExclusive));
        step.locks = locked
            .into_iter()
            .map(on(Lock::AccessExclusive))
            .chain(shared)
            .collect();
        step.locks.sort();
        step.timeout = TimeoutClass::Cut;
        step.gives.push(Fact::Exists(id.clone()));
        step
    }

    fn step(&self, title: String, up: Action, undo: Undo, done: DoneWhen) -> Step {
        Step::new(
            self.object.id.clone(),
            self.change.code(),
            Phase::Migrate,
            title,
            up,
            undo,
            done,
        )
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
