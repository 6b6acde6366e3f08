//! GRANT and REVOKE.

use super::{Change, Context, build};
use crate::model::Grant;
use crate::sql;
use crate::step::{Fact, HazardCode, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_grants: privileges differ on an object whose privileges the files speak of.

GRANT in expand, REVOKE in contract, when old code is gone. Privileges that the files do not mention are left alone:
one GRANT or REVOKE in the files makes the whole list of that object managed.
Undo: the former list.";

/// Privileges change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetGrants {
    /// As they are.
    pub old: Vec<Grant>,
    /// As desired.
    pub new: Vec<Grant>,
}

impl SetGrants {
    /// What is added, then what is taken away.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object).or_else(|| context.old(&change.object)) else {
            return Vec::new();
        };
        let mut both: Vec<Grant> = self.old.clone();
        both.extend(self.new.iter().filter(|grant| !self.old.contains(grant)).cloned());
        // The same privilege with and without grant option is one privilege: the wider form wins meanwhile.
        let wider: Vec<Grant> = both
            .iter()
            .filter(|grant| {
                grant.grantable
                    || !both.iter().any(|other| {
                        other.grantable && other.grantee == grant.grantee && other.privilege == grant.privilege
                    })
            })
            .cloned()
            .collect();
        let stage = |from: &[Grant], to: &[Grant], phase: Phase, verb: &str| {
            let up = sql::grants(object, from, to);
            if up.is_empty() {
                return None;
            }
            let down = sql::grants(object, to, from);
            let title = format!("{verb} privileges on {}", object.title());
            let mut step = build::alter(&object.id, change.code(), phase, title, up, down);
            step.needs.push(Fact::Exists(object.id.clone()));
            step.needs.push(Fact::Named(object.id.clone()));
            step.gives.clear();
            step.hazards.push(build::hazard(
                HazardCode::Authz,
                Verdict::Warn,
                &object.id,
                format!("privileges on {} change", object.title()),
            ));
            Some(step)
        };
        stage(&self.old, &wider, Phase::Expand, "Grant")
            .into_iter()
            .chain(stage(&wider, &self.new, Phase::Contract, "Revoke"))
            .collect()
    }
}
