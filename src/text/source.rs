//! A source file and the places in it.

use super::{Diagnostic, Origin, Piece, Shared, Translation};
use std::path::Path;
use std::sync::Arc;

/// A stretch of a file's text in bytes, end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// From `start` to before `end`; an end before the start gives an empty span.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }
}

/// A file of the desired schema, read once and shared by every statement and diagnostic that points into it.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    path: String,
    text: String,
    lines: Vec<usize>,
    made_from: Option<Translation>,
}

impl SourceFile {
    /// A file whose text is known to be UTF-8. A byte order mark is dropped, as psql does.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let mut text: String = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Arc::new(Self {
            path: path.into(),
            lines: line_starts(&text),
            text,
            made_from: None,
        })
    }

    /// SQL text that was made from a file of another language. Its lines and columns are those of that file.
    pub fn translated(source: &Arc<Self>, text: impl Into<String>, pieces: Vec<Piece>) -> Arc<Self> {
        let text = text.into();
        Arc::new(Self {
            path: source.path.clone(),
            lines: line_starts(&text),
            text,
            made_from: Some(Translation::new(source, pieces)),
        })
    }

    /// The file that people wrote and the place there; None where that is this file itself.
    pub fn written(&self, span: Span) -> Option<(&Arc<Self>, Span)> {
        let translation = self.made_from.as_ref()?;
        Some((translation.source(), translation.origin_of(span)))
    }

    /// A file as its bytes.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, with the line of the first; a NUL byte, which no SQL text can hold.
    pub fn from_bytes(path: impl Into<String>, bytes: Vec<u8>) -> Result<Arc<Self>, Diagnostic> {
        let path = path.into();
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|b| **b == b'\n')
                .count();
            let help = match utf16 {
                true => "the file looks like UTF-16: save it as UTF-8".to_string(),
                false => format!("save it as UTF-8: `iconv -f latin1 -t utf-8 {path}` where it is Latin-1"),
            };
            Diagnostic::error("not-utf8", format!("`{path}` is not UTF-8 (line {line})")).help(help)
        })?;
        let file = Self::new(path, text);
        if let Some(at) = file.text.find('\0') {
            return Err(Diagnostic::error("not-utf8", "a NUL byte in an SQL file")
                .at(&file, Span::new(at, at + 1), "PostgreSQL takes no NUL")
                .help("remove it, or save the file as UTF-8"));
        }
        Ok(file)
    }

    /// The path as people type it: relative to the working folder where it is below it, `/` between folders.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, line ends as they are in the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty where the span does not fit this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The span, made to fit this file and to cut no character.
    pub fn whole_characters(&self, span: Span) -> Span {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        Span::new(start, end)
    }

    /// Line and column (both from 1, the column in characters) of a byte, in the file that people wrote.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        if let Some((source, span)) = self.written(Span::new(offset, offset)) {
            return source.position(span.start);
        }
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let column = self.text[start..offset].chars().count() + 1;
        (clamp(line), clamp(column))
    }

    /// The place of a byte, for people.
    pub fn origin(&self, offset: usize) -> Origin {
        let (line, column) = self.position(offset);
        Origin {
            file: Shared::from(&self.path),
            line,
            column,
        }
    }

    /// The span of the line that holds a byte, without its line end.
    pub fn line_of(&self, offset: usize) -> Span {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        Span::new(start, end)
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
}

fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How a path is shown: relative to `base` where it is below it, `/` between folders.
pub fn shown_path(path: &Path, base: &Path) -> String {
    let relative = path.strip_prefix(base).unwrap_or(path);
    let shown = relative.to_string_lossy().replace('\\', "/");
    shown.strip_prefix("./").map(str::to_string).unwrap_or(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_from_one_and_columns_in_characters() {
        let file = SourceFile::new("a.sql", "\u{feff}create\r\n  ü x\n");
        assert_eq!(file.position(0), (1, 1));
        let x = file.text().find('x').unwrap();
        assert_eq!(file.position(x), (2, 5));
        assert_eq!(file.origin(x).to_string(), "a.sql:2");
        assert_eq!(file.position(10_000), (3, 1));
        assert_eq!(file.slice(file.line_of(x)), "  ü x");
    }

    #[test]
    fn says_where_a_file_stops_being_utf8() {
        let error = SourceFile::from_bytes("b.sql", b"a\nb\n\xfc".to_vec()).unwrap_err();
        assert!(error.title.contains("line 3"), "{}", error.title);
        assert!(SourceFile::from_bytes("b.sql", b"a\0".to_vec()).is_err());
    }
}
