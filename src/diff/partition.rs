//! The names of partitions' indexes that hang below a parent's: they are chosen, and show in a dump.

use super::pair;
use crate::change::{Change, partition_name::automatic};
use crate::model::{Body, Catalog, Ident, Index, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity};
use crate::sql;
use crate::step::{Lock, Phase};

/// CLUSTER ON and REPLICA IDENTITY of a new partition, where they name an index that came with its parent's: such an index
/// is no object that a mark could come with.
pub fn marks(to: &Catalog, object: &Object) -> Option<Change> {
    let Body::Table(table) = &object.body else {
        return None;
    };
    table.partition_of.as_ref()?;
    let name = object.id.qualified();
    let attached = |index: &&Ident| {
        let own = QualifiedName {
            schema: name.schema.clone(),
            name: (*index).clone(),
        };
        to.get(&ObjectId::named(Kind::Index, &own)).is_none()
            && to.get(&ObjectId::part(Kind::Constraint, &name, index)).is_none()
    };
    let mut up = Vec::new();
    if let Some(index) = table.cluster_on.as_ref().filter(attached) {
        let action = format!("CLUSTER ON {}", sql::ident(index));
        up.push(sql::alter::table_action(&name, &action));
    }
    if let ReplicaIdentity::Index(index) = &table.replica_identity
        && attached(&index)
    {
        let action = format!("REPLICA IDENTITY USING INDEX {}", sql::ident(index));
        up.push(sql::alter::table_action(&name, &action));
    }
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
