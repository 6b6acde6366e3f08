//! Publications and event triggers: what watches a database as a whole.

use super::{Expr, Firing, Ident};
use serde::{Deserialize, Serialize};

/// A publication; the tables and schemas in it are objects of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// FOR ALL TABLES.
    pub all_tables: bool,
    /// `insert`, `update`, `delete`, `truncate`, in this order.
    pub publish: Vec<String>,
    /// `publish_via_partition_root`.
    pub via_root: bool,
    /// `publish_generated_columns` (18 and later) where it is not `none`.
    #[serde(default)]
    pub generated_columns: Option<String>,
}

/// A table in a publication; its own name is the publication's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationTable {
    /// The published columns, none for all of them.
    pub columns: Option<Vec<Ident>>,
    /// The row filter.
    pub condition: Option<Expr>,
}

/// TABLES IN SCHEMA of a publication; its name is the publication's, its `args` the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationSchema {}

/// An event trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTrigger {
    /// `ddl_command_end`, …
    pub event: String,
    /// The command tags it is limited to, in their order; none for all.
    pub tags: Vec<String>,
    /// Its function as the server names it.
    pub function: String,
    /// When it fires.
    pub firing: Firing,
}
