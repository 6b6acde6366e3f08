//! What takes long by itself, and what is told of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::stage::{GROWN, Stage, TOWNS, until};

/// A build that asks for a lock at every row, which the test holds.
async fn patient() -> Stage {
    let slow = "CREATE FUNCTION patient(a text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_advisory_lock_shared(4711); PERFORM pg_advisory_unlock_shared(4711); RETURN a; END'";
    let before = format!("{TOWNS}; {slow}");
    let after = format!(
        "{slow}; CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text); CREATE INDEX town_slow ON town (patient(name));"
    );
    Stage::new("", &before, &after).await
}

const BUILDS: &str =
    "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE phase ~ 'scanning table')";

#[tokio::test]
async fn a_build_that_is_cancelled_by_somebody_is_tried_once_more_and_leaves_nothing() {
    let stage = patient().await;
    let (holder, client) = (stage.client().await, stage.client().await);
    holder
        .batch_execute("SELECT pg_advisory_lock(4711)")
        .await
        .unwrap();
    let words = "apply --target after.sql --strategy online --yes --phase expand";
    let run = stage.start(words);
    let mut before = None;
    for _ in 0..2 {
        // The second build is another transaction than the first.
        let build = "SELECT a.xact_start::text FROM pg_stat_progress_create_index AS p JOIN pg_stat_activity AS a USING (pid) WHERE p.phase ~ 'scanning table'";
        let begun = Instant::now();
        loop {
            let found = client
                .query_opt(build, &[])
                .await
                .unwrap()
                .map(|row| row.get::<_, String>(0));
            if found.is_some() && found != before {
                before = found;
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not build");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index";
        client.query(cancel, &[]).await.unwrap();
    }
    let said = run.ends(1).await;
    assert!(
        said.contains("error[step-failed]") && said.contains("canceling statement due to user request"),
        "{said}"
    );
    let left = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(client.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    holder
        .batch_execute("SELECT pg_advisory_unlock(4711)")
        .await
        .unwrap();
    stage.ends(words, 0);
    stage.ends("diff --target after.sql", 0);
}

#[tokio::test]
async fn status_says_how_far_an_index_is_built() {
    let stage = patient().await;
    let holder = stage.client().await;
    holder
        .batch_execute("SELECT pg_advisory_lock(4711)")
        .await
        .unwrap();
    let run = stage.start("apply --target after.sql --strategy online --yes --phase expand");
    let client = stage.client().await;
    until(&client, BUILDS).await;
    let said = stage.ends("status", 2);
    assert!(
        said.contains("\n      building index: scanning table, "),
        "{said}"
    );
    let output = stage.command("status --format json").output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let far = &status["at_work"]["how_far"][0];
    assert!(far["total"].as_u64() > Some(0), "{status:#}");
    holder
        .batch_execute("SELECT pg_advisory_unlock(4711)")
        .await
        .unwrap();
    run.ends(0).await;
}

#[tokio::test]
async fn batches_wait_while_too_much_wal_is_written() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    let words = "apply --target after.sql --strategy online --yes --allow tightens --ignore slow --phase";
    stage.ends(&format!("{words} expand"), 0);
    let client = stage.client().await;
    // It is at work long enough for a second look.
    client
        .batch_execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.001); RETURN new; END';
             CREATE TRIGGER slow BEFORE UPDATE ON town FOR EACH ROW EXECUTE FUNCTION slow()",
        )
        .await
        .unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (writer, stopped) = (stage.client().await, Arc::clone(&stop));
    let writing = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            let write = "SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000))";
            writer.query(write, &[]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let run = stage.start(&format!(
        "{words} migrate --throttle-wal 100kB --batch-time 100ms"
    ));
    let held = "SELECT EXISTS (SELECT FROM schemaplan.at_work JOIN schemaplan.lease USING (token) WHERE kind = 'wal')";
    until(&client, held).await;
    let done = "SELECT coalesce(max(rows_done), 0)::bigint FROM schemaplan.step WHERE rows_total > 0";
    let before: i64 = client.query_one(done, &[]).await.unwrap().get(0);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        let now: i64 = client.query_one(done, &[]).await.unwrap().get(0);
        assert_eq!(now, before, "it copies while too much is written");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    let said = run.ends(0).await;
    assert!(
        said.contains("  waits: the server writes ") && said.contains(" MB of WAL a second"),
        "{said}"
    );
}

#[tokio::test]
async fn batches_wait_while_others_wait_for_a_synchronous_standby() {
    let stage = Stage::new("wal_level = replica", TOWNS, GROWN).await;
    let words = "apply --target after.sql --strategy online --yes --allow tightens --phase";
    stage.ends(&format!("{words} expand"), 0);
    let client = stage.client().await;
    // Runs write on this server alone; the application waits for a standby that is not there.
    for statement in [
        "ALTER ROLE postgres SET synchronous_commit = local",
        "SET synchronous_commit = local",
        "ALTER SYSTEM SET synchronous_standby_names = 'gone'",
    ] {
        client.batch_execute(statement).await.unwrap();
    }
    let application = stage.client().await;
    client.query("SELECT pg_reload_conf()", &[]).await.unwrap();
    let names = "SELECT current_setting('synchronous_standby_names') = 'gone'";
    until(&application, names).await;
    let booking = tokio::spawn(async move {
        application
            .batch_execute("SET synchronous_commit = on; CREATE TABLE booked (id int)")
            .await
            .unwrap();
    });
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND state_change < clock_timestamp() - interval '1 s')";
    until(&client, waits).await;
    let run = stage.start(&format!("{words} migrate --ignore booked"));
    let held = "SELECT EXISTS (SELECT FROM schemaplan.at_work JOIN schemaplan.lease USING (token) WHERE kind = 'synchronous')";
    until(&client, held).await;
    let done = "SELECT coalesce(max(rows_done), 0)::bigint FROM schemaplan.step WHERE rows_total > 0";
    let done: i64 = client.query_one(done, &[]).await.unwrap().get(0);
    assert_eq!(done, 0, "it copies while others wait");
    client
        .batch_execute("ALTER SYSTEM RESET synchronous_standby_names")
        .await
        .unwrap();
    client.query("SELECT pg_reload_conf()", &[]).await.unwrap();
    booking.await.unwrap();
    let said = run.ends(0).await;
    assert!(
        said.contains("  waits: 1 session waits for a synchronous standby"),
        "{said}"
    );
}
