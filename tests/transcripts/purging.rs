//! The archive: what stays in it, what goes, and what is said of that afterwards.

use super::stage::{Database, Stage};

const BEFORE: &str = "CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL, fax text);
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TABLE old_order (id bigint PRIMARY KEY, total numeric, mood mood DEFAULT 'calm');
CREATE TABLE keyless (a int, b int);
INSERT INTO customer SELECT n, 'name ' || n, 'fax ' || n FROM generate_series(1, 100) AS n;
INSERT INTO old_order SELECT n, n FROM generate_series(1, 100) AS n;
INSERT INTO keyless VALUES (1, 2);";

const AFTER: &str = "create table customer (id bigint primary key, name text not null);
create table keyless (a int);
";

async fn shop() -> (Database, Stage) {
    let database = Database::with(BEFORE).await;
    let stage = Stage::on(&database);
    stage.file("schema/customer.sql", AFTER);
    (database, stage)
}

#[tokio::test(flavor = "current_thread")]
async fn the_archive_is_emptied_by_age() {
    let (database, mut stage) = shop().await;
    stage
        .run("purge --older-than soon --yes")
        .run("purge --yes")
        .run("apply --strategy online --phase expand --yes")
        .run("apply --strategy online --phase migrate --yes")
        .run("apply --strategy online --phase contract --yes")
        .run("purge --yes")
        .run("purge --older-than 0d --dry-run");
    let archive = "SELECT relname FROM pg_class WHERE relnamespace = 'schemaplan_archive'::regnamespace AND relname LIKE 't_old%' AND relkind = 'r'";
    let table = database.get(archive).await;
    database
        .run(&format!(
            "CREATE VIEW looked_at AS SELECT * FROM schemaplan_archive.{table}"
        ))
        .await;
    stage.run("purge --older-than 0d --yes");
    database.run("DROP VIEW looked_at").await;
    stage
        .run("purge --older-than 0d --yes")
        .run("purge --older-than 0d --yes")
        .run("rollback --yes")
        .matches("purge");
    for left in ["pg_class WHERE relnamespace", "pg_type WHERE typnamespace"] {
        let count = format!("SELECT count(*) FROM {left} = 'schemaplan_archive'::regnamespace");
        assert_eq!(database.get(&count).await, "0", "{left}");
    }
    let kept = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'keyless'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(database.get(kept).await, "1");
    database.end().await;
}

/// What a plan has put aside and may want back stays, whatever age is asked for; so does what nobody knows the age of.
#[tokio::test(flavor = "current_thread")]
async fn what_is_needed_stays_in_the_archive() {
    let (database, mut stage) = shop().await;
    stage.run("apply --strategy online --phase all --yes");
    // An older program's journal, of a plan that is not finished.
    database
        .run("UPDATE schemaplan.plan SET state = 'migrated'; DROP TABLE schemaplan.purged")
        .await;
    stage.run("purge --older-than 0d --yes");
    database.run("DROP SCHEMA schemaplan CASCADE").await;
    stage
        .run("purge --yes")
        .run("purge --older-than 0d --yes")
        .matches("purge-nothing-needed");
    database.end().await;
}
