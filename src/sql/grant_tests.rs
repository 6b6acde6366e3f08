use super::*;
use crate::model::{ObjectId, QualifiedName, Schema, Table};

fn table() -> Object {
    let id = ObjectId::named(Kind::Table, &QualifiedName::new("public", "orders"));
    Object::new(id, Body::Table(Table::default()))
}

fn grant(grantee: &str, privilege: &str, grantable: bool) -> Grant {
    let grantee = match grantee {
        "PUBLIC" => Grantee::Public,
        "OWNER" => Grantee::Owner,
        role => Grantee::Role(role.into()),
    };
    Grant {
        grantee,
        privilege: privilege.to_owned(),
        grantable,
    }
}

fn spelled(statements: Vec<Stmt>) -> Vec<String> {
    statements
        .into_iter()
        .map(|statement| {
            super::super::check(&statement).expect("a statement that parses");
            statement.as_str().to_owned()
        })
        .collect()
}

#[test]
fn only_the_difference_is_granted_and_revoked() {
    let from = [
        grant("PUBLIC", "SELECT", false),
        grant("app", "SELECT", false),
        grant("app", "INSERT", true),
        grant("OWNER", "DELETE", false),
    ];
    let to = [
        grant("app", "SELECT", true),
        grant("app", "INSERT", false),
        grant("Odd Role", "UPDATE", false),
        grant("Odd Role", "DELETE", false),
    ];
    assert_eq!(
        spelled(grants(&table(), &from, &to)),
        [
            "REVOKE SELECT ON TABLE public.orders FROM PUBLIC",
            "REVOKE DELETE ON TABLE public.orders FROM CURRENT_USER",
            "REVOKE GRANT OPTION FOR INSERT ON TABLE public.orders FROM app",
            "GRANT DELETE, UPDATE ON TABLE public.orders TO \"Odd Role\"",
            "GRANT SELECT ON TABLE public.orders TO app WITH GRANT OPTION",
        ]
    );
    assert_eq!(grants(&table(), &to, &to), []);
}

#[test]
fn a_new_object_gets_the_declared_privileges_and_no_other() {
    let mut catalog = Catalog {
        server_version: 150_000,
        ..Catalog::default()
    };
    let mut object = table();
    assert_eq!(fresh(&object, &catalog), [], "nothing is declared");

    object.grants_declared = true;
    object.grants = default_grants(Kind::Table, 15);
    object.grants.push(grant("app", "SELECT", false));
    let select = "GRANT SELECT ON TABLE public.orders TO app";
    assert_eq!(spelled(fresh(&object, &catalog)), [select]);

    let id = ObjectId {
        schema: "public".into(),
        args: "r".into(),
        ..ObjectId::global(Kind::DefaultPrivileges, "maker")
    };
    let body = DefaultPrivileges {
        grants: vec![grant("app", "SELECT", false), grant("report", "SELECT", false)],
    };
    catalog.insert(Object::new(id, Body::DefaultPrivileges(body)));
    assert_eq!(
        spelled(fresh(&object, &catalog)),
        ["REVOKE SELECT ON TABLE public.orders FROM report", select]
    );
}

#[test]
fn kinds_without_privileges_get_no_statement() {
    let schema = Object::new(ObjectId::global(Kind::Schema, "s"), Body::Schema(Schema {}));
    assert_eq!(
        spelled(grants(&schema, &[], &[grant("app", "USAGE", false)])),
        ["GRANT USAGE ON SCHEMA s TO app"]
    );
    assert_eq!(default_grants(Kind::Index, 15), []);
}
