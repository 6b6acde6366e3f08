//! Types and sequences by their keys.

use super::value::Yaml;
use super::{Writer, exact};
use crate::model::{Body, Kind, Object, SequenceOptions};
use crate::sql;

type Map = Vec<(String, Yaml)>;

impl Writer<'_> {
    /// An enum, a domain, a composite type; none where keys cannot say all of it.
    pub(super) fn user_type(&self, object: &Object) -> Option<(&'static str, Yaml)> {
        let mut map = Map::new();
        match &object.body {
            Body::EnumType(body) if !body.labels.is_empty() => {
                let labels = body
                    .labels
                    .iter()
                    .map(|label| Yaml::text(label.as_str()))
                    .collect();
                map.push(("enum".to_owned(), Yaml::Flow(labels)));
            }
            Body::Domain(body) => {
                let base = self.hand.plain(body.base.as_str());
                map.push(("domain".to_owned(), Yaml::text(base)));
                if let Some(collation) = &body.collation {
                    map.push(("collate".to_owned(), Yaml::text(self.name(collation))));
                }
                if body.not_null {
                    map.push(("not_null".to_owned(), Yaml::yes()));
                }
                if let Some(default) = &body.default {
                    let text = self.hand.default_text(default.as_str(), body.base.as_str());
                    map.push(("default".to_owned(), Yaml::text(text)));
                }
                let checks: Vec<&Object> = self
                    .homes
                    .catalog
                    .parts(Kind::DomainConstraint, &object.id.qualified())
                    .collect();
                if !checks
                    .iter()
                    .all(|check| self.hand.is_inside(check) && check.comment.is_none())
                {
                    return None;
                }
                let checks = checks.iter().map(|check| {
                    let text = self.hand.definition(check).unwrap_or_default();
                    let condition = text
                        .strip_prefix("check (")
                        .and_then(|rest| rest.strip_suffix(')'));
                    (
                        exact(check.id.name.as_str()),
                        Yaml::text(condition.unwrap_or(&text)),
                    )
                });
                let checks: Map = checks.collect();
                if !checks.is_empty() {
                    map.push(("checks".to_owned(), Yaml::Map(checks)));
                }
            }
            Body::CompositeType(body) if !body.attributes.is_empty() => {
                if body
                    .attributes
                    .iter()
                    .any(|attribute| attribute.comment.is_some())
                {
                    return None;
                }
                let attributes = body.attributes.iter().map(|attribute| {
                    let collation = sql::collation_clause(attribute.collation.as_ref());
                    let text = self.hand.plain(&format!("{}{collation}", attribute.data_type));
                    (exact(attribute.name.as_str()), Yaml::text(text))
                });
                map.push(("composite".to_owned(), Yaml::Map(attributes.collect())));
            }
            _ => return None,
        }
        self.owned(object, &mut map);
        // A list alone is an enum.
        if let [(key, list)] = map.as_slice()
            && key == "enum"
        {
            return Some(("types", list.clone()));
        }
        Some(("types", Yaml::Map(map)))
    }

    /// A sequence; who owns it is said apart.
    pub(super) fn sequence(&self, object: &Object, options: &SequenceOptions, unlogged: bool) -> Yaml {
        let mut map = Map::new();
        if options.data_type.as_str() != "bigint" {
            map.push(("type".to_owned(), Yaml::text(options.data_type.as_str())));
        }
        // ` INCREMENT BY 2 MINVALUE 0`: only what is not the default.
        let said = sql::sequence_options(options, false);
        let mut number = |word: &str, key: &str, value: i64| {
            if said.contains(word) {
                map.push((key.to_owned(), Yaml::Word(value.to_string())));
            }
        };
        number(" START WITH ", "start", options.start);
        number(" INCREMENT BY ", "increment", options.increment);
        number(" MINVALUE ", "min", options.min);
        number(" MAXVALUE ", "max", options.max);
        number(" CACHE ", "cache", options.cache);
        for (key, flag) in [("cycle", options.cycle), ("unlogged", unlogged)] {
            if flag {
                map.push((key.to_owned(), Yaml::yes()));
            }
        }
        self.owned(object, &mut map);
        Yaml::Map(map)
    }
}
