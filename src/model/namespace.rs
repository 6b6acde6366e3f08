//! Schemas, extensions, collations and default privileges: what lives beside the objects.

use super::{Grant, Ident};
use serde::{Deserialize, Serialize};

/// A schema has nothing but its header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {}

/// An extension as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The schema it is installed in.
    pub schema: Ident,
    /// Its version; compared only where the files name one.
    pub version: String,
}

/// A collation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collation {
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    /// `LC_COLLATE` (libc).
    pub lc_collate: Option<String>,
    /// `LC_CTYPE` (libc).
    pub lc_ctype: Option<String>,
    /// Locale of icu and builtin.
    pub locale: Option<String>,
    /// ICU rules, 16 and later.
    pub rules: Option<String>,
    /// DETERMINISTIC.
    pub deterministic: bool,
}

/// ALTER DEFAULT PRIVILEGES of one role, in one schema or everywhere, for one type of object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultPrivileges {
    /// What is granted on new objects.
    pub grants: Vec<Grant>,
}
