//! Keys of partitions that hang below a plain index of the parent.

use crate::model::{Body, Catalog, Kind, ObjectId};
use std::collections::BTreeMap;

/// Which key hangs below which index, both ways.
///
/// PostgreSQL hangs a partition's own key below an equal unique index of the parent, and from then on drops that index for
/// nobody while the key is there, and the key for nobody while the index is: both go by CASCADE.
pub struct HungKeys {
    index_of: BTreeMap<ObjectId, ObjectId>,
    keys_of: BTreeMap<ObjectId, Vec<ObjectId>>,
}

impl HungKeys {
    /// Reads one side once.
    pub fn of(catalog: &Catalog) -> Self {
        let (mut index_of, mut keys_of) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        for object in catalog.of_kind(Kind::Index) {
            let Body::Index(index) = &object.body else {
                continue;
            };
            let keys = index.partition_names.iter().filter(|_| index.unique);
            let keys = keys.map(|(partition, name)| ObjectId::part(Kind::Constraint, partition, name));
            for key in keys.filter(|key| catalog.get(key).is_some()) {
                keys_of.entry(object.id.clone()).or_default().push(key.clone());
                index_of.insert(key, object.id.clone());
            }
        }
        Self { index_of, keys_of }
    }

    /// True where no key hangs below an index.
    pub fn is_empty(&self) -> bool {
        self.index_of.is_empty()
    }

    /// The parent's index that a key hangs below.
    pub fn index_of(&self, key: &ObjectId) -> Option<&ObjectId> {
        self.index_of.get(key)
    }

    /// The keys that hang below a parent's index.
    pub fn keys_of(&self, index: &ObjectId) -> &[ObjectId] {
        self.keys_of.get(index).map(Vec::as_slice).unwrap_or_default()
    }
}
