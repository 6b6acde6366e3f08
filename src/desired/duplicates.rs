//! Two files that define the same thing: which of them holds would depend on their names.

use super::statement::Statement;
use super::target::What;
use crate::text::{Diagnostic, Shared, Span};
use std::collections::HashMap;
use std::sync::Arc;

/// A diagnostic for each thing that two files define. Within one file the server says so, except where the file says
/// IF NOT EXISTS or OR REPLACE and means it.
pub(super) fn find(statements: &[Statement]) -> Vec<Diagnostic> {
    let mut first: HashMap<String, &Statement> = HashMap::new();
    let mut diagnostics = Vec::new();
    for statement in statements {
        let Some((key, shown)) = identity(statement) else {
            continue;
        };
        let Some(earlier) = first.get(&key) else {
            first.insert(key, statement);
            continue;
        };
        let shared =
            matches!(what(statement), Some(What::Schema | What::Extension)) && statement.facts.conditional;
        if Arc::ptr_eq(&earlier.source, &statement.source) || shared {
            continue;
        }
        diagnostics.push(
            Diagnostic::error("defined-twice", format!("{shown} is defined in two files"))
                .at(&statement.source, head(statement), "defined here again")
                .at(&earlier.source, head(earlier), "first defined here")
                .help("keep one of them"),
        );
    }
    diagnostics
}

fn what(statement: &Statement) -> Option<What> {
    statement.facts.target.as_ref().map(|target| target.what)
}

fn identity(statement: &Statement) -> Option<(String, String)> {
    let target = statement
        .facts
        .target
        .as_ref()
        .filter(|_| statement.facts.creates)?;
    let word = match target.what {
        What::Relation => "relation",
        What::Type => "type",
        What::Routine => "routine",
        What::Schema => "schema",
        What::Extension => "extension",
        What::Index if !target.name.is_empty() => "index",
        What::Trigger => "trigger",
        What::Policy => "policy",
        _ => return None,
    };
    let outside = matches!(target.what, What::Schema | What::Extension);
    let schema = match outside {
        true => Shared::default(),
        false => target
            .schema
            .clone()
            .or_else(|| statement.search_path().into_iter().next())
            .unwrap_or_default(),
    };
    let args = target
        .args
        .as_ref()
        .map(|args| format!("({})", args.join(", ")))
        .unwrap_or_default();
    let parts = [
        Some(&schema),
        target.of.as_ref().filter(|_| target.what != What::Index),
        Some(&target.name),
    ];
    let name = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(".");
    // Tables, views, indexes and composite types share one namespace.
    let space = if word == "index" { "relation" } else { word };
    Some((format!("{space} {name}{args}"), format!("{word} `{name}{args}`")))
}

/// The first line of a statement.
fn head(statement: &Statement) -> Span {
    let line = statement.source.line_of(statement.span.start);
    Span::new(statement.span.start, statement.span.end.min(line.end))
}
