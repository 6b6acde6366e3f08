//! Views and materialized views.

use super::attached::{rules, triggers};
use super::column::column_comment;
use super::common::{Owned, directives, keyword, with_options};
use super::index::{indexes, statistics};
use super::tree::Node;
use super::writer::Writer;

fn names(w: &mut Writer<'_>, value: &Node) {
    let names = value.all("names");
    if !names.is_empty() {
        w.words(" ").plain_names(&names);
    }
}

fn query(value: &Node) -> &Node {
    value.get("query").unwrap_or(value)
}

/// A view.
pub(super) fn view(w: &mut Writer<'_>, key: &Node, value: &Node) {
    directives(w, value);
    w.about(key).words(match value.flag("recursive") {
        true => "CREATE RECURSIVE VIEW ",
        false => "CREATE VIEW ",
    });
    w.name(key);
    names(w, value);
    let mut between = " WITH (";
    for option in ["security_barrier", "security_invoker", "check_option"] {
        if let Some(said) = value.get(option) {
            w.about(said).words(&format!("{between}{option} = "));
            keyword(w, said);
            between = ", ";
        }
    }
    w.about(key)
        .words(if between == ", " { ")" } else { "" })
        .words(" AS\n");
    w.sql(query(value));
    w.about(key).end();
    for (name, column) in value.get("columns").map(Node::entries).unwrap_or_default() {
        if let Some(default) = column.get("default") {
            w.about(default)
                .words("ALTER VIEW ")
                .name(key)
                .words(" ALTER COLUMN ")
                .plain_name(name);
            w.about(default).words(" SET DEFAULT ").sql(default).end();
        }
        column_comment(w, key, name, column);
    }
    triggers(w, key, value);
    rules(w, key, value);
    Owned::named("VIEW", "TABLE", key).write(w, value);
}

/// A materialized view.
pub(super) fn materialized_view(w: &mut Writer<'_>, key: &Node, value: &Node) {
    directives(w, value);
    w.about(key).words("CREATE MATERIALIZED VIEW ").name(key);
    names(w, value);
    if let Some(method) = value.get("access_method") {
        w.about(method).words(" USING ").plain_name(method);
    }
    with_options(w, value.get("with"));
    if let Some(tablespace) = value.get("tablespace") {
        w.about(tablespace).words(" TABLESPACE ").plain_name(tablespace);
    }
    w.about(key).words(" AS\n").sql(query(value));
    if value.get("with_data").is_some() && !value.flag("with_data") {
        w.about(key).words("\nWITH NO DATA");
    }
    w.about(key).end();
    for (name, column) in value.get("columns").map(Node::entries).unwrap_or_default() {
        if let Some(target) = column.get("statistics") {
            w.about(target)
                .words("ALTER MATERIALIZED VIEW ")
                .name(key)
                .words(" ALTER COLUMN ")
                .plain_name(name);
            w.about(target).words(" SET STATISTICS ").sql(target).end();
        }
        column_comment(w, key, name, column);
    }
    indexes(w, key, value);
    statistics(w, key, value);
    if let Some(index) = value.get("cluster_on") {
        w.about(index).words("ALTER MATERIALIZED VIEW ").name(key);
        w.about(index).words(" CLUSTER ON ").plain_name(index).end();
    }
    Owned::named("MATERIALIZED VIEW", "TABLE", key).write(w, value);
}
