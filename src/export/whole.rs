//! Whether a catalog can be that of a database: what every reader gives, and a file from somewhere else may not.

use crate::model::{Body, Catalog, Column, Ident, IndexKeyOf, Kind, Object, ObjectId, QualifiedName};

/// The oldest server that is read.
const OLDEST: u32 = 140_000;

/// What indexes and extended statistics stand on.
const STORED: [Kind; 2] = [Kind::Table, Kind::MaterializedView];

/// What cannot be, a sentence each.
pub(super) fn faults(catalog: &Catalog) -> Vec<String> {
    let mut faults = Vec::new();
    if catalog.server_version < OLDEST && !catalog.objects.is_empty() {
        faults.push(format!(
            "it names no server that is supported: version {}",
            catalog.server_version
        ));
    }
    for object in catalog.objects.values() {
        of_object(object, catalog, &mut faults);
    }
    faults
}

fn of_object(object: &Object, catalog: &Catalog, faults: &mut Vec<String>) {
    let id = &object.id;
    if id.kind != object.body.kind() {
        faults.push(format!("{id} is described as a {}", object.body.kind()));
    }
    if id.name.is_empty() {
        faults.push(format!("a {} has no name", id.kind));
    }
    let needs_relation = match id.kind {
        Kind::Column => Some(&[Kind::Table][..]),
        Kind::Constraint => Some(&[Kind::Table][..]),
        Kind::Trigger | Kind::Policy | Kind::Rule => {
            Some(&[Kind::Table, Kind::View, Kind::MaterializedView][..])
        }
        Kind::DomainConstraint => Some(&[Kind::Domain][..]),
        _ => None,
    };
    if let Some(kinds) = needs_relation {
        needs(object, kinds, &id.relation(), catalog, faults);
    }
    of_body(object, catalog, faults);
}

fn of_body(object: &Object, catalog: &Catalog, faults: &mut Vec<String>) {
    match &object.body {
        Body::Index(body) => {
            needs(object, &STORED, &body.table, catalog, faults);
            if !body.on_materialized_view {
                let keys = body.keys.iter().filter_map(|key| match &key.of {
                    IndexKeyOf::Column(name) => Some(name),
                    IndexKeyOf::Expression(_) => None,
                });
                columns(object, &body.table, keys.chain(&body.include), catalog, faults);
            }
        }
        Body::Constraint(body) => columns(object, &object.id.relation(), &body.columns, catalog, faults),
        Body::Sequence(body) => {
            if let Some((table, column)) = &body.owned_by {
                columns(object, table, [column], catalog, faults);
            }
        }
        Body::Statistics(body) => needs(object, &STORED, &body.table, catalog, faults),
        Body::Table(body) => {
            let parents = body
                .partition_of
                .iter()
                .map(|partition| &partition.parent)
                .chain(&body.inherits);
            for parent in parents {
                needs(object, &[Kind::Table], parent, catalog, faults);
            }
        }
        _ => {}
    }
}

fn needs(object: &Object, kinds: &[Kind], name: &QualifiedName, catalog: &Catalog, faults: &mut Vec<String>) {
    if !kinds
        .iter()
        .any(|kind| catalog.get(&ObjectId::named(*kind, name)).is_some())
    {
        faults.push(format!(
            "{} stands on {} {name}, which is missing",
            object.id, kinds[0]
        ));
    }
}

fn columns<'a>(
    object: &Object,
    table: &QualifiedName,
    names: impl IntoIterator<Item = &'a Ident>,
    catalog: &Catalog,
    faults: &mut Vec<String>,
) {
    for name in names {
        let id = ObjectId::part(Kind::Column, table, name);
        if !matches!(
            catalog.get(&id).map(|column| &column.body),
            Some(Body::Column(Column { .. }))
        ) {
            faults.push(format!("{} uses {id}, which is missing", object.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DomainConstraint, Table};

    #[test]
    fn a_part_without_its_whole_is_a_fault() {
        let mut catalog = Catalog {
            server_version: 160_000,
            ..Catalog::default()
        };
        let table = QualifiedName::new("public", "t");
        catalog.insert(Object::new(
            ObjectId::named(Kind::Table, &table),
            Body::Table(Table::default()),
        ));
        assert_eq!(faults(&catalog), Vec::<String>::new());
        let check = DomainConstraint {
            definition: "CHECK (true)".to_owned(),
            validated: true,
        };
        let id = ObjectId::part(
            Kind::DomainConstraint,
            &QualifiedName::new("public", "d"),
            &"c".into(),
        );
        catalog.insert(Object::new(id, Body::DomainConstraint(check)));
        catalog.insert(Object::new(
            ObjectId::named(Kind::View, &table),
            Body::Table(Table::default()),
        ));
        assert_eq!(
            faults(&catalog),
            [
                "domain constraint public.d.c stands on domain public.d, which is missing",
                "view public.t is described as a table",
            ]
        );
    }
}
