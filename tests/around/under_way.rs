//! What takes long by itself, and what is told of it.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::stage::{GROWN, Stage, TOWNS, held_for, holds_each, rows_done, until};

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

const HOLD: &str = "SELECT pg_advisory_lock(4711)";
const LET_GO: &str = "SELECT pg_advisory_unlock(4711)";
const EXPAND: &str = "apply --target after.sql --strategy online --yes --phase expand";

const BUILDS: &str =
    "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE phase ~ 'scanning table')";

#[tokio::test]
async fn a_build_that_is_cancelled_by_somebody_is_tried_once_more_and_leaves_nothing() {
    let stage = patient().await;
    let (holder, client) = (stage.client().await, stage.client().await);
    holder.batch_execute(HOLD).await.unwrap();
    let run = stage.start(EXPAND);
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
    holder.batch_execute(LET_GO).await.unwrap();
    stage.ends(EXPAND, 0);
    stage.ends("diff --target after.sql", 0);
}

#[tokio::test]
async fn status_says_how_far_an_index_is_built() {
    let stage = patient().await;
    let holder = stage.client().await;
    holder.batch_execute(HOLD).await.unwrap();
    let run = stage.start(EXPAND);
    let client = stage.client().await;
    until(&client, BUILDS).await;
    stage.says("status", 2, &["\n      building index: scanning table, "]);
    let output = stage.command("status --format json").output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let far = &status["at_work"]["how_far"][0];
    assert!(far["total"].as_u64() > Some(0), "{status:#}");
    holder.batch_execute(LET_GO).await.unwrap();
    run.ends(0).await;
}

/// A check that waits for a lock at every row while it is being validated, and only then.
const SLOW_CHECK: &str = "CREATE FUNCTION slowly(a text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN \
    IF EXISTS (SELECT FROM pg_constraint WHERE conname = ''town_slow'' AND NOT convalidated) THEN \
    PERFORM pg_advisory_lock_shared(4711); PERFORM pg_advisory_unlock_shared(4711); END IF; RETURN true; END'";

#[tokio::test]
async fn of_a_validation_it_is_said_what_it_reads() {
    let after = format!(
        "{SLOW_CHECK}; CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text, CONSTRAINT town_slow CHECK (slowly(name)));"
    );
    let stage = Stage::new("", &format!("{TOWNS}; {SLOW_CHECK}"), &after).await;
    let (holder, client) = (stage.client().await, stage.client().await);
    holder.batch_execute(HOLD).await.unwrap();
    let run =
        stage.start("apply --target after.sql --strategy online --yes --phase migrate --allow tightens");
    let validates = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ 'VALIDATE CONSTRAINT' AND wait_event = 'advisory')";
    until(&client, validates).await;
    stage.says("status", 2, &["\n      validation: reads town, "]);
    holder.batch_execute(LET_GO).await.unwrap();
    run.ends(0).await;
    stage.ends("diff --target after.sql", 0);
}

#[tokio::test]
async fn a_log_that_is_no_terminal_gets_a_line_now_and_then() {
    let stage = patient().await;
    let holder = stage.client().await;
    holder.batch_execute(HOLD).await.unwrap();
    let begun = Instant::now();
    let mut run = stage.start(EXPAND);
    let mut said = BufReader::new(run.0.stderr.take().unwrap()).lines();
    // What it says by itself comes when it comes; nothing else ends this but the end of the run.
    let (lines, elapsed) = tokio::task::spawn_blocking(move || {
        let mut lines = Vec::new();
        while lines.len() < 2 {
            let line = said.next().expect("the run ended without a word").unwrap();
            if line.contains("town_slow") {
                lines.push(line);
            }
        }
        let elapsed = begun.elapsed();
        std::thread::spawn(move || said.for_each(drop));
        (lines, elapsed)
    })
    .await
    .unwrap();
    for line in &lines {
        holds_each(line, &["Create index town_slow", " waits for pid ", ", try 1"]);
        assert!(!line.contains('\u{1b}') && !line.contains('\r'), "{line:?}");
    }
    // One in ten seconds, not one a look.
    assert!(elapsed >= Duration::from_secs(20), "{lines:?} after {elapsed:?}");
    holder.batch_execute(LET_GO).await.unwrap();
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
    until(&client, &held_for("wal")).await;
    let before = rows_done(&client).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        assert_eq!(
            rows_done(&client).await,
            before,
            "it copies while too much is written"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    let said = run.ends(0).await;
    holds_each(&said, &["  waits: the server writes ", " MB of WAL a second"]);
}

#[tokio::test]
async fn batches_wait_while_others_wait_for_a_synchronous_standby() {
    let stage = Stage::new("wal_level = replica", TOWNS, GROWN).await;
    let words = "apply --target after.sql --strategy online --yes --allow tightens --phase";
    stage.ends(&format!("{words} expand"), 0);
    let client = stage.client().await;
    // Runs write on this server alone; the application waits for a standby that is not there.
    let local = "ALTER ROLE postgres SET synchronous_commit = local; SET synchronous_commit = local";
    client.batch_execute(local).await.unwrap();
    let application = stage.client().await;
    stage.alter_system("SET synchronous_standby_names = 'gone'").await;
    let names = "SELECT current_setting('synchronous_standby_names') = 'gone'";
    until(&application, names).await;
    // Sessions wait when the checkpointer has heard of it, too: until then a commit passes.
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let booking = tokio::spawn(async move {
        application
            .batch_execute("SET synchronous_commit = on")
            .await
            .unwrap();
        while !stopped.load(Ordering::Relaxed) {
            let write = "SELECT pg_logical_emit_message(true, 'test', 'x')";
            application.query(write, &[]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND state_change < clock_timestamp() - interval '1 s')";
    until(&client, waits).await;
    let run = stage.start(&format!("{words} migrate"));
    until(&client, &held_for("synchronous")).await;
    // It has the time to go on by mistake.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rows_done(&client).await, 0, "it copies while others wait");
    stop.store(true, Ordering::Relaxed);
    stage.alter_system("RESET synchronous_standby_names").await;
    booking.await.unwrap();
    let said = run.ends(0).await;
    assert!(
        said.contains("  waits: 1 session waits for a synchronous standby"),
        "{said}"
    );
}
