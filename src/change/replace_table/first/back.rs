//! The way back from the cut-over: the partition is detached and is the table again.

use super::{First, index_of};
use crate::change::archive::recreate_marks;
use crate::change::replace_table::cut_over::{hangs_on, rename_indexes, rename_table};
use crate::change::replace_table::early::{Early, indexes};
use crate::change::replace_table::numbering;
use crate::change::replace_table::shadow::{Shadow, belongings, early as early_name};
use crate::change::{add_key, restoring};
use crate::model::{Body, ConstraintKind, Ident, Index, Kind, Object, ObjectId};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, Stmt};
use crate::step::{Action, Undo};

impl First<'_> {
    /// Refused where another partition holds rows: they have no place in the table as it was. Indexes that went, or that became
    /// keys, are built concurrently before anything is locked.
    pub(super) fn way_back(&self, early: &Early) -> Undo {
        let alone = || sql::fail_unless_rows_are_in(&self.part, self.table());
        let mut actions = vec![Action::one(alone())];
        for (name, index) in self.built_again() {
            actions.push(Action::one(sql::alter::drop_index_if_exists(&self.at(&name))));
            actions.push(Action::one(sql::index(&index, &name, true, false)));
        }
        let mut locked = vec![self.table().clone()];
        locked.extend(self.far_tables());
        let mut back = vec![sql::alter::lock_tables(&locked), alone()];
        back.extend(self.take_apart());
        back.extend(self.stand_in_again(early));
        back.extend(self.be_the_table());
        actions.push(Action::Statements(back));
        Undo::Run { action: Action::Sequence(actions), outside_transaction: false }
    }

    /// The indexes that the way back needs, on the partition.
    fn built_again(&self) -> Vec<(Ident, Index)> {
        let on_part = |index: &Index| Index { table: self.part.clone(), ..index.clone() };
        let gone = self.gone.iter().filter_map(|object| Some((former_name(&object.id.name), on_part(index_of(object)?))));
        let keys = self.built.iter().filter(|(object, _)| matches!(object.body, Body::Constraint(_)));
        let keys = keys.filter_map(|(object, name)| Some((self.waiting(name).name, self.share(object, &self.part)?)));
        gone.chain(keys).collect()
    }

    /// The partitioned form steps aside without the table.
    fn take_apart(&self) -> Vec<Stmt> {
        let (shadow, to) = (&self.shadow, self.context().to);
        let (table, part) = (self.table(), &self.part);
        let mut statements = shadow.take_off(to, &shadow.news);
        statements.extend(shadow.take_settings_off());
        statements.push(sql::alter::detach_partition(table, part));
        for (object, name) in &self.built {
            match &object.body {
                Body::Constraint(_) => statements.push(sql::alter::drop_constraint(part, name)),
                _ => statements.push(sql::alter::rename_index(&self.at(name), &self.waiting(name).name)),
            }
        }
        for (object, name) in &self.kept {
            statements.push(sql::alter::rename_index(&self.at(name), &former_name(&object.id.name)));
        }
        let others = shadow.news.iter().filter(|other| *other != part);
        statements.extend(others.map(|other| rename_table(other, &shadow_name(&other.name))));
        let named = indexes(to, &shadow.news);
        statements.extend(rename_indexes(&named, Ident::clone, shadow_name, early_name));
        statements.push(sql::alter::comment_on_table(&early_name(table), Some(&shadow.note("shadow"))));
        statements.push(rename_table(part, &table.name));
        statements
    }

    /// The place of the first partition is kept again, under the names that it had.
    fn stand_in_again(&self, early: &Early) -> Vec<Stmt> {
        let stand_in = self.stand_in();
        let mut statements = Vec::new();
        if let Some(object) = early.catalog.get(&ObjectId::named(Kind::Table, &stand_in)) {
            statements.extend(sql::create(object, &early.catalog));
        }
        for (name, index) in indexes(&early.catalog, &early.tables[..1]) {
            let named = index.partition_names.iter().filter(|(on, _)| *on == stand_in);
            statements.extend(named.map(|(on, own)| sql::below::name_partition_index(&self.at(name), on, own)));
        }
        statements
    }

    /// Its indexes, keys, numbers and settings, and what hung on it.
    fn be_the_table(&self) -> Vec<Stmt> {
        let (shadow, table, from) = (&self.shadow, self.table(), self.context().from);
        let mut statements = Vec::new();
        for (object, _) in &self.kept {
            statements.push(sql::alter::rename_index(&self.at(&former_name(&object.id.name)), &object.id.name));
        }
        statements.extend(self.gone.iter().map(|object| self.unique_again(object)));
        statements.extend(numbering::hand_back(shadow, &early_name(table)));
        statements.extend(self.described_again());
        if let Some(body) = Shadow::body(shadow.old) {
            statements.extend(sql::table_settings(shadow.old, body));
        }
        statements.extend(recreate_marks(from, table));
        for object in belongings(from, &shadow.olds).into_iter().filter(hangs_on) {
            statements.extend(sql::create(&restoring(object), from));
        }
        statements
    }

    /// An index that was built for the way back takes its place.
    fn unique_again(&self, object: &Object) -> Stmt {
        let former = former_name(&object.id.name);
        match &object.body {
            Body::Constraint(body) => {
                let primary = body.kind == ConstraintKind::PrimaryKey;
                let how = add_key::deferrable(body);
                sql::alter::add_key_using_index(self.table(), &object.id.name, primary, &former, how)
            }
            _ => sql::alter::rename_index(&self.at(&former), &object.id.name),
        }
    }

    /// Owner, privileges and comments of before.
    fn described_again(&self) -> Vec<Stmt> {
        let (table, old, from, to) = (self.table(), self.shadow.old, self.context().from, self.context().to);
        let Some(object) = to.get(&ObjectId::named(Kind::Table, &self.part)) else { return Vec::new() };
        let mut statements = Vec::new();
        if let Some(role) = old.owner.as_ref().filter(|role| object.owner_declared && Some(*role) != object.owner.as_ref()) {
            statements.extend(sql::owner(old, role));
        }
        if old.comment != object.comment {
            statements.push(sql::alter::comment_on_table(table, old.comment.as_deref()));
        }
        statements.extend(sql::grants(old, &object.grants, &old.grants));
        statements.extend(self.describe(to, &self.part, from, table));
        statements.extend(self.said_of_rules().flat_map(sql::comments));
        statements
    }
}
