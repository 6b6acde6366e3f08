//! A constraint of a partitioned table takes another form, without reading a row or building an index under its lock.

use super::carry::{become_key, keeps_not_null};
use super::partition_tree::{above, family, that_stay, tree};
use super::{Change, Context, add_key, create_index, foreign_key_below, restoring};
use crate::model::{Body, Constraint, Ident, Index, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, alter, probe};
use crate::step::{Action, DoneWhen, Fact, Lock, LockOn, Phase, Step, TimeoutClass, Undo};
use std::collections::BTreeSet;

/// Both forms of the constraint that is replaced.
pub(super) struct Replaced<'a> {
    pub change: &'a Change,
    pub context: &'a Context<'a>,
    pub old: &'a Object,
    pub new: &'a Object,
    pub before: &'a Constraint,
    pub after: &'a Constraint,
}

/// True where no table above or below has a constraint of that name of its own: the two would be one.
pub(super) fn stands_alone(context: &Context, id: &ObjectId) -> bool {
    let table = id.relation();
    let mut around: Vec<QualifiedName> = Vec::new();
    for catalog in [context.from, context.to] {
        around.extend(family(catalog, &table).into_iter().skip(1));
        around.extend(above(context, &table));
    }
    let own = |relation: &QualifiedName| {
        let same = ObjectId::part(Kind::Constraint, relation, &id.name);
        [context.from, context.to].iter().any(|catalog| {
            matches!(catalog.get(&same).map(|object| &object.body), Some(Body::Constraint(body)) if !body.inherited)
        })
    };
    !around.iter().any(own)
}

impl Replaced<'_> {
    fn table(&self) -> QualifiedName {
        self.new.id.relation()
    }

    /// The partitions that hold rows, and all tables of the tree, those above first; none where it is not the same tree before and behind the plan.
    fn members(&self) -> Option<(Vec<QualifiedName>, Vec<QualifiedName>)> {
        let table = self.table();
        let (leaves, inner) = that_stay(self.context, &table);
        let all = [inner, leaves.clone()].concat();
        let same = |catalog| {
            let tree: BTreeSet<QualifiedName> = tree(catalog, &table).into_iter().collect();
            tree.len() == all.len() && all.iter().all(|member| tree.contains(member))
        };
        (!leaves.is_empty() && same(self.context.from) && same(self.context.to)).then_some((leaves, all))
    }

    fn swap(&self, title: String, up: Action, undo: Undo, done: String, locked: &[QualifiedName]) -> Step {
        let id = &self.new.id;
        let code = self.change.code();
        let mut step = Step::new(
            id.clone(),
            code,
            Phase::Contract,
            title,
            up,
            undo,
            DoneWhen::Holds(done),
        );
        let lock = |relation: &QualifiedName| LockOn {
            lock: Lock::AccessExclusive,
            relation: relation.clone(),
        };
        step.locks = locked.iter().map(lock).collect();
        step.locks.sort();
        step.timeout = TimeoutClass::Cut;
        step.gives = vec![
            Fact::Exists(id.clone()),
            Fact::Changed(id.clone()),
            Fact::Gone(id.clone()),
        ];
        step
    }

    /// A foreign key: the new form stands beside the old one, proven partition by partition; contract drops the old one and
    /// gives its name to the new one.
    pub fn reference(&self) -> Option<Vec<Step>> {
        let (id, context, table) = (&self.new.id, self.context, self.table());
        let (leaves, all) = self.members()?;
        let (former, reference) = (self.before.references.as_ref()?, self.after.references.as_ref()?);
        let proven = self.before.validated && self.before.enforced && self.after.validated;
        if !proven || !stands_alone(context, id) {
            return None;
        }
        let temporary = shadow_name(&id.name);
        let mut twin = self.new.clone();
        twin.id.name = temporary.clone();
        twin.comment = None;
        let mut steps = foreign_key_below::steps(self.change, context, &twin, self.after, reference)?;
        for step in &mut steps {
            step.object = id.clone();
            step.gives.clear();
        }
        let mut locked = all.clone();
        foreign_key_below::extend(&mut locked, foreign_key_below::referenced(context, former));
        foreign_key_below::extend(&mut locked, foreign_key_below::referenced(context, reference));
        let renamed = |from: &Ident, to: &Ident| {
            let each = all
                .iter()
                .map(|member| alter::rename_constraint(member, from, to));
            each.collect::<Vec<_>>()
        };
        let mut up = vec![
            alter::lock_tables(&locked),
            alter::drop_constraint(&table, &id.name),
        ];
        up.extend(renamed(&temporary, &id.name));
        up.extend(sql::comments(self.new));
        // The name is borne all the time: what else the plan says of it can be taken back before this, and once more.
        let (definition, own) = (&self.before.definition, former_name(&id.name));
        let add = |leaf| {
            vec![
                alter::lock_tables(&locked),
                alter::add_constraint(leaf, &own, definition, true),
            ]
        };
        let mut back: Vec<Action> = leaves.iter().map(|leaf| Action::Statements(add(leaf))).collect();
        back.extend(
            leaves
                .iter()
                .map(|leaf| Action::one(alter::validate_constraint(leaf, &own))),
        );
        let mut adopted = vec![alter::lock_tables(&locked)];
        adopted.extend(renamed(&id.name, &temporary));
        adopted.push(alter::add_constraint(&table, &id.name, definition, false));
        adopted.extend(
            leaves
                .iter()
                .map(|leaf| alter::rename_constraint(leaf, &own, &id.name)),
        );
        adopted.extend(sql::comments(self.old));
        back.push(Action::Statements(adopted));
        steps.push(self.swap(
            format!("Swap {} of {table} for its new form", id.name),
            Action::Statements(up),
            Undo::Run {
                action: Action::Sequence(back),
                outside_transaction: false,
            },
            probe::not(&probe::constraint(&table, &temporary)),
            &locked,
        ));
        Some(steps)
    }

    /// A key: each partition that holds rows gets the new index CONCURRENTLY; in contract they become keys, which the table's
    /// adopts, in the place of the old one.
    pub fn key(&self) -> Option<Vec<Step>> {
        let (id, context, table) = (&self.new.id, self.context, self.table());
        self.members()?;
        let (former, index) = (self.before.index.as_deref()?, self.after.index.as_deref()?);
        let kept = keeps_not_null(context.from, context.to, self.new, self.after);
        let promotable = add_key::is_promotable(former) && add_key::is_promotable(index);
        if kept || !promotable || self.identifies(former) || self.has_own_below() {
            return None;
        }
        let done = probe::turned_into(self.old, self.new)?;
        let holds_rows = |(on, _): &&(QualifiedName, Ident)| !context.from.is_partitioned(on);
        let on = |index: &Index, leaf: &QualifiedName| Index {
            table: leaf.clone(),
            ..index.clone()
        };
        let build = |index: &Index, name_of: fn(&Ident) -> Ident| {
            let leaves = index.partition_names.iter().filter(holds_rows);
            let built = leaves
                .map(|(leaf, name)| Action::one(sql::index(&on(index, leaf), &name_of(name), true, false)));
            built.collect::<Vec<_>>()
        };
        let leaves = index.partition_names.iter().filter(holds_rows);
        let mut steps: Vec<Step> = leaves
            .map(|(leaf, name)| self.build(&on(index, leaf), &shadow_name(name), &done))
            .collect();
        steps
            .first_mut()?
            .needs
            .extend(self.new.depends_on.iter().cloned().map(Fact::Exists));
        let lock = alter::lock_tables(std::slice::from_ref(&table));
        let mut up = vec![lock.clone(), alter::drop_constraint(&table, &id.name)];
        up.extend(become_key(self.new, self.after, context.to, shadow_name));
        let mut down = vec![lock, alter::drop_constraint(&table, &id.name)];
        down.extend(become_key(
            &restoring(self.old),
            self.before,
            context.from,
            former_name,
        ));
        let mut back = build(former, former_name);
        back.push(Action::Statements(down));
        // The new ones went with their constraints. Without them contract, run again, would find nothing to adopt.
        back.extend(build(index, shadow_name));
        steps.push(self.swap(
            format!("Replace {} of {table}", id.name),
            Action::Statements(up),
            Undo::Run {
                action: Action::Sequence(back),
                outside_transaction: false,
            },
            done,
            &[table],
        ));
        Some(steps)
    }

    fn build(&self, copy: &Index, name: &Ident, adopted: &str) -> Step {
        let qualified = QualifiedName {
            schema: copy.table.schema.clone(),
            name: name.clone(),
        };
        let mut step =
            create_index::concurrently(&self.new.id, self.change.code(), Phase::Migrate, copy, name);
        step.gives.clear();
        step.done_when = DoneWhen::Holds(format!("({}) OR ({adopted})", probe::valid_index(&qualified)));
        step.undo = Undo::Run {
            action: Action::one(alter::drop_index_concurrently_if_exists(&qualified)),
            outside_transaction: true,
        };
        step
    }

    /// True where an index of the tree, on one side or the other, tells the rows of its table apart for replication.
    fn identifies(&self, index: &Index) -> bool {
        let own = [(self.table(), self.old.id.name.clone())];
        own.iter().chain(&index.partition_names).any(|(table, name)| {
            Context::table(self.context.from, table)
                .is_some_and(|body| body.replica_identity == ReplicaIdentity::Index(name.clone()))
        })
    }

    /// True where a partition has a key of its own that takes part in either form.
    fn has_own_below(&self) -> bool {
        let names = [self.before, self.after]
            .into_iter()
            .filter_map(|constraint| constraint.index.as_deref());
        names
            .flat_map(|index| &index.partition_names)
            .any(|(partition, name)| {
                let own = ObjectId::part(Kind::Constraint, partition, name);
                self.context.from.get(&own).is_some() || self.context.to.get(&own).is_some()
            })
    }
}
