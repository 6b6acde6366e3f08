//! Fewer parentheses: the server's own printing puts a pair around everything.
//!
//! A pair goes where PostgreSQL's parser reads the same tree without it, and nowhere else.

use super::words::{Word, words};
use serde_json::Value;
use std::collections::BTreeSet;

/// With more pairs than this the text stays: every attempt is a parse.
const MOST: usize = 160;

/// Words behind a condition.
const CLAUSES: &[&str] = &[
    "group", "order", "limit", "having", "union", "join", "left", "right", "full", "inner", "cross", "where",
];

/// An expression without the pairs that say nothing.
pub fn bare(text: &str) -> String {
    let mut text = text.trim();
    while text.starts_with('(') && crate::sql::closing(text, 0) == Some(text.len() - 1) {
        let inside = text[1..text.len() - 1].trim();
        // A subquery is none without its own.
        let first = inside
            .split(|c: char| !c.is_ascii_alphabetic())
            .next()
            .unwrap_or_default();
        if ["SELECT", "WITH", "VALUES"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
        {
            break;
        }
        text = inside;
    }
    fewer("SELECT ", text)
}

/// A statement without the pairs that say nothing.
pub(super) fn statement(text: &str) -> String {
    fewer("", text)
}

fn fewer(lead: &str, text: &str) -> String {
    let Some(words) = words(text) else {
        return text.to_owned();
    };
    let pairs = candidates(&words);
    if pairs.is_empty() || pairs.len() > MOST {
        return text.to_owned();
    }
    let Some(tree) = tree(&format!("{lead}{text}")) else {
        return text.to_owned();
    };
    let same = |gone: &BTreeSet<usize>| {
        self::tree(&format!("{lead}{}", without(text, &words, gone))).as_ref() == Some(&tree)
    };
    let mut gone = BTreeSet::new();
    drop_pairs(&pairs, &mut gone, &same);
    without(text, &words, &gone)
}

/// All of them at once where that will do, else one half after the other.
fn drop_pairs(pairs: &[(usize, usize)], gone: &mut BTreeSet<usize>, same: &dyn Fn(&BTreeSet<usize>) -> bool) {
    if pairs.is_empty() {
        return;
    }
    let mut tried = gone.clone();
    tried.extend(pairs.iter().flat_map(|(open, close)| [*open, *close]));
    if same(&tried) {
        *gone = tried;
    } else if pairs.len() > 1 {
        let (first, second) = pairs.split_at(pairs.len() / 2);
        drop_pairs(first, gone, same);
        drop_pairs(second, gone, same);
    }
}

/// Pairs that group: no arguments, no lists, no subqueries.
fn candidates(words: &[Word<'_>]) -> Vec<(usize, usize)> {
    let mut open: Vec<usize> = Vec::new();
    let mut pairs = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.text {
            "(" => open.push(at),
            ")" => {
                if let Some(start) = open.pop()
                    && may_group(words, start, at)
                {
                    pairs.push((start, at));
                }
            }
            _ => {}
        }
    }
    pairs
}

fn may_group(words: &[Word<'_>], open: usize, close: usize) -> bool {
    let lower = |at: usize| {
        words
            .get(at)
            .map(|word| word.text.to_ascii_lowercase())
            .unwrap_or_default()
    };
    let before = open.checked_sub(1).map(lower).unwrap_or_default();
    let call = open > 0
        && (words[open - 1].is_plain_name()
            || matches!(
                before.as_str(),
                ")" | "]" | "in" | "any" | "all" | "exists" | "values" | "check" | "join"
            ));
    let query = matches!(lower(open + 1).as_str(), "select" | "values" | "with");
    let begins = matches!(
        before.as_str(),
        "" | "where" | "on" | "when" | "having" | "using" | "("
    );
    let after = lower(close + 1);
    let ends = begins && (matches!(after.as_str(), "" | ")" | ";") || CLAUSES.contains(&after.as_str()));
    !call && !query && (ends || !mixes(&words[open + 1..close]))
}

/// AND and OR side by side are easier to read with the pairs between them.
fn mixes(inside: &[Word<'_>]) -> bool {
    let mut depth = 0_i32;
    inside.iter().any(|word| {
        match word.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth == 0 && (word.text.eq_ignore_ascii_case("and") || word.text.eq_ignore_ascii_case("or"))
    })
}

fn without(text: &str, words: &[Word<'_>], gone: &BTreeSet<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, word) in words.iter().enumerate() {
        out.push_str(&text[from..word.start]);
        if !gone.contains(&at) {
            let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '\'' || c == '"' || c == '$';
            // Two words that only the parenthesis held apart.
            if from == word.start
                && at > 0
                && gone.contains(&(at - 1))
                && out.ends_with(joins)
                && word.text.starts_with(joins)
            {
                out.push(' ');
            }
            out.push_str(word.text);
        }
        from = word.end;
    }
    out.push_str(&text[from..]);
    out
}

/// What the parser makes of a text, places apart.
fn tree(text: &str) -> Option<Value> {
    let parsed = pg_query::parse(text, 0).ok()?;
    if parsed.protobuf.stmts.len() != 1 {
        return None;
    }
    let mut tree = serde_json::to_value(&parsed.protobuf.stmts[0].stmt).ok()?;
    forget_places(&mut tree);
    Some(tree)
}

fn forget_places(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget_places),
        Value::Object(fields) => {
            fields.retain(|key, value| {
                let place =
                    key.contains("location") || key.ends_with("list_start") || key.ends_with("list_end");
                !(place && value.is_number())
            });
            fields.values_mut().for_each(forget_places);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_say_nothing_go() {
        for (long, short) in [
            ("((a > 0))", "a > 0"),
            ("((a)::text = 'x'::text)", "a::text = 'x'::text"),
            ("((a IS NULL) AND (b <> ''::text))", "a IS NULL AND b <> ''::text"),
            ("((a AND b) OR (NOT c))", "(a AND b) OR NOT c"),
            ("((a + b) * (c)::numeric)", "(a + b) * c::numeric"),
            ("((a * b) + c)", "a * b + c"),
            ("(lower((email)::text))", "lower(email::text)"),
            ("(a = ')')", "a = ')'"),
            (
                "(a = ANY (ARRAY['x'::text, 'y'::text]))",
                "a = ANY (ARRAY['x'::text, 'y'::text])",
            ),
            ("('-1'::integer)", "'-1'::integer"),
            ("(((a).b) > 1)", "(a).b > 1"),
            ("((a, b) = ROW(1, 2))", "(a, b) = ROW(1, 2)"),
            ("(NOT (a = b))", "NOT a = b"),
            ("(- (5))", "- 5"),
            ("(EXISTS ( SELECT 1))", "EXISTS ( SELECT 1)"),
            ("(a > 0) AND (b > 0)", "a > 0 AND b > 0"),
            ("not an expression (", "not an expression ("),
        ] {
            assert_eq!(bare(long), short, "{long}");
        }
    }

    #[test]
    fn joins_stand_without_pairs() {
        assert_eq!(
            statement(
                "SELECT 1 FROM ((a JOIN b ON ((a.x = b.x))) LEFT JOIN c ON ((c.y = b.y))) WHERE ((a.x > 0))"
            ),
            "SELECT 1 FROM a JOIN b ON a.x = b.x LEFT JOIN c ON c.y = b.y WHERE a.x > 0"
        );
        assert_eq!(
            statement("SELECT 1 FROM (a JOIN (b JOIN c ON ((b.x = c.x))) ON ((a.x = b.x)))"),
            "SELECT 1 FROM a JOIN (b JOIN c ON b.x = c.x) ON a.x = b.x"
        );
    }
}
