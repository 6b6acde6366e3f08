//! The process is killed before and behind each statement that it sends: between steps, between a step and its journal row, before
//! and behind each COMMIT.

use std::process::Output;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::application::{ACCOUNTS, Application};
use super::proxy::{Proxy, Strike};
use super::stage::{Stage, asked, first, part, said};

const THERE: &str =
    "apply --target after.sql --strategy online --phase all --yes --batch-time 20ms --allow tightens";
const BACK: &str = "rollback --phase all --yes --batch-time 20ms";

struct Way<'a> {
    stage: &'a Stage,
    proxy: &'a Proxy,
    url: String,
}

impl Way<'_> {
    async fn run(&self, words: &str, strike: Option<(u64, bool)>) -> Output {
        let process = self.stage.command(&self.url, words).spawn().unwrap();
        let strike = strike.map(|(at, sent)| Strike {
            at,
            sent,
            process: process.id(),
        });
        self.proxy.count(strike);
        tokio::task::spawn_blocking(move || process.wait_with_output().unwrap())
            .await
            .unwrap()
    }

    /// Kills it at a statement and runs it again until its end; false where it came to its end before that statement.
    async fn survives(&self, words: &str, strike: (u64, bool)) -> bool {
        let first = self.run(words, Some(strike)).await;
        let struck = self.proxy.struck();
        let what = format!("{words}, killed at {strike:?}: {struck:?}");
        if struck.is_none() {
            assert_eq!(first.status.code(), Some(0), "{what}: {}", said(&first));
            return false;
        }
        let again = self.run(words, None).await;
        let said = said(&again);
        // There is nothing left to take back where the last statement had been sent.
        let none_left =
            words == BACK && again.status.code() == Some(3) && said.contains("nothing to roll back");
        assert!(
            again.status.code() == Some(0) || none_left,
            "{what}: {:?} {said}",
            again.status.code()
        );
        assert_eq!(
            self.stage.leftovers().await,
            Vec::<String>::new(),
            "left over after {what}"
        );
        true
    }
}

/// A table has room for 1,600 columns, dropped ones counted, and every round there and back takes three.
const ROUNDS: u64 = 200;

#[tokio::test]
async fn a_run_that_is_killed_at_any_statement_goes_on() {
    let (count, seed) = asked();
    let mut random = SmallRng::seed_from_u64(seed);
    let (mut next, mut struck) = (None, 0);
    while let Some(left) = rounds(count, seed, &mut random, next, &mut struck).await {
        next = Some(left);
    }
    assert!(struck > 0, "none of the kills came in time");
}

/// Kills at so many points as a table has room for; returns the next one.
async fn rounds(
    count: usize,
    seed: u64,
    random: &mut SmallRng,
    next: Option<u64>,
    struck: &mut u64,
) -> Option<u64> {
    let stage = Stage::new("").await;
    let proxy = Proxy::to(stage.server.port).await;
    let url = format!(
        "postgres://postgres@127.0.0.1:{}/shop?sslmode=disable",
        proxy.port
    );
    let way = Way {
        stage: &stage,
        proxy: &proxy,
        url,
    };
    let before = stage.dumped();
    let application = Application::start(&stage.config(), 2, seed);
    let mut statements = [0; 2];
    for (words, sent) in [THERE, BACK].iter().zip(&mut statements) {
        let output = way.run(words, None).await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        *sent = proxy.counted();
    }
    // Every statement where so many are asked for, else evenly chosen ones from a random first one on.
    let all = (statements[0] + statements[1]) * 2;
    let stride = (all / u64::try_from(count).unwrap()).max(1);
    let (part, of) = part();
    let mut next = next.unwrap_or_else(|| first() + random.random_range(0..stride) + part * stride);
    let mut left = ROUNDS;
    while next < all && left > 0 {
        left -= 1;
        let (at, sent) = (next / 2, next % 2 == 1);
        let (there, back) = match at < statements[0] {
            true => (Some((at + 1, sent)), None),
            false => (None, Some((at - statements[0] + 1, sent))),
        };
        for (words, strike) in [(THERE, there), (BACK, back)] {
            match strike {
                Some(strike) => *struck += u64::from(way.survives(words, strike).await),
                None => {
                    let output = way.run(words, None).await;
                    assert_eq!(output.status.code(), Some(0), "{words}: {}", said(&output));
                }
            }
            if words == THERE {
                stage.ends("diff --target after.sql", 0);
            }
        }
        assert_eq!(
            stage.dumped(),
            before,
            "the way back leads elsewhere after {there:?} {back:?}"
        );
        next += stride * of;
    }
    let client = stage.server.client("shop").await;
    let kept = "SELECT count(*) FROM account WHERE note = 'note ' || id AND city = 'city ' || id";
    let kept: i64 = client.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept, i64::from(ACCOUNTS), "rows that are not as they were");
    let booked = application.judged(&client).await;
    println!(
        "{statements:?} statements there and back, {struck} kills up to boundary {next} of {all}, {booked} bookings"
    );
    (next < all).then_some(next)
}
