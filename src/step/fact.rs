//! Facts that order steps: giver before needer; needer before ender; ender before a later giver of the same.

use crate::model::ObjectId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A statement about the database that steps give, need and end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The object exists in its desired form and may be built upon.
    Exists(ObjectId),
    /// The object's former form is gone.
    Gone(ObjectId),
    /// The object no longer uses what only its former form used.
    Changed(ObjectId),
    /// Its rows or its proof are complete.
    Valid(ObjectId),
    /// It bears its desired name.
    Named(ObjectId),
}

impl Fact {
    /// The object that it is about.
    pub fn object(&self) -> &ObjectId {
        match self {
            Fact::Exists(id) | Fact::Gone(id) | Fact::Changed(id) | Fact::Valid(id) | Fact::Named(id) => id,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Exists(id) => write!(f, "{id} exists as desired"),
            Fact::Gone(id) => write!(f, "the former {id} is gone"),
            Fact::Changed(id) => write!(f, "{id} has left its former form"),
            Fact::Valid(id) => write!(f, "{id} is complete"),
            Fact::Named(id) => write!(f, "{id} bears its name"),
        }
    }
}
