//! What the user allows, wants managed, and how careful to be.

use serde::{Deserialize, Serialize};

/// Staged or plain, for the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StrategyChoice {
    /// Staged, but the plain path for a table known to be small.
    #[default]
    Auto,
    /// Staged wherever a staged form exists.
    Online,
    /// Plain statements.
    Direct,
}

/// What of a header is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manage {
    /// Only where the files speak of it.
    #[default]
    Declared,
    /// Everywhere.
    All,
    /// Nowhere.
    None,
}

/// The policy of a run, from flags and `schemaplan.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Staged or plain.
    pub strategy: StrategyChoice,
    /// Tables at or below this total size take the plain form under `auto`, bytes.
    pub small_table_bytes: u64,
    /// False where no sizes were read (git, snapshot): then every table that exists counts as large.
    pub sizes_known: bool,
    /// Privileges.
    pub manage_grants: Manage,
    /// Owners.
    pub manage_owners: Manage,
    /// Comments.
    pub manage_comments: Manage,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            strategy: StrategyChoice::Auto,
            small_table_bytes: 8 * 1024 * 1024,
            sizes_known: true,
            manage_grants: Manage::Declared,
            manage_owners: Manage::Declared,
            manage_comments: Manage::All,
        }
    }
}
