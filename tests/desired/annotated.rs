//! Origins, directives and declarations on the catalog that was read back.

use super::{catalog, said};
use schemaplan::model::{Catalog, Kind, Object, ObjectId, QualifiedName};
use schemaplan::text::DirectiveKind;

fn find<'a>(catalog: &'a Catalog, label: &str) -> &'a Object {
    let mut found = catalog
        .objects
        .values()
        .filter(|object| object.id.to_string() == label);
    let all = || {
        catalog
            .objects
            .keys()
            .map(|id| id.to_string())
            .collect::<Vec<_>>()
    };
    found
        .next()
        .unwrap_or_else(|| panic!("{label} among {:#?}", all()))
}

fn origin(catalog: &Catalog, label: &str) -> String {
    let origin = catalog
        .origin(&find(catalog, label).id)
        .unwrap_or_else(|| panic!("no origin of {label}"));
    format!("{}:{}:{}", origin.file, origin.line, origin.column)
}

const SHOP: &str = "\
create schema app;
create type app.mood as enum ('a');
create table app.orders (
  id serial primary key,
  amount numeric check (amount > 0),
  mood app.mood,
  constraint few check (amount < 10)
);
alter table app.orders
  add column note text,
  add unique (note);
create index on app.orders (mood);
create function app.touch() returns trigger language plpgsql as 'begin new.note := now(); return new; end';
create trigger touch before update on app.orders for each row execute function app.touch();
create table app.before (a int);
alter table app.before rename to after;
";

#[tokio::test]
async fn everything_knows_where_it_is_defined() {
    let catalog = catalog(&[("shop.sql", SHOP)]).await;
    for (label, place) in [
        ("schema app", "shop.sql:1:1"),
        ("enum app.mood", "shop.sql:2:1"),
        ("table app.orders", "shop.sql:3:1"),
        ("column app.orders.amount", "shop.sql:5:3"),
        ("constraint app.orders.orders_pkey", "shop.sql:4:13"),
        ("constraint app.orders.orders_amount_check", "shop.sql:5:18"),
        ("constraint app.orders.few", "shop.sql:7:3"),
        ("sequence app.orders_id_seq", "shop.sql:3:1"),
        ("column app.orders.note", "shop.sql:10:14"),
        ("constraint app.orders.orders_note_key", "shop.sql:11:7"),
        ("index app.orders_mood_idx", "shop.sql:12:1"),
        ("function app.touch()", "shop.sql:13:1"),
        ("trigger app.orders.touch", "shop.sql:14:1"),
        ("table app.after", "shop.sql:16:1"),
    ] {
        assert_eq!(origin(&catalog, label), place, "{label}");
    }
    let without: Vec<&ObjectId> = catalog
        .objects
        .values()
        .filter(|o| catalog.origin(&o.id).is_none() && o.id.schema.as_str() == "app")
        .map(|o| &o.id)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[tokio::test]
async fn bodies_make_edges() {
    let catalog = catalog(&[("shop.sql", SHOP)]).await;
    let note = find(&catalog, "column app.orders.note").id.clone();
    assert!(find(&catalog, "function app.touch()").mentions.contains(&note));
}

#[tokio::test]
async fn privileges_and_owners_are_declared_only_where_files_speak_of_them() {
    let catalog = catalog(&[(
        "a.sql",
        "create table t (a int);\ncreate table u (a int, b int);\ncreate table v (a int);\ncreate schema s;\ncreate table s.w (a int);\n\
         create sequence s.q;\ncreate function f(int) returns int language sql return 1;\ncreate function f(text) returns int language sql return 1;\n\
         grant select on t to desired_a;\nrevoke all (a) on u from desired_a;\nalter table v owner to desired_a;\n\
         grant select on all tables in schema s to desired_a;\nrevoke execute on function f(text) from public;\n\
         alter default privileges in schema s grant select on tables to desired_a;",
    )])
    .await;
    let grants: Vec<String> = catalog
        .objects
        .values()
        .filter(|o| o.grants_declared)
        .map(|o| o.id.to_string())
        .collect();
    let expected = [
        "table public.t",
        "table public.u",
        "table s.w",
        "column public.u.a",
        "function public.f(text)",
    ];
    for label in expected {
        assert!(grants.contains(&label.to_string()), "{label} in {grants:?}");
    }
    let others = grants
        .iter()
        .filter(|l| !l.starts_with("default privileges"))
        .count();
    assert_eq!(others, expected.len(), "{grants:?}");
    let owners: Vec<String> = catalog
        .objects
        .values()
        .filter(|o| o.owner_declared)
        .map(|o| o.id.to_string())
        .collect();
    assert_eq!(owners, ["table public.v"]);
}

#[tokio::test]
async fn directives_reach_their_objects() {
    let catalog = catalog(&[(
        "a.sql",
        "-- schemaplan: hot\n-- schemaplan: discard\ncreate table t (\n  a int,\n  b text not null default '', -- schemaplan: backfill a::text\n  \
         -- schemaplan: renamed from old_check\n  constraint c check (a > 0)\n);\n\
         -- schemaplan: discard table gone\n-- schemaplan: discard column t.dropped\n\
         -- schemaplan: depends on table t\ncreate function f() returns void language plpgsql as 'begin execute $x$select 1$x$; end';\n\
         -- schemaplan: ignore\ncreate table left_alone (id serial primary key, x int);\ncreate index i on left_alone (x);\n\
         create type mood as enum ('a', 'B'); -- schemaplan: allow authz\n",
    )])
    .await;
    let kinds = |label: &str| {
        find(&catalog, label)
            .directives
            .iter()
            .map(|d| d.kind.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kinds("table public.t"),
        [DirectiveKind::Hot, DirectiveKind::Discard]
    );
    assert_eq!(
        kinds("column public.t.b"),
        [DirectiveKind::Backfill("a::text".into())]
    );
    assert_eq!(
        kinds("constraint public.t.c"),
        [DirectiveKind::RenamedFrom(vec!["old_check".into()])]
    );
    let table = ObjectId::named(Kind::Table, &QualifiedName::new("public", "t"));
    assert!(find(&catalog, "function public.f()").depends_on.contains(&table));
    let discards: Vec<String> = catalog.discards.keys().map(ToString::to_string).collect();
    assert_eq!(discards, ["table public.gone", "column public.t.dropped"]);
    let ignored: Vec<String> = catalog.ignored.iter().map(ToString::to_string).collect();
    for label in [
        "table public.left_alone",
        "column public.left_alone.x",
        "sequence public.left_alone_id_seq",
        "index public.i",
    ] {
        assert!(ignored.contains(&label.to_string()), "{label} in {ignored:?}");
    }
    assert!(!catalog.objects.keys().any(|id| id.label().contains("left_alone")));
}

#[tokio::test]
async fn directives_that_make_no_sense_are_said() {
    let said = said(&[(
        "a.sql",
        "-- schemaplan: backfill 0\ncreate table t (a int);\n-- schemaplan: allow drop-data\ncreate table u (a int);\n\
         -- schemaplan: depends on table nowhere\ncreate view v as select 1;\n-- schemaplan: renamed from v\ncreate view w as select 2;\n\
         -- schemaplan: discard table u\ncreate table x (a int);\n-- schemaplan: hot\ncreate table y (a int);\ndrop table y;\n",
    )])
    .await;
    for part in [
        "this directive cannot speak of a table",
        "did you mean `drops-data`?",
        "no object `table nowhere` to depend on",
        "view public.v is still there, so public.w is not it renamed",
        "table public.u is not dropped",
        "speaks of nothing that is there in the end",
    ] {
        assert!(said.contains(part), "{part}\n----\n{said}");
    }
}
