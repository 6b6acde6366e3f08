//! What the doctor finds and mends.

use std::time::Duration;

use super::servers::Server;
use super::stage::{GROWN, Stage, TOWNS, until};

fn finds(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "not there: {part}\n{said}");
    }
}

#[tokio::test]
async fn what_would_hold_a_run_up_is_found() {
    let settings = "max_prepared_transactions = 3\nautovacuum = off\nautovacuum_freeze_max_age = 100000\nwal_level = replica\nmax_wal_senders = 4\nhot_standby = on";
    let wide: Vec<String> = (1..=1510).map(|n| format!("c{n} bool")).collect();
    let before = format!(
        "{TOWNS}; CREATE TABLE wide ({}); ALTER TABLE town ADD CONSTRAINT has_mayor CHECK (mayor IS NOT NULL) NOT VALID",
        wide.join(", ")
    );
    let stage = Stage::new(settings, &before, GROWN).await;
    let standby = Server::standby(
        &stage.server,
        "recovery_min_apply_delay = '5min'\nwal_receiver_status_interval = '200ms'",
    )
    .await;
    let client = stage.client().await;
    let old = stage.client().await;
    old.batch_execute("SET application_name = 'a report'; BEGIN; SELECT count(*) FROM town")
        .await
        .unwrap();
    let prepared = stage.client().await;
    prepared
        .batch_execute("BEGIN; INSERT INTO town VALUES (6000, '', ''); PREPARE TRANSACTION 'left'")
        .await
        .unwrap();
    client
        .batch_execute("CREATE ROLE app; ALTER ROLE app SET lock_timeout = '1h'; ALTER DATABASE shop SET statement_timeout = '1h'")
        .await
        .unwrap();
    client
        .query("SELECT pg_create_physical_replication_slot('unread', true)", &[])
        .await
        .unwrap();
    // Ages every table; the commit of each turn takes a transaction's number.
    client
        .batch_execute("DO $$ BEGIN FOR i IN 1..96000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$")
        .await
        .unwrap();
    until(
        &client,
        "SELECT coalesce(max(replay_lag), '0') > interval '11 s' FROM pg_stat_replication",
    )
    .await;
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'a report' AND xact_start < now() - interval '61 s')",
    )
    .await;
    let said = stage.ends("doctor", 2);
    finds(
        &said,
        &[
            "! transactions are older than a minute [long-transactions]",
            "a report as postgres, idle in transaction for 00:01:",
            "! prepared transactions hold their locks until somebody ends them [prepared-transactions]",
            "'left' of postgres since ",
            "[wraparound]",
            "town, age 9",
            "[replication-slots]",
            "unread, ",
            "! standbys are more than 10 s behind [standbys]",
            "walreceiver, 00:0",
            "[columns]",
            "wide, 1510",
            "settings of the role or database",
            "role app: lock_timeout=1h",
            "database: statement_timeout=1h",
            "constraints are NOT VALID",
            "has_mayor of town",
        ],
    );
    let json = stage.command("doctor --format json").output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let level = |code: &str| {
        let all = answer["findings"].as_array().unwrap();
        let found = all.iter().find(|finding| finding["code"] == code);
        found.unwrap_or_else(|| panic!("no {code}"))["level"].clone()
    };
    for code in [
        "long-transactions",
        "prepared-transactions",
        "wraparound",
        "replication-slots",
        "standbys",
        "columns",
    ] {
        assert_eq!(level(code), "warning", "{code}");
    }
    assert_eq!(
        (level("settings"), level("not-validated")),
        ("note".into(), "note".into())
    );
    drop(standby);
    // A standby itself cannot be changed.
}

#[tokio::test]
async fn what_runs_left_is_found() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    let client = stage.client().await;
    client
        .batch_execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not yet''; END';
             CREATE TRIGGER no BEFORE UPDATE ON town FOR EACH ROW EXECUTE FUNCTION no()",
        )
        .await
        .unwrap();
    let words = "apply --target after.sql --strategy online --yes --allow tightens --ignore no --phase";
    stage.ends(&format!("{words} expand"), 0);
    stage.ends(&format!("{words} migrate"), 1);
    let said = stage.ends("doctor", 2);
    finds(
        &said,
        &[
            "have failed [failed-steps]",
            "not yet",
            "help: mend the cause and run the same command again",
        ],
    );
    stage.ends("pause", 0);
    finds(
        &stage.ends("doctor", 2),
        &["is paused [paused]", "help: schemaplan resume"],
    );
    stage.ends("resume", 0);
    // A run at work.
    client
        .batch_execute("CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.005); RETURN new; END'")
        .await
        .unwrap();
    let run = stage.start(&format!("{words} migrate"));
    until(
        &client,
        "SELECT EXISTS (SELECT FROM schemaplan.lease WHERE expires_at > clock_timestamp())",
    )
    .await;
    finds(&stage.ends("doctor", 0), &["a run is at work now: "]);
    run.ends(0).await;
    // The journal is lost: what is left of the plan belongs to nobody.
    client
        .batch_execute("TRUNCATE schemaplan.plan CASCADE")
        .await
        .unwrap();
    finds(
        &stage.ends("doctor", 2),
        &[
            "earlier plans have left these, and no run owns them [leftovers]",
            "~schemaplan_sync_",
        ],
    );
}

#[tokio::test]
async fn a_partition_that_is_half_detached_is_found_and_mended() {
    let before = "CREATE TABLE town (id int NOT NULL) PARTITION BY RANGE (id);
        CREATE TABLE \"Town 1\" PARTITION OF town FOR VALUES FROM (1) TO (10);
        CREATE TABLE town_2 PARTITION OF town FOR VALUES FROM (10) TO (20); INSERT INTO town VALUES (1), (11)";
    let stage = Stage::new("", before, "").await;
    let (client, reader, detacher) = (stage.client().await, stage.client().await, stage.client().await);
    reader
        .batch_execute("BEGIN; SELECT count(*) FROM town")
        .await
        .unwrap();
    let pid: i32 = detacher
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let detaching = tokio::spawn(async move {
        detacher
            .batch_execute("ALTER TABLE town DETACH PARTITION \"Town 1\" CONCURRENTLY")
            .await
            .unwrap_err();
    });
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhdetachpending)",
    )
    .await;
    client
        .query("SELECT pg_cancel_backend($1)", &[&pid])
        .await
        .unwrap();
    detaching.await.unwrap();
    reader.batch_execute("COMMIT").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mend = "mend: ALTER TABLE public.town DETACH PARTITION public.\"Town 1\" FINALIZE";
    let said = stage.ends("doctor", 2);
    finds(
        &said,
        &[
            "whose detaching was interrupted",
            "[pending-detach]",
            "\"Town 1\" of town",
            mend,
        ],
    );
    // It is named, and nothing is run.
    let said = stage.ends("doctor --fix --dry-run", 2);
    finds(
        &said,
        &["  ALTER TABLE public.town DETACH PARTITION public.\"Town 1\" FINALIZE"],
    );
    stage.ends("doctor --fix", 1);
    let pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";
    assert_eq!(client.query_one(pending, &[]).await.unwrap().get::<_, i64>(0), 1);
    let said = stage.ends("doctor --fix --yes", 0);
    finds(&said, &["no partition is half detached"]);
    let left = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'town'::regclass";
    assert_eq!(client.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 1);
    let said = stage.ends("doctor --fix --yes", 0);
    finds(&said, &["There is nothing that could be mended here"]);
}
