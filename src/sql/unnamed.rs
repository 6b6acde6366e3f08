//! `EXISTS (SELECT 'x' FROM t)`, whose constant the server prints in two ways.
//!
//! In the lists of subqueries it makes `'x'::text` of a constant without a name. That text, executed, is a column that bears
//! the name of the type, `'x'::text AS text`, and that stays as it is: the stable spelling. They mean the same, and a catalog
//! holds the stable one. So that a view is made as its files make it, down to the last letter of a dump, what was printed in
//! the first way is executed as the bare `'x'`.

use super::quoted_ident;
use std::collections::BTreeSet;
use std::ops::Range;

/// A constant that is a column of a subquery and says no other name than that of its type.
struct Constant {
    /// With its cast, without a name.
    place: Range<usize>,
    /// The constant alone.
    bare: Range<usize>,
    /// What follows in the stable spelling: ` AS text`.
    name: String,
    is_named: bool,
}

/// The stable spelling of what the server prints; none where it is that already.
pub fn named(text: &str) -> Option<String> {
    let constants = constants(text);
    let mut out = String::new();
    let mut from = 0;
    for constant in constants.iter().filter(|constant| !constant.is_named) {
        out.push_str(&text[from..constant.place.end]);
        out.push_str(&constant.name);
        from = constant.place.end;
    }
    (from > 0).then(|| out + &text[from..])
}

/// The constants of a text that are not in their stable spelling, as they are printed.
pub fn unnamed_constants(text: &str) -> Vec<String> {
    let constants = constants(text).into_iter();
    let unnamed = constants.filter(|constant| !constant.is_named);
    unnamed.map(|constant| text[constant.place].to_owned()).collect()
}

/// The statement with words that the server prints in the first way for those constants that are among `first`; none where there
/// is none.
pub fn in_bare_words(statement: &str, first: &BTreeSet<String>) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    for constant in constants(statement) {
        if first.contains(&statement[constant.place.clone()]) && constant.is_named {
            out.push_str(&statement[from..constant.place.start]);
            out.push_str(&statement[constant.bare]);
            from = constant.place.end + constant.name.len();
        }
    }
    (from > 0).then(|| out + &statement[from..])
}

/// A condition that compares with what the server prints, in literals, with its first way of printing for those constants; none
/// where there is none.
pub fn as_unnamed(condition: &str, first: &BTreeSet<String>) -> Option<String> {
    if !condition.contains("SELECT ''") && !condition.contains(" ''") && !condition.contains("NULL::") {
        return None;
    }
    let in_literal = |text: &str| text.replace('\'', "''");
    let mut said = condition.to_owned();
    for printed in first {
        if let Some((_, _, name)) = constant(printed) {
            said = said.replace(&in_literal(&format!("{printed}{name}")), &in_literal(printed));
        }
    }
    (said != condition).then_some(said)
}

/// The constants in the lists of subqueries. The outermost list of a view says all its names; that of a function's body or a
/// rule's action does not.
fn constants(text: &str) -> Vec<Constant> {
    if !(text.contains("SELECT ") || text.contains("RETURNING ")) || !text.contains("::") {
        return Vec::new();
    }
    let outermost = usize::from(!is_of_code(text));
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // Of each open parenthesis, where the item of a list began that is being read in it.
    let mut items: Vec<Option<usize>> = vec![None];
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => items.push(None),
            (None, b')') => {
                end(text, items.pop().flatten(), at, &mut found);
                if items.is_empty() {
                    return Vec::new();
                }
            }
            (None, b',' | b';') => {
                if let Some(item) = items.last_mut() {
                    let began = item.take();
                    *item = began.filter(|_| byte == b',').map(|_| at + 1);
                    end(text, began, at, &mut found);
                }
            }
            (None, b)
                if b.is_ascii_uppercase()
                    && !at.checked_sub(1).is_some_and(|before| is_word(bytes[before])) =>
            {
                let length = bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
                let depth = items.len() - 1;
                if let Some(item) = items.last_mut() {
                    match &text[at..at + length] {
                        "SELECT" | "RETURNING" if depth >= outermost => *item = Some(at + length),
                        "FROM" | "WHERE" | "GROUP" | "HAVING" | "WINDOW" | "UNION" | "INTERSECT"
                        | "EXCEPT" | "ORDER" | "LIMIT" | "OFFSET" | "FETCH" | "FOR" => {
                            end(text, item.take(), at, &mut found)
                        }
                        "DISTINCT" => *item = item.map(|_| at + length),
                        _ => {}
                    }
                }
                at += length;
                continue;
            }
            (None, _) => {}
        }
        at += 1;
    }
    end(text, items.pop().flatten(), text.len(), &mut found);
    found.sort_by_key(|constant| constant.place.start);
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte == b'.' || byte >= 0x80
}

fn is_of_code(text: &str) -> bool {
    let code = ["FUNCTION ", "PROCEDURE ", "RULE "];
    let text = text.trim_start();
    let rest = text
        .strip_prefix("CREATE OR REPLACE ")
        .or_else(|| text.strip_prefix("CREATE "));
    rest.is_some_and(|rest| code.iter().any(|word| rest.starts_with(word)))
}

/// Notes the item of a list that goes from one place to another, where it is a constant.
fn end(text: &str, began: Option<usize>, to: usize, found: &mut Vec<Constant>) {
    let Some(began) = began else {
        return;
    };
    let item = &text[began..to];
    let start = began + (item.len() - item.trim_start().len());
    let item = item.trim();
    if let Some((bare, whole, name)) = constant(item) {
        let rest = &item[whole..];
        if rest.is_empty() || rest == name {
            found.push(Constant {
                place: start..start + whole,
                bare: start..start + bare,
                is_named: !rest.is_empty(),
                name,
            });
        }
    }
}

/// Where the constant ends that an item begins with, where its cast ends, and the name that it bears.
fn constant(item: &str) -> Option<(usize, usize, String)> {
    let bare = if item.starts_with("NULL::") {
        "NULL".len()
    } else {
        let open = item
            .find('\'')
            .filter(|open| item[..*open].is_empty() || &item[..*open] == "E")?;
        let mut at = open + 1;
        loop {
            at += item[at..].find('\'')?;
            match item[at + 1..].starts_with('\'') {
                true => at += 2,
                false => break at + 1,
            }
        }
    };
    let cast = item[bare..].strip_prefix("::")?;
    let data_type = cast.split_once(" AS ").map_or(cast, |(data_type, _)| data_type);
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"' | '(' | ')' | ',' | '[' | ']');
    let name = name_of(data_type).filter(|_| data_type.chars().all(plain))?;
    Some((
        bare,
        item.len() - cast.len() + data_type.len(),
        format!(" AS {name}"),
    ))
}

/// The name that a column gets from a cast to that type.
fn name_of(data_type: &str) -> Option<String> {
    let plain = data_type.trim_end_matches("[]");
    let plain = match plain.split_once('(') {
        Some((name, rest)) => format!("{name}{}", rest.split_once(')')?.1),
        None => plain.to_owned(),
    };
    let name = match plain.as_str() {
        "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "boolean" => "bool",
        "character varying" => "varchar",
        "character" => "bpchar",
        "bit varying" => "varbit",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        other => {
            let last = other.rsplit_once('.').map_or(other, |(_, last)| last);
            let unquoted = last.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
            return match unquoted {
                Some(_) => Some(last.to_owned()),
                None => (!last.is_empty() && !last.contains([' ', '"'])).then(|| quoted_ident(last)),
            };
        }
    };
    Some(quoted_ident(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "SELECT 'o'::text,\n    ( SELECT 'none, '::text) AS q\n   FROM ( SELECT t.a AS id,\n            'one'::text AS src\n           FROM t\n        UNION ALL\n         SELECT t.a,\n            'it''s'::text\n           FROM t) c\n  WHERE (EXISTS ( SELECT NULL::character varying\n           FROM t s))";

    #[test]
    fn constants_of_subqueries_bear_the_names_of_their_types() {
        let stable = named(PRINTED).unwrap();
        assert_eq!(
            stable,
            "SELECT 'o'::text,\n    ( SELECT 'none, '::text AS text) AS q\n   FROM ( SELECT t.a AS id,\n            'one'::text AS src\n           FROM t\n        UNION ALL\n         SELECT t.a,\n            'it''s'::text AS text\n           FROM t) c\n  WHERE (EXISTS ( SELECT NULL::character varying AS \"varchar\"\n           FROM t s))"
        );
        assert_eq!(named(&stable), None);
        let first: BTreeSet<String> = unnamed_constants(PRINTED).into_iter().collect();
        assert_eq!(first.len(), 3);
        let words = in_bare_words(&format!("CREATE VIEW v AS {stable}"), &first).unwrap();
        assert!(words.contains("( SELECT 'none, ') AS q") && words.contains("'it''s'\n"));
        assert!(words.contains("EXISTS ( SELECT NULL\n"));
        let condition = format!("pg_get_viewdef('v') = '{}'", stable.replace('\'', "''"));
        let printed = format!("pg_get_viewdef('v') = '{}'", PRINTED.replace('\'', "''"));
        assert_eq!(as_unnamed(&condition, &first), Some(printed));
    }

    #[test]
    fn what_is_no_constant_stays() {
        for text in [
            "SELECT 'x'::text FROM t",
            "(EXISTS ( SELECT 1 FROM t))",
            "( SELECT f('x'::text) FROM t)",
            "( SELECT ('x'::text || a) FROM t)",
            "( SELECT 'x'::text AS y FROM t)",
            "(a = 'x'::text)",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
        assert!(named("CREATE OR REPLACE FUNCTION f()\nBEGIN ATOMIC\n SELECT 'x'::text;\nEND").is_some());
    }
}
