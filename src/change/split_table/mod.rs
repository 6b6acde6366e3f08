//! Columns of a table go to a new table of their own.

mod contract;
mod expand;
mod mark;
mod merge;
mod taken;
mod wrong;

pub use mark::{mark, wait_for_rows};
pub use merge::merge_steps;
pub use wrong::{Wrong, wrong};

use super::create_object::CreateObject;
use super::{Change, Context};
use crate::step::Step;
use taken::Taken;

/// The manual of this change kind.
pub const MANUAL: &str = "\
split_table: the files say `split from T (a, b) on fk = T.id` of a new table.

No ALTER exists for it, and a plain copy loses what is written meanwhile. The new table is made in expand, with triggers on
both tables: what old code writes into the columns of T goes into the new table, and what new code writes there goes back.
Migrate copies the rows in batches, under row locks, and compares both tables; deploy the new code then. Every row of T
gets its row in the new table, except where that requires a value (NOT NULL) and T holds none.
Contract drops the way from T to the new table and adds the foreign key between them in the same short transaction,
validates it, compares once more, drops the way back, then the columns. Before that a foreign key would reject what old
code deletes. Nothing is archived: the values live in the new table.
`fk` is a primary or unique key of the new table and `id` one of T; a column may get another name (`avatar as picture`).
Until contract an INSERT into the new table takes the place of a row which the triggers have made for a row of T that left
the columns out. The same row written through both tables at once may end in a deadlock (40P01): one of the two tries again.
Undo: the columns come back, are kept current by the trigger, and filled from the new table in batches: what new code has
written since is in them. A row without one in the new table gets the column's default, else NULL. After expand is undone
the new table is in schemaplan_archive.";

/// A new table takes columns over from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitTable;

impl SplitTable {
    /// The table with its triggers, the copy and its proof, the cut, the end of the triggers. The columns are dropped by
    /// changes of their own.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(Ok(taken)) = Taken::of(context, &change.object) else {
            return Vec::new();
        };
        let mut steps = CreateObject.steps(change, context);
        for step in &mut steps {
            step.change = "create_object".to_owned();
            step.application.clear();
        }
        steps.push(taken.begin(steps.first().and_then(|step| step.unit.clone())));
        steps.push(taken.copy());
        steps.extend(taken.weed(crate::step::Phase::Migrate));
        steps.push(taken.prove(crate::step::Phase::Migrate));
        steps.extend(taken.weed(crate::step::Phase::Contract));
        steps.push(taken.prove(crate::step::Phase::Contract));
        steps.extend(taken.prove_no_strays());
        steps.push(taken.cut());
        steps.extend(taken.validate());
        steps.push(taken.prove_alone());
        steps.push(taken.end());
        steps
    }
}
