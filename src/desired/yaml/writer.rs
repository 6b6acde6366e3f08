//! The statements as text, every piece of it with its place in the YAML file.

use super::scalar::stretches;
use super::tree::Node;
use crate::sql;
use crate::text::{Diagnostic, Piece, SourceFile, Span, dotted_name};
use std::sync::Arc;

/// Builds the SQL text of a file.
pub(super) struct Writer<'a> {
    source: &'a Arc<SourceFile>,
    text: String,
    pieces: Vec<Piece>,
    about: Span,
    pub diagnostics: Vec<Diagnostic>,
}

impl<'a> Writer<'a> {
    pub fn new(source: &'a Arc<SourceFile>) -> Self {
        Self {
            source,
            text: String::new(),
            pieces: Vec::new(),
            about: Span::default(),
            diagnostics: Vec::new(),
        }
    }

    /// The finished text, and what is wrong.
    pub fn finish(self) -> (Arc<SourceFile>, Vec<Diagnostic>) {
        let made = SourceFile::translated(self.source, self.text, self.pieces);
        (made, self.diagnostics)
    }

    /// What the words that follow are about.
    pub fn about(&mut self, node: &Node) -> &mut Self {
        self.about = node.span;
        self
    }

    /// Words of SQL.
    pub fn words(&mut self, words: &str) -> &mut Self {
        self.piece(self.about, false);
        self.text.push_str(words);
        self
    }

    /// Text that stands for a value as a whole.
    pub fn made(&mut self, node: &Node, text: &str) -> &mut Self {
        self.piece(node.span, false);
        self.text.push_str(text);
        self
    }

    /// A value's text as it is, without blanks and semicolons at its end.
    pub fn sql(&mut self, node: &Node) -> &mut Self {
        let text = node.text().unwrap_or_default();
        let end = text
            .trim_end_matches(|c: char| c == ';' || c.is_whitespace())
            .len();
        self.part_of(node, Span::new(0, end));
        // A comment at its end must not swallow what follows.
        if node.text().is_some_and(|text| text.contains("--")) {
            self.words("\n");
        }
        self
    }

    /// Bytes of a value's text as they are.
    pub fn part_of(&mut self, node: &Node, part: Span) -> &mut Self {
        let text = node.text().unwrap_or_default();
        let base = self.text.len();
        let mut done = part.start;
        for stretch in stretches(self.source.text(), node) {
            let start = stretch.text.max(part.start);
            let end = (stretch.text + stretch.length).min(part.end);
            if start >= end {
                continue;
            }
            let file = stretch.file + (start - stretch.text);
            if start > done {
                // An escape: it stands in front of what follows.
                self.piece_at(base + done - part.start, Span::new(file, file), false);
            }
            self.piece_at(
                base + start - part.start,
                Span::new(file, file + (end - start)),
                true,
            );
            done = end;
        }
        if done < part.end {
            self.piece_at(base + done - part.start, node.span, false);
        }
        self.text
            .push_str(text.get(part.start..part.end).unwrap_or_default());
        self
    }

    /// A name with its schema: `app.orders`.
    pub fn name(&mut self, node: &Node) -> &mut Self {
        let quoted = quoted(&parts(node));
        self.made(node, &quoted)
    }

    /// A name without a schema, dots and all.
    pub fn plain_name(&mut self, node: &Node) -> &mut Self {
        let quoted = sql::quoted_ident(&exact(node));
        self.made(node, &quoted)
    }

    /// Names without a schema in brackets.
    pub fn plain_names(&mut self, nodes: &[&Node]) -> &mut Self {
        self.words("(");
        for (number, node) in nodes.iter().enumerate() {
            self.comma(number).plain_name(node);
        }
        self.words(")")
    }

    /// A value's text as a string of SQL.
    pub fn literal(&mut self, node: &Node) -> &mut Self {
        let text = sql::literal(node.text().unwrap_or_default());
        self.made(node, &text)
    }

    /// `, ` in front of all but the first.
    pub fn comma(&mut self, number: usize) -> &mut Self {
        if number > 0 {
            self.words(", ");
        }
        self
    }

    /// Ends a statement.
    pub fn end(&mut self) {
        self.words(";\n");
    }

    /// Something is wrong with a value.
    pub fn wrong(&mut self, diagnostic: Diagnostic, node: &Node) -> &mut Diagnostic {
        let line = self.source.line_of(node.span.start);
        let span = Span::new(node.span.start, node.span.end.min(line.end));
        self.diagnostics.push(diagnostic.at(self.source, span, ""));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    fn piece(&mut self, from: Span, verbatim: bool) {
        self.piece_at(self.text.len(), from, verbatim);
    }

    fn piece_at(&mut self, start: usize, from: Span, verbatim: bool) {
        match self.pieces.last_mut() {
            Some(last) if !verbatim && !last.verbatim && last.from == from => {}
            Some(last) if last.start == start => {
                *last = Piece {
                    start,
                    from,
                    verbatim,
                };
            }
            _ => self.pieces.push(Piece {
                start,
                from,
                verbatim,
            }),
        }
    }
}

/// The parts of a name: exact, parted at dots; in double quotes as in SQL.
pub(super) fn parts(node: &Node) -> Vec<String> {
    let text = node.text().unwrap_or_default();
    match text.contains('"') {
        true => dotted_name(text, false).unwrap_or_else(|| vec![text.to_owned()]),
        false => text.split('.').map(str::to_owned).collect(),
    }
}

/// A name of one part; in double quotes as in SQL.
pub(super) fn exact(node: &Node) -> String {
    let text = node.text().unwrap_or_default();
    match (text.starts_with('"'), dotted_name(text, false).as_deref()) {
        (true, Some([one])) => one.clone(),
        _ => text.to_owned(),
    }
}

pub(super) fn quoted(parts: &[String]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| sql::quoted_ident(part)).collect();
    parts.join(".")
}
