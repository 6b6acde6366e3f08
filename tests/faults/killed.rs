//! The process, its connections, its backends and the server end in the middle; the next call goes on.

use std::process::Output;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::application::Application;
use super::proxy::Proxy;
use super::servers::Stop;
use super::stage::{Stage, asked, said};

/// What ends.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The process, by SIGKILL.
    Process,
    /// Its backends, by pg_terminate_backend.
    Backends,
    /// The network in between.
    Network,
    /// The server, without a word.
    Server,
}

/// About so many statements a run sends.
const STATEMENTS: u64 = 400;

const THERE: &str =
    "apply --target after.sql --strategy online --phase all --yes --batch-time 20ms --allow tightens";
const BACK: &str = "rollback --phase all --yes --batch-time 20ms";

async fn goes_on_after(fault: Fault) {
    let (count, seed) = asked();
    let mut stage = Stage::new("").await;
    let proxy = Proxy::to(stage.server.port).await;
    let url = format!(
        "postgres://postgres@127.0.0.1:{}/shop?sslmode=disable",
        proxy.port
    );
    let mut random = SmallRng::seed_from_u64(seed);
    let application = Application::start(&stage.config(), 3, seed);
    let before = stage.dumped();
    let (mut faults, mut rounds) = (0, 0);
    while faults < count {
        rounds += 1;
        for way in [THERE, BACK] {
            // Every other round by several sessions.
            let words = &match rounds % 2 {
                0 => format!("{way} --workers 3"),
                _ => way.to_owned(),
            };
            let mut tries = 0;
            loop {
                tries += 1;
                assert!(tries < 200, "{words} never comes to its end");
                let may_fail = faults < count;
                let output = disturbed(&mut stage, &proxy, (&url, words), fault, may_fail, &mut random).await;
                match output.status.code() {
                    Some(0) => break,
                    // There is nothing left to take back where the fault came behind the last step.
                    Some(3) if way == BACK && said(&output).contains("nothing to roll back") => break,
                    code => {
                        faults += 1;
                        let said = said(&output);
                        assert!(may_fail, "undisturbed it ended with {code:?}: {said}");
                        assert!(
                            !said.contains("error[bug]") && code != Some(3),
                            "{code:?}: {said}"
                        );
                    }
                }
            }
            assert_eq!(
                stage.leftovers().await,
                Vec::<String>::new(),
                "left over after {words}"
            );
            if way == THERE {
                stage.ends("diff --target after.sql", 0);
            }
        }
        assert_eq!(stage.dumped(), before, "the way back leads elsewhere");
    }
    let client = stage.server.client("shop").await;
    let kept: i64 = client
        .query_one(
            "SELECT count(*) FROM account WHERE note = 'note ' || id AND city = 'city ' || id",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(
        kept,
        i64::from(super::application::ACCOUNTS),
        "rows that are not as they were"
    );
    let booked = application.judged(&client).await;
    println!("{fault:?}: {faults} faults in {rounds} rounds there and back, {booked} bookings");
}

/// Runs the program and disturbs it after a while.
async fn disturbed(
    stage: &mut Stage,
    proxy: &Proxy,
    (url, words): (&str, &str),
    fault: Fault,
    disturb: bool,
    random: &mut SmallRng,
) -> Output {
    proxy.count(None);
    let mut process = stage.command(url, words).spawn().unwrap();
    if disturb {
        // Statements, not seconds: how far a run has come by then is the same on a machine that is busy with other things.
        let statement = random.random_range(1..STATEMENTS);
        while proxy.counted() < statement && process.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..30))).await;
        match fault {
            // It may have come to its end by itself.
            Fault::Process => drop(process.kill()),
            Fault::Backends => {
                let client = stage.server.client("shop").await;
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'schemaplan%'";
                client.batch_execute(sql).await.unwrap();
            }
            Fault::Network => proxy.cut(),
            Fault::Server => {
                stage.server.stop(Stop::Immediate);
                stage.server.start().await;
            }
        }
    }
    tokio::task::spawn_blocking(move || process.wait_with_output().unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_run_whose_process_is_killed_goes_on() {
    goes_on_after(Fault::Process).await;
}

#[tokio::test]
async fn a_run_whose_backends_are_ended_goes_on() {
    goes_on_after(Fault::Backends).await;
}

#[tokio::test]
async fn a_run_whose_network_is_cut_goes_on() {
    goes_on_after(Fault::Network).await;
}

#[tokio::test]
async fn a_run_whose_server_stops_without_a_word_goes_on() {
    goes_on_after(Fault::Server).await;
}
