//! Views and materialized views; their columns come with the columns of tables.

use super::address::{Address, Class};
use super::canonical::canonical;
use super::reader::{Header, Reader, Relation, named, pairs};
use crate::model::{Body, Ident, MaterializedView, ObjectId, View};
use serde::Deserialize;
use std::rc::Rc;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    acl: Option<Vec<String>>,
    materialized: bool,
    definition: String,
    options: Option<Vec<String>>,
    access_method: Option<Ident>,
    tablespace: Option<Ident>,
    populated: bool,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::new(row.owner.clone(), row.acl);
        reader.note_printing(&row.definition);
        let definition = canonical(row.definition.trim().trim_end_matches(';'));
        let options = pairs(row.options);
        let body = if row.materialized {
            Body::MaterializedView(MaterializedView {
                definition,
                rewritten: false,
                columns: Vec::new(),
                options,
                access_method: row.access_method,
                tablespace: row.tablespace,
                cluster_on: None,
                populated: row.populated,
            })
        } else {
            Body::View(View {
                definition,
                rewritten: false,
                columns: Vec::new(),
                options,
            })
        };
        let id = ObjectId::named(body.kind(), &name);
        let address = Address::whole(Class::RELATION, row.oid);
        let slot = reader.add(address, id.clone(), header, body);
        let relation = Relation {
            id,
            name,
            slot,
            owner: Some(row.owner),
            partitioned: false,
            is_partition: false,
        };
        reader.relations.insert(row.oid, Rc::new(relation));
    }
}
