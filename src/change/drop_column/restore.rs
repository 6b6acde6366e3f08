//! The way back of a dropped column.

use super::Dropped;
use crate::change::{add_column, archive_as_text, build, change_identity::as_it_was, restoring, shared_children};
use crate::model::{Body, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, ColumnArchive, Stmt};
use crate::text::DirectiveKind;
use crate::step::{Action, Batch, BatchStatement, Fact, Key, KeyColumn, Phase, Step, Undo};

impl<'a> Dropped<'a> {
    /// The column without what its rows may not meet yet: default, NOT NULL, identity.
    fn bare(&self) -> Object {
        let mut bare = restoring(self.object);
        if let Body::Column(column) = &mut bare.body {
            column.default = None;
            column.not_null = false;
            column.not_null_constraint = None;
            column.identity = None;
        }
        bare
    }

    /// Default, sequence, identity and NOT NULL once the rows have their values.
    fn complete(&self) -> Vec<Stmt> {
        let name = &self.object.id.name;
        let mut statements = Vec::new();
        let keeps_not_null = self.column.not_null && self.restores_not_null();
        if keeps_not_null {
            statements.push(sql::not_null::set(&self.table, name, self.column));
        }
        if let Some(identity) = &self.column.identity {
            statements.extend(sql::sync::add_identity(&self.table, name, &as_it_was(identity), self.context.from));
        }
        for object in self.owned_sequences() {
            if let Body::Sequence(sequence) = &object.body {
                statements.push(sql::sequence_owned_by(object, sequence));
                statements.push(sql::sync::follow_column(&object.id.qualified(), &self.table, name));
            }
        }
        statements.extend(shared_children::own_forms(self.context.from, self.context.to, &self.object.id));
        statements
    }

    /// NOT NULL that expand dropped comes back with expand's own undo.
    fn restores_not_null(&self) -> bool {
        self.column.default.is_some()
            || self.column.identity.is_some()
            || super::in_primary_key(self.context, self.object)
            || super::identifies_rows(self.context, self.object)
    }

    /// What leads back to the values, where a new column is computed from this one alone and says so by `reverse`: up to the
    /// hole for the range of `t`, and behind it. It is for rows without a value and those that say something else by now.
    fn reverse(&self, archive: &ColumnArchive) -> Option<(String, String)> {
        let context = self.context;
        let alone = |id: &ObjectId| {
            let value = add_column::computed(context, id)?;
            let sources = add_column::sources(context, id, &value);
            (sources == [self.object.id.name.clone()]).then_some(value)
        };
        let computed: Vec<(ObjectId, String)> =
            self.computed().filter_map(|id| alone(&id).map(|value| (id, value))).collect();
        let back = computed.iter().find_map(|(id, _)| {
            context.directive_text(id, |kind| match kind {
                DirectiveKind::Reverse(value) => Some(value.clone()),
                _ => None,
            })
        })?;
        let differ: Vec<(&Ident, &str)> = computed.iter().map(|(id, value)| (&id.name, value.as_str())).collect();
        Some((archive.reverse_before(&back), archive.reverse_after(&differ)))
    }

    fn default(&self) -> Option<Stmt> {
        let default = self.column.default.as_ref()?;
        Some(sql::alter::set_default(&self.table, &self.object.id.name, default))
    }

    pub(super) fn restore_at_once(&self, archive: &ColumnArchive) -> Undo {
        let mut statements = sql::create(&self.bare(), self.context.from);
        statements.extend(self.default());
        // An UPDATE of no row would still fire the triggers of statements.
        let whole = |rows: String, before: String, after: String| {
            let some = format!("EXISTS (SELECT FROM {rows})");
            sql::archive::choose(&some, &[Stmt::new(format!("{before}true{after}"))], &[])
        };
        if self.column.default.is_some() {
            statements.push(whole(sql::qualified(&self.table), archive.default_before(), archive.default_after()));
        }
        statements.push(whole(archive.archive(), archive.restore_before(), archive.restore_after()));
        if let Some((before, after)) = self.reverse(archive) {
            statements.push(whole(sql::qualified(&self.table), before, after));
        }
        statements.extend(self.complete());
        statements.push(archive.drop());
        Undo::statements(statements)
    }

    pub(super) fn restore_kept(&self, kept: &Ident) -> Undo {
        let name = &self.object.id.name;
        let mut back = vec![sql::alter::rename_column(&self.table, kept, name)];
        if archive_as_text::uses_what_goes(self.context, self.object) {
            back.push(archive_as_text::convert(&self.table, name, self.column.data_type.as_str()));
        }
        back.extend(self.default());
        back.extend(self.complete());
        let mut again = sql::create(&self.bare(), self.context.from);
        again.extend(self.default());
        again.extend(self.complete());
        Undo::statements(vec![sql::archive::choose(&sql::probe::column(&self.table, kept), &back, &again)])
    }

    /// Large tables: the column empty, then batches, then the rest.
    pub(super) fn restore_in_batches(&self, archive: &ColumnArchive) -> Undo {
        let name = &self.object.id.name;
        let mut first = sql::create(&self.bare(), self.context.from);
        first.extend(self.default());
        first.extend(sql::sync::add_todo(&self.table, name, "archive"));
        let mut statements = Vec::new();
        if self.column.default.is_some() {
            statements.push(BatchStatement {
                before: archive.default_before(),
                qualifier: "t".to_owned(),
                after: archive.default_after(),
            });
        }
        statements.push(BatchStatement {
            before: archive.restore_before(),
            qualifier: "t".to_owned(),
            after: archive.restore_after(),
        });
        statements.extend(self.reverse(archive).map(|(before, after)| BatchStatement {
            before,
            qualifier: "t".to_owned(),
            after,
        }));
        statements.push(BatchStatement {
            before: archive.restored_before(),
            qualifier: "a".to_owned(),
            after: " AND NOT a.schemaplan_restored".to_owned(),
        });
        let key = archive
            .key
            .iter()
            .map(|(name, data_type)| KeyColumn {
                name: name.clone(),
                data_type: crate::model::TypeName::new(data_type.clone()),
            })
            .collect();
        let fill = Batch {
            table: self.table.clone(),
            key: Key::Columns(key),
            statements,
            otherwise: String::new(),
        };
        let mut last = self.complete();
        last.push(sql::sync::drop_todo(&self.table, name));
        last.push(archive.drop());
        Undo::Run {
            action: Action::Sequence(vec![
                Action::Statements(first),
                Action::Batches(fill),
                Action::Statements(last),
            ]),
            outside_transaction: false,
        }
    }

    /// The column goes, since another table has taken it over. It comes back without values: they are filled from there.
    pub(super) fn moved(&self, target: &QualifiedName) -> Step {
        let mut step = build::drop(self.context, self.object, self.code, Phase::Contract);
        step.title = format!("Drop column {}, whose values are in {target}", self.object.id.label());
        // Drawn anew for each row, the default would write the whole table.
        let drawn = self.column.volatile_default;
        let mut back = if drawn { self.bare() } else { restoring(self.object) };
        if let Body::Column(column) = &mut back.body
            && column.default.is_none()
        {
            column.not_null = false;
            column.not_null_constraint = None;
        }
        let mut statements = sql::create(&back, self.context.from);
        statements.extend(self.default().filter(|_| drawn));
        step.undo = Undo::statements(statements);
        step.needs.push(Fact::Valid(ObjectId::named(Kind::Table, &self.table)));
        self.finish(step)
    }

    /// Sequences that the column owns would go with it; they are dropped by steps of their own.
    pub(super) fn loose_sequences(&self) -> Vec<Stmt> {
        let name = |object: &Object| sql::qualified(&object.id.qualified());
        let untie = |object| sql::alter::alter_object("SEQUENCE", &name(object), "OWNED BY NONE");
        self.owned_sequences().map(untie).collect()
    }

    fn owned_sequences(&self) -> impl Iterator<Item = &'a Object> + use<'a> {
        let table = self.table.clone();
        let name = self.object.id.name.clone();
        let context = self.context;
        // One that another column owns by then has left before.
        let stays = move |object: &Object| match context.new_of(&object.id).map(|new| &new.body) {
            Some(Body::Sequence(new)) => new.owned_by.is_none(),
            _ => true,
        };
        self.context.from.of_kind(Kind::Sequence).filter(move |object| match &object.body {
            Body::Sequence(sequence) => {
                sequence.owned_by.as_ref().is_some_and(|(owner, column)| *owner == table && *column == name) && stays(object)
            }
            _ => false,
        })
    }
}
