//! What is below a partitioned table.

use crate::model::{Body, Catalog, Kind, QualifiedName};

/// The partitions that hold the rows of a table, in order of their names; and the table with those that are partitioned.
pub(super) fn tree(catalog: &Catalog, table: &QualifiedName) -> (Vec<QualifiedName>, Vec<QualifiedName>) {
    let mut leaves = Vec::new();
    let mut inner = Vec::new();
    let mut parents = vec![table.clone()];
    while let Some(parent) = parents.pop() {
        for child in catalog.of_kind(Kind::Table) {
            let Body::Table(body) = &child.body else { continue };
            if body.partition_of.as_ref().is_none_or(|of| of.parent != parent) {
                continue;
            }
            match body.partition_key {
                Some(_) => parents.push(child.id.qualified()),
                None => leaves.push(child.id.qualified()),
            }
        }
        inner.push(parent);
    }
    leaves.sort();
    (leaves, inner)
}
