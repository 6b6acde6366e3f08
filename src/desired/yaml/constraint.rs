//! Constraints of tables and columns.

use super::common::{constraint_name, directives, part_comment, sql_name, with_options};
use super::tree::Node;
use super::writer::Writer;

/// A constraint that ALTER TABLE adds: CREATE TABLE takes no NOT VALID.
pub(super) struct Late<'a> {
    kind: LateKind,
    /// Where its name stands, where it has one.
    name: Option<&'a Node>,
    /// The column that it stands with.
    column: Option<&'a Node>,
    value: &'a Node,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LateKind {
    NotNull,
    Check,
    ForeignKey,
}

/// Constraints that stand with a column.
pub(super) fn of_column<'a>(w: &mut Writer<'_>, key: &'a Node, value: &'a Node, late: &mut Vec<Late<'a>>) {
    for (option, words) in [("primary_key", "PRIMARY KEY"), ("unique", "UNIQUE")] {
        if let Some(said) = value
            .get(option)
            .filter(|said| said.is_map() || value.flag(option))
        {
            w.about(said).words(" ");
            constraint_name(w, said.get("name"));
            w.about(said).words(words);
            if said.flag("nulls_not_distinct") {
                w.words(" NULLS NOT DISTINCT");
            }
            timing(w, said);
        }
    }
    if let Some(said) = value.get("not_null").filter(|said| said.flag("not_valid")) {
        late.push(Late::new(LateKind::NotNull, said.get("name"), Some(key), said));
    }
    for check in value.all("check") {
        if check.flag("not_valid") {
            late.push(Late::new(LateKind::Check, check.get("name"), None, check));
            continue;
        }
        w.about(check).words("\n");
        directives(w, check);
        w.about(check).words("    ");
        constraint_name(w, check.get("name"));
        write_check(w, check);
    }
    if let Some(reference) = value.get("references") {
        if reference.flag("not_valid") {
            late.push(Late::new(
                LateKind::ForeignKey,
                reference.get("name"),
                Some(key),
                reference,
            ));
            return;
        }
        w.about(reference).words(" ");
        constraint_name(w, reference.get("name"));
        references(w, reference);
        timing(w, reference);
        enforced(w, reference);
    }
}

/// The constraints of a table as elements of CREATE TABLE, each through `element`, which begins a line.
pub(super) fn of_table<'a>(
    w: &mut Writer<'_>,
    table: &'a Node,
    element: &mut dyn FnMut(&mut Writer<'_>),
    late: &mut Vec<Late<'a>>,
) {
    if let Some(key) = table.get("primary_key") {
        element(w);
        directives(w, key);
        w.about(key).words("  ");
        constraint_name(w, key.get("name"));
        w.about(key).words("PRIMARY KEY ");
        key_columns(w, key);
    }
    for (name, key) in named(table.get("unique")) {
        element(w);
        directives(w, key);
        w.about(key).words("  ");
        constraint_name(w, name);
        w.about(key).words("UNIQUE ");
        if key.flag("nulls_not_distinct") {
            w.words("NULLS NOT DISTINCT ");
        }
        key_columns(w, key);
    }
    for (name, check) in named(table.get("checks")) {
        if check.flag("not_valid") {
            late.push(Late::new(LateKind::Check, name, None, check));
            continue;
        }
        element(w);
        directives(w, check);
        w.about(check).words("  ");
        constraint_name(w, name);
        write_check(w, check);
    }
    for (name, key) in named(table.get("foreign_keys")) {
        if key.flag("not_valid") || key.get("references").is_some_and(|to| to.flag("not_valid")) {
            late.push(Late::new(LateKind::ForeignKey, name, None, key));
            continue;
        }
        element(w);
        directives(w, key);
        w.about(key).words("  ");
        constraint_name(w, name);
        foreign_key(w, None, key);
    }
    for (name, exclusion) in named(table.get("exclude")) {
        element(w);
        directives(w, exclusion);
        w.about(exclusion).words("  ");
        constraint_name(w, name);
        exclude(w, exclusion);
    }
}

/// Entries by name, or those of a list, which may hold their name.
pub(super) fn named(entries: Option<&Node>) -> Vec<(Option<&Node>, &Node)> {
    let Some(entries) = entries else { return Vec::new() };
    match entries.is_map() {
        true => entries
            .entries()
            .iter()
            .map(|(key, value)| (Some(value.get("name").unwrap_or(key)), &**value))
            .collect(),
        false => entries
            .items()
            .into_iter()
            .map(|value| (value.get("name"), value))
            .collect(),
    }
}

/// The columns of a primary key or unique constraint, and what its index is like.
fn key_columns(w: &mut Writer<'_>, key: &Node) {
    let columns = match key.is_map() {
        true => key.all("columns"),
        false => key.items(),
    };
    w.words("(");
    for (number, column) in columns.iter().enumerate() {
        w.comma(number).plain_name(column);
    }
    if key.flag("without_overlaps") {
        w.words(" WITHOUT OVERLAPS");
    }
    w.about(key).words(")");
    index_of(w, key);
    timing(w, key);
}

fn index_of(w: &mut Writer<'_>, key: &Node) {
    let include = key.all("include");
    if !include.is_empty() {
        w.words(" INCLUDE ").plain_names(&include);
    }
    with_options(w, key.get("with"));
    if let Some(tablespace) = key.get("tablespace") {
        w.about(tablespace)
            .words(" USING INDEX TABLESPACE ")
            .plain_name(tablespace);
    }
    w.about(key);
}

fn timing(w: &mut Writer<'_>, of: &Node) {
    if of.flag("deferrable") || of.flag("initially_deferred") {
        w.words(" DEFERRABLE");
    }
    if of.flag("initially_deferred") {
        w.words(" INITIALLY DEFERRED");
    }
}

fn enforced(w: &mut Writer<'_>, of: &Node) {
    if of.flag("not_enforced") {
        w.words(" NOT ENFORCED");
    }
}

pub(super) fn write_check(w: &mut Writer<'_>, check: &Node) {
    let expression = check.get("expression").unwrap_or(check);
    w.about(check).words("CHECK (").sql(expression);
    w.about(check).words(")");
    if check.flag("no_inherit") {
        w.words(" NO INHERIT");
    }
    enforced(w, check);
}

/// `FOREIGN KEY (a) REFERENCES …`; the columns are the key's own, or the one that it stands with.
fn foreign_key(w: &mut Writer<'_>, column: Option<&Node>, key: &Node) {
    w.about(key).words("FOREIGN KEY ");
    if column.is_none() && !key.is_map() {
        // SQL from the brackets on.
        w.sql(key);
        return;
    }
    let columns = match column {
        Some(column) => vec![column],
        None => key.all("columns"),
    };
    let period = key.flag("period");
    let last = columns.len().saturating_sub(1);
    w.words("(");
    for (number, column) in columns.iter().enumerate() {
        w.comma(number)
            .words(if period && number == last { "PERIOD " } else { "" });
        w.plain_name(column);
    }
    w.about(key).words(") ");
    let reference = match column {
        Some(_) => key,
        None => key.get("references").unwrap_or(key),
    };
    write_references(w, reference, period);
    timing(w, reference);
    enforced(w, reference);
    if column.is_none() {
        timing(w, key);
        enforced(w, key);
    }
}

fn references(w: &mut Writer<'_>, reference: &Node) {
    write_references(w, reference, false);
}

fn write_references(w: &mut Writer<'_>, reference: &Node, period: bool) {
    w.about(reference).words("REFERENCES ");
    if !reference.is_map() {
        w.sql(reference);
        return;
    }
    if let Some(table) = reference.get("table") {
        w.name(table);
    }
    let columns = reference.all("columns");
    if !columns.is_empty() {
        let last = columns.len() - 1;
        w.words(" (");
        for (number, column) in columns.iter().enumerate() {
            w.comma(number)
                .words(if period && number == last { "PERIOD " } else { "" });
            w.plain_name(column);
        }
        w.words(")");
    }
    for (option, words) in [
        ("match", " MATCH "),
        ("on_delete", " ON DELETE "),
        ("on_update", " ON UPDATE "),
    ] {
        if let Some(said) = reference.get(option) {
            w.about(said).words(words).sql(said);
        }
    }
    w.about(reference);
}

fn exclude(w: &mut Writer<'_>, exclusion: &Node) {
    w.words("EXCLUDE USING ");
    match exclusion.get("method") {
        Some(method) => drop(w.plain_name(method)),
        None => drop(w.words("gist")),
    }
    w.words(" (");
    for (number, element) in exclusion.all("elements").into_iter().enumerate() {
        w.comma(number).sql(element);
    }
    w.words(")");
    index_of(w, exclusion);
    if let Some(condition) = exclusion.get("where") {
        w.about(condition).words(" WHERE (").sql(condition).words(")");
    }
    w.about(exclusion);
    timing(w, exclusion);
}

impl<'a> Late<'a> {
    fn new(kind: LateKind, name: Option<&'a Node>, column: Option<&'a Node>, value: &'a Node) -> Self {
        Self {
            kind,
            name,
            column,
            value,
        }
    }

    /// `ALTER TABLE … ADD … NOT VALID`.
    pub fn write(&self, w: &mut Writer<'_>, table: &Node) {
        directives(w, self.value);
        w.about(self.value)
            .words("ALTER TABLE ")
            .name(table)
            .words(" ADD ");
        constraint_name(w, self.name);
        match (self.kind, self.column) {
            (LateKind::NotNull, Some(column)) => {
                w.about(self.value).words("NOT NULL ").plain_name(column);
                if self.value.flag("no_inherit") {
                    w.words(" NO INHERIT");
                }
            }
            (LateKind::ForeignKey, column) => foreign_key(w, column, self.value),
            _ => write_check(w, self.value),
        }
        w.about(self.value).words(" NOT VALID").end();
    }
}

/// Comments on the constraints of a table and of its columns.
pub(super) fn comments(w: &mut Writer<'_>, key: &Node, table: &Node) {
    let on = sql_name(key);
    if let Some(primary) = table.get("primary_key") {
        part_comment(w, "CONSTRAINT", primary.get("name"), &on, primary);
    }
    for list in ["unique", "checks", "foreign_keys", "exclude"] {
        for (name, value) in named(table.get(list)) {
            part_comment(w, "CONSTRAINT", name, &on, value);
        }
    }
    for (_, column) in table.get("columns").map(Node::entries).unwrap_or_default() {
        let said = column.all("check").into_iter().chain(column.get("not_null"));
        for constraint in said {
            part_comment(w, "CONSTRAINT", constraint.get("name"), &on, constraint);
        }
    }
}
