//! ALTER … OWNER TO.

use super::{Change, Context, build};
use crate::model::Ident;
use crate::sql;
use crate::step::{Fact, HazardCode, Lock, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_owner: the files name another owner.

ALTER … OWNER TO in contract, under a short lock. Owners that the files do not name are left alone.
Undo: the former owner.";

/// An owner changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOwner {
    /// As it is.
    pub old: Ident,
    /// As desired.
    pub new: Ident,
}

impl SetOwner {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object) else {
            return Vec::new();
        };
        let up = sql::owner(object, &self.new).into_iter().collect();
        let down = sql::owner(object, &self.old).into_iter().collect();
        let title = format!("Give {} to {}", object.id, self.new);
        let mut step = build::alter(&object.id, change.code(), Phase::Contract, title, up, down);
        step.needs.push(Fact::Exists(object.id.clone()));
        step.gives.clear();
        step.locks = build::locks(context, &object.id, Lock::AccessExclusive);
        step.hazards.push(build::hazard(
            HazardCode::Authz,
            Verdict::Warn,
            &object.id,
            format!("{} gets another owner", object.id),
        ));
        vec![step]
    }
}
