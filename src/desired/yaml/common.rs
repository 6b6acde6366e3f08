//! What every object can have: directives above it, an owner, privileges, a comment.

use super::tree::Node;
use super::writer::{Writer, parts, quoted};
use crate::sql;
use crate::text::Diagnostic;
use pg_query::protobuf::Token;

/// Directives that are words alone.
const MARKS: &[(&str, &str)] = &[
    ("ignore", "ignore"),
    ("discard", "discard"),
    ("no_live_readers", "no-live-readers"),
    ("hot", "hot"),
    ("keep_label", "keep-label"),
    ("emulate_generated", "emulate-generated"),
    ("first_partition", "first-partition"),
];

/// Directives with SQL behind them.
const SPOKEN: &[(&str, &str)] = &[("depends_on", "depends on"), ("strategy", "strategy")];

/// How old values become new ones. Columns, tables and types have them: in a policy `using` means another thing.
const CONVERSIONS: &[(&str, &str)] = &[
    ("split_from", "split from"),
    ("merge_from", "merge from"),
    ("backfill", "backfill"),
    ("using", "using"),
    ("reverse", "reverse"),
];

/// Writes the directives of an object, each on a line of its own.
pub(super) fn directives(w: &mut Writer<'_>, of: &Node) {
    if let Some(old) = of.get("renamed_from") {
        let name = quoted(&parts(old));
        begin(w, old, "renamed from").made(old, &name).words("\n");
    }
    spoken(w, of, SPOKEN);
    for code in of.all("allow") {
        begin(w, code, "allow").sql(code).words("\n");
    }
    for (key, words) in MARKS {
        if let Some(value) = of.get(key).filter(|_| of.flag(key)) {
            begin(w, value, words).words("\n");
        }
    }
}

/// Writes the directives of an object that can be converted.
pub(super) fn directives_and_conversions(w: &mut Writer<'_>, of: &Node) {
    directives(w, of);
    spoken(w, of, CONVERSIONS);
}

fn spoken(w: &mut Writer<'_>, of: &Node, keys: &[(&str, &str)]) {
    for (key, words) in keys {
        for value in of.all(key) {
            let line = one_line(w, value);
            begin(w, value, words);
            match Some(line.as_str()) == value.text() {
                true => w.sql(value),
                false => w.made(value, &line),
            }
            .words("\n");
        }
    }
}

/// `-- schemaplan: ` with the words of a directive, at the place of its value.
fn begin<'w, 's>(w: &'w mut Writer<'s>, value: &Node, words: &str) -> &'w mut Writer<'s> {
    let space = match MARKS.iter().any(|(_, mark)| *mark == words) {
        true => "",
        false => " ",
    };
    w.about(value).words(&format!("-- schemaplan: {words}{space}"))
}

/// The directives of an enum's label.
pub(super) fn label_directives(w: &mut Writer<'_>, label: &Node) {
    if let Some(old) = label.get("renamed_from") {
        begin(w, old, "renamed from").literal(old).words("\n");
    }
    if label.flag("keep_label") {
        begin(w, label, "keep-label").words("\n");
    }
}

/// SQL on one line, as a comment takes it: its own comments are left out.
fn one_line(w: &mut Writer<'_>, value: &Node) -> String {
    let text = value.text().unwrap_or_default().trim_end();
    if !text.contains(['\n', '\r']) && !text.contains("--") {
        return text.to_owned();
    }
    let mut line = String::new();
    for token in pg_query::scan_tokens(text).unwrap_or_default() {
        if [Token::SqlComment as i32, Token::CComment as i32].contains(&token.token) {
            continue;
        }
        let range = usize::try_from(token.start)
            .ok()
            .zip(usize::try_from(token.end).ok());
        let piece = range
            .and_then(|(start, end)| text.get(start..end))
            .unwrap_or_default();
        if piece.contains(['\n', '\r']) {
            let title = "a line break inside a string of this expression";
            w.wrong(Diagnostic::error("syntax", title), value)
                .help
                .push("write it as an escape: `E'\\n'`".to_owned());
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(piece);
    }
    line
}

/// An object that has an owner, privileges and a comment.
pub(super) struct Owned<'a> {
    /// As ALTER and COMMENT call it: `MATERIALIZED VIEW`.
    pub word: &'static str,
    /// As GRANT calls it: `TABLE`.
    pub granted: &'static str,
    /// Where its name stands.
    pub key: &'a Node,
    /// Its name as SQL, arguments and all.
    pub name: String,
}

impl<'a> Owned<'a> {
    /// An object whose name is its key.
    pub fn named(word: &'static str, granted: &'static str, key: &'a Node) -> Self {
        Self {
            word,
            granted,
            key,
            name: quoted(&parts(key)),
        }
    }

    /// Its owner, privileges and comment.
    pub fn write(&self, w: &mut Writer<'_>, value: &Node) {
        if let Some(owner) = value.get("owner") {
            w.about(owner)
                .words(&format!("ALTER {} ", self.word))
                .made(self.key, &self.name);
            w.about(owner).words(" OWNER TO ").plain_name(owner).end();
        }
        let on = format!("{} {}", self.granted, self.name);
        privileges(w, value, &on, "");
        self.comment(w, value);
    }

    /// Its comment alone.
    pub fn comment(&self, w: &mut Writer<'_>, value: &Node) {
        if let Some(comment) = value.get("comment") {
            w.about(comment)
                .words(&format!("COMMENT ON {} ", self.word))
                .made(self.key, &self.name);
            w.about(comment).words(" IS ").literal(comment).end();
        }
    }
}

/// REVOKEs and GRANTs, with `before` in front of each.
pub(super) fn privileges(w: &mut Writer<'_>, value: &Node, on: &str, before: &str) {
    for (key, verb, to) in [("revokes", "REVOKE", "FROM"), ("grants", "GRANT", "TO")] {
        for (role, said) in value.get(key).map(Node::entries).unwrap_or_default() {
            let all = match said.is_map() {
                true => said.all("privileges"),
                false => said.items(),
            };
            w.about(role).words(&format!("{before}{verb} "));
            for (number, privilege) in all.into_iter().enumerate() {
                w.comma(number).sql(privilege);
            }
            w.about(role).words(&format!(" ON {on} {to} ")).plain_name(role);
            if said.flag("grant_option") {
                w.words(" WITH GRANT OPTION");
            }
            w.end();
        }
    }
}

/// ` WITH (name = 'value', …)`, or nothing.
pub(super) fn with_options(w: &mut Writer<'_>, options: Option<&Node>) {
    if let Some(options) = options.filter(|options| !options.entries().is_empty()) {
        w.about(options).words(" WITH (");
        settings(w, options, " = ");
        w.words(")");
    }
}

/// ` OPTIONS (name 'value', …)`, or nothing.
pub(super) fn foreign_options(w: &mut Writer<'_>, options: Option<&Node>) {
    if let Some(options) = options.filter(|options| !options.entries().is_empty()) {
        w.about(options).words(" OPTIONS (");
        settings(w, options, " ");
        w.words(")");
    }
}

/// Names with their values, commas between them.
pub(super) fn settings(w: &mut Writer<'_>, options: &Node, between: &str) {
    for (number, (name, value)) in options.entries().iter().enumerate() {
        w.comma(number).name(name).words(between).literal(value);
    }
}

/// `CONSTRAINT name ` where there is a name.
pub(super) fn constraint_name(w: &mut Writer<'_>, name: Option<&Node>) {
    if let Some(name) = name {
        w.about(name).words("CONSTRAINT ").plain_name(name).words(" ");
    }
}

/// The comment on a part of a relation: a constraint, a trigger, a policy. `name` is where its name stands.
pub(super) fn part_comment(w: &mut Writer<'_>, word: &str, name: Option<&Node>, on: &str, value: &Node) {
    let Some(comment) = value.get("comment") else {
        return;
    };
    let Some(name) = name else {
        w.wrong(
            Diagnostic::error("missing-key", "a comment needs something with a name"),
            comment,
        )
        .help
        .push("give the constraint a `name`".to_owned());
        return;
    };
    w.about(comment)
        .words(&format!("COMMENT ON {word} "))
        .plain_name(name);
    w.about(comment)
        .words(&format!(" ON {on} IS "))
        .literal(comment)
        .end();
}

/// A word such as `by default` as SQL writes it.
pub(super) fn keyword(w: &mut Writer<'_>, value: &Node) {
    let words = value.text().unwrap_or_default().to_ascii_uppercase();
    w.made(value, &words);
}

/// A name with its schema, as SQL.
pub(super) fn sql_name(node: &Node) -> String {
    quoted(&parts(node))
}

/// The name in the schema of another one, as SQL.
pub(super) fn sql_beside(other: &Node, name: &str) -> String {
    let mut name_parts = parts(other);
    name_parts.pop();
    let schema = quoted(&name_parts);
    let name = sql::quoted_ident(name);
    match schema.is_empty() {
        true => name,
        false => format!("{schema}.{name}"),
    }
}
