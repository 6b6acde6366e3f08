//! Enums, domains, ranges and composite types, and the types that only stand for others.

use super::address::{Address, Class};
use super::canonical::canonical_expr;
use super::reader::{Header, NamePair, Reader, Relation, named};
use crate::model::{Body, CompositeType, Domain, EnumType, Expr, Ident, Kind, ObjectId, RangeType, TypeName};
use serde::Deserialize;
use std::rc::Rc;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    acl: Option<Vec<String>>,
    kind: String,
    labels: Option<Vec<String>>,
    base: Option<TypeName>,
    domain_collation: Option<NamePair>,
    default: Option<Expr>,
    not_null: bool,
    subtype: Option<TypeName>,
    opclass: Option<NamePair>,
    range_collation: Option<NamePair>,
    canonical: Option<NamePair>,
    subtype_diff: Option<NamePair>,
    multirange: Option<NamePair>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::new(row.owner, row.acl);
        reader.note_printing(row.default.as_ref().map_or("", Expr::as_str));
        let body = match (row.kind.as_str(), row.base, row.subtype) {
            ("d", Some(base), _) => Body::Domain(Domain {
                base,
                collation: row.domain_collation.map(named),
                default: row.default.as_ref().map(canonical_expr),
                not_null: row.not_null,
            }),
            ("r", _, Some(subtype)) => Body::RangeType(RangeType {
                subtype,
                opclass: row.opclass.map(named),
                collation: row.range_collation.map(named),
                canonical: row.canonical.map(named),
                subtype_diff: row.subtype_diff.map(named),
                multirange: row.multirange.map(named).unwrap_or_default(),
            }),
            _ => Body::EnumType(EnumType {
                labels: row.labels.unwrap_or_default(),
            }),
        };
        let id = ObjectId::named(body.kind(), &name);
        reader.add(Address::whole(Class::TYPE, row.oid), id, header, body);
    }
}

#[derive(Deserialize)]
pub(super) struct AliasRow {
    oid: u32,
    relation: u32,
    #[serde(rename = "type")]
    data_type: u32,
}

pub(super) fn read_aliases(reader: &mut Reader, rows: Vec<AliasRow>) {
    for row in rows {
        let target = if row.relation != 0 {
            Address::whole(Class::RELATION, row.relation)
        } else {
            Address::whole(Class::TYPE, row.data_type)
        };
        reader
            .directory
            .stands_for(Address::whole(Class::TYPE, row.oid), target);
    }
}

#[derive(Deserialize)]
pub(super) struct CompositeRow {
    oid: u32,
    #[serde(rename = "type")]
    data_type: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    acl: Option<Vec<String>>,
}

/// Composite types are relations to the catalog: their attributes come with the columns, while their comment and
/// membership in an extension hang on the type.
pub(super) fn read_composites(reader: &mut Reader, rows: Vec<CompositeRow>) {
    for row in rows {
        let name = named((row.schema, row.name));
        let header = Header::new(row.owner.clone(), row.acl);
        let id = ObjectId::named(Kind::CompositeType, &name);
        let body = Body::CompositeType(CompositeType {
            attributes: Vec::new(),
        });
        let slot = reader.add(
            Address::whole(Class::TYPE, row.data_type),
            id.clone(),
            header,
            body,
        );
        if let Some(slot) = slot {
            reader
                .directory
                .add(Address::whole(Class::RELATION, row.oid), slot);
        }
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
