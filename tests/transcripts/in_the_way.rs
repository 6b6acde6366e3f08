//! Rows that stand in the way of a plan: counted and named before anything is changed.

use super::stage::{Database, Stage};

const BEFORE: &str = "CREATE DOMAIN grade AS int;
CREATE TABLE customer (id bigint PRIMARY KEY, email text, score text, grade grade);
INSERT INTO customer SELECT n, 'c' || n || '@example.org', n::text, n FROM generate_series(1, 20) AS n;
UPDATE customer SET email = NULL WHERE id IN (3, 4);
UPDATE customer SET email = 'c1@example.org' WHERE id = 2;
UPDATE customer SET score = 'many' WHERE id = 9;
CREATE TABLE invoice (id bigint PRIMARY KEY, customer_id bigint, amount int);
INSERT INTO invoice SELECT n, n + 14, n - 3 FROM generate_series(1, 12) AS n;";

const AFTER: &str = "create domain grade as int constraint known check (value between 1 and 18);
create table customer (
    id bigint primary key,
    email text not null unique,
    score int,
    grade grade
);
create table invoice (
    id bigint primary key,
    customer_id bigint references customer (id),
    amount int check (amount > 0)
);
";

const MEND: &str = "UPDATE customer SET email = 'c' || id || '@example.org';
UPDATE customer SET score = '9' WHERE id = 9;
UPDATE customer SET grade = 18 WHERE grade > 18;
UPDATE invoice SET customer_id = 1, amount = 1;";

/// Names of everything that a plan makes, empty where nothing was changed.
const MADE: &str = "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'schemaplan%'";

#[tokio::test(flavor = "current_thread")]
async fn rows_are_counted_before_anything_is_changed() {
    for strategy in ["online", "direct"] {
        let database = Database::with(BEFORE).await;
        let mut stage = Stage::on(&database);
        stage.file("schema/shop.sql", AFTER);
        stage.run(&format!(
            "apply --strategy {strategy} --yes --phase all --allow tightens"
        ));
        assert_eq!(database.get(MADE).await, "0");
        let columns = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'customer'::regclass AND attnum > 0";
        assert_eq!(
            database.get(columns).await,
            "id bigint, email text, score text, grade grade"
        );
        database.run(MEND).await;
        stage
            .run(&format!(
                "apply --strategy {strategy} --yes --phase all --allow tightens"
            ))
            .run("diff")
            .matches(&format!("in-the-way-{strategy}"));
        database.end().await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_a_later_phase_would_find_is_told() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/shop.sql",
        &AFTER
            .replace("score int", "note text, score text")
            .replace("unique", "")
            .replace("not null", ""),
    );
    stage
        .run("plan --strategy online --out plans --name tighter --id 1")
        .run("apply --plan plans/1_tighter --phase expand --yes")
        .run("apply --plan plans/1_tighter --phase migrate --yes");
    database.run(MEND).await;
    stage
        .run("apply --plan plans/1_tighter --phase migrate --yes")
        .matches("in-the-way-later");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn rows_that_refer_to_a_partition_that_goes_are_found_first() {
    let database = Database::with(
        "CREATE TABLE place (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE place_low PARTITION OF place FOR VALUES FROM (0) TO (10);
        CREATE TABLE place_high PARTITION OF place FOR VALUES FROM (10) TO (20);
        CREATE TABLE place_new (id int PRIMARY KEY);
        INSERT INTO place_new VALUES (20), (29), (30), (31);
        CREATE TABLE visit (id int PRIMARY KEY, place_id int REFERENCES place (id));
        INSERT INTO place SELECT n FROM generate_series(1, 15) AS n;
        INSERT INTO visit SELECT n, n FROM generate_series(1, 12) AS n;",
    )
    .await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/place.sql",
        "create table place (id int primary key) partition by range (id);
create table place_low partition of place for values from (0) to (10);
create table place_new partition of place for values from (20) to (30);
create table visit (id int primary key, place_id int references place (id), at date);
",
    );
    stage.run("apply --yes --phase all --allow drops-data");
    let columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'visit'::regclass AND attname = 'at'";
    assert_eq!(database.get(columns).await, "0");
    database
        .run("UPDATE visit SET place_id = 1 WHERE place_id > 9; DELETE FROM place_new WHERE id > 29")
        .await;
    stage
        .run("apply --yes --phase all --allow drops-data")
        .run("rollback --yes --phase all")
        .matches("in-the-way-partition");
    assert_eq!(database.get("SELECT count(*) FROM place").await, "15");
    assert_eq!(database.get("SELECT count(*) FROM place_new").await, "2");
    database.end().await;
}
