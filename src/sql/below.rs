//! What hangs below a partitioned table's index.

use super::{Stmt, literal, qualified};
use crate::model::{Ident, QualifiedName};

/// Gives the index of a partition that hangs below `root` its name.
pub fn name_partition_index(root: &QualifiedName, partition: &QualifiedName, name: &Ident) -> Stmt {
    super::archive::do_block(&format!(
        "DECLARE part regclass; BEGIN
  SELECT i.indexrelid::regclass INTO part FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS r ON r.oid = i.indexrelid
    WHERE i.indrelid = to_regclass({}) AND r.relispartition AND pg_catalog.pg_partition_root(i.indexrelid) = to_regclass({}) AND r.relname <> {};
  IF part IS NOT NULL THEN EXECUTE format('ALTER INDEX %s RENAME TO %I', part, {}); END IF;
END",
        literal(&qualified(partition)),
        literal(&qualified(root)),
        literal(name.as_str()),
        literal(name.as_str()),
    ))
}

/// Makes keys of a new partition that are to hang below indexes of its parent: the partition leaves for that moment, and what
/// PostgreSQL made below those indexes goes.
pub fn keys_below(
    indexes: &[QualifiedName],
    partition: &QualifiedName,
    (parent, bound): (&QualifiedName, &str),
    keys: &[Stmt],
) -> Stmt {
    let roots = indexes
        .iter()
        .map(|index| format!("to_regclass({})", literal(&qualified(index))));
    let keys = keys.iter().map(|key| format!("  {};\n", key.as_str()));
    super::archive::do_block(&format!(
        "DECLARE made text; BEGIN
  SELECT pg_catalog.string_agg(i.indexrelid::regclass::text, ', ') INTO made FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS r ON r.oid = i.indexrelid
    WHERE i.indrelid = to_regclass({}) AND r.relispartition AND pg_catalog.pg_partition_root(i.indexrelid) IN ({});
  IF made IS NOT NULL THEN
    {};
    EXECUTE 'DROP INDEX ' || made;
  END IF;
{}  IF made IS NOT NULL THEN
    {};
  END IF;
END",
        literal(&qualified(partition)),
        roots.collect::<Vec<_>>().join(", "),
        super::alter::detach_partition(parent, partition).as_str(),
        keys.collect::<String>(),
        super::alter::attach_partition(parent, partition, bound).as_str(),
    ))
}
