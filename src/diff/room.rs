//! Names that tables that go have to leave to what comes.

use crate::change::{Change, Detail};
use crate::model::{Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Tells every dropped table which of its indexes and sequences bear names that the files give to something else.
pub fn make_room(from: &Catalog, to: &Catalog, changes: &mut [Change]) {
    let mut going: HashMap<QualifiedName, Vec<ObjectId>> = changes
        .iter()
        .filter(|change| matches!(change.detail, Detail::DropTable(_)))
        .map(|change| (change.object.qualified(), Vec::new()))
        .collect();
    if going.is_empty() {
        return;
    }
    let wanted: HashSet<QualifiedName> = to.objects.values().map(Arc::as_ref).filter_map(name).collect();
    for object in from.objects.values() {
        let Some((table, id)) = part(object) else { continue };
        let stays = id.kind == Kind::Sequence && to.objects.contains_key(&id) && object.id == id;
        if let (false, Some(parts)) = (stays, going.get_mut(&table))
            && name(object).is_some_and(|name| wanted.contains(&name))
        {
            parts.push(id);
        }
    }
    for change in changes {
        if let Detail::DropTable(detail) = &mut change.detail {
            detail.gives_way = going.remove(&change.object.qualified()).unwrap_or_default();
        }
    }
}

/// An index or sequence with the table that it goes with; a sequence of an identity by the name that it would have alone.
fn part(object: &Object) -> Option<(QualifiedName, ObjectId)> {
    match &object.body {
        Body::Constraint(constraint) if constraint.index.is_some() => {
            Some((object.id.relation(), object.id.clone()))
        }
        Body::Index(index) => Some((index.table.clone(), object.id.clone())),
        Body::Sequence(sequence) => Some((sequence.owned_by.as_ref()?.0.clone(), object.id.clone())),
        Body::Column(column) => {
            let sequence = &column.identity.as_ref()?.sequence;
            Some((object.id.relation(), ObjectId::named(Kind::Sequence, sequence)))
        }
        _ => None,
    }
}

/// The name that an object takes among the relations of its schema.
fn name(object: &Object) -> Option<QualifiedName> {
    let in_schema = |name: &Ident| QualifiedName {
        schema: object.id.schema.clone(),
        name: name.clone(),
    };
    match &object.body {
        Body::Constraint(constraint) => constraint.index.is_some().then(|| in_schema(&object.id.name)),
        Body::Column(column) => column.identity.as_ref().map(|identity| identity.sequence.clone()),
        _ if object.id.is_part() => None,
        Body::Table(_)
        | Body::View(_)
        | Body::MaterializedView(_)
        | Body::Sequence(_)
        | Body::Index(_)
        | Body::CompositeType(_) => Some(object.id.qualified()),
        _ => None,
    }
}
