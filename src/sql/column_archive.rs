//! The archive of a dropped column: its table, the copies into it, and the way back.

use super::archive::{ARCHIVE_SCHEMA, archived, do_block, is_empty};
use super::{Stmt, ident, literal, qualified};
use crate::model::{Ident, QualifiedName};

/// A column on its way to the archive.
#[derive(Clone, Debug)]
pub struct ColumnArchive {
    /// The table it leaves.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
    /// Name of the archive table.
    pub name: String,
    /// Key columns with their types.
    pub key: Vec<(Ident, String)>,
    /// Type of the archived value; `text` for types that users define, so that nothing is pinned.
    pub value_type: String,
    /// The column's own type, for the way back.
    pub column_type: String,
    /// NULLs are archived too: "was NULL" and "written later" stay apart.
    pub keep_nulls: bool,
}

impl ColumnArchive {
    /// The archive table.
    pub fn archive(&self) -> String {
        qualified(&archived(&self.name))
    }

    fn key_list(&self) -> String {
        self.key
            .iter()
            .map(|(name, _)| ident(name))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The value as it is stored.
    pub fn value(&self) -> String {
        let column = ident(&self.column);
        if self.value_type == self.column_type {
            column
        } else {
            format!("{column}::{}", self.value_type)
        }
    }

    /// ` AND x IS NOT NULL`, or nothing where NULLs are kept.
    pub fn filter(&self) -> String {
        if self.keep_nulls {
            String::new()
        } else {
            format!(" AND {} IS NOT NULL", ident(&self.column))
        }
    }

    /// Makes the archive table; one that is there already belongs to another run and gets a further number.
    pub fn create(&self, comment: &str) -> Vec<Stmt> {
        let columns: Vec<String> = self
            .key
            .iter()
            .map(|(name, data_type)| format!("{} {data_type}", ident(name)))
            .collect();
        vec![
            make_room(&self.name),
            Stmt::new(format!(
                "CREATE TABLE {} ({}, schemaplan_value {}, schemaplan_restored boolean NOT NULL DEFAULT false, PRIMARY KEY ({}))",
                self.archive(),
                columns.join(", "),
                self.value_type,
                self.key_list()
            )),
            Stmt::new(format!(
                "COMMENT ON TABLE {} IS {}",
                self.archive(),
                literal(comment)
            )),
        ]
    }

    /// Copies every value; for small tables, under the lock of the drop.
    pub fn copy_all(&self) -> Stmt {
        Stmt::new(format!(
            "INSERT INTO {} ({}, schemaplan_value) SELECT {}, {} FROM {} WHERE true{}",
            self.archive(),
            self.key_list(),
            self.key_list(),
            self.value(),
            qualified(&self.table),
            self.filter()
        ))
    }

    /// Copies the values of a batch, up to the hole for the range.
    pub fn copy_before(&self) -> String {
        format!(
            "INSERT INTO {} ({}, schemaplan_value) SELECT {}, {} FROM {} WHERE ",
            self.archive(),
            self.key_list(),
            self.key_list(),
            self.value(),
            qualified(&self.table)
        )
    }

    /// What follows the range: rows are locked, so that nobody deletes one between reading and writing.
    pub fn copy_after(&self) -> String {
        format!(
            "{} ORDER BY {} FOR NO KEY UPDATE ON CONFLICT ({}) DO NOTHING",
            self.filter(),
            self.key_list(),
            self.key_list()
        )
    }

    /// The key columns of two aliases are equal.
    pub fn same_key(&self, left: &str, right: &str) -> String {
        self.key
            .iter()
            .map(|(name, _)| format!("{left}.{0} = {right}.{0}", ident(name)))
            .collect::<Vec<_>>()
            .join(" AND ")
    }

    fn stored_as_column(&self, alias: &str) -> String {
        let value = format!("{alias}.schemaplan_value");
        if self.value_type == self.column_type {
            value
        } else {
            format!("{value}::{}", self.column_type)
        }
    }

    /// Puts archived values back, up to the hole for the range of `t`.
    pub fn restore_before(&self) -> String {
        format!(
            "UPDATE {} AS t SET {} = {} FROM {} AS a WHERE {} AND ",
            qualified(&self.table),
            ident(&self.column),
            self.stored_as_column("a"),
            self.archive(),
            self.same_key("t", "a")
        )
    }

    /// Behind the range: only what has not been put back or written since.
    pub fn restore_after(&self) -> String {
        format!(
            " AND t.{} IS NULL AND NOT a.schemaplan_restored",
            ident(&self.column)
        )
    }

    /// Gives rows written after the drop the default, up to the hole for the range of `t`.
    pub fn default_before(&self) -> String {
        format!(
            "UPDATE {} AS t SET {} = DEFAULT WHERE ",
            qualified(&self.table),
            ident(&self.column)
        )
    }

    /// Behind the range.
    pub fn default_after(&self) -> String {
        format!(
            " AND t.{} IS NULL AND NOT EXISTS (SELECT FROM {} AS a WHERE {})",
            ident(&self.column),
            self.archive(),
            self.same_key("t", "a")
        )
    }

    /// Gives rows written after the drop what an expression over the others says, up to the hole for the range of `t`.
    pub fn reverse_before(&self, value: &str) -> String {
        format!(
            "UPDATE {} AS t SET {} = ({value}) WHERE ",
            qualified(&self.table),
            ident(&self.column)
        )
    }

    /// Behind the range: rows without a value that were written after the drop, and those whose value no longer gives what
    /// stands in the columns that are computed from it.
    pub fn reverse_after(&self, computed: &[(&Ident, &str)]) -> String {
        let column = ident(&self.column);
        let differ: String = computed
            .iter()
            .map(|(name, value)| format!(" OR ({value})::text IS DISTINCT FROM t.{}::text", ident(name)))
            .collect();
        format!(
            " AND (t.{column} IS NULL AND NOT EXISTS (SELECT FROM {} AS a WHERE {}){differ})",
            self.archive(),
            self.same_key("t", "a")
        )
    }

    /// Marks a range as put back, up to the hole for the range of `a`.
    pub fn restored_before(&self) -> String {
        format!(
            "UPDATE {} AS a SET schemaplan_restored = true WHERE ",
            self.archive()
        )
    }

    /// The archive goes.
    pub fn drop(&self) -> Stmt {
        Stmt::new(format!("DROP TABLE {}", self.archive()))
    }

    /// The archive goes where it is still there.
    pub fn drop_if_there(&self) -> Stmt {
        Stmt::new(format!("DROP TABLE IF EXISTS {}", self.archive()))
    }

    /// The archive goes where nothing was put into it.
    pub fn drop_if_empty(&self) -> Stmt {
        do_block(&format!(
            "BEGIN IF NOT EXISTS (SELECT FROM {0}) THEN DROP TABLE {0}; END IF; END",
            self.archive()
        ))
    }
}

/// Moves an archive that bears the name aside.
pub fn make_room(name: &str) -> Stmt {
    do_block(&format!(
        "DECLARE number int := 1; BEGIN
  IF to_regclass({here}) IS NULL THEN RETURN; END IF;
  WHILE to_regclass(format('{ARCHIVE_SCHEMA}.%I', {base} || '_' || number)) IS NOT NULL LOOP number := number + 1; END LOOP;
  EXECUTE format('ALTER TABLE {ARCHIVE_SCHEMA}.%I RENAME TO %I', {base}, {base} || '_' || number);
END",
        here = literal(&qualified(&archived(name))),
        base = literal(name),
    ))
}

/// Drops a column where the table is empty, else keeps it under another name without NOT NULL and default.
pub fn drop_or_keep_column(
    table: &QualifiedName,
    column: &Ident,
    kept: &Ident,
    limit: u64,
    generated: bool,
) -> Stmt {
    let name = qualified(table);
    let column = ident(column);
    let strip = if generated {
        String::new()
    } else {
        format!(
            "ALTER TABLE {name} ALTER COLUMN {column} DROP NOT NULL, ALTER COLUMN {column} DROP DEFAULT;\n    "
        )
    };
    do_block(&format!(
        "BEGIN
  IF {empty} THEN
    ALTER TABLE {name} DROP COLUMN {column};
  ELSE
    {strip}ALTER TABLE {name} RENAME COLUMN {column} TO {kept};
  END IF;
END",
        empty = is_empty(table, limit),
        kept = ident(kept),
    ))
}
