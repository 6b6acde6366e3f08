//! Keys of partitions below a plain index of the parent: what cannot be done to one of them while the other stays.

use crate::change::{Change, Context, Detail, hung_keys::HungKeys, replace_index, unsupported::Unsupported};
use crate::model::{Body, Catalog, Index, Kind, ObjectId, QualifiedName};
use std::collections::BTreeSet;

/// Refuses what nothing but CASCADE does, where that would take along what is to stay: the key goes, comes or is made anew while the
/// index of the parent stays.
pub fn refuse(from: &Catalog, to: &Catalog, changes: &mut [Change]) {
    let (before, after) = (HungKeys::of(from), HungKeys::of(to));
    if before.is_empty() && after.is_empty() {
        return;
    }
    let made = |change: &&Change| match &change.detail {
        Detail::CreateIndex(_) | Detail::DropIndex(_) => true,
        Detail::ReplaceIndex(_) => is_made_anew(from, to, &change.object),
        _ => false,
    };
    let moving: BTreeSet<ObjectId> = changes
        .iter()
        .filter(made)
        .map(|change| change.object.clone())
        .collect();
    // PostgreSQL would drop these with the key, by the same CASCADE.
    let referred: BTreeSet<&ObjectId> = from
        .of_kind(Kind::Constraint)
        .filter(|user| matches!(&user.body, Body::Constraint(body) if body.references.is_some()))
        .filter(|user| to.get(&user.id).is_some())
        .flat_map(|user| &user.depends_on)
        .collect();
    for change in changes {
        let hung = before
            .keys_of(&change.object)
            .iter()
            .chain(after.keys_of(&change.object));
        let held = hung.into_iter().find(|key| referred.contains(key));
        if let Some(key) = held.filter(|_| moving.contains(&change.object)) {
            change.detail = Detail::Unsupported(Unsupported {
                reason: format!(
                    "{key} hangs below {}, and a foreign key refers to it, which would go with them: drop the foreign key in a plan before this one, and make it again behind",
                    change.object
                ),
            });
            continue;
        }
        let key = change.object.clone();
        let is_partition =
            |catalog| Context::table(catalog, &key.relation()).is_some_and(|t| t.partition_of.is_some());
        if matches!(change.detail, Detail::RenameObject(_)) || !is_partition(from) || !is_partition(to) {
            continue;
        }
        let made_anew = matches!(change.detail, Detail::ReplaceConstraint(_));
        let comes = made_anew || from.get(&key).is_none();
        let goes = made_anew || to.get(&key).is_none();
        let indexes = [
            after.index_of(&key).filter(|_| comes),
            before.index_of(&key).filter(|_| goes),
        ];
        let stays = |index: &&ObjectId| made_anew || !moving.contains(*index);
        if let Some(index) = indexes.into_iter().flatten().find(stays) {
            change.detail = Detail::Unsupported(Unsupported {
                reason: format!(
                    "PostgreSQL hangs {key} below {index} and drops neither without the other: let the key and the index be both of {} or both of the partition",
                    root(from, to, index)
                ),
            });
        }
    }
}

/// True for an index that goes and comes back, not for one that is only completed or counted otherwise.
fn is_made_anew(from: &Catalog, to: &Catalog, index: &ObjectId) -> bool {
    let body = |catalog: &'_ Catalog| match catalog.get(index).map(|object| &object.body) {
        Some(Body::Index(body)) => Some(Index {
            valid: true,
            ..body.clone()
        }),
        _ => None,
    };
    body(from)
        .zip(body(to))
        .is_some_and(|(old, new)| replace_index::is_another(&old, &new))
}

fn root(from: &Catalog, to: &Catalog, index: &ObjectId) -> QualifiedName {
    let found = to.get(index).or_else(|| from.get(index));
    match found.map(|object| &object.body) {
        Some(Body::Index(body)) => body.table.clone(),
        _ => index.qualified(),
    }
}
