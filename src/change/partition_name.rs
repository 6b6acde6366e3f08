//! Names of the indexes that partitions get below a parent's.

use super::{Change, Context, build};
use crate::model::{
    Body, Catalog, Constraint, Ident, Index, IndexKeyOf, Kind, Object, ObjectId, QualifiedName,
};
use crate::sql::{self, Stmt};
use crate::step::{Fact, Phase, Step};

/// A step that gives the partitions' indexes the names of the files, where those are not PostgreSQL's own choice.
pub fn step(change: &Change, context: &Context, index: &Index, phase: Phase) -> Option<Step> {
    let id = &change.object;
    let root = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    let chosen: Vec<_> = index
        .partition_names
        .iter()
        .filter(|(partition, name)| *name != automatic(index, partition, id))
        .filter(|(partition, name)| !id.is_part() || !has_key(context, partition, name))
        .collect();
    if chosen.is_empty() {
        return own_step(change, index, phase);
    }
    let mut up: Vec<Stmt> = chosen
        .iter()
        .map(|(partition, name)| sql::below::name_partition_index(&root, partition, name))
        .collect();
    up.extend(sql::indexes_below(index));
    let title = format!("Name the partitions' indexes below {}", id.name);
    let mut step = build::alter(id, change.code(), phase, title, up, Vec::new());
    step.gives.clear();
    step.needs = chosen
        .iter()
        .map(|(partition, _)| Fact::Exists(ObjectId::named(Kind::Table, partition)))
        .collect();
    Some(step)
}

/// True where the partition has a key of that name, which a parent's adopts.
fn has_key(context: &Context, partition: &QualifiedName, name: &Ident) -> bool {
    context
        .old(&ObjectId::part(Kind::Constraint, partition, name))
        .is_some()
}

/// A step that gives the partitions' indexes what they have of their own, where they bear their names already.
fn own_step(change: &Change, index: &Index, phase: Phase) -> Option<Step> {
    let up = sql::indexes_below(index);
    if up.is_empty() {
        return None;
    }
    let id = &change.object;
    let title = format!("Change settings of partitions' indexes below {}", id.name);
    let mut step = build::alter(id, change.code(), phase, title, up, Vec::new());
    step.gives.clear();
    let partitions = index
        .below
        .iter()
        .map(|own| ObjectId::named(Kind::Table, &own.partition));
    step.needs = partitions.map(Fact::Exists).collect();
    step.needs.push(Fact::Exists(id.clone()));
    Some(step)
}

/// The name that PostgreSQL chooses for the index of a partition.
pub fn automatic(index: &Index, partition: &QualifiedName, id: &ObjectId) -> Ident {
    let mut name = partition.name.as_str().to_owned();
    let constraint = id.is_part();
    let primary = constraint && id.name.as_str().ends_with("_pkey");
    if !primary {
        for key in &index.keys {
            match &key.of {
                IndexKeyOf::Column(column) => name.push_str(&format!("_{column}")),
                IndexKeyOf::Expression(_) => name.push_str("_expr"),
            }
        }
        index
            .include
            .iter()
            .for_each(|column| name.push_str(&format!("_{column}")));
    }
    let ending = match (primary, constraint) {
        (true, _) => "pkey",
        (false, true) => "key",
        (false, false) => "idx",
    };
    sql::own_name::fit(format!("{name}_{ending}"))
}

/// The statements that give all partitions' indexes below a table's their names.
pub fn all_below(catalog: &Catalog, table: &QualifiedName) -> Vec<Stmt> {
    named(catalog, |index, _| index.table == *table)
}

/// The statements that give the indexes of one partition their names.
pub fn all_of(catalog: &Catalog, partition: &QualifiedName) -> Vec<Stmt> {
    named(catalog, |_, on| on == partition)
}

fn named(catalog: &Catalog, wanted: impl Fn(&Index, &QualifiedName) -> bool) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for object in catalog.objects.values() {
        let index = match &object.body {
            Body::Index(index) => index,
            Body::Constraint(Constraint {
                index: Some(index), ..
            }) => index,
            _ => continue,
        };
        let root = QualifiedName {
            schema: object.id.schema.clone(),
            name: object.id.name.clone(),
        };
        for (partition, name) in index.partition_names.iter().filter(|(on, _)| wanted(index, on)) {
            statements.push(sql::below::name_partition_index(&root, partition, name));
            statements.extend(own_again(index, catalog, partition, name));
        }
    }
    statements
}

/// The statements that give the partitions' indexes below one index their names, and what they have of their own.
pub fn below(index: &Index, id: &ObjectId, catalog: &Catalog) -> Vec<Stmt> {
    let named = chosen(index, id, index.partition_names.iter());
    named.chain(own_below(index, catalog)).collect()
}

/// Those of the names that are not PostgreSQL's own choice.
fn chosen<'a>(
    index: &'a Index,
    id: &'a ObjectId,
    names: impl Iterator<Item = &'a (QualifiedName, Ident)>,
) -> impl Iterator<Item = Stmt> {
    let root = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    names
        .filter(|(partition, name)| *name != automatic(index, partition, id))
        .map(move |(partition, name)| sql::below::name_partition_index(&root, partition, name))
}

/// The same for a key whose partitions have got theirs already, where they hold rows: those bear their names.
pub fn inner(index: &Index, id: &ObjectId, catalog: &Catalog) -> Vec<Stmt> {
    let inner = index.partition_names.iter();
    let inner = inner.filter(|(partition, _)| catalog.is_partitioned(partition));
    let named = chosen(index, id, inner);
    named.chain(own_below(index, catalog)).collect()
}

/// The same for an index, and for the one behind a key.
pub fn below_object(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    match &object.body {
        Body::Index(index) => below(index, &object.id, catalog),
        Body::Constraint(Constraint {
            index: Some(index), ..
        }) => below(index, &object.id, catalog),
        _ => Vec::new(),
    }
}

/// What the partitions' indexes below one have of their own, with the marks of the partitions that name them.
pub fn own_below(index: &Index, catalog: &Catalog) -> Vec<Stmt> {
    let names = index.partition_names.iter();
    names
        .flat_map(|(partition, name)| own_again(index, catalog, partition, name))
        .collect()
}

/// What the index of a partition has of its own, and the marks of the partition that name it, where that index is there: one
/// that is made by a later step gets them from that.
fn own_again(index: &Index, catalog: &Catalog, partition: &QualifiedName, name: &Ident) -> Option<Stmt> {
    let mut own = sql::index_below(name, &index.as_made(partition), &index.on_partition(partition));
    let table = catalog.get(&ObjectId::named(Kind::Table, partition));
    own.extend(table.into_iter().flat_map(|table| sql::marks_by(table, name)));
    let there = sql::probe::relation(&QualifiedName {
        schema: partition.schema.clone(),
        name: name.clone(),
    });
    (!own.is_empty()).then(|| sql::archive::choose(&there, &own, &[]))
}
