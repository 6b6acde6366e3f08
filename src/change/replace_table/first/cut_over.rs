//! Contract: the names change places and the table is attached below its own name.

use super::{First, index_of};
use crate::change::replace_table::cut_over::{rename_indexes, rename_table};
use crate::change::replace_table::early::{Early, indexes};
use crate::change::replace_table::numbering;
use crate::change::replace_table::shadow::{Shadow, early as early_name};
use crate::change::{add_key, build};
use crate::model::{Body, Column, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity, Table};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Advice, Code, Cost, DoneWhen, HazardCode, Lock, LockOn, Moment, Phase, Step, TimeoutClass, Undo, Verdict,
};

impl First<'_> {
    /// One short transaction: nothing is read and nothing is built in it.
    pub(super) fn cut_over(&self, early: &Early, unit: &str) -> Step {
        let (table, part) = (self.table(), &self.part);
        let shadow = &self.shadow;
        let mut locked = vec![table.clone(), early_name(table)];
        locked.extend(self.far_tables());
        let mut up = vec![sql::alter::lock_tables(&locked)];
        up.push(Stmt::new(format!("DROP TABLE {}", sql::qualified(&self.stand_in()))));
        up.extend(shadow.take_off(self.context().from, &shadow.olds));
        up.extend(self.gone.iter().map(|object| sql::drop(object)));
        up.push(rename_table(table, &part.name));
        for (object, _) in &self.kept {
            up.push(sql::alter::rename_index(&self.at(&object.id.name), &former_name(&object.id.name)));
        }
        up.extend(self.promote());
        let others = shadow.news.iter().filter(|other| *other != part);
        up.extend(others.map(|other| rename_table(&early_name(other), &other.name)));
        up.extend(numbering::hand_over(shadow, part));
        up.extend(self.numbered_defaults());
        up.push(sql::alter::attach_partition(table, part, &self.of.bound));
        let named = indexes(self.context().to, &shadow.news);
        up.extend(rename_indexes(&named, shadow_name, Ident::clone, QualifiedName::clone));
        up.extend(shadow.comments());
        up.extend(self.become_partition());
        up.extend(shadow.put_on_new());
        let title = format!("Cut over {table} to its partitioned form as {part}");
        let done = DoneWhen::Holds(self.is_cut_over());
        let undo = self.way_back(early);
        let mut step = shadow.step(Phase::Contract, title, Action::Statements(up), undo, done);
        step.timeout = TimeoutClass::Cut;
        step.unit = Some(unit.to_owned());
        step.locks = self.lock(table, Lock::AccessExclusive);
        step.locks.extend(self.far_tables().into_iter().map(|relation| LockOn { lock: Lock::AccessExclusive, relation }));
        if self.gone.iter().any(|object| index_of(object).is_some_and(|index| index.unique)) {
            step.hazards.push(build::hazard(
                HazardCode::BreaksClients,
                Verdict::Warn,
                &shadow.new.id,
                format!("INSERT … ON CONFLICT into `{table}` needs a key that the new table has"),
            ));
        }
        step.application = self.advice();
        shadow.facts(&mut step);
        step
    }

    pub(super) fn at(&self, name: &Ident) -> QualifiedName {
        QualifiedName { schema: self.table().schema.clone(), name: name.clone() }
    }

    /// What the foreign keys refer to: ATTACH takes triggers off there.
    pub(super) fn far_tables(&self) -> Vec<QualifiedName> {
        let keys = self.context().to.parts(Kind::Constraint, self.table()).filter_map(|object| match &object.body {
            Body::Constraint(body) => body.references.as_ref(),
            _ => None,
        });
        let mut tables: Vec<QualifiedName> = keys.map(|reference| reference.table.clone()).collect();
        tables.sort();
        tables.dedup();
        tables
    }

    /// The keys whose indexes wait become constraints, as ATTACH wants them.
    fn promote(&self) -> Vec<Stmt> {
        let promoted = self.built.iter().filter_map(|(object, name)| match &object.body {
            Body::Constraint(body) => {
                let primary = body.kind == ConstraintKind::PrimaryKey;
                let waiting = self.waiting(name).name;
                Some(sql::alter::add_key_using_index(&self.part, name, primary, &waiting, add_key::deferrable(body)))
            }
            _ => None,
        });
        promoted.collect()
    }

    /// A column that drew its numbers in another way gets the partition's default.
    fn numbered_defaults(&self) -> Vec<Stmt> {
        let changed = numbering::passed_on(&self.shadow);
        let default = |name: &&Ident| {
            let column = column(self.context().to, &self.part, name)?;
            Some(sql::alter::set_default(&self.part, name, column.default.as_ref()?))
        };
        changed.iter().filter_map(default).collect()
    }

    fn part_object(&self) -> Option<&Object> {
        self.context().new_of(&ObjectId::named(Kind::Table, &self.part))
    }

    /// What hung on the table hangs on the partitioned one from now on; the partition has what the files say of it.
    fn become_partition(&self) -> Vec<Stmt> {
        let (Some(object), Some(old)) = (self.part_object(), Shadow::body(self.shadow.old)) else { return Vec::new() };
        let mut statements = settings_off(&self.part, old);
        if let Some(role) = object.owner.as_ref().filter(|role| object.owner_declared && Some(*role) != self.shadow.old.owner.as_ref()) {
            statements.extend(sql::owner(object, role));
        }
        if self.shadow.old.comment != object.comment {
            statements.push(sql::alter::comment_on_table(&self.part, object.comment.as_deref()));
        }
        let mut owned = object.clone();
        owned.owner.clone_from(&self.shadow.old.owner);
        statements.extend(sql::grants(&owned, &self.shadow.old.grants, &object.grants));
        statements.extend(self.describe(self.context().from, self.table(), self.context().to, &self.part));
        statements.extend(self.no_longer_said());
        statements
    }

    /// What is said of indexes and constraints is said of those of the partitioned table.
    fn no_longer_said(&self) -> Vec<Stmt> {
        let mut statements = Vec::new();
        let named = self.kept.iter().map(|(object, name)| (*object, name));
        for (object, name) in named.chain(self.said_of_rules().map(|object| (object, &object.id.name))) {
            let said = object.comment.is_some();
            match &object.body {
                Body::Constraint(body) => {
                    let mut after = object.clone();
                    after.id = ObjectId::part(Kind::Constraint, &self.part, name);
                    statements.extend(sql::comment(&after, None).filter(|_| said));
                    let index = body.index.as_ref().filter(|index| index.comment.is_some());
                    statements.extend(index.map(|_| sql::alter::comment_on_index(&self.at(name), None)));
                }
                _ if said => statements.push(sql::alter::comment_on_index(&self.at(name), None)),
                _ => {}
            }
        }
        statements
    }

    /// CHECKs and foreign keys of the table that something is said of.
    pub(super) fn said_of_rules(&self) -> impl Iterator<Item = &Object> {
        let own = self.context().from.parts(Kind::Constraint, self.table());
        own.filter(|object| object.comment.is_some() && index_of(object).is_none())
    }

    /// Comments and privileges of the columns, from what they are on one table to
    /// what they are on the other; the statements speak of the other.
    pub(super) fn describe(
        &self,
        from: &crate::model::Catalog,
        table: &QualifiedName,
        to: &crate::model::Catalog,
        other: &QualifiedName,
    ) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for before in from.parts(Kind::Column, table) {
            let Some(after) = to.get(&ObjectId::part(Kind::Column, other, &before.id.name)) else { continue };
            if before.comment != after.comment {
                statements.push(sql::column_comment(other, &before.id.name, after.comment.as_deref()));
            }
            statements.extend(sql::grants(after, &before.grants, &after.grants));
            statements.extend(sql::grants(after, &[], &after.grants));
        }
        statements
    }

    /// The proof of the bound: the partition's own from now on.
    pub(super) fn drop_check(&self) -> Option<Step> {
        if !self.has_check() {
            return None;
        }
        let (part, name) = (&self.part, self.check_name());
        let there = sql::probe::constraint(part, &name);
        let back = vec![
            Action::one(sql::add_bound(part, &name, part)),
            Action::one(sql::alter::validate_constraint(part, &name)),
        ];
        let mut step = self.shadow.step(
            Phase::Contract,
            format!("Drop the CHECK that proved the bound of {part}"),
            Action::one(sql::sync::drop_constraint_if_there(part, &name)),
            Undo::Run { action: Action::Sequence(back), outside_transaction: false },
            DoneWhen::Holds(format!("({}) AND NOT ({there})", self.is_cut_over())),
        );
        step.locks = self.lock(part, Lock::AccessExclusive);
        Some(step)
    }

    /// A partitioned table has statistics of its own, and autovacuum makes none for it.
    pub(super) fn analyze(&self) -> Step {
        let table = self.table();
        let up = Action::one(sql::analyze(table));
        let title = format!("Analyze {table} as a whole");
        let mut step = self.shadow.step(Phase::Contract, title, up, Undo::Nothing, DoneWhen::Repeatable);
        step.timeout = TimeoutClass::Long;
        step.cost = Cost::Samples(table.clone());
        step.locks = self.shadow.locks(&self.shadow.news, Lock::ShareUpdateExclusive);
        step
    }

    fn advice(&self) -> Vec<Advice> {
        let id = &self.shadow.new.id;
        let rule = |when, code, what: &str, behind: &str| Advice::new(when, code, what, id).behind(behind);
        let mut rules = vec![rule(Moment::Until, Code::Old, "may go on reading and writing", "; it stays the same table until the cut-over")];
        let (old, new) = self.shadow.key_names();
        if old != new && !old.is_empty() && !new.is_empty() {
            let (old, new) = (sql::idents(&old), sql::idents(&new));
            rules.push(rule(
                Moment::Before,
                Code::Every,
                &format!("must no longer say ON CONFLICT ({old}) on"),
                ", unless another unique index over that stays",
            ));
            rules.push(rule(Moment::After, Code::New, &format!("may say ON CONFLICT ({new}) on"), ""));
        }
        rules
    }
}

/// Row security and marks of a table are taken off.
pub(super) fn settings_off(table: &QualifiedName, body: &Table) -> Vec<Stmt> {
    let mut actions = Vec::new();
    if body.row_security {
        actions.push("DISABLE ROW LEVEL SECURITY");
    }
    if body.force_row_security {
        actions.push("NO FORCE ROW LEVEL SECURITY");
    }
    if body.replica_identity != ReplicaIdentity::Default {
        actions.push("REPLICA IDENTITY DEFAULT");
    }
    if body.cluster_on.is_some() {
        actions.push("SET WITHOUT CLUSTER");
    }
    actions.into_iter().map(|action| sql::alter::table_action(table, action)).collect()
}

fn column<'a>(catalog: &'a crate::model::Catalog, table: &QualifiedName, name: &Ident) -> Option<&'a Column> {
    crate::change::Context::column(catalog, &ObjectId::part(Kind::Column, table, name))
}
