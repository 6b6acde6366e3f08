//! Names in the archive, and the undo that keeps rows.

use super::around::calls_with_its_row;
use super::hung_keys::HungKeys;
use super::{Context, archive_as_text};
use crate::model::{Body, Catalog, Constraint, Ident, Index, Kind, Object, ObjectId, QualifiedName, Table};
use crate::sql::{self, Stmt};
use crate::step::Undo;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Up to this size a table may be looked through under a lock to see whether it is empty, bytes.
pub const LOOK_LIMIT: u64 = 8 * 1024 * 1024;

/// Eight hex digits that tell support objects of different tables, columns and runs apart.
pub fn h8(seed: &str, kind: &str, label: &str) -> String {
    let digest = Sha256::digest(format!("{seed}\n{kind}\n{label}"));
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// `prefix_name_<h8>`, the name part shortened first so that the hash stays.
pub fn archive_name(seed: &str, prefix: &str, label: &str, name: &str) -> String {
    let digest = h8(seed, prefix, label);
    let mut end = name.len().min(63 - prefix.len() - digest.len() - 5);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{prefix}_{}_{digest}", &name[..end])
}

/// An index or sequence that moves with its table: INDEX or SEQUENCE, its name, its name in the archive.
pub type Part = (String, Ident, String);

/// The indexes and owned sequences that move with a table. A sequence that the files hold stays: it serves another table.
pub fn moving_parts(context: &Context, table: &QualifiedName, name: &str) -> Vec<Part> {
    let mut indexes: Vec<Ident> = Vec::new();
    let mut sequences: Vec<Ident> = Vec::new();
    for object in context.from.objects.values().map(Arc::as_ref) {
        match &object.body {
            Body::Constraint(_) | Body::Index(_) if calls_with_its_row(context.from, object, table) => {}
            Body::Constraint(constraint) if object.id.relation() == *table && constraint.index.is_some() => {
                indexes.push(object.id.name.clone());
            }
            Body::Index(index) if index.table == *table => indexes.push(object.id.name.clone()),
            Body::Index(index) => indexes.extend(below(index, table)),
            Body::Constraint(Constraint {
                index: Some(index), ..
            }) => indexes.extend(below(index, table)),
            Body::Sequence(sequence) if context.new_of(&object.id).is_none() => {
                let owned = sequence
                    .owned_by
                    .as_ref()
                    .is_some_and(|(owner, _)| owner == table);
                sequences.extend(owned.then(|| object.id.name.clone()));
            }
            Body::Column(column) if object.id.relation() == *table => {
                sequences.extend(
                    column
                        .identity
                        .as_ref()
                        .map(|identity| identity.sequence.name.clone()),
                );
            }
            _ => {}
        }
    }
    // A key of its own that hangs below a parent's index is met twice.
    let mut seen = BTreeSet::new();
    indexes.retain(|index| seen.insert(index.clone()));
    let numbered = |kind: &str, letter: &str, names: Vec<Ident>| -> Vec<Part> {
        let part = |(number, old)| {
            (
                kind.to_owned(),
                old,
                sql::own_name::fit(format!("{name}_{letter}{}", number + 1)).to_string(),
            )
        };
        names.into_iter().enumerate().map(part).collect()
    };
    [
        numbered("INDEX", "i", indexes),
        numbered("SEQUENCE", "s", sequences),
    ]
    .concat()
}

/// The name of the index that a partition has below a parent's.
fn below(index: &Index, partition: &QualifiedName) -> Option<Ident> {
    let found = index.partition_names.iter().find(|(on, _)| on == partition);
    found.map(|(_, name)| name.clone())
}

/// The undo of CREATE TABLE: dropped where it is empty, moved to the archive where it holds rows by then.
pub fn undo_create_table(context: &Context, object: &Object) -> Undo {
    let table = object.id.qualified();
    let Body::Table(body) = &object.body else {
        return Undo::Nothing;
    };
    if body.foreign.is_some() {
        return Undo::statements(vec![sql::drop(object)]);
    }
    let base = archive_name(context.seed, "t", &object.id.label(), table.name.as_str());
    let comment = format!(
        "schemaplan:1 {}",
        serde_json::json!({"kind": "archived-table", "of": table.to_string(), "by": "undo of create"})
    );
    // Indexes and sequences are renamed by the block itself: by then they may be others than the plan made.
    // What is undone behind it goes without it.
    let back = Context {
        from: context.to,
        to: context.from,
        ..*context
    };
    let away = archive_as_text::of_table(&back, &table).away;
    let block = sql::archive::drop_or_move_away(&table, &base, &comment, LOOK_LIMIT, &away);
    Undo::statements(vec![block])
}

/// Everything that goes with a table and has no step of its own, in the order in which it can be made again.
pub fn companions<'a>(catalog: &'a Catalog, table: &QualifiedName) -> (Vec<&'a Object>, Vec<&'a Object>) {
    let mut before = Vec::new();
    let mut behind: Vec<&Object> = Vec::new();
    for object in catalog.objects.values().map(Arc::as_ref) {
        match &object.body {
            Body::Sequence(sequence)
                if sequence
                    .owned_by
                    .as_ref()
                    .is_some_and(|(owner, _)| owner == table) =>
            {
                before.push(object);
            }
            Body::Constraint(constraint)
                if object.id.relation() == *table
                    && constraint.kind != crate::model::ConstraintKind::ForeignKey =>
            {
                behind.push(object);
            }
            Body::Index(index) if index.table == *table => behind.push(object),
            Body::Statistics(statistics) if statistics.table == *table => behind.push(object),
            _ => {}
        }
    }
    (before, behind)
}

/// The statements that make a table again as it was with its companions; the given parts bear their archive names.
pub fn recreate_table(context: &Context, table: &QualifiedName, given: &[Part]) -> Vec<Stmt> {
    if !given.is_empty() {
        let from = &with_archive_names(context.from, table, given);
        return recreate_table(&Context { from, ..*context }, table, &[]);
    }
    let catalog = context.from;
    let Some(object) = catalog.get(&ObjectId::named(Kind::Table, table)) else {
        return Vec::new();
    };
    let (mut before, mut behind) = companions(catalog, table);
    // A sequence that outlives its table was freed by a step of its own, whose undo ties it again. So it is with statistics of
    // the same name on another table.
    let goes = |object: &&Object| context.new_of(&object.id).is_none();
    before.retain(goes);
    behind.retain(|object| object.id.kind != Kind::Statistics || goes(object));
    behind.retain(|object| !calls_with_its_row(catalog, object, table));
    let mut statements = Vec::new();
    for each in &before {
        statements.extend(super::made_again(context, each));
    }
    statements.extend(super::made_again(context, object));
    for each in &before {
        if let Body::Sequence(sequence) = &each.body {
            statements.push(sql::sequence_owned_by(each, sequence));
        }
    }
    statements.extend(keys_below(context, object, &mut behind));
    for each in &behind {
        statements.extend(super::made_again(context, each));
    }
    statements.extend(super::partition_name::all_of(catalog, table));
    statements
}

/// Makes the keys of a partition again that hung below indexes of its parent, and takes them out of what is to come.
fn keys_below(context: &Context, table: &Object, behind: &mut Vec<&Object>) -> Option<Stmt> {
    let Body::Table(Table {
        partition_of: Some(place),
        ..
    }) = &table.body
    else {
        return None;
    };
    let is_key =
        |object: &&Object| matches!(&object.body, Body::Constraint(constraint) if constraint.index.is_some());
    if !behind.iter().any(is_key) {
        return None;
    }
    let hung = HungKeys::of(context.from);
    let (keys, others): (Vec<&Object>, Vec<&Object>) = behind
        .iter()
        .partition(|object| hung.index_of(&object.id).is_some());
    let indexes: Vec<QualifiedName> = keys
        .iter()
        .filter_map(|key| hung.index_of(&key.id))
        .map(ObjectId::qualified)
        .collect();
    if indexes.is_empty() {
        return None;
    }
    *behind = others;
    let keys: Vec<Stmt> = keys
        .into_iter()
        .flat_map(|key| super::made_again(context, key))
        .collect();
    Some(sql::below::keys_below(
        &indexes,
        &table.id.qualified(),
        (&place.parent, &place.bound),
        &keys,
    ))
}

fn with_archive_names(from: &Catalog, table: &QualifiedName, given: &[Part]) -> Catalog {
    let mut catalog = from.clone();
    let new_name = |old: &Ident| {
        given
            .iter()
            .find(|(_, name, _)| name == old)
            .map(|(_, _, new)| Ident::new(new))
    };
    let belongs = |object: &Object| match &object.body {
        Body::Constraint(constraint) => constraint.index.is_some() && object.id.relation() == *table,
        Body::Index(index) => index.table == *table,
        Body::Sequence(sequence) => sequence
            .owned_by
            .as_ref()
            .is_some_and(|(owner, _)| owner == table),
        Body::Column(column) => column.identity.is_some() && object.id.relation() == *table,
        _ => false,
    };
    let ids: Vec<ObjectId> = from
        .objects
        .values()
        .filter(|object| belongs(object))
        .map(|object| object.id.clone())
        .collect();
    for id in ids {
        let Some(mut object) = catalog.objects.remove(&id) else {
            continue;
        };
        let changed = Arc::make_mut(&mut object);
        match &mut changed.body {
            Body::Column(column) => {
                if let Some(identity) = &mut column.identity
                    && let Some(name) = new_name(&identity.sequence.name)
                {
                    identity.sequence.name = name;
                }
            }
            _ => changed.id.name = new_name(&id.name).unwrap_or(id.name),
        }
        catalog.insert(object);
    }
    catalog
}

/// What a table says of its indexes: CLUSTER ON, REPLICA IDENTITY, statistics targets, comments.
pub fn recreate_marks(catalog: &Catalog, table: &QualifiedName) -> Vec<Stmt> {
    let (_, behind) = companions(catalog, table);
    let indexed = behind.into_iter().filter(|object| match &object.body {
        Body::Constraint(body) => body.index.is_some() && !body.inherited,
        Body::Index(_) => true,
        _ => false,
    });
    indexed
        .flat_map(|object| sql::create(object, catalog).into_iter().skip(1))
        .collect()
}
