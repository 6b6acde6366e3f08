//! Publications with their tables and schemas, and event triggers.

use super::address::{Address, Class, Slot};
use super::canonical::canonical_expr;
use super::reader::{Header, Reader};
use super::trigger::firing;
use crate::model::{
    Body, EventTrigger, Expr, Ident, Kind, ObjectId, Publication, PublicationSchema, PublicationTable,
};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    name: String,
    owner: Ident,
    all_tables: bool,
    inserts: bool,
    updates: bool,
    deletes: bool,
    truncates: bool,
    via_root: bool,
    generated: Option<String>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let verbs = [
            (row.inserts, "insert"),
            (row.updates, "update"),
            (row.deletes, "delete"),
            (row.truncates, "truncate"),
        ];
        let body = Publication {
            all_tables: row.all_tables,
            publish: verbs
                .into_iter()
                .filter(|(on, _)| *on)
                .map(|(_, verb)| verb.to_owned())
                .collect(),
            via_root: row.via_root,
            generated_columns: row
                .generated
                .filter(|letter| letter == "s")
                .map(|_| "stored".to_owned()),
        };
        let header = Header::owned_by(row.owner);
        let address = Address::whole(Class::PUBLICATION, row.oid);
        let id = ObjectId::global(Kind::Publication, row.name);
        reader.add(address, id, header, Body::Publication(body));
    }
}

fn publication(reader: &Reader, oid: u32) -> Option<(Slot, Ident)> {
    let slot = reader.directory.at(Address::whole(Class::PUBLICATION, oid))?;
    Some((slot, reader.object(slot).id.name.clone()))
}

#[derive(Deserialize)]
pub(super) struct TableRow {
    oid: u32,
    publication: u32,
    relation: u32,
    columns: Option<Vec<i16>>,
    condition: Option<Expr>,
}

pub(super) fn read_tables(reader: &mut Reader, rows: Vec<TableRow>) {
    for row in rows {
        let (Some((publication, name)), Some(relation)) = (
            publication(reader, row.publication),
            reader.relation(row.relation),
        ) else {
            continue;
        };
        // The server keeps them in the order of the table's columns, which is never a difference.
        let columns = row.columns.map(|numbers| {
            let mut names = reader.column_names(row.relation, &numbers);
            names.sort();
            names
        });
        reader.note_printing(row.condition.as_ref().map_or("", Expr::as_str));
        let body = PublicationTable {
            columns,
            condition: row.condition.as_ref().map(canonical_expr),
        };
        let address = Address::whole(Class::PUBLICATION_TABLE, row.oid);
        let id = ObjectId::part(Kind::PublicationTable, &relation.name, &name);
        let slot = reader.add_part(address, &relation, id, Vec::new(), Body::PublicationTable(body));
        if let Some(slot) = slot {
            reader.depends(slot, publication);
        }
    }
}

#[derive(Deserialize)]
pub(super) struct SchemaRow {
    oid: u32,
    publication: u32,
    schema: u32,
    name: String,
}

pub(super) fn read_schemas(reader: &mut Reader, rows: Vec<SchemaRow>) {
    for row in rows {
        let Some((publication, name)) = publication(reader, row.publication) else {
            continue;
        };
        let id = ObjectId {
            args: row.name.into(),
            ..ObjectId::global(Kind::PublicationSchema, name.as_str())
        };
        let address = Address::whole(Class::PUBLICATION_SCHEMA, row.oid);
        let body = Body::PublicationSchema(PublicationSchema {});
        let Some(slot) = reader.add(address, id, Header::NOBODYS, body) else {
            continue;
        };
        reader.depends(slot, publication);
        if let Some(schema) = reader.directory.at(Address::whole(Class::SCHEMA, row.schema)) {
            reader.depends(slot, schema);
        }
    }
}

#[derive(Deserialize)]
pub(super) struct EventTriggerRow {
    oid: u32,
    name: String,
    owner: Ident,
    event: String,
    tags: Vec<String>,
    function: String,
    firing: String,
}

pub(super) fn read_event_triggers(reader: &mut Reader, rows: Vec<EventTriggerRow>) {
    for row in rows {
        let body = EventTrigger {
            event: row.event,
            tags: row.tags,
            function: row.function,
            firing: firing(&row.firing),
        };
        let header = Header::owned_by(row.owner);
        let address = Address::whole(Class::EVENT_TRIGGER, row.oid);
        let id = ObjectId::global(Kind::EventTrigger, row.name);
        reader.add(address, id, header, Body::EventTrigger(body));
    }
}
