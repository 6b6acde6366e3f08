//! Comments, owners and privileges: compared once for all kinds.

use super::Sides;
use crate::change::{
    Change, Detail, DetailLine, Manage, Verb,
    set_comment::SetComment,
    set_grants::{ColumnGrants, SetGrants},
    set_owner::{SetOwner, under_owner},
};
use crate::model::{Body, Grant, Grantee, Kind, Object, ObjectId, ViewColumn};

/// What differs in the headers of an object that is on both sides.
pub fn compare(sides: &Sides, live: &Object, desired: &Object) -> Vec<Change> {
    let mut changes = Vec::new();
    let id = &desired.id;
    if live.comment != desired.comment
        && sides.policy.manage_comments != Manage::None
        && !is_default_comment(live, desired)
    {
        let mut change = Change::new(id.clone(), Verb::Alter, Detail::SetComment(SetComment::default()));
        change.lines.push(DetailLine::new(
            "comment",
            live.comment.clone().unwrap_or_default(),
            desired.comment.clone().unwrap_or_default(),
        ));
        changes.push(change);
    }
    let owners = managed(sides.policy.manage_owners, desired.owner_declared);
    if let (true, Some(old), Some(new)) = (owners, &live.owner, &desired.owner)
        && old != new
    {
        let detail = Detail::SetOwner(SetOwner {
            old: old.clone(),
            new: new.clone(),
        });
        let mut change = Change::new(id.clone(), Verb::Alter, detail);
        change
            .lines
            .push(DetailLine::new("owner", old.as_str(), new.as_str()));
        changes.push(change);
    }
    let held = match &desired.owner {
        Some(owner) if owners => under_owner(&live.grants, owner),
        _ => live.grants.clone(),
    };
    let columns = of_view_columns(live, desired);
    if managed(sides.policy.manage_grants, declares_grants(sides, desired))
        && (held != desired.grants || columns.iter().any(|column| column.old != column.new))
    {
        let detail = Detail::SetGrants(SetGrants {
            old: held.clone(),
            new: desired.grants.clone(),
            of_numbers: false,
            columns: columns.clone(),
        });
        let mut change = Change::new(id.clone(), Verb::Alter, detail);
        for grant in held.iter().filter(|grant| !desired.grants.contains(grant)) {
            change.lines.push(DetailLine::new("privilege", show(grant), ""));
        }
        for grant in desired.grants.iter().filter(|grant| !held.contains(grant)) {
            change.lines.push(DetailLine::new("privilege", "", show(grant)));
        }
        for ColumnGrants { column, old, new } in &columns {
            let what = format!("privilege on {column}");
            for grant in old.iter().filter(|grant| !new.contains(grant)) {
                change.lines.push(DetailLine::new(&what, show(grant), ""));
            }
            for grant in new.iter().filter(|grant| !old.contains(grant)) {
                change.lines.push(DetailLine::new(&what, "", show(grant)));
            }
        }
        changes.push(change);
    }
    changes
}

/// What differs in what is granted on the sequence of an identity column and said of it.
pub fn of_numbers(sides: &Sides, column: &ObjectId, live: &Object, desired: &Object) -> Vec<Change> {
    let mut changes = compare(sides, live, desired);
    for change in &mut changes {
        change.object = column.clone();
        match &mut change.detail {
            Detail::SetComment(detail) => detail.of_numbers = true,
            Detail::SetGrants(detail) => detail.of_numbers = true,
            _ => {}
        }
        for line in &mut change.lines {
            line.what = format!("{} of its sequence", line.what);
        }
    }
    changes
}

/// The columns of a view or materialized view on which somebody has privileges.
fn of_view_columns(live: &Object, desired: &Object) -> Vec<ColumnGrants> {
    let columns = |object: &'_ Object| -> Vec<ViewColumn> {
        match &object.body {
            Body::View(view) => view.columns.clone(),
            Body::MaterializedView(view) => view.columns.clone(),
            _ => Vec::new(),
        }
    };
    let before = columns(live);
    let columns = columns(desired).into_iter().map(|column| ColumnGrants {
        old: before
            .iter()
            .find(|other| other.name == column.name)
            .map(|other| other.grants.clone())
            .unwrap_or_default(),
        new: column.grants,
        column: column.name,
    });
    columns
        .filter(|column| !(column.old.is_empty() && column.new.is_empty()))
        .collect()
}

/// One GRANT or REVOKE makes the whole list of an object managed; a table's columns belong to it.
fn declares_grants(sides: &Sides, desired: &Object) -> bool {
    let table = || {
        sides
            .to
            .get(&ObjectId::named(Kind::Table, &desired.id.relation()))
    };
    desired.grants_declared
        || (desired.id.kind == Kind::Column && table().is_some_and(|table| table.grants_declared))
}

fn managed(manage: Manage, declared: bool) -> bool {
    match manage {
        Manage::Declared => declared,
        Manage::All => true,
        Manage::None => false,
    }
}

fn show(grant: &Grant) -> String {
    let who = match &grant.grantee {
        Grantee::Public => "PUBLIC".to_owned(),
        Grantee::Owner => "its owner".to_owned(),
        Grantee::Role(role) => role.to_string(),
    };
    let option = if grant.grantable { " with grant option" } else { "" };
    format!("{} to {who}{option}", grant.privilege)
}

/// The comment that every new database has on schema public is not missed where somebody removed it.
fn is_default_comment(live: &Object, desired: &Object) -> bool {
    live.comment.is_none() && desired.comment.as_deref() == Some("standard public schema")
}
