//! Who bears a name that another object is to get.

use crate::change::Context;
use crate::model::{Ident, Kind, ObjectId, QualifiedName};
use std::collections::HashMap;

/// Objects of the live side that bear the name in the same namespace and are of another kind.
pub fn namesakes<'a>(
    context: &Context,
    keys: &HashMap<(&'a Ident, &'a Ident), Vec<&'a ObjectId>>,
    id: &ObjectId,
) -> Vec<ObjectId> {
    let relations = [
        Kind::Table,
        Kind::View,
        Kind::MaterializedView,
        Kind::Sequence,
        Kind::Index,
        Kind::CompositeType,
    ];
    let types = [
        Kind::EnumType,
        Kind::Domain,
        Kind::CompositeType,
        Kind::RangeType,
        Kind::Table,
        Kind::View,
        Kind::MaterializedView,
    ];
    let routines = [Kind::Function, Kind::Aggregate];
    let mut found = Vec::new();
    let mut name = id.qualified();
    if id.kind == Kind::Constraint {
        name = QualifiedName {
            schema: id.schema.clone(),
            name: id.name.clone(),
        };
    }
    let families: [&[Kind]; 2] = [&relations, &types];
    for family in families {
        if !(family.contains(&id.kind) || (id.kind == Kind::Constraint && family == relations)) {
            continue;
        }
        for kind in family.iter().filter(|kind| **kind != id.kind) {
            let other = ObjectId::named(*kind, &name);
            if context.old(&other).is_some() && context.new_of(&other).is_none() {
                found.push(other);
            }
        }
    }
    if routines.contains(&id.kind) {
        for kind in routines.iter().filter(|kind| **kind != id.kind) {
            let other = ObjectId {
                kind: *kind,
                ..id.clone()
            };
            if context.old(&other).is_some() {
                found.push(other);
            }
        }
    }
    // An index or key of the same name on another table, or a constraint that becomes an index.
    if matches!(id.kind, Kind::Index | Kind::Constraint) {
        let keys = keys.get(&(&id.schema, &id.name)).into_iter().flatten();
        found.extend(
            keys.filter(|other| **other != id && context.new_of(other).is_none())
                .map(|other| (*other).clone()),
        );
    }
    found
}
