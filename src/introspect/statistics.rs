//! Extended statistics.

use super::address::{Address, Class};
use super::canonical::canonical;
use super::reader::{Header, Reader, named};
use crate::model::{Body, Ident, Kind, ObjectId, Statistics};
use crate::sql;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    relation: u32,
    definition: String,
    columns: Vec<i16>,
    target: Option<i32>,
}

fn listed(columns: &[Ident]) -> String {
    let names: Vec<String> = columns.iter().map(sql::ident).collect();
    format!(" ON {}", names.join(", "))
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        let Some(table) = relation.slot else {
            continue;
        };
        let name = named((row.schema, row.name));
        let mut columns = reader.column_names(row.relation, &row.columns);
        reader.note_printing(&row.definition);
        let before = listed(&columns);
        // PostgreSQL lists them as they stand in the table, whose order means nothing.
        columns.sort();
        let body = Statistics {
            table: relation.name.clone(),
            definition: canonical(&row.definition.replacen(&before, &listed(&columns), 1)),
            columns,
            target: row.target,
        };
        let header = Header::owned_by(row.owner);
        let id = ObjectId::named(Kind::Statistics, &name);
        let address = Address::whole(Class::STATISTICS, row.oid);
        if let Some(slot) = reader.add(address, id, header, Body::Statistics(body)) {
            reader.depends(slot, table);
        }
    }
}
