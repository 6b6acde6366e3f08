//! Quoting, and the type of a finished statement.

use crate::model::{Expr, Grantee, Ident, QualifiedName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One SQL statement, without a semicolon at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Stmt(String);

impl Stmt {
    /// Wraps a statement; blanks and semicolons at its end are cut.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text: String = text.into();
        text.truncate(
            text.trim_end_matches(|c: char| c == ';' || c.is_whitespace())
                .len(),
        );
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

/// Words that are no plain names: every keyword of PostgreSQL 18 that is not `UNRESERVED`, sorted.
/// Quoting one that an older server does not reserve does no harm.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between",
    "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce",
    "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog",
    "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec",
    "decimal", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract",
    "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group",
    "grouping", "having", "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect",
    "interval", "into", "is", "isnull", "join", "json", "json_array", "json_arrayagg", "json_exists",
    "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value",
    "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "merge_action",
    "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset",
    "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing", "position", "precision",
    "primary", "real", "references", "returning", "right", "row", "select", "session_user", "setof", "similar",
    "smallint", "some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time",
    "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
    "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat",
    "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize",
    "xmltable",
];

/// The name as SQL spells it: bare where that is safe on every supported server, else in double quotes.
pub fn ident(name: &Ident) -> String {
    quoted_ident(name.as_str())
}

/// [`ident`] for a bare string.
pub fn quoted_ident(name: &str) -> String {
    let plain_start = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let plain = plain_start
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain && KEYWORDS.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// `schema.name`; the bare name where the schema is empty.
pub fn qualified(name: &QualifiedName) -> String {
    if name.schema.is_empty() {
        ident(&name.name)
    } else {
        format!("{}.{}", ident(&name.schema), ident(&name.name))
    }
}

/// A string constant, right under `standard_conforming_strings = on`.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Names with commas between them.
pub fn idents<'a>(names: impl IntoIterator<Item = &'a Ident>) -> String {
    join(names.into_iter().map(ident))
}

/// Pieces with commas between them.
pub(crate) fn join(pieces: impl IntoIterator<Item = String>) -> String {
    pieces.into_iter().collect::<Vec<_>>().join(", ")
}

/// ` WITH (name='value', …)` with a blank in front, or nothing.
pub fn with_options(options: &[(String, String)]) -> String {
    if options.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", option_list(options))
    }
}

/// `fillfactor='70', toast.autovacuum_enabled='false'`.
pub fn option_list(options: &[(String, String)]) -> String {
    join(
        options
            .iter()
            .map(|(name, value)| format!("{}={}", option_name(name), literal(value))),
    )
}

/// A storage parameter's name; `toast.` in front is a namespace and not a part of the name.
pub fn option_name(name: &str) -> String {
    match name.strip_prefix("toast.") {
        Some(rest) => format!("toast.{}", quoted_ident(rest)),
        None => quoted_ident(name),
    }
}

/// ` OPTIONS (name 'value', …)` of foreign data objects, or nothing.
pub fn foreign_options(options: &[(String, String)]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let list = options
        .iter()
        .map(|(name, value)| format!("{} {}", quoted_ident(name), literal(value)));
    format!(" OPTIONS ({})", join(list))
}

/// The name of a grantee. `owner` stands for [`Grantee::Owner`]; without one it is the role that runs the statement.
pub fn role(grantee: &Grantee, owner: Option<&Ident>) -> String {
    match (grantee, owner) {
        (Grantee::Public, _) => "PUBLIC".to_owned(),
        (Grantee::Owner, Some(owner)) => ident(owner),
        (Grantee::Owner, None) => "CURRENT_USER".to_owned(),
        (Grantee::Role(name), _) => ident(name),
    }
}

/// The expression in parentheses, unless it already stands in a pair of its own. Those of a subquery belong to it.
pub fn parenthesized(expr: &Expr) -> String {
    let text = expr.as_str();
    let inside = text.strip_prefix('(').map(str::trim_start).unwrap_or_default();
    let is_query = ["SELECT ", "WITH ", "VALUES "]
        .iter()
        .any(|word| inside.starts_with(word));
    if !is_query && text.starts_with('(') && closing(text, 0) == Some(text.len() - 1) {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

/// Byte position of the parenthesis that closes the one at `open`; quotes are respected.
pub fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match (quote, byte) {
            (Some(q), b) if b == q => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) => {}
        }
    }
    None
}

/// Parses the statement with PostgreSQL's own grammar.
///
/// # Errors
/// The parser's words where it is no single valid statement: our own bug, found by tests.
pub fn check(statement: &Stmt) -> Result<(), String> {
    let parsed = pg_query::parse(statement.as_str(), 0).map_err(|error| format!("{error}: {statement}"))?;
    match parsed.protobuf.stmts.len() {
        1 => Ok(()),
        count => Err(format!("{count} statements instead of one: {statement}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, spelled) in [
            ("orders", "orders"),
            ("_a1", "_a1"),
            ("1a", "\"1a\""),
            ("user", "\"user\""),
            ("name", "name"),
            ("Order", "\"Order\""),
            ("a\"b", "\"a\"\"b\""),
            ("straße", "\"straße\""),
            ("a.b", "\"a.b\""),
            ("", "\"\""),
            ("a$b", "\"a$b\""),
            ("between", "\"between\""),
        ] {
            assert_eq!(quoted_ident(name), spelled);
        }
    }

    #[test]
    fn every_spelling_parses_back_to_the_name() {
        for word in KEYWORDS.iter().chain(&["name", "x\"y", "Ab", "ä"]) {
            check(&Stmt::new(format!("CREATE TABLE {} ()", quoted_ident(word))))
                .expect("a quoted name parses");
        }
    }

    #[test]
    fn parentheses_are_added_once() {
        for (text, spelled) in [
            ("a + b", "(a + b)"),
            ("(a + b)", "(a + b)"),
            ("(a) + (b)", "((a) + (b))"),
            ("(a = ')')", "(a = ')')"),
            ("( SELECT a\n   FROM b)", "(( SELECT a\n   FROM b))"),
        ] {
            assert_eq!(parenthesized(&Expr::new(text)), spelled);
        }
    }
}
