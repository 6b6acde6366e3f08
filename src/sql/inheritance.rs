//! What a table has from its parents alone.

use super::{Stmt, archive, literal, qualified};
use crate::model::{Ident, QualifiedName};

/// Marks columns and checks of a table as its parents' alone, from 18 on the NOT NULLs that parents have as well (`not_nulls`). INHERIT leaves them the table's own beside those of the
/// parents, and no ALTER says otherwise: the mark is set as `pg_dump --binary-upgrade` sets it, which only a superuser
/// may. All that hangs on it is whether the column goes when the parents' goes, so without that right it stays.
pub fn leave_to_parents(table: &QualifiedName, columns: &[Ident], checks: &[Ident], not_nulls: bool) -> Stmt {
    let table = literal(&qualified(table));
    let list = |names: &[Ident]| -> String {
        let names: Vec<String> = names.iter().map(|name| literal(name.as_str())).collect();
        names.join(", ")
    };
    let mut marks = String::new();
    if !columns.is_empty() {
        marks += &format!(
            "  UPDATE pg_catalog.pg_attribute SET attislocal = false
    WHERE attrelid = {table}::regclass AND attname IN ({}) AND attinhcount > 0 AND attislocal;\n",
            list(columns)
        );
    }
    if !checks.is_empty() {
        marks += &format!(
            "  UPDATE pg_catalog.pg_constraint SET conislocal = false
    WHERE conrelid = {table}::regclass AND conname IN ({}) AND coninhcount > 0 AND conislocal;\n",
            list(checks)
        );
    }
    if not_nulls {
        // NO INHERIT makes them the table's own as well, and the parents' would no longer take them along.
        marks += &format!(
            "  UPDATE pg_catalog.pg_constraint SET conislocal = false
    WHERE conrelid = {table}::regclass AND contype = 'n' AND coninhcount > 0 AND conislocal;\n"
        );
    }
    archive::do_block(&format!(
        "BEGIN
{marks}EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'the columns of % stay its own beside those of its parents', {table};
END"
    ))
}
