//! Text search parsers, templates, dictionaries and configurations.

use super::QualifiedName;
use serde::{Deserialize, Serialize};

/// A text search parser; functions as the server names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchParser {
    /// START.
    pub start: String,
    /// GETTOKEN.
    pub token: String,
    /// END.
    pub end: String,
    /// LEXTYPES.
    pub types: String,
    /// HEADLINE.
    pub headline: Option<String>,
}

/// A text search template; functions as the server names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchTemplate {
    /// INIT.
    pub init: Option<String>,
    /// LEXIZE.
    pub lexize: String,
}

/// A text search dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchDictionary {
    /// TEMPLATE.
    pub template: QualifiedName,
    /// Its options in their order, names and values spelled as the server does: (`stopwords`, `'english'`).
    pub options: Vec<(String, String)>,
}

/// A text search configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchConfiguration {
    /// PARSER.
    pub parser: QualifiedName,
    /// Token types with their dictionaries as the server names them.
    pub mappings: Vec<(String, Vec<String>)>,
}
