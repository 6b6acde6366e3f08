//! Cuts a file into statements the way psql does: quotes, dollar quotes, comments, brackets, `BEGIN ATOMIC` bodies, its own `\`
//! commands and the data behind COPY. Nothing here understands SQL, so one statement that does not parse spoils no other.

use crate::text::{Diagnostic, SourceFile, Span};
use std::sync::Arc;

/// What a file is made of.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// Statements, from the first byte of code to the last, without the semicolon.
    pub statements: Vec<Span>,
    /// `--` comments that stand in no string and no dollar-quoted body, without the line end.
    pub comments: Vec<Span>,
    /// `\` commands to the end of their line.
    pub commands: Vec<Span>,
    /// What never ends: a quote, a comment.
    pub errors: Vec<Diagnostic>,
}

/// Cuts the whole file.
pub(super) fn split(source: &Arc<SourceFile>) -> Pieces {
    let mut cutter = Cutter {
        source,
        bytes: source.text().as_bytes(),
        at: 0,
        start: None,
        end: 0,
        depth: 0,
        words: Words::default(),
        pieces: Pieces::default(),
    };
    while cutter.at < cutter.bytes.len() {
        cutter.step();
    }
    cutter.finish();
    cutter.pieces
}

/// The first words of a statement, which tell whether `BEGIN … END` inside it is a body (psql's rule).
#[derive(Default)]
struct Words {
    first: Vec<String>,
    begins: usize,
}

impl Words {
    fn see(&mut self, word: &str, depth: usize) {
        let word = word.to_ascii_lowercase();
        if self.first.len() < 4 {
            self.first.push(word.clone());
        }
        if depth > 0 || !self.makes_routine() {
            return;
        }
        match word.as_str() {
            "begin" => self.begins += 1,
            "case" if self.begins > 0 => self.begins += 1,
            "end" => self.begins = self.begins.saturating_sub(1),
            _ => {}
        }
    }

    fn makes_routine(&self) -> bool {
        let word = |n: usize| self.first.get(n).map(String::as_str).unwrap_or_default();
        let routine = |n: usize| matches!(word(n), "function" | "procedure");
        word(0) == "create" && (routine(1) || (word(1) == "or" && word(2) == "replace" && routine(3)))
    }
}

struct Cutter<'a> {
    source: &'a Arc<SourceFile>,
    bytes: &'a [u8],
    at: usize,
    start: Option<usize>,
    end: usize,
    depth: usize,
    words: Words,
    pieces: Pieces,
}

impl Cutter<'_> {
    fn step(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b'-' if self.peek(1) == Some(b'-') => self.line_comment(),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'\'' => {
                let escapes = self.behind_escape_letter();
                self.quoted(b'\'', escapes);
            }
            b'"' => self.quoted(b'"', false),
            b'$' => self.dollar(),
            b'\\' => self.command(),
            b';' if self.depth == 0 && self.words.begins == 0 => {
                self.finish();
                self.at += 1;
            }
            _ if byte.is_ascii_whitespace() => self.at += 1,
            _ if starts_word(byte) => self.word(),
            _ => {
                match byte {
                    b'(' | b'[' => self.depth += 1,
                    b')' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                self.code(self.at + 1);
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Takes the bytes up to `end` as code of the current statement.
    fn code(&mut self, end: usize) {
        self.start.get_or_insert(self.at);
        self.end = end;
        self.at = end;
    }

    fn word(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|b| in_word(**b)).count();
        let end = self.at + length;
        let word = self.source.slice(Span::new(self.at, end)).to_string();
        self.words.see(&word, self.depth);
        self.code(end);
    }

    /// True behind the `E` of an escape string.
    fn behind_escape_letter(&self) -> bool {
        let before = |n: usize| self.at.checked_sub(n).map(|at| self.bytes[at]);
        matches!(before(1), Some(b'e' | b'E')) && !before(2).is_some_and(in_word)
    }

    fn quoted(&mut self, quote: u8, escapes: bool) {
        let mut at = self.at + 1;
        while let Some(byte) = self.bytes.get(at) {
            match *byte {
                b'\\' if escapes => at += 1,
                byte if byte == quote => return self.code(at + 1),
                _ => {}
            }
            at += 1;
        }
        let what = if quote == b'"' { "quoted name" } else { "string" };
        self.endless(what, 1);
    }

    fn dollar(&mut self) {
        let tag = self.bytes[self.at + 1..]
            .iter()
            .take_while(|b| in_word(**b) && **b != b'$')
            .count();
        let numbered = self.peek(1).is_some_and(|b| b.is_ascii_digit());
        if numbered || self.peek(tag + 1) != Some(b'$') {
            return self.code(self.at + 1);
        }
        let open = &self.bytes[self.at..self.at + tag + 2];
        let inside = self.at + open.len();
        match find(&self.bytes[inside..], open) {
            Some(found) => self.code(inside + found + open.len()),
            None => self.endless("dollar-quoted string", tag + 2),
        }
    }

    fn line_comment(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|b| **b != b'\n').count();
        let end = self.at + length;
        let text = self.source.slice(Span::new(self.at, end)).trim_end();
        self.pieces
            .comments
            .push(Span::new(self.at, self.at + text.len()));
        self.at = end;
    }

    fn block_comment(&mut self) {
        let mut depth = 0usize;
        let mut at = self.at;
        while at < self.bytes.len() {
            if self.bytes[at..].starts_with(b"/*") {
                depth += 1;
                at += 2;
            } else if self.bytes[at..].starts_with(b"*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    self.at = at;
                    return;
                }
            } else {
                at += 1;
            }
        }
        self.endless("comment", 2);
    }

    fn command(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|b| **b != b'\n').count();
        let end = self.at + length;
        let text = self.source.slice(Span::new(self.at, end)).trim_end();
        self.pieces
            .commands
            .push(Span::new(self.at, self.at + text.len()));
        self.at = end;
    }

    fn endless(&mut self, what: &str, length: usize) {
        let span = Span::new(self.at, self.at + length);
        self.pieces.errors.push(
            Diagnostic::error("syntax", format!("a {what} that never ends")).at(
                self.source,
                span,
                "it begins here",
            ),
        );
        self.start = None;
        self.at = self.bytes.len();
    }

    fn finish(&mut self) {
        let Some(start) = self.start.take() else {
            self.words = Words::default();
            return;
        };
        let span = Span::new(start, self.end);
        self.pieces.statements.push(span);
        self.words = Words::default();
        self.depth = 0;
        if copies_from_stdin(self.source.slice(span)) {
            self.skip_data();
        }
    }

    /// Behind `COPY … FROM stdin;` the rows follow, up to a line `\.`.
    fn skip_data(&mut self) {
        let rest = &self.source.text()[self.at..];
        let mut at = self.at + rest.find('\n').map_or(rest.len(), |end| end + 1);
        while at < self.bytes.len() {
            let line = self.bytes[at..]
                .split_inclusive(|b| *b == b'\n')
                .next()
                .unwrap_or_default();
            at += line.len();
            if line.trim_ascii_end() == b"\\." {
                break;
            }
        }
        // The semicolon itself is taken by the caller.
        self.at = at.saturating_sub(1);
    }
}

fn copies_from_stdin(statement: &str) -> bool {
    let mut words = statement.split_ascii_whitespace().map(str::to_ascii_lowercase);
    if words.next().as_deref() != Some("copy") {
        return false;
    }
    let words: Vec<String> = words.collect();
    words
        .windows(2)
        .any(|pair| pair[0] == "from" && pair[1] == "stdin")
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn in_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> (Vec<String>, Pieces) {
        let source = SourceFile::new("t.sql", text);
        let pieces = split(&source);
        (
            pieces
                .statements
                .iter()
                .map(|s| source.slice(*s).to_string())
                .collect(),
            pieces,
        )
    }

    #[test]
    fn cuts_where_psql_cuts() {
        let (statements, _) = cut(
            "-- one;\nselect 'a;''b', \"c;\" ; ;select $x$ ; $$ ; $x$;\n/* ; /* ; */ ; */ select E'a\\';b';select $1;select 1",
        );
        assert_eq!(
            statements,
            [
                "select 'a;''b', \"c;\"",
                "select $x$ ; $$ ; $x$",
                "select E'a\\';b'",
                "select $1",
                "select 1"
            ]
        );
    }

    #[test]
    fn keeps_bodies_and_brackets_together() {
        let body = "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end";
        let rule = "create rule r as on insert to t do (select 1; select 2)";
        assert_eq!(
            cut(&format!("{body};\n{rule};begin;select 1;end")).0,
            [body, rule, "begin", "select 1", "end"]
        );
    }

    #[test]
    fn sets_psqls_own_lines_and_data_apart() {
        let (statements, pieces) = cut(
            "\\restrict abc\nCOPY public.t (a) FROM stdin;\n1;'\n\\.\n\nselect 1;\n\\connect x\nselect 2;",
        );
        assert_eq!(
            statements,
            ["COPY public.t (a) FROM stdin", "select 1", "select 2"]
        );
        assert_eq!(pieces.commands.len(), 2);
    }

    #[test]
    fn finds_comments_only_where_they_are_comments() {
        let (_, pieces) = cut("select '-- no', $$ -- no $$; -- yes\r\n/* -- no */ -- yes too");
        assert_eq!(pieces.comments.len(), 2);
    }

    #[test]
    fn says_where_an_endless_string_begins() {
        let (statements, pieces) = cut("select 1;\nselect 'abc; create table t();");
        assert_eq!(statements, ["select 1"]);
        let label = &pieces.errors[0].labels[0];
        assert_eq!(label.source.position(label.span.start), (2, 8));
    }
}
