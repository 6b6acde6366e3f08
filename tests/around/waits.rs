//! What a run waits for, who is in its way, and hooks behind a rollback that fails.

use std::time::Duration;

use super::stage::{GROWN, Stage, TOWNS, held_for, holds_each, rows_done, until};

const MIGRATE: &str = "apply --target after.sql --strategy online --yes --allow tightens --phase migrate";

async fn expanded(settings: &str, before: &str) -> Stage {
    let stage = Stage::new(settings, before, GROWN).await;
    stage.ends(
        "apply --target after.sql --strategy online --yes --allow tightens --phase expand",
        0,
    );
    stage
}

/// What takes a strong lock for a moment.
const WIDER: &str = "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text, zip text);";

#[tokio::test]
async fn batches_wait_while_wal_cannot_be_archived() {
    let settings = "wal_level = replica\narchive_mode = on\narchive_command = 'false'";
    let stage = expanded(settings, TOWNS).await;
    let client = stage.client().await;
    client.query("SELECT pg_switch_wal()", &[]).await.unwrap();
    until(
        &client,
        "SELECT last_failed_time IS NOT NULL FROM pg_stat_archiver",
    )
    .await;
    let found = stage.ends("doctor", 2);
    assert!(
        found.contains("! the archiving of WAL fails [archiving]"),
        "{found}"
    );
    let run = stage.start(&format!("{MIGRATE} --metrics m.json"));
    until(&client, &held_for("archiver")).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rows_done(&client).await, 0, "it copies while WAL is not archived");
    let status = stage.ends("status", 2);
    let at = status.split("at work now: ").nth(1).unwrap();
    assert!(at.contains("\n    step "), "{status}");
    assert!(at.contains("waits: the archiving of WAL fails, for "), "{status}");
    stage.alter_system("SET archive_command = 'true'").await;
    client.query("SELECT pg_switch_wal()", &[]).await.unwrap();
    let said = run.ends(0).await;
    assert!(
        said.contains("waits: the archiving of WAL fails"),
        "{said}\n{status}"
    );
    let metrics: serde_json::Value = serde_json::from_str(&stage.text("m.json")).unwrap();
    let steps = metrics.pointer("/phases/0/steps").unwrap().as_array().unwrap();
    let held = steps
        .iter()
        .find_map(|step| step["held_seconds"]["archiver"].as_f64());
    assert!(held > Some(1.0), "{metrics:#}");
    // Where the user says so it does not wait.
    let said = stage.ends("doctor", 0);
    assert!(said.contains("WAL is archived, or need not be"), "{said}");
}

#[tokio::test]
async fn batches_wait_while_the_archiver_is_behind_and_fails_at_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held").display().to_string();
    let settings = format!(
        "wal_level = replica\narchive_mode = on\narchive_command = 'while test -e {held}; do sleep 0.1; done'"
    );
    let stage = expanded(&settings, TOWNS).await;
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let client = stage.client().await;
    client.query("SELECT pg_switch_wal()", &[]).await.unwrap();
    let archived = "SELECT last_archived_wal IS NOT NULL FROM pg_stat_archiver";
    until(&client, archived).await;
    std::fs::write(&held, "").unwrap();
    for _ in 0..4 {
        let write = "SELECT pg_logical_emit_message(true, 'test', 'x')";
        client.query(write, &[]).await.unwrap();
        client.query("SELECT pg_switch_wal()", &[]).await.unwrap();
    }
    stage.file("schemaplan.yaml", "executor: {throttle_backlog: 33 MB}\n");
    let run = stage.start(MIGRATE);
    until(&client, &held_for("backlog")).await;
    // It has the time to go on by mistake.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        rows_done(&client).await,
        0,
        "it copies while the archiver is behind"
    );
    std::fs::remove_file(&held).unwrap();
    let said = run.ends(0).await;
    holds_each(&said, &["  waits: ", " MB of WAL wait to be archived"]);
}

#[tokio::test]
async fn an_archiver_that_fails_may_be_left_out_of_account() {
    let settings = "wal_level = replica\narchive_mode = on\narchive_command = 'false'";
    let stage = expanded(settings, TOWNS).await;
    let client = stage.client().await;
    client.query("SELECT pg_switch_wal()", &[]).await.unwrap();
    until(
        &client,
        "SELECT last_failed_time IS NOT NULL FROM pg_stat_archiver",
    )
    .await;
    stage.file("schemaplan.yaml", "executor: {throttle_archiver: false}\n");
    let said = stage.ends(MIGRATE, 0);
    assert!(!said.contains("archiving"), "{said}");
}

const SLOW_VACUUM: &str = "autovacuum_naptime = '1s'\nautovacuum_vacuum_cost_delay = '100ms'\nautovacuum_vacuum_cost_limit = 1\nautovacuum_vacuum_threshold = 50";

#[tokio::test]
async fn batches_make_way_for_an_autovacuum_of_their_table() {
    let stage = expanded(SLOW_VACUUM, TOWNS).await;
    let client = stage.client().await;
    client
        .batch_execute("UPDATE town SET mayor = mayor || '!'")
        .await
        .unwrap();
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'town'::regclass)",
    )
    .await;
    let run = stage.start(MIGRATE);
    until(&client, &held_for("autovacuum")).await;
    // It has the time to go on by mistake.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        rows_done(&client).await,
        0,
        "it copies while the table is vacuumed"
    );
    stage.alter_system("SET autovacuum_vacuum_cost_delay = 0").await;
    let said = run.ends(0).await;
    assert!(
        said.contains("waits: an autovacuum is at the table, pid "),
        "{said}"
    );
}

#[tokio::test]
async fn batches_do_not_make_way_for_ever() {
    let stage = expanded(SLOW_VACUUM, TOWNS).await;
    let client = stage.client().await;
    client
        .batch_execute("UPDATE town SET mayor = mayor || '!'")
        .await
        .unwrap();
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE relid = 'town'::regclass)",
    )
    .await;
    stage.file("schemaplan.yaml", "executor: {throttle_vacuum: 2s}\n");
    let begun = std::time::Instant::now();
    let said = stage.ends(MIGRATE, 0);
    assert!(begun.elapsed() > Duration::from_secs(2));
    assert!(
        said.contains("waits: an autovacuum is at the table, pid "),
        "{said}"
    );
}

#[tokio::test]
async fn a_statement_in_the_way_is_cancelled_where_that_is_asked_for() {
    let stage = Stage::new("", TOWNS, WIDER).await;
    stage
        .server
        .run("CREATE ROLE reporter LOGIN; CREATE ROLE other LOGIN")
        .await;
    let client = stage.client().await;
    client
        .batch_execute("GRANT SELECT ON town TO reporter")
        .await
        .unwrap();
    let url = stage.server.url("reporter", "shop");
    let (reporter, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let report = tokio::spawn(async move {
        reporter
            .batch_execute("SET application_name = 'nightly report'; BEGIN; SELECT count(*) FROM town; SELECT pg_sleep(600)")
            .await
            .unwrap_err()
    });
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')",
    )
    .await;
    // Neither the default nor a filter that names another lays hands on it.
    let patient = "apply --target after.sql --strategy online --yes --phase expand";
    let words = &format!("{patient} --max-attempts 3");
    let said = stage.ends(words, 4);
    assert!(said.contains("pid ") && said.contains("nightly report"), "{said}");
    stage.ends(
        &format!("{words} --blockers cancel --blockers-older-than 1s --blockers-user other"),
        4,
    );
    stage.ends(
        &format!("{words} --blockers cancel --blockers-older-than 10min"),
        4,
    );
    let said = stage.ends(
        &format!("{patient} --blockers cancel --blockers-older-than 1s"),
        0,
    );
    assert!(
        said.contains("cancelled the statement of pid ") && said.contains("nightly report as reporter"),
        "{said}"
    );
    let error = report.await.unwrap();
    assert_eq!(error.code().map(|code| code.code()), Some("57014"));
}

/// What `status --json` says while it says that, asked again and again.
async fn status_says(stage: &Stage, told: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let begun = std::time::Instant::now();
    loop {
        let output = stage.command("status --format json").output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        if told(&status) {
            return status;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {status:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn status_in_another_terminal_names_who_is_in_the_way() {
    let stage = Stage::new("max_prepared_transactions = 3", TOWNS, WIDER).await;
    let (client, behind, other) = (stage.client().await, stage.client().await, stage.client().await);
    client
        .batch_execute("SET application_name = 'a report'; BEGIN")
        .await
        .unwrap();
    client
        .batch_execute("SELECT\n  count(*) FROM town")
        .await
        .unwrap();
    let run =
        stage.start("apply --target after.sql --strategy online --yes --phase expand --lock-timeout 8s");
    // In a transaction the server shows the sessions as they stood when it began.
    until(
        &other,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name ~ '^schemaplan/')",
    )
    .await;
    let queued =
        tokio::spawn(async move { behind.batch_execute("SELECT count(*) FROM town").await.unwrap() });
    until(
        &other,
        "SELECT count(*) = 2 FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    )
    .await;
    let parts = [
        "\n    step 1 of 1, Add column",
        "waits: ",
        "for AccessExclusiveLock on town, try 1, 1 session behind it\n",
        " a report as postgres, idle in transaction for ",
        "\n          SELECT count(*) FROM town\n",
    ];
    stage.says("status", 2, &parts);
    let status = status_says(&stage, |status| !status["at_work"]["lock_waits"][0].is_null()).await;
    let wait = &status["at_work"]["lock_waits"][0];
    assert_eq!(wait["queue"], 1, "{status:#}");
    assert_eq!(wait["blockers"][0]["application"], "a report", "{status:#}");
    // Between two tries it says what the last one waited for.
    let status = status_says(&stage, |status| status["at_work"]["rest"]["kind"] == "next_try").await;
    let rest = &status["at_work"]["rest"];
    assert_eq!(rest["blockers"][0]["application"], "a report", "{status:#}");
    assert_eq!(rest["words"], "canceling statement due to lock timeout");
    assert!(status["at_work"]["attempt"].as_u64() >= Some(1), "{status:#}");
    queued.await.unwrap();
    // A prepared transaction has no process.
    other
        .batch_execute("BEGIN; UPDATE town SET mayor = '' WHERE id = 1; PREPARE TRANSACTION 'left'")
        .await
        .unwrap();
    client.batch_execute("COMMIT").await.unwrap();
    let named = |status: &serde_json::Value| {
        let application = &status["at_work"]["lock_waits"][0]["blockers"][0]["application"];
        application == "prepared transaction 'left'"
    };
    status_says(&stage, named).await;
    other.batch_execute("ROLLBACK PREPARED 'left'").await.unwrap();
    run.ends(0).await;
    let status = status_says(&stage, |_| true).await;
    assert!(
        status["at_work"].is_null() && status["running"].is_null(),
        "{status:#}"
    );
}

#[tokio::test]
async fn who_holds_locks_before_a_run_is_named() {
    let stage = Stage::new("max_prepared_transactions = 3", TOWNS, WIDER).await;
    let (client, other) = (stage.client().await, stage.client().await);
    client
        .batch_execute("SET application_name = 'a report'; BEGIN")
        .await
        .unwrap();
    client.batch_execute("SELECT count(*) FROM town").await.unwrap();
    other
        .batch_execute("BEGIN; UPDATE town SET mayor = '' WHERE id = 1; PREPARE TRANSACTION 'left'")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let words = "apply --target after.sql --strategy online --yes --phase expand --max-attempts 2";
    let said = stage.ends(words, 4);
    let warning = said.split("error[").next().unwrap();
    let parts = [
        "warning[in-the-way]: these hold locks on what will be locked",
        "a report as postgres, idle in transaction for 00:00:0",
        "at public.town: SELECT count(*) FROM town",
        "prepared transaction 'left' of postgres",
    ];
    holds_each(warning, &parts);
    client.batch_execute("COMMIT").await.unwrap();
    // What has no process is named at the end as well.
    let said = stage.ends(words, 4);
    let end = said.split("error[locks-not-won]").nth(1).unwrap();
    assert!(
        end.contains("note: prepared transaction 'left' as postgres is prepared for "),
        "{said}"
    );
    other.batch_execute("ROLLBACK PREPARED 'left'").await.unwrap();
    let said = stage.ends(words, 0);
    assert!(!said.contains("in-the-way"), "{said}");
}

#[tokio::test]
async fn hooks_run_behind_a_rollback_that_fails_and_one_that_fails_itself_is_said() {
    let before =
        "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL); INSERT INTO town VALUES (1, 'Oslo')";
    let after = "CREATE TABLE town (id bigint PRIMARY KEY, name text);";
    let stage = Stage::new("", before, after).await;
    stage.file(
        "schemaplan.yaml",
        "hooks:\n  before: 'echo \"before $SCHEMAPLAN_VERB $SCHEMAPLAN_PHASE\" >> log'\n  after:\n    - 'echo \"after $SCHEMAPLAN_VERB $SCHEMAPLAN_PHASE: $SCHEMAPLAN_OUTCOME\" >> log'\n    - exit 5\n",
    );
    let said = stage.ends("apply --target after.sql --yes --phase all", 0);
    assert!(
        said.contains("the hook behind expand failed: `exit 5` ended with exit status: 5"),
        "{said}"
    );
    let client = stage.client().await;
    client
        .batch_execute("INSERT INTO town VALUES (2, NULL)")
        .await
        .unwrap();
    let said = stage.ends("rollback --yes", 1);
    assert!(said.contains("the hook behind expand failed: `exit 5`"), "{said}");
    assert!(said.contains("error[step-failed]"), "{said}");
    client
        .batch_execute("DELETE FROM town WHERE id = 2")
        .await
        .unwrap();
    stage.ends("rollback --yes", 0);
    let log = stage.text("log");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines,
        [
            "before apply expand",
            "after apply expand: done",
            "before rollback expand",
            "after rollback expand: failed",
            "before rollback expand",
            "after rollback expand: done"
        ]
    );
}

#[tokio::test]
async fn status_says_that_a_hook_runs_and_who_waits_for_the_run() {
    let stage = Stage::new("", TOWNS, WIDER).await;
    let until_told = "while [ ! -e go ]; do sleep 0.05; done; rm go";
    stage.file(
        "schemaplan.yaml",
        &format!("hooks:\n  before: '{until_told}'\n  after: '{until_told}'\n"),
    );
    let words = "apply --target after.sql --strategy online --yes --phase expand";
    let run = stage.start(words);
    let runs_hook = |status: &serde_json::Value| status["at_work"]["rest"]["kind"] == "hook";
    let status = status_says(&stage, runs_hook).await;
    assert!(status["at_work"]["step"].is_null(), "{status:#}");
    assert_eq!(
        status["at_work"]["rest"]["words"],
        "what runs before expand: hooks, a backup"
    );
    assert_eq!(status["waiting"], serde_json::json!([]), "{status:#}");
    let mut other = stage.command(words).spawn().unwrap();
    let status = status_says(&stage, |status| !status["waiting"][0].is_null()).await;
    let owner = status["waiting"][0]["owner"].as_str().unwrap();
    assert!(owner.ends_with(&format!("/{}", other.id())), "{status:#}");
    let said = stage.ends("status", 2);
    assert!(
        said.contains("\n      waits: what runs before expand: hooks, a backup, for "),
        "{said}"
    );
    // It goes when its patience is at its end.
    other.wait().unwrap();
    let status = status_says(&stage, |status| status["waiting"] == serde_json::json!([])).await;
    assert_eq!(status["at_work"]["rest"]["kind"], "hook", "{status:#}");
    stage.file("go", "");
    let behind = |status: &serde_json::Value| status["at_work"]["rest"]["words"] == "the hooks behind expand";
    status_says(&stage, behind).await;
    stage.file("go", "");
    run.ends(0).await;
    let status = status_says(&stage, |_| true).await;
    assert!(status["at_work"].is_null(), "{status:#}");
}
