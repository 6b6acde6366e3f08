//! Full names in an expression that a user wrote: what runs it has no `search_path` to find short ones by.

use super::ident;
use crate::model::Ident;
use serde_json::Value;

const LEAD: &str = "SELECT ";

/// What a name in an expression stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A type: `x::mood`.
    Type,
    /// A function: `slug(x)`.
    Function,
    /// A table or view in a subquery.
    Relation,
}

/// The expression with its schema in front of every name that has none and for which `schema_of` knows one.
///
/// An expression that does not parse stays as it is, and so do relations where it has a WITH, whose names hide theirs.
pub fn qualify(expression: &str, schema_of: impl Fn(Named, &Ident) -> Option<Ident>) -> String {
    let Some(tree) = pg_query::parse(&format!("{LEAD}{expression}"), 0)
        .ok()
        .filter(|parsed| parsed.protobuf.stmts.len() == 1)
        .and_then(|parsed| serde_json::to_value(&parsed.protobuf.stmts[0]).ok())
    else {
        return expression.to_owned();
    };
    let mut found = Vec::new();
    let mut hides = false;
    collect(&tree, &mut found, &mut hides);
    found.sort_by_key(|(start, ..)| std::cmp::Reverse(*start));
    found.dedup();
    let mut out = expression.to_owned();
    for (start, named, name) in found {
        if hides && named == Named::Relation {
            continue;
        }
        let at = start
            .checked_sub(LEAD.len())
            .filter(|at| out.is_char_boundary(*at));
        if let (Some(at), Some(schema)) = (at, schema_of(named, &Ident::new(name))) {
            out.insert_str(at, &format!("{}.", ident(&schema)));
        }
    }
    out
}

fn collect(value: &Value, found: &mut Vec<(usize, Named, String)>, hides: &mut bool) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found, hides)),
        Value::Object(fields) => {
            *hides |= fields.contains_key("ctename");
            let start = fields
                .get("location")
                .and_then(Value::as_u64)
                .and_then(|at| usize::try_from(at).ok());
            let name = if fields.contains_key("type_oid") {
                alone(&fields["names"]).map(|name| (Named::Type, name))
            } else if let Some(names) = fields.get("funcname") {
                alone(names).map(|name| (Named::Function, name))
            } else if fields.get("schemaname").and_then(Value::as_str) == Some("") {
                let name = fields.get("relname").and_then(Value::as_str);
                name.map(|name| (Named::Relation, name.to_owned()))
            } else {
                None
            };
            if let (Some(start), Some((named, name))) = (start, name) {
                found.push((start, named, name));
            }
            fields.values().for_each(|inner| collect(inner, found, hides));
        }
        _ => {}
    }
}

/// The one part of a name without a schema.
fn alone(names: &Value) -> Option<String> {
    match names.as_array()?.as_slice() {
        [name] => name["node"]["String"]["sval"].as_str().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qualified(text: &str) -> String {
        qualify(text, |named, name| {
            let known = [
                (Named::Type, "mood"),
                (Named::Function, "slug"),
                (Named::Relation, "team"),
            ];
            known
                .contains(&(named, name.as_str()))
                .then(|| Ident::new("My app"))
        })
    }

    #[test]
    fn names_without_a_schema_get_theirs() {
        assert_eq!(
            qualified("slug('é' || mood)::mood"),
            "\"My app\".slug('é' || mood)::\"My app\".mood"
        );
        assert_eq!(qualified("CAST(a AS mood[])"), "CAST(a AS \"My app\".mood[])");
        assert_eq!(
            qualified("(SELECT t.mood FROM team AS t WHERE t.id = team_id)"),
            "(SELECT t.mood FROM \"My app\".team AS t WHERE t.id = team_id)"
        );
    }

    #[test]
    fn other_names_stay() {
        for text in [
            "upper(a)::text",
            "other.slug(a)::other.mood",
            "a::int + 1",
            "not an expression (",
            "(WITH team AS (SELECT 1 AS id) SELECT id FROM team)",
        ] {
            assert_eq!(qualified(text), text);
        }
    }
}
