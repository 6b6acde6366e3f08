//! Indexes: free ones are objects, those behind constraints go into the constraint, attached ones stand for their parent.

use super::address::{Address, Class, Slot};
use super::canonical::canonical;
use super::index_text::{self, IndexText};
use super::reader::{Header, Reader, Relation, named, pairs};
use crate::model::{
    Body, Ident, Index, IndexBelow, Kind, ObjectId, QualifiedName, ReplicaIdentity, Unmanaged,
};
use crate::sql;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    relation: u32,
    schema: Ident,
    name: Ident,
    plain: bool,
    definition: Option<String>,
    method: Ident,
    unique: bool,
    nulls_not_distinct: bool,
    valid: bool,
    clustered: bool,
    replica_identity: bool,
    columns: Vec<i16>,
    keys: usize,
    options: Option<Vec<String>>,
    tablespace: Option<Ident>,
    statistics: Option<Vec<(usize, i32)>>,
    parent: u32,
    key: u32,
}

/// An index that hangs below that of a partitioned parent.
struct Attached {
    parent: u32,
    name: Ident,
    own: IndexBelow,
    valid: bool,
    tablespace: Option<Ident>,
}

/// An index that was read and not yet given to a constraint.
pub(super) struct Found {
    id: ObjectId,
    table: Slot,
    /// Columns that it names plainly, in order of its keys, INCLUDE left out.
    pub(super) columns: Vec<Ident>,
    pub(super) body: Index,
}

/// Indexes by oid.
pub(super) type Indexes = HashMap<u32, Found>;

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) -> Indexes {
    let mut indexes = Indexes::new();
    let mut attached: HashMap<u32, Attached> = HashMap::new();
    for row in rows {
        let Some(relation) = reader.relation(row.relation) else {
            continue;
        };
        let Some(table) = relation.slot else {
            continue;
        };
        mark_table(reader, table, &row);
        reader.note_printing(row.definition.as_deref().unwrap_or_default());
        let columns = reader.column_names(row.relation, row.columns.get(..row.keys).unwrap_or_default());
        let text = match &row.definition {
            Some(definition) => index_text::parse(&canonical(definition)),
            None if row.plain => Some(index_text::plain(&columns)),
            None => {
                let address = Address::whole(Class::RELATION, row.oid);
                let parent = Address::whole(Class::RELATION, row.parent);
                reader.directory.stands_for(address, parent);
                attached.insert(row.oid, below(reader, row, &relation));
                continue;
            }
        };
        let Some(text) = text else {
            // Never guessed at: reported, and left alone.
            let definition = row.definition.unwrap_or_default();
            reader.unmanaged_property(&relation.id, "index of an unknown form", definition);
            continue;
        };
        let name = named((row.schema.clone(), row.name.clone()));
        let id = ObjectId::named(Kind::Index, &name);
        let oid = row.oid;
        let body = body(reader, row, &relation, text);
        let found = Found {
            id,
            table,
            columns,
            body,
        };
        indexes.insert(oid, found);
    }
    name_partitions(reader, &mut indexes, attached);
    indexes
}

fn below(reader: &Reader, row: Row, relation: &Relation) -> Attached {
    let said = |class, oid| reader.comment(Address::whole(class, oid)).cloned();
    let mut options = pairs(row.options);
    options.sort();
    let targets = row.statistics.unwrap_or_default().into_iter();
    let mut statistics: Vec<(usize, i32)> = targets
        .filter_map(|(number, target)| Some((number.checked_sub(1)?, target)))
        .collect();
    statistics.sort_unstable();
    let own = IndexBelow {
        partition: relation.name.clone(),
        comment: said(Class::RELATION, row.oid),
        key_comment: said(Class::CONSTRAINT, row.key).filter(|_| row.key != 0),
        options,
        statistics,
    };
    Attached {
        parent: row.parent,
        name: row.name,
        own,
        valid: row.valid,
        tablespace: row.tablespace,
    }
}

/// Attached indexes go to the root of their tree, for their names are chosen, and show in a dump; as does what they have of their
/// own.
fn name_partitions(reader: &mut Reader, indexes: &mut Indexes, attached: HashMap<u32, Attached>) {
    let mut elsewhere = Vec::new();
    for each in attached.values() {
        let mut root = each.parent;
        while let Some(above) = attached.get(&root) {
            root = above.parent;
        }
        let Some(found) = indexes.get_mut(&root) else {
            continue;
        };
        let body = &mut found.body;
        let partition = &each.own.partition;
        body.partition_names.push((partition.clone(), each.name.clone()));
        if each.own != body.as_made(partition) {
            body.below.push(each.own.clone());
        }
        if !each.valid {
            body.invalid_below.push(partition.clone());
        }
        if each.tablespace != body.tablespace {
            elsewhere.push(each);
        }
    }
    for found in indexes.values_mut() {
        found.body.partition_names.sort();
        found.body.invalid_below.sort();
        found.body.below.sort_by(|a, b| a.partition.cmp(&b.partition));
    }
    elsewhere.sort_by(|a, b| (&a.own.partition, &a.name).cmp(&(&b.own.partition, &b.name)));
    for each in elsewhere {
        let tablespace = each.tablespace.as_ref().map_or("the database's", Ident::as_str);
        let said = format!("{}.{} in {tablespace}", each.own.partition.schema, each.name);
        let kind = "tablespace of a partition's index";
        reader.catalog.unmanaged.push(Unmanaged::object(kind, said));
    }
}

/// The index of a partition's own key that hangs below a plain one of the parent: it has the shape of that.
pub(super) fn hung(indexes: &Indexes, relation: &Relation, name: &Ident) -> Option<Index> {
    let is_own = |(on, own): &(QualifiedName, Ident)| *on == relation.name && own == name;
    let mut bodies = indexes.values().map(|found| &found.body);
    let above = bodies.find(|body| body.unique && body.partition_names.iter().any(is_own))?;
    let mut index = Index {
        table: relation.name.clone(),
        on_partitioned: relation.partitioned,
        valid: true,
        options: above.on_partition(&relation.name).options,
        partition_names: Vec::new(),
        below: Vec::new(),
        invalid_below: Vec::new(),
        comment: None,
        ..above.clone()
    };
    index.definition = sql::index(&index, name, false, false).as_str().to_owned();
    Some(index)
}

fn body(reader: &Reader, row: Row, relation: &Relation, text: IndexText) -> Index {
    let include = reader.column_names(row.relation, row.columns.get(row.keys..).unwrap_or_default());
    let mut keys = text.keys;
    for (number, target) in row.statistics.unwrap_or_default() {
        if let Some(key) = number.checked_sub(1).and_then(|at| keys.get_mut(at)) {
            key.statistics = Some(target);
        }
    }
    let mut body = Index {
        table: relation.name.clone(),
        on_materialized_view: relation.id.kind == Kind::MaterializedView,
        on_partitioned: relation.partitioned,
        method: row.method,
        unique: row.unique,
        nulls_not_distinct: row.nulls_not_distinct,
        keys,
        include,
        predicate: text.predicate,
        options: pairs(row.options),
        tablespace: row.tablespace,
        partition_names: Vec::new(),
        below: Vec::new(),
        invalid_below: Vec::new(),
        comment: None,
        valid: row.valid,
        definition: String::new(),
    };
    body.definition = match row.definition {
        Some(definition) => canonical(&definition),
        None => sql::index(&body, &row.name, false, false).as_str().to_owned(),
    };
    body
}

/// REPLICA IDENTITY USING INDEX and CLUSTER ON are said of the table, though the index knows them.
fn mark_table(reader: &mut Reader, table: Slot, row: &Row) {
    match &mut reader.object_mut(table).body {
        Body::Table(body) => {
            if row.clustered {
                body.cluster_on = Some(row.name.clone());
            }
            if row.replica_identity {
                body.replica_identity = ReplicaIdentity::Index(row.name.clone());
            }
        }
        Body::MaterializedView(body) if row.clustered => body.cluster_on = Some(row.name.clone()),
        _ => {}
    }
}

/// What no constraint has taken becomes an object.
pub(super) fn finish(reader: &mut Reader, indexes: Indexes) {
    for (oid, found) in indexes {
        let header = Header::NOBODYS;
        let address = Address::whole(Class::RELATION, oid);
        if let Some(slot) = reader.add(address, found.id, header, Body::Index(found.body)) {
            reader.depends(slot, found.table);
        }
    }
}
