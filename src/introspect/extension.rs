//! Extensions as a whole.

use super::address::{Address, Class};
use super::reader::{Header, Reader};
use crate::model::{Body, Extension, Ident, Kind, ObjectId};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    name: String,
    owner: Ident,
    schema: Ident,
    version: String,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let id = ObjectId::global(Kind::Extension, row.name);
        let header = Header::owned_by(row.owner);
        let body = Extension {
            schema: row.schema,
            version: row.version,
        };
        reader.add(
            Address::whole(Class::EXTENSION, row.oid),
            id,
            header,
            Body::Extension(body),
        );
    }
}
