//! Which objects a run is about: `schemas:` and `ignore:` of the settings, the ignore file, `--only` and `--ignore`.
//!
//! What is left out is taken out of both sides, so it is neither compared nor touched.

use super::arguments::Common;
use super::failure::Failure;
use super::pattern::{Patterns, matches};
use super::settings::Settings;
use crate::model::{Catalog, Kind, Object, ObjectId};
use crate::text::{Diagnostic, SourceFile, shown_path};
use std::path::Path;

/// The ignore file, beside `schemaplan.yaml` or in the working folder.
pub const IGNORE_FILE: &str = ".schemaplanignore";

/// The patterns of a run.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    schemas: Vec<String>,
    ignore: Patterns,
    only: Patterns,
    tenant: Option<String>,
}

impl Scope {
    /// From flags, settings and the ignore file, the file first.
    ///
    /// # Errors
    /// A diagnostic for each pattern that is wrong, and where the file cannot be read.
    pub fn of(common: &Common, settings: &Settings, folder: &Path) -> Result<Self, Failure> {
        let mut wrong: Vec<Diagnostic> = Vec::new();
        let mut take = |read: Result<Patterns, Vec<Diagnostic>>| {
            read.unwrap_or_else(|diagnostics| {
                wrong.extend(diagnostics);
                Patterns::default()
            })
        };
        let ignore = take(ignore_file(settings, folder))
            .and(take(Patterns::of_words(
                "`ignore:` of the settings,",
                &settings.ignore,
            )))
            .and(take(Patterns::of_words("--ignore", &common.ignore)));
        let only = take(Patterns::of_words("--only", &common.only));
        if !wrong.is_empty() {
            return Err(wrong.into());
        }
        Ok(Self {
            schemas: settings.schemas.clone(),
            ignore,
            only,
            tenant: None,
        })
    }

    /// The same for the schema of one tenant.
    pub fn of_tenant(&self, tenant: Option<&str>) -> Self {
        Self {
            tenant: tenant.map(str::to_owned),
            ..self.clone()
        }
    }

    /// What is in no schema of the tenant's, without extensions and the like, which belong to the whole database.
    pub fn outside_tenant<'a>(&self, catalog: &'a Catalog) -> Vec<&'a ObjectId> {
        let ids = catalog.objects.keys();
        match &self.tenant {
            None => Vec::new(),
            Some(_) => ids
                .filter(|id| id.kind != Kind::Schema && !id.schema.is_empty() && !self.holds_schema(id))
                .collect(),
        }
    }

    /// Takes out of a catalog what the run is not about.
    pub fn narrow(&self, catalog: &mut Catalog) {
        if let Some(tenant) = &self.tenant {
            let of_tenant = |name: &str| name.split_once('.').is_some_and(|(schema, _)| schema == tenant);
            catalog.support.retain(|each| match &each.on {
                Some(on) => on.schema.as_str() == tenant,
                None => of_tenant(&each.name),
            });
            catalog
                .unmanaged
                .retain(|each| each.property_of.is_some() || of_tenant(&each.name));
        } else if self.schemas.is_empty() && self.ignore.is_empty() && self.only.is_empty() {
            return;
        }
        let gone: Vec<ObjectId> = catalog
            .objects
            .values()
            .filter(|object| !self.holds(catalog, object))
            .map(|object| object.id.clone())
            .collect();
        for id in &gone {
            catalog.objects.remove(id);
        }
        catalog.unmanaged.retain(|each| match &each.property_of {
            Some(id) => !gone.contains(id),
            None => !self.ignore.choose_name(&each.name),
        });
    }

    fn holds(&self, catalog: &Catalog, object: &Object) -> bool {
        self.holds_schema(&object.id)
            && !self.ignore.choose(catalog, object)
            && (self.only.is_empty() || self.only.choose(catalog, object))
    }

    fn holds_schema(&self, id: &ObjectId) -> bool {
        let schema = match id.kind {
            Kind::Schema => &id.name,
            _ => &id.schema,
        };
        if let Some(tenant) = &self.tenant {
            return schema.as_str() == tenant;
        }
        self.schemas.is_empty()
            || schema.is_empty()
            || self
                .schemas
                .iter()
                .any(|pattern| matches(pattern, schema.as_str()))
    }
}

fn ignore_file(settings: &Settings, folder: &Path) -> Result<Patterns, Vec<Diagnostic>> {
    let path = settings.folder.join(IGNORE_FILE);
    let shown = shown_path(&path, folder);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let file = SourceFile::from_bytes(shown, bytes).map_err(|diagnostic| vec![diagnostic])?;
            Patterns::of_file(&file)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Patterns::default()),
        Err(error) => Err(vec![
            Diagnostic::error("settings", format!("{shown} cannot be read: {error}"))
                .help("mend its rights, or move it away"),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, Ident, QualifiedName, Schema, Statistics};

    // Only the body of what belongs to a table without being named by it is looked into.
    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        let orders = QualifiedName::new("public", "orders");
        let mut add = |id: ObjectId, body: Body| catalog.insert(Object::new(id, body));
        add(ObjectId::named(Kind::Table, &orders), Body::Schema(Schema {}));
        add(
            ObjectId::part(Kind::Column, &orders, &Ident::new("note")),
            Body::Schema(Schema {}),
        );
        let statistics = Statistics {
            table: orders,
            definition: String::new(),
            columns: Vec::new(),
            target: None,
        };
        add(
            ObjectId::named(Kind::Statistics, &QualifiedName::new("public", "by_note")),
            Body::Statistics(statistics),
        );
        add(
            ObjectId::named(Kind::Table, &QualifiedName::new("audit", "log")),
            Body::Schema(Schema {}),
        );
        add(
            ObjectId::named(Kind::View, &QualifiedName::new("audit", "recent")),
            Body::Schema(Schema {}),
        );
        catalog
    }

    fn held(ignore: &[&str], only: &[&str], schemas: &[&str]) -> String {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let scope = Scope {
            tenant: None,
            schemas: words(schemas),
            ignore: Patterns::of_words("", &words(ignore)).unwrap(),
            only: Patterns::of_words("", &words(only)).unwrap(),
        };
        let mut catalog = catalog();
        scope.narrow(&mut catalog);
        let left: Vec<String> = catalog.objects.keys().map(|id| id.name.to_string()).collect();
        left.join(" ")
    }

    #[test]
    fn schemas_leave_out_the_others() {
        assert_eq!(held(&[], &[], &["public"]), "orders note by_note");
    }

    #[test]
    fn a_pattern_for_a_table_means_all_that_belongs_to_it() {
        assert_eq!(held(&[], &["ord*"], &[]), "orders note by_note");
        assert_eq!(held(&["orders"], &[], &[]), "log recent");
        assert_eq!(held(&["audit", "orders.n?te"], &[], &[]), "orders by_note");
    }

    #[test]
    fn a_pattern_may_speak_of_one_kind() {
        assert_eq!(held(&["table: audit.*"], &[], &[]), "orders note recent by_note");
        assert_eq!(
            held(&["statistics objects: *"], &[], &[]),
            "log orders note recent"
        );
        assert_eq!(held(&["views: *"], &[], &[]), "log orders note by_note");
    }

    #[test]
    fn the_last_pattern_decides() {
        assert_eq!(
            held(&["audit", "!audit.log"], &[], &[]),
            "log orders note by_note"
        );
        assert_eq!(held(&["!audit.log", "audit"], &[], &[]), "");
        assert_eq!(held(&[], &["!audit"], &[]), "orders note by_note");
    }

    #[test]
    fn a_wrong_kind_is_said_with_the_right_one() {
        let wrong =
            Patterns::of_words("--ignore", [&"tabel: x".to_owned(), &"table:".to_owned()]).unwrap_err();
        let said: Vec<String> = wrong.iter().map(|each| each.render(Default::default())).collect();
        assert!(
            said[0].contains("`tabel` is no kind") && said[0].contains("`table:`"),
            "{said:?}"
        );
        assert_eq!(said.len(), 2);
    }

    #[test]
    fn a_wrong_line_of_the_file_is_pointed_at() {
        let file = SourceFile::new(".schemaplanignore", "# ours\n\n  audit.*\n  vew: x\n");
        let wrong = Patterns::of_file(&file).unwrap_err();
        assert!(
            wrong[0]
                .render(Default::default())
                .contains(".schemaplanignore:4:3")
        );
    }

    #[test]
    fn stars_match_anything() {
        assert!(matches("*", "") && matches("a*c", "abbc") && matches("a*b*c", "aXbYc"));
        assert!(!matches("a*c", "abb") && !matches("a?c", "ac"));
    }
}
