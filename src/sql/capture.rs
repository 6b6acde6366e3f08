//! Statement triggers that keep an archive true while it is copied.
//!
//! Row triggers lose copies when a statement shifts keys (`SET id = id + 1`), and TRUNCATE fires none; so there is one
//! statement trigger an event, with transition tables. Keys are logged as well: what passes through duplicates under
//! deferred constraints is copied once more under the lock of the drop.

use super::archive::SUPPORT_SCHEMA;
use super::column_archive::ColumnArchive;
use super::{Stmt, ident, qualified, statement_trigger};
use crate::model::{Ident, QualifiedName};

/// Capture of one column into its archive.
#[derive(Clone, Copy, Debug)]
pub struct Capture<'a> {
    /// Where values go.
    pub archive: &'a ColumnArchive,
    /// The table it leaves and the partitions below it: a statement fires the triggers of the table that it names.
    pub tables: &'a [QualifiedName],
    /// The hash in the names of triggers, function and key log.
    pub h8: &'a str,
}

impl Capture<'_> {
    fn function(&self) -> String {
        qualified(&QualifiedName::new(
            SUPPORT_SCHEMA,
            format!("archive_{}", self.h8),
        ))
    }

    fn keys(&self) -> String {
        qualified(&QualifiedName::new(SUPPORT_SCHEMA, format!("keys_{}", self.h8)))
    }

    fn trigger(&self, event: &str) -> String {
        ident(&Ident::new(format!("~schemaplan_archive_{}_{event}", self.h8)))
    }

    fn key_list(&self, alias: &str) -> String {
        let dot = if alias.is_empty() {
            String::new()
        } else {
            format!("{alias}.")
        };
        self.archive
            .key
            .iter()
            .map(|(name, _)| format!("{dot}{}", ident(name)))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Archive, key log, function and triggers, in one transaction.
    pub fn statements(&self, comment: &str) -> Vec<Stmt> {
        let archive = self.archive;
        let mut statements = Vec::new();
        if self.tables.len() > 1 {
            statements.push(super::alter::lock_in_order(
                &[&archive.table],
                "SHARE ROW EXCLUSIVE",
            ));
        }
        statements.extend(archive.create(comment));
        let columns: Vec<String> = archive
            .key
            .iter()
            .map(|(name, data_type)| format!("{} {data_type} NOT NULL", ident(name)))
            .collect();
        statements.push(Stmt::new(format!(
            "CREATE TABLE {} ({})",
            self.keys(),
            columns.join(", ")
        )));
        statements.push(self.create_function());
        statements.push(Stmt::new(format!(
            "REVOKE ALL ON FUNCTION {}() FROM PUBLIC",
            self.function()
        )));
        let name = |letter: &str| self.trigger(letter);
        for table in self.tables {
            statements.extend(statement_trigger::create(table, &self.function(), name));
        }
        statements
    }

    /// The planner settings hold the function to the key's index: a bulk statement would leave a join plan in the
    /// session's cache, and every later one-row write would scan the archive.
    fn create_function(&self) -> Stmt {
        let archive = self.archive;
        let table = archive.archive();
        let keys = self.keys();
        let list = self.key_list("");
        let column = ident(&archive.column);
        Stmt::new(format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $f$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN {truncate}; RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NOT EXISTS (SELECT {list}, {column}::text FROM new_rows EXCEPT SELECT {list}, {column}::text FROM old_rows) THEN RETURN NULL; END IF;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO {keys} ({list}) SELECT {list} FROM old_rows;
    DELETE FROM {table} AS a USING old_rows AS o WHERE {same};
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {keys} ({list}) SELECT {list} FROM new_rows;
    INSERT INTO {table} ({list}, schemaplan_value) SELECT {list}, {value} FROM new_rows WHERE true{filter} ON CONFLICT ({list}) DO UPDATE SET schemaplan_value = EXCLUDED.schemaplan_value;
  END IF;
  RETURN NULL;
END $f$",
            function = self.function(),
            truncate = self.truncate(),
            same = archive.same_key("a", "o"),
            value = archive.value(),
            filter = archive.filter(),
        ))
    }

    /// The rows of one partition may go alone.
    fn truncate(&self) -> String {
        let archive = self.archive;
        let table = archive.archive();
        match self.tables {
            [] | [_] => format!("TRUNCATE {table}"),
            _ => format!(
                "DELETE FROM {table} AS a WHERE NOT EXISTS (SELECT FROM {} AS t WHERE {})",
                qualified(&archive.table),
                archive.same_key("t", "a")
            ),
        }
    }

    /// True while the triggers are on.
    pub fn is_on(&self) -> String {
        super::probe::trigger(&self.archive.table, &format!("~schemaplan_archive_{}_t", self.h8))
    }

    /// Everything of the capture goes, the archive too.
    pub fn undo(&self) -> Vec<Stmt> {
        let mut statements = self.stop();
        statements.push(self.archive.drop_if_there());
        statements
    }

    fn stop(&self) -> Vec<Stmt> {
        let drop = |table| statement_trigger::drop(table, |letter| self.trigger(letter));
        let mut statements: Vec<Stmt> = self.tables.iter().flat_map(drop).collect();
        statements.push(Stmt::new(format!(
            "DROP FUNCTION IF EXISTS {}()",
            self.function()
        )));
        statements.push(Stmt::new(format!("DROP TABLE IF EXISTS {}", self.keys())));
        statements
    }

    /// Logs the keys of a range whose archived value differs, up to the hole for the range of `t`.
    pub fn differs_before(&self) -> String {
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} AS t LEFT JOIN {} AS a ON {} WHERE ",
            self.keys(),
            self.key_list(""),
            self.key_list("t"),
            qualified(&self.archive.table),
            self.archive.archive(),
            self.archive.same_key("t", "a")
        )
    }

    /// Behind the range.
    pub fn differs_after(&self) -> String {
        let archive = self.archive;
        let value = format!("t.{}::text", ident(&archive.column));
        format!(" AND {value} IS DISTINCT FROM a.schemaplan_value::text")
    }

    /// Under the lock: logged keys are copied again, then everything of the capture goes but the archive.
    pub fn finish(&self) -> Vec<Stmt> {
        let archive = self.archive;
        let list = self.key_list("");
        let mut statements = vec![
            Stmt::new(format!(
                "DELETE FROM {} WHERE ({list}) IN (SELECT {list} FROM {})",
                archive.archive(),
                self.keys()
            )),
            Stmt::new(format!(
                "INSERT INTO {} ({list}, schemaplan_value) SELECT {list}, {} FROM {} WHERE ({list}) IN (SELECT {list} FROM {}){}",
                archive.archive(),
                archive.value(),
                qualified(&archive.table),
                self.keys(),
                archive.filter()
            )),
        ];
        statements.extend(self.stop());
        statements
    }
}
