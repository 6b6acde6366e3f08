//! Tables, without what stands on them.

use super::address::{Address, Class};
use super::canonical::canonical;
use super::reader::{Header, NamePair, Reader, Relation, named, pairs};
use crate::model::{
    Body, Foreign, Ident, Kind, ObjectId, PartitionOf, QualifiedName, ReplicaIdentity, Table, TypeName,
};
use serde::Deserialize;
use std::rc::Rc;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    acl: Option<Vec<String>>,
    unlogged: bool,
    partition_key: Option<String>,
    bound: Option<String>,
    parents: Option<Vec<NamePair>>,
    of_type: Option<TypeName>,
    options: Option<Vec<String>>,
    toast_options: Option<Vec<String>>,
    row_security: bool,
    force_row_security: bool,
    replica_identity: String,
    access_method: Option<Ident>,
    tablespace: Option<Ident>,
    server: Option<Ident>,
    foreign_options: Option<Vec<String>>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let name = named((row.schema.clone(), row.name.clone()));
        let id = ObjectId::named(Kind::Table, &name);
        let header = Header::new(row.owner.clone(), row.acl.clone());
        reader.note_printing(row.partition_key.as_deref().unwrap_or_default());
        let partitioned = row.partition_key.is_some();
        let is_partition = row.bound.is_some();
        let owner = Some(row.owner.clone());
        let oid = row.oid;
        let address = Address::whole(Class::RELATION, oid);
        let slot = reader.add(address, id.clone(), header, Body::Table(body(row)));
        let relation = Relation {
            id,
            name,
            slot,
            owner,
            partitioned,
            is_partition,
        };
        reader.relations.insert(oid, Rc::new(relation));
    }
}

fn body(row: Row) -> Table {
    let parents: Vec<QualifiedName> = row.parents.into_iter().flatten().map(named).collect();
    let mut options = pairs(row.options);
    options.extend(
        pairs(row.toast_options)
            .into_iter()
            .map(|(name, value)| (format!("toast.{name}"), value)),
    );
    let is_partition = row.bound.is_some();
    Table {
        unlogged: row.unlogged,
        partition_key: row.partition_key.as_deref().map(canonical),
        partition_of: match (row.bound, parents.first()) {
            (Some(bound), Some(parent)) => Some(PartitionOf {
                parent: parent.clone(),
                bound,
            }),
            _ => None,
        },
        inherits: if is_partition { Vec::new() } else { parents },
        of_type: row.of_type,
        options,
        row_security: row.row_security,
        force_row_security: row.force_row_security,
        // An index as replica identity, and the CLUSTER mark, are said by the index.
        replica_identity: match row.replica_identity.as_str() {
            // Foreign tables have none that could be changed.
            _ if row.server.is_some() => ReplicaIdentity::Default,
            "n" => ReplicaIdentity::Nothing,
            "f" => ReplicaIdentity::Full,
            _ => ReplicaIdentity::Default,
        },
        access_method: row.access_method,
        tablespace: row.tablespace,
        cluster_on: None,
        foreign: row.server.map(|server| Foreign {
            server,
            options: pairs(row.foreign_options),
        }),
    }
}
