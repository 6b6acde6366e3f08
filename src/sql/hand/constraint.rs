//! Constraints inside their table: in the line of their column where that says it all, else on a line of their own.

use super::parentheses::bare;
use super::{Hand, WIDTH};
use crate::model::{Body, Constraint, ConstraintKind, Ident, Kind, Object};
use crate::sql::{closing, constraint_definition, constraint_storage, ident, qualified};

impl Hand<'_> {
    /// What the line of the column says of this constraint: ` PRIMARY KEY`, ` REFERENCES …`; none where it needs a line
    /// of its own.
    pub(super) fn in_column(&self, object: &Object, column: &Ident) -> Option<String> {
        let Body::Constraint(body) = &object.body else {
            return None;
        };
        if body.columns.as_slice() != [column.clone()] || !self.names.is_usual(object, body) {
            return None;
        }
        if !constraint_storage(body).is_empty()
            || (body.index.as_ref()).is_some_and(|index| !index.include.is_empty())
        {
            return None;
        }
        let text = written(body);
        let list = format!(" ({})", ident(column));
        let rest = match body.kind {
            ConstraintKind::PrimaryKey => text.strip_prefix("PRIMARY KEY")?.strip_prefix(&list)?,
            ConstraintKind::Unique => text.strip_prefix("UNIQUE")?.strip_prefix(&list)?,
            ConstraintKind::ForeignKey => text.strip_prefix("FOREIGN KEY")?.strip_prefix(&list)?,
            ConstraintKind::Check => text.as_str(),
            ConstraintKind::Exclude => return None,
        };
        let word = match body.kind {
            ConstraintKind::PrimaryKey => " PRIMARY KEY",
            ConstraintKind::Unique => " UNIQUE",
            ConstraintKind::Check => " ",
            _ => "",
        };
        Some(format!("{word}{rest}"))
    }

    /// The constraint on a line of its own.
    pub(super) fn in_table(&self, object: &Object) -> Option<String> {
        let Body::Constraint(body) = &object.body else {
            return None;
        };
        let text = written(body);
        if self.names.is_usual(object, body) {
            return Some(text);
        }
        let name = format!("CONSTRAINT {}", ident(&object.id.name));
        let gap = if name.len() + text.len() > WIDTH {
            "\n        "
        } else {
            " "
        };
        Some(format!("{name}{gap}{text}"))
    }

    /// Of two keys over the same columns in one CREATE TABLE, PostgreSQL makes one.
    pub(super) fn is_taken_for_another(&self, object: &Object, body: &Constraint) -> bool {
        let rank = |object: &Object, body: &Constraint| (body.kind, object.id.name.clone());
        let is_key =
            |kind: ConstraintKind| matches!(kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique);
        is_key(body.kind)
            && self
                .catalog
                .parts(Kind::Constraint, &object.id.relation())
                .any(|other| match &other.body {
                    Body::Constraint(earlier) => {
                        is_key(earlier.kind)
                            && earlier.columns == body.columns
                            && rank(other, earlier) < rank(object, body)
                    }
                    _ => false,
                })
    }

    /// The constraint added to a table that is there.
    pub fn added(&self, object: &Object) -> String {
        let Body::Constraint(body) = &object.body else {
            unreachable!("only a constraint is added to a table");
        };
        let table = format!("ALTER TABLE {}", qualified(&object.id.relation()));
        let name = format!("ADD CONSTRAINT {}", ident(&object.id.name));
        let text = written(body);
        let long = table.len() + name.len() + text.len() > WIDTH;
        let gap = if long { "\n    " } else { " " };
        self.words.plain(&format!("{table}{gap}{name}{gap}{text}"))
    }
}

/// The definition with what goes without saying left out: the second pair of parentheses of a CHECK.
pub(super) fn written(body: &Constraint) -> String {
    let text = constraint_definition(body);
    match body.kind {
        ConstraintKind::Check => check(&text),
        ConstraintKind::ForeignKey => spaced_reference(body, text),
        _ => text,
    }
}

/// `CHECK (a > 0) NO INHERIT` of `CHECK ((a > 0)) NO INHERIT`.
pub(super) fn check(text: &str) -> String {
    let Some(inner) = text.strip_prefix("CHECK ") else {
        return text.to_owned();
    };
    match closing(inner, 0) {
        Some(end) => format!("CHECK ({}){}", bare(&inner[..=end]), &inner[end + 1..]),
        None => text.to_owned(),
    }
}

/// `REFERENCES t (id)` of `REFERENCES t(id)`.
fn spaced_reference(body: &Constraint, text: String) -> String {
    match &body.references {
        Some(reference) => {
            let table = format!(" REFERENCES {}(", qualified(&reference.table));
            let spaced = format!(" REFERENCES {} (", qualified(&reference.table));
            text.replacen(&table, &spaced, 1)
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_one_pair_of_parentheses() {
        assert_eq!(check("CHECK ((a > 0)) NO INHERIT"), "CHECK (a > 0) NO INHERIT");
        assert_eq!(check("CHECK (((a) OR (b)))"), "CHECK (a OR b)");
    }
}
