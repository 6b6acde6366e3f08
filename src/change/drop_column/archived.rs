//! The archive of a column: by which key, and for which column that goes, up or down.

use super::super::{Context, archive};
use crate::model::{Body, Column, Ident, Kind, Object, ObjectId};
use crate::sql::{self, ColumnArchive};
use crate::step::{Action, Batch, BatchStatement, Fact, Undo};

fn is_built_in(data_type: &str) -> bool {
    !data_type.contains('.')
}

/// The type in which an archive holds a key column whichever of the two types that one has by then: a built-in one that
/// stays, or the wider of two integers, which compare with each other.
fn common_key_type(before: &str, after: &str) -> Option<String> {
    const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
    let width = |name: &str| INTEGERS.iter().position(|each| *each == name);
    match (width(before), width(after)) {
        (Some(one), Some(other)) => Some(INTEGERS[one.max(other)].to_owned()),
        _ => (before == after && is_built_in(before)).then(|| before.to_owned()),
    }
}

/// The key by which an archive tells rows apart, with the types in which it holds it.
type ArchiveKey<'a> = (&'a ObjectId, Vec<(Ident, String)>);

fn key_of<'a>(context: &Context<'a>, column: &ObjectId) -> Option<ArchiveKey<'a>> {
    let table = column.relation();
    let key_type = |name: &Ident| {
        let id = ObjectId::part(Kind::Column, &table, name);
        let (before, after) = Context::column(context.from, &id).zip(Context::column(context.to, &id))?;
        common_key_type(before.data_type.as_str(), after.data_type.as_str())
    };
    let survives = |name: &Ident| *name != column.name && key_type(name).is_some();
    if context.from.is_inherited_from(&table) {
        return None;
    }
    let (id, key) = context.key_of(&table, survives)?;
    let typed = key.into_iter().filter_map(|column| key_type(&column.name).map(|own| (column.name, own)));
    Some((id, typed.collect()))
}

/// Columns whose values go to the archive by this key: as long as it is there, none of that reads the whole table.
pub fn archived_by<'a>(context: &'a Context, key: &'a ObjectId) -> impl Iterator<Item = &'a ObjectId> {
    let columns = context.from.parts(Kind::Column, &key.relation()).map(|column| &column.id);
    let goes = |column: &&ObjectId| context.new_of(column).is_none();
    columns.filter(goes).filter(move |column| key_of(context, column).is_some_and(|(id, _)| id == key))
}

/// The archive of a column of the live side; none without a key that survives the plan and whose types are built in.
pub(super) fn archive_of(context: &Context, object: &Object, column: &Column, prefix: &str) -> Option<ColumnArchive> {
    let table = object.id.relation();
    let (_, key) = key_of(context, &object.id)?;
    let own = column.data_type.as_str().to_owned();
    let label = format!("{table}.{}", object.id.name);
    let shown = format!("{}_{}", table.name, object.id.name);
    Some(ColumnArchive {
        table,
        column: object.id.name.clone(),
        name: archive::archive_name(context.seed, prefix, &label, &shown),
        key,
        value_type: if is_built_in(&own) { own.clone() } else { "text".to_owned() },
        column_type: own,
        keep_nulls: !column.not_null && column.default.is_some(),
    })
}

/// The archive of a column that an undo drops. The key has to be one that the down side finds, which is one of the desired
/// catalog; one that the undo leaves in place tells afterwards whose the values were.
fn archive_of_added(context: &Context, object: &Object, column: &Column) -> Option<ColumnArchive> {
    if column.generated.is_some() {
        return None;
    }
    let stays = Context { from: context.to, to: context.from, ..*context };
    let is_there = Context { from: context.to, ..*context };
    let keeps_types = |archive: &ColumnArchive| {
        archive.key.iter().all(|(name, own)| {
            let former = Context::column(context.from, &ObjectId::part(Kind::Column, &archive.table, name));
            former.is_none_or(|former| former.data_type.as_str() == own)
        })
    };
    let is_of_key = || {
        let mut parts = context.to.parts(Kind::Constraint, &object.id.relation());
        parts.any(|part| matches!(&part.body, Body::Constraint(key) if key.index.is_some() && key.columns.contains(&object.id.name)))
    };
    // Of two that come with this plan, each in a key, only one can be told by the other.
    let comes_before = |archive: &ColumnArchive| {
        let mut key = archive.key.iter().map(|(name, _)| ObjectId::part(Kind::Column, &archive.table, name));
        !is_of_key() || key.all(|id| context.old(&id).is_some() || id < object.id)
    };
    // By then a key column has its former type again.
    let added = || archive_of(&is_there, object, column, "u").filter(keeps_types).filter(comes_before);
    archive_of(&stays, object, column, "u").or_else(added)
}

/// Columns of that archive's key that come with the same plan: they come before this one, and their undo behind its own.
pub fn added_key(context: &Context, object: &Object) -> Vec<Fact> {
    let Body::Column(column) = &object.body else {
        return Vec::new();
    };
    let archive = archive_of_added(context, object, column);
    let names = archive.into_iter().flat_map(|archive| archive.key).map(|(name, _)| name);
    names
        .map(|name| ObjectId::part(Kind::Column, &object.id.relation(), &name))
        .filter(|id| context.old(id).is_none())
        .map(Fact::Exists)
        .collect()
}

/// The undo of ADD COLUMN: what was written into it goes to the archive.
pub fn undo_add(context: &Context, object: &Object) -> Undo {
    let Body::Column(column) = &object.body else {
        return Undo::Nothing;
    };
    let table = object.id.relation();
    let drop = sql::drop(object);
    let Some(archive) = archive_of_added(context, object, column) else {
        return Undo::statements(vec![drop]);
    };
    let comment = format!(
        "schemaplan:1 {}",
        serde_json::json!({"kind": "archived-column", "of": object.id.label(), "by": "undo of add"})
    );
    let mut first = archive.create(&comment);
    if context.is_direct(&table) {
        first.insert(0, sql::alter::lock_tables(std::slice::from_ref(&table)));
        first.extend([archive.copy_all(), drop, archive.drop_if_empty()]);
        return Undo::statements(first);
    }
    let copy = Batch {
        table: table.clone(),
        key: context.key(&table, |_| true),
        statements: vec![BatchStatement {
            before: archive.copy_before(),
            qualifier: String::new(),
            after: archive.copy_after(),
        }],
        otherwise: String::new(),
    };
    Undo::Run {
        action: Action::Sequence(vec![
            Action::Statements(first),
            Action::Batches(copy),
            Action::Statements(vec![drop, archive.drop_if_empty()]),
        ]),
        outside_transaction: false,
    }
}
