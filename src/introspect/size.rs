//! Sizes of tables and materialized views.

use super::IntrospectError;
use super::fetch::{Answers, Question};
use super::reader::Reader;
use crate::model::{Body, QualifiedName, TableSize};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Row {
    oid: u32,
    bytes: u64,
    rows: u64,
}

pub(super) fn read(reader: &mut Reader, answers: &Answers) -> Result<(), IntrospectError> {
    let mut sizes: BTreeMap<QualifiedName, TableSize> = BTreeMap::new();
    for row in answers.rows::<Row>(Question::Sizes)? {
        let Some(relation) = reader.relations.get(&row.oid) else {
            continue;
        };
        if !relation.managed {
            continue;
        }
        // A partitioned table holds nothing itself: it is as large as all that is below it.
        let mut at = Some(relation.name.clone());
        while let Some(name) = at {
            let size = sizes.entry(name.clone()).or_default();
            size.bytes += row.bytes;
            size.rows += row.rows;
            at = parent(reader, &name);
        }
    }
    reader.catalog.sizes = sizes;
    Ok(())
}

fn parent(reader: &Reader, name: &QualifiedName) -> Option<QualifiedName> {
    let id = crate::model::ObjectId::named(crate::model::Kind::Table, name);
    match &reader.catalog.get(&id)?.body {
        Body::Table(table) => table
            .partition_of
            .as_ref()
            .map(|partition| partition.parent.clone()),
        _ => None,
    }
}
