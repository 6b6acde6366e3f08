//! The objects of a catalog by the names that bodies call them by.

use super::tree::{Name, Space};
use crate::model::{Catalog, Kind, ObjectId, QualifiedName};
use std::collections::HashMap;

/// An index of a catalog.
pub(super) struct Known<'a> {
    by_name: HashMap<(Space, &'a str), Vec<&'a ObjectId>>,
    columns: HashMap<QualifiedName, Vec<&'a ObjectId>>,
}

impl<'a> Known<'a> {
    pub fn new(catalog: &'a Catalog) -> Self {
        let mut by_name: HashMap<(Space, &str), Vec<&ObjectId>> = HashMap::new();
        let mut columns: HashMap<QualifiedName, Vec<&ObjectId>> = HashMap::new();
        for id in catalog.objects.keys() {
            if id.kind == Kind::Column {
                columns.entry(id.relation()).or_default().push(id);
            }
            for space in spaces(id.kind) {
                by_name.entry((*space, id.name.as_str())).or_default().push(id);
            }
        }
        Self { by_name, columns }
    }

    /// The objects that a name means; several for the overloads of a routine.
    pub fn find(&self, name: &Name, path: &[String]) -> Vec<&'a ObjectId> {
        let all = self
            .by_name
            .get(&(name.space, name.name.as_str()))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let at = |schema: &str| -> Vec<&'a ObjectId> {
            all.iter()
                .filter(|id| id.schema.as_str() == schema)
                .copied()
                .collect()
        };
        if let Some(schema) = &name.schema {
            return at(schema);
        }
        let found = path
            .iter()
            .map(|schema| at(schema))
            .find(|found| !found.is_empty());
        found.unwrap_or_else(|| match all {
            [only] => vec![*only],
            _ => Vec::new(),
        })
    }

    /// The columns of a relation.
    pub fn columns(&self, relation: &QualifiedName) -> &[&'a ObjectId] {
        self.columns.get(relation).map(Vec::as_slice).unwrap_or_default()
    }
}

fn spaces(kind: Kind) -> &'static [Space] {
    match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => &[Space::Relation, Space::Type],
        Kind::Sequence => &[Space::Relation],
        Kind::CompositeType | Kind::EnumType | Kind::Domain | Kind::RangeType => &[Space::Type],
        Kind::Function | Kind::Aggregate => &[Space::Routine],
        _ => &[],
    }
}
