//! What a table has from its parents: it comes and goes with them, unless the table changes parents.

use super::Sides;
use crate::change::Context;
use crate::model::{Catalog, Object, ObjectId, QualifiedName};

/// True where an inherited part that is new comes without a step of its own: with a new table, or from a parent that the
/// table has on both sides. Before a table can get another parent it has to have all that the parent would give it.
pub(super) fn comes_by_itself(sides: &Sides, part: &Object) -> bool {
    goes_with_parents(sides.to, sides.from, part)
}

/// True where an inherited part goes without a step of its own: with its table, or from a parent that stays the table's.
pub(super) fn goes_by_itself(sides: &Sides, part: &Object) -> bool {
    goes_with_parents(sides.from, sides.to, part)
}

fn goes_with_parents(here: &Catalog, there: &Catalog, part: &Object) -> bool {
    let table = part.id.relation();
    let (Some(own), Some(others)) = (parents(here, &table), parents(there, &table)) else {
        return true;
    };
    if own.iter().all(|parent| others.contains(parent)) {
        return true;
    }
    let mut shared = own.iter().filter(|parent| others.contains(parent));
    shared.any(|parent| {
        here.get(&ObjectId::part(part.id.kind, parent, &part.id.name))
            .is_some()
    })
}

fn parents<'a>(catalog: &'a Catalog, table: &QualifiedName) -> Option<Vec<&'a QualifiedName>> {
    let table = Context::table(catalog, table)?;
    let of = table.partition_of.iter().map(|of| &of.parent);
    Some(table.inherits.iter().chain(of).collect())
}
