//! PostgreSQL's errors about desired statements, as diagnostics in the user's files.

use std::collections::{BTreeSet, HashMap};

use tokio_postgres::error::{DbError, ErrorPosition};

use crate::bodies::{Name, Space};
use crate::desired::{Desired, Statement};
use crate::text::{Diagnostic, Span};

/// A statement that the server refused, and its words.
pub(super) struct Failure {
    /// Its place in the order of execution.
    pub number: usize,
    /// What the server said.
    pub error: Box<DbError>,
}

/// The failures as diagnostics, in the order of the files. Statements that fail only because another one failed are counted there.
pub(super) fn diagnostics(desired: &Desired, failures: Vec<Failure>) -> Vec<Diagnostic> {
    let causes = causes(desired, &failures);
    let mut waiting: HashMap<usize, usize> = HashMap::new();
    for cause in causes.iter().flatten() {
        *waiting.entry(*cause).or_default() += 1;
    }
    let mut found: Vec<(&Statement, Diagnostic)> = Vec::new();
    for (number, failure) in failures.iter().enumerate() {
        if causes[number].is_some() {
            continue;
        }
        let statement = &desired.statements[failure.number];
        let mut diagnostic = diagnostic(desired, statement, &failure.error);
        match waiting.get(&number) {
            None => {}
            Some(1) => diagnostic = diagnostic.note("one more statement fails only because of this one"),
            Some(count) => {
                diagnostic =
                    diagnostic.note(format!("{count} more statements fail only because of this one"));
            }
        }
        found.push((statement, diagnostic));
    }
    found.sort_by(|(a, _), (b, _)| (a.source.path(), a.span.start).cmp(&(b.source.path(), b.span.start)));
    found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

/// For each failure the first one it comes from, if any. In a circle of failures everyone stays its own cause.
fn causes(desired: &Desired, failures: &[Failure]) -> Vec<Option<usize>> {
    let direct: Vec<Option<usize>> = failures
        .iter()
        .enumerate()
        .map(|(number, failure)| {
            let statement = &desired.statements[failure.number];
            let message = failure.error.message();
            failures.iter().enumerate().find_map(|(other, candidate)| {
                let made = desired.statements[candidate.number].makes();
                let needed = made
                    .iter()
                    .any(|name| statement.uses().iter().any(|used| alike(used, name)));
                let named = made
                    .iter()
                    .any(|name| message.contains(&format!("\"{}\"", name.name)));
                (other != number && (named || (needed && unknown(&failure.error)))).then_some(other)
            })
        })
        .collect();
    (0..failures.len())
        .map(|number| {
            let mut seen = BTreeSet::from([number]);
            let mut at = number;
            while let Some(next) = direct[at] {
                if !seen.insert(next) {
                    return None;
                }
                at = next;
            }
            (at != number).then_some(at)
        })
        .collect()
}

fn alike(a: &Name, b: &Name) -> bool {
    let spaces = a.space == b.space;
    spaces && a.name == b.name && (a.schema.is_none() || b.schema.is_none() || a.schema == b.schema)
}

fn unknown(error: &DbError) -> bool {
    matches!(
        error.code().code(),
        "42P01" | "42704" | "42883" | "3F000" | "42703" | "42830"
    )
}

fn diagnostic(desired: &Desired, statement: &Statement, error: &DbError) -> Diagnostic {
    let message = error.message();
    let name = quoted_name(message);
    let span = place(statement, error, name.as_deref());
    let (code, label) = kind(error);
    let mut diagnostic = Diagnostic::error(code, in_backticks(message)).at(&statement.source, span, label);
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(in_backticks(detail));
    }
    if let Some(context) = error.where_().filter(|_| statement.opaque) {
        diagnostic = diagnostic.note(context.lines().next().unwrap_or_default());
    }
    if code == "not-available" || message.starts_with("language ") {
        // The server's own hint does not know which of two servers is meant.
        diagnostic = diagnostic.help(
            "install it for the PostgreSQL that builds the desired schema here, or name a throwaway server that has it with \
             `--shadow URL`",
        );
        if message.starts_with("extension ") {
            diagnostic = diagnostic.note("its types cannot be taken as opaque yet");
        }
    } else if let Some(hint) = error.hint() {
        diagnostic = diagnostic.help(in_backticks(hint));
    }
    if unknown(error)
        && let Some(help) = nearest(
            desired,
            error,
            name.as_deref().unwrap_or(statement.source.slice(span)),
        )
    {
        diagnostic = diagnostic.help(help);
    }
    diagnostic
}

/// A short code by SQLSTATE, and what stands beside the underline.
fn kind(error: &DbError) -> (&'static str, &'static str) {
    let absent = "not built in and not defined in the files";
    let message = error.message();
    match error.code().code() {
        "42601" | "42602" | "42622" | "22P02" => ("syntax", ""),
        "42P01" => ("unknown-relation", absent),
        "42703" => ("unknown-column", ""),
        "42883" => ("unknown-function", absent),
        "3F000" => ("unknown-schema", absent),
        "42704" if message.starts_with("type ") => ("unknown-type", absent),
        "42704" => ("unknown-object", absent),
        "42P07" | "42710" | "42P06" | "42723" | "42701" => ("already-exists", ""),
        "58P01" => ("not-available", ""),
        "0A000" if is_absent(error) => ("not-available", ""),
        _ => ("refused-by-postgres", ""),
    }
}

/// Of what PostgreSQL does not do, that which another server does.
fn is_absent(error: &DbError) -> bool {
    let built_without = |text: &str| text.contains("to be built with") || text.contains("in this build");
    error.message().contains("is not available")
        || built_without(error.message())
        || error.detail().is_some_and(built_without)
}

/// Where the server points; else where the name it speaks of stands; else the statement's first line.
fn place(statement: &Statement, error: &DbError, name: Option<&str>) -> Span {
    let in_file = statement.source.slice(statement.span);
    let text = if statement.verbatim {
        &statement.text
    } else {
        in_file
    };
    let pointed = match error.position() {
        _ if !statement.verbatim => name.and_then(|name| whole_word(in_file, name)),
        Some(ErrorPosition::Original(position)) => {
            let characters = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
            Some(
                text.char_indices()
                    .nth(characters)
                    .map_or(text.len(), |(at, _)| at),
            )
        }
        _ => name.and_then(|name| whole_word(text, name)),
    };
    let file_end = statement.source.text().len();
    let whole = || {
        let line = statement.source.line_of(statement.span.start);
        Span::new(statement.span.start, statement.span.end.min(line.end))
    };
    match pointed {
        Some(at) if statement.span.start + at >= file_end => whole(),
        Some(at) => {
            let start = statement.span.start + at;
            let length = token_length(&text[at..]).max(1);
            Span::new(start, (start + length).min(file_end))
        }
        None => whole(),
    }
}

fn whole_word(text: &str, name: &str) -> Option<usize> {
    let name = name.rsplit('.').next()?;
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name)
        .find(|(at, _)| {
            let before = text[..*at].chars().next_back().is_some_and(in_word);
            let after = text[at + name.len()..].chars().next().is_some_and(in_word);
            !before && !after
        })
        .map(|(at, _)| at)
}

/// The bytes of the token that `text` begins with.
fn token_length(text: &str) -> usize {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    let end = |found: Option<(usize, char)>| found.map_or(text.len(), |(at, _)| at);
    match first {
        '"' | '\'' => text[1..].find(first).map_or(1, |at| at + 2),
        c if c.is_alphanumeric() || c == '_' => {
            end(chars.find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))))
        }
        _ => first.len_utf8(),
    }
}

/// The first name in quotes in a message.
fn quoted_name(message: &str) -> Option<String> {
    let (_, rest) = message.split_once('"')?;
    Some(rest.split_once('"')?.0.to_string())
}

/// PostgreSQL quotes names with `"`; in prose they stand in backticks.
fn in_backticks(message: &str) -> String {
    match message.matches('"').count() % 2 {
        0 => message.replace('"', "`"),
        _ => message.to_string(),
    }
}

/// A name of the files close to one that does not exist.
fn nearest(desired: &Desired, error: &DbError, name: &str) -> Option<String> {
    let spaces: &[Space] = match error.code().code() {
        "42P01" => &[Space::Relation],
        "42883" => &[Space::Routine],
        "3F000" => &[Space::Schema],
        "42704" => &[Space::Type, Space::Relation, Space::Other, Space::Extension],
        _ => &[],
    };
    let name = name.split('(').next().unwrap_or(name);
    let name = name
        .rsplit('.')
        .next()
        .unwrap_or(name)
        .trim_matches('"')
        .to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&name, &other.to_lowercase());
    let known = desired.statements.iter().flat_map(|statement| {
        let names = statement.defines().iter().filter(|n| spaces.contains(&n.space));
        names.map(move |n| (n.name.clone(), statement.origin.clone()))
    });
    let columns = desired.statements.iter().flat_map(|statement| {
        let wanted = error.code().code() == "42703";
        statement
            .columns()
            .into_iter()
            .filter(move |_| wanted)
            .map(|(column, at)| (column, statement.source.origin(at)))
    });
    let limit = (name.len() / 3).clamp(1, 3);
    known
        .chain(columns)
        .map(|(other, origin)| (distance(&other), other, origin))
        .filter(|(distance, ..)| (1..=limit).contains(distance))
        .min()
        .map(|(_, other, origin)| format!("`{other}` is defined in {origin}"))
}
