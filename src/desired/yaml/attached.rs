//! What hangs on a table or view: triggers, rules, policies.

use super::common::{directives, keyword, part_comment, sql_name};
use super::tree::Node;
use super::writer::Writer;

fn entries<'a>(of: &'a Node, key: &str) -> impl Iterator<Item = (&'a Node, &'a Node)> + use<'a> {
    let entries = of.get(key).map(Node::entries).unwrap_or_default();
    entries.iter().map(|(name, value)| (&**name, &**value))
}

/// The triggers of a relation.
pub(super) fn triggers(w: &mut Writer<'_>, key: &Node, relation: &Node) {
    for (name, value) in entries(relation, "triggers") {
        trigger(w, key, name, value);
        firing(w, key, "TRIGGER", name, value);
        part_comment(w, "TRIGGER", Some(name), &sql_name(key), value);
    }
}

fn trigger(w: &mut Writer<'_>, key: &Node, name: &Node, value: &Node) {
    directives(w, value);
    w.about(name).words(match value.flag("constraint") {
        true => "CREATE CONSTRAINT TRIGGER ",
        false => "CREATE TRIGGER ",
    });
    w.plain_name(name).words(" ");
    if let Some(timing) = value.get("timing") {
        keyword(w, timing);
    }
    for (number, event) in value.all("events").into_iter().enumerate() {
        w.about(event)
            .words(if number == 0 { " " } else { " OR " })
            .sql(event);
    }
    w.about(name).words(" ON ").name(key);
    if let Some(from) = value.get("from") {
        w.about(from).words(" FROM ").name(from);
    }
    if value.flag("deferrable") || value.flag("initially_deferred") {
        w.words(" DEFERRABLE");
    }
    if value.flag("initially_deferred") {
        w.words(" INITIALLY DEFERRED");
    }
    let (old, new) = (value.get("old_table"), value.get("new_table"));
    if old.is_some() || new.is_some() {
        w.words(" REFERENCING");
    }
    for (table, words) in [(old, " OLD TABLE AS "), (new, " NEW TABLE AS ")] {
        if let Some(table) = table {
            w.about(table).words(words).plain_name(table);
        }
    }
    match value.get("for_each") {
        Some(each) => {
            w.about(each).words(" FOR EACH ");
            keyword(w, each);
        }
        None => drop(w.about(name).words(" FOR EACH ROW")),
    }
    if let Some(condition) = value.get("when") {
        w.about(condition).words(" WHEN (").sql(condition).words(")");
    }
    if let Some(function) = value.get("execute") {
        w.about(function).words(" EXECUTE FUNCTION ").sql(function);
        if function.text().is_some_and(|text| !text.contains('(')) {
            w.words("()");
        }
    }
    w.end();
}

/// `ENABLE ALWAYS TRIGGER` and its like.
fn firing(w: &mut Writer<'_>, key: &Node, word: &str, name: &Node, value: &Node) {
    let Some(enabled) = value.get("enabled") else {
        return;
    };
    let state = match enabled.text() {
        Some("false") => "DISABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        _ => return,
    };
    w.about(enabled).words("ALTER TABLE ").name(key);
    w.about(enabled)
        .words(&format!(" {state} {word} "))
        .plain_name(name)
        .end();
}

/// The rules of a relation.
pub(super) fn rules(w: &mut Writer<'_>, key: &Node, relation: &Node) {
    for (name, value) in entries(relation, "rules") {
        directives(w, value);
        w.about(name)
            .words("CREATE RULE ")
            .plain_name(name)
            .words(" AS ON ");
        if let Some(event) = value.get("event") {
            keyword(w, event);
        }
        w.about(name).words(" TO ").name(key);
        if let Some(condition) = value.get("where") {
            w.about(condition).words(" WHERE ").sql(condition);
        }
        w.about(name).words(if value.flag("instead") {
            " DO INSTEAD "
        } else {
            " DO ALSO "
        });
        let actions = value.all("do");
        match actions.as_slice() {
            [one] => drop(w.sql(one)),
            several => {
                for (number, action) in several.iter().enumerate() {
                    w.about(action)
                        .words(if number == 0 { "(" } else { "; " })
                        .sql(action);
                }
                w.words(")");
            }
        }
        w.end();
        firing(w, key, "RULE", name, value);
        part_comment(w, "RULE", Some(name), &sql_name(key), value);
    }
}

/// The policies of a table.
pub(super) fn policies(w: &mut Writer<'_>, key: &Node, table: &Node) {
    for (name, value) in entries(table, "policies") {
        directives(w, value);
        w.about(name)
            .words("CREATE POLICY ")
            .plain_name(name)
            .words(" ON ")
            .name(key);
        if value.flag("restrictive") {
            w.words(" AS RESTRICTIVE");
        }
        if let Some(command) = value.get("command") {
            w.about(command).words(" FOR ");
            keyword(w, command);
        }
        for (number, role) in value.all("to").into_iter().enumerate() {
            w.about(role)
                .words(if number == 0 { " TO " } else { ", " })
                .plain_name(role);
        }
        let using = match value.is_map() {
            true => value.get("using"),
            false => Some(value),
        };
        for (condition, words) in [(using, " USING ("), (value.get("check"), " WITH CHECK (")] {
            if let Some(condition) = condition {
                w.about(condition).words(words).sql(condition).words(")");
            }
        }
        w.end();
        part_comment(w, "POLICY", Some(name), &sql_name(key), value);
    }
}
