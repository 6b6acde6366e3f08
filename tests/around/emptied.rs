//! TRUNCATE of a partitioned table, or of a partition, while a column of it that goes is archived.

use super::stage::{Stage, until};

const BEFORE: &str = "CREATE TABLE town (id bigint, region int, mayor text, PRIMARY KEY (id, region)) PARTITION BY LIST (region); \
     CREATE TABLE town_1 PARTITION OF town FOR VALUES IN (1); CREATE TABLE town_2 PARTITION OF town FOR VALUES IN (2); \
     INSERT INTO town SELECT n, 1 + n % 2, 'mayor ' || n FROM generate_series(1, 4000) AS n; ANALYZE town; \
     CREATE SCHEMA other; CREATE TABLE other.hold (); INSERT INTO other.hold DEFAULT VALUES";

const AFTER: &str =
    "CREATE TABLE town (id bigint, region int, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE town_1 PARTITION OF town FOR VALUES IN (1);
CREATE TABLE town_2 PARTITION OF town FOR VALUES IN (2);
";

/// Empties it once the triggers are on and before the first batch, and takes the plan back; returns how many rows are there then.
async fn emptied(truncate: &str) -> i64 {
    let stage = Stage::new("", BEFORE, AFTER).await;
    stage.file(
        "schemaplan.yaml",
        "schemas: [public]\nexecutor: {throttle_query: SELECT EXISTS (SELECT FROM other.hold)}\n",
    );
    let client = stage.client().await;
    let run = stage.start("apply --target after.sql --strategy online --yes --phase all");
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgname ~ '^~schemaplan_archive_.*_t$')",
    )
    .await;
    client
        .batch_execute("INSERT INTO town VALUES (9001, 1, 'before'), (9002, 2, 'before')")
        .await
        .unwrap();
    client.batch_execute(truncate).await.unwrap();
    client
        .batch_execute("INSERT INTO town VALUES (9003, 1, 'behind'), (9004, 2, 'behind')")
        .await
        .unwrap();
    let query =
        "SELECT string_agg(id || ' ' || region || ' ' || mayor, ', ' ORDER BY id) FROM town WHERE id > 9000";
    let count = "SELECT count(*), count(*) FILTER (WHERE mayor = 'mayor ' || id) FROM town";
    let named: String = client.query_one(query, &[]).await.unwrap().get(0);
    let counted = client.query_one(count, &[]).await.unwrap();
    client.batch_execute("DELETE FROM other.hold").await.unwrap();
    run.ends(0).await;
    let archive: String = client
        .query_one(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'schemaplan_archive'::regnamespace AND relname LIKE 'c_town_mayor%' AND relkind = 'r'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    let archived = format!("SELECT count(*) FROM schemaplan_archive.\"{archive}\"");
    let archived: i64 = client.query_one(&archived, &[]).await.unwrap().get(0);
    let rows: i64 = counted.get(0);
    assert_eq!(
        archived, rows,
        "{truncate}: values of rows that are gone, or none of some that are there"
    );
    stage.ends("rollback --yes --phase all", 0);
    let back: String = client.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(back, named, "{truncate}");
    let again = client.query_one(count, &[]).await.unwrap();
    for column in [0, 1] {
        assert_eq!(
            again.get::<_, i64>(column),
            counted.get::<_, i64>(column),
            "{truncate}"
        );
    }
    rows
}

#[tokio::test]
async fn one_partition_takes_its_own_values_with_it() {
    assert_eq!(emptied("TRUNCATE town_1").await, 2000 + 3);
}

#[tokio::test]
async fn the_whole_table_takes_all_of_them() {
    assert_eq!(emptied("TRUNCATE town").await, 2);
}

#[tokio::test]
async fn what_comes_and_goes_in_one_transaction_is_not_there() {
    assert_eq!(
        emptied("BEGIN; INSERT INTO town VALUES (9005, 2, 'between'); TRUNCATE town_2; COMMIT").await,
        2000 + 3
    );
}
