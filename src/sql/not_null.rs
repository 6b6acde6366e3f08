//! NOT NULL as a constraint with a name: PostgreSQL 18 and later.

use super::{Stmt, alter, ident, literal, qualified};
use crate::model::{Column, Ident, NotNull, QualifiedName};

/// Names are cut so that they fit.
const LONGEST: usize = 63;
const SUFFIX: &str = "_not_null";

/// The name that PostgreSQL gives to the NOT NULL of a column: `t_c_not_null`, table and column cut where it would be too
/// long (`makeObjectName` in its source).
pub fn default_name(table: &Ident, column: &Ident) -> Ident {
    let (table, column) = (table.as_str(), column.as_str());
    let (mut first, mut second) = (table.len(), column.len());
    while first + second + 1 + SUFFIX.len() > LONGEST {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let cut = |text: &str, mut end: usize| {
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text[..end].to_owned()
    };
    Ident::new(format!("{}_{}{SUFFIX}", cut(table, first), cut(column, second)))
}

/// True for the name that PostgreSQL gives by itself, also with the number that tells it from one that was taken.
pub fn is_default_name(name: &Ident, table: &Ident, column: &Ident) -> bool {
    let usual = default_name(table, column);
    name.as_str()
        .strip_prefix(usual.as_str())
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// ` NOT NULL` as a column definition has it, with its name where it is one of the user's own.
pub(in crate::sql) fn clause(column: &Column) -> String {
    if !column.not_null {
        return String::new();
    }
    let Some(form) = &column.not_null_constraint else {
        return " NOT NULL".to_owned();
    };
    let name = match form.generated {
        true => String::new(),
        false => format!(" CONSTRAINT {}", ident(&form.name)),
    };
    let inherit = if form.no_inherit { " NO INHERIT" } else { "" };
    format!("{name} NOT NULL{inherit}")
}

/// What follows `ADD CONSTRAINT name`.
pub fn definition(column: &Ident, form: &NotNull) -> String {
    let inherit = if form.no_inherit { " NO INHERIT" } else { "" };
    format!("NOT NULL {}{inherit}", ident(column))
}

/// `ADD CONSTRAINT name NOT NULL column [NO INHERIT] [NOT VALID]`.
pub fn add(table: &QualifiedName, column: &Ident, form: &NotNull, not_valid: bool) -> Stmt {
    alter::add_constraint(table, &form.name, &definition(column, form), not_valid)
}

/// Makes the column NOT NULL as it is: under the user's own name, else under whichever PostgreSQL gives.
pub fn set(table: &QualifiedName, column: &Ident, body: &Column) -> Stmt {
    match &body.not_null_constraint {
        Some(form) if !form.generated || form.no_inherit => add(table, column, form, false),
        _ => alter::set_not_null(table, column),
    }
}

/// Gives the NOT NULL of a column that name, whatever it was called; nothing where it has it already or there is none.
pub fn rename(table: &QualifiedName, column: &Ident, name: &Ident) -> Stmt {
    let on = qualified(table);
    Stmt::new(format!(
        "DO $schemaplan$\nDECLARE\n    former name;\nBEGIN\n    SELECT c.conname INTO former FROM pg_catalog.pg_constraint AS c \
         WHERE {};\n    IF former <> {} THEN\n        EXECUTE pg_catalog.format({}, former);\n    END IF;\nEND\n$schemaplan$",
        rows(table, column, "true"),
        literal(name.as_str()),
        literal(&format!(
            "ALTER TABLE {} RENAME CONSTRAINT %I TO {}",
            on.replace('%', "%%"),
            ident(name).replace('%', "%%")
        )),
    ))
}

/// The column has a NOT NULL whose `pg_constraint` row `c` meets a condition. Reads `pg_catalog` alone.
pub fn holds(table: &QualifiedName, column: &Ident, condition: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE {})",
        rows(table, column, condition)
    )
}

fn rows(table: &QualifiedName, column: &Ident, condition: &str) -> String {
    format!(
        "c.contype = 'n' AND c.conrelid = to_regclass({}) AND c.conkey = ARRAY(SELECT a.attnum FROM \
         pg_catalog.pg_attribute AS a WHERE a.attrelid = c.conrelid AND a.attname = {} AND NOT a.attisdropped) AND {condition}",
        literal(&qualified(table)),
        literal(column.as_str())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_names_are_cut_where_postgresql_cuts_them() {
        let name = |table: &str, column: &str| default_name(&Ident::new(table), &Ident::new(column));
        assert_eq!(name("t", "a").as_str(), "t_a_not_null");
        let (table, column) = ("t".repeat(60), "c".repeat(60));
        let long = name(&table, &column);
        assert_eq!(
            long.as_str(),
            format!("{}_{}_not_null", "t".repeat(27), "c".repeat(26))
        );
        assert_eq!(long.as_str().len(), LONGEST);
        assert!(name(&"é".repeat(30), "c").as_str().len() <= LONGEST);
    }

    #[test]
    fn a_number_behind_the_default_name_is_the_servers_too() {
        let is = |name: &str| is_default_name(&Ident::new(name), &Ident::new("t"), &Ident::new("a"));
        assert!(is("t_a_not_null"));
        assert!(is("t_a_not_null1"));
        assert!(!is("a_needed"));
        assert!(!is("t_a_not_null_really"));
    }

    #[test]
    fn every_statement_is_one_that_postgresql_parses() {
        let table = QualifiedName::new("public", "odd\"%t");
        let column = Ident::new("a");
        let form = NotNull {
            name: Ident::new("needs %I"),
            generated: false,
            no_inherit: true,
            validated: true,
        };
        for statement in [
            add(&table, &column, &form, true),
            rename(&table, &column, &form.name),
        ] {
            pg_query::parse(statement.as_str(), 0).unwrap();
        }
    }
}
