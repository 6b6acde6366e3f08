//! A catalog as schema files, which `dump` and `init` write, and as one file of JSON, which `snapshot` does.
//!
//! Pure: the same catalog gives the same files. What is written, read again, gives the same catalog; `tests/dump` holds it to
//! that.

mod cycles;
mod file_name;
mod place;
mod prepare;
mod snapshot;
mod unit;
mod whole;
mod yaml;

pub use snapshot::{FORMAT, LARGEST, Snapshot, SnapshotError};

use crate::model::{Catalog, Ident, Object, ObjectId};
use crate::sql::Hand;
use std::collections::BTreeMap;

/// What to write of what the catalog holds.
#[derive(Clone, Debug)]
pub struct Options {
    /// The schema in which a name without a schema is made when the files are read; its name is left out where it can be. None
    /// spells every name in full.
    pub short: Option<Ident>,
    /// Write privileges that differ from the built-in ones.
    pub grants: bool,
    /// Write owners that differ from the most common one.
    pub owners: bool,
    /// Write comments.
    pub comments: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            short: Some(Ident::new("public")),
            grants: true,
            owners: true,
            comments: true,
        }
    }
}

/// A schema file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its path below the schema folder, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// The language of schema files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// SQL.
    Sql,
    /// YAML, with SQL for what is rare.
    Yaml,
}

/// The catalog as one file per object, ordered by path; parts stand in the file of their table.
pub fn folder(catalog: &Catalog, language: Language, options: &Options) -> Vec<ExportFile> {
    let catalog = prepare::prepare(catalog, options);
    let homes = cycles::homes(&catalog);
    let hand = hand(&catalog, options);
    let mut places = place::Places::of(&catalog);
    // Names that are file names as they stand go first, so that no other takes them away.
    let mut roots: Vec<&Object> = homes.roots().collect();
    roots.sort_by_key(|object| (place::needs_change(object), object.id.clone()));
    let paths: BTreeMap<&ObjectId, String> = roots
        .iter()
        .map(|object| (&object.id, places.path(object)))
        .collect();
    let mut files: BTreeMap<&String, Vec<&Object>> = BTreeMap::new();
    for object in homes.in_order() {
        if let Some(path) = paths.get(&object.id) {
            files.entry(path).or_default().push(object);
        }
    }
    let ending = match language {
        Language::Sql => "sql",
        Language::Yaml => "yaml",
    };
    let written = files.into_iter().map(|(path, objects)| ExportFile {
        path: format!("{path}.{ending}"),
        text: text(&objects, language, &homes, &hand),
    });
    let mut written: Vec<ExportFile> = written.filter(|file| !file.text.is_empty()).collect();
    if written.is_empty() {
        written.push(nothing(language));
    }
    written
}

/// A folder without a schema file is taken for a mistake; a file without a statement says that nothing should be there.
fn nothing(language: Language) -> ExportFile {
    let (path, text) = match language {
        Language::Sql => ("schema.sql", "-- The database holds nothing.\n"),
        Language::Yaml => ("schema.yaml", "# The database holds nothing.\n"),
    };
    ExportFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// The catalog as one text, what is used before what uses it.
pub fn one_text(catalog: &Catalog, language: Language, options: &Options) -> String {
    let catalog = prepare::prepare(catalog, options);
    let homes = cycles::homes(&catalog);
    let hand = hand(&catalog, options);
    let objects: Vec<&Object> = homes.in_order().collect();
    text(&objects, language, &homes, &hand)
}

fn text(objects: &[&Object], language: Language, homes: &cycles::Homes<'_>, hand: &Hand<'_>) -> String {
    if language == Language::Yaml {
        return yaml::document(objects, &yaml::Writer { homes, hand });
    }
    let texts = objects.iter().map(|object| unit::text(object, homes, hand));
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}

fn hand<'a>(catalog: &'a Catalog, options: &Options) -> Hand<'a> {
    // A role's own schema comes before public in the path that every server has by itself.
    let hidden = prepare::roles(catalog).iter().any(|role| {
        catalog
            .get(&ObjectId::global(crate::model::Kind::Schema, role.as_str()))
            .is_some()
    });
    let short = options.short.as_ref().filter(|_| !hidden);
    Hand::new(catalog, short, cycles::apart(catalog))
}
