//! Indexes and policies by their keys.

use super::table::options;
use super::value::Yaml;
use super::{Writer, exact};
use crate::model::{Grantee, Index, IndexKeyOf, Object, Policy};
use crate::sql;

type Map = Vec<(String, Yaml)>;

fn put(map: &mut Map, key: &str, value: Yaml) {
    map.push((key.to_owned(), value));
}

impl Writer<'_> {
    /// An index: its parts alone, where they say it all.
    pub(super) fn index(&self, object: &Object, body: &Index) -> Yaml {
        let word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
        let parts = body
            .keys
            .iter()
            .zip(self.hand.index_parts(object))
            .map(|(key, text)| match &key.of {
                // A word alone is a name, and exact.
                IndexKeyOf::Column(name) if text == sql::ident(name) && word(name.as_str()) => {
                    name.to_string()
                }
                _ => text,
            });
        let columns = Yaml::texts(parts);
        let mut map = Map::new();
        if body.unique {
            put(&mut map, "unique", Yaml::yes());
        }
        if body.nulls_not_distinct {
            put(&mut map, "nulls_not_distinct", Yaml::yes());
        }
        if body.method.as_str() != "btree" {
            put(&mut map, "method", Yaml::text(exact(body.method.as_str())));
        }
        if !body.include.is_empty() {
            put(
                &mut map,
                "include",
                Yaml::texts(body.include.iter().map(|name| exact(name.as_str()))),
            );
        }
        if let Some(predicate) = &body.predicate {
            put(
                &mut map,
                "where",
                Yaml::text(self.hand.plain(&sql::bare(predicate.as_str()))),
            );
        }
        if !body.options.is_empty() {
            put(&mut map, "with", options(&body.options));
        }
        if let Some(tablespace) = &body.tablespace {
            put(&mut map, "tablespace", Yaml::text(exact(tablespace.as_str())));
        }
        if let Some(comment) = &object.comment {
            put(&mut map, "comment", Yaml::text(comment.as_str()));
        }
        if map.is_empty() {
            return columns;
        }
        map.insert(0, ("columns".to_owned(), columns));
        Yaml::Map(map)
    }

    /// A row security policy.
    pub(super) fn policy(&self, object: &Object, body: &Policy) -> Yaml {
        let mut map = Map::new();
        if !body.permissive {
            put(&mut map, "restrictive", Yaml::yes());
        }
        if body.command != "ALL" {
            put(&mut map, "command", Yaml::text(body.command.to_ascii_lowercase()));
        }
        let roles = body.roles.iter().filter_map(|grantee| match grantee {
            Grantee::Role(role) => Some(exact(role.as_str())),
            Grantee::Public | Grantee::Owner => None,
        });
        let roles: Vec<String> = roles.collect();
        if !roles.is_empty() {
            put(&mut map, "to", Yaml::texts(roles));
        }
        for (key, condition) in [("using", &body.using), ("check", &body.check)] {
            if let Some(condition) = condition {
                put(
                    &mut map,
                    key,
                    Yaml::text(self.hand.plain(&sql::bare(condition.as_str()))),
                );
            }
        }
        if let Some(comment) = &object.comment {
            put(&mut map, "comment", Yaml::text(comment.as_str()));
        }
        Yaml::Map(map)
    }
}
