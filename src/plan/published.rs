//! What publishes whole schemas, and what only some columns: PostgreSQL takes no publication that does both.

use crate::change::Context;
use crate::model::{Body, Kind, ObjectId};
use crate::step::Fact;

/// A schema comes once no table of the publication has a list of columns, and such a list once no schema is there any more.
pub fn needs(context: &Context, id: &ObjectId) -> Vec<Fact> {
    let Some(object) = context.new_of(id) else {
        return Vec::new();
    };
    match &object.body {
        Body::PublicationSchema(_) => {
            let tables = context.from.of_kind(Kind::PublicationTable);
            tables
                .filter(|table| table.id.name == id.name)
                .filter(|table| matches!(&table.body, Body::PublicationTable(body) if body.columns.is_some()))
                .flat_map(|table| [Fact::Gone(table.id.clone()), Fact::Changed(table.id.clone())])
                .collect()
        }
        Body::PublicationTable(body) if body.columns.is_some() => {
            let schemas = context.from.of_kind(Kind::PublicationSchema);
            schemas
                .filter(|schema| schema.id.name == id.name)
                .map(|schema| Fact::Gone(schema.id.clone()))
                .collect()
        }
        _ => Vec::new(),
    }
}
