//! What of a catalog is written: privileges, owners and comments only where they differ from what a fresh object has.

use super::Options;
use crate::model::{
    Body, Catalog, Grant, Grantee, Ident, IndexKeyOf, Kind, Object, ObjectId, QualifiedName, TypeName,
};
use crate::sql::{self, default_grants};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The comment that every new database has on schema public.
const COMMENT_OF_PUBLIC: &str = "standard public schema";

/// The catalog as the files are to declare it.
pub(super) fn prepare(catalog: &Catalog, options: &Options) -> Catalog {
    let mut prepared = catalog.clone();
    let usual = most_common_owner(catalog);
    for object in prepared.objects.values_mut() {
        let object = Arc::make_mut(object);
        if !options.comments
            || (is_public(&object.id) && object.comment.as_deref() == Some(COMMENT_OF_PUBLIC))
        {
            object.comment = None;
        }
        if !options.comments {
            without_comments(object);
        }
        spell_operator_classes(object, catalog);
        object.grants_declared = options.grants
            && (has_own_grants(object, catalog.major()) || sql::may_be_given_more(object, catalog));
        object.owner_declared =
            options.owners && object.owner.is_some() && object.owner != usual && can_be_owned(object);
        if let Body::Column(column) = &mut object.body
            && let Some(identity) = &mut column.identity
        {
            let sequence = sql::sequence_of(identity, catalog);
            identity.grants_declared =
                options.grants && (identity.grants.is_some() || sql::may_be_given_more(&sequence, catalog));
        }
        if !options.grants && object.id.kind != Kind::DefaultPrivileges {
            object.grants.clear();
        }
    }
    if !options.grants {
        prepared
            .objects
            .retain(|id, _| id.kind != Kind::DefaultPrivileges);
    }
    prepared
}

/// A default operator class that somebody made has to be there before an index that takes it: by its name the index waits for it.
fn spell_operator_classes(object: &mut Object, catalog: &Catalog) {
    let classes: Vec<(QualifiedName, TypeName)> = object
        .depends_on
        .iter()
        .filter_map(|used| match &catalog.get(used)?.body {
            Body::OperatorClass(class) if class.is_default => {
                Some((used.qualified(), class.data_type.clone()))
            }
            _ => None,
        })
        .collect();
    let Body::Index(index) = &mut object.body else {
        return;
    };
    for key in index.keys.iter_mut().filter(|key| key.opclass.is_none()) {
        let column = match &key.of {
            IndexKeyOf::Column(name) => catalog.get(&ObjectId::part(Kind::Column, &index.table, name)),
            IndexKeyOf::Expression(_) => None,
        };
        let class = match column.map(|column| &column.body) {
            Some(Body::Column(column)) => classes.iter().find(|(_, of)| *of == column.data_type),
            _ => classes.first().filter(|_| classes.len() == 1),
        };
        key.opclass = class.map(|(name, _)| name.clone());
    }
}

pub(super) fn is_public(id: &ObjectId) -> bool {
    id.kind == Kind::Schema && id.name.as_str() == "public"
}

fn without_comments(object: &mut Object) {
    match &mut object.body {
        Body::Column(body) => body
            .identity
            .iter_mut()
            .for_each(|identity| identity.comment = None),
        Body::CompositeType(body) => body.attributes.iter_mut().for_each(|each| each.comment = None),
        Body::View(body) => body.columns.iter_mut().for_each(|each| each.comment = None),
        Body::MaterializedView(body) => body.columns.iter_mut().for_each(|each| each.comment = None),
        _ => {}
    }
}

fn has_own_grants(object: &Object, major: u32) -> bool {
    let of_columns =
        |columns: &[crate::model::ViewColumn]| columns.iter().any(|column| !column.grants.is_empty());
    let more = match &object.body {
        Body::View(body) => of_columns(&body.columns),
        Body::MaterializedView(body) => of_columns(&body.columns),
        _ => false,
    };
    more || object.grants != fresh_grants(&object.id, major)
}

/// What the object grants right after it was made.
pub(super) fn fresh_grants(id: &ObjectId, major: u32) -> Vec<Grant> {
    let mut grants = default_grants(id.kind, major);
    if is_public(id) {
        let privileges: &[&str] = if major < 15 {
            &["USAGE", "CREATE"]
        } else {
            &["USAGE"]
        };
        grants.extend(privileges.iter().map(|privilege| Grant {
            grantee: Grantee::Public,
            privilege: (*privilege).to_owned(),
            grantable: false,
        }));
        grants.sort();
    }
    grants
}

/// An owner of its own: parts follow their table, a column's sequence follows the column's.
fn can_be_owned(object: &Object) -> bool {
    let follows = matches!(&object.body, Body::Sequence(body) if body.owned_by.is_some());
    let role = object.owner.clone().unwrap_or_default();
    !follows && !is_public(&object.id) && sql::owner(object, &role).is_some()
}

fn most_common_owner(catalog: &Catalog) -> Option<Ident> {
    let mut counts: BTreeMap<&Ident, usize> = BTreeMap::new();
    for object in catalog.objects.values().filter(|object| can_be_owned(object)) {
        if let Some(owner) = &object.owner {
            *counts.entry(owner).or_default() += 1;
        }
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map(|(owner, _)| owner.clone())
}

/// Every role that owns something or holds a privilege.
pub(super) fn roles(catalog: &Catalog) -> BTreeSet<Ident> {
    let owners = catalog.objects.values().filter_map(|object| object.owner.clone());
    let grantees = catalog
        .objects
        .values()
        .flat_map(|object| &object.grants)
        .filter_map(|grant| match &grant.grantee {
            Grantee::Role(role) => Some(role.clone()),
            Grantee::Public | Grantee::Owner => None,
        });
    owners.chain(grantees).collect()
}
