//! A setting of an object that one statement sets and one takes back.

use super::{Change, Context, build};
use crate::sql::Stmt;
use crate::step::{Cost, Fact, HazardCode, Lock, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_setting: a property differs that one catalog statement sets.

Storage parameters, statistics targets, storage and compression of a column (rows that exist keep their form), row
security flags, replica identity, when a trigger fires, parameters of a domain or policy. The statement runs in expand
where it loosens, in contract where it tightens, under a short lock.
UNLOGGED and LOGGED write the table anew: refused above the size gate.
Undo: the former setting.";

/// What it is called when a table leaves parents.
pub const INHERITANCE: &str = "inheritance";

/// What it is called when a table gets parents.
pub const PARENTS: &str = "parents";

/// One or more settings change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetting {
    /// What it is called: `storage parameters`.
    pub what: String,
    /// When.
    pub phase: Phase,
    /// The lock on the relation of the object.
    pub lock: Lock,
    /// Sets it.
    pub up: Vec<Stmt>,
    /// Sets it back.
    pub down: Vec<Stmt>,
    /// The table is written anew.
    pub rewrites: bool,
    /// Who may do what changes.
    pub authz: bool,
}

impl ChangeSetting {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let mut step = build::alter(
            id,
            change.code(),
            self.phase,
            format!("Change {} of {id}", self.what),
            self.up.clone(),
            self.down.clone(),
        );
        step.locks = build::locks(context, id, self.lock);
        match self.what.as_str() {
            // Columns that a parent gave may change only once they are free of it.
            INHERITANCE => step.gives.push(Fact::Named(id.clone())),
            PARENTS => {
                step.gives.push(Fact::Valid(id.clone()));
                step.needs.push(Fact::Named(id.clone()));
            }
            _ => {}
        }
        if self.rewrites {
            let table = if id.is_part() { id.relation() } else { id.qualified() };
            step.cost = Cost::Rewrites(table.clone());
            let message = format!("`{table}` is written anew under ACCESS EXCLUSIVE");
            build::up_to_the_gate(&mut step, context, &table, HazardCode::NoSafeForm, message);
        }
        if self.authz {
            step.hazards.push(build::hazard(
                HazardCode::Authz,
                Verdict::Warn,
                id,
                format!("{} decides who sees or writes what", self.what),
            ));
        }
        vec![step]
    }
}
