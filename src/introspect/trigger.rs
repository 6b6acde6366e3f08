//! Triggers.

use super::address::{Address, Class};
use super::canonical::canonical;
use super::reader::Reader;
use crate::model::{Body, Firing, Ident, Kind, ObjectId, Trigger};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    relation: u32,
    name: Ident,
    firing: String,
    constraint: bool,
    columns: Vec<i16>,
    has_condition: bool,
    definition: String,
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
    for row in rows {
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        let body = Trigger {
            definition: canonical(&row.definition),
            firing: firing(&row.firing),
            constraint: row.constraint,
            columns: reader.column_names(row.relation, &row.columns),
            has_condition: row.has_condition,
            on_view: relation.id.kind == Kind::View,
        };
        let id = ObjectId::part(Kind::Trigger, &relation.name, &row.name);
        let address = Address::whole(Class::TRIGGER, row.oid);
        reader.add_part(address, &relation, id, Vec::new(), Body::Trigger(body));
    }
}
