//! What can be seen of schema files without a server.

use super::*;
use crate::text::{DirectiveKind, Severity, render_all};

fn files(files: &[(&str, &str)]) -> Vec<Arc<SourceFile>> {
    files
        .iter()
        .map(|(path, text)| SourceFile::new(*path, *text))
        .collect()
}

fn good(given: &[(&str, &str)]) -> Desired {
    match read_files(&files(given)) {
        Ok(desired) => desired,
        Err(diagnostics) => panic!("{}", render_all(&diagnostics, Default::default())),
    }
}

fn bad(text: &str) -> String {
    let diagnostics = read_files(&files(&[("schema/a.sql", text)])).expect_err("a wrong file");
    render_all(&diagnostics, Default::default())
}

fn order(given: &[(&str, &str)]) -> Vec<String> {
    good(given).statements.iter().map(Statement::summary).collect()
}

#[test]
fn a_statement_waits_for_the_names_it_needs_and_no_longer() {
    let given = [
        (
            "a.sql",
            "create table orders (id int, kind mood, by int references users);\nalter table orders add note text;\n\
             create view notes as select note from orders;\ncreate table alone (a int);",
        ),
        (
            "b.sql",
            "create table users (id int primary key);\ncreate type mood as enum ('a');\ncreate table more ();",
        ),
    ];
    assert_eq!(
        order(&given),
        [
            "create table alone",
            "create table users",
            "create type mood",
            "create table orders",
            "alter table orders",
            "create view notes",
            "create table more"
        ]
    );
}

#[test]
fn names_are_looked_up_along_the_search_path_of_their_file() {
    let given = [
        (
            "a.sql",
            "set search_path = app, public;\ncreate view v as select * from t;",
        ),
        ("b.sql", "create table t (other int);"),
        ("c.sql", "create table app.t (a int);"),
        ("d.sql", "create schema app;"),
    ];
    assert_eq!(
        order(&given),
        [
            "create table t",
            "create schema app",
            "create table app.t",
            "create view v"
        ]
    );
}

#[test]
fn a_change_of_a_waiting_table_is_waited_for() {
    let given = [
        (
            "a.sql",
            "create table t (a int);\nalter table t add b mood;\ncreate index on t (b);\ndrop table if exists u;\ncreate table u ();",
        ),
        ("b.sql", "create type mood as enum ('a');"),
    ];
    assert_eq!(
        order(&given),
        [
            "create table t",
            "drop table if",
            "create table u",
            "create type mood",
            "alter table t",
            "create index on"
        ]
    );
}

#[test]
fn if_exists_means_what_it_means_in_its_file_and_waits_for_other_files() {
    let given = [
        (
            "a.sql",
            "alter table if exists t drop constraint if exists c;\ncreate table t (a int);",
        ),
        (
            "b.sql",
            "alter table if exists u add b int;\ndrop table if exists u cascade;",
        ),
        ("c.sql", "create table u (a int);"),
    ];
    assert_eq!(
        order(&given),
        [
            "alter table if",
            "create table t",
            "create table u",
            "alter table if",
            "drop table if"
        ]
    );
}

#[test]
fn what_is_dropped_before_its_file_makes_it_is_another() {
    let given = [(
        "a.sql",
        "create table t (a int);\ncreate unique index on t (a);\ndrop index t_a_idx;\ncreate index t_a_idx on t (a);",
    )];
    assert_eq!(
        order(&given),
        [
            "create table t",
            "create unique index",
            "drop index t_a_idx",
            "create index t_a_idx"
        ]
    );
}

#[test]
fn names_of_our_own_are_refused() {
    let said = bad(
        "create table t (schemaplan_old int, b int check (b > 0));\ncreate schema schemaplan;\ncreate table schemaplan_archive.x ();",
    );
    assert_eq!(said.matches("error[reserved-name]").count(), 3, "{said}");
}

#[test]
fn extensions_go_first_with_their_schema() {
    let given = [
        ("a.sql", "create table t (id ext.citext, g geometry);"),
        (
            "z.sql",
            "drop schema if exists ext cascade;\ncreate schema ext;\ncreate extension citext schema ext;",
        ),
    ];
    assert_eq!(
        order(&given),
        [
            "drop schema if",
            "create schema ext",
            "create extension citext",
            "create table t"
        ]
    );
}

#[test]
fn functions_wait_for_what_runs_at_definition_and_bodies_do_not() {
    let given = [
        ("a.sql", "create table t (a int default f(), check (g(a)));"),
        (
            "b.sql",
            "create function f() returns int language sql as 'select a from t';",
        ),
        (
            "c.sql",
            "create function g(int) returns bool language sql return exists (select from u);\ncreate table u ();",
        ),
    ];
    assert_eq!(
        order(&given),
        [
            "create function f()",
            "create table u",
            "create function g(int)",
            "create table t"
        ]
    );
}

#[test]
fn settings_hold_for_the_rest_of_their_file() {
    let desired = good(&[
        (
            "a.sql",
            "create table a ();\nSET search_path = x;\nbegin;\nset local search_path = y;\ncreate table b ();\ncommit;\ncreate table c ();\n\
             reset search_path;\nselect pg_catalog.set_config('search_path', '\"Z\", public', false);\nset statement_timeout = 0;\ncreate table d ();",
        ),
        ("b.sql", "create table e ();"),
    ]);
    let paths: Vec<String> = desired
        .statements
        .iter()
        .map(|s| s.search_path().join(","))
        .collect();
    assert_eq!(paths, ["public", "y", "x", "Z,public", "public"]);
    assert_eq!(desired.statements[3].settings.statements.len(), 1);
    assert_eq!(
        desired.statements[1].settings.statements["search_path"],
        "set search_path = y"
    );
}

#[test]
fn data_is_skipped_with_one_warning_that_says_where() {
    let desired = good(&[(
        "a.sql",
        "create table t (a int);\ninsert into t values (1);\nupdate t set a = 2;\nselect setval('s', 1);\ncopy t from stdin;\n1\n\\.\n",
    )]);
    assert_eq!(desired.statements.len(), 1);
    let warning = &desired.warnings[0];
    assert_eq!(
        (warning.code, warning.severity),
        ("data-skipped", Severity::Warning)
    );
    let drawn = warning.render(Default::default());
    assert!(
        drawn.contains("a.sql:2:1") && drawn.contains("3 more in this file, lines 3, 4, 5"),
        "{drawn}"
    );
    assert!(!drawn.contains("write these out"), "{drawn}");
    let calling = good(&[("a.sql", "select make_partitions('t', 3);")]);
    let drawn = calling.warnings[0].render(Default::default());
    assert!(drawn.contains("write these out"), "{drawn}");
}

#[test]
fn roles_and_tablespaces_become_stand_ins() {
    let desired = good(&[(
        "a.sql",
        "create role boss;\ncreate schema s authorization app;\ncreate table t (a int) tablespace fast;\ngrant select on t to reader, public;\n\
         alter table t owner to \"Big Boss\";\nalter default privileges for role maker grant select on tables to viewer;\nset role other;",
    )]);
    let roles: Vec<&str> = desired.roles.iter().map(String::as_str).collect();
    assert_eq!(
        roles,
        ["Big Boss", "app", "boss", "maker", "other", "reader", "viewer"]
    );
    assert_eq!(desired.tablespaces.iter().collect::<Vec<_>>(), ["fast"]);
    assert_eq!(desired.warnings[0].code, "not-managed");
}

#[test]
fn what_cannot_describe_a_schema_is_refused_with_what_to_do() {
    let said = bad(
        "drop database x;\nalter system set a = 1;\n\\i other.sql\nvacuum full;\nreindex table t;\n  create database y;",
    );
    for part in [
        "DROP DATABASE cannot describe",
        "ALTER SYSTEM cannot",
        "`\\i` is a command of psql",
        "VACUUM cannot",
        "REINDEX cannot",
        "schema/a.sql:6:3",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
}

#[test]
fn concurrently_is_read_over_with_a_warning() {
    let desired = good(&[(
        "a.sql",
        "create table t (a int);\ncreate unique index concurrently i on t (a);",
    )]);
    assert_eq!(
        desired.statements[1].text,
        "create unique index              i on t (a)"
    );
    assert_eq!(desired.warnings[0].code, "concurrently");
}

#[test]
fn pg_dumps_guard_lines_are_accepted() {
    let desired = good(&[(
        "a.sql",
        "\\restrict x\n\nCREATE TABLE t (a int);\n\\unrestrict x\n",
    )]);
    assert_eq!(desired.statements.len(), 1);
}

#[test]
fn two_files_that_define_one_thing_are_both_shown() {
    let given = files(&[
        ("a.sql", "create table t (a int);"),
        ("b.sql", "\ncreate table if not exists public.t (b int);"),
    ]);
    let said = render_all(
        &read_files(&given).expect_err("defined twice"),
        Default::default(),
    );
    assert!(
        said.contains("relation `public.t` is defined in two files")
            && said.contains("a.sql:1:1")
            && said.contains("b.sql:2:1"),
        "{said}"
    );
    let overloads = [
        (
            "a.sql",
            "create function f(int) returns int language sql return 1;",
        ),
        (
            "b.sql",
            "create function f(text) returns int language sql return 1;",
        ),
    ];
    assert_eq!(good(&overloads).statements.len(), 2);
    let schemas = [
        ("a.sql", "create schema if not exists s;"),
        ("b.sql", "create schema if not exists s;"),
    ];
    assert_eq!(good(&schemas).statements.len(), 2);
}

fn spoken(text: &str) -> Vec<String> {
    good(&[("a.sql", text)])
        .directives
        .iter()
        .map(|placed| {
            let target = placed.target.as_ref().expect("a target");
            let of = target.of.clone().map(|of| format!("{of}.")).unwrap_or_default();
            let part = placed
                .directive
                .part
                .clone()
                .map(|part| format!(" {part}"))
                .unwrap_or_default();
            format!("{of}{}{part}", target.name)
        })
        .collect()
}

#[test]
fn directives_speak_of_what_is_below_or_on_their_line() {
    let text = "\
-- the orders
-- schemaplan: hot
-- schemaplan: renamed from purchases
create table orders ( -- schemaplan: strategy online
  -- schemaplan: renamed from ident
  id int,
  a int, b int check (b > 0), -- schemaplan: backfill 0
  c numeric(10,
    2), -- schemaplan: using a * 2
  constraint x check (a > 0) -- schemaplan: renamed from y
); -- schemaplan: discard
-- schemaplan: backfill 1
alter table orders alter column c set not null;
create view v as select 1; -- schemaplan: ignore";
    assert_eq!(
        spoken(text),
        [
            "orders",
            "orders",
            "orders",
            "orders.id",
            "orders.b",
            "orders.c",
            "orders.x",
            "orders",
            "orders.c",
            "v"
        ]
    );
}

#[test]
fn labels_and_attributes_keep_their_name() {
    let text = "create type mood as enum (\n  'open', -- schemaplan: renamed from New\n  -- schemaplan: renamed from 'it''s'\n  'b'\n);\n\
                create type pair as (\n  a int, -- schemaplan: renamed from x\n  b int\n);";
    assert_eq!(spoken(text), ["mood open", "mood b", "pair a"]);
    let desired = good(&[("a.sql", text)]);
    let names: Vec<&DirectiveKind> = desired
        .directives
        .iter()
        .map(|placed| &placed.directive.kind)
        .collect();
    let from = |name: &str| DirectiveKind::RenamedFrom(vec![name.to_string()]);
    assert_eq!(names, [&from("New"), &from("it's"), &from("x")]);
}

#[test]
fn a_directive_that_speaks_of_nothing_is_refused() {
    assert!(bad("create table t (a int\n  -- schemaplan: hot\n);").contains("speaks of nothing"));
    assert!(bad("create table t (a int);\n-- schemaplan: hot\n").contains("nothing stands below it"));
    assert!(
        bad("-- schemaplan: hot\ninsert into t values (1);\ncreate table t ();")
            .contains("speaks of nothing")
    );
    assert!(bad("-- schemaplan: backfill 1 +\ncreate table t (a int);").contains("does not parse"));
}

#[test]
fn all_errors_of_all_files_are_shown() {
    let said = bad("-- schemaplan: hott\ncreate table t ();\n-- schemaplan: discord\ndrop database x;");
    assert_eq!(said.matches("error[").count(), 3, "{said}");
}

#[test]
fn the_hash_is_that_of_what_the_server_gets() {
    let hash = |text: &str| good(&[("a.sql", text)]).hash;
    assert_eq!(
        hash("-- note\ncreate table t ();"),
        hash("\n\ncreate table t ();")
    );
    assert_ne!(
        hash("create table t ();"),
        hash("set search_path = x;\ncreate table t ();")
    );
    assert_ne!(hash("create table t ();"), hash("create table t (a int);"));
}
