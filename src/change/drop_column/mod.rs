//! Drop a column, its values archived.

mod archived;
mod capture;
mod restore;

pub use archived::{added_key, archived_by, undo_add};

use super::{Change, Context, add_column, archive, archive_as_text, build, emulate_generated, partition_tree};
use crate::model::{Body, Column, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, ColumnArchive};
use crate::step::{Action, Advice, Code, Cost, DoneWhen, Fact, HazardCode, Lock, Moment, Phase, Step, TimeoutClass, Undo, Verdict};
use std::collections::BTreeSet;

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_column: a column of the table is not in the files.

DROP COLUMN is a catalog change, but the values are gone, and with them every index that contains the column. So NOT NULL
goes in expand (new code may leave the column out); in contract the values are copied to schemaplan_archive by key, in
batches, while triggers capture every write, then the indexes are dropped concurrently, then the column under a short
lock. A small table does all that in one transaction. Without a usable key the column is dropped where the table is
empty, else kept as schemaplan_kept_NAME until it is purged. `-- schemaplan: discard` skips the archive.
Undo: the column comes back with archived values; rows written since get its default, else NULL, or what `reverse EXPR` of a
new column says that is computed from it alone; that also where those values have changed since.";

/// A column goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropColumn {
    /// The files ask for no archive.
    pub discard: bool,
    /// Its values live in this table, which has taken the column over.
    pub moved_to: Option<QualifiedName>,
}

/// Everything the recipe's parts need to know.
pub(super) struct Dropped<'a> {
    context: &'a Context<'a>,
    code: &'static str,
    object: &'a Object,
    column: &'a Column,
    table: QualifiedName,
}

impl DropColumn {
    /// NOT NULL in expand, the archive and the drop in contract.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.old(&change.object) else {
            return Vec::new();
        };
        // What a former parent has left behind comes back before the table goes back to that parent.
        let mut own = object.clone();
        if let Body::Column(body) = &mut own.body {
            body.inherited = false;
        }
        let object = &own;
        let Body::Column(column) = &object.body else {
            return Vec::new();
        };
        let dropped = Dropped { context, code: change.code(), object, column, table: object.id.relation() };
        let mut steps = Vec::new();
        if column.not_null && column.generated.is_none() && column.default.is_none() && !in_primary_key(context, object) && column.identity.is_none() && !identifies_rows(context, object) {
            steps.push(dropped.allow_null());
        }
        let foreign = Context::table(context.from, &dropped.table).is_some_and(|table| table.foreign.is_some());
        if let Some(target) = &self.moved_to {
            steps.push(dropped.moved(target));
        } else if column.generated.is_some() || foreign || dropped.is_kept_by_child() {
            steps.push(dropped.plain());
        } else if self.discard {
            steps.push(dropped.discarded());
        } else {
            match dropped.archive() {
                Some(archive) => match dropped.written() {
                    Some(tables) if !context.is_direct(&dropped.table) => steps.extend(dropped.captured(&archive, &tables)),
                    _ => steps.push(dropped.at_once(&archive)),
                },
                None => steps.push(dropped.kept()),
            }
        }
        if let Some(drop) = steps.iter_mut().find(|step| step.gives.contains(&Fact::Gone(object.id.clone()))) {
            drop.needs.extend(called_with_rows(context, object));
        }
        steps
    }
}

/// Functions of the table's rows that go with the plan: their bodies may read the column by the row, which no catalog shows. They go,
/// with the indexes that call them, before it does, and come back behind it.
fn called_with_rows(context: &Context, column: &Object) -> Vec<Fact> {
    let table = ObjectId::named(Kind::Table, &column.id.relation());
    let goes = |id: &&&ObjectId| id.kind == Kind::Function && context.new_of(id).is_none();
    let computes = |id: &&ObjectId| {
        let standing = context.users.standing_on_dropped(&BTreeSet::from([(*id).clone()]));
        column.depends_on.contains(id) || standing.contains(&column.id)
    };
    let functions = context.users.users(&table).iter().filter(goes).copied();
    functions.filter(|id| !computes(id)).cloned().map(Fact::Gone).collect()
}

fn in_primary_key(context: &Context, object: &Object) -> bool {
    context.from.parts(Kind::Constraint, &object.id.relation()).any(|part| match &part.body {
        Body::Constraint(constraint) => {
            constraint.kind == crate::model::ConstraintKind::PrimaryKey && constraint.columns.contains(&object.id.name)
        }
        _ => false,
    })
}

/// True where the replica identity's index holds the column: PostgreSQL keeps it NOT NULL as long.
fn identifies_rows(context: &Context, object: &Object) -> bool {
    let table = object.id.relation();
    let Some(crate::model::Table { replica_identity: crate::model::ReplicaIdentity::Index(name), .. }) =
        Context::table(context.from, &table)
    else {
        return false;
    };
    let holds = |index: &crate::model::Index| {
        index.keys.iter().any(|key| key.of == crate::model::IndexKeyOf::Column(object.id.name.clone()))
    };
    let own = crate::model::ObjectId::named(
        Kind::Index,
        &QualifiedName { schema: table.schema.clone(), name: name.clone() },
    );
    let key = crate::model::ObjectId::part(Kind::Constraint, &table, name);
    [own, key].iter().filter_map(|id| context.old(id)).any(|found| match &found.body {
        Body::Index(index) => holds(index),
        Body::Constraint(constraint) => constraint.index.as_ref().is_some_and(|index| holds(index)),
        _ => false,
    })
}

impl<'a> Dropped<'a> {
    fn archive(&self) -> Option<ColumnArchive> {
        archived::archive_of(self.context, self.object, self.column, "c")
    }

    /// The tables that writers write who write this one, it first: triggers on all of them see every write. None where there are
    /// writes that they would not see.
    fn written(&self) -> Option<Vec<QualifiedName>> {
        let (from, to) = (self.context.from, self.context.to);
        if from.is_plain_table(&self.table) {
            return Some(vec![self.table.clone()]);
        }
        let body = Context::table(from, &self.table)?;
        if body.partition_of.is_some() && body.partition_key.is_none() && to.is_plain_table(&self.table) {
            // It is a table of its own by then.
            return Some(vec![self.table.clone()]);
        }
        let [before, after] = [from, to].map(|catalog| partition_tree::tree(catalog, &self.table));
        let stays = |table: &QualifiedName| {
            let [old, new] = [from, to].map(|catalog| Context::table(catalog, table));
            old.is_some_and(|old| old.foreign.is_none() && new.is_some_and(|new| new.partition_of == old.partition_of))
        };
        let whole = body.partition_of.is_none() && from.is_partitioned(&self.table) && to.is_partitioned(&self.table);
        (whole && before == after && before.iter().all(stays)).then_some(before)
    }

    fn step(&self, phase: Phase, title: String, up: Action, undo: Undo, done_when: DoneWhen) -> Step {
        let mut step = Step::new(self.object.id.clone(), self.code, phase, title, up, undo, done_when);
        step.locks = build::locks(self.context, &self.object.id, Lock::AccessExclusive);
        step
    }

    fn gone(&self) -> DoneWhen {
        DoneWhen::Holds(sql::probe::not(&sql::exists(&self.object.id)))
    }

    /// New columns that a trigger computes from this one until contract.
    pub(super) fn computed(&self) -> impl Iterator<Item = ObjectId> + use<'a, '_> {
        let columns = self.context.to.parts(Kind::Column, &self.table).map(|column| &column.id);
        let reads = |id: &&ObjectId| {
            let value = add_column::backfill(self.context, id).or_else(|| add_column::computed(self.context, id));
            value.is_some_and(|value| add_column::sources(self.context, id, &value).contains(&self.object.id.name))
        };
        columns.filter(reads).cloned()
    }

    fn finish(&self, mut step: Step) -> Step {
        step.needs.extend(self.computed().map(Fact::Named));
        step.gives = vec![Fact::Gone(self.object.id.clone())];
        step.timeout = TimeoutClass::Cut;
        step.application.push(Advice::new(Moment::Before, Code::Every, "must no longer use", &self.object.id));
        step
    }

    fn allow_null(&self) -> Step {
        let name = &self.object.id.name;
        let mut step = self.step(
            Phase::Expand,
            format!("Allow NULL in {}, which is about to go", self.object.id.label()),
            Action::one(sql::alter::drop_not_null(&self.table, name)),
            Undo::statements(vec![sql::not_null::set(&self.table, name, self.column)]),
            // It stays so when the column is gone.
            DoneWhen::Holds(sql::probe::not(&sql::probe::column_where(&self.table, name, "a.attnotnull"))),
        );
        step.gives.push(Fact::Changed(self.object.id.clone()));
        // The parent that the table leaves forbids NULL until then.
        step.needs.push(Fact::Named(ObjectId::named(Kind::Table, &self.table)));
        step.application.push(Advice::new(Moment::After, Code::New, "may leave", &self.object.id).behind(" out"));
        step
    }

    fn plain(&self) -> Step {
        let mut step = build::drop(self.context, self.object, self.code, Phase::Contract);
        if self.is_kept_by_child() {
            let action = format!("DROP COLUMN {}", sql::ident(&self.object.id.name));
            let mut up = vec![sql::alter::only(&self.table, &action)];
            up.extend(self.children_without().map(|own| sql::alter::drop_column(&own.relation(), &own.name)));
            step.up = Action::Statements(up);
            if let Undo::Run { action: Action::Statements(back), .. } = &mut step.undo {
                back.splice(0..0, self.inherit_again());
                back.extend(self.left_to_the_parent());
                step.undo = Undo::Lossy {
                    action: Action::Statements(std::mem::take(back)),
                    reason: format!("the values of {} in rows of `{}` itself are not archived", self.object.id.label(), self.table),
                };
            }
        }
        if !self.context.is_direct(&self.table)
            && let Some(undo) = emulate_generated::restore(self.context, self.object, self.column)
        {
            step.undo = undo;
        }
        step.title = format!("Drop column {}", self.object.id.label());
        self.finish(step)
    }

    /// A child of the table keeps the column as its own.
    fn is_kept_by_child(&self) -> bool {
        !self.keeping_children().is_empty()
    }

    /// The children's columns that become their own when the parent loses its.
    fn keeping_children(&self) -> Vec<&'a Object> {
        let inherits = |child: &&Object| matches!(&child.body, Body::Table(body) if body.inherits.contains(&self.table));
        let children = self.context.to.of_kind(Kind::Table).filter(inherits);
        let own = children.map(|child| ObjectId::part(Kind::Column, &child.id.qualified(), &self.object.id.name));
        own.filter_map(|column| self.context.to.get(&column)).collect()
    }

    /// The columns of children that stay and lose theirs together with the parent, while another child keeps its own.
    fn children_without(&self) -> impl Iterator<Item = ObjectId> {
        let inherits = |child: &&Object| matches!(&child.body, Body::Table(body) if body.inherits.contains(&self.table));
        let children = self.context.to.of_kind(Kind::Table).filter(inherits);
        let own = children.map(|child| ObjectId::part(Kind::Column, &child.id.qualified(), &self.object.id.name));
        own.filter(|column| self.context.new_of(column).is_none() && self.context.old(column).is_some())
    }

    /// A column that a child has made its own stays so for good; an empty child takes the parent's instead.
    fn inherit_again(&self) -> Vec<sql::Stmt> {
        let inherited = |object: Option<&Object>| matches!(object.map(|object| &object.body), Some(Body::Column(column)) if column.inherited);
        let is_used = |id: &ObjectId| self.context.to.objects.values().any(|object| object.depends_on.contains(id));
        let again = self.keeping_children().into_iter().filter(|own| {
            inherited(self.context.old(&own.id)) && !inherited(Some(own)) && !is_used(&own.id)
        });
        again
            .map(|own| {
                let is_empty = sql::archive::is_empty(&own.id.relation(), archive::LOOK_LIMIT);
                sql::archive::choose(&is_empty, &[sql::drop(own)], &[])
            })
            .collect()
    }

    /// The column of a child that had it from this table alone is this table's again.
    fn left_to_the_parent(&self) -> Vec<sql::Stmt> {
        let inherited = |own: &&Object| Context::column(self.context.from, &own.id).is_some_and(|column| column.inherited);
        let children = self.keeping_children().into_iter().filter(inherited);
        let name = std::slice::from_ref(&self.object.id.name);
        children.map(|own| sql::leave_to_parents(&own.id.relation(), name, &[], false)).collect()
    }

    fn discarded(&self) -> Step {
        let mut step = self.plain();
        if let Undo::Run { action, .. } = &step.undo {
            step.undo = Undo::Lossy {
                action: action.clone(),
                reason: format!("the values of {} are not archived", self.object.id.label()),
            };
        }
        step.hazards.push(build::hazard(
            HazardCode::DropsData,
            Verdict::Stop,
            &self.object.id,
            format!("the values of {} are dropped, and not archived", self.object.id.label()),
        ));
        step
    }

    fn warns(&self, step: &mut Step, place: &str) {
        step.hazards.push(build::hazard(
            HazardCode::DropsData,
            Verdict::Warn,
            &self.object.id,
            format!("the values of {} are kept in {place} until they are purged", self.object.id.label()),
        ));
    }

    fn comment(&self) -> String {
        format!(
            "schemaplan:1 {}",
            serde_json::json!({
                "kind": "archived-column",
                "of": self.object.id.label(),
                "type": self.column.data_type,
                "default": self.column.default,
                "notnull": self.column.not_null,
            })
        )
    }

    /// Small tables: archive and drop in one transaction.
    fn at_once(&self, archive: &ColumnArchive) -> Step {
        let mut up = vec![sql::alter::lock_tables(std::slice::from_ref(&self.table))];
        up.extend(archive.create(&self.comment()));
        up.push(archive.copy_all());
        up.extend(self.loose_sequences());
        up.push(sql::drop(self.object));
        let mut step = self.step(
            Phase::Contract,
            format!("Archive and drop column {}", self.object.id.label()),
            Action::Statements(up),
            self.restore_at_once(archive),
            self.gone(),
        );
        step.cost = Cost::Copies(self.table.clone());
        step.preconditions = self.context.size_gate(&self.table);
        if !self.context.is_direct(&self.table) {
            let message = format!("the values of {} are copied under ACCESS EXCLUSIVE", self.object.id.label());
            build::up_to_the_gate(&mut step, self.context, &self.table, HazardCode::ScansUnderLock, message);
        }
        self.warns(&mut step, "schemaplan_archive");
        self.finish(step)
    }

    /// No usable key: dropped where the table is empty, else kept under another name.
    fn kept(&self) -> Step {
        let name = &self.object.id.name;
        let kept = sql::own_name::kept_name(name);
        let mut up = vec![sql::alter::lock_tables(std::slice::from_ref(&self.table))];
        if self.column.identity.is_some() {
            up.push(sql::alter::column_action(&self.table, name, "DROP IDENTITY IF EXISTS"));
        }
        up.extend(self.loose_sequences());
        up.push(sql::drop_or_keep_column(&self.table, name, &kept, archive::LOOK_LIMIT, false));
        if archive_as_text::uses_what_goes(self.context, self.object) {
            let text = archive_as_text::convert(&self.table, &kept, "text");
            up.push(sql::archive::choose(&sql::probe::column(&self.table, &kept), &[text], &[]));
        }
        let mut step = self.step(
            Phase::Contract,
            format!("Drop column {} (keep it as {kept} where rows exist)", self.object.id.label()),
            Action::Statements(up),
            self.restore_kept(&kept),
            self.gone(),
        );
        if archive_as_text::uses_what_goes(self.context, self.object) {
            step.cost = Cost::Rewrites(self.table.clone());
            let message = format!("`{}` is written anew under ACCESS EXCLUSIVE where {kept} becomes text", self.table);
            build::up_to_the_gate(&mut step, self.context, &self.table, HazardCode::RewritesTable, message);
        }
        self.warns(&mut step, &format!("the table as {kept}"));
        self.finish(step)
    }
}
