//! What the bodies of SQL and PL/pgSQL functions use, and the names in any statement.
//!
//! PostgreSQL keeps no dependencies for bodies that are strings. What is found here orders statements and finds dependents; it is
//! no proof: dynamic SQL stays unseen, and a body may call what does not exist yet. An edge that only a body makes may be cut.

mod fragments;
mod known;
mod outside;
mod tokens;
mod tree;

pub use outside::{Outside, outside};
pub use tree::{Mentions, Name, Space, constant_text, mentions, node, strings};

use crate::model::{Body, Catalog, Function, Kind, ObjectId, QualifiedName};
use known::Known;
use std::collections::{BTreeMap, BTreeSet};

/// What the body of a function uses, among what `known` holds: relations, columns, types, routines. Empty for languages other than
/// SQL and PL/pgSQL; what does not parse is read by its words.
///
/// `path` are the schemas that unqualified names are looked up in; an unqualified name that none of them holds means the only
/// object of that name, if there is one.
pub fn uses(function: &Function, path: &[String], known: &Catalog) -> BTreeSet<ObjectId> {
    used_by(function, path, &Known::new(known), &[])
}

/// Notes for every function and procedure what its body uses, as mentions: they order steps and pin nothing. Where a trigger calls it, `NEW.amount` is the column of
/// the trigger's table.
pub fn add_body_dependencies(catalog: &mut Catalog) {
    let tables = trigger_tables(catalog);
    let known = Known::new(catalog);
    let mut found: Vec<(ObjectId, BTreeSet<ObjectId>)> = Vec::new();
    for object in catalog.of_kind(Kind::Function) {
        if let Body::Function(function) = &object.body {
            let path = search_path(function, object.id.schema.as_str());
            let of = tables.get(&object.id).map(Vec::as_slice).unwrap_or_default();
            let mut used = used_by(function, &path, &known, of);
            used.remove(&object.id);
            found.push((object.id.clone(), used));
        }
    }
    for (id, used) in found {
        if let Some(object) = catalog.get_mut(&id) {
            object.mentions.extend(used);
        }
    }
}

/// The relations whose triggers call each function.
fn trigger_tables(catalog: &Catalog) -> BTreeMap<ObjectId, Vec<QualifiedName>> {
    let mut tables: BTreeMap<ObjectId, Vec<QualifiedName>> = BTreeMap::new();
    for trigger in catalog.of_kind(Kind::Trigger) {
        for function in trigger.depends_on.iter().filter(|id| id.kind == Kind::Function) {
            tables
                .entry(function.clone())
                .or_default()
                .push(trigger.id.relation());
        }
    }
    tables
}

/// `SET search_path` of the function itself; else its own schema and `public`, which is where such names mostly mean.
fn search_path(function: &Function, schema: &str) -> Vec<String> {
    let set = function
        .definition
        .lines()
        .find_map(|line| line.trim().strip_prefix("SET search_path TO "));
    match set {
        Some(path) => path
            .split(',')
            .filter_map(|part| crate::text::dotted_name(part, true)?.pop())
            .collect(),
        None => vec![schema.to_string(), "public".to_string()],
    }
}

fn used_by(
    function: &Function,
    path: &[String],
    known: &Known<'_>,
    trigger_of: &[QualifiedName],
) -> BTreeSet<ObjectId> {
    let mentioned = match function.language.as_str() {
        "sql" => fragments::of_sql(&function.source),
        "plpgsql" => fragments::of_plpgsql(function),
        _ => return BTreeSet::new(),
    };
    let mut used = BTreeSet::new();
    let mut relations: BTreeSet<QualifiedName> = trigger_of.iter().cloned().collect();
    for name in &mentioned.names {
        for id in known.find(name, path) {
            if matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView) {
                relations.insert(id.qualified());
            }
            used.insert(id.clone());
        }
    }
    for relation in &relations {
        let columns = known.columns(relation).iter();
        used.extend(
            columns
                .filter(|id| mentioned.columns.contains(id.name.as_str()))
                .map(|id| (*id).clone()),
        );
    }
    used
}
