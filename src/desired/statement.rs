//! One statement of the desired schema.

use super::facts::Facts;
use super::settings::Settings;
use super::target::What;
use crate::bodies::Name;
use crate::text::{Origin, Shared, SmallSet, SourceFile, Span};
use std::sync::Arc;

/// A statement that describes the schema, ready to be executed.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What is executed. Where it is verbatim, byte n of it is byte `span.start + n` of the file, as far as the file goes.
    pub text: String,
    /// False for one that was rewritten, to break a circle of foreign keys.
    pub verbatim: bool,
    /// The file it stands in.
    pub source: Arc<SourceFile>,
    /// Where it stands there, without the semicolon.
    pub span: Span,
    /// The place of its first character, for people.
    pub origin: Origin,
    /// What the file has set for it.
    pub settings: Arc<Settings>,
    /// False where it does not parse: the server says what is wrong, and where.
    pub parsed: bool,
    /// True where what it does cannot be read off it (DO, what does not parse): it waits for everything above it in its file.
    pub opaque: bool,
    pub(crate) facts: Facts,
}

impl Statement {
    /// Names that are there after it.
    pub fn defines(&self) -> &[Name] {
        &self.facts.defines
    }

    /// Names that must be there before it.
    pub fn uses(&self) -> &SmallSet<Name> {
        &self.facts.uses
    }

    /// Names that it makes or whose objects it changes.
    pub fn makes(&self) -> Vec<&Name> {
        self.facts.defines.iter().chain(&self.facts.touches).collect()
    }

    /// The columns that it defines, each with its byte in the file.
    pub fn columns(&self) -> Vec<(Shared, usize)> {
        self.facts
            .elements
            .iter()
            .filter(|element| element.target.what == What::Column)
            .map(|element| (element.target.name.clone(), self.span.start + element.start))
            .collect()
    }

    /// The schemas that unqualified names are looked up in, the first being where things are made.
    pub fn search_path(&self) -> Vec<Shared> {
        match &self.settings.search_path {
            Some(path) => path
                .iter()
                .filter(|schema| schema.as_str() != "$user")
                .cloned()
                .collect(),
            None => vec!["public".into()],
        }
    }

    /// The first words, for a sentence about it: `CREATE TABLE app.orders`.
    pub fn summary(&self) -> String {
        let words: Vec<&str> = self.text.split_whitespace().take(3).collect();
        words.join(" ").trim_end_matches('(').trim_end().to_string()
    }
}
