//! Row triggers that keep columns of one table and a table that takes them over equal, whichever of the two is written.
//!
//! One function a direction. A setting that lives as long as the transaction says which of them is at work, so that neither
//! answers the other. The functions belong to the owner of the tables: who may write the one need not be able to write the other.

use super::archive::SUPPORT_SCHEMA;
use super::{Stmt, differ, ident, literal, qualified};
use crate::model::{Column, Expr, Ident, QualifiedName};

mod copy;
mod functions;

pub use super::mirror::Around;

/// Columns on their way from one table to another.
#[derive(Clone, Debug)]
pub struct Split<'a> {
    /// The hash in the names of triggers and functions.
    pub h8: &'a str,
    /// The table that has the columns.
    pub source: &'a QualifiedName,
    /// The table that takes them over.
    pub target: &'a QualifiedName,
    /// Columns of the target's key, each with the one of the source that it equals.
    pub key: &'a [(Ident, Ident)],
    /// The columns.
    pub columns: &'a [Moved<'a>],
    /// Further columns of the target that are NULL in rows which the triggers have made.
    pub further: &'a [&'a Ident],
    /// True where foreign keys refer to the target: it cannot be truncated alone.
    pub referenced: bool,
    /// True where a row of the source that says nothing has none in the target, unless one was there.
    pub sparse: bool,
}

/// One of the columns.
#[derive(Clone, Debug)]
pub struct Moved<'a> {
    /// Its name in the source.
    pub old: &'a Ident,
    /// Its name in the target.
    pub new: &'a Ident,
    /// As it is in the source.
    pub column: &'a Column,
    /// NOT NULL in the target: a row without a value has no place there.
    pub required: bool,
    /// What a source row holds that says nothing.
    pub absent: Absent,
}

/// What stands in a column that a statement leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// NULL.
    Null,
    /// A constant.
    Constant(Expr),
    /// Something else each time.
    Any,
}

fn all(conditions: impl IntoIterator<Item = String>) -> String {
    joined(conditions, " AND ", "true")
}

fn any(conditions: impl IntoIterator<Item = String>) -> String {
    joined(conditions, " OR ", "false")
}

fn joined(conditions: impl IntoIterator<Item = String>, word: &str, none: &str) -> String {
    let each: Vec<String> = conditions.into_iter().collect();
    match each.is_empty() {
        true => none.to_owned(),
        false => format!("({})", each.join(word)),
    }
}

impl Split<'_> {
    fn function(&self, way: &str) -> String {
        qualified(&QualifiedName::new(
            SUPPORT_SCHEMA,
            format!("split_{}_{way}", self.h8),
        ))
    }

    /// The name of a trigger: `fwd` and `trunc` on the source, `rev`, `new` and `empty` on the target.
    pub fn trigger(&self, way: &str) -> Ident {
        Ident::new(format!("~schemaplan_split_{}_{way}", self.h8))
    }

    fn setting(&self) -> String {
        literal(&format!("schemaplan.split_{}", self.h8))
    }

    fn set(&self, way: &str) -> String {
        format!(
            "pg_catalog.set_config({}, {}, true)",
            self.setting(),
            literal(way)
        )
    }

    /// The columns that a row of the target gets from the source.
    fn target_list(&self) -> String {
        let key = self.key.iter().map(|(new, _)| ident(new));
        let columns = self.columns.iter().map(|moved| ident(moved.new));
        key.chain(columns).collect::<Vec<_>>().join(", ")
    }

    fn source_values(&self, alias: &str) -> String {
        let key = self.key.iter().map(|(_, old)| old);
        let names = key.chain(self.columns.iter().map(|moved| moved.old));
        names
            .map(|name| format!("{alias}.{}", ident(name)))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn conflict(&self) -> String {
        self.key
            .iter()
            .map(|(new, _)| ident(new))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The row of the target belongs to the row of the source.
    fn belongs(&self, target: &str, source: &str) -> String {
        all(self
            .key
            .iter()
            .map(|(new, old)| format!("{target}.{} = {source}.{}", ident(new), ident(old))))
    }

    fn same_target(&self, left: &str, right: &str) -> String {
        all(self
            .key
            .iter()
            .map(|(new, _)| format!("{left}.{0} = {right}.{0}", ident(new))))
    }

    fn key_of_source_changes(&self) -> String {
        any(self
            .key
            .iter()
            .map(|(_, old)| format!("OLD.{0} IS DISTINCT FROM NEW.{0}", ident(old))))
    }

    fn key_of_target_changes(&self) -> String {
        any(self
            .key
            .iter()
            .map(|(new, _)| format!("OLD.{0} IS DISTINCT FROM NEW.{0}", ident(new))))
    }

    /// A row of the source and one of the target hold different values.
    fn differs(&self, source: &str, target: &str) -> String {
        any(self.columns.iter().map(|moved| {
            let (old, new) = (ident(moved.old), ident(moved.new));
            differ(
                &format!("{source}.{old}"),
                &format!("{target}.{new}"),
                moved.column,
            )
        }))
    }

    fn values_change(&self, name: impl Fn(&Moved) -> Ident) -> String {
        any(self.columns.iter().map(|moved| {
            let name = ident(&name(moved));
            differ(&format!("OLD.{name}"), &format!("NEW.{name}"), moved.column)
        }))
    }

    /// The row has a place in the target; None where every row has.
    fn fits(&self, alias: &str) -> Option<String> {
        let mut required = self.columns.iter().filter(|moved| moved.required).peekable();
        required.peek()?;
        Some(all(
            required.map(|moved| format!("{alias}.{} IS NOT NULL", ident(moved.old)))
        ))
    }

    /// The row holds nothing but what a statement gives that leaves the columns out; None where that cannot be told.
    fn is_left_out(&self, alias: &str, name: impl Fn(&Moved) -> Ident) -> Option<String> {
        let mut told = self
            .columns
            .iter()
            .filter(|moved| moved.absent != Absent::Any)
            .peekable();
        told.peek()?;
        Some(all(told.map(|moved| {
            let value = format!("{alias}.{}", ident(&name(moved)));
            match &moved.absent {
                Absent::Constant(default) => {
                    format!(
                        "NOT ({})",
                        differ(&value, &format!("({})", default.as_str()), moved.column)
                    )
                }
                _ => format!("{value} IS NULL"),
            }
        })))
    }

    /// The row of the source says nothing: it may have none in the target.
    pub fn is_empty(&self, alias: &str) -> String {
        let told = self.columns.iter().filter(|moved| moved.absent != Absent::Any);
        all(told.map(|moved| {
            let value = format!("{alias}.{}", ident(moved.old));
            match &moved.absent {
                Absent::Constant(default) => {
                    let same = differ(&value, &format!("({})", default.as_str()), moved.column);
                    format!("({value} IS NULL OR NOT ({same}))")
                }
                _ => format!("{value} IS NULL"),
            }
        }))
    }

    /// True for rows `s` of the source that hold values and yet have no place in the target; None where each has.
    pub fn without_place(&self) -> Option<String> {
        let fits = self.fits("s")?;
        Some(format!("NOT {fits} AND NOT {}", self.is_empty("s")))
    }

    fn insert(&self) -> String {
        format!(
            "INSERT INTO {} AS p ({})",
            qualified(self.target),
            self.target_list()
        )
    }

    fn sets_target(&self) -> String {
        let sets = self
            .columns
            .iter()
            .map(|moved| format!("{0} = EXCLUDED.{0}", ident(moved.new)));
        sets.collect::<Vec<_>>().join(", ")
    }

    fn sets_source(&self, row: &str) -> String {
        let sets = self
            .columns
            .iter()
            .map(|moved| format!("{} = {row}.{}", ident(moved.old), ident(moved.new)));
        sets.collect::<Vec<_>>().join(", ")
    }

    fn clears_source(&self) -> String {
        let sets = self
            .columns
            .iter()
            .map(|moved| format!("{} = DEFAULT", ident(moved.old)));
        sets.collect::<Vec<_>>().join(", ")
    }

    fn on(&self, table: &QualifiedName, way: &str, when: &str, each: &str, function: &str) -> Vec<Stmt> {
        let trigger = ident(&self.trigger(way));
        let note = serde_json::json!({
            "kind": "split", "of": self.source.to_string(), "to": self.target.to_string(),
        });
        vec![
            Stmt::new(format!(
                "CREATE TRIGGER {trigger} {when} ON {} FOR EACH {each} EXECUTE FUNCTION {}()",
                qualified(table),
                self.function(function)
            )),
            Stmt::new(format!(
                "COMMENT ON TRIGGER {trigger} ON {} IS {}",
                qualified(table),
                literal(&format!("schemaplan:1 {note}"))
            )),
        ]
    }

    /// The triggers that carry what old code writes, and make room for what new code inserts.
    pub fn forward_triggers(&self) -> Vec<Stmt> {
        let writes = "AFTER INSERT OR DELETE OR UPDATE";
        let mut statements = [
            self.on(self.source, "fwd", writes, "ROW", "fwd"),
            self.on(self.source, "trunc", "AFTER TRUNCATE", "STATEMENT", "fwd"),
        ]
        .concat();
        if !self.sparse {
            statements.extend(self.on(self.target, "new", "BEFORE INSERT", "ROW", "rev"));
        }
        statements
    }

    /// Those go.
    pub fn drop_forward_triggers(&self) -> Vec<Stmt> {
        vec![
            self.drop_trigger(self.source, "fwd"),
            self.drop_trigger(self.source, "trunc"),
            self.drop_trigger(self.target, "new"),
        ]
    }

    /// Functions and the triggers that carry what new code writes.
    pub fn begin(&self) -> Vec<Stmt> {
        [self.functions(false), self.reverse_triggers()].concat()
    }

    /// The triggers that carry what new code writes.
    pub fn reverse_triggers(&self) -> Vec<Stmt> {
        let writes = "AFTER INSERT OR DELETE OR UPDATE";
        [
            self.on(self.target, "rev", writes, "ROW", "rev"),
            self.on(self.target, "empty", "AFTER TRUNCATE", "STATEMENT", "rev"),
        ]
        .concat()
    }

    /// Those go.
    pub fn end(&self) -> Vec<Stmt> {
        let drop = |way| Stmt::new(format!("DROP FUNCTION IF EXISTS {}()", self.function(way)));
        vec![
            self.drop_trigger(self.target, "rev"),
            self.drop_trigger(self.target, "empty"),
            drop("fwd"),
            drop("rev"),
        ]
    }

    fn drop_trigger(&self, table: &QualifiedName, way: &str) -> Stmt {
        Stmt::new(format!(
            "DROP TRIGGER IF EXISTS {} ON {}",
            ident(&self.trigger(way)),
            qualified(table)
        ))
    }
}
