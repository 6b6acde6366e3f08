//! Types, schemas, extensions.

use super::column::column_comment;
use super::common::{
    Owned, constraint_name, directives, directives_and_conversions, label_directives, part_comment, sql_name,
};
use super::constraint::{named, write_check};
use super::tree::{Kind, Node};
use super::writer::Writer;
use crate::text::Diagnostic;

/// Which keys go with which sort of type.
const SORTS: &[(&str, &[&str])] = &[
    ("enum", &["keep_label"]),
    ("composite", &[]),
    ("domain", &["not_null", "default", "checks", "collate"]),
    (
        "range",
        &["collate", "opclass", "canonical", "subtype_diff", "multirange"],
    ),
];

/// A type of any sort.
pub(super) fn user_type(w: &mut Writer<'_>, key: &Node, value: &Node) {
    let sort = SORTS.iter().find(|(sort, _)| value.get(sort).is_some());
    for (_, others) in SORTS {
        for other in *others {
            if let (Some((sort, own)), Some(said)) = (sort, value.get(other))
                && !own.contains(other)
            {
                let title = format!("`{other}` says nothing about a type with `{sort}`");
                w.wrong(Diagnostic::error("wrong-type", title), said);
            }
        }
    }
    directives_and_conversions(w, value);
    match sort {
        Some(("composite", _)) => composite(w, key, value),
        Some(("domain", _)) => return domain(w, key, value),
        Some(("range", _)) => range(w, key, value),
        _ => labels(w, key, value.get("enum").unwrap_or(value)),
    }
    Owned::named("TYPE", "TYPE", key).write(w, value);
    for (name, attribute) in value.get("composite").map(Node::entries).unwrap_or_default() {
        column_comment(w, key, name, attribute);
    }
}

fn labels(w: &mut Writer<'_>, key: &Node, labels: &Node) {
    w.about(key).words("CREATE TYPE ").name(key).words(" AS ENUM (");
    for (number, label) in labels.items().into_iter().enumerate() {
        w.about(label).words(if number == 0 { "\n" } else { ",\n" });
        label_directives(w, label);
        w.about(label)
            .words("  ")
            .literal(label.get("label").unwrap_or(label));
    }
    w.about(key).words("\n)").end();
}

fn composite(w: &mut Writer<'_>, key: &Node, value: &Node) {
    w.about(key).words("CREATE TYPE ").name(key).words(" AS (");
    let attributes = value.get("composite").map(Node::entries).unwrap_or_default();
    for (number, (name, attribute)) in attributes.iter().enumerate() {
        w.about(name).words(if number == 0 { "\n" } else { ",\n" });
        directives(w, attribute);
        w.about(name).words("  ").plain_name(name).words(" ");
        w.sql(attribute.get("type").unwrap_or(attribute));
        if let Some(collation) = attribute.get("collate") {
            w.about(collation).words(" COLLATE ").name(collation);
        }
    }
    w.about(key).words("\n)").end();
}

fn domain(w: &mut Writer<'_>, key: &Node, value: &Node) {
    w.about(key).words("CREATE DOMAIN ").name(key);
    if let Some(base) = value.get("domain") {
        w.about(base).words(" AS ").sql(base);
    }
    if let Some(collation) = value.get("collate") {
        w.about(collation).words(" COLLATE ").name(collation);
    }
    if let Some(default) = value.get("default") {
        w.about(default).words(" DEFAULT ").sql(default);
    }
    if value.flag("not_null") {
        w.about(key).words(" NOT NULL");
    }
    let checks = named(value.get("checks"));
    for (name, check) in checks.iter().filter(|(_, check)| !check.flag("not_valid")) {
        w.about(check).words("\n");
        directives(w, check);
        w.about(check).words("  ");
        constraint_name(w, *name);
        write_check(w, check);
    }
    w.about(key).end();
    for (name, check) in checks.iter().filter(|(_, check)| check.flag("not_valid")) {
        directives(w, check);
        w.about(check).words("ALTER DOMAIN ").name(key).words(" ADD ");
        constraint_name(w, *name);
        write_check(w, check);
        w.words(" NOT VALID").end();
    }
    let on = format!("DOMAIN {}", sql_name(key));
    for (name, check) in checks {
        part_comment(w, "CONSTRAINT", name, &on, check);
    }
    Owned::named("DOMAIN", "TYPE", key).write(w, value);
}

fn range(w: &mut Writer<'_>, key: &Node, value: &Node) {
    w.about(key).words("CREATE TYPE ").name(key).words(" AS RANGE (");
    if let Some(subtype) = value.get("range") {
        w.about(subtype).words("SUBTYPE = ").sql(subtype);
    }
    for (option, words) in [
        ("opclass", ", SUBTYPE_OPCLASS = "),
        ("collate", ", COLLATION = "),
        ("canonical", ", CANONICAL = "),
        ("subtype_diff", ", SUBTYPE_DIFF = "),
        ("multirange", ", MULTIRANGE_TYPE_NAME = "),
    ] {
        if let Some(said) = value.get(option) {
            w.about(said).words(words).name(said);
        }
    }
    w.about(key).words(")").end();
}

/// Entries of a list of names or of a mapping by name.
fn listed(of: &Node) -> Vec<(&Node, &Node)> {
    match &of.kind {
        Kind::List(items) => items.iter().map(|item| (&**item, &**item)).collect(),
        _ => of
            .entries()
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .collect(),
    }
}

/// Schemas.
pub(super) fn schemas(w: &mut Writer<'_>, of: &Node) {
    for (key, value) in listed(of) {
        directives(w, value);
        w.about(key).words("CREATE SCHEMA ").plain_name(key).end();
        let object = Owned {
            word: "SCHEMA",
            granted: "SCHEMA",
            key,
            name: crate::sql::quoted_ident(&super::writer::exact(key)),
        };
        object.write(w, value);
    }
}

/// Extensions.
pub(super) fn extensions(w: &mut Writer<'_>, of: &Node) {
    for (key, value) in listed(of) {
        directives(w, value);
        w.about(key).words("CREATE EXTENSION ").plain_name(key);
        if let Some(schema) = value.get("schema") {
            w.about(schema).words(" SCHEMA ").plain_name(schema);
        }
        if let Some(version) = value.get("version") {
            w.about(version).words(" VERSION ").literal(version);
        }
        w.about(key).end();
        let object = Owned {
            word: "EXTENSION",
            granted: "",
            key,
            name: crate::sql::quoted_ident(&super::writer::exact(key)),
        };
        object.comment(w, value);
    }
}
