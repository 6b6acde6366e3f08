//! What is looked at again before a step that takes a strong lock, because it has changed since the run began.

use super::servers::Server;
use super::stage::{Stage, TOWNS, held_for, holds_each, until};

/// A hook that runs this in the database before a phase.
fn before(stage: &Stage, phase: &str, sql: &str) {
    let psql = Server::programs().join("psql").display().to_string();
    let socket = stage.server.socket();
    let port = stage.server.port;
    stage.file("hook.sql", sql);
    stage.file(
        "schemaplan.yaml",
        &format!(
            "hooks:\n  before: 'test \"$SCHEMAPLAN_PHASE\" != {phase} || {psql} -q -h {socket} -p {port} -U postgres -d shop -f hook.sql'\n"
        ),
    );
}

#[tokio::test]
async fn who_comes_into_the_way_later_is_named_before_the_lock() {
    let wider = TOWNS.replace("mayor text)", "mayor text, zip int)");
    let stage = Stage::new(
        "",
        &wider,
        "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text, zip bigint);",
    )
    .await;
    let run = stage.start(
        "apply --target after.sql --strategy online --yes --phase all --allow irreversible --allow breaks-clients --defer-cutover",
    );
    let client = stage.client().await;
    until(&client, "SELECT to_regclass('schemaplan.at_work') IS NOT NULL").await;
    until(&client, &held_for("cut_over")).await;
    let reader = stage.client().await;
    reader
        .batch_execute("SET application_name = 'late report'; BEGIN")
        .await
        .unwrap();
    reader.batch_execute("SELECT count(*) FROM town").await.unwrap();
    let old = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'late report' AND xact_start < clock_timestamp() - interval '6 s')";
    until(&client, old).await;
    let step: i32 = {
        let sql = "SELECT w.step_no FROM schemaplan.at_work AS w JOIN schemaplan.lease USING (token)";
        client.query_one(sql, &[]).await.unwrap().get(0)
    };
    stage.ends(&format!("resume --step {step}"), 0);
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name ~ '^schemaplan/')";
    until(&client, waits).await;
    reader.batch_execute("COMMIT").await.unwrap();
    let said = run.ends(0).await;
    let title = format!("warning[in-the-way]: these hold locks on what step {step} will lock");
    holds_each(
        &said,
        &[&title, "late report as postgres, idle in transaction for 00:00:0"],
    );
    assert_eq!(said.matches("late report").count(), 1, "{said}");
}

#[tokio::test]
async fn rows_that_came_since_are_found_before_the_lock_and_not_under_it() {
    let stage = Stage::new(
        "",
        TOWNS,
        "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text NOT NULL, zip text);",
    )
    .await;
    before(&stage, "migrate", "INSERT INTO town VALUES (5001, 'Oslo', NULL)");
    let words = "apply --target after.sql --strategy direct --yes --phase all --allow all";
    let said = stage.ends(words, 1);
    holds_each(&said, &["error[step-failed]", "1 row: ", "5001"]);
    // In our words: PostgreSQL would have found it under the lock, and said so in its own.
    assert!(!said.contains("SQLSTATE"), "{said}");
    stage.file("schemaplan.yaml", "");
    let client = stage.client().await;
    client
        .batch_execute("DELETE FROM town WHERE id = 5001")
        .await
        .unwrap();
    stage.ends(words, 0);
    stage.ends("diff --target after.sql", 0);
}

#[tokio::test]
async fn room_that_others_have_taken_meanwhile_is_counted() {
    let stage = Stage::new(
        "",
        TOWNS,
        "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text,
         -- schemaplan: backfill length(name)
         size int NOT NULL);",
    )
    .await;
    before(
        &stage,
        "migrate",
        "CREATE TABLE elsewhere AS SELECT repeat('x', 1000) AS filler FROM generate_series(1, 40000)",
    );
    let words =
        "apply --target after.sql --strategy online --yes --phase all --allow tightens --ignore elsewhere";
    let output = stage
        .command(words)
        .args(["--free-bytes", "30 MB"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    holds_each(
        &said,
        &[
            "error[disk]: step ",
            "the disk has no room for what it may write",
            "and that leaves 0 B",
        ],
    );
    let client = stage.client().await;
    let filled = "SELECT count(size) FROM town";
    assert_eq!(client.query_one(filled, &[]).await.unwrap().get::<_, i64>(0), 0);
    stage.file("schemaplan.yaml", "");
    let again = stage
        .command(words)
        .args(["--free-bytes", "30 MB"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(0), "{again:?}");
}
