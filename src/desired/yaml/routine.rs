//! Functions, procedures, aggregates.

use super::common::{Owned, directives, keyword};
use super::tree::Node;
use super::writer::{Writer, quoted};
use crate::sql;
use crate::text::{Span, dotted_name};
use pg_query::protobuf::Token;

/// Settings that hold a list of names.
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "temp_tablespaces",
];

/// `add(a integer)`: where the name ends, and the name as SQL.
fn signature(key: &Node) -> (String, usize) {
    let text = key.text().unwrap_or_default();
    let mut quotes = false;
    let end = text.char_indices().find(|(_, c)| {
        quotes ^= *c == '"';
        *c == '(' && !quotes
    });
    let end = end.map_or(text.len(), |(at, _)| at);
    let name = text.get(..end).unwrap_or_default().trim();
    let parts = match name.contains('"') {
        true => dotted_name(name, false).unwrap_or_else(|| vec![name.to_owned()]),
        false => name.split('.').map(str::to_owned).collect(),
    };
    (quoted(&parts), end)
}

/// The name and the arguments as they stand in the key.
fn write_signature(w: &mut Writer<'_>, key: &Node) {
    let (name, end) = signature(key);
    let text = key.text().unwrap_or_default();
    w.made(key, &name);
    match end == text.len() {
        true => drop(w.words("()")),
        false => drop(w.part_of(key, Span::new(end, text.trim_end().len()))),
    }
}

/// The arguments without their defaults, which ALTER and COMMENT do not take.
fn without_defaults(key: &Node) -> String {
    let (name, end) = signature(key);
    let text = key.text().unwrap_or_default();
    let arguments = text.get(end..).unwrap_or_default();
    if arguments.is_empty() {
        return format!("{name}()");
    }
    let mut kept = String::new();
    let mut depth = 0;
    let mut skips = false;
    let mut from = 0;
    for token in pg_query::scan_tokens(arguments).unwrap_or_default() {
        let range = usize::try_from(token.start)
            .ok()
            .zip(usize::try_from(token.end).ok());
        let Some((start, end)) = range else { continue };
        match Token::try_from(token.token) {
            Ok(Token::Ascii40 | Token::Ascii91) => depth += 1,
            Ok(Token::Ascii41 | Token::Ascii93) => depth -= 1,
            Ok(Token::Default | Token::Ascii61) if depth == 1 => skips = true,
            _ => {}
        }
        let ends = depth == 0 || (depth == 1 && token.token == Token::Ascii44 as i32);
        if skips && ends {
            skips = false;
            from = start;
        }
        if !skips {
            kept.push_str(arguments.get(from..end).unwrap_or_default());
            from = end;
        }
    }
    format!("{name}{kept}")
}

fn owned<'a>(word: &'static str, granted: &'static str, key: &'a Node) -> Owned<'a> {
    Owned {
        word,
        granted,
        key,
        name: without_defaults(key),
    }
}

/// A function.
pub(super) fn function(w: &mut Writer<'_>, key: &Node, value: &Node) {
    directives(w, value);
    w.about(key).words("CREATE FUNCTION ");
    write_signature(w, key);
    if let Some(result) = value.get("returns") {
        w.about(result).words("\n  RETURNS ").sql(result);
    }
    language(w, key, value);
    attributes(w, value);
    body(w, key, value);
    owned("FUNCTION", "FUNCTION", key).write(w, value);
}

/// A procedure.
pub(super) fn procedure(w: &mut Writer<'_>, key: &Node, value: &Node) {
    directives(w, value);
    w.about(key).words("CREATE PROCEDURE ");
    write_signature(w, key);
    language(w, key, value);
    body(w, key, value);
    owned("PROCEDURE", "PROCEDURE", key).write(w, value);
}

fn language(w: &mut Writer<'_>, key: &Node, value: &Node) {
    match value.get("language") {
        Some(language) => drop(w.about(language).words("\n  LANGUAGE ").sql(language)),
        None => drop(w.about(key).words("\n  LANGUAGE sql")),
    }
    for (number, kind) in value.all("transform").into_iter().enumerate() {
        w.about(kind)
            .words(if number == 0 {
                " TRANSFORM FOR TYPE "
            } else {
                ", FOR TYPE "
            })
            .sql(kind);
    }
}

fn attributes(w: &mut Writer<'_>, value: &Node) {
    if let Some(volatility) = value.get("volatility") {
        w.about(volatility).words(" ");
        keyword(w, volatility);
    }
    for (flag, words) in [
        ("strict", " STRICT"),
        ("leakproof", " LEAKPROOF"),
        ("window", " WINDOW"),
    ] {
        if let Some(said) = value.get(flag).filter(|_| value.flag(flag)) {
            w.about(said).words(words);
        }
    }
    if let Some(parallel) = value.get("parallel") {
        w.about(parallel).words(" PARALLEL ");
        keyword(w, parallel);
    }
    for (option, words) in [("cost", " COST "), ("rows", " ROWS "), ("support", " SUPPORT ")] {
        if let Some(said) = value.get(option) {
            w.about(said).words(words).sql(said);
        }
    }
}

fn body(w: &mut Writer<'_>, key: &Node, value: &Node) {
    if let Some(security) = value.get("security") {
        w.about(security).words(" SECURITY ");
        keyword(w, security);
    }
    for (name, setting) in value.get("set").map(Node::entries).unwrap_or_default() {
        w.about(name).words("\n  SET ").name(name).words(" TO ");
        w.made(setting, &setting_value(name, setting));
    }
    if let Some(body) = value.get("sql_body") {
        w.about(body).words("\n").sql(body);
    }
    if let Some(body) = value.get("body") {
        let text = body.text().unwrap_or_default();
        let quotes = dollar_quotes(text);
        w.about(body).words(&format!("\n  AS {quotes}"));
        w.part_of(body, Span::new(0, text.len()));
        w.about(body).words(&quotes);
    }
    if let Some(symbol) = value.get("symbol") {
        w.about(symbol).words(", ").literal(symbol);
    }
    w.about(key).end();
}

/// A setting's value as SQL: names one by one, anything else as one string.
fn setting_value(name: &Node, value: &Node) -> String {
    let text = value.text().unwrap_or_default();
    let list = name
        .text()
        .is_some_and(|name| LISTS.contains(&name.to_ascii_lowercase().as_str()));
    if !list || text.trim().is_empty() {
        return sql::literal(text);
    }
    let parts: Vec<String> = text
        .split(',')
        .map(|part| {
            let part = part.trim();
            let name = dotted_name(part, true).and_then(|names| names.into_iter().next());
            sql::literal(&name.unwrap_or_else(|| part.to_owned()))
        })
        .collect();
    parts.join(", ")
}

/// Dollar quotes that do not stand in the text.
fn dollar_quotes(text: &str) -> String {
    let mut quotes = "$$".to_owned();
    let mut number = 0;
    // A dollar at the end would join with the closing ones.
    while text.contains(&quotes) || (text.ends_with('$') && quotes == "$$") {
        quotes = match number {
            0 => "$body$".to_owned(),
            _ => format!("$body{number}$"),
        };
        number += 1;
    }
    quotes
}

/// Parameters of CREATE AGGREGATE: the key, its words, and whether its value is a string.
const PARAMETERS: &[(&str, &str, bool)] = &[
    ("sfunc", "SFUNC", false),
    ("stype", "STYPE", false),
    ("sspace", "SSPACE", false),
    ("finalfunc", "FINALFUNC", false),
    ("finalfunc_modify", "FINALFUNC_MODIFY", false),
    ("combinefunc", "COMBINEFUNC", false),
    ("serialfunc", "SERIALFUNC", false),
    ("deserialfunc", "DESERIALFUNC", false),
    ("initcond", "INITCOND", true),
    ("msfunc", "MSFUNC", false),
    ("minvfunc", "MINVFUNC", false),
    ("mstype", "MSTYPE", false),
    ("msspace", "MSSPACE", false),
    ("mfinalfunc", "MFINALFUNC", false),
    ("mfinalfunc_modify", "MFINALFUNC_MODIFY", false),
    ("minitcond", "MINITCOND", true),
    ("sortop", "SORTOP", false),
    ("parallel", "PARALLEL", false),
];

/// Parameters that are words alone.
const MARKS: &[(&str, &str)] = &[
    ("finalfunc_extra", "FINALFUNC_EXTRA"),
    ("mfinalfunc_extra", "MFINALFUNC_EXTRA"),
    ("hypothetical", "HYPOTHETICAL"),
];

/// An aggregate.
pub(super) fn aggregate(w: &mut Writer<'_>, key: &Node, value: &Node) {
    directives(w, value);
    w.about(key).words("CREATE AGGREGATE ");
    write_signature(w, key);
    let mut between = " (\n  ";
    for (option, words, text) in PARAMETERS {
        let Some(said) = value.get(option) else { continue };
        w.about(said).words(&format!("{between}{words} = "));
        match text {
            true => w.literal(said),
            false => w.sql(said),
        };
        between = ",\n  ";
    }
    for (option, words) in MARKS {
        if let Some(said) = value.get(option).filter(|_| value.flag(option)) {
            w.about(said).words(&format!("{between}{words}"));
        }
    }
    w.about(key).words("\n)").end();
    owned("AGGREGATE", "FUNCTION", key).write(w, value);
}
