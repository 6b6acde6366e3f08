//! Runs that are held: paused from another terminal, throttled, deferred; and sessions in the way of a lock.

use super::stage::{Database, Stage};
use std::process::{Child, Output};
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

const BEFORE: &str = "CREATE TABLE parcel (id bigint PRIMARY KEY, weight int NOT NULL);
INSERT INTO parcel SELECT n, n % 100 FROM generate_series(1, 20000) AS n;
CREATE SCHEMA ops; CREATE TABLE ops.hold (yes boolean); INSERT INTO ops.hold VALUES (true);";

async fn depot() -> (Database, Stage) {
    let database = Database::with(BEFORE).await;
    let stage = Stage::on(&database);
    stage.file("schemaplan.yaml", "schemas: [public]\n");
    stage.file(
        "schema/parcel.sql",
        "create table parcel (id bigint primary key, weight bigint not null);\n",
    );
    (database, stage)
}

async fn until(database: &Database, what: &str) {
    let began = Instant::now();
    while database.get(what).await != "true" {
        assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn start(stage: &Stage, words: &[&str]) -> Child {
    stage.command(words).spawn().unwrap()
}

fn ended(child: Child, wanted: i32) -> Output {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(wanted), "{said}");
    output
}

/// What the run at work has noted that it waits for; it says so before it notes it.
fn is_held_for(what: &str) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM schemaplan.at_work JOIN schemaplan.lease USING (token) WHERE kind = '{what}')"
    )
}

const COPIED: &str = "SELECT coalesce(max(rows_done), 0) > 0 FROM schemaplan.step";

#[tokio::test(flavor = "current_thread")]
async fn a_backfill_waits_for_a_query_and_for_a_pause() {
    let (database, mut stage) = depot().await;
    stage.run("pause");
    let query = "SELECT yes FROM ops.hold";
    let run = start(
        &stage,
        &["apply", "--strategy", "online", "--phase", "migrate", "--yes"],
    );
    ended(run, 3);
    stage.run("apply --strategy online --phase expand --yes --throttle-query nonsense");
    stage.run("apply --strategy online --phase expand --yes");
    stage.run("pause").run("status");
    stage.run("apply --strategy online --phase migrate --yes");
    stage.run("resume");
    let words = [
        "apply",
        "--strategy",
        "online",
        "--phase",
        "migrate",
        "--yes",
        "--throttle-query",
        query,
    ];
    let run = start(&stage, &words);
    until(&database, &is_held_for("query")).await;
    assert_eq!(database.get(COPIED).await, "false");
    stage.run("pause");
    until(&database, &is_held_for("paused")).await;
    database.run("UPDATE ops.hold SET yes = false").await;
    // It has the time to go on by mistake; and no transaction stays open meanwhile, only for its looks.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(database.get(COPIED).await, "false");
    let closed = "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'schemaplan/%' AND xact_start IS NOT NULL";
    until(&database, closed).await;
    stage.run("resume");
    let output = ended(run, 0);
    stage.note("apply --phase migrate --throttle-query …", &output);
    stage.matches("held");
    database.end().await;
}

/// A server that is stopped ends every session; those that ask nothing at that moment hear why all the same.
#[tokio::test(flavor = "current_thread")]
async fn what_the_server_says_at_the_end_of_a_session_is_told() {
    let (database, mut stage) = depot().await;
    stage.run("apply --strategy online --phase expand --yes");
    let words = [
        "apply",
        "--strategy",
        "online",
        "--phase",
        "migrate",
        "--yes",
        "--throttle-query",
        "SELECT yes FROM ops.hold",
    ];
    let run = start(&stage, &words);
    until(&database, &is_held_for("query")).await;
    database
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await;
    let output = ended(run, 1);
    stage.note("apply --phase migrate --throttle-query …", &output);
    database.run("UPDATE ops.hold SET yes = false").await;
    stage.run("apply --strategy online --phase migrate --yes");
    stage.matches("ended-by-the-server");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_cut_over_waits_for_its_release() {
    let (database, mut stage) = depot().await;
    for phase in ["expand", "migrate"] {
        stage.run(&format!("apply --strategy online --phase {phase} --yes"));
    }
    let words = [
        "apply",
        "--strategy",
        "online",
        "--phase",
        "contract",
        "--yes",
        "--defer-cutover",
    ];
    let run = start(&stage, &words);
    until(&database, &is_held_for("cut_over")).await;
    let is = "SELECT (atttypid = 'bigint'::regtype)::text FROM pg_attribute WHERE attrelid = 'parcel'::regclass AND attname = 'weight'";
    assert_eq!(database.get(is).await, "false");
    stage.run("resume --step 99");
    let step = "SELECT min((s.value ->> 'number')::int) FROM schemaplan.plan AS p, jsonb_array_elements(p.body -> 'steps') AS s \
                WHERE s.value ->> 'timeout' = 'cut' AND s.value ->> 'phase' = 'contract'";
    let step = database.get(step).await;
    stage.run(&format!("resume --step {step}"));
    let output = ended(run, 0);
    stage.note("apply --phase contract --defer-cutover", &output);
    stage.matches("deferred");
    assert_eq!(database.get(is).await, "true");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn sessions_in_the_way_are_ended_where_that_was_asked_for() {
    let (database, stage) = depot().await;
    database
        .run("DO $$ BEGIN CREATE ROLE transcript_clerk LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT SELECT ON parcel TO transcript_clerk")
        .await;
    let (clerk, connection) = tokio_postgres::connect(&database.url_as("transcript_clerk"), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    clerk
        .batch_execute("SET application_name = 'report'; BEGIN; SELECT count(*) FROM parcel")
        .await
        .unwrap();
    let words = "apply --strategy online --phase expand --yes --blockers terminate --blockers-older-than 1ms";
    let mut failing: Vec<&str> = words.split(' ').collect();
    failing.extend(["--max-attempts", "2", "--blockers-application", "^nightly$"]);
    let output = ended(start(&stage, &failing), 4);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("report as transcript_clerk is idle in transaction"),
        "{said}"
    );
    clerk.batch_execute("SELECT 1").await.unwrap();
    let mut ending: Vec<&str> = words.split(' ').collect();
    ending.extend(["--blockers-user", "^transcript_clerk$"]);
    let output = ended(start(&stage, &ending), 0);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("ended the session of pid") && said.contains("report as transcript_clerk"),
        "{said}"
    );
    assert!(clerk.batch_execute("SELECT 1").await.is_err());
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_plan_that_may_write_more_than_is_free_is_refused() {
    let (database, stage) = depot().await;
    let apply = |free: &'static str| {
        start(
            &stage,
            &[
                "apply",
                "--strategy",
                "online",
                "--phase",
                "all",
                "--yes",
                "--free-bytes",
                free,
            ],
        )
    };
    let output = ended(apply("100 kB"), 3);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("error[disk]: the plan may write "), "{said}");
    assert!(said.contains(" and 102.4 kB is free"), "{said}");
    assert!(said.contains("at most"), "{said}");
    let untouched = "SELECT to_regnamespace('schemaplan') IS NULL";
    assert_eq!(database.get(untouched).await, "true", "something was run");
    let output = ended(apply("lots"), 1);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("40 GB"), "{said}");
    ended(apply("1 TB"), 0);
    // The way back brings the old type and its index again.
    let back = |free: &'static str| {
        start(
            &stage,
            &["rollback", "--phase", "all", "--yes", "--free-bytes", free],
        )
    };
    let output = ended(back("100 kB"), 3);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("error[disk]: the way back may write "), "{said}");
    assert!(said.contains("at most"), "{said}");
    let untouched = "SELECT state = 'contracted' FROM schemaplan.plan";
    assert_eq!(database.get(untouched).await, "true", "something was taken back");
    ended(back("1 TB"), 0);
    database.end().await;
}
