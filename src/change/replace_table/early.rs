//! The new form under its early names: what is made of it beside the old one, as catalogs that other recipes can work on.

use super::numbering::comes_late;
use super::shadow::{Shadow, belongings, early};
use crate::change::carrying;
use crate::model::{
    Body, Catalog, Constraint, Ident, Index, Kind, Object, ObjectId, PartitionOf, QualifiedName, ReplicaIdentity,
};
use crate::sql;
use crate::sql::own_name::shadow_name;

/// The new form and nothing else, under early names, with the default partitions that take the rest.
pub(super) struct Early {
    /// The tables with their columns, constraints and indexes.
    pub catalog: Catalog,
    /// The tables, parents first.
    pub tables: Vec<QualifiedName>,
}

/// What is left to the cut-over is taken off: identities, marks, row security, comments on the tables.
pub(super) fn of(shadow: &Shadow) -> Early {
    let to = shadow.context.to;
    let mut catalog = to.without_objects();
    for table in &shadow.news {
        let Some(object) = to.get(&ObjectId::named(Kind::Table, table)) else { continue };
        let live = shadow.context.old(&object.id).filter(|_| *table == shadow.table);
        let mut twin = live.map_or_else(|| object.clone(), |live| carrying(object, live));
        twin.id = ObjectId::named(Kind::Table, &early(table));
        twin.comment = None;
        if let Body::Table(body) = &mut twin.body {
            if let Some(of) = &mut body.partition_of {
                of.parent = early(&of.parent);
            }
            body.row_security = false;
            body.replica_identity = ReplicaIdentity::Default;
            body.cluster_on = None;
        }
        catalog.insert(twin);
    }
    for object in belongings(to, &shadow.news) {
        if let Some(twin) = belonging(shadow, object) {
            catalog.insert(twin);
        }
    }
    let mut tables: Vec<QualifiedName> = shadow.news.iter().map(early).collect();
    for (rest, parent) in shadow.rests() {
        let of = PartitionOf { parent: early(&parent), bound: "DEFAULT".to_owned() };
        let body = crate::model::Table { partition_of: Some(of), ..Default::default() };
        catalog.insert(Object::new(ObjectId::named(Kind::Table, &rest), Body::Table(body)));
        for column in to.parts(Kind::Column, &parent) {
            let mut twin = column.clone();
            twin.id = ObjectId::part(Kind::Column, &rest, &column.id.name);
            (twin.comment, twin.grants_declared) = (None, false);
            if let Body::Column(body) = &mut twin.body {
                body.inherited = true;
                body.identity = None;
                if comes_late(shadow, &column.id.name) {
                    body.default = None;
                }
            }
            catalog.insert(twin);
        }
        tables.push(rest);
    }
    Early { catalog, tables }
}

fn belonging(shadow: &Shadow, object: &Object) -> Option<Object> {
    let mut twin = object.clone();
    if let (Kind::Column, Some(live)) = (object.id.kind, shadow.context.old(&object.id)) {
        let whole = carrying(object, live);
        (twin.grants, twin.grants_declared) = (whole.grants, whole.grants_declared);
        twin.grants_declared &= !twin.grants.is_empty();
    }
    match &mut twin.body {
        Body::Column(body) => {
            body.identity = None;
            if comes_late(shadow, &object.id.name) {
                body.default = None;
            }
            twin.id = ObjectId::part(Kind::Column, &early(&object.id.relation()), &object.id.name);
        }
        Body::Constraint(body) => {
            let name = match &mut body.index {
                Some(index) => {
                    renamed(index);
                    shadow_name(&object.id.name)
                }
                None => object.id.name.clone(),
            };
            to_itself(shadow, body);
            twin.id = ObjectId::part(Kind::Constraint, &early(&object.id.relation()), &name);
        }
        Body::Index(index) => {
            renamed(index);
            let name = QualifiedName { schema: object.id.schema.clone(), name: shadow_name(&object.id.name) };
            twin.id = ObjectId::named(Kind::Index, &name);
        }
        _ => return None,
    }
    Some(twin)
}

fn renamed(index: &mut Index) {
    index.table = early(&index.table);
    for (partition, name) in &mut index.partition_names {
        *partition = early(partition);
        *name = shadow_name(name);
    }
}

/// A foreign key of the table to itself refers to the new form on the new form.
fn to_itself(shadow: &Shadow, body: &mut Constraint) {
    let Some(reference) = body.references.as_mut().filter(|reference| reference.table == shadow.table) else { return };
    reference.table = early(&shadow.table);
    let (old, new) = (sql::qualified(&shadow.table), sql::qualified(&early(&shadow.table)));
    body.definition = body.definition.replacen(&format!(" REFERENCES {old}("), &format!(" REFERENCES {new}("), 1);
}

impl Early {
    /// The tables and their columns alone: as it is before its indexes.
    pub fn bare(&self) -> Catalog {
        let mut catalog = self.catalog.without_objects();
        for object in self.catalog.objects.values() {
            if matches!(object.body, Body::Table(_) | Body::Column(_)) {
                catalog.insert(object.clone());
            }
        }
        catalog
    }

    /// A table that holds rows itself, or is the one partition of its kind.
    pub fn leaves(&self) -> impl Iterator<Item = &QualifiedName> {
        self.tables.iter().filter(|table| {
            self.catalog.get(&ObjectId::named(Kind::Table, table)).is_some_and(|object| {
                Shadow::body(object).is_some_and(|body| body.partition_key.is_none())
            })
        })
    }

    /// Constraints of the tables, in order.
    pub fn constraints(&self) -> impl Iterator<Item = (&Object, &Constraint)> {
        self.catalog.of_kind(Kind::Constraint).filter_map(|object| match &object.body {
            Body::Constraint(body) if !body.inherited => Some((object, body)),
            _ => None,
        })
    }
}

/// The indexes of these tables, also behind constraints, each with its name and the names below it.
pub(super) fn indexes<'a>(catalog: &'a Catalog, tables: &[QualifiedName]) -> Vec<(&'a Ident, &'a Index)> {
    let index = |object: &'a Object| match &object.body {
        Body::Index(index) => Some((&object.id.name, index)),
        Body::Constraint(Constraint { index: Some(index), inherited: false, .. }) => Some((&object.id.name, &**index)),
        _ => None,
    };
    belongings(catalog, tables).into_iter().filter_map(index).collect()
}
