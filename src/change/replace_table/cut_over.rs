//! Contract: the names change places, and back.

use super::early::{Early, indexes};
use super::first::index_of;
use super::hindrance::{given_up, standing};
use super::numbering;
use super::shadow::{Shadow, belongings, early, former};
use crate::change::archive::recreate_marks;
use crate::change::{add_key, build, carrying, restoring};
use crate::model::{Body, Catalog, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt, mirror};
use crate::sql::own_name::{former_name, shadow_name};
use crate::step::{
    Action, DoneWhen, Fact, HazardCode, Lock, Phase, Step, TimeoutClass, Undo, Verdict,
};

/// What hangs on a table and is made anew on its other form: no part of its shape.
pub(super) fn hangs_on(object: &&Object) -> bool {
    matches!(object.id.kind, Kind::Trigger | Kind::Policy | Kind::Rule | Kind::Statistics | Kind::PublicationTable)
}

pub(super) fn rename_table(from: &QualifiedName, to: &Ident) -> Stmt {
    sql::alter::rename("TABLE", &sql::qualified(from), to)
}

/// Every index of a tree takes another name, those below a parent's too.
pub(super) fn rename_indexes(
    indexes: &[(&Ident, &Index)],
    now: impl Fn(&Ident) -> Ident,
    then: impl Fn(&Ident) -> Ident,
    table: impl Fn(&QualifiedName) -> QualifiedName,
) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for (name, index) in indexes {
        let at = |name: Ident| QualifiedName { schema: index.table.schema.clone(), name };
        statements.push(sql::alter::rename_index(&at(now(name)), &then(name)));
        for (partition, own) in &index.partition_names {
            statements.push(sql::below::name_partition_index(&at(then(name)), &table(partition), &then(own)));
        }
    }
    statements
}

impl Shadow<'_> {
    pub(super) fn cut_over(&self, early_form: &Early, unit: &str) -> Step {
        let locked = [self.table.clone(), early(&self.table)];
        let mut up = vec![sql::alter::lock_tables(&locked)];
        up.push(self.forward(|mirror| mirror.drain()));
        for (rest, _) in self.rests() {
            up.push(mirror::fail_unless_empty(&rest, &self.table));
            up.push(Stmt::new(format!("DROP TABLE {}", sql::qualified(&rest))));
        }
        up.extend(self.forward(|mirror| mirror.drop_triggers()));
        up.extend(self.take_off(self.context.from, &self.olds));
        up.extend(given_up(self).into_iter().map(sql::drop));
        up.extend(self.leave());
        up.extend(self.enter());
        up.extend(numbering::hand_over(self, &former(&self.table)));
        up.extend(self.put_on_new());
        up.push(self.backward(|mirror| mirror.body(true)));
        up.extend(self.backward(|mirror| mirror.triggers()));
        let title = format!("Cut over {} to its new form", self.table);
        let mut step = self.step(
            Phase::Contract,
            title,
            Action::Statements(up),
            self.mirror_cut_over(early_form),
            DoneWhen::Holds(self.is_cut_over()),
        );
        step.timeout = TimeoutClass::Cut;
        step.locks = self.locks(&self.olds, Lock::AccessExclusive);
        step.unit = Some(unit.to_owned());
        // A statement names the columns of a unique index behind ON CONFLICT.
        let (old_key, new_key) = self.key_names();
        if old_key != new_key || !given_up(self).is_empty() {
            step.hazards.push(build::hazard(
                HazardCode::BreaksClients,
                Verdict::Warn,
                &self.new.id,
                format!("INSERT … ON CONFLICT into `{}` needs a key that the new table has", self.table),
            ));
        }
        step.application = self.advice();
        self.facts(&mut step);
        step
    }

    /// Everything on the table as it is goes with this step, and everything on the desired one comes.
    pub(super) fn facts(&self, step: &mut Step) {
        let (from, to) = (self.context.from, self.context.to);
        let stays = |object: &&Object| !matches!(object.id.kind, Kind::Column | Kind::Sequence);
        let gone = belongings(from, &self.olds).into_iter().filter(stays).map(|object| object.id.clone());
        let gone = gone.chain(self.olds.iter().map(|table| ObjectId::named(Kind::Table, table)));
        step.gives.extend(gone.map(Fact::Gone));
        let came = belongings(to, &self.news).into_iter().map(|object| object.id.clone());
        let came: Vec<ObjectId> = came.chain(self.news.iter().map(|table| ObjectId::named(Kind::Table, table))).collect();
        step.gives.extend(came.iter().cloned().map(Fact::Exists));
        step.gives.extend(came.into_iter().map(Fact::Valid));
        step.needs.extend(standing(self).into_iter().map(Fact::Gone));
    }

    /// What hangs on these tables is dropped, users first.
    pub(super) fn take_off(&self, catalog: &Catalog, tables: &[QualifiedName]) -> Vec<Stmt> {
        belongings(catalog, tables).into_iter().filter(hangs_on).rev().map(sql::drop).collect()
    }

    /// The old form and all of its indexes step aside.
    fn leave(&self) -> Vec<Stmt> {
        let gone: Vec<&Ident> = given_up(self).into_iter().map(|object| &object.id.name).collect();
        let mut statements: Vec<Stmt> =
            self.olds.iter().map(|table| rename_table(table, &former_name(&table.name))).collect();
        let mut indexes = indexes(self.context.from, &self.olds);
        indexes.retain(|(name, _)| !gone.contains(name));
        statements.extend(rename_indexes(&indexes, Ident::clone, former_name, former));
        statements.push(sql::alter::comment_on_table(&former(&self.table), Some(&self.note("former"))));
        statements
    }

    /// The way back of [`Self::leave`].
    fn come_back(&self) -> Vec<Stmt> {
        let gone: Vec<&Ident> = given_up(self).into_iter().map(|object| &object.id.name).collect();
        let mut statements: Vec<Stmt> =
            self.olds.iter().map(|table| rename_table(&former(table), &table.name)).collect();
        let mut indexes = indexes(self.context.from, &self.olds);
        indexes.retain(|(name, _)| !gone.contains(name));
        statements.extend(rename_indexes(&indexes, former_name, Ident::clone, QualifiedName::clone));
        statements.push(sql::alter::comment_on_table(&self.table, self.old.comment.as_deref()));
        statements
    }

    /// The new form takes its names.
    fn enter(&self) -> Vec<Stmt> {
        let mut statements: Vec<Stmt> =
            self.news.iter().map(|table| rename_table(&early(table), &table.name)).collect();
        let indexes = indexes(self.context.to, &self.news);
        statements.extend(rename_indexes(&indexes, shadow_name, Ident::clone, QualifiedName::clone));
        statements.extend(self.comments());
        statements
    }

    /// What the files say of the tables, and of the one on top what was said of it.
    pub(super) fn comments(&self) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for table in self.news.iter().filter(|table| self.first.as_ref() != Some(*table)) {
            let Some(object) = self.context.new_of(&ObjectId::named(Kind::Table, table)) else { continue };
            let is_root = *table == self.table;
            let whole = if is_root { carrying(object, self.old) } else { object.clone() };
            if is_root || whole.comment.is_some() {
                statements.push(sql::alter::comment_on_table(table, whole.comment.as_deref()));
            }
        }
        statements
    }

    /// The way back of [`Self::enter`], with the default partitions of the rest.
    fn step_back(&self, early_form: &Early) -> Vec<Stmt> {
        let mut statements: Vec<Stmt> =
            self.news.iter().map(|table| rename_table(table, &shadow_name(&table.name))).collect();
        let indexes = indexes(self.context.to, &self.news);
        statements.extend(rename_indexes(&indexes, Ident::clone, shadow_name, early));
        statements.push(sql::alter::comment_on_table(&early(&self.table), Some(&self.note("shadow"))));
        for (rest, _) in self.rests() {
            let rest = early_form.catalog.get(&ObjectId::named(Kind::Table, &rest));
            statements.extend(rest.into_iter().flat_map(|rest| sql::create(rest, &early_form.catalog)));
        }
        statements
    }

    /// Row security, marks, and what hangs on the desired tables.
    pub(super) fn put_on_new(&self) -> Vec<Stmt> {
        let to = self.context.to;
        let mut statements = Vec::new();
        for table in &self.news {
            let Some(object) = self.context.new_of(&ObjectId::named(Kind::Table, table)) else { continue };
            if let Some(body) = Shadow::body(object) {
                statements.extend(sql::table_settings(object, body));
            }
            statements.extend(recreate_marks(to, table));
            statements.extend(sql::partition_marks(object, to));
        }
        let indexes = belongings(to, &self.news).into_iter().filter_map(index_of);
        statements.extend(indexes.flat_map(sql::indexes_below));
        for object in belongings(to, &self.news).into_iter().filter(hangs_on) {
            let live = self.context.old(&object.id);
            let whole = live.map_or_else(|| object.clone(), |live| carrying(object, live));
            statements.extend(sql::create(&whole, to));
        }
        statements
    }

    /// Row security and marks are taken off the new form.
    pub(super) fn take_settings_off(&self) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for table in &self.news {
            let object = self.context.new_of(&ObjectId::named(Kind::Table, table));
            let Some(body) = object.and_then(Shadow::body) else { continue };
            if body.row_security {
                statements.push(sql::alter::table_action(table, "DISABLE ROW LEVEL SECURITY"));
            }
            if body.replica_identity != crate::model::ReplicaIdentity::Default {
                statements.push(sql::alter::table_action(table, "REPLICA IDENTITY DEFAULT"));
            }
            if body.cluster_on.is_some() {
                statements.push(sql::alter::table_action(table, "SET WITHOUT CLUSTER"));
            }
        }
        statements
    }

    /// What the old form kept apart is built again, what it holds is proven, the names go back.
    fn mirror_cut_over(&self, early_form: &Early) -> Undo {
        let mut actions = Vec::new();
        let given_up = given_up(self);
        for object in &given_up {
            let index = match &object.body {
                Body::Index(index) => index.clone(),
                Body::Constraint(body) => match &body.index {
                    Some(index) => (**index).clone(),
                    None => continue,
                },
                _ => continue,
            };
            let index = Index { table: former(&index.table), ..index };
            let name = former_name(&object.id.name);
            let at = QualifiedName { schema: index.table.schema.clone(), name: name.clone() };
            actions.push(Action::one(sql::alter::drop_index_if_exists(&at)));
            actions.push(Action::one(sql::index(&index, &name, true, false)));
        }
        let around = [
            (&self.table, &self.new_key, self.backward(|mirror| mirror.count_uncopied())),
            (&former(&self.table), &self.old_key, self.backward(|mirror| mirror.count_stale())),
        ];
        for (table, key, around) in around {
            let mut batch = self.batch(table, key, around);
            batch.otherwise = format!(
                "the former {} does not hold what the new one holds: it cannot tell apart all of its rows, or was written by hand",
                self.table
            );
            actions.push(Action::Verify(batch));
        }
        let mut back = vec![sql::alter::lock_tables(&[self.table.clone(), former(&self.table)])];
        back.push(self.backward(|mirror| mirror.drain()));
        back.extend(self.backward(|mirror| mirror.drop_triggers()));
        back.extend(self.take_off(self.context.to, &self.news));
        back.extend(self.take_settings_off());
        back.extend(self.step_back(early_form));
        back.extend(self.come_back());
        back.extend(numbering::hand_back(self, &early(&self.table)));
        for object in &given_up {
            back.extend(self.unique_again(object));
        }
        for object in belongings(self.context.from, &self.olds).into_iter().filter(hangs_on) {
            back.extend(sql::create(&restoring(object), self.context.from));
        }
        back.push(self.forward(|mirror| mirror.body(true)));
        back.extend(self.forward(|mirror| mirror.triggers()));
        actions.push(Action::Statements(back));
        Undo::Run { action: Action::Sequence(actions), outside_transaction: false }
    }

    /// An index that was built for the way back takes its place.
    fn unique_again(&self, object: &Object) -> Vec<Stmt> {
        let name = former_name(&object.id.name);
        let at = QualifiedName { schema: self.table.schema.clone(), name: name.clone() };
        let mut statements = match &object.body {
            Body::Constraint(body) if body.index.as_deref().is_some_and(add_key::is_promotable) => {
                vec![sql::alter::add_key_using_index(&self.table, &object.id.name, false, &name, add_key::deferrable(body))]
            }
            _ => vec![sql::alter::rename_index(&at, &object.id.name)],
        };
        statements.extend(sql::create(&restoring(object), self.context.from).into_iter().skip(1));
        statements
    }

    /// The cut-over is main in its transaction by this title.
    pub(super) fn unit(&self) -> String {
        format!("replace {}", self.table)
    }

    pub(super) fn done_by_archive(&self) -> DoneWhen {
        DoneWhen::Holds(self.is_archived())
    }
}
