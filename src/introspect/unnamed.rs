//! Constants without a name in lists that nobody sees.
//!
//! `EXISTS (SELECT 'x' …)` or the second branch of a UNION has a column without a name, and is printed `SELECT 'x'::text`. Executed, the
//! column is named by its cast, and the server prints `SELECT 'x'::text AS text`, which stays.

use crate::sql;

/// Words behind which a list ends, of those that can follow one.
const ENDS: [&str; 13] = [
    "FROM",
    "WHERE",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
];

/// What types that the grammar has words for are called in the catalog.
const TYPES: [(&str, &str); 8] = [
    ("character varying", "varchar"),
    ("integer", "int4"),
    ("bigint", "int8"),
    ("smallint", "int2"),
    ("boolean", "bool"),
    ("double precision", "float8"),
    ("real", "float4"),
    ("timestamp with time zone", "timestamptz"),
];

/// The text with the name that each such constant has the second time.
pub(super) fn named(text: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    for item in items(text) {
        let said = text[item.0..item.1].trim_end();
        if let Some(name) = name_by_cast(said) {
            let end = item.0 + said.len();
            out.push_str(&text[from..end]);
            out.push_str(" AS ");
            out.push_str(&name);
            from = end;
        }
    }
    out + &text[from..]
}

/// The items of the text's lists, from where to where; some that are none are among them.
fn items(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 128;
    // Where the current item begins, by depth of parentheses; none outside of a list.
    let mut lists: Vec<Option<usize>> = vec![None];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let mut next = at + 1;
        match byte {
            b'\'' | b'"' => {
                let close = bytes[next..].iter().position(|other| *other == byte);
                next = close.map_or(bytes.len(), |close| next + close + 1);
            }
            b'(' | b'[' => lists.push(None),
            b')' | b']' => {
                let list = lists.pop().flatten();
                found.extend(list.map(|start| (start, at)));
            }
            b',' | b';' => {
                if let Some(list) = lists.last_mut() {
                    found.extend(list.map(|start| (start, at)));
                    *list = list.filter(|_| byte == b',').map(|_| after_blank(text, next));
                }
            }
            _ if is_word(byte) => {
                next = at + bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
                let Some(list) = lists.last_mut() else { break };
                match &text[at..next] {
                    "SELECT" | "RETURNING" => *list = Some(after_blank(text, next)),
                    "DISTINCT" if *list == Some(at) => *list = Some(after_blank(text, next)),
                    word if ENDS.contains(&word) => found.extend(list.take().map(|start| (start, at))),
                    _ => {}
                }
            }
            _ => {}
        }
        at = next;
    }
    found.extend(lists.into_iter().flatten().map(|start| (start, bytes.len())));
    found.sort_by_key(|(_, end)| *end);
    found
}

fn after_blank(text: &str, from: usize) -> usize {
    from + text[from..].len() - text[from..].trim_start().len()
}

/// The name that a constant's cast gives to its column; none for anything else.
fn name_by_cast(item: &str) -> Option<String> {
    // A query in parentheses is named like its only column.
    if let Some(query) = item.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        && query.starts_with(" SELECT ")
        && sql::closing(item, 0) == Some(item.len() - 1)
    {
        let first = items(query).into_iter().min()?;
        return name_by_cast(query[first.0..first.1].trim_end());
    }
    let (constant, data_type) = item.rsplit_once("::")?;
    let literal = constant.strip_prefix('E').unwrap_or(constant);
    let inside = literal
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let is_literal = inside.is_some_and(|inside| !inside.replace("''", "").contains('\''));
    if !is_literal && constant != "NULL" {
        return None;
    }
    let bare = data_type.trim_end_matches("[]");
    let bare = match bare.split_once('(') {
        Some((name, rest)) if rest.ends_with(')') => name,
        _ => bare,
    };
    if let Some((_, name)) = TYPES.iter().find(|(printed, _)| *printed == bare) {
        return Some(match *name {
            "varchar" => "\"varchar\"".to_owned(),
            name => name.to_owned(),
        });
    }
    let own = bare.rsplit('.').next()?;
    let is_plain = ["text", "uuid", "date", "jsonb", "name", "oid"].contains(&own);
    let is_users = bare.contains('.')
        && own
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (is_plain || is_users).then(|| match is_plain {
        true => own.to_owned(),
        false => sql::ident(&crate::model::Ident::new(own)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_without_a_name_gets_that_of_its_cast() {
        for (first, second) in [
            (
                "SELECT ( SELECT 'k'::text\n FROM t), a;",
                "SELECT ( SELECT 'k'::text AS text\n FROM t) AS text, a;",
            ),
            (
                "(EXISTS ( SELECT 'x, (y'::text\n   FROM s\n  WHERE (s.c = 'k'::text)))",
                "(EXISTS ( SELECT 'x, (y'::text AS text\n   FROM s\n  WHERE (s.c = 'k'::text)))",
            ),
            (
                "SELECT a, 'one'::text AS src FROM t UNION ALL SELECT a, NULL::character varying(3)",
                "SELECT a, 'one'::text AS src FROM t UNION ALL SELECT a, NULL::character varying(3) AS \"varchar\"",
            ),
            (
                "ARRAY( SELECT DISTINCT 'it''s'::public.en, '{}'::integer[] UNION ALL SELECT 'b'::public.en, NULL::jsonb)",
                "ARRAY( SELECT DISTINCT 'it''s'::public.en AS en, '{}'::integer[] AS int4 UNION ALL SELECT 'b'::public.en AS en, NULL::jsonb AS jsonb)",
            ),
            (
                "BEGIN ATOMIC\n SELECT 'x'::text;\nEND",
                "BEGIN ATOMIC\n SELECT 'x'::text AS text;\nEND",
            ),
        ] {
            assert_eq!(named(first), second);
            assert_eq!(named(second), second);
        }
    }

    #[test]
    fn what_is_no_item_stays() {
        for text in [
            "f('x'::text, NULL::text)",
            "( VALUES ('x'::text), ('y'::text))",
            "SELECT ('x'::text || c) FROM t",
            "SELECT f('x'::text), 'x'::text COLLATE \"C\", ARRAY['y'::text] FROM t",
            "( SELECT 'a'::text = 'b'::text)",
            "'SELECT ''x''::text'",
        ] {
            assert_eq!(named(text), text);
        }
    }
}
