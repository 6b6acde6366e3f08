//! Which byte of a value stands where in the file: quotes, escapes, folded lines and indentation lie between them.

use super::tree::{Kind, Node};
use crate::text::Span;
use granit_parser::ScalarStyle;

/// A stretch of a value's text that stands in the file as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Byte in the value's text.
    pub text: usize,
    /// Byte in the file.
    pub file: usize,
    pub length: usize,
}

/// The stretches of a scalar in order. What no stretch covers (escapes) stands somewhere between its neighbours.
pub(super) fn stretches(file: &str, node: &Node) -> Vec<Stretch> {
    let Kind::Scalar { text, style } = &node.kind else {
        return Vec::new();
    };
    let raw = file.get(node.span.start..node.span.end).unwrap_or_default();
    let inside = match style {
        ScalarStyle::Plain => Span::new(0, raw.len()),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Span::new(1, raw.len().saturating_sub(1)),
        _ => Span::new(header(raw), raw.len()),
    };
    let raw = raw.get(inside.start..inside.end).unwrap_or_default();
    let mut walk = Walk {
        raw: raw.as_bytes(),
        at: 0,
        base: node.span.start + inside.start,
        style: *style,
        found: Vec::new(),
    };
    if raw == text {
        walk.add(0, 0, raw.len());
    } else {
        for (offset, character) in text.char_indices() {
            if !walk.step(offset, character) {
                break;
            }
        }
    }
    walk.found
}

/// The first byte behind the `|` or `>` line of a block.
fn header(raw: &str) -> usize {
    match raw.starts_with(['|', '>']) {
        true => raw.find('\n').map_or(raw.len(), |end| end + 1),
        false => 0,
    }
}

struct Walk<'a> {
    raw: &'a [u8],
    at: usize,
    base: usize,
    style: ScalarStyle,
    found: Vec<Stretch>,
}

impl Walk<'_> {
    /// Finds one character of the text. False where the file has something else there.
    fn step(&mut self, offset: usize, character: char) -> bool {
        self.skip_line_joints();
        if self.style == ScalarStyle::DoubleQuoted && self.peek() == Some(b'\\') {
            self.at += escape_length(&self.raw[self.at..]);
            return true;
        }
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        if !character.is_ascii_whitespace() {
            self.skip_space();
            while self.is_at_comment() {
                self.at += self.raw[self.at..]
                    .iter()
                    .take_while(|byte| **byte != b'\n')
                    .count();
                self.skip_space();
            }
            if self.style == ScalarStyle::DoubleQuoted && self.peek() == Some(b'\\') {
                return self.step(offset, character);
            }
        } else if self.peek() != Some(bytes[0]) {
            // A folded line end, or an empty line in front of what the parser says the block begins with.
            self.at += usize::from(self.peek().is_some_and(|byte| byte.is_ascii_whitespace()));
            return true;
        }
        if !self.raw[self.at..].starts_with(bytes) {
            return false;
        }
        self.add(offset, self.at, bytes.len());
        self.at += bytes.len();
        if character == '\'' && self.style == ScalarStyle::SingleQuoted {
            self.at += 1;
        }
        true
    }

    fn peek(&self) -> Option<u8> {
        self.raw.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Between the lines of a plain value, where the parser passes over it.
    fn is_at_comment(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.raw.get(before));
        self.style == ScalarStyle::Plain
            && self.peek() == Some(b'#')
            && before.is_some_and(u8::is_ascii_whitespace)
    }

    /// A backslash at the end of a line joins it with the next one.
    fn skip_line_joints(&mut self) {
        while self.style == ScalarStyle::DoubleQuoted
            && self.peek() == Some(b'\\')
            && matches!(self.raw.get(self.at + 1), Some(b'\n' | b'\r'))
        {
            self.at += 1;
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
        }
    }

    fn add(&mut self, text: usize, at: usize, length: usize) {
        let file = self.base + at;
        match self.found.last_mut() {
            Some(last) if last.text + last.length == text && last.file + last.length == file => {
                last.length += length;
            }
            _ => self.found.push(Stretch { text, file, length }),
        }
    }
}

/// Bytes of an escape, and of the second half of a pair of surrogates.
fn escape_length(raw: &[u8]) -> usize {
    let length = match raw.get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 2,
    };
    let pair = length == 6
        && matches!(
            raw.get(2..4),
            Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B'])
        );
    let length = if pair && raw.get(6..8) == Some(b"\\u") {
        12
    } else {
        length
    };
    length.min(raw.len())
}
