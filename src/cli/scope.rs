//! Which objects a run is about: `schemas:` and `ignore:` of the settings, `--only` and `--ignore`.
//!
//! What is left out is taken out of both sides, so it is neither compared nor touched.

use super::workbench::Workbench;
use crate::model::{Catalog, Kind, ObjectId};

/// The patterns of a run.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    schemas: Vec<String>,
    ignore: Vec<String>,
    only: Vec<String>,
}

impl Scope {
    /// From flags and settings.
    pub fn of(bench: &Workbench) -> Self {
        Self {
            schemas: bench.settings.schemas.clone(),
            ignore: bench
                .settings
                .ignore
                .iter()
                .chain(&bench.common.ignore)
                .cloned()
                .collect(),
            only: bench.common.only.clone(),
        }
    }

    /// Takes out of a catalog what the run is not about.
    pub fn narrow(&self, catalog: &mut Catalog) {
        if self.schemas.is_empty() && self.ignore.is_empty() && self.only.is_empty() {
            return;
        }
        let gone: Vec<ObjectId> = catalog
            .objects
            .keys()
            .filter(|id| !self.holds(id))
            .cloned()
            .collect();
        for id in gone {
            catalog.objects.remove(&id);
        }
        catalog.unmanaged.retain(|each| match &each.property_of {
            Some(id) => self.holds(id),
            None => !self.ignore.iter().any(|pattern| matches(pattern, &each.name)),
        });
    }

    fn holds(&self, id: &ObjectId) -> bool {
        let schema = match id.kind {
            Kind::Schema => &id.name,
            _ => &id.schema,
        };
        if !self.schemas.is_empty()
            && !schema.is_empty()
            && !self
                .schemas
                .iter()
                .any(|pattern| matches(pattern, schema.as_str()))
        {
            return false;
        }
        let names = names(id);
        let any = |patterns: &[String]| {
            patterns
                .iter()
                .any(|pattern| names.iter().any(|name| matches(pattern, name)))
        };
        !any(&self.ignore) && (self.only.is_empty() || any(&self.only))
    }
}

/// What a pattern may name an object by: in full, without its schema, its relation, its schema.
fn names(id: &ObjectId) -> Vec<String> {
    let own = id.name.to_string();
    if id.schema.is_empty() {
        return vec![own];
    }
    let schema = &id.schema;
    let mut names = vec![id.label()];
    if id.is_part() {
        names.extend([
            format!("{schema}.{}", id.of),
            id.of.to_string(),
            format!("{}.{own}", id.of),
        ]);
    } else {
        names.extend([format!("{schema}.{own}"), own]);
    }
    names.push(schema.to_string());
    names
}

/// `*` stands for any characters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ident, QualifiedName};

    fn held(scope: &Scope) -> Vec<&'static str> {
        let orders = QualifiedName::new("public", "orders");
        let all = [
            ("orders", ObjectId::named(Kind::Table, &orders)),
            (
                "orders.note",
                ObjectId::part(Kind::Column, &orders, &Ident::new("note")),
            ),
            (
                "audit.log",
                ObjectId::named(Kind::Table, &QualifiedName::new("audit", "log")),
            ),
            ("audit", ObjectId::global(Kind::Schema, "audit")),
            ("citext", ObjectId::global(Kind::Extension, "citext")),
        ];
        all.into_iter()
            .filter(|(_, id)| scope.holds(id))
            .map(|(name, _)| name)
            .collect()
    }

    fn patterns(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn schemas_leave_out_the_others_and_nothing_global() {
        let scope = Scope {
            schemas: patterns(&["public"]),
            ..Scope::default()
        };
        assert_eq!(held(&scope), ["orders", "orders.note", "citext"]);
    }

    #[test]
    fn a_pattern_for_a_table_means_its_parts_too() {
        let only = Scope {
            only: patterns(&["ord*"]),
            ..Scope::default()
        };
        assert_eq!(held(&only), ["orders", "orders.note"]);
        let ignore = Scope {
            ignore: patterns(&["audit", "orders.n?te"]),
            ..Scope::default()
        };
        assert_eq!(held(&ignore), ["orders", "citext"]);
    }

    #[test]
    fn stars_match_anything() {
        assert!(matches("*", "") && matches("a*c", "abbc") && matches("a*b*c", "aXbYc"));
        assert!(!matches("a*c", "abb") && !matches("a?c", "ac"));
    }
}
