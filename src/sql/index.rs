//! Indexes, spelled from their parts.

use super::write::join;
use super::{Stmt, collation_clause, ident, idents, parenthesized, qualified, quoted_ident};
use super::{literal, with_options};
use crate::model::{
    Body, Catalog, Ident, Index, IndexKey, IndexKeyOf, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity,
};

/// One key as CREATE INDEX spells it. `ordered` is false for access methods without an order, which take no DESC.
pub fn index_key(key: &IndexKey, ordered: bool) -> String {
    let mut text = match &key.of {
        IndexKeyOf::Column(name) => ident(name),
        IndexKeyOf::Expression(expr) => parenthesized(expr),
    };
    text.push_str(&collation_clause(key.collation.as_ref()));
    if let Some(name) = &key.opclass {
        text.push_str(&format!(" {}", qualified(name)));
    }
    // Parameters need a class in front of them, so the reader keeps the default one's name where there are any.
    if !key.opclass_options.is_empty() {
        let options = key
            .opclass_options
            .iter()
            .map(|(name, value)| format!("{}={}", quoted_ident(name), literal(value)));
        text.push_str(&format!(" ({})", join(options)));
    }
    if ordered {
        match (key.descending, key.nulls_first) {
            (false, true) => text.push_str(" NULLS FIRST"),
            (true, true) => text.push_str(" DESC"),
            (true, false) => text.push_str(" DESC NULLS LAST"),
            (false, false) => {}
        }
    }
    text
}

/// CREATE INDEX from the parts, under any name; the index lands in the schema of its table.
/// `only` leaves the partitions of a partitioned table without it (the index stays invalid until theirs are attached).
pub fn index(index: &Index, name: &Ident, concurrently: bool, only: bool) -> Stmt {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let concurrently = if concurrently { "CONCURRENTLY " } else { "" };
    let only = if only { "ONLY " } else { "" };
    let ordered = index.method.as_str() == "btree";
    let mut text = format!(
        "CREATE {unique}INDEX {concurrently}{} ON {only}{} USING {} ({})",
        ident(name),
        qualified(&index.table),
        ident(&index.method),
        join(index.keys.iter().map(|key| index_key(key, ordered)))
    );
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", idents(&index.include)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    text.push_str(&with_options(&index.options));
    if let Some(tablespace) = &index.tablespace {
        text.push_str(&format!(" TABLESPACE {}", ident(tablespace)));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    Stmt::new(text)
}

pub(super) fn create(object: &Object, body: &Index, catalog: &Catalog) -> Vec<Stmt> {
    // On a partitioned table an index stays invalid as long as a partition has none below it.
    let partial = body.on_partitioned && !body.valid;
    let mut statements = vec![index(body, &object.id.name, false, partial)];
    if partial {
        statements.extend(attached(body, &object.id));
    }
    statements.extend(marks(&object.id.name, &object.id.schema, body, catalog));
    statements
}

/// The indexes of the partitions that have one below a parent's that is not complete.
fn attached(parent: &Index, id: &ObjectId) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for (partition, name) in &parent.partition_names {
        let twin = Index {
            table: partition.clone(),
            ..parent.clone()
        };
        let below = QualifiedName {
            schema: partition.schema.clone(),
            name: name.clone(),
        };
        statements.push(index(&twin, name, false, false));
        statements.push(super::alter::attach_index(&id.qualified(), &below));
    }
    statements
}

/// `ALTER INDEX … SET STATISTICS` of the key at that position, counted from 0; none is the server's default.
pub fn index_statistics(index: &QualifiedName, position: usize, target: Option<i32>) -> Stmt {
    Stmt::new(format!(
        "ALTER INDEX {} ALTER COLUMN {} SET STATISTICS {}",
        qualified(index),
        position + 1,
        target.unwrap_or(-1)
    ))
}

/// What stands on an index once it is there: the comment of one behind a constraint, statistics targets of its keys, and the table's CLUSTER mark and replica
/// identity where they name it.
pub(super) fn marks(name: &Ident, schema: &Ident, body: &Index, catalog: &Catalog) -> Vec<Stmt> {
    let mut statements = Vec::new();
    if let Some(comment) = &body.comment {
        let index = QualifiedName {
            schema: schema.clone(),
            name: name.clone(),
        };
        statements.push(super::alter::comment_on_index(&index, Some(comment)));
    }
    for (position, key) in body.keys.iter().enumerate() {
        if key.statistics.is_some() {
            let index = QualifiedName {
                schema: schema.clone(),
                name: name.clone(),
            };
            statements.push(index_statistics(&index, position, key.statistics));
        }
    }
    let kind = if body.on_materialized_view {
        Kind::MaterializedView
    } else {
        Kind::Table
    };
    let relation = catalog.get(&ObjectId::named(kind, &body.table));
    if let Some(Body::MaterializedView(view)) = relation.map(|object| &object.body)
        && view.cluster_on.as_ref() == Some(name)
    {
        let action = format!("CLUSTER ON {}", ident(name));
        statements.push(super::alter::alter_object(
            "MATERIALIZED VIEW",
            &qualified(&body.table),
            &action,
        ));
    }
    if let Some(Body::Table(table)) = relation.map(|object| &object.body) {
        let head = format!("ALTER TABLE {}", qualified(&body.table));
        if table.cluster_on.as_ref() == Some(name) {
            statements.push(Stmt::new(format!("{head} CLUSTER ON {}", ident(name))));
        }
        if table.replica_identity == ReplicaIdentity::Index(name.clone()) {
            statements.push(Stmt::new(format!(
                "{head} REPLICA IDENTITY USING INDEX {}",
                ident(name)
            )));
        }
    }
    statements
}

/// CLUSTER ON and REPLICA IDENTITY of a partition, where they name an index that came with its parent's: such an index is
/// no object that a mark could come with.
pub fn partition_marks(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    let name = object.id.qualified();
    let Body::Table(table) = &object.body else {
        return Vec::new();
    };
    let attached = |index: &&Ident| {
        let own = QualifiedName {
            schema: name.schema.clone(),
            name: (*index).clone(),
        };
        table.partition_of.is_some()
            && catalog.get(&ObjectId::named(Kind::Index, &own)).is_none()
            && catalog
                .get(&ObjectId::part(Kind::Constraint, &name, index))
                .is_none()
    };
    let cluster = table.cluster_on.as_ref().filter(attached);
    let identity = match &table.replica_identity {
        ReplicaIdentity::Index(index) => Some(index).filter(attached),
        _ => None,
    };
    let cluster = cluster.map(|index| format!("CLUSTER ON {}", ident(index)));
    let identity = identity.map(|index| format!("REPLICA IDENTITY USING INDEX {}", ident(index)));
    let actions = cluster.into_iter().chain(identity);
    actions
        .map(|action| super::alter::table_action(&name, &action))
        .collect()
}
