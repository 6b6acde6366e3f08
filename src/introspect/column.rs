//! Columns of tables, output columns of views, attributes of composite types: one query, told apart by the relation.

use super::acl;
use super::address::{Address, Class, Slot};
use super::canonical::canonical_expr;
use super::reader::{NamePair, Reader, Relation, named, pairs};
use super::volatile::calls_volatile;
use crate::model::{
    Attribute, Body, Column, Expr, Generated, Ident, Kept, Kind, ObjectId, TypeName, ViewColumn,
};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
pub(super) struct Row {
    relation: u32,
    number: i16,
    name: Ident,
    #[serde(rename = "type")]
    data_type: TypeName,
    collation: Option<NamePair>,
    default_oid: Option<u32>,
    expression: Option<Expr>,
    not_null: bool,
    generated: String,
    storage: Option<String>,
    compression: Option<String>,
    statistics: i32,
    options: Option<Vec<String>>,
    foreign_options: Option<Vec<String>>,
    acl: Option<Vec<String>>,
    inherited: bool,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>, volatile: &HashSet<String>) {
    let mut positions: HashMap<u32, u32> = HashMap::new();
    for row in rows {
        reader
            .columns
            .insert((row.relation, row.number), row.name.clone());
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        let address = Address::column(row.relation, i32::from(row.number));
        if let Some(oid) = row.default_oid {
            reader
                .directory
                .stands_for(Address::whole(Class::DEFAULT, oid), address);
        }
        let Some(slot) = relation.slot else {
            continue;
        };
        match relation.id.kind {
            Kind::Table => {
                let position = positions.entry(row.relation).or_default();
                if table_column(reader, &relation, address, row, *position + 1, volatile) {
                    *position += 1;
                }
            }
            Kind::CompositeType => attribute(reader, slot, address, row),
            _ => view_column(reader, &relation, slot, address, row),
        }
    }
}

/// Whether the column was added: a plan's own columns do not count as positions.
fn table_column(
    reader: &mut Reader,
    relation: &Relation,
    address: Address,
    mut row: Row,
    position: u32,
    volatile: &HashSet<String>,
) -> bool {
    let id = ObjectId::part(Kind::Column, &relation.name, &row.name);
    if let Some(expression) = &row.expression {
        reader.note_printing(expression.as_str());
    }
    let expression = row.expression.as_ref().map(canonical_expr);
    let (default, generated) = match (row.generated.as_str(), expression) {
        ("", default) => (default, None),
        (kind, Some(expression)) => {
            let generated = Generated {
                stored: kind == "s",
                expression,
                emulated: None,
            };
            (None, Some(generated))
        }
        (_, None) => (None, None),
    };
    let kept = kept(&mut row);
    let body = Column {
        position,
        data_type: row.data_type,
        collation: row.collation.map(named),
        volatile_default: default
            .as_ref()
            .is_some_and(|default| calls_volatile(default.as_str(), volatile)),
        default,
        not_null: row.not_null,
        not_null_constraint: None,
        identity: None,
        generated,
        storage: kept.storage,
        compression: kept.compression,
        statistics: kept.statistics,
        options: kept.options,
        foreign_options: pairs(row.foreign_options),
        inherited: row.inherited,
    };
    let granted = row.acl.unwrap_or_default();
    let grants = acl::grants(&granted, relation.owner.as_ref());
    reader.note_grantors(&id, &granted, relation.owner.as_ref());
    reader
        .add_part(address, relation, id.clone(), grants, Body::Column(body))
        .is_some()
}

fn attribute(reader: &mut Reader, slot: Slot, address: Address, row: Row) {
    let attribute = Attribute {
        name: row.name,
        data_type: row.data_type,
        collation: row.collation.map(named),
        comment: reader.comment(address).cloned(),
    };
    if let Body::CompositeType(body) = &mut reader.object_mut(slot).body {
        body.attributes.push(attribute);
    }
}

fn view_column(reader: &mut Reader, relation: &Relation, slot: Slot, address: Address, mut row: Row) {
    let kept = kept(&mut row);
    let granted = row.acl.unwrap_or_default();
    reader.note_grantors(&relation.id, &granted, relation.owner.as_ref());
    let column = ViewColumn {
        name: row.name,
        data_type: row.data_type,
        comment: reader.comment(address).cloned(),
        default: row.expression.as_ref().map(canonical_expr),
        grants: acl::grants(&granted, relation.owner.as_ref()),
        kept,
    };
    match &mut reader.object_mut(slot).body {
        Body::View(view) => view.columns.push(column),
        Body::MaterializedView(view) => view.columns.push(column),
        _ => {}
    }
}

fn kept(row: &mut Row) -> Kept {
    Kept {
        storage: row.storage.as_deref().map(storage_word).map(str::to_owned),
        compression: row
            .compression
            .as_deref()
            .map(compression_word)
            .map(str::to_owned),
        statistics: (row.statistics >= 0).then_some(row.statistics),
        options: pairs(row.options.take()),
    }
}

fn storage_word(letter: &str) -> &'static str {
    match letter {
        "p" => "PLAIN",
        "e" => "EXTERNAL",
        "m" => "MAIN",
        _ => "EXTENDED",
    }
}

fn compression_word(letter: &str) -> &'static str {
    match letter {
        "l" => "lz4",
        _ => "pglz",
    }
}
