//! Collations.

use super::address::{Address, Class};
use super::reader::{Header, Reader, named};
use crate::model::{Body, Collation, Ident, Kind, ObjectId};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    #[serde(flatten)]
    body: Collation,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::owned_by(row.owner);
        let id = ObjectId::named(Kind::Collation, &name);
        reader.add(
            Address::whole(Class::COLLATION, row.oid),
            id,
            header,
            Body::Collation(row.body),
        );
    }
}
