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
        reader.add(
            Address::whole(Class::SCHEMA, row.oid),
            id.clone(),
            header,
            Body::Schema(Schema {}),
        );
        // initdb writes this one; nobody means it.
        if let Some(object) = reader.catalog.objects.get_mut(&id)
            && id.name.as_str() == "public"
            && object.comment.as_deref() == Some("standard public schema")
        {
            object.comment = None;
        }
    }
    Ok(())
}
