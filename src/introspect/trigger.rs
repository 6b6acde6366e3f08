//! Triggers.

use super::address::{Address, Class, Slot};
use super::canonical::canonical;
use super::reader::Reader;
use crate::model::{Body, Firing, Generated, Ident, Kind, ObjectId, Trigger};
use crate::sql::{self, emulated::Note};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    relation: u32,
    name: Ident,
    firing: String,
    constraint: bool,
    columns: Vec<i16>,
    has_condition: bool,
    /// The trigger of the partitioned table that this one is a clone of, or 0.
    parent: u32,
    definition: Option<String>,
}

/// `tgenabled` and `ev_enabled` have the same letters.
pub(super) fn firing(letter: &str) -> Firing {
    match letter {
        "D" => Firing::Disabled,
        "R" => Firing::Replica,
        "A" => Firing::Always,
        _ => Firing::Origin,
    }
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    let mut slots: HashMap<u32, Slot> = HashMap::new();
    let mut clones = Vec::new();
    for mut row in rows {
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        let Some(definition) = row.definition.take() else {
            clones.push(row);
            continue;
        };
        reader.note_printing(&definition);
        let body = Trigger {
            definition: canonical(&definition),
            firing: firing(&row.firing),
            clones: Vec::new(),
            constraint: row.constraint,
            columns: reader.column_names(row.relation, &row.columns),
            has_condition: row.has_condition,
            on_view: relation.id.kind == Kind::View,
        };
        let id = ObjectId::part(Kind::Trigger, &relation.name, &row.name);
        let address = Address::whole(Class::TRIGGER, row.oid);
        if computes_column(reader, address, &row) {
            continue;
        }
        let slot = reader.add_part(address, &relation, id, Vec::new(), Body::Trigger(body));
        slots.extend(slot.map(|slot| (row.oid, slot)));
    }
    read_clones(reader, &slots, &clones);
}

/// True for a trigger that stands for the expression of a generated column: the column is read as one.
fn computes_column(reader: &mut Reader, address: Address, row: &Row) -> bool {
    let Some(note) = reader.comment(address).and_then(|comment| Note::read(comment)) else {
        return false;
    };
    let slot_of = |reader: &Reader, name: &str| {
        let mut numbers = reader.columns.iter();
        let (_, number) = numbers
            .find(|((relation, _), column)| *relation == row.relation && column.as_str() == name)?
            .0;
        reader
            .directory
            .at(Address::column(row.relation, i32::from(*number)))
    };
    let Some(slot) = slot_of(reader, note.column.as_str()) else {
        return false;
    };
    for used in sql::columns_of(note.value.as_str()) {
        if let Some(used) = slot_of(reader, &used) {
            reader.depends(slot, used);
        }
    }
    let Body::Column(column) = &mut reader.object_mut(slot).body else {
        return false;
    };
    column.generated = Some(Generated {
        stored: true,
        expression: note.value,
        emulated: Some(row.name.clone()),
    });
    true
}

/// A clone on a partition says nothing but when it fires, and that only where it is not as its original.
fn read_clones(reader: &mut Reader, slots: &HashMap<u32, Slot>, clones: &[Row]) {
    let parents: HashMap<u32, u32> = clones.iter().map(|row| (row.oid, row.parent)).collect();
    for row in clones {
        let mut root = row.parent;
        while let Some(above) = parents.get(&root) {
            root = *above;
        }
        let (Some(slot), Some(partition)) = (slots.get(&root), reader.relation(row.relation)) else {
            continue;
        };
        let fires = firing(&row.firing);
        let Body::Trigger(body) = &mut reader.object_mut(*slot).body else {
            continue;
        };
        if body.firing != fires {
            body.clones.push((partition.name.clone(), fires));
            body.clones.sort();
            if let Some(partition) = partition.slot {
                reader.depends(*slot, partition);
            }
        }
    }
}
