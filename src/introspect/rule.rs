//! Rewrite rules; a view's own stands for the view.

use super::address::{Address, Class};
use super::canonical::canonical;
use super::reader::Reader;
use super::trigger::firing;
use crate::model::{Body, Ident, Kind, ObjectId, Rule};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    relation: u32,
    name: Ident,
    firing: String,
    is_view: bool,
    definition: Option<String>,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        let address = Address::whole(Class::RULE, row.oid);
        if row.is_view {
            let view = Address::whole(Class::RELATION, row.relation);
            reader.directory.stands_for(address, view);
            continue;
        }
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        reader.note_printing(row.definition.as_deref().unwrap_or_default());
        let body = Rule {
            definition: canonical(row.definition.unwrap_or_default().trim_end_matches(';')),
            firing: firing(&row.firing),
            on_view: relation.id.kind == Kind::View,
        };
        let id = ObjectId::part(Kind::Rule, &relation.name, &row.name);
        reader.add_part(address, &relation, id, Vec::new(), Body::Rule(body));
    }
}
