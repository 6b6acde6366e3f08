//! The names of partitions' indexes that hang below a parent's: they are chosen, and show in a dump.

use super::pair;
use crate::change::{Change, partition_name::automatic};
use crate::model::{Catalog, Index, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Lock, Phase};

/// CLUSTER ON and REPLICA IDENTITY of a new partition, where they name an index that came with its parent's: such an index
/// is no object that a mark could come with.
pub fn marks(to: &Catalog, object: &Object) -> Option<Change> {
    let up = sql::partition_marks(object, to);
    // Undone with the table.
    let change = || {
        pair::setting(
            &object.id,
            "marks of indexes",
            Phase::Contract,
            Lock::AccessExclusive,
            up.clone(),
            Vec::new(),
        )
    };
    (!up.is_empty()).then(change)
}

/// A change where a partition's index bears another name than the files give it.
pub fn names(id: &ObjectId, old: &Index, new: &Index) -> Option<Change> {
    let root = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    let mut up = Vec::new();
    let mut down = Vec::new();
    for (partition, name) in &new.partition_names {
        let before = old
            .partition_names
            .iter()
            .find(|(other, _)| other == partition)
            .map(|(_, name)| name);
        match before {
            Some(before) if before == name => {}
            Some(before) => {
                up.push(sql::sync::name_partition_index(&root, partition, name));
                down.push(sql::sync::name_partition_index(&root, partition, before));
            }
            None if *name == automatic(new, partition, id) => {}
            None => up.push(sql::sync::name_partition_index(&root, partition, name)),
        }
    }
    if up.is_empty() {
        return None;
    }
    Some(pair::setting(
        id,
        "names of partitions' indexes",
        Phase::Expand,
        Lock::AccessShare,
        up,
        down,
    ))
}
