//! `x IN ('a', 'b')` over a varchar column, which the server prints in two ways.
//!
//! What it makes of the words `x IN ('a', 'b')` it prints as `(x)::text = ANY ((ARRAY['a'::character varying, …])::text[])`. That text,
//! executed, becomes `(x)::text = ANY (ARRAY[('a'::character varying)::text, …])`, which stays as it is: the stable spelling. They mean
//! the same, and a catalog holds the stable one. So that a table is made as its files make it, down to the last letter of a
//! dump, what was printed in the first way is executed as `(x) = ANY (ARRAY['a'::character varying, …])`, which is printed in
//! the first way again.

use super::closing;
use std::collections::BTreeSet;
use std::ops::Range;

/// A list in its stable spelling.
struct List {
    place: Range<usize>,
    /// The words that the server prints in the first way.
    words: String,
    /// What it prints then.
    printed: String,
}

/// The lists of a text in the stable spelling.
pub fn stable_lists(text: &str) -> Vec<String> {
    let lists = lists(text).into_iter();
    lists.map(|list| text[list.place].to_owned()).collect()
}

/// The statement with words that the server prints in the first way for those of its lists that are among `first`; None where
/// there is none.
pub fn in_first_words(statement: &str, first: &BTreeSet<String>) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    for list in lists(statement) {
        let said = &statement[list.place.clone()];
        if list.place.start >= from && (first.contains(said) || first.contains(&in_final_names(said))) {
            out.push_str(&statement[from..list.place.start]);
            out.push_str(&list.words);
            from = list.place.end;
        }
    }
    (from > 0).then(|| out + &statement[from..])
}

/// A list over a column that lives beside another, as it reads once that one bears its name, or did bear it.
fn in_final_names(list: &str) -> String {
    list.replace("schemaplan_new_", "").replace("schemaplan_old_", "")
}

/// A condition that compares with what the server prints, in literals, with its first way of printing for those lists; None where
/// there is none.
pub fn as_first_printed(condition: &str, first: &BTreeSet<String>) -> Option<String> {
    if !condition.contains("(ARRAY[(") {
        return None;
    }
    let in_literal = |text: &str| text.replace('\'', "''");
    let mut said = condition.to_owned();
    for text in first {
        let stable = in_literal(text);
        if let Some(list) = lists(text).first().filter(|_| said.contains(&stable)) {
            said = said.replace(&stable, &in_literal(&list.printed));
        }
    }
    (said != condition).then_some(said)
}

fn lists(text: &str) -> Vec<List> {
    let mut found = Vec::new();
    for word in [" ANY (ARRAY[(", " ALL (ARRAY[("] {
        let places = text.match_indices(word);
        found.extend(places.filter_map(|(at, _)| list_at(text, at)));
    }
    found.sort_by_key(|list| list.place.start);
    found
}

/// The list whose ` ANY (ARRAY[` begins at `at`.
fn list_at(text: &str, at: usize) -> Option<List> {
    let (left, operator) = text[..at].rsplit_once(' ')?;
    let cast = left.strip_suffix("::text").filter(|left| left.ends_with(')'))?;
    let start = opening(cast)?;
    let open = at + " ANY ".len();
    let close = closing(text, open)?;
    let mut rest = text[open + 1..close].strip_prefix("ARRAY[")?.strip_suffix(']')?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let end = rest.starts_with('(').then(|| closing(rest, 0)).flatten()?;
        elements.push(&rest[1..end]);
        rest = rest[end + 1..].strip_prefix("::text")?;
        rest = rest.strip_prefix(", ").unwrap_or(rest);
    }
    let (left, word, elements) = (&cast[start..], &text[at..open], elements.join(", "));
    Some(List {
        place: start..close + 1,
        words: format!("{left} {operator}{word}(ARRAY[{elements}])"),
        printed: format!("{left}::text {operator}{word}((ARRAY[{elements}])::text[])"),
    })
}

/// Where the parenthesis opens that closes at the end of the text. Read backwards: what stands far before it may be anything.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().rev() {
        match (quote, byte) {
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b')') => depth += 1,
            (None, b'(') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const STABLE: &str = "CHECK (((kind)::text = ANY (ARRAY[('a)'::character varying)::text, ('b'::character varying)::text])))";

    #[test]
    fn only_what_was_printed_in_the_first_way_gets_other_words() {
        let first: BTreeSet<String> = stable_lists(STABLE).into_iter().collect();
        assert_eq!(first.len(), 1);
        assert_eq!(
            in_first_words(STABLE, &first).as_deref(),
            Some("CHECK (((kind) = ANY (ARRAY['a)'::character varying, 'b'::character varying])))")
        );
        let quoted = format!("'{}'", STABLE.replace('\'', "''"));
        assert_eq!(
            as_first_printed(&quoted, &first).as_deref(),
            Some(
                "'CHECK (((kind)::text = ANY ((ARRAY[''a)''::character varying, ''b''::character varying])::text[])))'"
            )
        );
        let beside = STABLE.replace("kind", "schemaplan_new_kind");
        let words =
            "CHECK (((schemaplan_new_kind) = ANY (ARRAY['a)'::character varying, 'b'::character varying])))";
        assert_eq!(in_first_words(&beside, &first).as_deref(), Some(words));
        assert_eq!(in_first_words(STABLE, &BTreeSet::new()), None);
        assert_eq!(in_first_words(&STABLE.replace("kind", "sort"), &first), None);
    }

    #[test]
    fn nested_and_negated_lists_are_found() {
        let text = "((lower((a)::text) <> ALL (ARRAY[('x'::character varying)::text])) AND ((COALESCE(a, b))::text <> ALL (ARRAY[('x'::character varying)::text])))";
        assert_eq!(
            stable_lists(text),
            ["(COALESCE(a, b))::text <> ALL (ARRAY[('x'::character varying)::text])"]
        );
    }
}
