//! Sequences.

use super::{Ident, QualifiedName, TypeName};
use serde::{Deserialize, Serialize};

/// The parameters of a sequence, of an identity column's too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// `bigint`, `integer` or `smallint`.
    pub data_type: TypeName,
    /// START WITH.
    pub start: i64,
    /// INCREMENT BY.
    pub increment: i64,
    /// MINVALUE.
    pub min: i64,
    /// MAXVALUE.
    pub max: i64,
    /// CACHE.
    pub cache: i64,
    /// CYCLE.
    pub cycle: bool,
}

/// A sequence; its position is data and no part of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its parameters.
    pub options: SequenceOptions,
    /// OWNED BY: table and column.
    pub owned_by: Option<(QualifiedName, Ident)>,
    /// UNLOGGED (15 and later).
    pub unlogged: bool,
}
