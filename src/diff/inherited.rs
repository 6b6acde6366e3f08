//! What a table has from its parents: it comes and goes with them, unless the table changes parents.

use super::Sides;
use crate::change::Context;
use crate::change::shared_children::{is_inherited, left_to_parents};
use crate::model::{Catalog, Kind, Object, ObjectId, QualifiedName};
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

/// The statements that lead from some parents to others, in this order; `anew` gives all of them again, which makes a column
/// or check that a parent has as well the table's own, or leaves it to the parent.
pub(super) fn lead(
    (here, there): (&Catalog, &Catalog),
    id: &ObjectId,
    (old, new): (&[QualifiedName], &[QualifiedName]),
    anew: bool,
) -> Vec<Stmt> {
    let table = id.qualified();
    let stay = old.iter().filter(|parent| new.contains(parent));
    let kept = stay
        .zip(new)
        .take_while(|(stays, wanted)| stays == wanted && !anew)
        .count();
    let (kept, come) = new.split_at(kept);
    let gone = old.iter().filter(|parent| !kept.contains(parent));
    let mut statements: Vec<Stmt> = gone
        .map(|parent| sql::alter::inherit(&table, parent, false))
        .collect();
    statements.extend(
        come.iter()
            .map(|parent| sql::alter::inherit(&table, parent, true)),
    );
    if !come.is_empty() {
        statements.extend(left_to_parents(there, here, id));
    }
    statements
}

/// True where what the table has from a parent becomes its own as well, or the other way round.
pub(super) fn is_owned_otherwise(sides: &Sides, id: &ObjectId) -> bool {
    let table = id.qualified();
    let Some(parents) = parents(sides.from, &table) else {
        return false;
    };
    let given = |catalog: &Catalog, part: &Object| {
        let mut above = parents
            .iter()
            .map(|parent| ObjectId::part(part.id.kind, parent, &part.id.name));
        above.any(|above| catalog.get(&above).is_some())
    };
    let mut parts = [Kind::Column, Kind::Constraint]
        .into_iter()
        .flat_map(|kind| sides.to.parts(kind, &table));
    parts.any(|part| {
        let live = sides.from.get(&part.id);
        live.is_some_and(|live| is_inherited(live) != is_inherited(part))
            && given(sides.from, part)
            && given(sides.to, part)
    })
}

fn parents<'a>(catalog: &'a Catalog, table: &QualifiedName) -> Option<Vec<&'a QualifiedName>> {
    let table = Context::table(catalog, table)?;
    let of = table.partition_of.iter().map(|of| &of.parent);
    Some(table.inherits.iter().chain(of).collect())
}
