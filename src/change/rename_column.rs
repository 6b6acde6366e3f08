//! A column with another name, declared by `renamed from`.

use super::{Change, Context, build};
use crate::model::{Ident, Kind, ObjectId};
use crate::sql;
use crate::step::{DoneWhen, Fact, HazardCode, Lock, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
rename_column: the files say `renamed from OLD` of a column.

RENAME COLUMN breaks every client that uses the old name in that moment. Instead a column of the new name is added, a
trigger keeps both names equal whichever of them is written, rows are filled in batches, indexes and constraints are built
on the new one; new code is deployed after migrate; contract renames the old column away and drops it at its end.
With `-- schemaplan: no-live-readers` a plain RENAME in contract does.
Where another column takes the former name in the same plan, the two cannot stand beside each other: one RENAME in contract
gives it up, which breaks clients, and the other column comes behind it; so where columns take names one after the other.
Undo: the old name comes back first, without copying until the end of contract.";

/// A column gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameColumn {
    /// The former name.
    pub old: Ident,
}

impl RenameColumn {
    /// The plain form; the staged one is `carry`'s, for all carried columns of the table together.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.relation();
        let mut step = build::alter(
            id,
            change.code(),
            Phase::Contract,
            format!("Rename column {} of {table} to {}", self.old, id.name),
            vec![sql::alter::rename_column(&table, &self.old, &id.name)],
            vec![sql::alter::rename_column(&table, &id.name, &self.old)],
        );
        step.done_when = DoneWhen::Holds(sql::probe::column(&table, &id.name));
        step.gives.push(Fact::Exists(id.clone()));
        step.gives.push(Fact::Gone(ObjectId::part(Kind::Column, &table, &self.old)));
        step.locks = super::locks_beside::before(context, id, Lock::AccessExclusive);
        let quiet = context.directive(id, |kind| *kind == crate::text::DirectiveKind::NoLiveReaders);
        if !quiet {
            step.hazards.push(build::hazard(
                HazardCode::BreaksClients,
                Verdict::Stop,
                id,
                format!("code that names {}.{} fails from here on", table, self.old),
            ));
        }
        vec![step]
    }
}
