//! Indexes, as parts, so that a column can be replaced by another.

use super::{Expr, Ident, QualifiedName};
use serde::{Deserialize, Serialize};

/// What one key of an index is computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKeyOf {
    /// A column.
    Column(Ident),
    /// An expression.
    Expression(Expr),
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKey {
    /// Column or expression.
    pub of: IndexKeyOf,
    /// Collation where it is not the column's or expression's own.
    pub collation: Option<QualifiedName>,
    /// Operator class where it is not the default one for the type.
    pub opclass: Option<QualifiedName>,
    /// Its parameters, sorted.
    pub opclass_options: Vec<(String, String)>,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST.
    pub nulls_first: bool,
    /// SET STATISTICS on the key.
    pub statistics: Option<i32>,
}

/// What the index of a partition has of its own, below that of a partitioned parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexBelow {
    /// The partition.
    pub partition: QualifiedName,
    /// COMMENT ON INDEX.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// COMMENT ON CONSTRAINT of the partition's key, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_comment: Option<String>,
    /// WITH, sorted: all of them, also those that came with the parent's.
    pub options: Vec<(String, String)>,
    /// SET STATISTICS by position of the key, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<(usize, i32)>,
}

/// An index. Indexes of partitions that are attached to a parent's are not read: the parent's stands for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The table or materialized view it stands on.
    pub table: QualifiedName,
    /// True where that is a materialized view.
    pub on_materialized_view: bool,
    /// True where that is a partitioned table.
    pub on_partitioned: bool,
    /// Access method: `btree`.
    pub method: Ident,
    /// UNIQUE.
    pub unique: bool,
    /// NULLS NOT DISTINCT (15 and later).
    pub nulls_not_distinct: bool,
    /// Its keys in order.
    pub keys: Vec<IndexKey>,
    /// INCLUDE.
    pub include: Vec<Ident>,
    /// WHERE.
    pub predicate: Option<Expr>,
    /// WITH, sorted.
    pub options: Vec<(String, String)>,
    /// Tablespace where it is not the database's.
    pub tablespace: Option<Ident>,
    /// On a partitioned table: the partitions' indexes that are attached below it, by partition, at every level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partition_names: Vec<(QualifiedName, Ident)>,
    /// What those have of their own: none for one that is as its parent's made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub below: Vec<IndexBelow>,
    /// The partitions whose attached index is not valid itself, partitioned ones among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalid_below: Vec<QualifiedName>,
    /// COMMENT ON INDEX of an index behind a constraint, which has a comment of its own; else it stands in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `indisvalid and indisready`; an invalid one counts as absent.
    pub valid: bool,
    /// `pg_get_indexdef`.
    pub definition: String,
}

impl Index {
    /// True where PostgreSQL attaches one below the other: the same method, keys and rows.
    pub fn is_like(&self, other: &Index) -> bool {
        self.method == other.method
            && self.unique == other.unique
            && self.keys == other.keys
            && self.include == other.include
            && self.predicate == other.predicate
    }

    /// What the index of that partition has of its own.
    pub fn on_partition(&self, partition: &QualifiedName) -> IndexBelow {
        let found = self.below.iter().find(|own| own.partition == *partition);
        found.cloned().unwrap_or_else(|| self.as_made(partition))
    }

    /// The index of a partition as this one makes it.
    pub fn as_made(&self, partition: &QualifiedName) -> IndexBelow {
        let mut options = self.options.clone();
        options.sort();
        IndexBelow {
            partition: partition.clone(),
            comment: None,
            key_comment: None,
            options,
            statistics: Vec::new(),
        }
    }

    /// The columns to which a foreign key may refer by it: it is unique, over plain columns and all rows of a table.
    pub fn key_columns(&self) -> Option<Vec<Ident>> {
        if !self.unique || self.predicate.is_some() || self.on_materialized_view {
            return None;
        }
        let column = |key: &IndexKey| match &key.of {
            IndexKeyOf::Column(name) => Some(name.clone()),
            IndexKeyOf::Expression(_) => None,
        };
        self.keys.iter().map(column).collect()
    }
}
