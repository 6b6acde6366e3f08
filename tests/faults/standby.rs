//! A standby that lags behind.

use std::process::Child;
use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::application::Application;
use super::servers::Server;
use super::stage::{Stage, asked, said};

/// A server, and a standby that replays three seconds later.
async fn delayed() -> (Stage, Server) {
    let stage = Stage::new("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on").await;
    let standby = Server::standby(
        &stage.server,
        "recovery_min_apply_delay = '3s'\nwal_receiver_status_interval = '200ms'",
    )
    .await;
    (stage, standby)
}

async fn until(client: &Client, query: &str, otherwise: impl Fn() -> String) {
    let began = Instant::now();
    while !client.query_one(query, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", otherwise());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the standby is behind: somebody has to write meanwhile.
async fn lags(client: &Client, standby: &Server) {
    let lag = "SELECT coalesce(max(replay_lag), '0') > interval '1.5 s' FROM pg_stat_replication";
    until(client, lag, || {
        format!("the standby never lags: {}", standby.log())
    })
    .await;
}

/// Waits until a run waits for the standby.
async fn waits(client: &Client) {
    let waits = "SELECT EXISTS (SELECT FROM schemaplan.at_work JOIN schemaplan.lease USING (token) WHERE kind = 'lag')";
    until(client, waits, || "it never waits for the standby".to_owned()).await;
}

/// The delay ends: the standby catches up, and the run goes on to its end.
async fn caught_up(standby: &Server, run: Child) -> String {
    standby.run("ALTER SYSTEM SET recovery_min_apply_delay = 0").await;
    standby.run("SELECT pg_reload_conf()").await;
    let output = tokio::task::spawn_blocking(move || run.wait_with_output().unwrap())
        .await
        .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

#[tokio::test]
async fn a_backfill_waits_for_a_standby_and_goes_on() {
    let (_, seed) = asked();
    let (stage, standby) = delayed().await;
    let application = Application::start(&stage.config(), 2, seed);
    stage.ends(
        "apply --target after.sql --strategy online --phase expand --yes --allow tightens",
        0,
    );
    let client = stage.server.client("shop").await;
    lags(&client, &standby).await;
    let words =
        "apply --target after.sql --strategy online --phase migrate --yes --allow tightens --throttle-lag 1s";
    let run = stage.command(&stage.url(), words).spawn().unwrap();
    let done = "SELECT coalesce(max(rows_done), 0)::bigint FROM schemaplan.step WHERE rows_total > 0";
    waits(&client).await;
    // It has the time to go on by mistake.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let held: i64 = client.query_one(done, &[]).await.unwrap().get(0);
    assert_eq!(held, 0, "it copies while the standby is behind");
    let said = caught_up(&standby, run).await;
    assert!(said.contains("s behind"), "{said}");
    application.judged(&client).await;
    // A standby is no target.
    let refused = stage
        .command(
            &standby.url("postgres", "shop"),
            "apply --target after.sql --phase contract --strategy online --yes --allow tightens",
        )
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        super::stage::said(&refused).contains("standby"),
        "{}",
        super::stage::said(&refused)
    );
}

#[tokio::test]
async fn a_lock_that_shuts_out_readers_waits_for_a_standby() {
    let (_, seed) = asked();
    let (stage, standby) = delayed().await;
    let application = Application::start(&stage.config(), 2, seed);
    let client = stage.server.client("shop").await;
    lags(&client, &standby).await;
    let words =
        "apply --target after.sql --strategy online --phase expand --yes --allow tightens --throttle-lag 1s";
    // It waits for no longer than a lock would be tried for.
    stage.write("schemaplan.yaml", "executor: {retry_budget: 2s}\n");
    let said = stage.ends(words, 4);
    assert!(said.contains("  waits: standby "), "{said}");
    assert!(said.contains("error[standby-behind]: standby "), "{said}");
    assert!(
        said.contains("schemaplan apply` again: it goes on from here"),
        "{said}"
    );
    stage.write("schemaplan.yaml", "");
    let run = stage.command(&stage.url(), words).spawn().unwrap();
    waits(&client).await;
    let steps = "SELECT count(*) FILTER (WHERE state = 'done') FROM schemaplan.step";
    let before: i64 = client.query_one(steps, &[]).await.unwrap().get(0);
    // It has the time to go on by mistake.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after: i64 = client.query_one(steps, &[]).await.unwrap().get(0);
    assert_eq!(before, after, "it takes the lock while the standby is behind");
    let said = caught_up(&standby, run).await;
    assert!(said.contains("  waits: standby "), "{said}");
    application.judged(&client).await;
}
