//! Domains whose values are stored inside of others.

use crate::change::{Context, exchange_type::TYPES};
use crate::model::{Body, Catalog, Kind, Object, ObjectId};
use crate::sql;
use crate::step::Fact;
use std::collections::BTreeSet;

/// PostgreSQL adds no constraint to a domain that a column holds in an array, a composite type or a range: it is there before
/// such a column, unless it stands on that column's table itself.
pub fn checks_inside(context: &Context, id: &ObjectId) -> Vec<Fact> {
    let (table, columns): (ObjectId, Vec<&Object>) = match id.kind {
        Kind::Table => (
            id.clone(),
            context.to.parts(Kind::Column, &id.qualified()).collect(),
        ),
        Kind::Column => (
            ObjectId::named(Kind::Table, &id.relation()),
            context.new_of(id).into_iter().collect(),
        ),
        _ => return Vec::new(),
    };
    let inside: BTreeSet<ObjectId> = columns
        .into_iter()
        .flat_map(|column| held_inside(context.to, column))
        .collect();
    inside
        .iter()
        .flat_map(|domain| context.to.parts(Kind::DomainConstraint, &domain.qualified()))
        .filter(|check| !stands_on(context.to, check, &table))
        .map(|check| Fact::Exists(check.id.clone()))
        .collect()
}

/// The domains that a column holds otherwise than as its values.
fn held_inside(catalog: &Catalog, column: &Object) -> BTreeSet<ObjectId> {
    let Body::Column(body) = &column.body else {
        return BTreeSet::new();
    };
    let mut types: BTreeSet<ObjectId> = BTreeSet::new();
    let own = |object: &Object| {
        let types = object.depends_on.iter().filter(|used| TYPES.contains(&used.kind));
        types.cloned().collect::<Vec<ObjectId>>()
    };
    let mut queue = own(column);
    let is_scalar = queue
        .iter()
        .any(|used| sql::qualified(&used.qualified()) == body.data_type.as_str());
    let mut inside = !is_scalar;
    while let Some(id) = queue.pop() {
        let Some(object) = catalog.get(&id).filter(|_| types.insert(id.clone())) else {
            continue;
        };
        inside |= match &object.body {
            Body::Domain(domain) => domain.base.as_str().ends_with("[]"),
            _ => true,
        };
        queue.extend(own(object));
    }
    types.retain(|id| inside && id.kind == Kind::Domain);
    types
}

/// True where the constraint uses the table, or calls what does.
fn stands_on(catalog: &Catalog, check: &Object, table: &ObjectId) -> bool {
    let mut seen: BTreeSet<&ObjectId> = BTreeSet::new();
    let mut queue: Vec<&ObjectId> = check.depends_on.iter().collect();
    while let Some(id) = queue.pop() {
        if id == table || (id.is_part() && id.kind == Kind::Column && id.relation() == table.qualified()) {
            return true;
        }
        let Some(object) = catalog.get(id).filter(|_| seen.insert(id)) else {
            continue;
        };
        queue.extend(object.depends_on.iter().chain(&object.mentions));
    }
    false
}
