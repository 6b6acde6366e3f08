//! Columns of a table that goes are taken over by another.

use super::{Change, Context, split_table};
use crate::step::Step;

/// The manual of this change kind.
pub const MANUAL: &str = "\
merge_table: the files say `merge from T (a, b) on id = T.fk` of a table, and T is not among them any more.

Dropped and added, the columns would begin empty. Instead they come in expand, with triggers on both tables: what old code
writes into T goes into the columns, and what new code writes into them goes back to T. Migrate copies the values in
batches, under row locks, compares both tables, and lets a foreign key from T follow what new code deletes and renumbers
(CASCADE). A column that is there already is filled where it holds nothing; where it holds something else, migrate stops. Deploy the new code then. Contract compares once more, drops the triggers, and moves T to schemaplan_archive with
all that it holds, also columns that nobody takes over.
`fk` is a primary or unique key of T and `id` one of the table: a row of the one belongs to one row of the other. Several
rows of T for one row cannot be merged yet.
Undo: T comes back from the archive, is kept current by the triggers, and gets in batches what new code has written since.";

/// A table takes over what another has that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeTable;

impl MergeTable {
    /// The triggers, the copy and its proof, the end of the triggers. The columns come and the table goes by changes of
    /// their own.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        split_table::merge_steps(context, &change.object)
    }
}
