//! What a step means for application code: who may do what, from when on.

use crate::model::{Kind, Object, ObjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which application code a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Code {
    /// What runs before the plan begins.
    Old,
    /// What is written for the desired schema.
    New,
    /// Whatever runs.
    Every,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Every => "every",
        })
    }
}

/// When a rule holds, seen from the phase that its step runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// Until the phase is done.
    Until,
    /// It must be so before the phase begins.
    Before,
    /// It is so from somewhere within the phase on.
    From,
    /// It is so when the phase is done.
    After,
}

/// What application code may or must not do, as far as one step decides it. The phase is that of the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// When.
    pub when: Moment,
    /// Which code.
    pub code: Code,
    /// What, up to the object: `may use`.
    pub what: String,
    /// What is said behind the object, with the space or the comma in front of it.
    pub behind: String,
    /// The object in a DBA's words: `table public.orders`, `public.orders.amount`.
    pub object: String,
}

impl Advice {
    /// A rule about an object.
    pub fn new(when: Moment, code: Code, what: impl Into<String>, id: &ObjectId) -> Self {
        Self {
            when,
            code,
            what: what.into(),
            behind: String::new(),
            object: match id.kind {
                Kind::Column => id.label(),
                _ => id.to_string(),
            },
        }
    }

    /// The rule with words behind the object.
    pub fn behind(self, behind: impl Into<String>) -> Self {
        Self {
            behind: behind.into(),
            ..self
        }
    }

    /// Code that is written for the desired schema may use a new object once its phase is done. None for what no statement
    /// of an application names.
    pub fn may_use(object: &Object) -> Option<Self> {
        let rule = Self::new(Moment::After, Code::New, "may use", &object.id);
        is_named_by_code(object.id.kind).then(|| rule.titled(object))
    }

    /// Nothing may use an object any more when the phase that takes it away begins.
    pub fn must_not_use(object: &Object) -> Option<Self> {
        let rule = Self::new(Moment::Before, Code::Every, "must no longer use", &object.id);
        is_named_by_code(object.id.kind).then(|| rule.titled(object))
    }

    fn titled(mut self, object: &Object) -> Self {
        self.object = object.title();
        self
    }
}

/// True for what statements of an application name; triggers, policies, statistics work by themselves.
fn is_named_by_code(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Schema
            | Kind::Extension
            | Kind::Table
            | Kind::View
            | Kind::MaterializedView
            | Kind::Sequence
            | Kind::Function
            | Kind::Aggregate
            | Kind::Operator
            | Kind::EnumType
            | Kind::Domain
            | Kind::CompositeType
            | Kind::RangeType
    )
}
