//! What is wrong with what the user wrote, with the place in the file: a value, rendered by the terminal or printed as JSON.

use super::{SourceFile, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The run cannot go on with this input.
    Error,
    /// The run goes on; the user should know.
    Warning,
    /// Worth a line.
    Note,
}

/// A marked stretch of a file. The first label of a diagnostic is where it happened, the others are what else to look at.
#[derive(Clone, Debug)]
pub struct Label {
    /// The file.
    pub source: Arc<SourceFile>,
    /// The stretch.
    pub span: Span,
    /// What stands beside the underline; empty for none.
    pub message: String,
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (line, column) = self.source.position(self.span.start);
        let (end_line, end_column) = self.source.position(self.span.end);
        let mut label = serializer.serialize_struct("Label", 6)?;
        label.serialize_field("file", self.source.path())?;
        label.serialize_field("line", &line)?;
        label.serialize_field("column", &column)?;
        label.serialize_field("end_line", &end_line)?;
        label.serialize_field("end_column", &end_column)?;
        label.serialize_field("message", &self.message)?;
        label.end()
    }
}

/// One finding about the user's input. Build it with [`Diagnostic::error`] and the methods that add to it.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnostic {
    /// Short and stable: `unknown-type`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line, no full stop, names in backticks.
    pub title: String,
    /// Where, the cause first.
    pub labels: Vec<Label>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
}

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal; source lines are cut to it.
    pub width: usize,
    /// ANSI colours.
    pub color: bool,
    /// Frames in ASCII; else in box characters.
    pub ascii: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            ascii: true,
        }
    }
}

impl Diagnostic {
    /// Something that stops the run.
    pub fn error(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, title)
    }

    /// Something to know about.
    pub fn warning(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, title)
    }

    /// A remark.
    pub fn remark(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, title)
    }

    fn new(code: &'static str, severity: Severity, title: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            title: title.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn softened(self) -> Self {
        Self {
            severity: Severity::Warning,
            ..self
        }
    }

    /// Marks a place; the first one is the cause. In a text that was made from another file it is marked there.
    #[must_use]
    pub fn at(mut self, source: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Self {
        let (source, span) = source.written(span).unwrap_or((source, span));
        // Half a character can be neither shown nor underlined.
        let text = source.text();
        let span = Span::new(
            text.floor_char_boundary(span.start),
            text.ceil_char_boundary(span.end),
        );
        self.labels.push(Label {
            source: Arc::clone(source),
            span: source.whole_characters(span),
            message: message.into(),
        });
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// True for what stops the run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The diagnostic as people read it: title, excerpt with the place underlined, notes and help; no line end at the end.
    pub fn render(&self, look: Look) -> String {
        let renderer = match look.color {
            true => Renderer::styled(),
            false => Renderer::plain(),
        };
        let decor = match look.ascii {
            true => DecorStyle::Ascii,
            false => DecorStyle::Unicode,
        };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let group = Group::with_title(level.primary_title(self.title.as_str()).id(self.code))
            .elements(self.elements());
        let rendered = renderer
            .term_width(look.width)
            .decor_style(decor)
            .render(&[group]);
        rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The lines that labels stand on and those between them: the renderer goes through every line that it is given.
    fn lines_of(&self, file: &Arc<SourceFile>) -> Span {
        let spans = self
            .labels
            .iter()
            .filter(|label| Arc::ptr_eq(&label.source, file));
        let (start, end) = spans.fold((file.text().len(), 0), |(start, end), label| {
            (start.min(label.span.start), end.max(label.span.end))
        });
        Span::new(file.line_of(start).start, file.line_of(end).end)
    }

    fn elements(&self) -> Vec<Element<'_>> {
        let mut files: Vec<&Arc<SourceFile>> = Vec::new();
        for label in &self.labels {
            if !files.iter().any(|file| Arc::ptr_eq(file, &label.source)) {
                files.push(&label.source);
            }
        }
        let mut elements: Vec<Element<'_>> = Vec::new();
        for file in files {
            let window = self.lines_of(file);
            let annotations = self
                .labels
                .iter()
                .enumerate()
                .filter(|(_, label)| Arc::ptr_eq(&label.source, file))
                .map(|(number, label)| {
                    let kind = match number {
                        0 => AnnotationKind::Primary,
                        _ => AnnotationKind::Context,
                    };
                    let message = (!label.message.is_empty()).then_some(label.message.as_str());
                    let (start, end) = (label.span.start - window.start, label.span.end - window.start);
                    kind.span(start..end).label(message)
                });
            let (line, _) = file.position(window.start);
            elements.push(
                Snippet::source(file.slice(window))
                    .line_start(usize::try_from(line).unwrap_or(1))
                    .path(file.path())
                    .annotations(annotations)
                    .into(),
            );
        }
        elements.extend(
            self.notes
                .iter()
                .map(|note| Level::NOTE.message(note.as_str()).into()),
        );
        elements.extend(
            self.help
                .iter()
                .map(|help| Level::HELP.message(help.as_str()).into()),
        );
        elements
    }
}

/// Renders several with a blank line between them.
pub fn render_all(diagnostics: &[Diagnostic], look: Look) -> String {
    diagnostics
        .iter()
        .map(|d| d.render(look))
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown_type() -> Diagnostic {
        let text = "create table orders (\n  id bigint primary key,\n  placed_at timestamptz,\n  status  order_statsu not null\n);\n";
        let file = SourceFile::new("schema/orders.sql", text);
        let start = text.find("order_statsu").unwrap();
        Diagnostic::error("unknown-type", "type `order_statsu` does not exist")
            .at(
                &file,
                Span::new(start, start + 12),
                "not built in and not defined in schema/",
            )
            .help("`order_status` is defined in schema/types.sql:3")
    }

    #[test]
    fn is_drawn_as_compilers_draw_it() {
        let expected = "\
error[unknown-type]: type `order_statsu` does not exist
 --> schema/orders.sql:4:11
  |
4 |   status  order_statsu not null
  |           ^^^^^^^^^^^^ not built in and not defined in schema/
  |
  = help: `order_status` is defined in schema/types.sql:3";
        assert_eq!(unknown_type().render(Look::default()), expected);
    }

    #[test]
    fn draws_box_characters_and_colours_on_request() {
        let look = Look {
            ascii: false,
            color: true,
            ..Look::default()
        };
        let drawn = unknown_type().render(look);
        assert!(drawn.contains('│') && drawn.contains('\u{1b}'), "{drawn}");
    }

    #[test]
    fn is_json_with_places() {
        let json = serde_json::to_value(unknown_type()).unwrap();
        assert_eq!(json["code"], "unknown-type");
        assert_eq!(json["severity"], "error");
        assert_eq!(json["labels"][0]["file"], "schema/orders.sql");
        assert_eq!(json["labels"][0]["line"], 4);
        assert_eq!(json["labels"][0]["column"], 11);
    }
}
