//! Schemas.

use super::IntrospectError;
use super::address::{Address, Class};
use super::fetch::{Answers, Question};
use super::reader::{Header, Reader};
use crate::model::{Body, Ident, Kind, ObjectId, Schema};
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    oid: u32,
    name: String,
    owner: Ident,
    acl: Option<Vec<String>>,
}

pub(super) fn read(reader: &mut Reader, answers: &Answers) -> Result<(), IntrospectError> {
    for row in answers.rows::<Row>(Question::Schemas)? {
        let id = ObjectId::global(Kind::Schema, row.name);
        let header = Header {
            owner: Some(row.owner),
            acl: row.acl,
        };
        let address = Address::whole(Class::SCHEMA, row.oid);
        reader.add(address, id, header, Body::Schema(Schema {}));
    }
    Ok(())
}
