//! Quoting, and the statement type that everything else passes around.

use crate::model::{Ident, QualifiedName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One SQL statement without its closing semicolon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stmt(String);

impl Stmt {
    /// Wraps a statement; a trailing semicolon is cut.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        while text.ends_with([';', '\n', ' ']) {
            text.pop();
        }
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Stmt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name as SQL: quoted unless it is plain lower case and no keyword.
pub fn ident(name: &Ident) -> String {
    let text = name.as_str();
    let plain = !text.is_empty()
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !is_keyword(text) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn is_keyword(text: &str) -> bool {
    // The scanner of the parser knows every keyword; anything but a plain identifier is quoted.
    match pg_query::scan(text) {
        Ok(scanned) => scanned
            .tokens
            .iter()
            .any(|token| token.keyword_kind != 0 && token.keyword_kind != 1),
        Err(_) => true,
    }
}

/// Schema and name as SQL.
pub fn qualified(name: &QualifiedName) -> String {
    if name.schema.is_empty() {
        return ident(&name.name);
    }
    format!("{}.{}", ident(&name.schema), ident(&name.name))
}

/// A string as an SQL literal (`standard_conforming_strings` is on everywhere we run).
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
