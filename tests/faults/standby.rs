//! A standby that lags behind.

use std::time::{Duration, Instant};

use super::application::Application;
use super::servers::Server;
use super::stage::{Stage, asked, said};

#[tokio::test]
async fn a_backfill_waits_for_a_standby_and_goes_on() {
    let (_, seed) = asked();
    let stage = Stage::new("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on").await;
    let standby = Server::standby(
        &stage.server,
        "recovery_min_apply_delay = '3s'\nwal_receiver_status_interval = '200ms'",
    )
    .await;
    let application = Application::start(&stage.config(), 2, seed);
    stage.ends(
        "apply --target after.sql --strategy online --phase expand --yes --allow tightens",
        0,
    );
    let client = stage.server.client("shop").await;
    let began = Instant::now();
    let lag = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float8 FROM pg_stat_replication";
    loop {
        let seconds: f64 = client.query_one(lag, &[]).await.unwrap().get(0);
        if seconds > 1.5 {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the standby never lags: {}",
            standby.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let words =
        "apply --target after.sql --strategy online --phase migrate --yes --allow tightens --throttle-lag 1s";
    let run = stage.command(&stage.url(), words).spawn().unwrap();
    let done = "SELECT coalesce(max(rows_done), 0)::bigint FROM schemaplan.step WHERE rows_total > 0";
    let waits = "SELECT EXISTS (SELECT FROM schemaplan.at_work JOIN schemaplan.lease USING (token) WHERE kind = 'lag')";
    let began = Instant::now();
    while !client.query_one(waits, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it never waits for the standby"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // It has the time to go on by mistake.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let held: i64 = client.query_one(done, &[]).await.unwrap().get(0);
    assert_eq!(held, 0, "it copies while the standby is behind");
    // The delay ends: the standby catches up, and the run goes on.
    standby.run("ALTER SYSTEM SET recovery_min_apply_delay = 0").await;
    standby.run("SELECT pg_reload_conf()").await;
    let output = tokio::task::spawn_blocking(move || run.wait_with_output().unwrap())
        .await
        .unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
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
