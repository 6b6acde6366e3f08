//! A text that was made from another one, and where each piece of it comes from.

use super::{SourceFile, Span};
use std::sync::Arc;

/// Where a text comes from, piece by piece.
#[derive(Debug, PartialEq, Eq)]
pub struct Translation {
    /// The file that people wrote.
    source: Arc<SourceFile>,
    /// By their start; a piece goes up to the start of the next one.
    pieces: Vec<Piece>,
}

/// A piece of the made text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first byte of it in the made text.
    pub start: usize,
    /// What it was made from.
    pub from: Span,
    /// True where it is the very text of `from`, byte by byte; else it stands for `from` as a whole.
    pub verbatim: bool,
}

impl Translation {
    /// The pieces in order of their start, the first one at 0.
    pub fn new(source: &Arc<SourceFile>, pieces: Vec<Piece>) -> Self {
        Self {
            source: Arc::clone(source),
            pieces,
        }
    }

    /// The file that people wrote.
    pub fn source(&self) -> &Arc<SourceFile> {
        &self.source
    }

    /// What a span of the made text was made from: from its first byte on, up to its last one where that stands behind it.
    pub fn origin_of(&self, span: Span) -> Span {
        let first = self.at(span.start);
        let Some(end) = span.end.checked_sub(1).filter(|end| *end > span.start) else {
            return first;
        };
        let last = self.at(end);
        // Words of ours stand for what they are about, whatever follows them.
        let ours = self.piece(span.start).is_none_or(|piece| !piece.verbatim);
        match ours || last.end < first.end {
            true => first,
            false => Span::new(first.start, last.end),
        }
    }

    /// What one byte was made from.
    fn at(&self, offset: usize) -> Span {
        match self.piece(offset) {
            Some(piece) if piece.verbatim => {
                let at = (piece.from.start + (offset - piece.start)).min(piece.from.end);
                Span::new(at, (at + 1).min(piece.from.end))
            }
            Some(piece) => piece.from,
            None => Span::default(),
        }
    }

    fn piece(&self, offset: usize) -> Option<&Piece> {
        let behind = self.pieces.partition_point(|piece| piece.start <= offset);
        self.pieces.get(behind.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated() -> Arc<SourceFile> {
        let yaml = SourceFile::new("t.yaml", "tables:\n  users:\n    id: bigint\n");
        let at = |word: &str, verbatim, start| {
            let from = yaml.text().find(word).unwrap();
            Piece {
                start,
                from: Span::new(from, from + word.len()),
                verbatim,
            }
        };
        let pieces = vec![at("users", false, 0), at("id", false, 20), at("bigint", true, 23)];
        SourceFile::translated(&yaml, "create table users (id bigint)", pieces)
    }

    #[test]
    fn places_are_those_of_the_file_that_people_wrote() {
        let made = translated();
        let big = made.text().find("int)").unwrap();
        assert_eq!(made.origin(big).to_string(), "t.yaml:3");
        assert_eq!(made.position(big), (3, 12));
        assert_eq!(made.position(0), (2, 3));
    }

    #[test]
    fn a_span_is_what_its_ends_were_made_from() {
        let made = translated();
        let of = |span: Span| {
            let (source, span) = made.written(span).unwrap();
            source.slice(span).to_owned()
        };
        assert_eq!(of(Span::new(23, 29)), "bigint");
        assert_eq!(of(Span::new(26, 29)), "int");
        assert_eq!(of(Span::new(0, 30)), "users");
        assert_eq!(of(Span::new(25, 25)), "g");
    }
}
