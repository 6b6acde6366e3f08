//! Names that schemaplan keeps for what it makes on the way: a user's object of such a name would be taken for a leftover.

use super::statement::Statement;
use crate::bodies::Space;
use crate::text::{Diagnostic, Shared, Span};
use std::collections::BTreeMap;

/// A diagnostic for each reserved name that the files define.
pub(super) fn find(statements: &[Statement]) -> Vec<Diagnostic> {
    statements.iter().flat_map(of_statement).collect()
}

fn of_statement(statement: &Statement) -> Vec<Diagnostic> {
    // By place, so that a column and its constraint are said apart, and one name once.
    let mut found: BTreeMap<usize, Shared> = BTreeMap::new();
    for name in statement.defines() {
        let schema = match name.space {
            Space::Schema => Some(&name.name),
            _ => name.schema.as_ref(),
        };
        if let Some(reserved) = schema
            .filter(|schema| is_ours(schema))
            .or(Some(&name.name).filter(|n| is_reserved(n)))
        {
            found.insert(0, reserved.clone());
        }
    }
    for element in &statement.facts.elements {
        if is_reserved(&element.target.name) {
            found.insert(element.start, element.target.name.clone());
        }
    }
    let target = statement
        .facts
        .target
        .as_ref()
        .filter(|target| statement.facts.creates && is_reserved(&target.name));
    if let Some(target) = target {
        found.insert(0, target.name.clone());
    }
    let diagnostic = |(start, name): (usize, Shared)| {
        let from = statement.span.start + start;
        let line = statement.source.line_of(from);
        let text = statement.source.slice(Span::new(from, line.end));
        let span = match text.find(name.as_str()) {
            Some(at) => Span::new(from + at, from + at + name.len()),
            None => Span::new(from, line.end),
        };
        Diagnostic::error(
            "reserved-name",
            format!("`{name}` is a name that schemaplan keeps for itself"),
        )
        .at(&statement.source, span, "")
        .help("choose another name")
    };
    found.into_iter().map(diagnostic).collect()
}

fn is_ours(schema: &str) -> bool {
    matches!(schema, "schemaplan" | "schemaplan_archive")
}

fn is_reserved(name: &str) -> bool {
    name.strip_prefix('~').unwrap_or(name).starts_with("schemaplan_")
}
