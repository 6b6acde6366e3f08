//! Carried columns of partitioned tables: what is done to the table reaches its partitions, as long as they have nothing of
//! their own on the column.

use super::{CarriedTable, tree_key, tree_reference};
use crate::change::{Context, partition_tree::tree, replaced};
use crate::model::{Body, Catalog, Column, Constraint, Ident, Kind, Object, ObjectId, QualifiedName};
use std::collections::BTreeSet;

/// What hinders a cut-over of the table: nothing, or a sentence.
pub(super) fn hindrance(context: &Context, table: &CarriedTable) -> Option<String> {
    let moving: Vec<(&Ident, &Ident)> = table
        .columns
        .iter()
        .filter_map(|carried| Some((carried.old_name()?, &carried.column.name)))
        .collect();
    hinders(context.from, context.to, &table.table, &moving)
}

/// The same for columns of a table under their former and their desired names.
pub(super) fn hinders(
    from: &Catalog,
    to: &Catalog,
    name: &QualifiedName,
    moving: &[(&Ident, &Ident)],
) -> Option<String> {
    if moving.is_empty() || from.is_plain_table(name) {
        return None;
    }
    let partitioned = |catalog| {
        Context::table(catalog, name)
            .is_some_and(|body| body.partition_key.is_some() && body.partition_of.is_none())
    };
    if !partitioned(from) || !partitioned(to) {
        return Some(format!("`{name}` is a partition, inherits or is inherited from"));
    }
    let [before, after] = [from, to].map(|catalog| tree(catalog, name));
    let moves = |table: &QualifiedName| {
        let [old, new] = [from, to].map(|catalog| Context::table(catalog, table));
        old.map(|body| &body.partition_of) != new.map(|body| &body.partition_of)
    };
    if before != after || before.iter().any(moves) {
        return Some(format!(
            "partitions of `{name}` come, go or are bound anew in the same plan"
        ));
    }
    let of = |column: &Ident| ObjectId::part(Kind::Column, name, column);
    let old: Vec<ObjectId> = moving.iter().map(|(old, _)| of(old)).collect();
    let new: Vec<ObjectId> = moving.iter().map(|(_, new)| of(new)).collect();
    let moves = |object: &Object, constraint: &Constraint| match (&constraint.index, &constraint.references) {
        (Some(_), _) => tree_key::hindrance(from, to, object, constraint).is_none(),
        (None, Some(reference)) => tree_reference::hindrance(from, to, object, reference).is_none(),
        (None, None) => false,
    };
    on_side(from, &before, &old, moves).or_else(|| on_side(to, &before, &new, moves))
}

/// `moves` tells of a key or foreign key of the table whether it can change places together with those of the partitions.
fn on_side(
    catalog: &Catalog,
    tables: &[QualifiedName],
    columns: &[ObjectId],
    moves: impl Fn(&Object, &Constraint) -> bool,
) -> Option<String> {
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
    // An index, key or foreign key of the table stands for those of its partitions.
    let is_root = |table: &QualifiedName| columns.iter().any(|id| id.relation() == *table);
    let of_root = |object: &Object| match &object.body {
        Body::Index(index) => is_root(&index.table),
        Body::Constraint(constraint) => {
            let far = constraint.references.as_ref().map(|reference| &reference.table);
            (is_root(&object.id.relation()) || far.is_some_and(is_root)) && moves(object, constraint)
        }
        _ => false,
    };
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
    let (Some(mut above), Some(below)) = (bare(parent), bare(child)) else {
        return false;
    };
    // Before 17 the identity is the parent's alone.
    if below.identity.is_none() {
        above.identity = None;
    }
    above == below && child.comment.is_none() && child.grants.is_empty()
}
