//! Where something stands in the user's files.

use super::Shared;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a source file, for people: path as the user would type it, line and column from 1 (column in characters).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The file, relative to the working folder where it is below it, `/` between folders.
    pub file: Shared,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Origin {
    /// How a hazard is allowed in the file that this place is in.
    pub fn allows(&self, code: &str) -> String {
        match self.file.ends_with(".sql") {
            true => format!("-- schemaplan: allow {code}"),
            false => format!("allow: [{code}]"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
