//! The names of partitions' indexes that hang below a parent's: they are chosen, and show in a dump.

use super::pair;
use crate::change::{Change, partition_name::automatic};
use crate::model::{Index, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Lock, Phase};

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
