//! Names and expressions as data: nothing here is quoted, and nothing outside `sql/` spells them.

use crate::text::Shared;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A name as the catalog stores it: case kept, never quoted.
///
/// `Display` gives the bare name for people; SQL text is made by `sql::ident` alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Ident(Shared);

impl Ident {
    /// Wraps a catalog name.
    pub fn new(name: impl Into<Shared>) -> Self {
        Self(name.into())
    }

    /// The bare text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// True for the empty name, which stands for "none" in an [`super::ObjectId`].
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Ident {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// A name in a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct QualifiedName {
    /// The schema.
    pub schema: Ident,
    /// The name in it.
    pub name: Ident,
}

impl QualifiedName {
    /// Both parts.
    pub fn new(schema: impl Into<Shared>, name: impl Into<Shared>) -> Self {
        Self {
            schema: Ident::new(schema),
            name: Ident::new(name),
        }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// An SQL expression as the server deparses it under an empty `search_path`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Expr(Shared);

impl Expr {
    /// Wraps the server's text.
    pub fn new(text: impl Into<Shared>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A data type as `format_type` prints it under an empty `search_path`: `bigint`, `character varying(20)`, `public.mood`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TypeName(Shared);

impl TypeName {
    /// Wraps the server's text.
    pub fn new(text: impl Into<Shared>) -> Self {
        Self(text.into())
    }

    /// The text, modifier and array brackets included.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
