//! Schemas.

use super::address::{Address, Class};
use super::reader::{Header, Reader};
use crate::model::{Body, Ident, Kind, ObjectId, Schema};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    name: String,
    owner: Ident,
    acl: Option<Vec<String>>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let id = ObjectId::global(Kind::Schema, row.name);
        let header = Header::new(row.owner, row.acl);
        let address = Address::whole(Class::SCHEMA, row.oid);
        reader.add(address, id, header, Body::Schema(Schema {}));
    }
}
