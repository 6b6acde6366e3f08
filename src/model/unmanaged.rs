//! What the catalog holds and schemaplan does not manage: reported, never touched.

use super::ObjectId;
use crate::text::Origin;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something the catalog holds that schemaplan does not manage yet: reported, never touched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The kind in PostgreSQL's words: `base type`, `subscription`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// For a *property* of a managed object that is not modelled: the object. None for a whole object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_of: Option<ObjectId>,
    /// The managed objects that it uses: they cannot go while it is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<ObjectId>,
    /// Where the files define it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Unmanaged {
    /// A whole object.
    pub fn object(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
            property_of: None,
            depends_on: Vec::new(),
            origin: None,
        }
    }

    /// A property of a managed object.
    pub fn property(of: &ObjectId, kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            property_of: Some(of.clone()),
            ..Self::object(kind, name)
        }
    }

    /// True where both name the same thing, wherever it is defined.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.kind, &self.name, &self.property_of) == (&other.kind, &other.name, &other.property_of)
    }
}

impl fmt::Display for Unmanaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}
