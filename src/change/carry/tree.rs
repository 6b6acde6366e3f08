//! Carried columns of partitioned tables: what is done to the table reaches its partitions, as long as they have nothing of
//! their own on the column.

use super::{Carried, CarriedTable};
use crate::change::{Context, partition_tree::tree, replaced};
use crate::model::{Body, Catalog, Column, Kind, Object, ObjectId, QualifiedName};
use std::collections::BTreeSet;

/// What hinders a cut-over of the table: nothing, or a sentence.
pub(super) fn hindrance(context: &Context, table: &CarriedTable) -> Option<String> {
    let name = &table.table;
    let moving: Vec<&Carried> = table
        .columns
        .iter()
        .filter(|carried| carried.old_name().is_some())
        .collect();
    if moving.is_empty() || context.from.is_plain_table(name) {
        return None;
    }
    let partitioned = |catalog| {
        Context::table(catalog, name)
            .is_some_and(|body| body.partition_key.is_some() && body.partition_of.is_none())
    };
    if !partitioned(context.from) || !partitioned(context.to) {
        return Some(format!("`{name}` is a partition, inherits or is inherited from"));
    }
    let [before, after] = [context.from, context.to].map(|catalog| tree(catalog, name));
    let moves = |table: &QualifiedName| {
        let [old, new] = [context.from, context.to].map(|catalog| Context::table(catalog, table));
        old.map(|body| &body.partition_of) != new.map(|body| &body.partition_of)
    };
    if before != after || before.iter().any(moves) {
        return Some(format!(
            "partitions of `{name}` come, go or are bound anew in the same plan"
        ));
    }
    let sides = [context.from, context.to];
    sides
        .into_iter()
        .zip([true, false])
        .find_map(|(catalog, is_old)| {
            let columns: Vec<ObjectId> = moving
                .iter()
                .filter_map(|carried| {
                    let column = if is_old {
                        carried.old_name()?
                    } else {
                        &carried.column.name
                    };
                    Some(ObjectId::part(Kind::Column, name, column))
                })
                .collect();
            on_side(catalog, &before, &columns)
        })
}

fn on_side(catalog: &Catalog, tables: &[QualifiedName], columns: &[ObjectId]) -> Option<String> {
    let mut below = BTreeSet::new();
    for table in tables {
        let body = Context::table(catalog, table)?;
        if body.foreign.is_some() {
            return Some(format!("the partition `{table}` is a foreign table"));
        }
        for id in columns {
            if body
                .partition_key
                .as_ref()
                .is_some_and(|key| replaced::names(key, &id.name))
            {
                return Some(format!("`{table}` is partitioned by {}", id.name));
            }
            let own = ObjectId::part(Kind::Column, table, &id.name);
            if own == *id {
                continue;
            }
            let alike = match (catalog.get(id), catalog.get(&own)) {
                (Some(parent), Some(child)) => are_alike(parent, child),
                _ => false,
            };
            if !alike {
                return Some(format!(
                    "the partition `{table}` has a {} of its own form",
                    id.name
                ));
            }
            below.insert(own);
        }
    }
    // An index of the table stands for those of its partitions.
    let is_root = |table: &QualifiedName| columns.iter().any(|id| id.relation() == *table);
    let of_root = |object: &Object| matches!(&object.body, Body::Index(index) if is_root(&index.table));
    let stands_below = |object: &&std::sync::Arc<Object>| {
        !of_root(object) && object.depends_on.iter().any(|used| below.contains(used))
    };
    let user = catalog.objects.values().find(stands_below);
    user.map(|user| format!("{} stands on a partition's own column", user.id))
}

fn are_alike(parent: &Object, child: &Object) -> bool {
    let bare = |object: &Object| match &object.body {
        Body::Column(column) => Some(Column {
            position: 0,
            inherited: false,
            not_null_constraint: None,
            ..column.clone()
        }),
        _ => None,
    };
    bare(parent) == bare(child) && child.comment.is_none() && child.grants.is_empty()
}
