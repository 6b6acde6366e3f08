//! Relations that go, or are made anew, while a column holds rows of them: refused before anything runs.

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
