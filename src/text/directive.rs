//! The grammar of `-- schemaplan:` comments.

use super::split_from::{MERGE_FORM, SPLIT_FORM, SplitFrom};
use super::{Diagnostic, Origin, SourceFile, Span};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a directive says. Expressions are SQL text as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectiveKind {
    /// `renamed from OLD`: the old name, with the old table (`users.mail`) or schema in front where it moved.
    RenamedFrom(Vec<String>),
    /// `backfill EXPR`.
    Backfill(String),
    /// `using EXPR`: old to new.
    Using(String),
    /// `reverse EXPR`: new to old.
    Reverse(String),
    /// `split from T (a, b) on fk = T.id`.
    SplitFrom(SplitFrom),
    /// `merge from T (a, b) on id = T.fk`: the table takes over what another has that goes.
    MergeFrom(SplitFrom),
    /// `depends on OBJECT`.
    DependsOn(String),
    /// `strategy online` or `strategy direct`.
    Strategy(Strategy),
    /// `discard`: of the table below, its dropped columns are not archived.
    Discard,
    /// `discard OBJECT`: an object that the files no longer hold is not archived (`table public.old`, `column public.t.c`).
    DiscardObject(String),
    /// `allow CODE[, CODE]`.
    Allow(Vec<String>),
    /// `ignore`.
    Ignore,
    /// `hot`.
    Hot,
    /// `keep-label`.
    KeepLabel,
    /// `no-live-readers`.
    NoLiveReaders,
    /// `emulate-generated`.
    EmulateGenerated,
    /// `first-partition`.
    FirstPartition,
}

/// The staged or the plain path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Staged wherever a staged form exists.
    Online,
    /// The plain statements.
    Direct,
}

/// One directive with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// What it says.
    pub kind: DirectiveKind,
    /// What it speaks of inside the object that holds it, where that part is no object of its own: an enum's label (as the new
    /// schema spells it), a composite type's attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// What may stand behind a directive's words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    MaybeText(&'static str),
    Text(&'static str),
}

/// Every directive: its words, what stands behind them.
const DIRECTIVES: &[(&str, Takes)] = &[
    ("renamed from", Takes::Text("the old name")),
    ("backfill", Takes::Text("an SQL expression")),
    ("using", Takes::Text("an SQL expression from old to new")),
    ("reverse", Takes::Text("an SQL expression from new to old")),
    ("split from", Takes::Text("`T (a, b) on fk = T.id`")),
    ("merge from", Takes::Text("`T (a, b) on id = T.fk`")),
    (
        "depends on",
        Takes::Text("an object, such as `table public.orders`"),
    ),
    ("strategy", Takes::Text("`online` or `direct`")),
    ("discard", Takes::MaybeText("an object")),
    ("allow", Takes::Text("the code of a hazard")),
    ("ignore", Takes::Nothing),
    ("hot", Takes::Nothing),
    ("keep-label", Takes::Nothing),
    ("no-live-readers", Takes::Nothing),
    ("emulate-generated", Takes::Nothing),
    ("first-partition", Takes::Nothing),
];

const MARK: &str = "schemaplan";

/// Reads one `--` comment. None where it is an ordinary one.
///
/// # Errors
/// An unknown directive, one with its argument missing or one too many, or a misspelt `schemaplan:`, with the nearest right spelling.
pub fn parse_comment(source: &Arc<SourceFile>, comment: Span) -> Option<Result<Directive, Diagnostic>> {
    let text = source.slice(comment);
    let inside = text.trim_start_matches('-');
    let start = comment.start + (text.len() - inside.len());
    let word = inside.trim_start();
    let start = start + (inside.len() - word.len());
    let end = word
        .find(|c: char| c == ':' || c.is_whitespace())
        .unwrap_or(word.len());
    let (mark, rest) = word.split_at(end);
    let colon = rest.trim_start().starts_with(':');
    if !mark.eq_ignore_ascii_case(MARK) || !colon {
        return misspelt_mark(source, start, mark, rest, colon).map(Err);
    }
    let after = rest.trim_start().trim_start_matches(':');
    let body = after.trim();
    let body_start = start + (word.len() - after.len()) + (after.len() - after.trim_start().len());
    let span = Span::new(body_start, body_start + body.len());
    Some(parse_body(source, span, body).map(|kind| Directive {
        kind,
        part: None,
        origin: source.origin(start),
    }))
}

/// An almost right `schemaplan:` is a mistake; any other comment is nobody's business.
fn misspelt_mark(
    source: &Arc<SourceFile>,
    start: usize,
    mark: &str,
    rest: &str,
    colon: bool,
) -> Option<Diagnostic> {
    let lower = mark.to_ascii_lowercase();
    let near = strsim::damerau_levenshtein(&lower, MARK) <= 2;
    let words = rest.trim_start_matches(|c: char| c == ':' || c.is_whitespace());
    let directive = DIRECTIVES
        .iter()
        .any(|(name, _)| strip_words(words, name).is_some());
    let wrong = match lower == MARK {
        true => directive,
        false => near && (colon || directive),
    };
    wrong.then(|| {
        Diagnostic::error(
            "unknown-directive",
            format!("`{mark}` does not begin a directive"),
        )
        .at(source, Span::new(start, start + mark.len()), "")
        .help(format!("write `-- schemaplan: {}`", words.trim_end()))
    })
}

/// What follows `words` in `text`, where `text` begins with them as whole words.
fn strip_words<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let mut rest = text;
    for word in words.split(' ') {
        rest = rest.trim_start();
        let head = rest.get(..word.len())?;
        if !head.eq_ignore_ascii_case(word) {
            return None;
        }
        rest = &rest[word.len()..];
        if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return None;
        }
    }
    Some(rest.trim())
}

fn parse_body(source: &Arc<SourceFile>, span: Span, body: &str) -> Result<DirectiveKind, Diagnostic> {
    for (name, takes) in DIRECTIVES {
        let Some(argument) = strip_words(body, name) else {
            continue;
        };
        return match takes {
            Takes::Text(what) if argument.is_empty() => Err(Diagnostic::error(
                "incomplete-directive",
                format!("`{name}` needs {what}"),
            )
            .at(source, span, "")),
            Takes::Nothing if !argument.is_empty() => Err(Diagnostic::error(
                "unknown-directive",
                format!("`{name}` takes nothing behind it"),
            )
            .at(source, span, "")
            .help(format!("write `-- schemaplan: {name}`"))),
            _ => kind_of(source, span, name, argument),
        };
    }
    Err(unknown(source, span, body))
}

fn kind_of(
    source: &Arc<SourceFile>,
    span: Span,
    name: &str,
    argument: &str,
) -> Result<DirectiveKind, Diagnostic> {
    let text = argument.to_string();
    Ok(match name {
        "renamed from" => DirectiveKind::RenamedFrom(dotted_name(argument, true).ok_or_else(|| {
            Diagnostic::error("incomplete-directive", format!("`{argument}` is no name"))
                .at(source, span, "")
                .help("quote it as in SQL: `renamed from \"Old Name\"`")
        })?),
        "backfill" => DirectiveKind::Backfill(text),
        "using" => DirectiveKind::Using(text),
        "reverse" => DirectiveKind::Reverse(text),
        "split from" => DirectiveKind::SplitFrom(taken_over(source, span, argument, SPLIT_FORM)?),
        "merge from" => DirectiveKind::MergeFrom(taken_over(source, span, argument, MERGE_FORM)?),
        "depends on" => DirectiveKind::DependsOn(text),
        "strategy" => DirectiveKind::Strategy(match argument.to_ascii_lowercase().as_str() {
            "online" => Strategy::Online,
            "direct" => Strategy::Direct,
            _ => {
                return Err(
                    Diagnostic::error("unknown-directive", format!("no strategy `{argument}`"))
                        .at(source, span, "")
                        .help("write `strategy online` or `strategy direct`"),
                );
            }
        }),
        "discard" if argument.is_empty() => DirectiveKind::Discard,
        "discard" => DirectiveKind::DiscardObject(text),
        "allow" => DirectiveKind::Allow(
            argument
                .split([',', ' '])
                .map(str::trim)
                .filter(|code| !code.is_empty())
                .map(str::to_string)
                .collect(),
        ),
        "ignore" => DirectiveKind::Ignore,
        "hot" => DirectiveKind::Hot,
        "keep-label" => DirectiveKind::KeepLabel,
        "no-live-readers" => DirectiveKind::NoLiveReaders,
        "emulate-generated" => DirectiveKind::EmulateGenerated,
        "first-partition" => DirectiveKind::FirstPartition,
        _ => return Err(unknown(source, span, name)),
    })
}

fn taken_over(source: &Arc<SourceFile>, span: Span, text: &str, form: &str) -> Result<SplitFrom, Diagnostic> {
    SplitFrom::parse(text).ok_or_else(|| {
        let title = format!("`{text}` does not say which columns are taken over by which key");
        Diagnostic::error("incomplete-directive", title)
            .at(source, span, "")
            .help(format!("write {form}"))
    })
}

fn unknown(source: &Arc<SourceFile>, span: Span, body: &str) -> Diagnostic {
    let clean = body.to_ascii_lowercase().replace(['_', ':'], " ");
    let words: Vec<&str> = clean.split_whitespace().collect();
    let first = words.first().copied().unwrap_or_default().to_string();
    let both = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
    let nearest = DIRECTIVES
        .iter()
        .map(|(name, _)| {
            let distance = |text: &str| strsim::damerau_levenshtein(text, &name.replace('-', " "));
            (distance(&first).min(distance(&both)), *name)
        })
        .min();
    let said = body.split_whitespace().next().unwrap_or_default();
    let title = match said.is_empty() {
        true => "an empty directive".to_string(),
        false => format!("unknown directive `{said}`"),
    };
    let diagnostic = Diagnostic::error("unknown-directive", title).at(source, span, "");
    let all = DIRECTIVES
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ");
    match nearest {
        Some((distance, name)) if !said.is_empty() && distance * 2 <= name.len() + 1 => {
            diagnostic.help(format!("did you mean `{name}`?"))
        }
        _ => diagnostic.help(format!("the directives are: {all}")),
    }
}

/// Splits `users."Mail"` into its names as SQL reads them: quotes removed, what is not quoted in lower case if `fold`.
/// An argument list behind the name is left out. None where it is no name.
pub fn dotted_name(text: &str, fold: bool) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let quote = rest.chars().next()?;
        let (part, after) = match quote {
            '"' | '\'' => quoted(&rest[1..], quote)?,
            _ => {
                let end = rest
                    .find(|c: char| c == '.' || c == '(' || c.is_whitespace())
                    .unwrap_or(rest.len());
                let word = &rest[..end];
                let word = if fold {
                    word.to_lowercase()
                } else {
                    word.to_string()
                };
                (word, &rest[end..])
            }
        };
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        rest = after.trim_start();
        match rest.chars().next() {
            None | Some('(') => return Some(parts),
            Some('.') => rest = rest[1..].trim_start(),
            Some(_) => return None,
        }
    }
}

pub(super) fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let end = rest.find(quote)?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(more) => {
                name.push(quote);
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(comment: &str) -> Option<Result<DirectiveKind, Diagnostic>> {
        let file = SourceFile::new("t.sql", comment);
        parse_comment(&file, Span::new(0, comment.len())).map(|r| r.map(|d| d.kind))
    }

    fn kind(comment: &str) -> DirectiveKind {
        parse(comment).expect("a directive").expect("a right one")
    }

    fn refusal(comment: &str) -> String {
        parse(comment)
            .expect("a directive")
            .expect_err("a wrong one")
            .render(Default::default())
    }

    #[test]
    fn reads_names_as_sql_does() {
        let names =
            |parts: &[&str]| DirectiveKind::RenamedFrom(parts.iter().map(|p| p.to_string()).collect());
        assert_eq!(
            kind("-- schemaplan: renamed from Users.mail"),
            names(&["users", "mail"])
        );
        assert_eq!(
            kind("--schemaplan:  Renamed  From \"Old \"\"Name\".x"),
            names(&["Old \"Name", "x"])
        );
        assert_eq!(
            kind("-- schemaplan: renamed from 'in progress'"),
            names(&["in progress"])
        );
        assert_eq!(
            kind("-- schemaplan: renamed from f(integer, text)"),
            names(&["f"])
        );
    }

    #[test]
    fn reads_every_directive() {
        assert_eq!(
            kind("-- schemaplan: backfill a || 'x y'"),
            DirectiveKind::Backfill("a || 'x y'".into())
        );
        assert_eq!(
            kind("-- schemaplan: strategy online"),
            DirectiveKind::Strategy(Strategy::Online)
        );
        assert_eq!(
            kind("-- schemaplan: allow drops-data, ambiguous"),
            DirectiveKind::Allow(vec!["drops-data".into(), "ambiguous".into()])
        );
        assert_eq!(kind("-- schemaplan: discard"), DirectiveKind::Discard);
        assert_eq!(
            kind("-- schemaplan: discard table public.old"),
            DirectiveKind::DiscardObject("table public.old".into())
        );
        assert_eq!(kind("-- schemaplan: keep-label\r"), DirectiveKind::KeepLabel);
    }

    #[test]
    fn refuses_with_the_nearest_right_spelling() {
        assert!(refusal("-- schemaplan: rename from x").contains("did you mean `renamed from`?"));
        assert!(refusal("-- schemaplan: renamed_from: x").contains("did you mean `renamed from`?"));
        assert!(refusal("-- schemaplan: keep_label").contains("did you mean `keep-label`?"));
        assert!(refusal("-- schemaplan: backfil 0").contains("did you mean `backfill`?"));
        assert!(refusal("-- schemaplan: frobnicate").contains("the directives are: renamed from,"));
        assert!(refusal("-- schemaplan:").contains("an empty directive"));
        assert!(refusal("-- schemaplan: backfill").contains("`backfill` needs an SQL expression"));
        assert!(refusal("-- schemaplan: hot table").contains("takes nothing"));
        assert!(refusal("-- schemaplan: strategy fast").contains("`strategy online` or `strategy direct`"));
        assert!(refusal("-- shemaplan: hot").contains("write `-- schemaplan: hot`"));
        assert!(refusal("-- schemaplan renamed from x").contains("write `-- schemaplan: renamed from x`"));
    }

    #[test]
    fn leaves_other_comments_alone() {
        for comment in [
            "-- a comment",
            "--",
            "-- schemaplan makes plans",
            "-- plan: x",
            "---- schema: public",
            "-- pistachio: renamed from x",
        ] {
            assert!(parse(comment).is_none(), "{comment}");
        }
    }

    #[test]
    fn points_at_the_directive() {
        let text = "create table t (\n  -- schemaplan: bakfill 0\n  a int);";
        let file = SourceFile::new("t.sql", text);
        let at = text.find("--").unwrap();
        let error = parse_comment(&file, Span::new(at, at + 26)).unwrap().unwrap_err();
        assert_eq!(file.slice(error.labels[0].span), "bakfill 0");
    }
}
