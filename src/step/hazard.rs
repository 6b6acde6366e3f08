//! The closed list of hazards.

use crate::model::ObjectId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! hazards {
    ($($(#[$doc:meta])* $variant:ident $code:literal;)+) => {
        /// What can be dangerous about a step.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum HazardCode { $($(#[$doc])* $variant,)+ }

        impl HazardCode {
            /// All of them.
            pub const ALL: &'static [HazardCode] = &[$(HazardCode::$variant,)+];

            /// The word used in directives, flags and reports: `drops-data`.
            pub fn code(self) -> &'static str {
                match self { $(HazardCode::$variant => $code,)+ }
            }
        }
    };
}

hazards! {
    /// Rows or values go away, or into the archive.
    DropsData "drops-data";
    /// A table is written anew under its lock.
    RewritesTable "rewrites-table";
    /// Every row is read under a lock that blocks others.
    ScansUnderLock "scans-under-lock";
    /// An index is built under a lock that blocks writers.
    BuildsIndex "builds-index";
    /// Writers wait for longer than a moment.
    BlocksWrites "blocks-writes";
    /// Other tables than the one named are locked.
    LocksOthers "locks-others";
    /// Takes long, though nobody waits for it.
    LongRunning "long-running";
    /// Code that runs now stops working.
    BreaksClients "breaks-clients";
    /// Prepared statements fail with "cached plan must not change result type".
    ChangesResultType "changes-result-type";
    /// Writes that were accepted are rejected from here on.
    Tightens "tightens";
    /// Cannot be taken back without loss.
    Irreversible "irreversible";
    /// The files do not say which of two things is meant.
    Ambiguous "ambiguous";
    /// Code that schemaplan cannot look into.
    UntrackedCode "untracked-code";
    /// Who may do what changes.
    Authz "authz";
    /// No form exists that spares a large table.
    NoSafeForm "no-safe-form";
    /// A matter of taste.
    Style "style";
}

impl fmt::Display for HazardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// What a hazard does to a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The plan already avoids it; information.
    Auto,
    /// Printed.
    Warn,
    /// Needs to be allowed by name.
    Stop,
    /// No steps exist; cannot be allowed.
    Refuse,
}

/// One hazard of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hazard {
    /// Which.
    pub code: HazardCode,
    /// What it does to the plan by default.
    pub verdict: Verdict,
    /// The object it is about.
    pub object: ObjectId,
    /// What happens, one sentence without a full stop.
    pub message: String,
    /// True where a directive in the files allows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allowed: bool,
}
