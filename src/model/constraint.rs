//! Constraints of tables.

use super::{Expr, Ident, Index, QualifiedName};
use serde::{Deserialize, Serialize};

/// The kind of a table constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey,
    /// UNIQUE.
    Unique,
    /// EXCLUDE.
    Exclude,
    /// CHECK.
    Check,
    /// FOREIGN KEY.
    ForeignKey,
}

/// The far side of a foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The referenced table.
    pub table: QualifiedName,
    /// The referenced columns, in the order of the referencing ones.
    pub columns: Vec<Ident>,
}

/// A constraint. Rows of `pg_constraint` that PostgreSQL makes for partitions (`conparentid <> 0`) are not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// What it is.
    pub kind: ConstraintKind,
    /// `pg_get_constraintdef` without ` NOT VALID`.
    pub definition: String,
    /// The columns it stands on, in its own order; for CHECK those that it mentions.
    pub columns: Vec<Ident>,
    /// The condition of a CHECK.
    pub expression: Option<Expr>,
    /// The far side of a foreign key.
    pub references: Option<Reference>,
    /// DEFERRABLE.
    pub deferrable: bool,
    /// INITIALLY DEFERRED.
    pub initially_deferred: bool,
    /// False while NOT VALID.
    pub validated: bool,
    /// Of a CHECK that is NOT VALID: the partitions whose rows are proven all the same, by name. One that comes later has it so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven_in: Vec<QualifiedName>,
    /// False where NOT ENFORCED (18 and later).
    pub enforced: bool,
    /// NO INHERIT.
    pub no_inherit: bool,
    /// True where it only comes from a parent (inheritance; partitions' are not read at all).
    pub inherited: bool,
    /// The index behind PRIMARY KEY, UNIQUE and EXCLUDE.
    pub index: Option<Box<Index>>,
}
