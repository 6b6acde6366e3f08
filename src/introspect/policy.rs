//! Row security policies.

use super::address::{Address, Class};
use super::canonical::canonical_expr;
use super::reader::Reader;
use crate::model::{Body, Expr, Grantee, Ident, Kind, ObjectId, Policy};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    relation: u32,
    name: Ident,
    permissive: bool,
    command: String,
    roles: Vec<String>,
    using: Option<Expr>,
    check: Option<Expr>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        for expression in row.using.iter().chain(&row.check) {
            reader.note_printing(expression.as_str());
        }
        let mut roles: Vec<Grantee> = row
            .roles
            .into_iter()
            .map(|role| match role.as_str() {
                "" => Grantee::Public,
                _ => Grantee::Role(Ident::new(role)),
            })
            .collect();
        roles.sort();
        let body = Policy {
            permissive: row.permissive,
            command: row.command,
            roles,
            using: row.using.as_ref().map(canonical_expr),
            check: row.check.as_ref().map(canonical_expr),
        };
        let id = ObjectId::part(Kind::Policy, &relation.name, &row.name);
        let address = Address::whole(Class::POLICY, row.oid);
        reader.add_part(address, &relation, id, Vec::new(), Body::Policy(body));
    }
}
