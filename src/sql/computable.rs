//! Expressions that fail for some rows of a table.

use super::{Stmt, archive, literal, qualified};
use crate::model::QualifiedName;

/// How many rows are looked for.
const FIRST: u32 = 5;
/// The state under which [`not_computable`] says what it has found.
pub const FOUND: &str = "SPROW";

/// A condition that is true where every row of the table gives the expression, and fails in the database's own words where one
/// does not.
pub fn computable(table: &QualifiedName, expression: &str) -> String {
    format!(
        "(SELECT pg_catalog.count(({expression})) FROM {}) IS NOT NULL",
        qualified(table)
    )
}

/// Looks for the first rows that do not give the expression, and fails with their names, which are the columns `named` of them.
pub fn not_computable(table: &QualifiedName, expression: &str, named: &str) -> Stmt {
    let table = qualified(table);
    archive::do_block(&format!(
        "DECLARE
  place record;
  one text;
  found text[] := '{{}}';
BEGIN
  FOR place IN SELECT tableoid, ctid FROM {table} LOOP
    BEGIN
      PERFORM ({expression}) FROM {table} WHERE tableoid = place.tableoid AND ctid = place.ctid;
    EXCEPTION WHEN others THEN
      SELECT pg_catalog.row_to_json(named)::text INTO one
        FROM (SELECT {named} FROM {table} WHERE tableoid = place.tableoid AND ctid = place.ctid) AS named;
      found := found || one;
      EXIT WHEN pg_catalog.cardinality(found) >= {FIRST};
    END;
  END LOOP;
  IF pg_catalog.cardinality(found) > 0 THEN
    RAISE EXCEPTION USING ERRCODE = {state}, MESSAGE = pg_catalog.array_to_string(found, ', ');
  END IF;
END",
        state = literal(FOUND)
    ))
}
