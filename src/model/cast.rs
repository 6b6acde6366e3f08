//! Casts, conversions, transforms and languages: what turns one thing into another. Functions are spelled as the server
//! names them.

use serde::{Deserialize, Serialize};

/// How a cast is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastMethod {
    /// WITH FUNCTION, with its arguments.
    Function(String),
    /// WITH INOUT.
    Text,
    /// WITHOUT FUNCTION.
    Binary,
}

/// Where a cast is applied by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastContext {
    /// Nowhere.
    Explicit,
    /// AS ASSIGNMENT.
    Assignment,
    /// AS IMPLICIT.
    Implicit,
}

/// A cast; its name is the source type, its `args` the target type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// How.
    pub method: CastMethod,
    /// Where by itself.
    pub context: CastContext,
}

/// An encoding conversion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// DEFAULT.
    pub is_default: bool,
    /// From this encoding.
    pub source: String,
    /// To this encoding.
    pub target: String,
    /// Its function.
    pub function: String,
}

/// A transform; its name is the type, its `args` the language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transform {
    /// FROM SQL WITH FUNCTION, with its arguments.
    pub from_sql: Option<String>,
    /// TO SQL WITH FUNCTION, with its arguments.
    pub to_sql: Option<String>,
}

/// A procedural language that no extension brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// TRUSTED.
    pub trusted: bool,
    /// HANDLER.
    pub handler: String,
    /// INLINE.
    pub inline: Option<String>,
    /// VALIDATOR.
    pub validator: Option<String>,
}
