//! Patterns that choose objects: of `schemas:`, `ignore:`, `--only`, `--ignore` and the ignore file.
//!
//! `orders`, `audit.*`, `public.orders.note`: a name with `*` for any characters and `?` for one, matched against an
//! object's name with and without its schema, its relation and its schema. `function: calc_*`: only objects of that kind.
//! `!audit.log`: takes back what an earlier pattern chose. The last pattern that matches decides.

use crate::model::{Catalog, Kind, Object, ObjectId, QualifiedName};
use crate::text::{Diagnostic, SourceFile, Span};

/// One pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    negated: bool,
    kind: Option<Kind>,
    glob: String,
}

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, one sentence, and the nearest right spelling where there is one.
    pub fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        let text = text.trim();
        let (negated, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let (kind, glob) = match rest.split_once(':') {
            None => (None, rest),
            Some((word, glob)) => (Some(kind_of(word.trim())?), glob.trim()),
        };
        if glob.is_empty() {
            return Err(("the pattern names nothing".to_owned(), None));
        }
        Ok(Self {
            negated,
            kind,
            glob: glob.to_owned(),
        })
    }

    /// True where the pattern chooses rather than takes back.
    pub fn chooses(&self) -> bool {
        !self.negated
    }

    /// Whether it speaks of that object: of itself or of the relation that it belongs to.
    fn speaks_of(&self, catalog: &Catalog, object: &Object) -> bool {
        let home = object.home();
        if let Some(home) = &home
            && self.speaks_of_relation(catalog, home)
        {
            return true;
        }
        self.kind.is_none_or(|kind| kind == object.id.kind)
            && names(&object.id).iter().any(|name| matches(&self.glob, name))
    }

    fn speaks_of_relation(&self, catalog: &Catalog, relation: &QualifiedName) -> bool {
        let is = |kind: Kind| catalog.get(&ObjectId::named(kind, relation)).is_some();
        self.kind.is_none_or(is)
            && names(&ObjectId::named(Kind::Table, relation))
                .iter()
                .any(|name| matches(&self.glob, name))
    }
}

fn kind_of(word: &str) -> Result<Kind, (String, Option<String>)> {
    let same =
        |kind: &&Kind| kind.tag() == word || kind.plural() == word || kind.tag().replace(' ', "_") == word;
    if let Some(kind) = Kind::ALL.iter().find(same) {
        return Ok(*kind);
    }
    let near = Kind::ALL
        .iter()
        .map(|kind| (strsim::damerau_levenshtein(kind.tag(), word), kind.tag()))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, tag)| format!("did you mean `{tag}:`"));
    Err((format!("`{word}` is no kind of object"), near))
}

/// Several patterns; the last one that speaks of an object decides.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Reads words of flags or settings.
    ///
    /// # Errors
    /// A diagnostic for each that is wrong.
    pub fn of_words<'a>(
        place: &str,
        words: impl IntoIterator<Item = &'a String>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut patterns = Vec::new();
        let mut wrong = Vec::new();
        for word in words {
            match Pattern::parse(word) {
                Ok(pattern) => patterns.push(pattern),
                Err((title, help)) => {
                    let diagnostic = Diagnostic::error("pattern", format!("{place} `{word}`: {title}"));
                    wrong.push(help.into_iter().fold(diagnostic, Diagnostic::help));
                }
            }
        }
        if wrong.is_empty() {
            Ok(Self(patterns))
        } else {
            Err(wrong)
        }
    }

    /// Reads an ignore file: a pattern on each line, `#` begins a comment.
    ///
    /// # Errors
    /// A diagnostic for each line that is wrong.
    pub fn of_file(file: &std::sync::Arc<SourceFile>) -> Result<Self, Vec<Diagnostic>> {
        let mut patterns = Vec::new();
        let mut wrong = Vec::new();
        let mut start = 0;
        for line in file.text().split_inclusive('\n') {
            let at = start + (line.len() - line.trim_start().len());
            start += line.len();
            let text = line.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            match Pattern::parse(text) {
                Ok(pattern) => patterns.push(pattern),
                Err((title, help)) => {
                    let span = Span::new(at, at + text.len());
                    let diagnostic = Diagnostic::error("pattern", title).at(file, span, "");
                    wrong.push(help.into_iter().fold(diagnostic, Diagnostic::help));
                }
            }
        }
        if wrong.is_empty() {
            Ok(Self(patterns))
        } else {
            Err(wrong)
        }
    }

    /// These and, behind them, the others.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the object is chosen. Where the first pattern takes back, everything was chosen before it.
    pub fn choose(&self, catalog: &Catalog, object: &Object) -> bool {
        let last = self
            .0
            .iter()
            .rev()
            .find(|pattern| pattern.speaks_of(catalog, object));
        match last {
            Some(pattern) => pattern.chooses(),
            None => self.0.first().is_some_and(|first| !first.chooses()),
        }
    }

    /// Whether something known by its name alone is chosen.
    pub fn choose_name(&self, name: &str) -> bool {
        let speaks = |pattern: &&Pattern| pattern.kind.is_none() && matches(&pattern.glob, name);
        self.0.iter().rev().find(speaks).is_some_and(Pattern::chooses)
    }
}

/// What a pattern may name an object by: in full, without its schema, its relation, its schema.
fn names(id: &ObjectId) -> Vec<String> {
    let own = id.name.to_string();
    if id.schema.is_empty() {
        return vec![own];
    }
    let schema = &id.schema;
    let mut names = vec![id.label()];
    if id.is_part() {
        names.extend([
            format!("{schema}.{}", id.of),
            id.of.to_string(),
            format!("{}.{own}", id.of),
        ]);
    } else {
        names.extend([format!("{schema}.{own}"), own]);
    }
    names.push(schema.to_string());
    names
}

/// `*` stands for any characters, `?` for one.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
