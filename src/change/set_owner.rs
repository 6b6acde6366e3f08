//! ALTER … OWNER TO.

use super::{Change, Context, build};
use crate::model::{Grant, Grantee, Ident};
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
        let mut down: Vec<_> = sql::owner(object, &self.old).into_iter().collect();
        if let Some(live) = context.old(&change.object) {
            // What the new owner held by GRANT has melted into ownership, and does not come apart by itself.
            down.extend(sql::grants(live, &under_owner(&live.grants, &self.new), &live.grants));
        }
        let title = format!("Give {} to {}", object.id, self.new);
        let mut step = build::alter(&object.id, change.code(), Phase::Contract, title, up, down);
        step.needs.push(Fact::Exists(object.id.clone()));
        // Privileges follow: they are said of the owner whoever that is.
        step.gives = vec![Fact::Named(object.id.clone())];
        step.locks = build::locks(context, &object.id, Lock::AccessExclusive);
        step.hazards.push(build::hazard(
            HazardCode::Authz,
            Verdict::Warn,
            &object.id,
            format!("{} gets another owner", object.title()),
        ));
        vec![step]
    }
}

/// The privileges once that role is the owner: what it held by GRANT is the owner's.
pub fn under_owner(grants: &[Grant], owner: &Ident) -> Vec<Grant> {
    let mut under: Vec<Grant> = grants
        .iter()
        .map(|grant| match &grant.grantee {
            Grantee::Role(role) if role == owner => Grant { grantee: Grantee::Owner, grantable: false, ..grant.clone() },
            _ => grant.clone(),
        })
        .collect();
    under.sort();
    under.dedup();
    under
}
