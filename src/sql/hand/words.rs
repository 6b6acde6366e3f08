//! The words of a statement: lower-case, without the schema where it goes without saying, types by their short names.
//!
//! Works on tokens, so that strings, comments and function bodies stay as they are byte for byte.

use crate::model::Ident;
use pg_query::protobuf::{KeywordKind, ScanToken, Token};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Every function, type and operator class of pg_catalog in PostgreSQL 14 to 18, but for those that begin with `pg_` or `_`:
/// `SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace` and so on.
const BUILTIN: &str = include_str!("builtin_names.txt");

/// True where a name without a schema means something of pg_catalog, which is searched first.
fn is_builtin(name: &str) -> bool {
    static NAMES: OnceLock<BTreeSet<&str>> = OnceLock::new();
    name.starts_with("pg_")
        || name.starts_with('_')
        || NAMES.get_or_init(|| BUILTIN.lines().collect()).contains(name)
}

/// A token with its text.
pub(super) struct Word<'a> {
    pub(super) token: i32,
    keyword: bool,
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Word<'_> {
    pub(super) fn is(&self, token: Token) -> bool {
        self.token == token as i32
    }

    /// A name that is no keyword: a function's, a column's.
    pub(super) fn is_plain_name(&self) -> bool {
        self.is(Token::Ident)
    }

    fn is_name(&self) -> bool {
        self.keyword || self.is(Token::Ident)
    }

    /// The name that the token stands for.
    fn name(&self) -> String {
        match self
            .text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => self.text.to_ascii_lowercase(),
        }
    }
}

/// The tokens of a text, `None` where PostgreSQL's scanner does not take it.
pub(super) fn words(text: &str) -> Option<Vec<Word<'_>>> {
    let tokens = pg_query::scan_tokens(text).ok()?;
    tokens.iter().map(|token| word(text, token)).collect()
}

fn word<'a>(text: &'a str, token: &ScanToken) -> Option<Word<'a>> {
    let (start, end) = (
        usize::try_from(token.start).ok()?,
        usize::try_from(token.end).ok()?,
    );
    Some(Word {
        token: token.token,
        keyword: token.keyword_kind != KeywordKind::NoKeyword as i32,
        text: text.get(start..end)?,
        start,
        end,
    })
}

/// How words are written.
pub(super) struct Words {
    short: Option<String>,
}

impl Words {
    pub(super) fn new(short: Option<&Ident>) -> Self {
        Self {
            short: short.map(|schema| schema.as_str().to_owned()),
        }
    }

    /// The text with its words written plainly; the text itself where that would not parse any more.
    pub(super) fn plain(&self, text: &str) -> String {
        let Some(words) = words(text) else {
            return text.to_owned();
        };
        let short = self
            .short
            .as_deref()
            .filter(|schema| !is_used_alone(&words, schema));
        let tables = common_tables(&words);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        let mut at = 0;
        while at < words.len() {
            out.push_str(&text[from..words[at].start]);
            let counter = is_counter(&words, at);
            let taken = match short.filter(|schema| can_go(&words, at, schema, &tables)) {
                Some(_) => 2,
                None => match short_type(&words[at..]) {
                    Some((spelled, taken)) => {
                        out.push_str(&spelled);
                        taken
                    }
                    None => {
                        out.push_str(&self.written(&words, at, short));
                        // nextval takes nothing but a regclass.
                        if counter { 3 } else { 1 }
                    }
                },
            };
            at += taken;
            from = words[at - 1].end;
        }
        out.push_str(&text[from..]);
        out
    }

    fn written(&self, words: &[Word<'_>], at: usize, short: Option<&str>) -> String {
        let word = &words[at];
        let bare = word.is_name() && !word.text.starts_with('"');
        if bare {
            return word.text.to_ascii_lowercase();
        }
        if let Some(schema) = short
            && word.is(Token::Sconst)
            && is_cast_to_regclass(&words[at + 1..])
            && let Some(rest) = word.text.strip_prefix(&format!("'{schema}."))
            && !is_builtin(rest.trim_end_matches('\''))
        {
            return format!("'{rest}");
        }
        word.text.to_owned()
    }
}

/// True at the name of the sequence in `nextval('s'::regclass)`.
fn is_counter(words: &[Word<'_>], at: usize) -> bool {
    let before = at
        .checked_sub(2)
        .map(|from| (words[from].text, words[from + 1].text));
    before == Some(("nextval", "("))
        && words[at].is(Token::Sconst)
        && is_cast_to_regclass(&words[at + 1..])
        && words.get(at + 3).is_some_and(|close| close.text == ")")
}

fn is_cast_to_regclass(words: &[Word<'_>]) -> bool {
    matches!(words, [cast, class, ..] if cast.text == "::" && class.name() == "regclass")
}

/// A table of that name, an alias or a column: then the name in front of a dot need not be the schema.
fn is_used_alone(words: &[Word<'_>], schema: &str) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let dot = words.get(at + 1).is_some_and(|next| next.text == ".");
        word.is_name() && !dot && word.name() == schema
    })
}

/// The names that WITH gives to queries: inside the statement they hide a table's short name.
fn common_tables(words: &[Word<'_>]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if !(0..words.len()).any(|at| begins_queries(&words[at..])) {
        return names;
    }
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map_or("", |next| next.text);
        if word.is_name() && (next.eq_ignore_ascii_case("as") || next == "(") {
            names.insert(word.name());
        }
    }
    names
}

/// True where `WITH name AS (` or `WITH name (columns) AS (` begins.
fn begins_queries(words: &[Word<'_>]) -> bool {
    let [with, rest @ ..] = words else { return false };
    let rest = match rest {
        [recursive, rest @ ..] if recursive.is(Token::Recursive) => rest,
        rest => rest,
    };
    matches!(rest, [name, next, ..] if with.is(Token::With)
        && name.is_name()
        && !name.is(Token::Check)
        && (next.is(Token::As) || next.text == "("))
}

/// True where `schema.` stands here and can be left out.
fn can_go(words: &[Word<'_>], at: usize, schema: &str, tables: &BTreeSet<String>) -> bool {
    let [first, dot, name, ..] = &words[at..] else {
        return false;
    };
    let before = at.checked_sub(1).map(|before| &words[before]);
    // Collations have names of their own on every machine.
    let bound = before.is_some_and(|before| before.text == "." || before.is(Token::Collate));
    first.is_name()
        && first.name() == schema
        && dot.text == "."
        && name.is_name()
        && !bound
        && !is_builtin(&name.name())
        && !tables.contains(&name.name())
}

/// The short name of the type that begins here, and how many tokens it takes the place of.
fn short_type(words: &[Word<'_>]) -> Option<(String, usize)> {
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    let is = |at: usize, word: &str| text(at).eq_ignore_ascii_case(word);
    if is(0, "character") {
        return match (is(1, "varying"), text(1)) {
            (true, _) => Some(("varchar".to_owned(), 2)),
            (false, "(") => Some(("char".to_owned(), 1)),
            _ => None,
        };
    }
    let name = match (is(0, "timestamp"), is(0, "time")) {
        (true, _) => "timestamp",
        (_, true) => "time",
        _ => return None,
    };
    let (digits, rest) = match text(1) {
        "(" if text(3) == ")" => (format!("({})", text(2)), 4),
        _ => (String::new(), 1),
    };
    let zone = is(rest + 1, "time") && is(rest + 2, "zone");
    match (zone, is(rest, "with"), is(rest, "without")) {
        (true, true, _) => Some((format!("{name}tz{digits}"), rest + 3)),
        (true, _, true) => Some((format!("{name}{digits}"), rest + 3)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        Words::new(Some(&Ident::new("public"))).plain(text)
    }

    #[test]
    fn words_are_small_and_strings_stay() {
        assert_eq!(
            plain("CHECK ((\"A\" IS NOT NULL AND B = 'IT IS public.x'))"),
            "check ((\"A\" is not null and b = 'IT IS public.x'))"
        );
        assert_eq!(
            plain("AS $f$ SELECT public.F() $f$"),
            "as $f$ SELECT public.F() $f$"
        );
    }

    #[test]
    fn the_schema_goes_where_nothing_else_can_be_meant() {
        for (long, short) in [
            ("public.orders", "orders"),
            ("\"public\".orders", "orders"),
            ("public.\"Orders\"", "\"Orders\""),
            ("sales.orders", "sales.orders"),
            ("public.lower(a)", "public.lower(a)"),
            ("a::public.date", "a::public.date"),
            ("public.pg_x", "public.pg_x"),
            ("a COLLATE public.x", "a collate public.x"),
            ("OPERATOR(public.+)", "operator(public.+)"),
            ("SELECT public.a FROM x public", "select public.a from x public"),
            (
                "WITH t AS (SELECT 1) SELECT 1 FROM t, public.t x, public.u",
                "with t as (select 1) select 1 from t, public.t x, u",
            ),
            ("nextval('public.s'::regclass)", "nextval('s')"),
            ("'public.s'::regclass", "'s'::regclass"),
            ("'public.s'::text", "'public.s'::text"),
        ] {
            assert_eq!(plain(long), short);
        }
    }

    #[test]
    fn types_have_short_names() {
        for (long, short) in [
            ("timestamp with time zone", "timestamptz"),
            ("timestamp(3) with time zone[]", "timestamptz(3)[]"),
            ("timestamp without time zone", "timestamp"),
            ("time(0) without time zone", "time(0)"),
            ("time with time zone", "timetz"),
            ("character varying(20)", "varchar(20)"),
            ("character(3)", "char(3)"),
            (
                "\"timestamp\" AT TIME ZONE 'utc'",
                "\"timestamp\" at time zone 'utc'",
            ),
        ] {
            assert_eq!(plain(long), short);
        }
    }
}
