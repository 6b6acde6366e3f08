//! Foreign data: wrappers, servers and user mappings. Foreign tables are tables.
//!
//! An option whose name says that it is a secret (`password`, `secret_access_key`, …) never gets here: the reader keeps its
//! name alone. Such options are neither compared nor written, and whoever makes the object sets them by hand.

use super::Ident;
use serde::{Deserialize, Serialize};

/// Options with what is secret among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignOptions {
    /// Names and values, in the order of the names.
    pub plain: Vec<(String, String)>,
    /// The names of secret ones; never compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<String>,
}

/// A foreign data wrapper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignDataWrapper {
    /// HANDLER, as the server names it.
    pub handler: Option<String>,
    /// VALIDATOR, as the server names it.
    pub validator: Option<String>,
    /// OPTIONS.
    pub options: ForeignOptions,
}

/// A foreign server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignServer {
    /// The wrapper.
    pub wrapper: Ident,
    /// TYPE.
    pub server_type: Option<String>,
    /// VERSION.
    pub version: Option<String>,
    /// OPTIONS.
    pub options: ForeignOptions,
}

/// A user mapping; its name is the user's (`public` for PUBLIC), its `args` the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMapping {
    /// OPTIONS; none where the role that reads may not see them, which are then not compared.
    pub options: Option<ForeignOptions>,
}
