//! What a table has from its parents: it comes and goes with them, unless the table changes parents.

use super::Sides;
use crate::change::Context;
use crate::model::{Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};

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

/// Behind INHERIT: what the table has from its parents alone is theirs again, and no definition of its own.
pub(super) fn left_to_parents(catalog: &Catalog, id: &ObjectId) -> Option<Stmt> {
    let table = id.qualified();
    let names = |kind: Kind| -> Vec<Ident> {
        let inherited = |object: &&Object| match &object.body {
            Body::Column(column) => column.inherited,
            Body::Constraint(constraint) => constraint.inherited,
            _ => false,
        };
        let parts = catalog.parts(kind, &table).filter(inherited);
        parts.map(|part| part.id.name.clone()).collect()
    };
    let (columns, constraints) = (names(Kind::Column), names(Kind::Constraint));
    let any = !columns.is_empty() || !constraints.is_empty();
    any.then(|| sql::leave_to_parents(&table, &columns, &constraints))
}

fn parents<'a>(catalog: &'a Catalog, table: &QualifiedName) -> Option<Vec<&'a QualifiedName>> {
    let table = Context::table(catalog, table)?;
    let of = table.partition_of.iter().map(|of| &of.parent);
    Some(table.inherits.iter().chain(of).collect())
}
