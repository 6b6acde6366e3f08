//! Views and materialized views.

use super::{Ident, TypeName};
use serde::{Deserialize, Serialize};

/// An output column of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: TypeName,
    /// Its comment.
    pub comment: Option<String>,
    /// ALTER VIEW … ALTER COLUMN … SET DEFAULT.
    pub default: Option<super::Expr>,
    /// Column privileges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<super::Grant>,
    /// How a materialized view keeps it.
    #[serde(default, skip_serializing_if = "Kept::is_usual")]
    pub kept: Kept,
}

/// How a column's values are kept and counted; empty for what is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// SET STORAGE.
    pub storage: Option<String>,
    /// SET COMPRESSION.
    pub compression: Option<String>,
    /// SET STATISTICS.
    pub statistics: Option<i32>,
    /// `n_distinct` and its like.
    pub options: Vec<(String, String)>,
}

impl Kept {
    /// True where nothing was set.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// `pg_get_viewdef`, trailing semicolon cut.
    pub definition: String,
    /// True where the definition is not what the server prints: the names of a function's row, which depend on the order
    /// of the columns of the table behind it, are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rewritten: bool,
    /// Its columns in order.
    pub columns: Vec<ViewColumn>,
    /// `check_option`, `security_barrier`, `security_invoker`; sorted.
    pub options: Vec<(String, String)>,
}

/// A materialized view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterializedView {
    /// `pg_get_viewdef`, trailing semicolon cut.
    pub definition: String,
    /// True where the definition is not what the server prints: the names of a function's row, which depend on the order
    /// of the columns of the table behind it, are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rewritten: bool,
    /// Its columns in order.
    pub columns: Vec<ViewColumn>,
    /// Storage parameters, sorted.
    pub options: Vec<(String, String)>,
    /// Access method where it is not the default one.
    pub access_method: Option<Ident>,
    /// Tablespace where it is not the database's.
    pub tablespace: Option<Ident>,
    /// The index it is clustered on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_on: Option<Ident>,
    /// False where it was made WITH NO DATA; data, never compared.
    pub populated: bool,
}
