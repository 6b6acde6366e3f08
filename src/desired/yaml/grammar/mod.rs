//! The grammar of a YAML schema file: every key that there is, once. The check of files and the JSON Schema are made from it.

mod attached;
mod column;
mod constraint;
mod index;
mod routine;
mod sequence;
mod shared;
mod table;
mod types;
mod view;

use super::shape::{Key, NAME, SQLS, Scalar, Section, Shape};

const fn key(name: &'static str, shape: &'static Shape, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// A document.
pub(super) static DOCUMENT: Section = Section {
    name: "document",
    about: "A part of the desired schema. Files and documents may be mixed with SQL files, in any order.",
    groups: &[&[
        key(
            "schema",
            &NAME,
            "The schema of names without one in this document; `public` by default. It is looked in first, then `public`.",
        ),
        key("schemas", &types::SCHEMAS, "Schemas: a list, or by name."),
        key(
            "extensions",
            &types::EXTENSIONS,
            "Extensions: a list, or by name.",
        ),
        key(
            "types",
            &types::TYPES,
            "Enums, domains, composite types and ranges by name; a list is an enum.",
        ),
        key("sequences", &sequence::SEQUENCES, "Sequences by name."),
        key("tables", &table::TABLES, "Tables by name."),
        key(
            "foreign_tables",
            &table::FOREIGN_TABLES,
            "Foreign tables by name.",
        ),
        key("views", &view::VIEWS, "Views by name."),
        key(
            "materialized_views",
            &view::MATERIALIZED_VIEWS,
            "Materialized views by name.",
        ),
        key(
            "functions",
            &routine::FUNCTIONS,
            "Functions by name and arguments: `add(a integer, b integer)`.",
        ),
        key(
            "procedures",
            &routine::PROCEDURES,
            "Procedures by name and arguments.",
        ),
        key(
            "aggregates",
            &routine::AGGREGATES,
            "Aggregates by name and arguments.",
        ),
        key(
            "default_privileges",
            &DEFAULT_PRIVILEGES,
            "What new objects are granted.",
        ),
        key(
            "discard",
            &SQLS,
            "Objects that these files no longer hold and that are not archived: `table app.old`, `column app.t.c`.",
        ),
        key(
            "sql",
            &STATEMENTS,
            "Statements for everything else, as in an SQL file, directives too.",
        ),
    ]],
    required: &[],
};

static DEFAULT_PRIVILEGES: Shape = Shape::list(&DEFAULT_PRIVILEGE);
static DEFAULT_PRIVILEGE: Shape = Shape::section(&shared::DEFAULT_PRIVILEGES);
static STATEMENTS: Shape = Shape::list(&STATEMENT).or_scalar(Scalar::Statements);
static STATEMENT: Shape = Shape::scalar(Scalar::Statements);
