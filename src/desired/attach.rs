//! Which statement, column or label a directive speaks of: the one that begins below it, or the one whose line it ends.

use super::elements::Element;
use super::statement::Statement;
use super::target::Target;
use crate::text::{Diagnostic, Directive, DirectiveKind, Shared, SourceFile, Span};
use std::sync::Arc;

/// A directive's comment.
pub(super) struct Comment {
    pub directive: Directive,
    pub span: Span,
}

/// A directive and what it speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub directive: Directive,
    pub source: Arc<SourceFile>,
    pub span: Span,
    /// None for one that names its object itself.
    pub target: Option<Target>,
    /// The schemas that unqualified names are looked up in there.
    pub search_path: Vec<Shared>,
}

/// Finds what a directive speaks of.
///
/// # Errors
/// Nothing stands below it, or what stands there cannot be spoken of.
pub(super) fn place(
    source: &Arc<SourceFile>,
    comment: Comment,
    spans: &[(Span, Option<usize>)],
    statements: &[Statement],
) -> Result<Placed, Box<Diagnostic>> {
    let Comment { mut directive, span } = comment;
    let line = source.line_of(span.start);
    let before = source.slice(Span::new(line.start, span.start));
    let trailing = !before.trim().is_empty();
    let around = match trailing {
        true => spans
            .iter()
            .rev()
            .find(|(statement, _)| statement.start < span.start),
        false => spans.iter().find(|(statement, _)| statement.end > span.end),
    };
    let statement = around
        .and_then(|(_, number)| *number)
        .and_then(|number| statements.get(number));
    if let DirectiveKind::DiscardObject(_) = directive.kind {
        return Ok(Placed {
            directive,
            source: Arc::clone(source),
            span,
            target: None,
            search_path: statement.map_or_else(|| vec!["public".into()], Statement::search_path),
        });
    }
    let Some(statement) = statement else {
        return Err(Box::new(nothing(source, span, around.is_some())));
    };
    let (target, part) = match trailing {
        true => ended(statement, span, line, before),
        false => below(statement, span),
    }
    .ok_or_else(|| Box::new(nothing(source, span, true)))?;
    if part.is_some()
        && let DirectiveKind::RenamedFrom(names) = &mut directive.kind
        && let Some(label) = as_label(source.slice(span))
    {
        *names = vec![label];
    }
    directive.part = part;
    Ok(Placed {
        directive,
        source: Arc::clone(source),
        span,
        target: Some(target),
        search_path: statement.search_path(),
    })
}

/// Above the statement: the statement itself. Inside: the next element.
fn below(statement: &Statement, comment: Span) -> Option<(Target, Option<String>)> {
    let Some(inside) = comment.end.checked_sub(statement.span.start) else {
        return statement.facts.target.clone().map(|target| (target, None));
    };
    let next = statement
        .facts
        .elements
        .iter()
        .filter(|element| element.start >= inside)
        .min_by_key(|e| e.start)?;
    // Code between the comment and the element belongs to what stands above.
    let between = statement.text.get(inside..next.start)?;
    between
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with("--"))
        .then(|| spoken_of(next))
}

/// At the end of a line: the element that begins its line, else the last one that begins before it.
fn ended(statement: &Statement, comment: Span, line: Span, before: &str) -> Option<(Target, Option<String>)> {
    let whole = || statement.facts.target.clone().map(|target| (target, None));
    if before.trim_start().starts_with(')') {
        return whole();
    }
    let elements = &statement.facts.elements;
    let place = |element: &Element| statement.span.start + element.start;
    let indent = before.len() - before.trim_start().len();
    let first = elements
        .iter()
        .find(|element| place(element) == line.start + indent && element.start > 0);
    if let Some(first) = first.filter(|element| !element.top) {
        return Some(spoken_of(first));
    }
    let last = elements
        .iter()
        .filter(|element| element.top && element.start > 0 && place(element) < comment.start)
        .max_by_key(|element| element.start);
    match last {
        Some(element) => Some(spoken_of(element)),
        None => whole(),
    }
}

fn spoken_of(element: &Element) -> (Target, Option<String>) {
    (element.target.clone(), element.part.clone())
}

fn nothing(source: &Arc<SourceFile>, span: Span, something: bool) -> Diagnostic {
    let message = match something {
        true => "what stands here is no object that a directive can speak of",
        false => "nothing stands below it",
    };
    Diagnostic::error("misplaced-directive", "this directive speaks of nothing")
        .at(source, span, message)
        .help("write it on a line of its own directly above what it speaks of, or at the end of its line")
}

/// Labels are compared letter by letter: the old one is taken as it is written, not folded as a name.
fn as_label(comment: &str) -> Option<String> {
    let from = comment.to_ascii_lowercase().find("from")? + "from".len();
    let text = comment.get(from..)?.trim();
    let plain = crate::text::dotted_name(text, false)?;
    Some(match text.starts_with(['\'', '"']) {
        true => plain.into_iter().next()?,
        false => text.to_string(),
    })
}
