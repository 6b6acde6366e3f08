//! Default privileges.

use super::acl;
use super::address::{Address, Class};
use super::reader::{Header, Reader};
use crate::model::{Body, DefaultPrivileges, Ident, Kind, ObjectId};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    role: Ident,
    schema: Ident,
    class: String,
    acl: Vec<String>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let id = ObjectId {
            kind: Kind::DefaultPrivileges,
            schema: row.schema,
            of: Ident::default(),
            name: row.role.clone(),
            args: row.class.into(),
        };
        let body = DefaultPrivileges {
            grants: acl::grants(&row.acl, Some(&row.role)),
        };
        let header = Header::NOBODYS;
        let address = Address::whole(Class::DEFAULT_ACL, row.oid);
        reader.add(address, id, header, Body::DefaultPrivileges(body));
    }
}
