//! Types that users define: enums, domains, composite and range types.

use super::{Expr, QualifiedName, TypeName};
use serde::{Deserialize, Serialize};

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its labels in sort order.
    pub labels: Vec<String>,
}

impl EnumType {
    /// True where adding labels is enough to get to the other form: none goes, and those that stay keep their order.
    pub fn becomes_by_adding(&self, other: &EnumType) -> bool {
        let kept = other.labels.iter().filter(|label| self.labels.contains(label));
        kept.eq(&self.labels)
    }
}

/// A domain; its CHECKs are objects of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The type underneath.
    pub base: TypeName,
    /// Its collation where that is not the base type's.
    pub collation: Option<QualifiedName>,
    /// Its default.
    pub default: Option<Expr>,
    /// NOT NULL.
    pub not_null: bool,
}

/// A CHECK of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainConstraint {
    /// `pg_get_constraintdef`: `CHECK ((VALUE > 0))`, without NOT VALID.
    pub definition: String,
    /// False while NOT VALID.
    pub validated: bool,
}

/// One attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: super::Ident,
    /// Its type.
    pub data_type: TypeName,
    /// Its collation where that is not the type's.
    pub collation: Option<QualifiedName>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A composite type; unlike a table's columns the order of its attributes counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeType {
    /// Its attributes in order.
    pub attributes: Vec<Attribute>,
}

/// A range type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeType {
    /// The subtype.
    pub subtype: TypeName,
    /// Operator class, where it is not the default one.
    pub opclass: Option<QualifiedName>,
    /// Collation, where it is not the subtype's.
    pub collation: Option<QualifiedName>,
    /// Canonical function.
    pub canonical: Option<QualifiedName>,
    /// Subtype difference function.
    pub subtype_diff: Option<QualifiedName>,
    /// Name of its multirange type.
    pub multirange: QualifiedName,
}
