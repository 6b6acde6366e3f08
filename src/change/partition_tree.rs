//! What is below a partitioned table.

use super::{Context, is_replaced};
use crate::model::{Body, Catalog, Kind, ObjectId, QualifiedName, Table};
use crate::step::Fact;
use std::collections::{BTreeMap, BTreeSet};

/// The table and all its partitions, parents first, those of one parent in order of their names.
pub(super) fn tree(catalog: &Catalog, root: &QualifiedName) -> Vec<QualifiedName> {
    walk(catalog, root, |table| {
        table.partition_of.as_ref().map(|of| &of.parent).into_iter()
    })
}

/// The table, its partitions and the children that inherit from it, parents first.
pub(super) fn family(catalog: &Catalog, root: &QualifiedName) -> Vec<QualifiedName> {
    walk(catalog, root, |table| {
        table
            .partition_of
            .iter()
            .map(|of| &of.parent)
            .chain(&table.inherits)
    })
}

/// The partitions that hold the rows of a table, in order of their names; and the table with those that are partitioned.
fn leaves_and_inner(catalog: &Catalog, root: &QualifiedName) -> (Vec<QualifiedName>, Vec<QualifiedName>) {
    let splits = |table: &QualifiedName| table == root || catalog.is_partitioned(table);
    let (inner, mut leaves): (Vec<_>, Vec<_>) = tree(catalog, root).into_iter().partition(splits);
    leaves.sort();
    (leaves, inner)
}

/// The same of a table on the live side, without the partitions that leave it or are made anew: those have what it gets by
/// other ways. What is dropped with its partition stays until then: without it the parent's would never be complete.
pub(super) fn that_stay(context: &Context, root: &QualifiedName) -> (Vec<QualifiedName>, Vec<QualifiedName>) {
    let (mut leaves, mut inner) = leaves_and_inner(context.from, root);
    let after = tree(context.to, root);
    let stays = |table: &QualifiedName| {
        let is_there = after.contains(table) || !context.drops_first && context.is_going(table);
        is_there && !is_replaced(context.from, context.to, table)
    };
    leaves.retain(stays);
    inner.retain(stays);
    (leaves, inner)
}

/// The partitions that are dropped from below a table, as facts: where they are given what it gets they have to
/// be there, else they have to be gone.
pub(super) fn of_dropped(context: &Context, root: &QualifiedName) -> Vec<Fact> {
    let going = tree(context.from, root).into_iter().filter(|table| {
        table != root && context.is_going(table) && !is_replaced(context.from, context.to, table)
    });
    going
        .map(|table| ObjectId::named(Kind::Table, &table))
        .map(if context.drops_first {
            Fact::Gone
        } else {
            Fact::Exists
        })
        .collect()
}

/// One pass finds who is below whom.
fn walk<'a, I: Iterator<Item = &'a QualifiedName>>(
    catalog: &'a Catalog,
    root: &QualifiedName,
    above: impl Fn(&'a Table) -> I,
) -> Vec<QualifiedName> {
    let mut below: BTreeMap<&QualifiedName, Vec<QualifiedName>> = BTreeMap::new();
    for object in catalog.of_kind(Kind::Table) {
        if let Body::Table(table) = &object.body {
            for parent in above(table) {
                below.entry(parent).or_default().push(object.id.qualified());
            }
        }
    }
    let mut found = vec![root.clone()];
    // A child of two parents is met twice.
    let mut seen = BTreeSet::from([root.clone()]);
    let mut at = 0;
    while let Some(parent) = found.get(at) {
        let children = below.remove(parent).unwrap_or_default();
        found.extend(children.into_iter().filter(|child| seen.insert(child.clone())));
        at += 1;
    }
    found
}

/// The tables above one on either side, near ones first.
pub(super) fn above(context: &Context, table: &QualifiedName) -> Vec<QualifiedName> {
    let mut found = vec![table.clone()];
    let mut at = 0;
    while let Some(relation) = found.get(at).cloned() {
        let both = [context.from, context.to].into_iter();
        for body in both.filter_map(|catalog| Context::table(catalog, &relation)) {
            let parents = body
                .inherits
                .iter()
                .chain(body.partition_of.iter().map(|of| &of.parent));
            for parent in parents {
                if !found.contains(parent) {
                    found.push(parent.clone());
                }
            }
        }
        at += 1;
    }
    found.remove(0);
    found
}

/// The children that stop to inherit from a table.
pub(super) fn leaving(context: &Context, parent: &QualifiedName) -> Vec<ObjectId> {
    let inherits = |catalog, child: &ObjectId| {
        Context::table(catalog, &child.qualified()).map(|table| table.inherits.contains(parent))
    };
    let users = context.users.users(&ObjectId::named(Kind::Table, parent)).iter();
    users
        .filter(|user| user.kind == Kind::Table)
        .filter(|child| {
            inherits(context.from, child) == Some(true) && inherits(context.to, child) == Some(false)
        })
        .map(|child| (*child).clone())
        .collect()
}

/// The children that go with all they have, as facts.
pub(super) fn of_going_children(context: &Context, parent: &QualifiedName) -> impl Iterator<Item = Fact> {
    let below = family(context.from, parent).into_iter();
    let inherits = |child: &QualifiedName| {
        Context::table(context.from, child).is_some_and(|table| !table.inherits.is_empty())
    };
    let going: Vec<QualifiedName> = below
        .filter(|child| child != parent && context.is_going(child) && inherits(child))
        .collect();
    going
        .into_iter()
        .map(|child| Fact::Gone(ObjectId::named(Kind::Table, &child)))
}
