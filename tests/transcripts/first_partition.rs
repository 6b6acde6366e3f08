//! A table becomes the first partition of its own partitioned form: what is refused in front of it, and on the way back.

use super::stage::{Database, Stage};

const BEFORE: &str = "CREATE TABLE visit (id bigint PRIMARY KEY, at int NOT NULL);
INSERT INTO visit SELECT n, n FROM generate_series(1, 2000) AS n;";

const AFTER: &str =
    "create table visit (id bigint, at int not null, primary key (id, at)) partition by range (at);
-- schemaplan: first-partition
create table visit_early partition of visit for values from (0) to (5000);
create table visit_late partition of visit for values from (5000) to (maxvalue);
";

#[tokio::test(flavor = "current_thread")]
async fn rows_without_a_place_are_found_first_and_on_the_way_back() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/visit.sql", &AFTER.replace("5000", "1500"));
    stage.run("apply --strategy online --yes --allow tightens");
    assert_eq!(
        database
            .get("SELECT count(*) FROM pg_class WHERE relname LIKE 'schemaplan%'")
            .await,
        "0"
    );
    stage.file("schema/visit.sql", AFTER);
    stage.run("plan --strategy online --out plans --name parts --id 1");
    for phase in ["expand", "migrate", "contract"] {
        stage.run(&format!("apply --plan plans/1_parts --phase {phase} --yes"));
    }
    stage.run("diff");
    database.run("INSERT INTO visit VALUES (1, 7000)").await;
    stage.run("rollback --yes");
    assert_eq!(database.get("SELECT count(*) FROM visit").await, "2001");
    database.run("DELETE FROM visit WHERE at = 7000").await;
    stage
        .run("rollback --yes --phase all")
        .run("status")
        .matches("first-partition");
    assert_eq!(database.get("SELECT count(*) FROM visit").await, "2000");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn what_cannot_become_a_partition_is_copied_where_that_is_allowed() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/visit.sql",
        &AFTER.replace("to (5000)", "to (5000) with (fillfactor = 70)"),
    );
    stage
        .run("plan --strategy online")
        .run("apply --strategy online --yes")
        .run("apply --strategy online --yes --allow long-running")
        .matches("first-partition-refused");
    database.end().await;
}
