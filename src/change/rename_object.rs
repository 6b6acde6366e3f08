//! A declared rename that one catalog statement does.

use super::{Change, Context, build};
use crate::model::ObjectId;
use crate::sql::Stmt;
use crate::step::{DoneWhen, Fact, HazardCode, Lock, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
rename_object: the files say `renamed from OLD` of a table, constraint, index, type, function, sequence, view or schema.

ALTER … RENAME in contract, when no code uses the old name any more. Constraints and indexes are named by hardly any
code; for what queries name, the plan stops (breaks-clients) until that is allowed or the object says `no-live-readers`.
Undo: renamed back.";

/// A name changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameObject {
    /// The identity it had.
    pub old: ObjectId,
    /// Renames.
    pub up: Vec<Stmt>,
    /// Renames back.
    pub down: Vec<Stmt>,
    /// True for what application code names.
    pub breaks_clients: bool,
    /// True once it bears the new name.
    pub done_when: String,
}

impl RenameObject {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let mut step = build::alter(
            id,
            change.code(),
            Phase::Contract,
            format!("Rename {} to {}", self.old, id.name),
            self.up.clone(),
            self.down.clone(),
        );
        step.done_when = DoneWhen::Holds(self.done_when.clone());
        step.gives = vec![Fact::Named(id.clone()), Fact::Gone(self.old.clone())];
        step.locks = build::locks(context, &self.old, Lock::AccessExclusive);
        let quiet = context.directive(id, |kind| *kind == crate::text::DirectiveKind::NoLiveReaders);
        if self.breaks_clients && !quiet {
            step.hazards.push(build::hazard(
                HazardCode::BreaksClients,
                Verdict::Stop,
                id,
                format!("code that names {} fails from here on", self.old.label()),
            ));
        }
        vec![step]
    }
}
