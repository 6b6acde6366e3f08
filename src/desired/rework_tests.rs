//! What is done again after an edit, as statements; that it ends as an execution of everything is shown on a server
//! (`tests/desired/kept.rs`).

use super::*;
use crate::desired::read_files;

const NO_PATH: &str = "\"$user\", public";

fn desired(text: &str) -> Desired {
    let file = SourceFile::new("schema.sql", text);
    read_files(&[file]).unwrap_or_else(|diagnostics| panic!("{diagnostics:?}"))
}

fn done(desired: &Desired) -> Vec<Done> {
    let of = |statement: &Statement| Done {
        text: statement.text.clone(),
        settings: Arc::clone(&statement.settings),
    };
    desired.statements.iter().map(of).collect()
}

/// What is taken away and what is executed after `before` has become `after`; None where everything has to be.
fn again(before: &str, after: &str) -> Option<(Vec<String>, Vec<String>)> {
    let after = desired(after);
    let work = rework(&done(&desired(before)), &after, NO_PATH)?;
    let texts = |done: &[Done]| done.iter().map(|done| done.text.clone()).collect();
    let executed = work.execute.iter().map(|number| {
        let text = after.statements[*number].text.split_whitespace();
        text.collect::<Vec<_>>().join(" ")
    });
    Some((texts(&work.remove), executed.collect()))
}

/// [`again`] with a change of one text in a schema.
fn edited(schema: &str, from: &str, to: &str) -> Option<(Vec<String>, Vec<String>)> {
    assert!(schema.contains(from), "{from}");
    again(schema, &schema.replace(from, to))
}

const SHOP: &str = "\
create table users (id int primary key, name text);
create table orders (id int primary key, user_id int references users);
create view names as select name from users;
create table alone (a int, b int);
create unique index alone_a on alone (a);
comment on index alone_a is 'one';
create function twice(n int) returns int language sql as 'select n * 2';
create view doubled as select twice(a) from alone;
";

#[test]
fn nothing_is_done_again_where_nothing_changed() {
    assert_eq!(edited(SHOP, "users", "users"), Some((Vec::new(), Vec::new())));
}

#[test]
fn a_table_that_only_refers_to_the_changed_one_stays() {
    let (removed, executed) = edited(SHOP, "name text", "name text, mail text").unwrap();
    assert_eq!(
        removed,
        ["DROP VIEW IF EXISTS names", "DROP TABLE IF EXISTS users"]
    );
    assert_eq!(
        executed,
        [
            "create table users (id int primary key, name text, mail text)",
            "create view names as select name from users"
        ]
    );
}

#[test]
fn a_table_follows_its_unique_index_with_all_that_stands_on_it() {
    let (_, executed) = edited(SHOP, "on alone (a)", "on alone (b)").unwrap();
    assert_eq!(
        executed,
        [
            "create table alone (a int, b int)",
            "create unique index alone_a on alone (b)",
            "comment on index alone_a is 'one'",
            "create view doubled as select twice(a) from alone"
        ]
    );
}

#[test]
fn a_new_overload_makes_its_callers_anew() {
    let overload = "create function twice(n bigint) returns bigint language sql as 'select n * 2';\n";
    let (removed, executed) = again(SHOP, &format!("{SHOP}{overload}")).unwrap();
    assert_eq!(
        removed,
        [
            "DROP VIEW IF EXISTS doubled",
            "DROP FUNCTION IF EXISTS twice(int)"
        ]
    );
    assert!(
        executed.contains(&"create view doubled as select twice(a) from alone".to_owned()),
        "{executed:?}"
    );
}

#[test]
fn a_name_that_may_be_of_two_schemas_has_everything_executed() {
    let two = "create schema app; set search_path = app, public;\n";
    let shop = format!("{two}{SHOP}");
    assert_eq!(edited(&shop, "name text", "name text, mail text"), None);
    let whole = "create schema app; create table app.users (id int, name text); create view app.names as select name from app.users;";
    assert!(edited(whole, "name text", "name text, mail text").is_some());
}

#[test]
fn what_cannot_be_read_off_a_statement_forbids_it() {
    assert!(desired(SHOP).can_be_reworked());
    for statement in [
        "do $$ begin create table hidden (a int); end $$",
        "alter default privileges in schema public grant select on tables to public",
        "grant select on all tables in schema public to public",
        "drop view names",
        "create function seen() returns event_trigger language plpgsql as 'begin end'; create event trigger seen on ddl_command_end execute function seen()",
    ] {
        let schema = desired(&format!("{SHOP}{statement};\n"));
        assert!(!schema.can_be_reworked(), "{statement}");
    }
}

#[test]
fn an_order_that_changed_is_followed() {
    let before = "create table a (x int); create table b (y int); create table c (z int);";
    let after = "create table c (z int); create table a (x int); create table b (y int);";
    let (removed, executed) = again(before, after).unwrap();
    assert_eq!(removed, ["DROP TABLE IF EXISTS c"]);
    assert_eq!(executed, ["create table c (z int)"]);
}
