//! Which file an object stands in.

use super::file_name::FileNames;
use crate::model::{Body, Catalog, Ident, Kind, Object};
use std::collections::BTreeSet;

/// The folders of a dump.
pub(super) struct Places {
    /// False where one schema holds everything, and needs no folder of its own.
    by_schema: bool,
    names: FileNames,
}

impl Places {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let schemas: BTreeSet<&Ident> = catalog
            .objects
            .keys()
            .filter(|id| id.kind != Kind::DefaultPrivileges && !id.schema.is_empty())
            .map(|id| &id.schema)
            .collect();
        Self {
            by_schema: schemas.len() > 1,
            names: FileNames::default(),
        }
    }

    /// The path of the object's file without its ending. Routines of one name share theirs.
    pub(super) fn path(&mut self, object: &Object) -> String {
        let id = &object.id;
        let folder = folder(object);
        // Outside schemas a file for each kind is enough, and no folder meets one that is named after a schema.
        if id.schema.is_empty() || id.kind == Kind::DefaultPrivileges {
            return folder;
        }
        let above = match self.by_schema {
            true => format!("{}/", self.names.name("", id.schema.as_str())),
            false => String::new(),
        };
        match is_symbol(object) {
            true => format!("{above}{folder}"),
            false => {
                let inside = format!("{above}{folder}/");
                let name = self.names.name(&inside, id.name.as_str());
                format!("{inside}{name}")
            }
        }
    }
}

/// True where the object's name is no file name as it stands.
pub(super) fn needs_change(object: &Object) -> bool {
    let plain = |name: &Ident| super::file_name::plain(name.as_str()) == name.as_str();
    !plain(&object.id.name) || !plain(&object.id.schema)
}

/// The word for what the folder holds: `tables`, `text_search_configurations`.
fn folder(object: &Object) -> String {
    match &object.body {
        Body::EnumType(_) | Body::Domain(_) | Body::CompositeType(_) | Body::RangeType(_) => {
            "types".to_owned()
        }
        _ => object.id.kind.plural().replace(' ', "_"),
    }
}

/// Operators have no letters in their names.
fn is_symbol(object: &Object) -> bool {
    matches!(object.body, Body::Operator(_))
}
