//! What changes in place, and where that is not enough.

use crate::change::{Change, Context, Detail};
use crate::model::ObjectId;

/// True for code whose new text stands on a table that is replaced, and whose former text on the former one: it cannot be
/// replaced in place, neither before the exchange nor behind it.
pub fn stays_on_former(changes: &[Change], cause: &Change, id: &ObjectId) -> bool {
    let in_place = |change: &Change| change.object == *id && matches!(change.detail, Detail::ReplaceCode(_));
    matches!(cause.detail, Detail::ReplaceTable(_)) && changes.iter().any(in_place)
}

/// True for a column that is computed on neither side.
pub fn is_plain_column(context: &Context, id: &ObjectId) -> bool {
    let plain = |catalog| Context::column(catalog, id).is_some_and(|column| column.generated.is_none());
    plain(context.from) && plain(context.to)
}
