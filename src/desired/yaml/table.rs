//! Tables of every sort: ordinary, typed, partitioned, partitions, foreign ones.

use super::attached::{policies, rules, triggers};
use super::column::{Within, column, column_settings};
use super::common::{Owned, directives_and_conversions, foreign_options, keyword, sql_beside, with_options};
use super::constraint::{self, Late};
use super::index::{attach_indexes, indexes, only_indexes, statistics};
use super::tree::Node;
use super::writer::Writer;
use crate::text::Diagnostic;

/// What a partition belongs to.
#[derive(Clone, Copy)]
pub(super) struct Parent<'a> {
    table: &'a Node,
    values: Option<&'a Node>,
}

/// A table with everything that hangs on it, and its partitions.
pub(super) fn table(w: &mut Writer<'_>, key: &Node, value: &Node) {
    let parent = value.get("partition_of").and_then(|of| {
        Some(Parent {
            table: of.get("table")?,
            values: of.get("values"),
        })
    });
    write_table(w, key, value, parent);
}

fn write_table(w: &mut Writer<'_>, key: &Node, value: &Node, parent: Option<Parent<'_>>) {
    let foreign = value.get("server").is_some();
    let within = match (parent.is_some() || value.get("of").is_some(), foreign) {
        (true, _) => Within::Overrides,
        (false, true) => Within::Foreign,
        (false, false) => Within::Table,
    };
    let word = if foreign { "FOREIGN TABLE" } else { "TABLE" };
    if let Some(options) = value.get("options").filter(|_| !foreign) {
        let title = "`options` are those of a foreign table: there is no `server`";
        w.wrong(Diagnostic::error("wrong-type", title), options)
            .help
            .push("storage parameters stand under `with`".to_owned());
    }
    let mut late = Vec::new();
    create(w, key, value, parent, within, &mut late);
    let columns = value.get("columns").map(Node::entries).unwrap_or_default();
    for constraint in late {
        constraint.write(w, key);
    }
    for (name, said) in columns {
        column_settings(w, (word, key), name, said, within);
    }
    indexes(w, key, value);
    statistics(w, key, value);
    triggers(w, key, value);
    rules(w, key, value);
    policies(w, key, value);
    identity_and_cluster(w, key, value);
    constraint::comments(w, key, value);
    Owned::named(word, "TABLE", key).write(w, value);
    for (name, partition) in value.get("partitions").map(Node::entries).unwrap_or_default() {
        let values = partition.get("values").unwrap_or(partition);
        let parent = Parent {
            table: key,
            values: Some(values),
        };
        write_table(w, name, partition, Some(parent));
    }
}

/// Indexes of partitioned tables alone.
pub(super) fn late_indexes(w: &mut Writer<'_>, key: &Node, value: &Node) {
    with_partitions(w, key, value, only_indexes);
}

/// `ATTACH PARTITION` of indexes.
pub(super) fn attachments(w: &mut Writer<'_>, key: &Node, value: &Node) {
    with_partitions(w, key, value, attach_indexes);
}

fn with_partitions(w: &mut Writer<'_>, key: &Node, value: &Node, each: fn(&mut Writer<'_>, &Node, &Node)) {
    each(w, key, value);
    for (name, partition) in value.get("partitions").map(Node::entries).unwrap_or_default() {
        with_partitions(w, name, partition, each);
    }
}

fn create<'a>(
    w: &mut Writer<'_>,
    key: &'a Node,
    value: &'a Node,
    parent: Option<Parent<'_>>,
    within: Within,
    late: &mut Vec<Late<'a>>,
) {
    directives_and_conversions(w, value);
    w.about(key).words("CREATE ");
    if value.flag("unlogged") {
        w.words("UNLOGGED ");
    }
    w.words(if value.get("server").is_some() {
        "FOREIGN TABLE "
    } else {
        "TABLE "
    })
    .name(key);
    if let Some(of) = value.get("of") {
        w.about(of).words(" OF ").name(of);
    }
    if let Some(parent) = parent {
        w.about(parent.table).words(" PARTITION OF ").name(parent.table);
    }
    let any = elements(w, key, value, within, late);
    w.about(key).words(match (any, within) {
        (true, _) => "\n)",
        (false, Within::Overrides) => "",
        (false, _) => " ()",
    });
    if let Some(values) = parent.and_then(|parent| parent.values) {
        let rest = values
            .text()
            .is_some_and(|text| text.trim().eq_ignore_ascii_case("default"));
        w.about(values)
            .words(if rest { " " } else { " FOR VALUES " })
            .sql(values);
    }
    tail(w, value);
    w.about(key).end();
}

/// What stands between the brackets. False where that is nothing.
fn elements<'a>(
    w: &mut Writer<'_>,
    key: &'a Node,
    value: &'a Node,
    within: Within,
    late: &mut Vec<Late<'a>>,
) -> bool {
    let mut any = false;
    let mut element = |w: &mut Writer<'_>| {
        w.words(match (any, within) {
            (true, _) => ",\n",
            (false, _) => " (\n",
        });
        any = true;
    };
    for (name, said) in value.get("columns").map(Node::entries).unwrap_or_default() {
        w.about(key);
        element(w);
        column(w, name, said, within, late);
    }
    for like in value.all("like") {
        w.about(like);
        element(w);
        w.words("  LIKE ").sql(like);
    }
    constraint::of_table(w, value, &mut element, late);
    any
}

fn tail(w: &mut Writer<'_>, value: &Node) {
    let parents = value.all("inherits");
    for (number, parent) in parents.iter().enumerate() {
        w.about(parent)
            .words(if number == 0 { " INHERITS (" } else { ", " })
            .name(parent);
    }
    w.words(if parents.is_empty() { "" } else { ")" });
    if let Some(by) = value.get("partition_by") {
        w.about(by).words(" PARTITION BY ").sql(by);
    }
    if let Some(server) = value.get("server") {
        w.about(server).words(" SERVER ").plain_name(server);
        foreign_options(w, value.get("options"));
    }
    if let Some(method) = value.get("access_method") {
        w.about(method).words(" USING ").plain_name(method);
    }
    with_options(w, value.get("with"));
    if let Some(tablespace) = value.get("tablespace") {
        w.about(tablespace).words(" TABLESPACE ").plain_name(tablespace);
    }
}

/// Row level security, replica identity, CLUSTER ON.
fn identity_and_cluster(w: &mut Writer<'_>, key: &Node, value: &Node) {
    let alter = |w: &mut Writer<'_>, said: &Node| {
        w.about(said).words("ALTER TABLE ").name(key);
    };
    if let Some(security) = value.get("row_level_security") {
        let actions: &[&str] = match security.text() {
            Some("force") => &["ENABLE", "FORCE"],
            Some("disable") => &["DISABLE"],
            _ => &["ENABLE"],
        };
        for action in actions {
            alter(w, security);
            w.about(security)
                .words(&format!(" {action} ROW LEVEL SECURITY"))
                .end();
        }
    }
    if let Some(identity) = value.get("replica_identity") {
        alter(w, identity);
        w.about(identity).words(" REPLICA IDENTITY ");
        let text = identity.text().unwrap_or_default();
        match text.strip_prefix("index ") {
            Some(index) => {
                let name = crate::sql::quoted_ident(index.trim());
                w.made(identity, &format!("USING INDEX {name}"));
            }
            None => keyword(w, identity),
        }
        w.end();
    }
    if let Some(index) = value.get("cluster_on") {
        alter(w, index);
        w.about(index).words(" CLUSTER ON ").plain_name(index).end();
    }
}

/// An index, a statistics object: something in the schema of its table.
pub(super) fn sibling(key: &Node, name: &Node) -> String {
    sql_beside(key, &super::writer::exact(name))
}
