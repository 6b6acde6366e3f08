//! Sizes of tables and materialized views.

use super::reader::Reader;
use crate::model::{Body, Object, QualifiedName, Table, TableSize};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    bytes: u64,
    rows: u64,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    let mut sizes: BTreeMap<QualifiedName, TableSize> = BTreeMap::new();
    let parents = if rows.is_empty() {
        HashMap::new()
    } else {
        partitions(reader)
    };
    for row in rows {
        let Some(relation) = reader
            .relation(row.oid)
            .filter(|relation| relation.slot.is_some())
        else {
            continue;
        };
        // A partitioned table holds nothing itself: it is as large as all that is below it, and empty where nothing is.
        let mut at = Some(&relation.name);
        while let Some(name) = at {
            let size = sizes.entry(name.clone()).or_default();
            size.bytes += row.bytes;
            size.rows += row.rows;
            at = parents.get(name);
        }
    }
    reader.catalog.sizes = sizes;
}

/// The parent of each partition.
fn partitions(reader: &Reader) -> HashMap<QualifiedName, QualifiedName> {
    let slots = reader.relations.values().filter_map(|relation| relation.slot);
    slots
        .filter_map(|slot| match reader.object(slot) {
            Object {
                id,
                body:
                    Body::Table(Table {
                        partition_of: Some(partition),
                        ..
                    }),
                ..
            } => Some((id.qualified(), partition.parent.clone())),
            _ => None,
        })
        .collect()
}
