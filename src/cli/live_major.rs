//! A desired schema that was read by another major than the live server's: what the live server cannot hold is said
//! before anything is planned, and what only newer or older servers write down is brought to the live one's form.

use crate::introspect::NEWEST_MAJOR;
use crate::model::{Body, Catalog, Column, Constraint, Grant, Grantee, Index, Kind, Object};
use crate::text::Diagnostic;
use std::sync::Arc;

/// Makes the catalog one of the live server's major, and says what that major does not have.
pub fn fit(catalog: &mut Catalog, major: u32) -> Vec<Diagnostic> {
    let read_by = catalog.major();
    let mut found = Vec::new();
    if read_by > major {
        for object in catalog.objects.values() {
            found.extend(missing(catalog, object, major).into_iter().map(|(what, since)| {
                let title = format!("{what}: that needs PostgreSQL {since}, and the live server is {major}");
                let place = catalog.origin(&object.id).map(ToString::to_string);
                let diagnostic = Diagnostic::error("too-new", title)
                    .help("write it as the live server's version has it, or upgrade the server first");
                match place {
                    Some(place) => diagnostic.note(format!("it is defined in {place}")),
                    None => diagnostic,
                }
            }));
        }
    }
    for object in catalog.objects.values_mut() {
        let object = Arc::make_mut(object);
        if major < 18
            && let Body::Column(column) = &mut object.body
        {
            column.not_null_constraint = None;
        }
        owners_maintain(object, major);
    }
    catalog.server_version = major * 10_000;
    found
}

/// What is said of statements that failed on a server older than the live one.
pub fn read_by_older(engine: u32, live: u32) -> String {
    format!(
        "the files were read by PostgreSQL {engine}, and the live server is {live}: what came in between needs \
         PostgreSQL {live} on this machine, or `--shadow` with the URL of one"
    )
}

/// A warning where the live server is newer than all that schemaplan knows.
pub fn too_new(major: u32) -> Option<Diagnostic> {
    (major > NEWEST_MAJOR).then(|| {
        let title = format!(
            "the live server is PostgreSQL {major}, and {NEWEST_MAJOR} is the newest that schemaplan knows"
        );
        Diagnostic::warning("newer-major", title)
            .note(format!(
                "what is new in PostgreSQL {major} is not seen, and not compared"
            ))
            .help("look for a newer schemaplan before you apply a plan")
    })
}

/// What the object has that came after `major`, in words, with the major that brought it.
fn missing(catalog: &Catalog, object: &Object, major: u32) -> Vec<(String, u32)> {
    let label = object.id.to_string();
    let mut found: Vec<(String, u32)> = Vec::new();
    let mut says = |holds: bool, since: u32, what: &str| {
        if holds && since > major {
            found.push((format!("{label} {what}"), since));
        }
    };
    let maintained = object
        .grants
        .iter()
        .any(|grant| grant.privilege == "MAINTAIN" && grant.grantee != Grantee::Owner);
    says(maintained, 17, "grants MAINTAIN");
    match &object.body {
        Body::Column(column) => {
            let virtual_one = column
                .generated
                .as_ref()
                .is_some_and(|generated| !generated.stored);
            says(virtual_one, 18, "is VIRTUAL");
            says(is_unproven(column), 18, "is NOT NULL NOT VALID");
            let partitioned = catalog.is_partitioned(&object.id.relation());
            says(
                column.identity.is_some() && partitioned,
                17,
                "is an identity of a partitioned table",
            );
        }
        Body::Constraint(constraint) => {
            let partitioned = catalog.is_partitioned(&object.id.relation());
            for (holds, since, what) in of_constraint(constraint, partitioned) {
                says(holds, since, what);
            }
        }
        Body::Index(index) => says(index.nulls_not_distinct, 15, "has NULLS NOT DISTINCT"),
        Body::View(view) => {
            let invoker = view.options.iter().any(|(name, _)| name == "security_invoker");
            says(invoker, 15, "has security_invoker");
        }
        Body::Sequence(sequence) => says(sequence.unlogged, 15, "is UNLOGGED"),
        Body::Collation(collation) => {
            says(collation.provider == "builtin", 17, "has the builtin provider");
            says(collation.rules.is_some(), 16, "has rules");
        }
        Body::Table(table) => {
            let method = table.access_method.is_some() && table.partition_key.is_some();
            says(method, 17, "has an access method and partitions");
        }
        _ => {}
    }
    found
}

fn of_constraint(constraint: &Constraint, partitioned: bool) -> Vec<(bool, u32, &'static str)> {
    let distinct = |index: &Index| index.nulls_not_distinct;
    let text = &constraint.definition;
    let references = constraint.references.is_some();
    vec![
        (!constraint.enforced, 18, "is NOT ENFORCED"),
        (
            constraint.index.is_some() && text.contains(" WITHOUT OVERLAPS)"),
            18,
            "is WITHOUT OVERLAPS",
        ),
        (
            references && crate::sql::is_over_periods(text),
            18,
            "is over a PERIOD",
        ),
        (
            constraint.index.as_deref().is_some_and(distinct),
            15,
            "has NULLS NOT DISTINCT",
        ),
        (
            references && (text.contains(" SET NULL (") || text.contains(" SET DEFAULT (")),
            15,
            "sets only some columns",
        ),
        (
            partitioned && constraint.kind == crate::model::ConstraintKind::Exclude,
            17,
            "excludes across partitions",
        ),
    ]
}

fn is_unproven(column: &Column) -> bool {
    column
        .not_null_constraint
        .as_ref()
        .is_some_and(|form| !form.validated)
}

/// An owner who holds everything holds MAINTAIN too, from 17 on, and before that there is none.
fn owners_maintain(object: &mut Object, major: u32) {
    let tables = matches!(object.id.kind, Kind::Table | Kind::View | Kind::MaterializedView);
    if tables {
        complete(&mut object.grants, major);
    }
    let of_tables = object.id.args.as_str() == "r";
    if let (Body::DefaultPrivileges(body), true) = (&mut object.body, of_tables) {
        complete(&mut body.grants, major);
    }
}

fn complete(grants: &mut Vec<Grant>, major: u32) {
    let owners = |grant: &&Grant| grant.grantee == Grantee::Owner;
    if major < 17 {
        grants.retain(|grant| grant.privilege != "MAINTAIN");
        return;
    }
    let holds = |privilege: &str| {
        grants
            .iter()
            .filter(owners)
            .any(|grant| grant.privilege == privilege)
    };
    let before = crate::sql::default_grants(Kind::Table, 16);
    if before.iter().all(|grant| holds(&grant.privilege)) && !holds("MAINTAIN") {
        grants.push(Grant {
            grantee: Grantee::Owner,
            privilege: "MAINTAIN".to_owned(),
            grantable: false,
        });
        grants.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Generated, Ident, NotNull, ObjectId, QualifiedName, TypeName};

    fn column(generated: Option<Generated>, form: Option<NotNull>) -> Object {
        let table = QualifiedName::new("public", "t");
        let body = Column {
            position: 1,
            data_type: TypeName::new("integer"),
            collation: None,
            default: None,
            volatile_default: false,
            not_null: form.is_some(),
            not_null_constraint: form.map(Box::new),
            identity: None,
            generated,
            storage: None,
            compression: None,
            statistics: None,
            options: Vec::new(),
            foreign_options: Vec::new(),
            inherited: false,
        };
        let id = ObjectId::part(Kind::Column, &table, &Ident::new("c"));
        Object::new(id, Body::Column(body))
    }

    fn read_by(major: u32, object: Object) -> Catalog {
        let mut catalog = Catalog {
            server_version: major * 10_000,
            ..Catalog::default()
        };
        catalog.insert(object);
        catalog
    }

    #[test]
    fn what_the_live_server_does_not_have_is_an_error() {
        let generated = Generated {
            stored: false,
            expression: crate::model::Expr::new("1"),
            emulated: None,
        };
        let mut catalog = read_by(18, column(Some(generated), None));
        let found = fit(&mut catalog.clone(), 15);
        assert_eq!(found.len(), 1);
        assert!(found[0].title.contains("VIRTUAL"), "{}", found[0].title);
        assert!(found[0].title.contains("live server is 15"), "{}", found[0].title);
        assert!(fit(&mut catalog, 18).is_empty());
    }

    #[test]
    fn a_name_that_the_live_server_does_not_keep_is_left_out() {
        let form = NotNull {
            name: Ident::new("needed"),
            generated: false,
            no_inherit: false,
            validated: true,
        };
        let mut catalog = read_by(18, column(None, Some(form)));
        assert!(fit(&mut catalog, 15).is_empty());
        let Some(Body::Column(column)) = catalog.objects.values().next().map(|object| &object.body) else {
            panic!("the column is there");
        };
        assert!(column.not_null && column.not_null_constraint.is_none());
        assert_eq!(catalog.major(), 15);
    }

    #[test]
    fn a_server_newer_than_all_is_said_to_be() {
        assert!(too_new(18).is_none());
        let warning = too_new(19).map(|warning| warning.title);
        assert_eq!(
            warning.as_deref(),
            Some("the live server is PostgreSQL 19, and 18 is the newest that schemaplan knows")
        );
    }

    #[test]
    fn an_owner_holds_what_the_live_server_has() {
        let mut grants: Vec<Grant> = crate::sql::default_grants(Kind::Table, 15);
        complete(&mut grants, 18);
        assert_eq!(grants, crate::sql::default_grants(Kind::Table, 18));
        complete(&mut grants, 15);
        assert_eq!(grants, crate::sql::default_grants(Kind::Table, 15));
    }
}
