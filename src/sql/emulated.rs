//! A plain column that a trigger computes, in place of GENERATED … STORED: the trigger, its function, and the comment that
//! tells what they compute.

use super::{Stmt, archive, ident, literal, qualified, sync};
use crate::model::{Column, Expr, Ident, QualifiedName};
use serde::{Deserialize, Serialize};

/// What the comment of the trigger says behind `schemaplan:1 `.
#[derive(Debug, Serialize, Deserialize)]
pub struct Note {
    kind: String,
    /// The column that is computed.
    pub column: Ident,
    /// The expression, as the server prints that of a generated column.
    pub value: Expr,
}

impl Note {
    /// The note in the comment of a trigger; none in any other.
    pub fn read(comment: &str) -> Option<Self> {
        let text = comment.strip_prefix("schemaplan:1 ")?;
        let note: Self = serde_json::from_str(text).ok()?;
        (note.kind == "emulated").then_some(note)
    }
}

/// A computed column with the trigger that computes it. `~schemaplan_value_` sorts behind the sync trigger, so the value is
/// taken from what that one has assigned.
#[derive(Clone, Debug)]
pub struct Emulated<'a> {
    /// The table.
    pub table: &'a QualifiedName,
    /// The column.
    pub column: &'a Ident,
    /// The trigger.
    pub trigger: Ident,
    /// What it computes.
    pub value: &'a Expr,
}

impl<'a> Emulated<'a> {
    /// The trigger of that digest.
    pub fn new(table: &'a QualifiedName, column: &'a Ident, value: &'a Expr, h8: &str) -> Self {
        let trigger = Ident::new(format!("~schemaplan_value_{h8}"));
        Self {
            table,
            column,
            trigger,
            value,
        }
    }

    /// The one that computes a column as it is; none for a column that is none of these.
    pub fn of(table: &'a QualifiedName, column: &'a Ident, body: &'a Column) -> Option<Self> {
        let generated = body.generated.as_ref()?;
        let trigger = generated.emulated.clone()?;
        Some(Self {
            table,
            column,
            trigger,
            value: &generated.expression,
        })
    }

    fn function(&self) -> QualifiedName {
        let name = self.trigger.as_str();
        let name = name.strip_prefix("~schemaplan_").unwrap_or(name);
        QualifiedName::new(archive::SUPPORT_SCHEMA, name)
    }

    fn note(&self) -> String {
        let note = Note {
            kind: "emulated".to_owned(),
            column: self.column.clone(),
            value: self.value.clone(),
        };
        format!("schemaplan:1 {}", serde_json::json!(note))
    }

    fn body(&self, replace: bool) -> Stmt {
        let part = sync::assign_part(self.column, &super::over_new(self.value.as_str()));
        sync::row_function(&self.function(), &[part], replace)
    }

    fn comment(&self) -> Stmt {
        Stmt::new(format!(
            "COMMENT ON TRIGGER {} ON {} IS {}",
            ident(&self.trigger),
            qualified(self.table),
            literal(&self.note())
        ))
    }

    /// Function and trigger.
    pub fn create(&self) -> Vec<Stmt> {
        let function = qualified(&self.function());
        vec![
            self.body(false),
            Stmt::new(format!("REVOKE ALL ON FUNCTION {function}() FROM PUBLIC")),
            Stmt::new(format!(
                "CREATE TRIGGER {} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
                ident(&self.trigger),
                qualified(self.table)
            )),
            self.comment(),
        ]
    }

    /// Another expression, or other names, for the trigger that is there.
    pub fn replace(&self) -> Vec<Stmt> {
        vec![self.body(true), self.comment()]
    }

    /// The trigger and its function go, the values stay.
    pub fn drop(&self) -> Vec<Stmt> {
        vec![
            Stmt::new(format!(
                "DROP TRIGGER {} ON {}",
                ident(&self.trigger),
                qualified(self.table)
            )),
            Stmt::new(format!("DROP FUNCTION {}()", qualified(&self.function()))),
        ]
    }

    /// They go with the column, in one statement: without the column the trigger would fail every write.
    pub fn drop_with_column(&self) -> Stmt {
        let mut statements = self.drop();
        statements.push(super::alter::drop_column(self.table, self.column));
        archive::choose("true", &statements, &[])
    }

    /// The UPDATE of all rows, for a table whose rows are few.
    pub fn fill_all(&self) -> Stmt {
        let (table, column) = (qualified(self.table), ident(self.column));
        Stmt::new(format!("UPDATE {table} SET {column} = ({})", self.value))
    }

    /// The trigger is there and computes this.
    pub fn holds(&self) -> String {
        format!(
            "EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = to_regclass({}) AND t.tgname = {} AND pg_catalog.obj_description(t.oid, 'pg_trigger') = {})",
            literal(&qualified(self.table)),
            literal(self.trigger.as_str()),
            literal(&self.note())
        )
    }
}
