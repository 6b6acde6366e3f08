//! What cannot go or be made anew while data stands on it: refused before anything runs.

use super::stage::{Database, Stage};

const BEFORE: &str = "CREATE TABLE p (x int, y text);
CREATE TABLE t (a p);
CREATE VIEW v AS SELECT x, y FROM p;
CREATE TABLE keeps (x v);
CREATE TYPE a AS (x int);
CREATE TABLE holds (c a);";

#[tokio::test(flavor = "current_thread")]
async fn what_a_column_holds_rows_of_stays() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/all.sql",
        "create type p as (x int, y text);
create table t (a p);
create table h (x int, y text);
create view v as select x from h;
create table keeps (x v);
create table a (x int);
create table holds (c a);
",
    );
    stage.run("plan").matches("held_rows");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn what_a_partition_key_calls_stays() {
    let database = Database::with(
        "CREATE FUNCTION half(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n / 2;
CREATE TABLE t (n int) PARTITION BY RANGE (half(n));
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);
INSERT INTO t SELECT generate_series(1, 15);",
    )
    .await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/all.sql",
        "create function half(number int) returns int language sql immutable return number / 2;
create table t (n int) partition by range (half(n));
create table t_1 partition of t for values from (0) to (10);
",
    );
    stage.run("plan").matches("function_under_a_partition_key");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn what_was_written_into_a_new_table_stays_when_it_is_taken_back() {
    let database = Database::with("CREATE TABLE old (id int PRIMARY KEY)").await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/all.sql",
        "create type mood as enum ('sad', 'happy');
create sequence numbers;
create function doubled(int) returns int language sql immutable as 'select $1 * 2';
create table old (id int primary key);
create table fresh (id int primary key default nextval('numbers'), mood mood,
    n int default doubled(2) check (doubled(n) > 0), m int generated always as (doubled(n)) stored);
create index fresh_doubled on fresh (doubled(n));
create statistics fresh_size on n, mood from fresh;
",
    );
    stage.run("apply --yes");
    database.run("insert into fresh (mood) values ('sad')").await;
    stage.run("rollback --yes").matches("rows_of_a_new_table");
    let kept = "SELECT c.oid::regclass FROM pg_class AS c WHERE relnamespace = 'schemaplan_archive'::regnamespace AND relkind = 'r'";
    let table = database.get(kept).await;
    assert_eq!(
        database
            .get(&format!("SELECT mood::text || n FROM {table}"))
            .await,
        "sad4"
    );
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_read_while_it_is_locked_is_said() {
    let mut stage = Stage::new();
    let view = "create materialized view paid as select id, amount from sale where amount > 0;";
    stage.file(
        "old.sql",
        &format!("create table sale (id int primary key, amount int);\n{view}\n"),
    );
    stage.file(
        "new.sql",
        &format!("create table sale (id int primary key, amount bigint);\n{view}\n"),
    );
    stage.run("plan --from old.sql --target new.sql");
    stage.file(
        "new.sql",
        &format!("-- schemaplan: allow scans-under-lock\ncreate table sale (id int primary key, amount bigint);\n{view}\n"),
    );
    stage
        .run("plan --from old.sql --target new.sql")
        .matches("read_under_a_lock");
}
