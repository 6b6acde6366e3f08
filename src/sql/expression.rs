//! Columns inside SQL expressions: which there are, and the same expression with other ones in their place.
//!
//! An expression is parsed behind `SELECT `; only the bytes of the column references are replaced, every other byte stays as the
//! server deparsed it, so that a second comparison finds the same text.

use super::ident;
use crate::model::{Expr, Ident};
use pg_query::protobuf::Token;
use serde_json::Value;
use std::collections::BTreeMap;

const LEAD: &str = "SELECT ";

/// One column reference: where it stands behind [`LEAD`], its names, and whether a subquery holds it.
pub(super) struct Reference {
    pub start: usize,
    pub names: Vec<String>,
    /// `*`, alone or behind a name.
    pub star: bool,
    nested: bool,
}

/// The columns that an expression mentions, without qualifiers, sorted, each once. Empty where it does not parse.
pub fn columns_of(expression: &str) -> Vec<String> {
    let mut names: Vec<String> = references(expression)
        .unwrap_or_default()
        .into_iter()
        .filter(|reference| !reference.star)
        .filter_map(|mut reference| reference.names.pop())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// True where the expression is the same whenever it is evaluated, as far as its form shows: nothing is called or read.
pub fn is_constant(expression: &Expr) -> bool {
    const LIVING: [&str; 4] = ["FuncCall", "ColumnRef", "SqlvalueFunction", "SubLink"];
    fn lives(value: &Value) -> bool {
        match value {
            Value::Array(items) => items.iter().any(lives),
            Value::Object(fields) => fields
                .iter()
                .any(|(key, inner)| LIVING.contains(&key.as_str()) || lives(inner)),
            _ => false,
        }
    }
    let parsed = pg_query::parse(&format!("{LEAD}{}", expression.as_str()), 0);
    let tree = parsed
        .ok()
        .map(|parsed| serde_json::to_value(&parsed.protobuf.stmts));
    matches!(tree, Some(Ok(tree)) if !lives(&tree))
}

/// The expression with columns called by their new names: `old → new`.
///
/// None where it does not parse, names a whole row (`t.*`), or mentions one of the columns inside a subquery, where the same name
/// can mean another table's column.
pub fn rename_columns(expression: &Expr, names: &BTreeMap<Ident, Ident>) -> Option<Expr> {
    replace(expression, |column| names.get(column).map(ident), false)
}

/// The expression with every column reference replaced by what `with` says, qualifier included: `amount → NEW.amount`.
/// References for which `with` gives None stay.
///
/// None where [`rename_columns`] would give None.
pub fn substitute_columns(expression: &Expr, with: impl Fn(&Ident) -> Option<String>) -> Option<Expr> {
    replace(expression, with, true)
}

/// An expression over the columns of a row, as PL/pgSQL sees it in a trigger: every column is a field of NEW.
pub fn over_new(value: &str) -> String {
    substitute_columns(&Expr::new(value), |column| Some(format!("NEW.{}", ident(column))))
        .map(|replaced| replaced.as_str().to_owned())
        // What cannot be rewritten is computed over the row as a table of one row.
        .unwrap_or_else(|| format!("(SELECT ({value}) FROM (SELECT NEW.*) AS schemaplan_row)"))
}

fn replace(expression: &Expr, with: impl Fn(&Ident) -> Option<String>, whole: bool) -> Option<Expr> {
    let text = expression.as_str();
    let mut found = references(text)?;
    found.sort_by_key(|reference| std::cmp::Reverse(reference.start));
    let mut out = text.to_string();
    for reference in found {
        if reference.star {
            return None;
        }
        let column = Ident::new(reference.names.last()?.clone());
        let Some(new) = with(&column) else {
            continue;
        };
        if reference.nested {
            return None;
        }
        let names = name_tokens(
            text,
            reference.start.checked_sub(LEAD.len())?,
            reference.names.len(),
        )?;
        let last = *names.last()?;
        let first = if whole { names.first()?.0 } else { last.0 };
        out.replace_range(first..last.1, &new);
    }
    Some(Expr::new(out))
}

/// The byte ranges of the names of a dotted reference that begins at `start`.
pub(super) fn name_tokens(text: &str, start: usize, count: usize) -> Option<Vec<(usize, usize)>> {
    let rest = text.get(start..)?;
    let tokens = pg_query::scan_tokens(rest).ok()?;
    let mut names = Vec::new();
    for (number, token) in tokens.iter().take(count * 2 - 1).enumerate() {
        let range = (
            usize::try_from(token.start).ok()?,
            usize::try_from(token.end).ok()?,
        );
        let dot = token.token == Token::Ascii46 as i32;
        if dot != (number % 2 == 1) {
            return None;
        }
        if !dot {
            names.push((start + range.0, start + range.1));
        }
    }
    (names.len() == count).then_some(names)
}

fn references(expression: &str) -> Option<Vec<Reference>> {
    let parsed = pg_query::parse(&format!("{LEAD}{expression}"), 0).ok()?;
    if parsed.protobuf.stmts.len() != 1 {
        return None;
    }
    let tree = serde_json::to_value(&parsed.protobuf.stmts[0]).ok()?;
    let mut found = Vec::new();
    collect(&tree, false, &mut found);
    Some(found)
}

fn collect(value: &Value, nested: bool, found: &mut Vec<Reference>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, nested, found)),
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key == "ColumnRef" {
                    found.push(reference(inner, nested));
                } else {
                    collect(inner, nested || key == "SubLink", found);
                }
            }
        }
        _ => {}
    }
}

pub(super) fn reference(node: &Value, nested: bool) -> Reference {
    let fields = node["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = fields
        .iter()
        .filter_map(|field| field["node"]["String"]["sval"].as_str().map(str::to_string))
        .collect::<Vec<_>>();
    Reference {
        start: node["location"]
            .as_u64()
            .and_then(|at| usize::try_from(at).ok())
            .unwrap_or(0),
        star: names.len() != fields.len(),
        names,
        nested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(text: &str) -> Option<String> {
        let names = [("a", "b c"), ("order", "Total")].map(|(old, new)| (Ident::from(old), Ident::from(new)));
        rename_columns(&Expr::new(text), &names.into()).map(|e| e.as_str().to_string())
    }

    #[test]
    fn renames_only_the_column() {
        assert_eq!(
            renamed("((a > 0) AND (b <> 'a'::text))").unwrap(),
            "((\"b c\" > 0) AND (b <> 'a'::text))"
        );
        assert_eq!(
            renamed("lower(t.a) || \"order\"").unwrap(),
            "lower(t.\"b c\") || \"Total\""
        );
        assert_eq!(renamed("a(a)").unwrap(), "a(\"b c\")");
        assert_eq!(renamed("('é'::text || a)").unwrap(), "('é'::text || \"b c\")");
        assert_eq!(renamed("(public . t . \"a\")").unwrap(), "(public . t . \"b c\")");
    }

    #[test]
    fn refuses_what_it_cannot_be_sure_of() {
        assert_eq!(renamed("(t.* IS NOT NULL)"), None);
        assert_eq!(renamed("(EXISTS ( SELECT 1 FROM u WHERE u.a = 1))"), None);
        assert_eq!(renamed("not an expression at all ("), None);
        assert_eq!(renamed("1; DROP TABLE x"), None);
        assert_eq!(
            renamed("(x IN ( SELECT u.y FROM u))").unwrap(),
            "(x IN ( SELECT u.y FROM u))"
        );
    }

    #[test]
    fn a_constant_is_told_from_what_is_called() {
        for (text, constant) in [
            ("'x'::text", true),
            ("(- 1)", true),
            ("'{}'::jsonb", true),
            ("now()", false),
            ("CURRENT_TIMESTAMP", false),
            ("nextval('s'::regclass)", false),
            ("not an expression (", false),
        ] {
            assert_eq!(is_constant(&Expr::new(text)), constant, "{text}");
        }
    }

    #[test]
    fn names_columns_once() {
        assert_eq!(columns_of("(b + a) * t.a + f(c)"), ["a", "b", "c"]);
        assert!(columns_of("))").is_empty());
    }

    #[test]
    fn substitutes_whole_references() {
        let new = substitute_columns(&Expr::new("(t.a + b)"), |c| Some(format!("NEW.{}", ident(c))));
        assert_eq!(new.unwrap().as_str(), "(NEW.a + NEW.b)");
    }
}
