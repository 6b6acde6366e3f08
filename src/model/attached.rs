//! What is attached to relations: triggers, policies, rules, extended statistics.

use super::{Expr, Grantee, Ident, QualifiedName};
use serde::{Deserialize, Serialize};

/// When a trigger or rule fires (`session_replication_role`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Firing {
    /// ENABLE.
    #[default]
    Origin,
    /// DISABLE.
    Disabled,
    /// ENABLE REPLICA.
    Replica,
    /// ENABLE ALWAYS.
    Always,
}

/// A trigger; internal ones are not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// `pg_get_triggerdef`.
    pub definition: String,
    /// When it fires.
    pub firing: Firing,
    /// Partitions on which its clone fires at other times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clones: Vec<(QualifiedName, Firing)>,
    /// A constraint trigger.
    pub constraint: bool,
    /// Columns of UPDATE OF.
    pub columns: Vec<Ident>,
    /// True where it has a WHEN condition.
    pub has_condition: bool,
    /// True where its relation is a view.
    pub on_view: bool,
}

/// A row security policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// PERMISSIVE; else RESTRICTIVE.
    pub permissive: bool,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE`, `DELETE`.
    pub command: String,
    /// TO, sorted.
    pub roles: Vec<Grantee>,
    /// USING.
    pub using: Option<Expr>,
    /// WITH CHECK.
    pub check: Option<Expr>,
}

/// A rewrite rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `pg_get_ruledef`.
    pub definition: String,
    /// When it fires.
    pub firing: Firing,
    /// True where its relation is a view.
    pub on_view: bool,
}

/// Extended statistics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// The table.
    pub table: QualifiedName,
    /// `pg_get_statisticsobjdef`.
    pub definition: String,
    /// The plain columns in it.
    pub columns: Vec<Ident>,
    /// SET STATISTICS where set.
    pub target: Option<i32>,
}
