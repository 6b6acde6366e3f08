//! Collations.

use super::IntrospectError;
use super::address::{Address, Class};
use super::fetch::{Answers, Question};
use super::reader::{Header, Reader};
use crate::model::{Body, Collation, Ident, Kind, ObjectId, QualifiedName};
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    #[serde(flatten)]
    body: Collation,
}

pub(super) fn read(reader: &mut Reader, answers: &Answers) -> Result<(), IntrospectError> {
    for row in answers.rows::<Row>(Question::Collations)? {
        let name = QualifiedName {
            schema: row.schema,
            name: row.name,
        };
        let header = Header {
            owner: Some(row.owner),
            acl: None,
        };
        let id = ObjectId::named(Kind::Collation, &name);
        reader.add(
            Address::whole(Class::COLLATION, row.oid),
            id,
            header,
            Body::Collation(row.body),
        );
    }
    Ok(())
}
