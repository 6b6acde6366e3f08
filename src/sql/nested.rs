//! `b BETWEEN 0 AND 10 AND a > 0`, and comparisons of whole rows, which the server prints in two ways.
//!
//! What it makes of those words it prints as `(((b >= 0) AND (b <= 10)) AND (a > 0))`. That text, executed, becomes
//! `((b >= 0) AND (b <= 10) AND (a > 0))`, for where the first of a list is a list of the same kind the grammar makes one of
//! both: the stable spelling. They mean the same, and a catalog holds the stable one. So that a table is made as its files make
//! it, down to the last letter of a dump, what was printed in the first way is executed with a cast between the two,
//! `(((b >= 0) AND (b <= 10))::boolean AND (a > 0))`, which is printed in the first way again.

use std::collections::BTreeMap;

/// A pair of parentheses in a text, quotes respected.
#[derive(Clone, Copy)]
struct Group {
    open: usize,
    close: usize,
    parent: Option<usize>,
    /// `AND` or `OR` where it is a list of these.
    list: Option<&'static str>,
    /// True where it is the first in a list of its own kind.
    is_spare: bool,
}

/// The stable spelling of what the server prints.
pub fn flattened(text: &str) -> Option<String> {
    if !text.contains("((") || !(text.contains(") AND ") || text.contains(") OR ")) {
        return None;
    }
    without_spare(text, &groups(text), "")
}

/// The lists of a text that are not in their stable spelling, as they are printed.
pub fn nested_lists(text: &str) -> Vec<String> {
    let groups = groups(text);
    let mut found = Vec::new();
    for group in groups.iter().filter(|group| group.is_spare) {
        if let Some(around) = group.parent.map(|parent| groups[parent])
            && !around.is_spare
        {
            found.push(text[around.open..=around.close].to_owned());
        }
    }
    found
}

/// By the stable spelling of a list, the words that the server prints in the first way, and what it prints.
pub type Words<'a> = BTreeMap<String, (String, &'a str)>;

/// The words of lists that are given as they are printed.
pub fn words_of<'a>(printed: impl Iterator<Item = &'a String>) -> Words<'a> {
    printed
        .filter_map(|printed| {
            let groups = groups(printed);
            let stable = without_spare(printed, &groups, "")?;
            let words = without_spare(printed, &groups, "::boolean")?;
            Some((stable, (words, printed.as_str())))
        })
        .collect()
}

/// The statement with the words of those lists that are among `words`; none where there is none.
pub fn in_words(statement: &str, words: &Words) -> Option<String> {
    if words.is_empty() || !(statement.contains(") AND ") || statement.contains(") OR ")) {
        return None;
    }
    let mut out = String::new();
    let mut from = 0;
    let mut lists: Vec<Group> = groups(statement);
    lists.retain(|group| group.list.is_some());
    lists.sort_by_key(|group| group.open);
    for list in lists {
        if list.open >= from
            && let Some((said, _)) = words.get(&statement[list.open..=list.close])
        {
            out.push_str(&statement[from..list.open]);
            out.push_str(said);
            from = list.close + 1;
        }
    }
    (from > 0).then(|| out + &statement[from..])
}

/// A condition that compares with what the server prints, in literals, with its first way of printing for those lists; none
/// where there is none.
pub fn as_printed(condition: &str, words: &Words) -> Option<String> {
    if words.is_empty() || !(condition.contains(") AND (") || condition.contains(") OR (")) {
        return None;
    }
    let in_literal = |text: &str| text.replace('\'', "''");
    let mut said = condition.to_owned();
    for (stable, (_, printed)) in words {
        said = said.replace(&in_literal(stable), &in_literal(printed));
    }
    (said != condition).then_some(said)
}

/// The text with its spare parentheses taken away, or kept with `behind` them; none where it has none.
fn without_spare(text: &str, groups: &[Group], behind: &str) -> Option<String> {
    let mut places: Vec<(usize, bool)> = groups
        .iter()
        .filter(|group| group.is_spare)
        .flat_map(|group| [(group.open, true), (group.close, false)])
        .collect();
    if places.is_empty() {
        return None;
    }
    places.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (place, opens) in places {
        out.push_str(&text[at..place]);
        if !behind.is_empty() {
            out.push_str(if opens { "(" } else { ")" });
            out.push_str(if opens { "" } else { behind });
        }
        at = place + 1;
    }
    out.push_str(&text[at..]);
    Some(out)
}

fn groups(text: &str) -> Vec<Group> {
    let bytes = text.as_bytes();
    let mut groups: Vec<Group> = Vec::new();
    let mut stack: Vec<usize> = Vec::new();
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => {
                let parent = stack.last().copied();
                stack.push(groups.len());
                groups.push(Group {
                    open: at,
                    close: at,
                    parent,
                    list: None,
                    is_spare: false,
                });
            }
            (None, b')') => {
                if let Some(own) = stack.pop() {
                    groups[own].close = at;
                }
            }
            (None, b' ') => {
                let rest = &bytes[at..];
                let word = ["AND", "OR"].into_iter().find(|word| {
                    rest[1..].starts_with(word.as_bytes()) && rest.get(word.len() + 1) == Some(&b' ')
                });
                if let (Some(word), Some(own)) = (word, stack.last()) {
                    groups[*own].list.get_or_insert(word);
                }
            }
            (None, _) => {}
        }
    }
    // Unbalanced text is no printing of the server's.
    if !stack.is_empty() {
        return Vec::new();
    }
    for own in 0..groups.len() {
        let group = groups[own];
        let Some((parent, list)) = group.parent.map(|parent| groups[parent]).zip(group.list) else {
            continue;
        };
        let behind = &text[group.close + 1..];
        let goes_on = behind.strip_prefix(' ').and_then(|rest| rest.strip_prefix(list));
        let goes_on = goes_on.is_some_and(|rest| rest.starts_with(' '));
        let is_query = text[group.open + 1..].trim_start().starts_with("SELECT ");
        groups[own].is_spare =
            group.open == parent.open + 1 && parent.list == Some(list) && goes_on && !is_query;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "CHECK (((((b >= 0) AND (b <= 10)) AND (a <> ') AND ('::text)) AND (c OR d)))";
    const STABLE: &str = "CHECK (((b >= 0) AND (b <= 10) AND (a <> ') AND ('::text) AND (c OR d)))";

    #[test]
    fn the_first_of_a_list_is_no_list_of_its_own() {
        assert_eq!(flattened(PRINTED).as_deref(), Some(STABLE));
        assert_eq!(flattened(STABLE), None);
        for text in [
            "((((a >= 0) AND (a <= 1)) OR (b > 0)))",
            "((a > 0) AND ((b >= 0) AND (b <= 1)))",
            "('((a)) AND (b) AND'::text)",
        ] {
            assert_eq!(flattened(text), None);
        }
        assert_eq!(
            flattened("((((a IS DISTINCT FROM 1) OR (b IS DISTINCT FROM 2)) OR (c IS DISTINCT FROM 3)))")
                .as_deref(),
            Some("(((a IS DISTINCT FROM 1) OR (b IS DISTINCT FROM 2) OR (c IS DISTINCT FROM 3)))")
        );
    }

    #[test]
    fn what_was_printed_so_is_said_with_a_cast_between() {
        let first = nested_lists(PRINTED);
        assert_eq!(first.len(), 1);
        let words = words_of(first.iter());
        assert_eq!(
            in_words(&format!("ALTER TABLE t ADD {STABLE}"), &words).as_deref(),
            Some(
                "ALTER TABLE t ADD CHECK (((((b >= 0) AND (b <= 10))::boolean AND (a <> ') AND ('::text))::boolean AND (c OR d)))"
            )
        );
        assert_eq!(in_words("SELECT ((a) AND (b))", &words), None);
    }
}
