//! Columns of tables inside of queries.

use super::expression::{name_tokens, reference};
use super::ident;
use crate::model::{Ident, QualifiedName};
use serde_json::Value;
use std::collections::BTreeSet;

/// A view's query as the server prints it once a column of these tables is called otherwise: the view's own column keeps its
/// name.
///
/// None where it does not parse, where it joins USING the column, or where a bare name could be another table's.
pub fn rename_columns_in_query(
    query: &str,
    tables: &BTreeSet<QualifiedName>,
    old: &Ident,
    new: &Ident,
) -> Option<String> {
    let parsed = pg_query::parse(query, 0).ok()?;
    let tree = serde_json::to_value(&parsed.protobuf.stmts).ok()?;
    let mut found = Found::default();
    found.collect(&tree, tables, old);
    if found.joined_by {
        return None;
    }
    let mut places = Vec::new();
    for (start, names, is_target) in &found.columns {
        let ours = match names.iter().rev().nth(1) {
            Some(qualifier) if found.ours.contains(qualifier) => match found.others.contains(qualifier) {
                true => return None,
                false => true,
            },
            Some(_) => false,
            None if found.others.is_empty() && !found.nested => true,
            None => return None,
        };
        if ours {
            let last = *name_tokens(query, *start, names.len())?.last()?;
            places.push((last, *is_target));
        }
    }
    places.sort_by_key(|(range, _)| std::cmp::Reverse(*range));
    let mut out = query.to_owned();
    for ((from, to), is_target) in places {
        let name = match is_target {
            true => format!("{} AS {}", ident(new), ident(old)),
            false => ident(new),
        };
        out.replace_range(from..to, &name);
    }
    Some(out)
}

#[derive(Default)]
struct Found {
    /// What the tables are called, and what everything else is.
    ours: BTreeSet<String>,
    others: BTreeSet<String>,
    /// A subquery or function in FROM.
    nested: bool,
    joined_by: bool,
    /// Where a column of that name stands, how it is spelled, and whether it gives the name of an output column.
    columns: Vec<(usize, Vec<String>, bool)>,
}

impl Found {
    fn collect(&mut self, value: &Value, tables: &BTreeSet<QualifiedName>, old: &Ident) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, tables, old)),
            Value::Object(fields) => {
                for (key, inner) in fields {
                    match key.as_str() {
                        "RangeVar" => self.relation(inner, tables),
                        "RangeSubselect" | "RangeFunction" | "CommonTableExpr" => self.nested = true,
                        "JoinExpr" => self.joined_by |= names_in(&inner["using_clause"], old),
                        "ColumnRef" => self.column(inner, false, old),
                        "ResTarget"
                            if inner["name"] == "" && inner["val"]["node"]["ColumnRef"].is_object() =>
                        {
                            self.column(&inner["val"]["node"]["ColumnRef"], true, old);
                            continue;
                        }
                        _ => {}
                    }
                    self.collect(inner, tables, old);
                }
            }
            _ => {}
        }
    }

    fn relation(&mut self, node: &Value, tables: &BTreeSet<QualifiedName>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let table = QualifiedName::new(text(&node["schemaname"]), text(&node["relname"]));
        let alias = text(&node["alias"]["aliasname"]);
        let called = if alias.is_empty() {
            text(&node["relname"])
        } else {
            alias
        };
        match tables.contains(&table) {
            true => self.ours.insert(called),
            false => self.others.insert(called),
        };
    }

    fn column(&mut self, node: &Value, is_target: bool, old: &Ident) {
        let reference = reference(node, false);
        if !reference.star && reference.names.last().is_some_and(|name| name == old.as_str()) {
            self.columns.push((reference.start, reference.names, is_target));
        }
    }
}

fn names_in(value: &Value, name: &Ident) -> bool {
    match value {
        Value::String(text) => text == name.as_str(),
        Value::Array(items) => items.iter().any(|item| names_in(item, name)),
        Value::Object(fields) => fields.values().any(|field| names_in(field, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_renamed_and_the_views_own_is_not() {
        let tables = BTreeSet::from([QualifiedName::new("public", "sale")]);
        let renamed = |query: &str| rename_columns_in_query(query, &tables, &"day".into(), &"at".into());
        for (query, after) in [
            (
                "SELECT sale.day FROM public.sale",
                Some("SELECT sale.at AS day FROM public.sale"),
            ),
            (
                "SELECT day AS d FROM public.sale WHERE (day > 1)",
                Some("SELECT at AS d FROM public.sale WHERE (at > 1)"),
            ),
            (
                "SELECT s.day, u.day AS other FROM (public.sale s JOIN public.u ON ((s.day = u.day)))",
                Some(
                    "SELECT s.at AS day, u.day AS other FROM (public.sale s JOIN public.u ON ((s.at = u.day)))",
                ),
            ),
            (
                "SELECT max(sale.day) AS day, 'day' FROM public.sale",
                Some("SELECT max(sale.at) AS day, 'day' FROM public.sale"),
            ),
            ("SELECT day FROM public.sale, public.u", None),
            (
                "SELECT sale.id FROM (public.sale JOIN public.u USING (day))",
                None,
            ),
        ] {
            assert_eq!(renamed(query).as_deref(), after, "{query}");
        }
    }
}
