//! Names in a parse tree.
//!
//! The tree is read as JSON: one walk over every field then sees what is nested anywhere, also in node types that no version of
//! this file has heard of.

use crate::text::Shared;
use pg_query::protobuf::RoleSpecType;
use serde_json::Value;
use std::collections::BTreeSet;

/// The namespace a name lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Schemas.
    Schema,
    /// Tables, views, sequences, indexes, composite types.
    Relation,
    /// Types; every table and view is one too.
    Type,
    /// Functions, procedures, aggregates, of any arguments.
    Routine,
    /// Operators.
    Operator,
    /// Extensions.
    Extension,
    /// Whatever else has a name: collations, servers, publications, text search objects.
    Other,
}

/// A name as a statement spells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Its namespace.
    pub space: Space,
    /// The schema, where one is spelled.
    pub schema: Option<Shared>,
    /// The name.
    pub name: Shared,
}

impl Name {
    /// A name in no schema or in one that is not spelled.
    pub fn bare(space: Space, name: impl Into<Shared>) -> Self {
        Self {
            space,
            schema: None,
            name: name.into(),
        }
    }

    /// From the parts of a dotted name: `[name]`, `[schema, name]`, `[database, schema, name]`.
    pub fn of_parts(space: Space, parts: &[String]) -> Option<Self> {
        let (name, before) = parts.split_last()?;
        Some(Self {
            space,
            schema: before.last().map(Shared::from),
            name: name.into(),
        })
    }
}

/// What a tree mentions.
#[derive(Debug, Default)]
pub struct Mentions {
    /// Relations, types, routines, operators and schemas.
    pub names: BTreeSet<Name>,
    /// Roles.
    pub roles: BTreeSet<String>,
    /// Tablespaces.
    pub tablespaces: BTreeSet<String>,
    /// Names that can be columns: the last part of references, targets of INSERT, UPDATE and assignments, aliases.
    pub columns: BTreeSet<String>,
}

/// Everything that a parsed tree mentions. Names of `WITH` queries are no relations.
pub fn mentions(tree: &Value) -> Mentions {
    let mut found = Mentions::default();
    walk(tree, &mut found);
    let mut with = BTreeSet::new();
    collect_with_names(tree, &mut with);
    found.names.retain(|name| {
        !(name.space == Space::Relation && name.schema.is_none() && with.contains(name.name.as_str()))
    });
    let schemas: Vec<Name> = found
        .names
        .iter()
        .filter_map(|name| name.schema.clone())
        .map(|schema| Name::bare(Space::Schema, schema))
        .collect();
    found.names.extend(schemas);
    found
}

/// The statement inside a raw statement or node: its kind and its fields.
pub fn node(value: &Value) -> Option<(&str, &Value)> {
    let inner = value.get("node").unwrap_or(value);
    let fields = inner.as_object()?;
    if fields.len() != 1 {
        return None;
    }
    fields.iter().next().map(|(kind, body)| (kind.as_str(), body))
}

/// The strings of a list of string nodes; other nodes are left out.
pub fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| match node(item) {
            Some(("String", body)) => body["sval"].as_str().map(str::to_string),
            _ => None,
        })
        .collect()
}

/// The text of a constant node.
pub fn constant_text(value: &Value) -> Option<&str> {
    match node(value)? {
        ("AConst", body) => body["val"]["Sval"]["sval"].as_str(),
        ("TypeCast", body) => constant_text(&body["arg"]),
        _ => None,
    }
}

fn walk(value: &Value, found: &mut Mentions) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(fields) => {
            if let Some(name) = fields.get("relname").and_then(Value::as_str)
                && fields.contains_key("relpersistence")
            {
                let schema = fields.get("schemaname").and_then(Value::as_str);
                add(found, Space::Relation, schema, name);
                return;
            }
            if fields.contains_key("rolename") && fields.contains_key("roletype") {
                add_role(fields, found);
                return;
            }
            if let (Some(names), true) = (fields.get("names"), fields.contains_key("typmods")) {
                add_type(&strings(names), fields["pct_type"].as_bool() == Some(true), found);
            }
            for (key, inner) in fields {
                mention_of_field(key, inner, found);
                walk(inner, found);
            }
        }
        _ => {}
    }
}

/// Mentions that a field's name gives away.
fn mention_of_field(key: &str, inner: &Value, found: &mut Mentions) {
    match key {
        "FuncCall" => {
            let parts = strings(&inner["funcname"]);
            add_parts(found, Space::Routine, &parts);
            if let Some(relation) = sequence_argument(&parts, &inner["args"]) {
                add_text_name(found, &relation);
            }
        }
        "TypeCast"
            if strings(&inner["type_name"]["names"])
                .last()
                .is_some_and(|t| t == "regclass") =>
        {
            if let Some(text) = constant_text(&inner["arg"]) {
                add_text_name(found, text);
            }
        }
        "AExpr" => {
            let parts = strings(&inner["name"]);
            add_parts(found, Space::Operator, &parts);
        }
        "ColumnRef" => {
            found.columns.extend(strings(&inner["fields"]).pop());
        }
        "ResTarget" => {
            let name = inner["name"].as_str().filter(|name| !name.is_empty());
            found.columns.extend(name.map(str::to_string));
        }
        "PlassignStmt" => found.columns.extend(strings(&inner["indirection"])),
        "CollateClause" => add_parts(found, Space::Other, &strings(&inner["collname"])),
        "IndexElem" => {
            add_parts(found, Space::Other, &strings(&inner["opclass"]));
            add_parts(found, Space::Other, &strings(&inner["collation"]));
        }
        "tablespacename" | "table_space" | "indexspace" | "table_space_name" => {
            if let Some(name) = inner.as_str().filter(|name| !name.is_empty()) {
                found.tablespaces.insert(name.to_string());
            }
        }
        _ => {}
    }
}

/// `nextval('s')` and its family name a sequence in a string.
fn sequence_argument(function: &[String], arguments: &Value) -> Option<String> {
    let name = function.last()?.as_str();
    if !matches!(name, "nextval" | "currval" | "setval" | "pg_get_serial_sequence") {
        return None;
    }
    constant_text(arguments.get(0)?).map(str::to_string)
}

fn add_text_name(found: &mut Mentions, text: &str) {
    if let Some(parts) = crate::text::dotted_name(text, true) {
        add_parts(found, Space::Relation, &parts);
    }
}

fn add_role(fields: &serde_json::Map<String, Value>, found: &mut Mentions) {
    let spelled = fields["roletype"].as_i64() == Some(RoleSpecType::RolespecCstring as i64);
    if let (true, Some(role)) = (spelled, fields["rolename"].as_str()) {
        found.roles.insert(role.to_string());
    }
}

fn add_type(parts: &[String], of_column: bool, found: &mut Mentions) {
    match of_column {
        // `t.c%TYPE`: the last part is a column.
        true => add_parts(found, Space::Relation, &parts[..parts.len().saturating_sub(1)]),
        false => add_parts(found, Space::Type, parts),
    }
}

fn add_parts(found: &mut Mentions, space: Space, parts: &[String]) {
    if let Some(name) = Name::of_parts(space, parts) {
        add(found, space, name.schema.as_deref(), &name.name);
    }
}

fn add(found: &mut Mentions, space: Space, schema: Option<&str>, name: &str) {
    let schema = schema.filter(|schema| !schema.is_empty());
    if name.is_empty() || schema == Some("pg_catalog") || schema == Some("information_schema") {
        return;
    }
    found.names.insert(Name {
        space,
        schema: schema.map(Shared::from),
        name: name.into(),
    });
}

fn collect_with_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_with_names(item, names)),
        Value::Object(fields) => {
            if let Some(name) = fields.get("ctename").and_then(Value::as_str) {
                names.insert(name.to_string());
            }
            fields.values().for_each(|inner| collect_with_names(inner, names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sql: &str) -> Vec<String> {
        let parsed = pg_query::parse(sql, 0).unwrap();
        let tree = serde_json::to_value(&parsed.protobuf.stmts).unwrap();
        mentions(&tree)
            .names
            .into_iter()
            .map(|n| {
                format!(
                    "{:?} {}{}",
                    n.space,
                    n.schema.map(|s| format!("{s}.")).unwrap_or_default(),
                    n.name
                )
            })
            .collect()
    }

    #[test]
    fn finds_tables_types_functions_and_sequences() {
        assert_eq!(
            names(
                "with w as (select 1) select f(x)::s.mood from a.t join w on true where x = any (select y from u)"
            ),
            [
                "Schema a",
                "Schema s",
                "Relation u",
                "Relation a.t",
                "Type s.mood",
                "Routine f"
            ]
        );
        assert_eq!(
            names("create table t (a int default nextval('s.q'::regclass), b int references r, d o.e)"),
            [
                "Schema o",
                "Schema s",
                "Relation r",
                "Relation t",
                "Relation s.q",
                "Type regclass",
                "Type o.e",
                "Routine nextval"
            ]
        );
    }

    #[test]
    fn finds_roles_and_tablespaces() {
        let parsed = pg_query::parse("create schema s authorization \"App\"; create table t (a int) tablespace fast; grant select on t to r, public, current_user", 0).unwrap();
        let found = mentions(&serde_json::to_value(&parsed.protobuf.stmts).unwrap());
        assert_eq!(found.roles.into_iter().collect::<Vec<_>>(), ["App", "r"]);
        assert_eq!(found.tablespaces.into_iter().collect::<Vec<_>>(), ["fast"]);
    }
}
