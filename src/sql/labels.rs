//! Rows that leave the former labels of an enum for the new ones.

use super::{Stmt, ident, literal, own_name::nolabel_name, qualified, sync};
use crate::model::{Ident, QualifiedName};

/// A column of the enum.
#[derive(Clone, Debug)]
pub struct Moved<'a> {
    /// Its name.
    pub column: &'a Ident,
    /// It holds arrays of the enum.
    pub array: bool,
}

/// A table whose rows leave the former labels.
#[derive(Clone, Debug)]
pub struct Moving<'a> {
    /// The table.
    pub table: &'a QualifiedName,
    /// The enum.
    pub of: &'a QualifiedName,
    /// Former and new labels.
    pub labels: &'a [(String, String)],
    /// Its columns of the enum.
    pub columns: Vec<Moved<'a>>,
}

impl Moving<'_> {
    fn label(&self, label: &str) -> String {
        format!("{}::{}", literal(label), qualified(self.of))
    }

    fn former(&self) -> Vec<&String> {
        self.labels.iter().map(|(old, _)| old).collect()
    }

    fn exchanged(&self, value: &str, moved: &Moved, back: bool) -> String {
        let pairs = self
            .labels
            .iter()
            .map(|(old, new)| if back { (new, old) } else { (old, new) });
        if moved.array {
            return pairs.fold(value.to_owned(), |value, (old, new)| {
                format!("array_replace({value}, {}, {})", self.label(old), self.label(new))
            });
        }
        let whens: Vec<String> = pairs
            .map(|(old, new)| format!("WHEN {} THEN {}", literal(old), self.label(new)))
            .collect();
        format!("CASE {value}::text {} ELSE {value} END", whens.join(" "))
    }

    /// The function and the trigger that write the new label for the former one.
    pub fn create(&self, h8: &str) -> Vec<Stmt> {
        let part = |moved: &Moved| {
            let field = format!("NEW.{}", ident(moved.column));
            sync::assign_part(moved.column, &self.exchanged(&field, moved, false))
        };
        let parts: Vec<String> = self.columns.iter().map(part).collect();
        let noted: serde_json::Value = self
            .columns
            .iter()
            .map(|moved| serde_json::json!({"kind": "label", "column": moved.column, "labels": self.labels}))
            .collect();
        let mut statements = vec![sync::sync_body(h8, &parts, false)];
        statements.extend(sync::sync_trigger_statements(self.table, h8, &noted));
        statements
    }

    fn update(&self, back: bool) -> (String, String) {
        let labels = |moved: &Moved| {
            let leaving = self.labels.iter().map(|(old, new)| if back { new } else { old });
            holds(moved, &leaving.collect::<Vec<_>>())
        };
        let sets: Vec<String> = self
            .columns
            .iter()
            .map(|moved| {
                let column = ident(moved.column);
                format!("{column} = {}", self.exchanged(&column, moved, back))
            })
            .collect();
        let held: Vec<String> = self.columns.iter().map(labels).collect();
        (
            format!("UPDATE {} SET {} WHERE ", qualified(self.table), sets.join(", ")),
            format!(" AND ({})", held.join(" OR ")),
        )
    }

    /// The batch to the new labels, before and behind its range.
    pub fn forth(&self) -> (String, String) {
        self.update(false)
    }

    /// The batch back to the former labels.
    pub fn back(&self) -> (String, String) {
        self.update(true)
    }

    /// The CHECK against the former labels, NOT VALID, in place of one against fewer.
    pub fn reject(&self, moved: &Moved) -> Vec<Stmt> {
        let mut statements = vec![sync::drop_constraint_if_there(
            self.table,
            &nolabel_name(moved.column),
        )];
        statements.extend(reject(self.table, moved, &self.former()));
        statements
    }

    /// The CHECK against these labels is there, proven or not.
    pub fn rejects(&self, moved: &Moved) -> String {
        let says = |proven: bool| {
            format!(
                "pg_catalog.obj_description(c.oid, 'pg_constraint') = {}",
                literal(&note(&self.former(), proven))
            )
        };
        let condition = format!("{} OR {}", says(false), says(true));
        super::probe::constraint_where(self.table, &nolabel_name(moved.column), &format!("({condition})"))
    }

    /// Notes that the proof holds.
    pub fn proven(&self, moved: &Moved) -> Stmt {
        comment(self.table, moved, &self.former(), true)
    }

    /// The labels that a proven CHECK rejects, by its comment behind `schemaplan:1 `.
    pub fn rejected(comment: &str) -> Option<Vec<String>> {
        let note: serde_json::Value = serde_json::from_str(comment).ok()?;
        if note["kind"] != "nolabel" || note["proven"] != true {
            return None;
        }
        serde_json::from_value(note["labels"].clone()).ok()
    }
}

/// True where the value holds one of the labels.
fn holds(moved: &Moved, labels: &[&String]) -> String {
    let list: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    let list = list.join(", ");
    let column = ident(moved.column);
    match moved.array {
        true => format!("{column}::text[] && ARRAY[{list}]"),
        false => format!("{column}::text IN ({list})"),
    }
}

fn note(labels: &[&String], proven: bool) -> String {
    format!(
        "schemaplan:1 {}",
        serde_json::json!({"kind": "nolabel", "labels": labels, "proven": proven})
    )
}

fn comment(table: &QualifiedName, moved: &Moved, labels: &[&String], proven: bool) -> Stmt {
    Stmt::new(format!(
        "COMMENT ON CONSTRAINT {} ON {} IS {}",
        ident(&nolabel_name(moved.column)),
        qualified(table),
        literal(&note(labels, proven))
    ))
}

/// The CHECK against labels, NOT VALID. It compares texts, so that it stays through a rebuild of the type.
pub fn reject(table: &QualifiedName, moved: &Moved, labels: &[&String]) -> Vec<Stmt> {
    let condition = format!("CHECK (NOT ({}))", holds(moved, labels));
    vec![
        super::alter::add_constraint(table, &nolabel_name(moved.column), &condition, true),
        comment(table, moved, labels, false),
    ]
}

/// A column of an enum (`array`: `[]` for arrays of it) as another type, with the former labels for the new ones.
pub fn led_back(column: &str, array: &str, target: &str, moved: &[(String, String)]) -> String {
    let text = format!("{column}::text{array}");
    let value = moved.iter().fold(text, |value, (old, new)| {
        let (old, new) = (literal(old), literal(new));
        match array {
            "" => format!("CASE {value} WHEN {new} THEN {old} ELSE {value} END"),
            _ => format!("array_replace({value}, {new}, {old})"),
        }
    });
    match moved {
        [] => format!("{value}::{target}"),
        _ => format!("({value})::{target}"),
    }
}
