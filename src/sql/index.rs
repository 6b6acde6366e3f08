//! Indexes, spelled from their parts.

use super::write::join;
use super::{Stmt, collation_clause, ident, idents, parenthesized, qualified, quoted_ident};
use super::{literal, option_list, option_name, with_options};
use crate::model::{
    Body, Catalog, Ident, Index, IndexBelow, IndexKey, IndexKeyOf, Kind, Object, ObjectId, QualifiedName,
    ReplicaIdentity,
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
        statements.extend(attached(body, &object.id, catalog));
    }
    statements.extend(marks(&object.id.name, &object.id.schema, body, catalog));
    statements
}

/// The indexes of the partitions that have one below a parent's that is not complete, and then where each hangs. Those of partitioned
/// partitions need not be complete either.
fn attached(parent: &Index, id: &ObjectId, catalog: &Catalog) -> Vec<Stmt> {
    let named = |partition: &QualifiedName| {
        let found = parent.partition_names.iter().find(|(on, _)| on == partition);
        found.map(|(_, name)| QualifiedName {
            schema: partition.schema.clone(),
            name: name.clone(),
        })
    };
    let above = |partition: &QualifiedName| match catalog
        .get(&ObjectId::named(Kind::Table, partition))
        .map(|table| &table.body)
    {
        Some(Body::Table(table)) => table.partition_of.as_ref().and_then(|of| named(&of.parent)),
        _ => None,
    };
    // A key of the partition's own that hangs there is made by itself.
    let is_key = |(partition, name): &&(QualifiedName, Ident)| {
        catalog
            .get(&ObjectId::part(Kind::Constraint, partition, name))
            .is_some()
    };
    let plain = parent.partition_names.iter().filter(|each| !is_key(each));
    let made = plain.map(|(partition, name)| {
        let twin = Index {
            table: partition.clone(),
            ..parent.clone()
        };
        index(&twin, name, false, catalog.is_partitioned(partition))
    });
    let hung = parent.partition_names.iter().filter_map(|(partition, _)| {
        let above = above(partition).unwrap_or_else(|| id.qualified());
        Some(super::alter::attach_index(&above, &named(partition)?))
    });
    made.chain(hung).collect()
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

/// What gives the index of a partition, which hangs below a parent's, what it shall have of its own.
pub fn index_below(name: &Ident, from: &IndexBelow, to: &IndexBelow) -> Vec<Stmt> {
    let partition = &to.partition;
    let index = QualifiedName {
        schema: partition.schema.clone(),
        name: name.clone(),
    };
    let mut statements = Vec::new();
    let mut set = |action: String| {
        statements.push(Stmt::new(format!("ALTER INDEX {} {action}", qualified(&index))));
    };
    let other = |option: &&(String, String)| !from.options.contains(option);
    let others: Vec<(String, String)> = to.options.iter().filter(other).cloned().collect();
    if !others.is_empty() {
        set(format!("SET ({})", option_list(&others)));
    }
    let kept = |name: &&String| to.options.iter().any(|(other, _)| other == *name);
    let gone = from
        .options
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !kept(name));
    let gone: Vec<String> = gone.map(|name| option_name(name)).collect();
    if !gone.is_empty() {
        set(format!("RESET ({})", gone.join(", ")));
    }
    let targets = to
        .statistics
        .iter()
        .filter(|target| !from.statistics.contains(target));
    statements.extend(targets.map(|(at, target)| index_statistics(&index, *at, Some(*target))));
    let counted = |at: usize| to.statistics.iter().any(|(other, _)| *other == at);
    let gone = from.statistics.iter().filter(|(at, _)| !counted(*at));
    statements.extend(gone.map(|(at, _)| index_statistics(&index, *at, None)));
    if from.comment != to.comment {
        statements.push(super::alter::comment_on_index(&index, to.comment.as_deref()));
    }
    if from.key_comment != to.key_comment {
        let text = to
            .key_comment
            .as_deref()
            .map_or_else(|| "NULL".to_owned(), literal);
        statements.push(Stmt::new(format!(
            "COMMENT ON CONSTRAINT {} ON {} IS {text}",
            ident(name),
            qualified(partition)
        )));
    }
    statements
}

/// What the partitions' indexes below this one have of their own, where they are as it made them.
pub fn indexes_below(index: &Index) -> Vec<Stmt> {
    let own = index.below.iter().filter_map(|own| {
        let mut names = index.partition_names.iter();
        let (_, name) = names.find(|(on, _)| *on == own.partition)?;
        Some(index_below(name, &index.as_made(&own.partition), own))
    });
    own.flatten().collect()
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
    statements.extend(relation.into_iter().flat_map(|table| marks_by(table, name)));
    statements
}

/// CLUSTER ON and REPLICA IDENTITY of a table where they name that index.
pub fn marks_by(object: &Object, name: &Ident) -> Vec<Stmt> {
    let Body::Table(table) = &object.body else {
        return Vec::new();
    };
    let cluster = (table.cluster_on.as_ref() == Some(name)).then(|| format!("CLUSTER ON {}", ident(name)));
    let identity = (table.replica_identity == ReplicaIdentity::Index(name.clone()))
        .then(|| format!("REPLICA IDENTITY USING INDEX {}", ident(name)));
    let actions = cluster.into_iter().chain(identity);
    actions
        .map(|action| super::alter::table_action(&object.id.qualified(), &action))
        .collect()
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
