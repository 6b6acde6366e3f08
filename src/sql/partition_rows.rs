//! Rows that change partitions.

use super::{Stmt, archive, literal, qualified};
use crate::model::QualifiedName;

/// Moves rows from one table to another: those that fit the bound of the partition `to`, or all of them. The columns are
/// looked up when it runs, so that it does not matter which of them the plan has added by then.
pub fn move_rows(from: &QualifiedName, to: &QualifiedName, fitting: bool) -> Stmt {
    let fits = match fitting {
        true => format!(
            "pg_catalog.pg_get_partition_constraintdef({}::regclass)",
            literal(&qualified(to))
        ),
        false => "'true'".to_owned(),
    };
    archive::do_block(&format!(
        "DECLARE
  fits text := {fits};
  columns text;
BEGIN
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = {literal}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
  EXECUTE 'WITH moved AS (DELETE FROM {from} WHERE ' || fits || ' RETURNING ' || columns || ') INSERT INTO {to} ('
    || columns || ') OVERRIDING SYSTEM VALUE SELECT ' || columns || ' FROM moved';
END",
        literal = literal(&qualified(to)),
        from = qualified(from).replace('\'', "''"),
        to = qualified(to).replace('\'', "''"),
    ))
}
