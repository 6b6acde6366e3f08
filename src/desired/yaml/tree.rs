//! A YAML file as values with their places. Nothing is read twice and nothing grows: an alias is the same value once more, and
//! what a file would expand to is counted before anything walks through it.

use crate::text::{Diagnostic, SourceFile, Span};
use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Values within values.
const DEPTH: u32 = 64;
/// Values in all documents of a file, aliases followed.
const VALUES: u32 = 2_000_000;
/// Bytes of one value.
const SCALAR: usize = 4 << 20;
/// Characters of a key without quotes around it: a function's arguments can be many.
const KEY: usize = 16_384;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub span: Span,
    pub kind: Kind,
    /// Values in it, itself included, aliases followed.
    weight: u32,
    /// Values within values in it.
    depth: u32,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    /// Text as YAML reads it.
    Scalar {
        text: String,
        style: ScalarStyle,
    },
    List(Vec<Rc<Node>>),
    /// In the order of the file; keys are scalars, and each stands there once.
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The same place with another value.
    #[cfg(test)]
    pub fn with(&self, kind: Kind) -> Self {
        Self {
            span: self.span,
            kind,
            weight: self.weight,
            depth: self.depth,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let found = self.entries().iter().find(|(name, _)| name.text() == Some(key))?;
        Some(&found.1)
    }

    /// The keys with their values; none where it is no mapping.
    pub fn entries(&self) -> &[(Rc<Node>, Rc<Node>)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list; a single value or mapping is a list of one.
    pub fn items(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::List(items) => items.iter().map(|item| &**item).collect(),
            _ => vec![self],
        }
    }

    /// The values of a list behind a key.
    pub fn all(&self, key: &str) -> Vec<&Node> {
        self.get(key).map(Node::items).unwrap_or_default()
    }

    /// True where the key says `true`.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Node::text) == Some("true")
    }

    /// True for a mapping.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }

    /// True for nothing at all, `~` and `null`.
    pub fn is_empty(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, style: ScalarStyle::Plain } if matches!(text.as_str(), "" | "~" | "null"))
    }
}

/// The documents of a file, without what is wrong in them.
///
/// # Errors
/// Where the file is no YAML, or beyond the limits: what was read so far would only mislead.
pub(super) fn read(
    source: &Arc<SourceFile>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Rc<Node>>, Box<Diagnostic>> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH as usize,
        block_nesting_limit: DEPTH as usize,
        simple_key_max_lookahead: KEY,
    };
    let mut builder = Builder {
        source,
        diagnostics,
        open: Vec::new(),
        anchors: HashMap::new(),
        documents: Vec::new(),
        values: 0,
    };
    for next in Parser::new_from_str_with_options(source.text(), options) {
        match next {
            Ok((event, span)) => builder.take(event, place(span))?,
            Err(error) => return Err(Box::new(builder.syntax(&error))),
        }
    }
    Ok(builder.documents)
}

fn place(span: granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span::new(range.start, range.end)
}

/// A list or mapping that has not ended yet.
struct Open {
    span: Span,
    anchor: usize,
    map: bool,
    /// In brackets.
    flow: bool,
    /// A mapping's keys and values in turn.
    inside: Vec<Rc<Node>>,
}

struct Builder<'a> {
    source: &'a Arc<SourceFile>,
    diagnostics: &'a mut Vec<Diagnostic>,
    open: Vec<Open>,
    /// None while the value that bears the anchor is still open.
    anchors: HashMap<usize, Option<Rc<Node>>>,
    documents: Vec<Rc<Node>>,
    /// Values so far, aliases followed.
    values: u32,
}

type Taken = Result<(), Box<Diagnostic>>;

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Taken {
        if let Some(tag) = event.tag().filter(|tag| tag.is_custom()) {
            self.diagnostics.push(
                Diagnostic::error(
                    "yaml-tag",
                    format!("the tag `{tag}` means nothing in a schema file"),
                )
                .at(self.source, span, "")
                .help("leave it out"),
            );
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let node = self.scalar(text.into_owned(), style, span)?;
                self.close(node, anchor)
            }
            Event::SequenceStart(style, anchor, _) => self.begin(span, anchor, false, style),
            Event::MappingStart(style, anchor, _) => self.begin(span, anchor, true, style),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                self.diagnostics.push(
                    Diagnostic::error("unknown-anchor", format!("no anchor `&{name}` above"))
                        .at(self.source, span, "")
                        .help("an expression that begins with `*` needs quotes around it"),
                );
                let node = self.scalar(String::new(), ScalarStyle::Plain, span)?;
                self.close(node, 0)
            }
            _ => Ok(()),
        }
    }

    /// What the parser says, at its place.
    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let source = self.source;
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or_default()
            .min(source.text().len());
        let line = source.line_of(at);
        let text = source.slice(line);
        let said = error.info();
        let said = said.lines().next().unwrap_or_default().to_owned();
        let end = (at + 1).min(line.end.max(at));
        let diagnostic = Diagnostic::error("yaml-syntax", format!("this is no YAML: {said}"));
        let mut diagnostic = diagnostic.at(source, Span::new(at, end), "");
        if let Some(open) = self.open.last().filter(|open| open.flow) {
            let bracket = Span::new(open.span.start, open.span.start + 1);
            diagnostic = diagnostic.at(source, bracket, "this bracket is still open");
        }
        let indent = &text[..text.len() - text.trim_start().len()];
        if indent.contains('\t') {
            return diagnostic.help("indent with blanks: YAML takes no tabs there");
        }
        if said.contains("nest") {
            return diagnostic.help(format!("values can stand {DEPTH} deep in each other"));
        }
        match text.contains(": ") {
            true => diagnostic.help(
                "a value that holds `: ` or ` #`, or begins with one of `[]{}&*!|>'\"%@`, needs quotes or a block (`|`)",
            ),
            false => diagnostic,
        }
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, span: Span) -> Result<Rc<Node>, Box<Diagnostic>> {
        if text.len() > SCALAR {
            let shown = Span::new(
                span.start,
                self.source.line_of(span.start).end.min(span.start + 40),
            );
            let title = format!("this value has {} bytes; {SCALAR} are the most", text.len());
            return Err(Box::new(Diagnostic::error("yaml-limit", title).at(
                self.source,
                shown,
                "",
            )));
        }
        if text.contains('\0') {
            let diagnostic = Diagnostic::error("wrong-type", "a NUL character: PostgreSQL takes none");
            self.diagnostics
                .push(diagnostic.at(self.source, self.head(span), ""));
        }
        self.count(1, span)?;
        Ok(Rc::new(Node {
            span,
            kind: Kind::Scalar { text, style },
            weight: 1,
            depth: 1,
        }))
    }

    fn begin(&mut self, span: Span, anchor: usize, map: bool, style: StructureStyle) -> Taken {
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open {
            span,
            anchor,
            map,
            flow: style == StructureStyle::Flow,
            inside: Vec::new(),
        });
        self.count(1, span)
    }

    /// Counts values before they are there.
    fn count(&mut self, more: u32, span: Span) -> Taken {
        self.values = self.values.saturating_add(more);
        if self.values <= VALUES {
            return Ok(());
        }
        let span = self.head(span);
        let title = format!("this file holds more than {VALUES} values, its aliases followed");
        let diagnostic =
            Diagnostic::error("yaml-limit", title).at(self.source, span, "too many from here on");
        Err(Box::new(diagnostic.help("split it into several files")))
    }

    fn end(&mut self, end: Span) -> Taken {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let weight = open
            .inside
            .iter()
            .map(|node| node.weight)
            .fold(1, u32::saturating_add);
        let depth = 1 + open.inside.iter().map(|node| node.depth).max().unwrap_or(0);
        let span = Span::new(open.span.start, end.start.max(open.span.end));
        let kind = match open.map {
            true => Kind::Map(self.entries(open.inside)),
            false => Kind::List(open.inside),
        };
        if depth > DEPTH {
            return Err(self.too_deep(span));
        }
        let node = Rc::new(Node {
            span,
            kind,
            weight,
            depth,
        });
        self.close(node, open.anchor)
    }

    /// Puts a finished value where it belongs.
    fn close(&mut self, node: Rc<Node>, anchor: usize) -> Taken {
        if anchor > 0 {
            self.anchors.insert(anchor, Some(Rc::clone(&node)));
        }
        match self.open.last_mut() {
            Some(open) => open.inside.push(node),
            None => self.documents.push(node),
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Taken {
        let node = match self.anchors.get(&anchor) {
            Some(Some(node)) => Rc::clone(node),
            _ => {
                let diagnostic = Diagnostic::error("yaml-alias", "this value would hold itself");
                return Err(Box::new(diagnostic.at(self.source, span, "")));
            }
        };
        self.count(node.weight, span)?;
        self.close(node, 0)
    }

    fn too_deep(&self, span: Span) -> Box<Diagnostic> {
        let span = self.head(span);
        Box::new(
            Diagnostic::error(
                "yaml-limit",
                format!("values stand more than {DEPTH} deep in each other"),
            )
            .at(self.source, span, ""),
        )
    }

    /// Keys with their values: each key once, what `<<` brings behind what is said here.
    fn entries(&mut self, inside: Vec<Rc<Node>>) -> Vec<(Rc<Node>, Rc<Node>)> {
        let mut entries: Vec<(Rc<Node>, Rc<Node>)> = Vec::new();
        let mut merged = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut inside = inside.into_iter();
        while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
            let Kind::Scalar { text, style } = &key.kind else {
                self.diagnostics.push(
                    Diagnostic::error("wrong-type", "a key is a single value")
                        .at(self.source, self.head(key.span), "")
                        .help("quote it where it begins with `[` or `{`"),
                );
                continue;
            };
            if text == "<<" && *style == ScalarStyle::Plain {
                merged.push(value);
                continue;
            }
            if let Some(first) = seen.insert(text.clone(), key.span) {
                self.diagnostics.push(
                    Diagnostic::error("duplicate-key", format!("`{text}` stands here twice"))
                        .at(self.source, key.span, "again here")
                        .at(self.source, first, "first here"),
                );
                continue;
            }
            entries.push((key, value));
        }
        for value in merged {
            self.merge(&value, &mut seen, &mut entries);
        }
        entries
    }

    fn merge(
        &mut self,
        value: &Node,
        seen: &mut HashMap<String, Span>,
        entries: &mut Vec<(Rc<Node>, Rc<Node>)>,
    ) {
        match &value.kind {
            Kind::Map(brought) => {
                for (key, value) in brought {
                    let text = key.text().unwrap_or_default();
                    if !seen.contains_key(text) {
                        seen.insert(text.to_owned(), key.span);
                        entries.push((Rc::clone(key), Rc::clone(value)));
                    }
                }
            }
            Kind::List(values) if values.iter().all(|value| matches!(value.kind, Kind::Map(_))) => {
                for value in values {
                    self.merge(value, seen, entries);
                }
            }
            _ => self.diagnostics.push(
                Diagnostic::error("wrong-type", "`<<` takes a mapping, or a list of mappings").at(
                    self.source,
                    self.head(value.span),
                    "",
                ),
            ),
        }
    }

    /// The first line of a span.
    fn head(&self, span: Span) -> Span {
        Span::new(span.start, span.end.min(self.source.line_of(span.start).end))
    }
}
