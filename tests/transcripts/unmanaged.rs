//! What is read and not managed: named with its place; a plan that would have to make or to break it is refused.

use super::stage::{Database, Stage};

const BASE_TYPE: &str = "\
create type part;
create function part_read(cstring) returns part language internal immutable strict as 'int4in';
create function part_write(part) returns cstring language internal immutable strict as 'int4out';
create type part (input = part_read, output = part_write, internallength = 4, passedbyvalue);
";

#[tokio::test(flavor = "current_thread")]
async fn a_type_that_no_plan_makes_is_refused_before_anything_runs() {
    let database = Database::new().await;
    let mut stage = Stage::on(&database);
    stage.file("schema/part.sql", BASE_TYPE);
    stage.file(
        "schema/stock.sql",
        "create type later;\ncreate table stock (what part);\n",
    );
    stage.run("diff").run("plan").run("apply --yes");
    assert_eq!(
        database.get("SELECT to_regproc('part_read') IS NULL").await,
        "true"
    );
    database.run(BASE_TYPE).await;
    database.run("create type later").await;
    stage.run("apply --yes").run("diff").run("status");
    stage.file("schema/part.sql", "-- Its functions go, which the type needs.\n");
    stage.file("schema/stock.sql", "create table stock (id int);\n");
    stage.run("plan").matches("unmanaged_type");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn privileges_on_what_is_not_ours_are_named() {
    let database = Database::with("CREATE TABLE stock (id int)").await;
    let mut stage = Stage::on(&database);
    let grants = "grant usage on language plpgsql to pg_monitor with grant option;\n\
                  revoke execute on function pg_catalog.now() from public;\n";
    stage.file("schema/stock.sql", "create table stock (id int);\n");
    stage.file("schema/grants.sql", grants);
    stage.run("diff").run("plan").run("apply --yes");
    database.run(grants).await;
    stage
        .run("diff")
        .run("plan")
        .run("status")
        .run("status --format json")
        .matches("unmanaged_privileges");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn comments_on_copies_of_constraints_are_named() {
    let commented = "create table far (id int primary key);
create table t (id int, x int constraint c check (x > 0), y int constraint f references far) partition by range (id);
create table t1 partition of t for values from (0) to (10);
comment on constraint c on t1 is 'of the first';
comment on constraint f on t1 is 'of the first';
";
    let database = Database::with(commented).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/t.sql", commented);
    stage.run("diff").matches("unmanaged_comments_on_copies");
    database.end().await;
}

#[test]
fn statements_outside_of_a_schema_are_named_one_kind_at_a_time() {
    let mut stage = Stage::new();
    stage.file(
        "schema/all.sql",
        "create table stock (id int);\n\
         create subscription all_stock connection 'host=there' publication stock;\n\
         security label for selinux on table stock is 'secret';\n\
         alter database shop set work_mem = '64MB';\n\
         alter role app set work_mem = '64MB';\n\
         alter role app in database shop set work_mem = '64MB';\n\
         grant app to joe;\n",
    );
    stage.run("diff --from empty").matches("unmanaged_statements");
}

#[tokio::test(flavor = "current_thread")]
async fn a_table_that_cannot_be_of_a_type_is_told_before_anything_runs() {
    let database =
        Database::with("CREATE TYPE pair AS (a int, b int); CREATE TABLE t (b int PRIMARY KEY)").await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/t.sql",
        "create type pair as (a int, b int);\ncreate table t of pair (primary key (b));\n",
    );
    stage
        .run("plan")
        .run("apply --yes --allow all")
        .matches("table_of_a_type");
    database.end().await;
}
