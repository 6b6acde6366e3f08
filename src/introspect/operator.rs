//! Operators, operator classes, operator families and access methods.

use super::address::{Address, Class};
use super::reader::{Header, NamePair, Reader, named};
use crate::model::{
    AccessMethod, Body, Ident, Kind, ObjectId, Operator, OperatorClass, OperatorFamily, OperatorMember,
    TypeName,
};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    left: Option<TypeName>,
    right: Option<TypeName>,
    function: String,
    commutator: Option<NamePair>,
    negator: Option<NamePair>,
    restrict: Option<String>,
    join: Option<String>,
    hashes: bool,
    merges: bool,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::owned_by(row.owner);
        let side = |side: &Option<TypeName>| side.as_ref().map_or("NONE", TypeName::as_str).to_owned();
        let args = format!("{}, {}", side(&row.left), side(&row.right));
        let body = Operator {
            left: row.left,
            right: row.right,
            function: row.function,
            commutator: row.commutator.map(named),
            negator: row.negator.map(named),
            restrict: row.restrict,
            join: row.join,
            hashes: row.hashes,
            merges: row.merges,
        };
        let address = Address::whole(Class::OPERATOR, row.oid);
        let id = ObjectId::routine(Kind::Operator, &name, args);
        reader.add(address, id, header, Body::Operator(body));
    }
}

/// A row of `pg_amop` or `pg_amproc`, and the class or family that it belongs to; what it uses that one uses.
#[derive(Deserialize)]
pub(super) struct MemberRow {
    of_class: u32,
    of: u32,
    class: u32,
    oid: u32,
    is_function: bool,
    number: i16,
    left: TypeName,
    right: TypeName,
    name: String,
    order_by: Option<NamePair>,
}

/// The members of each class and family, sorted.
#[derive(Default)]
pub(super) struct Members(HashMap<Address, Vec<OperatorMember>>);

impl Members {
    pub(super) fn read(reader: &mut Reader, rows: Vec<MemberRow>) -> Self {
        let mut members: HashMap<Address, Vec<OperatorMember>> = HashMap::new();
        for row in rows {
            let of = Address::whole(Class(row.of_class), row.of);
            let address = Address::whole(Class(row.class), row.oid);
            reader.directory.stands_for(address, of);
            members.entry(of).or_default().push(OperatorMember {
                is_function: row.is_function,
                number: row.number,
                left: row.left,
                right: row.right,
                name: row.name,
                order_by: row.order_by.map(named),
            });
        }
        members.values_mut().for_each(|members| members.sort());
        Self(members)
    }

    fn take(&mut self, of: Address) -> Vec<OperatorMember> {
        self.0.remove(&of).unwrap_or_default()
    }
}

#[derive(Deserialize)]
pub(super) struct ClassRow {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    method: String,
    is_default: bool,
    data_type: TypeName,
    family: NamePair,
    storage: Option<TypeName>,
}

pub(super) fn read_classes(reader: &mut Reader, rows: Vec<ClassRow>, members: &mut Members) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::owned_by(row.owner);
        let address = Address::whole(Class::OPERATOR_CLASS, row.oid);
        let body = OperatorClass {
            is_default: row.is_default,
            data_type: row.data_type,
            family: named(row.family),
            storage: row.storage,
            members: members.take(address),
        };
        let id = ObjectId::routine(Kind::OperatorClass, &name, row.method);
        reader.add(address, id, header, Body::OperatorClass(body));
    }
}

#[derive(Deserialize)]
pub(super) struct FamilyRow {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    method: String,
}

pub(super) fn read_families(reader: &mut Reader, rows: Vec<FamilyRow>, members: &mut Members) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::owned_by(row.owner);
        let address = Address::whole(Class::OPERATOR_FAMILY, row.oid);
        let members = members.take(address);
        let id = ObjectId::routine(Kind::OperatorFamily, &name, row.method);
        reader.add(
            address,
            id,
            header,
            Body::OperatorFamily(OperatorFamily { members }),
        );
    }
}

#[derive(Deserialize)]
pub(super) struct MethodRow {
    oid: u32,
    name: String,
    #[serde(flatten)]
    body: AccessMethod,
}

pub(super) fn read_methods(reader: &mut Reader, rows: Vec<MethodRow>) {
    for row in rows {
        let address = Address::whole(Class::ACCESS_METHOD, row.oid);
        let id = ObjectId::global(Kind::AccessMethod, row.name);
        reader.add(address, id, Header::NOBODYS, Body::AccessMethod(row.body));
    }
}
