//! What the default privileges of the files give an object that was there before them.

use super::{Manage, Policy};
use crate::model::{Body, Catalog, Grant, Kind, Object, ViewColumn};
use crate::sql;
use std::borrow::Cow;

/// The desired catalog, in which objects whose privileges the files do not speak of have what they have in the database, and
/// what the default privileges of the files have given them: an object that was made before those lacks it. Nothing is taken
/// away from anybody by that.
pub fn with_given<'a>(from: &Catalog, to: &'a Catalog, policy: &Policy) -> Cow<'a, Catalog> {
    if policy.manage_grants != Manage::Declared || to.of_kind(Kind::DefaultPrivileges).next().is_none() {
        return Cow::Borrowed(to);
    }
    let mut changed = Vec::new();
    for object in to.objects.values().filter(|object| !object.grants_declared) {
        let Some(live) = from.get(&object.id) else {
            continue;
        };
        let given: Vec<Grant> = sql::given_by_default(object, to)
            .into_iter()
            .filter(|grant| !live.grants.contains(grant))
            .collect();
        if !given.is_empty() {
            changed.push(given_more(object, live, given));
            // The privileges on a table's columns are managed with its own: they stay.
            changed.extend(kept_on_columns(from, to, object));
        }
    }
    if changed.is_empty() {
        return Cow::Borrowed(to);
    }
    let mut catalog = to.clone();
    for object in changed {
        catalog.insert(object);
    }
    Cow::Owned(catalog)
}

fn given_more(object: &Object, live: &Object, given: Vec<Grant>) -> Object {
    let mut object = object.clone();
    object.grants = [live.grants.clone(), given].concat();
    object.grants.sort();
    object.grants_declared = true;
    if let (Some(columns), Some(before)) = (columns_of(&mut object.body), columns_of(&mut live.body.clone()))
    {
        for column in columns {
            let same = before.iter().find(|other| other.name == column.name);
            column.grants = same.map(|other| other.grants.clone()).unwrap_or_default();
        }
    }
    object
}

fn columns_of(body: &mut Body) -> Option<&mut Vec<ViewColumn>> {
    match body {
        Body::View(view) => Some(&mut view.columns),
        Body::MaterializedView(view) => Some(&mut view.columns),
        _ => None,
    }
}

fn kept_on_columns(from: &Catalog, to: &Catalog, table: &Object) -> Vec<Object> {
    if table.id.kind != Kind::Table {
        return Vec::new();
    }
    let columns = to.parts(Kind::Column, &table.id.qualified());
    let kept = columns.filter_map(|column| {
        let live = from.get(&column.id)?;
        (live.grants != column.grants).then(|| Object {
            grants: live.grants.clone(),
            ..column.clone()
        })
    });
    kept.collect()
}
