//! Privileges: the shortest GRANT and REVOKE from one set to another.

use super::write::join;
use super::{Stmt, ident, qualified, role};
use crate::model::{
    Aggregate, Body, Catalog, Column, DefaultPrivileges, Grant, Grantee, Ident, Identity, Kind, Object,
};
use std::collections::{BTreeMap, BTreeSet};

/// What stands around the privileges in a statement.
struct Target {
    /// `ALTER DEFAULT PRIVILEGES FOR ROLE r ` or nothing.
    lead: String,
    /// ` (column)` behind each privilege, or nothing.
    column: String,
    /// `TABLE public.t`.
    on: String,
    /// The name behind `Grantee::Owner`; the current role where it is not known.
    owner: Option<Ident>,
}

/// REVOKEs and GRANTs that lead from one set of privileges to the other. `object.owner` names [`Grantee::Owner`]; where
/// it is `None` that is the role that runs the statement. Works for columns and default privileges too.
///
/// A REVOKE on a table takes the same privilege on its columns with it: grant those again behind it.
pub fn grants(object: &Object, from: &[Grant], to: &[Grant]) -> Vec<Stmt> {
    match target(object) {
        Some(target) => difference(&target, from, to),
        None => Vec::new(),
    }
}

/// [`grants`] for one column of a view or materialized view.
pub fn grants_of_view_column(view: &Object, column: &Ident, from: &[Grant], to: &[Grant]) -> Vec<Stmt> {
    let target = Target {
        lead: String::new(),
        column: format!(" ({})", ident(column)),
        on: format!("TABLE {}", qualified(&view.id.qualified())),
        owner: view.owner_declared.then(|| view.owner.clone()).flatten(),
    };
    difference(&target, from, to)
}

fn target(object: &Object) -> Option<Target> {
    let id = &object.id;
    let name = qualified(&id.qualified());
    let mut target = Target {
        lead: String::new(),
        column: String::new(),
        on: String::new(),
        owner: object.owner.clone(),
    };
    target.on = match &object.body {
        Body::Schema(_) => format!("SCHEMA {}", ident(&id.name)),
        Body::EnumType(_) | Body::CompositeType(_) | Body::RangeType(_) => format!("TYPE {name}"),
        Body::Domain(_) => format!("DOMAIN {name}"),
        Body::Sequence(_) => format!("SEQUENCE {name}"),
        Body::Table(_) | Body::View(_) | Body::MaterializedView(_) => format!("TABLE {name}"),
        Body::Column(_) => {
            target.column = format!(" ({})", ident(&id.name));
            format!("TABLE {}", qualified(&id.relation()))
        }
        Body::Function(body) => {
            let signature = super::routine::signature(object, body);
            format!("{} {name}({signature})", super::routine::word(body))
        }
        Body::Aggregate(Aggregate { .. }) => format!("ROUTINE {name}({})", id.args),
        Body::DefaultPrivileges(_) => {
            target.lead = default_lead(object);
            target.owner = Some(id.name.clone());
            default_class(&id.args).to_owned()
        }
        Body::Language(_) => format!("LANGUAGE {}", ident(&id.name)),
        Body::ForeignDataWrapper(_) => format!("FOREIGN DATA WRAPPER {}", ident(&id.name)),
        Body::ForeignServer(_) => format!("FOREIGN SERVER {}", ident(&id.name)),
        _ => return None,
    };
    Some(target)
}

fn default_lead(object: &Object) -> String {
    let role = ident(&object.id.name);
    let schema = match object.id.schema.is_empty() {
        true => String::new(),
        false => format!(" IN SCHEMA {}", ident(&object.id.schema)),
    };
    format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role}{schema} ")
}

/// The words for a letter of `pg_default_acl.defaclobjtype`.
fn default_class(letter: &str) -> &'static str {
    match letter {
        "r" => "TABLES",
        "S" => "SEQUENCES",
        "f" => "FUNCTIONS",
        "T" => "TYPES",
        "n" => "SCHEMAS",
        _ => "LARGE OBJECTS",
    }
}

type Held = BTreeMap<(Grantee, String), bool>;

fn held(grants: &[Grant]) -> Held {
    grants
        .iter()
        .map(|g| ((g.grantee.clone(), g.privilege.clone()), g.grantable))
        .collect()
}

fn difference(target: &Target, from: &[Grant], to: &[Grant]) -> Vec<Stmt> {
    let (from, to) = (held(from), held(to));
    let mut revoke: BTreeMap<&Grantee, Vec<&str>> = BTreeMap::new();
    let mut revoke_option: BTreeMap<&Grantee, Vec<&str>> = BTreeMap::new();
    let mut grant: BTreeMap<(&Grantee, bool), Vec<&str>> = BTreeMap::new();
    for ((grantee, privilege), grantable) in &from {
        match to.get(&(grantee.clone(), privilege.clone())) {
            None => revoke.entry(grantee).or_default().push(privilege),
            Some(false) if *grantable => revoke_option.entry(grantee).or_default().push(privilege),
            Some(_) => {}
        }
    }
    for ((grantee, privilege), grantable) in &to {
        let had = from.get(&(grantee.clone(), privilege.clone()));
        if had.is_none() || (*grantable && had == Some(&false)) {
            grant.entry((grantee, *grantable)).or_default().push(privilege);
        }
    }
    let mut statements = Vec::new();
    for (grantee, privileges) in revoke {
        statements.push(revoked(target, "", &privileges, grantee));
    }
    for (grantee, privileges) in revoke_option {
        statements.push(revoked(target, "GRANT OPTION FOR ", &privileges, grantee));
    }
    for ((grantee, grantable), privileges) in grant {
        let option = if grantable { " WITH GRANT OPTION" } else { "" };
        statements.push(Stmt::new(format!(
            "{}GRANT {} ON {} TO {}{option}",
            target.lead,
            list(target, &privileges),
            target.on,
            role(grantee, target.owner.as_ref())
        )));
    }
    statements
}

fn revoked(target: &Target, option: &str, privileges: &[&str], grantee: &Grantee) -> Stmt {
    Stmt::new(format!(
        "{}REVOKE {option}{} ON {} FROM {}",
        target.lead,
        list(target, privileges),
        target.on,
        role(grantee, target.owner.as_ref())
    ))
}

fn list(target: &Target, privileges: &[&str]) -> String {
    join(
        privileges
            .iter()
            .map(|privilege| format!("{privilege}{}", target.column)),
    )
}

/// What a new object of that kind grants by itself (`acldefault`); nothing for kinds without privileges.
pub fn default_grants(kind: Kind, major: u32) -> Vec<Grant> {
    let Some(class) = privilege_class(kind) else {
        return Vec::new();
    };
    class_default(class, major)
}

fn class_default(class: &str, major: u32) -> Vec<Grant> {
    let (mut owner, public): (Vec<&str>, &[&str]) = match class {
        "r" => (
            vec![
                "SELECT",
                "INSERT",
                "UPDATE",
                "DELETE",
                "TRUNCATE",
                "REFERENCES",
                "TRIGGER",
            ],
            &[],
        ),
        "S" => (vec!["SELECT", "UPDATE", "USAGE"], &[]),
        "f" => (vec!["EXECUTE"], &["EXECUTE"]),
        "T" | "language" => (vec!["USAGE"], &["USAGE"]),
        "foreign" => (vec!["USAGE"], &[]),
        "n" => (vec!["USAGE", "CREATE"], &[]),
        _ => (vec!["SELECT", "UPDATE"], &[]),
    };
    if class == "r" && major >= 17 {
        owner.push("MAINTAIN");
    }
    let one = |grantee: Grantee, privilege: &str| Grant {
        grantee,
        privilege: privilege.to_owned(),
        grantable: false,
    };
    let mut grants: Vec<Grant> = owner.iter().map(|p| one(Grantee::Owner, p)).collect();
    grants.extend(public.iter().map(|p| one(Grantee::Public, p)));
    grants.sort();
    grants
}

/// The privileges of an object that was just made, where the files declare them: from the built-in ones, and from
/// whatever default privileges may have added, to exactly the declared ones.
pub(super) fn fresh(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    if !object.grants_declared {
        return Vec::new();
    }
    // Which role will run this is not known, so each default privilege may or may not be there, and the built-in ones may
    // be gone: what the goal lacks is revoked, what is not sure is granted in any case.
    let builtin = default_grants(object.id.kind, catalog.major());
    let by_default: Vec<&Object> =
        default_privileges_for(object.id.kind, &object.id.schema, catalog).collect();
    let builtin_holds = !by_default.iter().any(|d| d.id.schema.is_empty());
    let in_goal = |grant: &Grant| {
        let mut goal = object.grants.iter();
        goal.any(|g| g.grantee == grant.grantee && g.privilege == grant.privilege)
    };
    let mut from: Vec<Grant> = builtin
        .into_iter()
        .filter(|grant| builtin_holds || !in_goal(grant))
        .collect();
    for default in by_default {
        if let Body::DefaultPrivileges(body) = &default.body {
            from.extend(body.grants.iter().filter(|grant| !in_goal(grant)).cloned());
        }
    }
    let mut object = object.clone();
    if !object.owner_declared {
        object.owner = None;
    }
    grants(&object, &from, &object.grants)
}

/// Takes from an object that was just made what the default privileges of a catalog may have given it beyond its own. While
/// a plan runs, those of either side may be in force.
pub fn without_defaults_of(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    if !object.grants_declared {
        return Vec::new();
    }
    let mut given = object.grants.clone();
    for default in default_privileges_for(object.id.kind, &object.id.schema, catalog) {
        if let Body::DefaultPrivileges(body) = &default.body {
            let held = |grant: &&Grant| {
                let mut goal = object.grants.iter();
                goal.any(|goal| goal.grantee == grant.grantee && goal.privilege == grant.privilege)
            };
            given.extend(body.grants.iter().filter(|grant| !held(grant)).cloned());
        }
    }
    grants(object, &given, &object.grants)
}

/// True where default privileges of the catalog, whoever makes the object, may give it a privilege that it does not hold.
pub fn may_be_given_more(object: &Object, catalog: &Catalog) -> bool {
    let holds = |grant: &Grant| object.grants.contains(grant);
    default_privileges_for(object.id.kind, &object.id.schema, catalog).any(|default| match &default.body {
        Body::DefaultPrivileges(body) => !body.grants.iter().all(holds) || default.id.schema.is_empty(),
        _ => false,
    })
}

/// What default privileges of the catalog have given the object beyond what one of its kind grants by itself.
pub fn given_by_default(object: &Object, catalog: &Catalog) -> Vec<Grant> {
    let builtin = default_grants(object.id.kind, catalog.major());
    let by_default: Vec<&Grant> = default_privileges_for(object.id.kind, &object.id.schema, catalog)
        .filter_map(|default| match &default.body {
            Body::DefaultPrivileges(body) => Some(&body.grants),
            _ => None,
        })
        .flatten()
        .collect();
    let given = object.grants.iter();
    given
        .filter(|grant| by_default.contains(grant) && !builtin.contains(grant))
        .cloned()
        .collect()
}

/// True where default privileges of the catalog speak of new objects of that kind and schema.
pub fn is_under_default_privileges(object: &Object, catalog: &Catalog) -> bool {
    default_privileges_for(object.id.kind, &object.id.schema, catalog)
        .next()
        .is_some()
}

/// The default privileges that may apply to a new object of that kind in that schema.
fn default_privileges_for<'a>(
    kind: Kind,
    schema: &'a Ident,
    catalog: &'a Catalog,
) -> impl Iterator<Item = &'a Object> {
    let class = privilege_class(kind);
    catalog.of_kind(Kind::DefaultPrivileges).filter(move |default| {
        Some(default.id.args.as_str()) == class
            && (default.id.schema.is_empty() || default.id.schema == *schema)
    })
}

/// The letter of `pg_default_acl` for a kind; none for kinds without privileges.
fn privilege_class(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => "r",
        Kind::Sequence => "S",
        Kind::Function | Kind::Aggregate => "f",
        Kind::EnumType | Kind::Domain | Kind::CompositeType | Kind::RangeType => "T",
        Kind::Schema => "n",
        // No default privileges are ever set for these.
        Kind::Language => "language",
        Kind::ForeignDataWrapper | Kind::ForeignServer => "foreign",
        _ => return None,
    })
}

/// The privileges on the sequence of a column that is a new identity, and what is said of it.
fn of_numbers(column: &Object, catalog: &Catalog) -> Vec<Stmt> {
    match &column.body {
        Body::Column(Column {
            identity: Some(identity),
            inherited: false,
            ..
        }) => around_identity(identity, catalog),
        _ => Vec::new(),
    }
}

/// The sequence of an identity as an object of its own.
pub fn sequence_of(identity: &Identity, catalog: &Catalog) -> Object {
    identity.as_sequence(default_grants(Kind::Sequence, catalog.major()))
}

/// The comment on the sequence of an identity that was just made, and its privileges, where they are declared.
pub fn around_identity(identity: &Identity, catalog: &Catalog) -> Vec<Stmt> {
    let sequence = sequence_of(identity, catalog);
    let mut statements = super::comments(&sequence);
    statements.extend(fresh(&sequence, catalog));
    statements
}

/// The privileges on the columns of a new table or view. They come after its own: a REVOKE on the table takes the
/// same privilege on its columns with it.
pub(super) fn of_columns(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    let view_columns = match &object.body {
        Body::Table(_) => {
            let name = object.id.qualified();
            let columns = catalog.parts(Kind::Column, &name);
            let around = |column| {
                fresh(column, catalog)
                    .into_iter()
                    .chain(of_numbers(column, catalog))
            };
            return columns.flat_map(around).collect();
        }
        Body::Column(_) => return of_numbers(object, catalog),
        Body::View(body) => &body.columns,
        Body::MaterializedView(body) => &body.columns,
        _ => return Vec::new(),
    };
    if !object.grants_declared {
        return Vec::new();
    }
    view_columns
        .iter()
        .flat_map(|column| grants_of_view_column(object, &column.name, &[], &column.grants))
        .collect()
}

pub(super) fn create_default_privileges(object: &Object, body: &DefaultPrivileges, major: u32) -> Vec<Stmt> {
    grants(object, &default_privileges_base(object, major), &body.grants)
}

/// Where default privileges start: the built-in ones for a role as a whole, nothing in a schema (those only add).
pub fn default_privileges_base(object: &Object, major: u32) -> Vec<Grant> {
    match object.id.schema.is_empty() {
        true => class_default(&object.id.args, major),
        false => Vec::new(),
    }
}

pub(super) fn drop_default_privileges(object: &Object, body: &DefaultPrivileges) -> String {
    let holders: BTreeSet<&Grantee> = body.grants.iter().map(|grant| &grant.grantee).collect();
    let owner = Some(&object.id.name);
    format!(
        "{}REVOKE ALL ON {} FROM {}",
        default_lead(object),
        default_class(&object.id.args),
        join(holders.into_iter().map(|grantee| role(grantee, owner)))
    )
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
