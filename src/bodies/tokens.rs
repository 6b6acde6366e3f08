//! Names by the words around them, for text that does not parse as a whole.

use super::tree::{Mentions, Name, Space};
use pg_query::protobuf::{KeywordKind, ScanToken, Token};

/// One token of interest.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    /// A name or a keyword that can be one, with its dots: `app.orders`.
    Name(Vec<String>),
    /// A word in lower case that is no name.
    Keyword(String),
    /// Anything else.
    Sign(String),
}

/// What the words of a text look like they mention: relations behind FROM, JOIN, INTO, UPDATE; routines before a bracket; types
/// behind `::`.
pub(super) fn mentions(text: &str) -> Mentions {
    let words = words(text);
    let mut found = Mentions::default();
    for (number, word) in words.iter().enumerate() {
        let Word::Name(parts) = word else { continue };
        let before = number.checked_sub(1).and_then(|before| words.get(before));
        let after = words.get(number + 1);
        let space = match (before, after) {
            (Some(Word::Keyword(word)), _)
                if matches!(
                    word.as_str(),
                    "from" | "join" | "into" | "update" | "only" | "table"
                ) =>
            {
                Some(Space::Relation)
            }
            (Some(Word::Sign(sign)), _) if sign == "::" => Some(Space::Type),
            (_, Some(Word::Sign(sign))) if sign == "(" => Some(Space::Routine),
            _ => None,
        };
        found.columns.extend(parts.last().cloned());
        found
            .names
            .extend(space.and_then(|space| Name::of_parts(space, parts)));
    }
    found
}

/// The types of the variables that DECLARE sections declare, `%TYPE` and `%ROWTYPE` included.
pub(super) fn declared(text: &str) -> Mentions {
    let words = words(text);
    let mut found = Mentions::default();
    let mut declaring = false;
    let mut place = 0;
    for (number, word) in words.iter().enumerate() {
        match word {
            Word::Name(parts) if parts.len() == 1 && parts[0] == "declare" => (declaring, place) = (true, 0),
            Word::Keyword(word) if word == "declare" => (declaring, place) = (true, 0),
            Word::Name(parts) if parts.len() == 1 && parts[0] == "begin" => declaring = false,
            Word::Keyword(word) if word == "begin" => declaring = false,
            Word::Sign(sign) if sign == ";" => place = 0,
            Word::Name(parts) if declaring => {
                let constant = parts.len() == 1 && parts[0] == "constant";
                if place == 1 && !constant {
                    add_type(parts, words.get(number + 1), words.get(number + 2), &mut found);
                }
                place += usize::from(!constant);
            }
            _ if declaring => place += 1,
            _ => {}
        }
    }
    found
}

fn add_type(parts: &[String], percent: Option<&Word>, what: Option<&Word>, found: &mut Mentions) {
    let percent = percent == Some(&Word::Sign("%".to_string()));
    let of_column = match what {
        Some(Word::Name(what)) => what.first().is_some_and(|word| word == "type"),
        Some(Word::Keyword(word)) => word == "type",
        _ => false,
    };
    let name = match (percent, of_column) {
        (true, true) => Name::of_parts(Space::Relation, &parts[..parts.len().saturating_sub(1)]),
        (true, false) => Name::of_parts(Space::Relation, parts),
        (false, _) => Name::of_parts(Space::Type, parts),
    };
    found.names.extend(name);
}

fn words(text: &str) -> Vec<Word> {
    let Ok(tokens) = pg_query::scan_tokens(text) else {
        return Vec::new();
    };
    let mut words: Vec<Word> = Vec::new();
    let mut dotted = false;
    for token in tokens {
        let Some(slice) = slice(text, &token) else {
            continue;
        };
        let reserved = token.keyword_kind == KeywordKind::ReservedKeyword as i32
            || matches!(
                slice.to_ascii_lowercase().as_str(),
                "update" | "begin" | "declare" | "join"
            );
        let name = token.token == Token::Ident as i32 || token.keyword_kind != KeywordKind::NoKeyword as i32;
        match slice {
            _ if token.token == Token::SqlComment as i32 || token.token == Token::CComment as i32 => {}
            "." if matches!(words.last(), Some(Word::Name(_))) => dotted = true,
            _ if name && dotted => {
                if let Some(Word::Name(parts)) = words.last_mut() {
                    parts.push(plain(slice));
                }
                dotted = false;
            }
            _ if name && !reserved => words.push(Word::Name(vec![plain(slice)])),
            _ if name => words.push(Word::Keyword(slice.to_ascii_lowercase())),
            sign => {
                dotted = false;
                words.push(Word::Sign(sign.to_string()));
            }
        }
    }
    words
}

fn slice<'a>(text: &'a str, token: &ScanToken) -> Option<&'a str> {
    text.get(usize::try_from(token.start).ok()?..usize::try_from(token.end).ok()?)
}

fn plain(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_lowercase(),
    }
}
