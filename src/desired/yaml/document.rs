//! A document as statements.

use super::common::privileges;
use super::tree::Node;
use super::writer::Writer;
use super::{routine, sequence, table, types, view};
use crate::sql;
use crate::text::Span;

type Concept = fn(&mut Writer<'_>, &Node, &Node);

/// What is written by name, in an order that seldom has to be changed for what needs what.
const CONCEPTS: &[(&str, Concept)] = &[
    ("types", types::user_type),
    ("sequences", sequence::sequence),
    ("functions", routine::function),
    ("procedures", routine::procedure),
    ("aggregates", routine::aggregate),
    ("tables", table::table),
    ("foreign_tables", table::table),
    ("tables", table::late_indexes),
    ("tables", table::attachments),
    ("sequences", sequence::owned_by),
    ("views", view::view),
    ("materialized_views", view::materialized_view),
];

/// Writes the statements of a document that holds what the grammar allows.
pub(super) fn document(w: &mut Writer<'_>, document: &Node) {
    match document.get("schema") {
        Some(schema) => {
            let name = sql::quoted_ident(&super::writer::exact(schema));
            let path = if name == "public" {
                name
            } else {
                format!("{name}, public")
            };
            w.about(schema)
                .words("SET search_path = ")
                .made(schema, &path)
                .end();
        }
        None => w.about(document).words("RESET search_path").end(),
    }
    if let Some(schemas) = document.get("schemas") {
        types::schemas(w, schemas);
    }
    if let Some(extensions) = document.get("extensions") {
        types::extensions(w, extensions);
    }
    for (key, concept) in CONCEPTS {
        for (name, value) in document.get(key).map(Node::entries).unwrap_or_default() {
            concept(w, name, value);
        }
    }
    for value in document.all("default_privileges") {
        default_privileges(w, value);
    }
    for object in document.all("discard") {
        w.about(object)
            .words("-- schemaplan: discard ")
            .sql(object)
            .words("\n");
    }
    for text in document.all("sql") {
        let length = text.text().unwrap_or_default().len();
        w.part_of(text, Span::new(0, length)).words("\n").end();
    }
}

fn default_privileges(w: &mut Writer<'_>, value: &Node) {
    let mut before = "ALTER DEFAULT PRIVILEGES ".to_owned();
    for (key, words) in [("for_role", "FOR ROLE"), ("in_schema", "IN SCHEMA")] {
        let names: Vec<String> = value
            .all(key)
            .iter()
            .map(|name| sql::quoted_ident(&super::writer::exact(name)))
            .collect();
        if !names.is_empty() {
            before.push_str(&format!("{words} {} ", names.join(", ")));
        }
    }
    let on = value
        .get("on")
        .and_then(Node::text)
        .unwrap_or_default()
        .to_ascii_uppercase();
    privileges(w, value, &on, &before);
}
