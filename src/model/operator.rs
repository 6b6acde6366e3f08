//! Operators, their classes and families, and the access methods that these are for.

use super::{QualifiedName, TypeName};
use serde::{Deserialize, Serialize};

/// An operator. Functions are spelled as the server names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// LEFTARG; none for a prefix operator.
    pub left: Option<TypeName>,
    /// RIGHTARG; none for a postfix operator (13 and older).
    pub right: Option<TypeName>,
    /// FUNCTION.
    pub function: String,
    /// COMMUTATOR.
    pub commutator: Option<QualifiedName>,
    /// NEGATOR.
    pub negator: Option<QualifiedName>,
    /// RESTRICT.
    pub restrict: Option<String>,
    /// JOIN.
    pub join: Option<String>,
    /// HASHES.
    pub hashes: bool,
    /// MERGES.
    pub merges: bool,
}

/// One operator or support function of a class or family.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperatorMember {
    /// A support function; else an operator.
    pub is_function: bool,
    /// Strategy or support number.
    pub number: i16,
    /// Its left type.
    pub left: TypeName,
    /// Its right type.
    pub right: TypeName,
    /// The operator or function with its arguments, as the server names it.
    pub name: String,
    /// FOR ORDER BY: a B-tree family.
    pub order_by: Option<QualifiedName>,
}

/// An operator class; its `args` is the access method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorClass {
    /// DEFAULT.
    pub is_default: bool,
    /// FOR TYPE.
    pub data_type: TypeName,
    /// FAMILY.
    pub family: QualifiedName,
    /// STORAGE, where it is another type.
    pub storage: Option<TypeName>,
    /// What belongs to it, sorted.
    pub members: Vec<OperatorMember>,
}

/// An operator family; its `args` is the access method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFamily {
    /// What belongs to it and to none of its classes, sorted.
    pub members: Vec<OperatorMember>,
}

/// An access method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethod {
    /// TYPE TABLE; else TYPE INDEX.
    pub for_tables: bool,
    /// HANDLER, as the server names it.
    pub handler: String,
}
