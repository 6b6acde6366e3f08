//! Sequences: free ones, owned ones, and those behind identity columns, which are no objects.

use super::address::{Address, Class};
use super::reader::{Header, Reader, named};
use crate::model::{Body, Ident, Identity, Kind, ObjectId, QualifiedName, Sequence, SequenceOptions};
use crate::sql;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    acl: Option<Vec<String>>,
    unlogged: bool,
    owner_relation: u32,
    owner_column: i16,
    identity: bool,
    identity_always: Option<bool>,
    unlike_table: Option<bool>,
    #[serde(flatten)]
    options: SequenceOptions,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let name = named((row.schema.clone(), row.name.clone()));
        let address = Address::whole(Class::RELATION, row.oid);
        if row.identity {
            identity(reader, name, address, row);
            continue;
        }
        let owned_by = reader.relations.get(&row.owner_relation).and_then(|relation| {
            let column = reader.columns.get(&(row.owner_relation, row.owner_column))?;
            Some((relation.name.clone(), column.clone()))
        });
        let header = Header::new(row.owner, row.acl);
        let body = Sequence {
            options: row.options,
            owned_by,
            unlogged: row.unlogged,
        };
        let id = ObjectId::named(Kind::Sequence, &name);
        reader.add(address, id, header, Body::Sequence(body));
    }
}

fn identity(reader: &mut Reader, name: QualifiedName, address: Address, row: Row) {
    let column_address = Address::column(row.owner_relation, i32::from(row.owner_column));
    reader.directory.stands_for(address, column_address);
    let Some(slot) = reader.directory.at(column_address) else {
        return;
    };
    let comment = reader.comment(address).cloned();
    let header = Header::new(row.owner, row.acl);
    let grants = Some(reader.grants(Kind::Sequence, &header));
    let grants =
        grants.filter(|grants| *grants != sql::default_grants(Kind::Sequence, reader.catalog.major()));
    let unlogged = (row.unlike_table == Some(true)).then_some(row.unlogged);
    let Body::Column(body) = &mut reader.object_mut(slot).body else {
        return;
    };
    body.identity = Some(Box::new(Identity {
        always: row.identity_always.unwrap_or(false),
        sequence: name,
        options: row.options,
        unlogged,
        grants,
        grants_declared: false,
        comment,
    }));
}
