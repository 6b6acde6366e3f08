//! What cannot change while foreign tables stand on it.

use super::Sides;
use crate::change::{Change, Detail, Verb, unsupported::Unsupported};
use crate::model::{Body, Object};

/// A server with another wrapper or type has to be made anew, which its foreign tables do not outlive.
pub fn other_wrapper(sides: &Sides, server: &Object) -> Option<Change> {
    let mut tables = sides.from.objects.values().filter(|object| match &object.body {
        Body::Table(table) => table
            .foreign
            .as_ref()
            .is_some_and(|foreign| foreign.server == server.id.name),
        _ => false,
    });
    let table = tables.next()?;
    let reason = format!(
        "{} cannot change its wrapper or type while foreign table {} stands on it: drop the table first",
        server.id,
        table.id.label()
    );
    Some(Change::new(
        server.id.clone(),
        Verb::Alter,
        Detail::Unsupported(Unsupported { reason }),
    ))
}
