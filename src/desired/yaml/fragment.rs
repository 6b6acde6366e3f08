//! Pieces of SQL that are put into statements: nothing in them may end the statement or close its brackets.

use super::shape::Scalar;
use crate::text::Span;
use pg_query::protobuf::Token;

/// What is wrong with a piece, and where in its text.
pub(super) struct Wrong {
    pub title: String,
    pub at: Span,
    pub help: &'static str,
}

/// Words that are values although they look like names.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

const CLOSE: &str = "close it; inside YAML's `[…]` and `{…}`, SQL that holds a comma needs quotes";

/// Looks at a piece of SQL.
///
/// # Errors
/// A string or bracket that never ends, a semicolon, a comma where one element is wanted, a word alone as a default.
pub(super) fn check(text: &str, kind: Scalar) -> Result<(), Wrong> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.chars().all(|c| word(c) || c == ' ' || c == '.') {
        return match kind == Scalar::Constant && text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            true if text.chars().all(word) => constant(text),
            _ => Ok(()),
        };
    }
    let whole = Span::new(0, text.len());
    let tokens = pg_query::scan_tokens(text).map_err(|error| Wrong {
        title: format!("this SQL does not end: {error}"),
        at: whole,
        help: "close what it opens",
    })?;
    let mut open: Vec<(Token, Span)> = Vec::new();
    for token in tokens {
        let (Ok(start), Ok(end)) = (usize::try_from(token.start), usize::try_from(token.end)) else {
            continue;
        };
        let at = Span::new(start, end);
        match Token::try_from(token.token) {
            Ok(Token::Ascii40) => open.push((Token::Ascii41, at)),
            Ok(Token::Ascii91) => open.push((Token::Ascii93, at)),
            Ok(close @ (Token::Ascii41 | Token::Ascii93)) => match open.pop() {
                Some((wanted, _)) if wanted == close => {}
                _ => {
                    return Err(wrong(
                        "a bracket that nothing opens",
                        at,
                        "open it; inside YAML's `[…]` and `{…}`, SQL that holds a comma needs quotes",
                    ));
                }
            },
            Ok(Token::Ascii59) if kind != Scalar::Body => {
                let help = "this is one piece of a statement: leave the `;` out";
                return Err(wrong("`;` ends a statement", at, help));
            }
            Ok(Token::Ascii44) if kind == Scalar::Element && open.is_empty() => {
                let help = "write each element as an entry of its own";
                return Err(wrong("a comma where one element is wanted", at, help));
            }
            _ => {}
        }
    }
    match open.first() {
        Some((_, at)) => Err(wrong("a bracket that nothing closes", *at, CLOSE)),
        None => Ok(()),
    }
}

/// Looks at the key of a routine: a name, and arguments in brackets up to its end.
///
/// # Errors
/// As [`check`], and where something stands behind the arguments.
pub(super) fn check_signature(text: &str) -> Result<(), Wrong> {
    let help = "write the name and its arguments: `add(a integer, b integer)`";
    let bare = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '.' | '$');
    if text.trim().is_empty() {
        return Err(wrong("a name is missing here", Span::new(0, text.len()), help));
    }
    if text.chars().all(bare) {
        return Ok(());
    }
    check(text, Scalar::Sql)?;
    let last = pg_query::scan_tokens(text)
        .ok()
        .and_then(|tokens| tokens.into_iter().next_back());
    match last {
        Some(token) if token.token == Token::Ascii41 as i32 || !text.contains('(') => Ok(()),
        _ => Err(wrong(
            "something stands behind the arguments",
            Span::new(0, text.len()),
            help,
        )),
    }
}

fn constant(text: &str) -> Result<(), Wrong> {
    match VALUES.contains(&text.to_ascii_lowercase().as_str()) {
        true => Ok(()),
        false => Err(Wrong {
            title: format!("`{text}` is no value in SQL"),
            at: Span::new(0, text.len()),
            help: "a string keeps its SQL quotes inside of YAML's: \"'text'\"",
        }),
    }
}

fn wrong(title: &str, at: Span, help: &'static str) -> Wrong {
    Wrong {
        title: title.to_owned(),
        at,
        help,
    }
}
