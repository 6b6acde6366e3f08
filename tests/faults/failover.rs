//! The primary dies, and a standby takes its place: one that has all, or one that lacks what was done last.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio_postgres::Config;

use super::application::Application;
use super::servers::{Server, Stop};
use super::stage::{Stage, asked, said};

const THERE: &str =
    "apply --target after.sql --strategy online --phase all --yes --batch-time 20ms --allow tightens";
const BACK: &str = "rollback --phase all --yes --batch-time 20ms";

/// Whether the primary waits for its standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standby {
    /// What was acknowledged is on both.
    Synchronous,
    /// It has lost its primary a while before that dies: what was done last is gone, and the journal's word of it, too.
    LeftBehind,
}

/// One failover in the middle of a way; the next call goes on at the standby that was promoted.
async fn fails_over(random: &mut SmallRng, seed: u64, words: &str, kind: Standby) {
    let mut stage = Stage::new("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on").await;
    let before = stage.dumped();
    if words == BACK {
        stage.ends(THERE, 0);
    }
    let standby = Server::standby(&stage.server, "synchronous_standby_names = ''").await;
    let wanted = match kind {
        Standby::Synchronous => "sync",
        Standby::LeftBehind => "async",
    };
    if kind == Standby::Synchronous {
        stage
            .server
            .run("ALTER SYSTEM SET synchronous_standby_names = '*'")
            .await;
        stage.server.run("SELECT pg_reload_conf()").await;
    }
    let client = stage.server.client("postgres").await;
    loop {
        let state = format!(
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '{wanted}'"
        );
        let sync: i64 = client.query_one(&state, &[]).await.unwrap().get(0);
        if sync == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let url = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/shop?sslmode=disable&target_session_attrs=read-write",
        stage.server.port, standby.port
    );
    let config: Config = url.parse().unwrap();
    // What an application wrote would be lost as well, so there is none yet.
    let application = (kind == Standby::Synchronous).then(|| Application::start(&config, 2, seed));
    let run = stage.command(&url, words).spawn().unwrap();
    let wait = Duration::from_millis(random.random_range(100..1_500));
    tokio::time::sleep(wait).await;
    let mut lost = 0;
    if kind == Standby::LeftBehind {
        standby.run("ALTER SYSTEM SET primary_conninfo = ''").await;
        standby.run("SELECT pg_reload_conf()").await;
        tokio::time::sleep(Duration::from_millis(random.random_range(100..3_000))).await;
        lost = noted(&client_of(&stage.server).await).await - noted(&client_of(&standby).await).await;
    }
    stage.server.stop(Stop::Immediate);
    let output = tokio::task::spawn_blocking(move || run.wait_with_output().unwrap())
        .await
        .unwrap();
    let first = said(&output);
    assert!(!first.contains("error[bug]"), "{first}");
    standby.run("SELECT pg_promote()").await;
    drop(std::mem::replace(&mut stage.server, standby));
    let application = application.unwrap_or_else(|| Application::start(&config, 2, seed));
    let mut ways = vec![THERE, BACK];
    if words == BACK {
        ways.remove(0);
    }
    for way in ways {
        let again = stage.command(&url, way).output().unwrap();
        let told = said(&again);
        let none_left = again.status.code() == Some(3) && told.contains("nothing to roll back");
        assert!(
            again.status.code() == Some(0) || none_left,
            "{way} after {wait:?} of {words}: {:?} {told}\nbefore: {first}",
            again.status.code()
        );
        assert_eq!(
            stage.leftovers().await,
            Vec::<String>::new(),
            "left over after {way}"
        );
        if way == THERE {
            stage.ends("diff --target after.sql", 0);
        }
    }
    assert_eq!(stage.dumped(), before, "the way back leads elsewhere");
    let client = stage.server.client("shop").await;
    let booked = application.judged(&client).await;
    println!(
        "failover to a standby {kind:?} after {wait:?} of {words}: {lost} words of the journal lost, {booked} bookings"
    );
}

async fn client_of(server: &Server) -> tokio_postgres::Client {
    server.client("shop").await
}

/// How much the journal has to say: tries of steps.
async fn noted(client: &tokio_postgres::Client) -> i64 {
    let tries = "SELECT count(*) FROM schemaplan.attempt";
    match client.query_one(tries, &[]).await {
        Ok(row) => row.get(0),
        // There is no journal yet.
        Err(_) => 0,
    }
}

#[tokio::test]
async fn a_run_goes_on_at_the_standby_that_took_over() {
    let (count, seed) = asked();
    let mut random = SmallRng::seed_from_u64(seed);
    for number in 0..count.div_ceil(6) {
        fails_over(&mut random, seed, THERE, Standby::Synchronous).await;
        if number % 2 == 0 {
            fails_over(&mut random, seed, BACK, Standby::Synchronous).await;
        }
    }
}

#[tokio::test]
async fn a_run_goes_on_at_a_standby_that_lacks_what_was_done_last() {
    let (count, seed) = asked();
    let mut random = SmallRng::seed_from_u64(seed);
    for number in 0..count.div_ceil(6) {
        fails_over(&mut random, seed, THERE, Standby::LeftBehind).await;
        if number % 2 == 0 {
            fails_over(&mut random, seed, BACK, Standby::LeftBehind).await;
        }
    }
}
