//! Names of the indexes that partitions get below a parent's.

use super::{Change, Context, build};
use crate::model::{Body, Catalog, Constraint, Ident, Index, IndexKeyOf, Kind, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Fact, Phase, Step};

/// A step that gives the partitions' indexes the names of the files, where those are not PostgreSQL's own choice.
pub fn step(change: &Change, _context: &Context, index: &Index, phase: Phase) -> Option<Step> {
    let id = &change.object;
    let root = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    let chosen: Vec<_> = index
        .partition_names
        .iter()
        .filter(|(partition, name)| *name != automatic(index, partition, id))
        .collect();
    if chosen.is_empty() {
        return None;
    }
    let up = chosen
        .iter()
        .map(|(partition, name)| sql::sync::name_partition_index(&root, partition, name))
        .collect();
    let title = format!("Name the partitions' indexes below {}", id.name);
    let mut step = build::alter(id, change.code(), phase, title, up, Vec::new());
    step.gives.clear();
    step.needs = chosen
        .iter()
        .map(|(partition, _)| Fact::Exists(ObjectId::named(Kind::Table, partition)))
        .collect();
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
            statements.push(sql::sync::name_partition_index(&root, partition, name));
        }
    }
    statements
}

/// The statements that give the partitions' indexes below one index their names.
pub fn below(index: &Index, id: &ObjectId) -> Vec<Stmt> {
    let root = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    index
        .partition_names
        .iter()
        .filter(|(partition, name)| *name != automatic(index, partition, id))
        .map(|(partition, name)| sql::sync::name_partition_index(&root, partition, name))
        .collect()
}
