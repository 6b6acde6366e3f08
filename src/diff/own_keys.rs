//! Keys of partitions below a plain index of the parent: neither goes, nor is made anew, without the other.

use crate::change::{Change, Context, Detail, unsupported::Unsupported};
use crate::model::{Body, Catalog, Kind, ObjectId, QualifiedName};
use std::collections::BTreeMap;

/// Refuses what PostgreSQL does by CASCADE alone. It hangs a partition's own key below an equal unique index of the parent, and
/// from then on drops that index for nobody while the key is there, and the key for nobody while the index is.
pub fn refuse(from: &Catalog, to: &Catalog, changes: &mut [Change]) {
    let (before, after) = (Below::of(from), Below::of(to));
    if before.index_of.is_empty() && after.index_of.is_empty() {
        return;
    }
    for change in changes {
        let made_anew = matches!(
            change.detail,
            Detail::ReplaceConstraint(_) | Detail::ReplaceIndex(_)
        );
        let comes = to.get(&change.object).is_some() && (made_anew || from.get(&change.object).is_none());
        let goes = from.get(&change.object).is_some() && (made_anew || to.get(&change.object).is_none());
        if matches!(change.detail, Detail::RenameObject(_)) {
            continue;
        }
        let stay = |id: &ObjectId| {
            let is_partition =
                |catalog| Context::table(catalog, &id.relation()).is_some_and(|t| t.partition_of.is_some());
            is_partition(from) && is_partition(to)
        };
        let found = [(comes, &after), (goes, &before)]
            .into_iter()
            .filter(|(is_said, _)| *is_said);
        let found = found
            .filter_map(|(_, below)| below.with(&change.object))
            .find(|(key, _)| stay(key));
        if let Some((key, index)) = found {
            change.detail = Detail::Unsupported(Unsupported {
                reason: format!(
                    "PostgreSQL hangs {key} below {index} and drops neither without the other: let the key and the index be both of {} or both of the partition",
                    root(from, to, &index)
                ),
            });
        }
    }
}

/// Keys of partitions by identity, with the parents' plain indexes that they hang below.
struct Below {
    index_of: BTreeMap<ObjectId, ObjectId>,
    key_of: BTreeMap<ObjectId, ObjectId>,
}

impl Below {
    fn of(catalog: &Catalog) -> Self {
        let (mut index_of, mut key_of) = (BTreeMap::new(), BTreeMap::new());
        for object in catalog.of_kind(Kind::Index) {
            let Body::Index(index) = &object.body else {
                continue;
            };
            let keys = index.partition_names.iter().filter(|_| index.unique);
            let keys = keys.map(|(partition, name)| ObjectId::part(Kind::Constraint, partition, name));
            for key in keys.filter(|key| catalog.get(key).is_some()) {
                key_of.entry(object.id.clone()).or_insert_with(|| key.clone());
                index_of.insert(key, object.id.clone());
            }
        }
        Self { index_of, key_of }
    }

    /// The key and the index, if the object is one of them.
    fn with(&self, id: &ObjectId) -> Option<(ObjectId, ObjectId)> {
        let of_key = || Some((id.clone(), self.index_of.get(id)?.clone()));
        let of_index = || Some((self.key_of.get(id)?.clone(), id.clone()));
        of_key().or_else(of_index)
    }
}

fn root(from: &Catalog, to: &Catalog, index: &ObjectId) -> QualifiedName {
    let found = to.get(index).or_else(|| from.get(index));
    match found.map(|object| &object.body) {
        Some(Body::Index(body)) => body.table.clone(),
        _ => index.qualified(),
    }
}
