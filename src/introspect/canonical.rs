//! One spelling for what the server prints in two ways.
//!
//! What the server deparses, executed and deparsed again, is not always the same text. Without this a schema that was
//! just applied would differ from the files it came from. Each rule turns the first printing into the second, which is
//! stable, and changes no meaning.

use crate::model::Expr;
use crate::sql::{closing, flattened, named, nested_lists, stable_lists, unnamed_constants};

/// The stable spelling of a deparsed expression, query or definition.
pub(super) fn canonical(text: &str) -> String {
    let text = but_for_lists(text);
    flattened(&text).unwrap_or(text)
}

/// The stable spelling of everything but lists in lists, which may hold all the rest.
fn but_for_lists(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains("(VALUES ") {
        text = text.replace("(VALUES ", "( VALUES ");
    }
    if text.contains("(ARRAY[") {
        text = casts_inside_arrays(text);
    }
    named(&text).unwrap_or(text)
}

/// The lists of a text, as the server has printed it, that are not in their stable spelling: `IN` lists in that one, lists in
/// lists as they are printed but for what is in them.
pub(super) fn first_printed(printed: &str) -> Vec<String> {
    let mut first = Vec::new();
    if printed.contains("(ARRAY[") {
        let lists = stable_lists(&casts_inside_arrays(printed.to_owned())).into_iter();
        first.extend(lists.filter(|list| !printed.contains(list.as_str())));
    }
    if flattened(printed).is_some() {
        first.extend(nested_lists(&but_for_lists(printed)));
    }
    first.extend(unnamed_constants(printed));
    first
}

/// [`canonical`] for an expression.
pub(super) fn canonical_expr(expr: &Expr) -> Expr {
    Expr::new(canonical(expr.as_str()))
}

/// `(ARRAY['a'::character varying, 'b'::character varying])::text[]`, which is how `IN` over a varchar column comes out,
/// is printed `ARRAY[('a'::character varying)::text, ('b'::character varying)::text]` the second time.
fn casts_inside_arrays(mut text: String) -> String {
    let mut from = 0;
    while let Some(open) = text[from..].find("(ARRAY[").map(|at| from + at) {
        from = open + 1;
        let Some(rewritten) = rewrite(&text, open) else {
            continue;
        };
        text = rewritten;
    }
    text
}

/// Rewrites the array that opens at `open`; `None` where it is not the whole of a cast to an array type.
fn rewrite(text: &str, open: usize) -> Option<String> {
    let close = closing(text, open)?;
    let inside = text[open + 1..close].strip_prefix("ARRAY[")?.strip_suffix(']')?;
    let rest = text[close + 1..].strip_prefix("::")?;
    let (element, behind) = array_type(rest)?;
    let elements = split(inside)?;
    let casts: Vec<String> = elements
        .iter()
        .map(|item| {
            let item = item.trim();
            let bare = item.starts_with('(') && closing(item, 0) == Some(item.len() - 1);
            if bare {
                format!("{item}::{element}")
            } else {
                format!("({item})::{element}")
            }
        })
        .collect();
    Some(format!("{}ARRAY[{}]{behind}", &text[..open], casts.join(", ")))
}

/// The type in front of `[]`, and what follows the brackets.
fn array_type(text: &str) -> Option<(&str, &str)> {
    let brackets = text.find("[]")?;
    let name = &text[..brackets];
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"' | '(' | ')' | ',');
    (!name.is_empty() && name.chars().all(plain) && balanced(name)).then(|| (name, &text[brackets + 2..]))
}

fn balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// The pieces between commas that stand in no parentheses, brackets or quotes; `None` for an array in an array.
fn split(text: &str) -> Option<Vec<&str>> {
    let mut pieces = Vec::new();
    let mut depth = 0_i32;
    let mut quote = None;
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => depth -= 1,
            (None, b',') if depth == 0 => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    pieces.push(&text[start..]);
    let nested = pieces.iter().any(|piece| piece.trim().starts_with("ARRAY["));
    (!nested && depth == 0 && quote.is_none()).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_of_an_array_goes_to_its_elements() {
        assert_eq!(
            canonical(
                "((s)::text = ANY ((ARRAY['a,]'::character varying, 'b'::character varying])::text[]))"
            ),
            "((s)::text = ANY (ARRAY[('a,]'::character varying)::text, ('b'::character varying)::text]))"
        );
        assert_eq!(
            canonical("(x = ANY ((ARRAY[(1 + 2), 3])::numeric(10,2)[]))"),
            "(x = ANY (ARRAY[(1 + 2)::numeric(10,2), (3)::numeric(10,2)]))"
        );
    }

    #[test]
    fn a_list_at_the_head_of_its_like_is_taken_apart() {
        for (first, second) in [
            (
                "(((b >= 0) AND (b <= 10)) AND (a >= 0))",
                "((b >= 0) AND (b <= 10) AND (a >= 0))",
            ),
            ("((((a) OR (b)) OR (c)) OR (d))", "((a) OR (b) OR (c) OR (d))"),
            (
                "f((((a = ') AND ('::text) AND b) AND c), (((\"(\" OR b) OR c) AND d))",
                "f(((a = ') AND ('::text) AND b AND c), ((\"(\" OR b OR c) AND d))",
            ),
        ] {
            assert_eq!(canonical(first), second);
            assert_eq!(canonical(second), second);
        }
    }

    #[test]
    fn other_lists_stay() {
        for text in [
            "((a >= 0) AND ((b >= 0) AND (b <= 10)))",
            "(((a) OR (b)) AND (c))",
            "((a = '((x AND y) AND z)'::text) AND b)",
            "(( SELECT a AND b) AND c)",
        ] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn other_arrays_stay() {
        for text in [
            "(x = ANY (ARRAY[1, 2]))",
            "((ARRAY[1, 2])::text)",
            "f((ARRAY[ARRAY[1]])::int[])",
        ] {
            assert_eq!(canonical(text), text);
        }
    }
}
