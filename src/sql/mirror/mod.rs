//! Statement triggers that keep one table a copy of another, and the batches that make it one.
//!
//! Row triggers lose copies when a statement shifts keys (`SET id = id + 1`), so there is one statement trigger an event, with
//! transition tables: all old keys go, then all new rows come. A writer under REPEATABLE READ does not see what was copied
//! behind its snapshot, so it notes the keys that it touches; so does one whose rows share a key of the copy. What is noted is
//! copied once more under the lock of the cut-over.

use super::archive::{SUPPORT_SCHEMA, do_block};
use super::{Stmt, differ, ident, idents, literal, qualified, statement_trigger};
use crate::model::{Column, Ident, QualifiedName, TypeName};

mod noted;

/// A copy that triggers keep current.
#[derive(Clone, Debug)]
pub struct Mirror<'a> {
    /// The hash in the names of triggers, function and key log.
    pub h8: &'a str,
    /// The table that is written.
    pub source: &'a QualifiedName,
    /// Its partitions at every level: a statement trigger fires only for the table that the statement names.
    pub below: &'a [QualifiedName],
    /// Its copy.
    pub target: &'a QualifiedName,
    /// The columns that are copied.
    pub columns: &'a [(&'a Ident, &'a Column)],
    /// The key that tells rows of the source apart.
    pub source_key: &'a [Ident],
    /// The key that tells rows of the copy apart.
    pub target_key: &'a [Ident],
}

/// A statement around the hole for the range of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// Up to the hole.
    pub before: String,
    /// What the key is qualified with in it.
    pub qualifier: &'static str,
    /// Behind it.
    pub after: String,
}

impl Mirror<'_> {
    fn function(&self) -> String {
        qualified(&QualifiedName::new(SUPPORT_SCHEMA, format!("copy_{}", self.h8)))
    }

    fn trigger(&self, event: &str) -> Ident {
        Ident::new(format!("~schemaplan_copy_{}_{event}", self.h8))
    }

    /// True where rows that the source tells apart may be one row of the copy.
    pub fn narrows(&self) -> bool {
        !self.source_key.iter().all(|name| self.target_key.contains(name))
    }

    fn list(&self) -> String {
        idents(self.columns.iter().map(|(name, _)| *name))
    }

    fn of(alias: &str, names: &[Ident]) -> String {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("{alias}.{}", ident(name)))
            .collect();
        names.join(", ")
    }

    fn all_of(&self, alias: &str) -> String {
        let names: Vec<Ident> = self.columns.iter().map(|(name, _)| (*name).clone()).collect();
        Self::of(alias, &names)
    }

    fn same(left: &str, right: &str, names: &[Ident]) -> String {
        let each: Vec<String> = names
            .iter()
            .map(|name| format!("{left}.{0} = {right}.{0}", ident(name)))
            .collect();
        each.join(" AND ")
    }

    /// The columns of the copy outside its key.
    fn values(&self) -> impl Iterator<Item = &(&Ident, &Column)> {
        self.columns
            .iter()
            .filter(|(name, _)| !self.target_key.contains(name))
    }

    /// `ON CONFLICT … DO UPDATE`: what is there becomes what comes.
    fn upsert(&self) -> String {
        let sets: Vec<String> = self
            .values()
            .map(|(name, _)| format!("{0} = EXCLUDED.{0}", ident(name)))
            .collect();
        let key = idents(self.target_key);
        match sets.is_empty() {
            true => format!(" ON CONFLICT ({key}) DO NOTHING"),
            false => format!(" ON CONFLICT ({key}) DO UPDATE SET {}", sets.join(", ")),
        }
    }

    fn insert(&self) -> String {
        format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE",
            qualified(self.target),
            self.list()
        )
    }

    /// True for a row `s` without a row `n` that is its copy, under a LEFT JOIN on the key of the copy.
    fn is_not_copied(&self) -> String {
        let first = self
            .target_key
            .first()
            .map(|name| format!("n.{} IS NULL", ident(name)));
        let values = self.values().map(|(name, column)| {
            let name = ident(name);
            differ(&format!("n.{name}"), &format!("s.{name}"), column)
        });
        format!(
            "({})",
            first.into_iter().chain(values).collect::<Vec<_>>().join(" OR ")
        )
    }

    /// The log, the function and the triggers, in one transaction.
    pub fn begin(&self, types: &[(Ident, TypeName)]) -> Vec<Stmt> {
        let noted = self.noted();
        let columns: Vec<String> = types
            .iter()
            .filter(|(name, _)| noted.contains(&name))
            .map(|(name, data_type)| format!("{} {data_type} NOT NULL", ident(name)))
            .collect();
        let mut statements = vec![
            Stmt::new(format!(
                "CREATE TABLE {} ({})",
                qualified(&self.keys()),
                columns.join(", ")
            )),
            self.body(false),
            Stmt::new(format!(
                "REVOKE ALL ON FUNCTION {}() FROM PUBLIC",
                self.function()
            )),
        ];
        statements.extend(self.triggers());
        statements
    }

    fn tables(&self) -> impl Iterator<Item = &QualifiedName> {
        std::iter::once(self.source).chain(self.below)
    }

    /// The triggers, on the table and on each partition.
    pub fn triggers(&self) -> Vec<Stmt> {
        let function = self.function();
        let on = |table| statement_trigger::create(table, &function, |letter| ident(&self.trigger(letter)));
        self.tables().flat_map(on).collect()
    }

    /// The triggers go.
    pub fn drop_triggers(&self) -> Vec<Stmt> {
        let on = |table| statement_trigger::drop(table, |letter| ident(&self.trigger(letter)));
        self.tables().flat_map(on).collect()
    }

    /// Triggers, function and log go.
    pub fn end(&self) -> Vec<Stmt> {
        let mut statements = self.drop_triggers();
        statements.push(Stmt::new(format!(
            "DROP FUNCTION IF EXISTS {}()",
            self.function()
        )));
        statements.push(Stmt::new(format!(
            "DROP TABLE IF EXISTS {}",
            qualified(&self.keys())
        )));
        statements
    }

    /// The planner settings hold the function to the key's index: a bulk statement would leave a join plan in the session's
    /// cache, and every later one-row write would scan the copy.
    pub fn body(&self, replace: bool) -> Stmt {
        let (target, keys) = (qualified(self.target), qualified(&self.keys()));
        let noted = idents(self.noted());
        let distinct = match self.narrows() {
            true => format!("DISTINCT ON ({}) ", idents(self.target_key)),
            false => String::new(),
        };
        Stmt::new(format!(
            "CREATE{or_replace} FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $f$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    IF pg_catalog.pg_get_partition_constraintdef(TG_RELID) IS NULL THEN TRUNCATE {target};
    ELSE EXECUTE format('DELETE FROM %s WHERE %s', {target_name}, pg_catalog.pg_get_partition_constraintdef(TG_RELID));
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM {target} AS n USING old_rows AS o WHERE {same};
  END IF;
  IF TG_OP <> 'DELETE' THEN
    {insert} SELECT {distinct}{list} FROM new_rows{upsert};
  END IF;
  IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
    IF TG_OP <> 'INSERT' THEN INSERT INTO {keys} ({noted}) SELECT {noted} FROM old_rows; END IF;
    IF TG_OP <> 'DELETE' THEN INSERT INTO {keys} ({noted}) SELECT {noted} FROM new_rows; END IF;
  END IF;{shared}
  RETURN NULL;
END $f$",
            or_replace = if replace { " OR REPLACE" } else { "" },
            function = self.function(),
            target_name = literal(&target),
            same = Self::same("n", "o", self.target_key),
            insert = self.insert(),
            list = self.list(),
            upsert = self.upsert(),
            shared = self.note_shared(),
        ))
    }

    /// True while the triggers are on.
    pub fn is_on(&self) -> String {
        super::probe::trigger(self.source, self.trigger("t").as_str())
    }

    /// Copies a range of the source. Rows are locked, so that nobody deletes one between reading and writing.
    pub fn copy(&self) -> Around {
        Around {
            before: format!(
                "{} SELECT {} FROM {} AS s WHERE ",
                self.insert(),
                self.all_of("s"),
                qualified(self.source)
            ),
            qualifier: "s",
            after: format!(
                " ORDER BY {} FOR NO KEY UPDATE ON CONFLICT ({}) DO NOTHING",
                Self::of("s", self.source_key),
                idents(self.target_key)
            ),
        }
    }

    /// Copies again what differs in a range of the source.
    pub fn mend(&self) -> Around {
        let rows = format!(
            "SELECT {} FROM {} AS s LEFT JOIN {} AS n ON {} WHERE ",
            self.all_of("s"),
            qualified(self.source),
            qualified(self.target),
            Self::same("n", "s", self.target_key)
        );
        let locked = format!(
            " AND {} ORDER BY {} FOR NO KEY UPDATE OF s",
            self.is_not_copied(),
            Self::of("s", self.source_key)
        );
        let (open, close) = match self.narrows() {
            true => (
                format!(
                    "SELECT DISTINCT ON ({}) {} FROM (",
                    idents(self.target_key),
                    self.list()
                ),
                ") AS x",
            ),
            false => (String::new(), ""),
        };
        Around {
            before: format!("{} {open}{rows}", self.insert()),
            qualifier: "s",
            after: format!("{locked}{close}{}", self.upsert()),
        }
    }

    /// Removes from a range of the copy what the source no longer has. A row that a trigger writes meanwhile is another
    /// version, at another place: it stays.
    pub fn weed(&self) -> Around {
        let target = qualified(self.target);
        Around {
            before: format!(
                "DELETE FROM {target} AS n USING (SELECT x.ctid AS schemaplan_at, x.tableoid AS schemaplan_in FROM {target} AS x WHERE "
            ),
            qualifier: "x",
            after: format!(
                " AND NOT EXISTS (SELECT FROM {} AS s WHERE {})) AS y WHERE n.ctid = y.schemaplan_at AND n.tableoid = y.schemaplan_in",
                qualified(self.source),
                Self::same("s", "x", self.target_key)
            ),
        }
    }

    /// Counts the rows of a range of the source whose copy is missing or differs, those apart whose key is noted.
    pub fn count_uncopied(&self) -> Around {
        Around {
            before: format!(
                "SELECT count(*) FROM {} AS s LEFT JOIN {} AS n ON {} WHERE ",
                qualified(self.source),
                qualified(self.target),
                Self::same("n", "s", self.target_key)
            ),
            qualifier: "s",
            after: format!(" AND {} AND NOT {}", self.is_not_copied(), self.is_noted("s")),
        }
    }

    /// Counts the rows of a range of the copy that the source does not have.
    pub fn count_stale(&self) -> Around {
        Around {
            before: format!("SELECT count(*) FROM {} AS n WHERE ", qualified(self.target)),
            qualifier: "n",
            after: format!(
                " AND NOT EXISTS (SELECT FROM {} AS s WHERE {}) AND NOT {}",
                qualified(self.source),
                Self::same("s", "n", self.target_key),
                self.is_noted("n")
            ),
        }
    }
}

/// No row of the table would fall into the default partition of its new form. What falls there only the server can say, so
/// that the question is put together where it is asked.
pub fn every_row_fits(rest: &QualifiedName, table: &QualifiedName) -> String {
    let question = format!(
        "SELECT EXISTS (SELECT FROM {} WHERE %s) AS found",
        qualified(table).replace('%', "%%")
    );
    format!(
        "coalesce(pg_catalog.query_to_xml(pg_catalog.format({}, pg_catalog.pg_get_partition_constraintdef(to_regclass({}))), false, false, '')::text NOT LIKE '%<found>true</found>%', true)",
        literal(&question),
        literal(&qualified(rest))
    )
}

/// Fails where a row fits none of the partitions that stay.
pub fn fail_unless_empty(rest: &QualifiedName, table: &QualifiedName) -> Stmt {
    do_block(&format!(
        "BEGIN IF EXISTS (SELECT FROM {}) THEN RAISE EXCEPTION USING MESSAGE = {}; END IF; END",
        qualified(rest),
        literal(&format!(
            "rows of {table} fit no partition of the files; they stand in {rest}"
        ))
    ))
}
