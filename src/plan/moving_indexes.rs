//! Indexes and keys that move from one column to another while columns change under them.

use crate::change::change_generated::is_generated;
use crate::change::change_type::is_of_a_class;
use crate::change::{Change, Context, Detail};
use crate::model::{Body, Object, ObjectId};

/// Indexes and keys that leave a computed column for one that changes its type: that one can do so only once the computed
/// column is gone, and this one only once they are.
pub fn leaving_computed(context: &Context, changes: &[Change], dropped: &ObjectId) -> Vec<ObjectId> {
    if !context.old(dropped).is_some_and(is_generated) {
        return Vec::new();
    }
    let retyped = |id: &ObjectId| {
        let mut changes = changes.iter();
        changes.any(|change| change.object == *id && matches!(change.detail, Detail::ChangeType(_)))
    };
    let replaced = |id: &ObjectId| {
        let anew = |change: &Change| {
            matches!(
                change.detail,
                Detail::ReplaceIndex(_) | Detail::ReplaceConstraint(_)
            )
        };
        changes.iter().any(|change| change.object == *id && anew(change))
    };
    let moves = |id: &ObjectId| {
        context
            .new_of(id)
            .is_some_and(|new| new.depends_on.iter().any(&retyped))
    };
    let users = context.users.users(dropped).iter().copied();
    users.filter(|id| replaced(id) && moves(id)).cloned().collect()
}

/// Indexes that are replaced while the column changes type or collation, and whose operator classes may not fit that one or
/// whose collation is one column's own and another's not.
pub fn of_other_classes(context: &Context, changes: &[Change], column: &ObjectId) -> Vec<ObjectId> {
    let of_class = |id: &&ObjectId| {
        context.old(id).is_some_and(is_of_a_class)
            || [context.old(id), context.new_of(id)]
                .into_iter()
                .flatten()
                .any(collates)
    };
    let users = context.users.users(column).iter().copied().filter(of_class);
    let replaced = |id: &&ObjectId| {
        let anew =
            |change: &Change| change.object == **id && matches!(change.detail, Detail::ReplaceIndex(_));
        changes.iter().any(anew)
    };
    users.filter(replaced).cloned().collect()
}

/// True for an index with a collation that is not its column's.
fn collates(object: &Object) -> bool {
    matches!(&object.body, Body::Index(index) if index.keys.iter().any(|key| key.collation.is_some()))
}
