//! Holds a tree against the grammar: unknown keys, wrong types, what is missing, SQL that cannot be put into a statement. All that
//! is wrong is found, not the first alone.

use super::fragment;
use super::scalar::stretches;
use super::shape::{Mapping, Scalar, Section, Shape};
use super::tree::{Kind, Node};
use crate::step::HazardCode;
use crate::text::{Diagnostic, SourceFile, Span};
use std::rc::Rc;
use std::sync::Arc;

/// Everything that is wrong with a document.
pub(super) fn check(source: &Arc<SourceFile>, document: &Node, section: &Section) -> Vec<Diagnostic> {
    let mut checker = Checker {
        source,
        diagnostics: Vec::new(),
        more: 0,
    };
    match &document.kind {
        Kind::Map(entries) => checker.section(document, entries, section, "a schema file"),
        _ if document.is_empty() => {}
        _ => checker.error(
            "wrong-type",
            "a schema file is a mapping",
            document.span,
            "it begins with keys such as `tables:`",
        ),
    }
    if checker.more > 0
        && let Some(last) = checker.diagnostics.last_mut()
    {
        last.notes
            .push(format!("{} more mistakes in this file", checker.more));
    }
    checker.diagnostics
}

/// More than anyone mends before the next run; what aliases repeat a million times must not fill the memory.
const SHOWN: usize = 100;

struct Checker<'a> {
    source: &'a Arc<SourceFile>,
    diagnostics: Vec<Diagnostic>,
    more: usize,
}

impl Checker<'_> {
    fn error(&mut self, code: &'static str, title: impl Into<String>, span: Span, help: impl Into<String>) {
        if self.diagnostics.len() >= SHOWN {
            self.more += 1;
            return;
        }
        let line = self.source.line_of(span.start);
        let span = Span::new(span.start, span.end.min(line.end));
        let help = help.into();
        let diagnostic = Diagnostic::error(code, title).at(self.source, span, "");
        self.diagnostics.push(match help.is_empty() {
            true => diagnostic,
            false => diagnostic.help(help),
        });
    }

    /// `name` is the key that the value stands behind.
    fn value(&mut self, name: &str, at: &Node, value: &Node, shape: &Shape) {
        match (&value.kind, &shape.mapping) {
            (Kind::Scalar { text, .. }, _) => self.scalar(name, at, value, text, shape),
            (Kind::List(items), _) => match shape.list {
                Some(of) => items.iter().for_each(|item| self.value(name, item, item, of)),
                None => self.wrong_form(name, value, "a list", shape),
            },
            (Kind::Map(entries), Some(Mapping::Section(section))) => {
                self.section(at, entries, section, &format!("`{name}`"));
            }
            (Kind::Map(entries), Some(Mapping::Entries(of))) => {
                for (key, value) in entries {
                    let text = key.text().unwrap_or_default();
                    if text.is_empty() || text.split('.').any(str::is_empty) && !text.contains(['"', '(']) {
                        self.error("wrong-type", "a name is missing here", key.span, "");
                    }
                    self.value(text, key, value, of);
                }
            }
            (Kind::Map(entries), Some(Mapping::Signatures(of))) => {
                for (key, value) in entries {
                    let text = key.text().unwrap_or_default();
                    if let Err(wrong) = fragment::check_signature(text) {
                        let span = place(self.source, key, wrong.at);
                        self.error("syntax", wrong.title, span, wrong.help);
                    }
                    self.value(text, key, value, of);
                }
            }
            (Kind::Map(_), None) => self.wrong_form(name, value, "a mapping", shape),
        }
    }

    fn wrong_form(&mut self, name: &str, value: &Node, found: &str, shape: &Shape) {
        let title = format!("`{name}` takes {}, not {found}", forms(shape));
        // The place of a block is its first line alone, which may hold the first key.
        self.error("wrong-type", title, value.span, "");
    }

    fn scalar(&mut self, name: &str, at: &Node, value: &Node, text: &str, shape: &Shape) {
        let null = value.is_empty();
        if null && shape.empty {
            return;
        }
        let takes_null = matches!(
            shape.scalar,
            Some(Scalar::Expression | Scalar::Constant | Scalar::Text)
        );
        if null && !(takes_null && text == "null") {
            let title = format!("`{name}` has no value");
            return self.error("wrong-type", title, at.span, format!("it takes {}", forms(shape)));
        }
        let Some(kind) = shape.scalar else {
            return self.wrong_form(name, value, "a single value", shape);
        };
        match kind {
            Scalar::Text | Scalar::Statements => {}
            Scalar::Name if text.trim().is_empty() => {
                self.error(
                    "wrong-type",
                    format!("`{name}` has no value"),
                    value.span,
                    "it takes a name",
                );
            }
            Scalar::Name => {}
            Scalar::Flag => self.word(name, value, text, &["true", "false"]),
            Scalar::Word(words) => self.word(name, value, text, words),
            Scalar::Hazard => {
                let codes: Vec<&str> = HazardCode::ALL.iter().map(|hazard| hazard.code()).collect();
                self.word(name, value, text, &codes);
            }
            Scalar::Number => {
                if text.parse::<i128>().is_err() {
                    let title = format!("`{name}` takes a whole number, not `{text}`");
                    self.error("wrong-type", title, value.span, "");
                }
            }
            Scalar::Expression | Scalar::Constant | Scalar::Element | Scalar::Sql | Scalar::Body => {
                self.fragment(name, value, text, kind);
            }
        }
    }

    fn word(&mut self, name: &str, value: &Node, text: &str, words: &[&str]) {
        if words.contains(&text) {
            return;
        }
        let said: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let truth = match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => Some("true"),
            "no" | "off" | "n" | "false" => Some("false"),
            _ => None,
        };
        let near = truth
            .filter(|truth| words.contains(truth))
            .or_else(|| nearest(text, words.iter().copied()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it takes {}", said.join(", ")),
        };
        self.error(
            "wrong-type",
            format!("`{name}` cannot be `{}`", shortened(text)),
            value.span,
            help,
        );
    }

    fn fragment(&mut self, name: &str, value: &Node, text: &str, kind: Scalar) {
        if text.trim().is_empty() {
            return self.error(
                "wrong-type",
                format!("`{name}` has no value"),
                value.span,
                "it takes SQL",
            );
        }
        // A query may end with the semicolon that it was written with.
        let text = match kind {
            Scalar::Sql => text.trim_end().trim_end_matches(';'),
            _ => text,
        };
        if let Err(wrong) = fragment::check(text, kind) {
            let span = place(self.source, value, wrong.at);
            self.error("syntax", wrong.title, span, wrong.help);
        }
    }

    fn section(&mut self, at: &Node, entries: &[(Rc<Node>, Rc<Node>)], section: &Section, of: &str) {
        for (key, value) in entries {
            let text = key.text().unwrap_or_default();
            match section.keys().find(|known| known.name == text) {
                Some(known) => self.value(text, key, value, known.shape),
                // A place for anchors.
                None if section.name == "document" && text.starts_with("x-") => {}
                None => self.unknown(key, text, section, of),
            }
        }
        for group in section.required {
            let there: Vec<&(Rc<Node>, Rc<Node>)> = entries
                .iter()
                .filter(|(key, _)| key.text().is_some_and(|text| group.contains(&text)))
                .collect();
            let said: Vec<String> = group.iter().map(|name| format!("`{name}`")).collect();
            match there.as_slice() {
                [_] => {}
                [] => {
                    let title = format!("{of} needs {}", said.join(" or "));
                    self.error("missing-key", title, at.span, "");
                }
                [.., (key, _)] => {
                    let title = format!("{of} takes one of {}", said.join(", "));
                    self.error("wrong-type", title, key.span, "");
                }
            }
        }
    }

    fn unknown(&mut self, key: &Node, text: &str, section: &Section, of: &str) {
        let title = format!("{of} has no key `{}`", shortened(text));
        let words = text.to_ascii_lowercase().replace([' ', '-'], "_");
        let help = match nearest(&words, section.keys().map(|known| known.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let all: Vec<&str> = section.keys().map(|known| known.name).collect();
                format!(
                    "the keys of a {} are: {}",
                    section.name.replace('_', " "),
                    all.join(", ")
                )
            }
        };
        self.error("unknown-key", title, key.span, help);
    }
}

/// A stretch of a value's text in the file.
pub(super) fn place(source: &Arc<SourceFile>, value: &Node, at: Span) -> Span {
    let found = stretches(source.text(), value)
        .into_iter()
        .find(|stretch| stretch.text + stretch.length > at.start);
    match found {
        Some(stretch) => {
            let start = stretch.file + at.start.saturating_sub(stretch.text);
            Span::new(
                start,
                (start + at.end - at.start).min(stretch.file + stretch.length),
            )
        }
        None => value.span,
    }
}

/// What a value may be, in words.
fn forms(shape: &Shape) -> String {
    let scalar = shape.scalar.map(|scalar| match scalar {
        Scalar::Expression => "an SQL expression".to_owned(),
        Scalar::Constant => "a value in SQL".to_owned(),
        Scalar::Element | Scalar::Sql | Scalar::Body => "SQL".to_owned(),
        Scalar::Statements => "SQL statements".to_owned(),
        Scalar::Name => "a name".to_owned(),
        Scalar::Text => "text".to_owned(),
        Scalar::Flag => "`true` or `false`".to_owned(),
        Scalar::Number => "a whole number".to_owned(),
        Scalar::Hazard => "the code of a hazard".to_owned(),
        Scalar::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
    });
    let mapping = shape.mapping.as_ref().map(|mapping| match mapping {
        Mapping::Entries(_) | Mapping::Signatures(_) => "a mapping by name".to_owned(),
        Mapping::Section(_) => "a mapping".to_owned(),
    });
    let list = shape.list.map(|_| "a list".to_owned());
    let all: Vec<String> = [scalar, list, mapping].into_iter().flatten().collect();
    all.join(" or ")
}

fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A key can be as long as a file.
    let text = text.get(..64).unwrap_or(text).to_ascii_lowercase();
    known
        .map(|word| (strsim::damerau_levenshtein(&text, word), word))
        .min()
        .filter(|(distance, word)| *distance <= (word.len().min(text.len()) / 3).clamp(1, 3))
        .map(|(_, word)| word)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
