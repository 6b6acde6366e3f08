//! What a table has of its own where it stands beside its partitioned parent instead of below it.

use super::{Context, is_replaced};
use crate::model::{
    Body, Catalog, Constraint, ConstraintKind, Ident, Index, Kind, Object, ObjectId, QualifiedName,
};
use crate::sql;
use std::borrow::Cow;

/// Both catalogs, with the indexes and constraints of partitions that leave or join a parent spelled out. Below a parent its
/// own stand for them. DETACH leaves them to the table; and ATTACH adopts them where they were built before it, which locks
/// nobody out, while it would build them under its lock.
pub fn spelled_out<'a>(from: &'a Catalog, to: &'a Catalog) -> (Cow<'a, Catalog>, Cow<'a, Catalog>) {
    let replaced = |table: &QualifiedName| is_replaced(from, to, table);
    (with_parts(from, to, &replaced), with_parts(to, from, &replaced))
}

fn with_parts<'a>(
    here: &'a Catalog,
    there: &Catalog,
    replaced: &dyn Fn(&QualifiedName) -> bool,
) -> Cow<'a, Catalog> {
    let mut parts = Vec::new();
    for object in here.of_kind(Kind::Table) {
        let Body::Table(table) = &object.body else {
            continue;
        };
        let Some(of) = &table.partition_of else { continue };
        let name = object.id.qualified();
        let elsewhere = Context::table(there, &name)
            .is_some_and(|other| other.partition_of.as_ref().map(|of| &of.parent) != Some(&of.parent));
        if elsewhere && !replaced(&name) {
            parts.extend(parts_of(here, &name, table.partition_key.is_some()));
        }
    }
    if parts.is_empty() {
        return Cow::Borrowed(here);
    }
    let mut catalog = here.clone();
    for part in parts {
        catalog.insert(part);
    }
    Cow::Owned(catalog)
}

/// The table's share in what its partitioned parents have.
fn parts_of(catalog: &Catalog, table: &QualifiedName, partitioned: bool) -> Vec<Object> {
    let mut above = Vec::new();
    let mut at = table;
    while let Some(of) = Context::table(catalog, at).and_then(|body| body.partition_of.as_ref()) {
        above.push(&of.parent);
        at = &of.parent;
    }
    let mut parts = Vec::new();
    for object in catalog.objects.values() {
        let part = match &object.body {
            Body::Index(index) if above.contains(&&index.table) => {
                own_index(index, table, partitioned).map(|(name, mut index)| {
                    let comment = index.comment.take();
                    let id = ObjectId::named(
                        Kind::Index,
                        &QualifiedName {
                            schema: table.schema.clone(),
                            name,
                        },
                    );
                    let mut own = Object::new(id, Body::Index(index));
                    own.comment = comment;
                    own
                })
            }
            Body::Constraint(body) if above.contains(&&object.id.relation()) => {
                own_constraint(object, body, table, partitioned)
            }
            _ => None,
        };
        let Some(mut part) = part.filter(|part| catalog.get(&part.id).is_none()) else {
            continue;
        };
        part.depends_on = object
            .depends_on
            .iter()
            .map(|used| below(used, &above, table))
            .collect();
        parts.push(part);
    }
    parts
}

/// What the parent's object uses of the parent, on the table.
fn below(used: &ObjectId, above: &[&QualifiedName], table: &QualifiedName) -> ObjectId {
    if used.kind == Kind::Table && above.contains(&&used.qualified()) {
        return ObjectId::named(Kind::Table, table);
    }
    if used.kind == Kind::Column && above.contains(&&used.relation()) {
        return ObjectId::part(Kind::Column, table, &used.name);
    }
    used.clone()
}

fn own_index(parent: &Index, table: &QualifiedName, partitioned: bool) -> Option<(Ident, Index)> {
    let (_, name) = parent.partition_names.iter().find(|(on, _)| on == table)?;
    let own = parent.on_partition(table);
    let mut index = Index {
        table: table.clone(),
        on_partitioned: partitioned,
        partition_names: Vec::new(),
        below: Vec::new(),
        comment: own.comment,
        options: own.options,
        ..parent.clone()
    };
    for (position, key) in index.keys.iter_mut().enumerate() {
        let target = own.statistics.iter().find(|(at, _)| *at == position);
        key.statistics = target.map(|(_, target)| *target);
    }
    index.definition = sql::index(&index, name, false, false).to_string();
    Some((name.clone(), index))
}

fn own_constraint(
    object: &Object,
    parent: &Constraint,
    table: &QualifiedName,
    partitioned: bool,
) -> Option<Object> {
    let mut body = parent.clone();
    body.inherited = false;
    let below = parent.index.as_ref().map(|index| index.on_partition(table));
    let name = match (&parent.index, parent.kind) {
        (Some(index), _) => {
            let (name, index) = own_index(index, table, partitioned)?;
            body.index = Some(Box::new(index));
            name
        }
        (None, ConstraintKind::Check) if parent.no_inherit => return None,
        (None, _) => object.id.name.clone(),
    };
    let mut own = Object::new(
        ObjectId::part(Kind::Constraint, table, &name),
        Body::Constraint(body),
    );
    own.comment = below.and_then(|below| below.key_comment);
    Some(own)
}
