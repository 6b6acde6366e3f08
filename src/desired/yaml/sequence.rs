//! Sequences.

use super::common::{Owned, directives, keyword};
use super::tree::Node;
use super::writer::{Writer, parts, quoted};

/// A sequence. The column that owns it is named later: see [`owned_by`].
pub(super) fn sequence(w: &mut Writer<'_>, key: &Node, value: &Node) {
    directives(w, value);
    w.about(key).words(match value.flag("unlogged") {
        true => "CREATE UNLOGGED SEQUENCE ",
        false => "CREATE SEQUENCE ",
    });
    w.name(key);
    if let Some(kind) = value.get("type") {
        w.about(kind).words(" AS ").sql(kind);
    }
    sequence_options(w, value);
    w.end();
    Owned::named("SEQUENCE", "SEQUENCE", key).write(w, value);
}

/// `OWNED BY`, once the tables are there: the column's default may use the sequence.
pub(super) fn owned_by(w: &mut Writer<'_>, key: &Node, value: &Node) {
    if let Some(column) = value.get("owned_by") {
        w.about(column).words("ALTER SEQUENCE ").name(key);
        w.about(column)
            .words(" OWNED BY ")
            .made(column, &quoted(&parts(column)))
            .end();
    }
}

/// `START WITH 1 INCREMENT BY 1 …`, a blank in front of each.
pub(super) fn sequence_options(w: &mut Writer<'_>, of: &Node) {
    let words = [
        ("increment", "INCREMENT BY"),
        ("min", "MINVALUE"),
        ("max", "MAXVALUE"),
        ("start", "START WITH"),
        ("cache", "CACHE"),
    ];
    for (option, words) in words {
        let Some(value) = of.get(option) else { continue };
        w.about(value);
        match value.text() {
            Some("none") => {
                w.words(" NO ");
                w.words(words);
            }
            _ => {
                w.words(&format!(" {words} "));
                keyword(w, value);
            }
        }
    }
    if let Some(cycle) = of.get("cycle") {
        w.about(cycle).words(match of.flag("cycle") {
            true => " CYCLE",
            false => " NO CYCLE",
        });
    }
}
