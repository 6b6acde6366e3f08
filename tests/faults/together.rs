//! Two runs at once, and one beside a transaction that stays open.

use std::time::Duration;

use super::application::Application;
use super::stage::{Stage, asked, said};

#[tokio::test]
async fn of_two_runs_one_works_and_the_other_says_who() {
    let (count, seed) = asked();
    let stage = Stage::new("").await;
    let application = Application::start(&stage.config(), 2, seed);
    let there = "apply --target after.sql --strategy online --phase all --yes --allow tightens";
    let mut waited = 0;
    for _ in 0..count {
        for words in [there, "rollback --phase all --yes"] {
            let both = [0, 1].map(|_| stage.command(&stage.url(), words).spawn().unwrap());
            let ended =
                both.map(|process| tokio::task::spawn_blocking(move || process.wait_with_output().unwrap()));
            let mut codes = Vec::new();
            for each in ended {
                let output = each.await.unwrap();
                let (code, said) = (output.status.code(), said(&output));
                match code {
                    Some(0) => {}
                    // The other one was at work for longer than we wait.
                    Some(1) => assert!(said.contains("error[held]") && said.contains("backend"), "{said}"),
                    // It has done what this one was to do.
                    Some(3) => assert!(
                        ["error[changed]", "error[nothing-to-undo]", "error[in-flight]"]
                            .iter()
                            .any(|why| said.contains(why)),
                        "{said}"
                    ),
                    _ => panic!("{words}: {code:?}: {said}"),
                }
                waited += usize::from(code != Some(0));
                codes.push(code);
            }
            assert!(codes.contains(&Some(0)), "{words}: {codes:?}");
        }
        assert_eq!(stage.leftovers().await, Vec::<String>::new());
    }
    stage.ends("diff --target before.sql", 0);
    let booked = application.judged(&stage.server.client("shop").await).await;
    println!("{count} times two runs there and back, {waited} that found the other one, {booked} bookings");
}

#[tokio::test]
async fn a_transaction_that_stays_open_holds_up_nobody_but_us() {
    let (count, seed) = asked();
    let open = Duration::from_secs(if count > 10 { 20 } else { 8 });
    let stage = Stage::new("").await;
    let application = Application::start(&stage.config(), 3, seed);
    let report = stage.server.client("shop").await;
    report
        .batch_execute("BEGIN; SELECT count(*) FROM account")
        .await
        .unwrap();
    let words = "apply --target after.sql --strategy online --phase expand --yes --allow tightens";
    let run = stage.command(&stage.url(), words).spawn().unwrap();
    let ended = tokio::task::spawn_blocking(move || run.wait_with_output().unwrap());
    tokio::time::sleep(open).await;
    assert!(!ended.is_finished(), "it does not wait for the report");
    report.batch_execute("COMMIT").await.unwrap();
    let output = ended.await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let slowest = application.slowest();
    println!("open for {open:?}: the slowest transaction of the application took {slowest} ms");
    // The longest lock timeout is 2 s; the rest is what a machine that is busy with other tests adds.
    assert!(
        slowest < 3_000,
        "a transaction of the application took {slowest} ms"
    );
    application.judged(&stage.server.client("shop").await).await;
}
