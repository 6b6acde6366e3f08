//! Tables and their columns.

use super::{
    Body, Expr, Grant, Ident, Kept, Kind, Object, ObjectId, QualifiedName, Sequence, SequenceOptions,
    TypeName,
};
use serde::{Deserialize, Serialize};

/// REPLICA IDENTITY.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// The primary key.
    #[default]
    Default,
    /// NOTHING.
    Nothing,
    /// FULL.
    Full,
    /// USING INDEX.
    Index(Ident),
}

/// What makes a table a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: QualifiedName,
    /// `FOR VALUES FROM (1) TO (2)` or `DEFAULT`, as the server prints it.
    pub bound: String,
}

/// What makes a table foreign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// The server.
    pub server: Ident,
    /// OPTIONS, sorted.
    pub options: Vec<(String, String)>,
}

/// A table; columns, constraints, indexes, triggers, policies and rules are objects of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// UNLOGGED.
    pub unlogged: bool,
    /// `RANGE (created_at)` where it is partitioned.
    pub partition_key: Option<String>,
    /// Parent and bound where it is a partition.
    pub partition_of: Option<PartitionOf>,
    /// INHERITS, in order (never for partitions).
    pub inherits: Vec<QualifiedName>,
    /// OF type.
    pub of_type: Option<TypeName>,
    /// Storage parameters, sorted; those of the TOAST table as `toast.NAME`.
    pub options: Vec<(String, String)>,
    /// ENABLE ROW LEVEL SECURITY.
    pub row_security: bool,
    /// FORCE ROW LEVEL SECURITY.
    pub force_row_security: bool,
    /// REPLICA IDENTITY.
    pub replica_identity: ReplicaIdentity,
    /// Access method where it is not the default one of the server.
    pub access_method: Option<Ident>,
    /// Tablespace where it is not the database's.
    pub tablespace: Option<Ident>,
    /// The index it is clustered on.
    pub cluster_on: Option<Ident>,
    /// Server and options of a foreign table.
    pub foreign: Option<Foreign>,
}

/// GENERATED … AS IDENTITY.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// ALWAYS instead of BY DEFAULT.
    pub always: bool,
    /// The sequence behind it.
    pub sequence: QualifiedName,
    /// Its parameters.
    pub options: SequenceOptions,
    /// UNLOGGED or not, where the sequence is not as its table is (15 and later).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlogged: Option<bool>,
    /// The privileges on the sequence, sorted, where they are not the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<Grant>>,
    /// True where the desired files speak of the sequence's privileges (GRANT or REVOKE).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants_declared: bool,
    /// The comment on the sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Identity {
    /// What the identity itself is, without what is granted on its sequence and said of it.
    pub fn bare(&self) -> Self {
        Self {
            grants: None,
            grants_declared: false,
            comment: None,
            ..self.clone()
        }
    }

    /// The sequence as an object of its own, `builtin` being what a new sequence grants. Its owner is the table's, and left out.
    pub fn as_sequence(&self, builtin: Vec<Grant>) -> Object {
        let body = Sequence {
            options: self.options.clone(),
            owned_by: None,
            unlogged: self.unlogged == Some(true),
        };
        let mut object = Object::new(
            ObjectId::named(Kind::Sequence, &self.sequence),
            Body::Sequence(body),
        );
        object.grants = self.grants.clone().unwrap_or(builtin);
        object.grants_declared = self.grants_declared;
        object.comment.clone_from(&self.comment);
        object
    }
}

/// GENERATED ALWAYS AS (expression).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// STORED; else VIRTUAL (18 and later).
    pub stored: bool,
    /// The expression.
    pub expression: Expr,
    /// The trigger that computes a plain column in the server's stead, see the directive `emulate-generated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emulated: Option<Ident>,
}

/// A NOT NULL as a constraint (18 and later).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotNull {
    /// Its name.
    pub name: Ident,
    /// True where PostgreSQL has chosen the name: such a name is no part of the schema. It keeps the former names of a
    /// table or column that was renamed.
    pub generated: bool,
    /// NO INHERIT.
    pub no_inherit: bool,
    /// False while NOT VALID.
    pub validated: bool,
}

/// A column. Its comment and column grants stand in the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Position in the table, from 1 without gaps: shown, never a difference.
    pub position: u32,
    /// The type.
    pub data_type: TypeName,
    /// Collation where it is not the type's own.
    pub collation: Option<QualifiedName>,
    /// The default, not for generated columns.
    pub default: Option<Expr>,
    /// True where the default calls a volatile function; a fact about the default, never compared.
    #[serde(default)]
    pub volatile_default: bool,
    /// NOT NULL, and proven.
    pub not_null: bool,
    /// The constraint behind it, 18 and later; there also while it is not proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_null_constraint: Option<Box<NotNull>>,
    /// Identity.
    pub identity: Option<Box<Identity>>,
    /// Generation expression.
    pub generated: Option<Generated>,
    /// `PLAIN`, `EXTERNAL`, `EXTENDED`, `MAIN` where it is not the type's default.
    pub storage: Option<String>,
    /// `pglz` or `lz4` where set.
    pub compression: Option<String>,
    /// SET STATISTICS where set.
    pub statistics: Option<i32>,
    /// `n_distinct` and `n_distinct_inherited`, sorted.
    pub options: Vec<(String, String)>,
    /// OPTIONS of a foreign table's column, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_options: Vec<(String, String)>,
    /// True where it comes from a parent and is not also declared here.
    pub inherited: bool,
}

impl Column {
    /// How its values are kept and counted.
    pub fn kept(&self) -> Kept {
        Kept {
            storage: self.storage.clone(),
            compression: self.compression.clone(),
            statistics: self.statistics,
            options: self.options.clone(),
        }
    }
}
