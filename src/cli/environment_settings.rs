//! `environments:` of `schemaplan.yaml`: one database, or a fleet of databases that hold one schema.

use super::hook_settings::CommandList;
use super::settings::PolicySettings;
use crate::text::{Diagnostic, SourceFile};
use clap::ValueEnum;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// So many members may be at work at once.
const MOST_AT_ONCE: u32 = 64;

/// One of `environments:`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentSettings {
    /// Its database, `${VAR}` taken from the environment; or a list of databases, a fleet.
    #[schemars(with = "Option<Urls>")]
    pub url: Option<Spanned<Urls>>,
    /// The same database past a pooler.
    pub direct_url: Option<String>,
    /// What is allowed there.
    #[serde(default)]
    pub policy: PolicySettings,
    /// Schemas of one shape in this database, each for one tenant: they are its fleet.
    pub tenants: Option<TenantSettings>,
    /// Of a fleet: the members that go first, one by one; the first of the list by default.
    #[schemars(with = "Option<Vec<String>>")]
    pub canary: Option<Vec<Spanned<String>>>,
    /// Of a fleet: how many of the other members are at work at once, 1 to 64; 4 by default.
    #[schemars(with = "Option<u32>", range(min = 1, max = 64))]
    pub parallel: Option<Spanned<u32>>,
    /// Of a fleet: whether further members begin after one did not end well; `stop` by default.
    pub on_failure: Option<OnFailure>,
}

/// `tenants:`: the schemas of a database that hold one shape.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// The schema that the files describe.
    #[schemars(with = "String")]
    pub shape: Spanned<String>,
    /// The tenants' schemas: patterns of their names (`*` and `?`), or their names, which are made where they are not there.
    pub schemas: Option<CommandList>,
    /// In place of a pattern: a query that gives the names.
    pub query: Option<String>,
}

/// Whether further members of a fleet begin after one did not end well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// No further member begins
    #[default]
    Stop,
    /// The others are run all the same
    Continue,
}

/// `url:`, of one database or of several.
#[derive(Clone, Debug)]
pub enum Urls {
    /// One database.
    One(String),
    /// A fleet.
    Fleet(Vec<Spanned<MemberSettings>>),
}

/// A database of a fleet.
#[derive(Clone, Debug)]
pub struct MemberSettings {
    /// Its name; where it has none it is called by its host and database.
    pub name: Option<Spanned<String>>,
    /// Where it is.
    pub url: String,
    /// The same database past a pooler.
    pub direct_url: Option<String>,
}

/// A database of a fleet, with its name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NamedMember {
    /// What reports call it, and `--member` names it by.
    #[schemars(with = "String")]
    name: Spanned<String>,
    /// Its database, `${VAR}` taken from the environment.
    url: String,
    /// The same database past a pooler.
    direct_url: Option<String>,
}

// Read by hand: an untagged enum would lose the place of what is wrong.
impl<'de> Deserialize<'de> for Urls {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Urls;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL, or a list of databases")
            }

            fn visit_str<E: Error>(self, url: &str) -> Result<Urls, E> {
                Ok(Urls::One(url.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Urls, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = list.next_element()? {
                    members.push(member);
                }
                Ok(Urls::Fleet(members))
            }
        }
        from.deserialize_any(Words)
    }
}

impl<'de> Deserialize<'de> for MemberSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = MemberSettings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL, or {name: …, url: …}")
            }

            fn visit_str<E: Error>(self, url: &str) -> Result<MemberSettings, E> {
                Ok(MemberSettings {
                    name: None,
                    url: url.to_owned(),
                    direct_url: None,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MemberSettings, A::Error> {
                let named = NamedMember::deserialize(MapAccessDeserializer::new(map))?;
                Ok(MemberSettings {
                    name: Some(named.name),
                    url: named.url,
                    direct_url: named.direct_url,
                })
            }
        }
        from.deserialize_any(Words)
    }
}

impl JsonSchema for Urls {
    fn schema_name() -> Cow<'static, str> {
        "Urls".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let member = generator.subschema_for::<NamedMember>();
        json_schema!({"anyOf": [
            {"type": "string"},
            {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "string"}, member]}},
        ]})
    }
}

impl EnvironmentSettings {
    /// The members of a fleet; none where this is one database.
    pub fn fleet(&self) -> Option<&[Spanned<MemberSettings>]> {
        match self.url.as_ref().map(|url| &url.value) {
            Some(Urls::Fleet(members)) => Some(members),
            _ => None,
        }
    }

    /// What is wrong with it, each at its place.
    pub fn problems(&self, name: &str, source: &Arc<SourceFile>) -> Vec<Diagnostic> {
        let wrong = |title: String| Diagnostic::error("settings", title);
        let at_url = |title: String| match &self.url {
            Some(url) => at(source, url, wrong(title)),
            None => wrong(title),
        };
        let Some(members) = self.fleet() else {
            if let Some(tenants) = &self.tenants {
                return self.tenant_problems(tenants, name, source);
            }
            let mut found = Vec::new();
            let spoken = [
                ("canary", self.canary.is_some()),
                ("parallel", self.parallel.is_some()),
                ("on_failure", self.on_failure.is_some()),
            ];
            for (key, _) in spoken.iter().filter(|(_, is_there)| *is_there) {
                let title =
                    format!("`{key}` of the environment `{name}` speaks of a fleet, and it is one database");
                found.push(at_url(title).help("a fleet is a list of databases below `url:`"));
            }
            return found;
        };
        let mut found = Vec::new();
        if let Some(tenants) = &self.tenants {
            let title = format!("`tenants` of `{name}` are schemas of one database, and its `url` is a list");
            found.push(
                at(source, &tenants.shape, wrong(title)).help("write an environment for each database"),
            );
        }
        if members.is_empty() {
            let title = format!("the fleet `{name}` has no members");
            found.push(at_url(title).help("write one database or more below `url:`"));
        }
        if self.direct_url.is_some() {
            let title = format!("`direct_url` of the fleet `{name}` would be that of all its members");
            found.push(at_url(title).help("write it at each member: `{name: …, url: …, direct_url: …}`"));
        }
        let mut seen: Vec<&str> = Vec::new();
        for member_name in members.iter().filter_map(|member| member.value.name.as_ref()) {
            let word = member_name.value.as_str();
            let title = match word {
                _ if !is_a_name(word) => format!("`{word}` is no name of a member"),
                _ if seen.contains(&word) => format!("the fleet `{name}` has two members `{word}`"),
                _ => {
                    seen.push(word);
                    continue;
                }
            };
            let help = "every member has a name of its own, without blanks, commas, `*` and `?`";
            found.push(at(source, member_name, wrong(title)).help(help));
        }
        // What has no name is called by its address, which is known when variables are.
        let all_named = members.iter().all(|member| member.value.name.is_some());
        for canary in self.canary.iter().flatten() {
            if all_named && !seen.contains(&canary.value.as_str()) {
                let title = format!("the fleet `{name}` has no member `{}`", canary.value);
                found.push(at(source, canary, wrong(title)).help(format!("it has: {}", seen.join(", "))));
            }
        }
        if let Some(parallel) = &self.parallel
            && !(1..=MOST_AT_ONCE).contains(&parallel.value)
        {
            let title = format!("`parallel: {}` of the fleet `{name}`", parallel.value);
            found.push(at(source, parallel, wrong(title)).help(NO_PARALLEL));
        }
        found
    }
}

impl EnvironmentSettings {
    fn tenant_problems(
        &self,
        tenants: &TenantSettings,
        name: &str,
        source: &Arc<SourceFile>,
    ) -> Vec<Diagnostic> {
        let wrong = |title: String| Diagnostic::error("settings", title);
        let mut found = Vec::new();
        if let Some(parallel) = &self.parallel {
            let title =
                format!("the tenants of `{name}` run one after another: their database has one lease");
            found.push(at(source, parallel, wrong(title)).help("leave `parallel` away"));
        }
        if tenants.schemas.is_none() && tenants.query.is_none() {
            let title = format!("`tenants` of `{name}` says of which shape they are, and not which schemas");
            let diagnostic = at(source, &tenants.shape, wrong(title));
            found.push(diagnostic.help("add `schemas:`, patterns or names, or a `query:` that gives names"));
        }
        found
    }
}

const NO_PARALLEL: &str = "write a number from 1 to 64";

/// The word of `--parallel`.
pub fn parallel(word: &str) -> Result<u32, String> {
    let number = word
        .parse()
        .ok()
        .filter(|number| (1..=MOST_AT_ONCE).contains(number));
    number.ok_or_else(|| NO_PARALLEL.to_owned())
}

fn is_a_name(word: &str) -> bool {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '*' | '?' | ',');
    !word.is_empty() && word.chars().count() <= 63 && !word.contains(wrong)
}

fn at<T>(source: &Arc<SourceFile>, place: &Spanned<T>, diagnostic: Diagnostic) -> Diagnostic {
    super::settings::at_place(
        source,
        place.referenced.line(),
        place.referenced.column(),
        diagnostic,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::parse;
    use crate::text::{Look, render_all};

    fn problems(text: &str) -> String {
        let source = SourceFile::new("schemaplan.yaml", format!("environments:\n  shards:\n{text}"));
        render_all(&parse(&source).unwrap_err(), Look::default())
    }

    #[test]
    fn a_fleet_is_read_with_its_keys() {
        let text = "environments:
  shards:
    url:
      - {name: north, url: 'postgres://north/shop', direct_url: 'postgres://direct/shop'}
      - postgres://south/shop
    canary: [north]
    parallel: 8
    on_failure: continue
";
        let settings = parse(&SourceFile::new("schemaplan.yaml", text)).unwrap();
        let shards = &settings.environments["shards"];
        let members = shards.fleet().unwrap();
        assert_eq!(members[0].value.name.as_ref().unwrap().value, "north");
        assert_eq!(members[1].value.url, "postgres://south/shop");
        assert!(members[1].value.name.is_none());
        assert_eq!(shards.on_failure, Some(OnFailure::Continue));
        assert_eq!(shards.parallel.as_ref().unwrap().value, 8);
    }

    #[test]
    fn what_is_wrong_with_a_fleet_is_said_at_its_place() {
        for (text, title, place) in [
            ("    url: []\n", "has no members", ":3:10"),
            (
                "    url:\n      - {name: a, url: x}\n      - {name: a, url: y}\n",
                "two members `a`",
                ":5:16",
            ),
            (
                "    url:\n      - {name: a, url: x}\n    canary: [a, b]\n",
                "no member `b`",
                ":5:17",
            ),
            (
                "    url:\n      - {name: 'a b', url: x}\n",
                "`a b` is no name",
                ":4:16",
            ),
            ("    url:\n      - {name: a, urls: x}\n", "urls", ":4:19"),
            ("    url:\n      - {name: a}\n", "url", ":4:"),
            (
                "    url: x\n    tenants: {shape: app}\n",
                "not which schemas",
                ":4:22",
            ),
            (
                "    url: x\n    tenants: {shape: app, schemas: t}\n    parallel: 2\n",
                "one after another",
                ":5:15",
            ),
            (
                "    url: [x]\n    tenants: {shape: app, schemas: t}\n",
                "its `url` is a list",
                ":4:22",
            ),
            ("    url: {a: b}\n", "a URL, or a list of databases", ":3:10"),
            ("    url:\n      - x\n    parallel: 0\n", "`parallel: 0`", ":5:15"),
            (
                "    url:\n      - x\n    direct_url: y\n",
                "at each member",
                ":4:7",
            ),
            ("    url: x\n    canary: [a]\n", "speaks of a fleet", ":3:10"),
            (
                "    url:\n      - x\n    on_failure: perhaps\n",
                "perhaps",
                ":5:17",
            ),
        ] {
            let said = problems(text);
            assert!(said.contains(title), "{text}{said}");
            assert!(
                said.contains(&format!("schemaplan.yaml{place}")) || place.is_empty(),
                "{text}{said}"
            );
        }
    }

    #[test]
    fn so_many_at_once_is_a_number() {
        assert_eq!(parallel("8"), Ok(8));
        for wrong in ["0", "65", "-1", "many"] {
            assert!(parallel(wrong).is_err(), "{wrong}");
        }
    }
}
