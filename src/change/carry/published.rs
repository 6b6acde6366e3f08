//! Published tables: what says which row an update is of.

use crate::change::Context;
use crate::model::{
    Body, Catalog, ConstraintKind, Kind, Object, ObjectId, Publication, QualifiedName, ReplicaIdentity,
};

/// Why no row of a table can be filled: its updates are published, and nothing identifies its rows.
pub(super) fn hindrance(from: &Catalog, to: &Catalog, name: &QualifiedName) -> Option<String> {
    let published = [from, to]
        .into_iter()
        .find_map(|catalog| publishing(catalog, name));
    published
        .filter(|_| !is_identified(from, name))
        .map(|by| format!("`{name}` has no replica identity, and {by} publishes its updates"))
}

fn publishing<'a>(catalog: &'a Catalog, table: &QualifiedName) -> Option<&'a ObjectId> {
    let has = |publication: &Object, body: &Publication| {
        let name = &publication.id.name;
        let mut schemas = catalog.of_kind(Kind::PublicationSchema);
        body.all_tables
            || catalog
                .get(&ObjectId::part(Kind::PublicationTable, table, name))
                .is_some()
            || schemas.any(|part| part.id.name == *name && *part.id.args == *table.schema.as_str())
    };
    let updates = |body: &Publication| body.publish.iter().any(|word| word == "update");
    catalog
        .of_kind(Kind::Publication)
        .find(|publication| match &publication.body {
            Body::Publication(body) => updates(body) && has(publication, body),
            _ => false,
        })
        .map(|publication| &publication.id)
}

fn is_identified(catalog: &Catalog, table: &QualifiedName) -> bool {
    let is_primary =
        |part: &Object| matches!(&part.body, Body::Constraint(key) if key.kind == ConstraintKind::PrimaryKey);
    match Context::table(catalog, table).map(|body| &body.replica_identity) {
        Some(ReplicaIdentity::Default) => catalog.parts(Kind::Constraint, table).any(is_primary),
        Some(ReplicaIdentity::Nothing) => false,
        _ => true,
    }
}
