//! Whether an expression calls a volatile function, judged by the names in front of parentheses.

use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
pub(super) struct Row {
    name: String,
}

/// The names, to be looked up.
pub(super) fn names(rows: Vec<Row>) -> HashSet<String> {
    rows.into_iter().map(|row| row.name).collect()
}

/// True where a name before a parenthesis is that of a volatile function, in whatever schema: a value that must be
/// computed once per row is never taken for a constant, though a stable namesake may be taken for volatile.
pub(super) fn calls_volatile(expression: &str, volatile: &HashSet<String>) -> bool {
    let bytes = expression.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => at = skip_quoted(bytes, at, b'\''),
            b'"' => {
                let end = skip_quoted(bytes, at, b'"');
                let name = expression[at + 1..end.saturating_sub(1).max(at + 1)].replace("\"\"", "\"");
                if bytes.get(end) == Some(&b'(') && volatile.contains(&name) {
                    return true;
                }
                at = end;
            }
            b if is_word(b) => {
                let start = at;
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
                if bytes.get(at) == Some(&b'(') && volatile.contains(&expression[start..at]) {
                    return true;
                }
            }
            _ => at += 1,
        }
    }
    false
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// The position behind the closing quote; a doubled quote opens again at once, which comes to the same for strings.
fn skip_quoted(bytes: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        if bytes[at] == quote {
            if bytes.get(at + 1) == Some(&quote) {
                at += 1;
            } else {
                return at + 1;
            }
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_and_strings_are_not_calls() {
        let volatile: HashSet<String> = ["nextval", "random", "Odd\"F"].map(str::to_owned).into();
        for (expression, expected) in [
            ("nextval('public.s'::regclass)", true),
            ("(1 + random())", true),
            ("public.\"Odd\"\"F\"(1)", true),
            ("'random()'::text", false),
            ("'it''s random()'::text", false),
            ("now()", false),
            ("CURRENT_TIMESTAMP", false),
            ("my_random()", false),
            ("random", false),
        ] {
            assert_eq!(calls_volatile(expression, &volatile), expected, "{expression}");
        }
    }
}
