//! Indexes and extended statistics.

use super::common::{Owned, directives, keyword, sql_name, with_options};
use super::constraint::named;
use super::table::sibling;
use super::tree::Node;
use super::writer::Writer;
use crate::text::Diagnostic;

/// The indexes of a table or materialized view; those of a partitioned table alone are for [`only_indexes`].
pub(super) fn indexes(w: &mut Writer<'_>, key: &Node, table: &Node) {
    for (name, value) in named(table.get("indexes")) {
        if !value.flag("only") {
            index(w, key, name, value);
        }
    }
}

/// Indexes of a partitioned table alone, written once its partitions are there: a partition made later would get its own.
pub(super) fn only_indexes(w: &mut Writer<'_>, key: &Node, table: &Node) {
    for (name, value) in named(table.get("indexes")) {
        if value.flag("only") {
            index(w, key, name, value);
        }
    }
}

/// Makes indexes belong to those of the partitioned table, once all of them are there.
pub(super) fn attach_indexes(w: &mut Writer<'_>, key: &Node, table: &Node) {
    for (name, value) in named(table.get("indexes")) {
        if let (Some(name), Some(parent)) = (name, value.get("attach_to")) {
            w.about(parent).words("ALTER INDEX ").name(parent);
            w.words(" ATTACH PARTITION ")
                .made(name, &sibling(key, name))
                .end();
        }
    }
}

fn index(w: &mut Writer<'_>, table: &Node, name: Option<&Node>, value: &Node) {
    directives(w, value);
    let about = name.unwrap_or(value);
    w.about(about).words(match value.flag("unique") {
        true => "CREATE UNIQUE INDEX ",
        false => "CREATE INDEX ",
    });
    if let Some(name) = name {
        w.plain_name(name).words(" ");
    }
    w.words(if value.flag("only") { "ON ONLY " } else { "ON " })
        .name(table);
    if let Some(method) = value.get("method") {
        w.about(method).words(" USING ").plain_name(method);
    }
    let parts = match value.is_map() {
        true => value.all("columns"),
        false => value.items(),
    };
    w.about(about).words(" (");
    for (number, part) in parts.into_iter().enumerate() {
        w.comma(number);
        index_part(w, part);
    }
    w.about(about).words(")");
    let include = value.all("include");
    if !include.is_empty() {
        w.words(" INCLUDE ").plain_names(&include);
    }
    if value.flag("nulls_not_distinct") {
        w.words(" NULLS NOT DISTINCT");
    }
    with_options(w, value.get("with"));
    if let Some(tablespace) = value.get("tablespace") {
        w.about(tablespace).words(" TABLESPACE ").plain_name(tablespace);
    }
    if let Some(condition) = value.get("where") {
        w.about(condition).words(" WHERE ").sql(condition);
    }
    w.end();
    match name {
        Some(name) => behind(w, table, name, value),
        None => {
            let needs = ["statistics", "attach_to", "comment"]
                .iter()
                .find_map(|need| value.get(need));
            if let Some(said) = needs {
                w.wrong(
                    Diagnostic::error("missing-key", "this needs an index with a name"),
                    said,
                )
                .help
                .push("give the index a `name`".to_owned());
            }
        }
    }
}

/// What only ALTER INDEX and COMMENT say.
fn behind(w: &mut Writer<'_>, table: &Node, name: &Node, value: &Node) {
    let full = sibling(table, name);
    for (part, target) in value.get("statistics").map(Node::entries).unwrap_or_default() {
        w.about(target).words("ALTER INDEX ").made(name, &full);
        w.about(target).words(" ALTER COLUMN ").sql(part);
        w.words(" SET STATISTICS ").sql(target).end();
    }
    let object = Owned {
        word: "INDEX",
        granted: "",
        key: name,
        name: full,
    };
    object.comment(w, value);
}

fn index_part(w: &mut Writer<'_>, part: &Node) {
    if !part.is_map() {
        let text = part.text().unwrap_or_default();
        let word = text.chars().all(|c| c.is_alphanumeric() || c == '_');
        match word {
            true => w.plain_name(part),
            false => w.sql(part),
        };
        return;
    }
    if let Some(column) = part.get("column") {
        w.plain_name(column);
    }
    if let Some(expression) = part.get("expression") {
        w.about(expression).words("(").sql(expression).words(")");
    }
    if let Some(collation) = part.get("collate") {
        w.about(collation).words(" COLLATE ").name(collation);
    }
    if let Some(class) = part.get("opclass") {
        w.about(class).words(" ").sql(class);
    }
    if let Some(order) = part.get("order") {
        w.about(order).words(" ");
        keyword(w, order);
    }
    if let Some(nulls) = part.get("nulls") {
        w.about(nulls).words(" NULLS ");
        keyword(w, nulls);
    }
}

/// Extended statistics of a table or materialized view.
pub(super) fn statistics(w: &mut Writer<'_>, key: &Node, table: &Node) {
    for (name, value) in table.get("statistics").map(Node::entries).unwrap_or_default() {
        let full = match super::writer::parts(name).len() {
            1 => sibling(key, name),
            _ => sql_name(name),
        };
        directives(w, value);
        w.about(name).words("CREATE STATISTICS ").made(name, &full);
        let kinds = value.all("kinds");
        for (number, kind) in kinds.iter().enumerate() {
            w.about(kind)
                .words(if number == 0 { " (" } else { ", " })
                .sql(kind);
        }
        w.words(if kinds.is_empty() { " ON " } else { ") ON " });
        for (number, part) in value.all("columns").into_iter().enumerate() {
            w.comma(number);
            index_part(w, part);
        }
        w.about(name).words(" FROM ").name(key).end();
        if let Some(target) = value.get("target") {
            w.about(target).words("ALTER STATISTICS ").made(name, &full);
            w.about(target).words(" SET STATISTICS ").sql(target).end();
        }
        let object = Owned {
            word: "STATISTICS",
            granted: "",
            key: name,
            name: full,
        };
        object.write(w, value);
    }
}
