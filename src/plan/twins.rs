//! Indexes of partitions that a parent's new index would adopt although the files keep them apart.

use crate::change::{Context, is_replaced};
use crate::model::{Body, Index, Kind, ObjectId, QualifiedName};
use std::collections::HashMap;

/// A partition's own index of the same shape as one that its parent gets by this plan. PostgreSQL attaches such an index
/// by itself when the parent's is made or the partition is attached, so it is dropped before and made again behind.
pub struct Twin {
    /// The partition's index.
    pub own: ObjectId,
    /// The partition.
    pub partition: ObjectId,
    /// The parent's index.
    pub root: ObjectId,
    /// It is on the partition already; else it is only made behind the parent's.
    pub there: bool,
}

/// Every twin of the plan.
pub fn twins(context: &Context) -> Vec<Twin> {
    let mut found = Vec::new();
    let mut roots: HashMap<&QualifiedName, Vec<(&ObjectId, &Index)>> = HashMap::new();
    for object in context.to.of_kind(Kind::Index) {
        if let Body::Index(index) = &object.body {
            roots.entry(&index.table).or_default().push((&object.id, index));
        }
    }
    for object in context.to.of_kind(Kind::Index) {
        let Body::Index(index) = &object.body else {
            continue;
        };
        let Some(of) = Context::table(context.to, &index.table).and_then(|table| table.partition_of.as_ref())
        else {
            continue;
        };
        let there = context.old(&object.id).is_some() && !is_replaced(context.from, context.to, &index.table);
        let roots = roots.get(&of.parent).into_iter().flatten();
        let adopted = |root: &Index| {
            root.partition_names
                .contains(&(index.table.clone(), object.id.name.clone()))
        };
        let roots = roots.filter(|(id, root)| !adopted(root) && is_new_root(context, id, root, index));
        found.extend(roots.map(|(root, _)| Twin {
            own: object.id.clone(),
            partition: ObjectId::named(Kind::Table, &index.table),
            root: (*root).clone(),
            there,
        }));
    }
    found
}

fn is_new_root(context: &Context, id: &ObjectId, root: &Index, own: &Index) -> bool {
    let fresh = context.old(id).is_none() || is_replaced(context.from, context.to, &root.table);
    fresh && root.valid && root.is_like(own)
}
