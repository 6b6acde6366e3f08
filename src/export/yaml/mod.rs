//! The same files in YAML: tables, types, views and routines by their keys, everything else as `sql`.

mod code;
mod index;
mod owned;
mod table;
mod types;
mod value;

use super::cycles::Homes;
use super::unit;
use crate::model::{Body, Kind, Object, QualifiedName};
use crate::sql::{self, Hand};
use value::Yaml;

/// What is known while objects are written.
pub(super) struct Writer<'a> {
    pub(super) homes: &'a Homes<'a>,
    pub(super) hand: &'a Hand<'a>,
}

/// The keys of a document, in the order in which they stand.
const KEYS: &[&str] = &[
    "schemas",
    "extensions",
    "types",
    "sequences",
    "tables",
    "views",
    "materialized_views",
    "functions",
    "procedures",
    "sql",
];

/// One object with all that stands on it: entries by the key of the document, and statements for the rest.
#[derive(Default)]
struct Entries {
    named: Vec<(&'static str, String, Yaml)>,
    sql: Vec<String>,
}

/// A document of these objects; empty where there is nothing to say.
pub(super) fn document(roots: &[&Object], writer: &Writer<'_>) -> String {
    let mut all = Entries::default();
    for root in roots {
        writer.root(root, &mut all);
    }
    let mut document: Vec<(String, Yaml)> = Vec::new();
    for key in KEYS {
        let value = match *key {
            "sql" => statements(&all.sql),
            key => {
                let of_key = all.named.iter().filter(|(at, ..)| *at == key);
                let entries: Vec<(String, Yaml)> = of_key
                    .map(|(_, name, value)| (name.clone(), value.clone()))
                    .collect();
                (!entries.is_empty()).then_some(Yaml::Map(entries))
            }
        };
        document.extend(value.map(|value| ((*key).to_owned(), value)));
    }
    value::document(&document)
}

fn statements(list: &[String]) -> Option<Yaml> {
    let text: String = list.iter().map(|statement| format!("{statement};\n")).collect();
    match list {
        [] => None,
        [one] if !one.contains('\n') => Some(Yaml::text(one.as_str())),
        _ => Some(Yaml::Text(text)),
    }
}

impl Writer<'_> {
    fn root(&self, root: &Object, all: &mut Entries) {
        let entry = match &root.body {
            Body::Schema(_) | Body::Extension(_) => self.global(root),
            Body::EnumType(_) | Body::Domain(_) | Body::CompositeType(_) => self.user_type(root),
            Body::Sequence(body) if body.owned_by.is_none() => {
                Some(("sequences", self.sequence(root, &body.options, body.unlogged)))
            }
            Body::Table(_) => return self.table(root, all),
            Body::View(_) | Body::MaterializedView(_) => return self.view(root, all),
            Body::Function(body) => self.routine(root, body).map(|(key, name, value)| {
                all.named.push((key, name, value));
                all.sql.extend(self.leftovers(root));
                ("", Yaml::yes())
            }),
            _ => None,
        };
        match entry {
            Some(("", _)) => {}
            Some((key, value)) => {
                all.named.push((key, self.key(root), value));
                all.sql.extend(self.leftovers(root));
            }
            None => all.sql.extend(unit::statements(root, self.homes, self.hand)),
        }
    }

    /// The name of an object as YAML spells it: exact, with dots between its parts.
    pub(super) fn key(&self, object: &Object) -> String {
        match object.id.schema.is_empty() {
            true => exact(object.id.name.as_str()),
            false => self.name(&object.id.qualified()),
        }
    }

    /// A name with its schema, or without where that goes without saying.
    pub(super) fn name(&self, name: &QualifiedName) -> String {
        let spelled = self.hand.name(name);
        let short = spelled == self.hand.plain(&sql::ident(&name.name));
        let parts: Vec<&str> = match short {
            true => vec![name.name.as_str()],
            false => vec![name.schema.as_str(), name.name.as_str()],
        };
        match parts
            .iter()
            .any(|part| part.contains(['.', '"']) || part.is_empty())
        {
            true => spelled_in_full(&parts),
            false => parts.join("."),
        }
    }

    fn global(&self, object: &Object) -> Option<(&'static str, Yaml)> {
        let schema = match &object.body {
            Body::Extension(body) if object.id.name.as_str() != "plpgsql" => {
                let shown = body.schema.as_str();
                (shown != "pg_catalog").then(|| ("schema".to_owned(), Yaml::text(exact(shown))))
            }
            Body::Schema(_) if !super::prepare::is_public(&object.id) => None,
            _ => return None,
        };
        let mut entries: Vec<(String, Yaml)> = schema.into_iter().collect();
        self.owned(object, &mut entries);
        let key = if object.id.kind == Kind::Schema {
            "schemas"
        } else {
            "extensions"
        };
        Some((key, Yaml::Map(entries)))
    }
}

/// A name of one part.
pub(super) fn exact(name: &str) -> String {
    match name.starts_with('"') {
        true => spelled_in_full(&[name]),
        false => name.to_owned(),
    }
}

fn spelled_in_full(parts: &[&str]) -> String {
    let quoted: Vec<String> = parts
        .iter()
        .map(|part| format!("\"{}\"", part.replace('"', "\"\"")))
        .collect();
    quoted.join(".")
}
