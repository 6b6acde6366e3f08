//! Rows that get another key while a table that was merged into another comes back and is brought up to date.

use super::live::{Bench, catalog, session, there};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::SessionSettings;
use schemaplan::execute::{self, ApplyOptions, Outcome, Progress, RollbackScope};
use schemaplan::plan::{PlanStep, compile};
use schemaplan::step::Phase;
use std::time::Duration;
use tokio_postgres::{Config, NoTls};

const FROM: &str = "CREATE TABLE item (id integer PRIMARY KEY);
    CREATE TABLE remark (item_id integer PRIMARY KEY REFERENCES item ON UPDATE CASCADE ON DELETE CASCADE, note text);
    INSERT INTO item SELECT n FROM generate_series(1, 3000) AS n;
    INSERT INTO remark SELECT n, 'old' FROM generate_series(1, 3000) AS n;";
const TO: &str = "-- schemaplan: merge from remark (note) on id = remark.item_id
    CREATE TABLE item (id integer PRIMARY KEY, note text);";

/// What new code writes while the other table is away.
const AWAY: &str = "UPDATE item SET note = 'new' || id; DELETE FROM item WHERE id % 100 = 99";
/// Each row says under which key its note was written.
const WRONG: &str = "SELECT count(*) FROM item AS i LEFT JOIN remark AS r ON r.item_id = i.id
    WHERE i.note IS DISTINCT FROM 'new' || i.id % 100000 OR r.note IS DISTINCT FROM i.note";
const STRAY: &str = "SELECT count(*) FROM remark WHERE item_id NOT IN (SELECT id FROM item)";

/// New code, at work behind every batch: rows of all parts of the table get keys behind
/// the last one of all, where no batch comes any more.
struct NewCode {
    config: Config,
    batches: u32,
}

impl Progress for NewCode {
    fn batch_done(&mut self, _: &PlanStep, _: u64, _: Option<u64>, _: Duration) {
        let sql = format!(
            "UPDATE item SET id = id + {} WHERE id < 100000 AND id % 100 = {}",
            (self.batches + 1) * 100_000,
            self.batches
        );
        self.batches += 1;
        let config = self.config.clone();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let (client, connection) = config.connect(NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                client.batch_execute(&sql).await.unwrap();
                drop(client);
                connection.await.unwrap().unwrap();
            });
        };
        std::thread::spawn(work).join().unwrap();
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_new_code_has_written_stays_while_the_merged_table_comes_back() {
    let bench = Bench::start(None).await;
    let live = bench.scratch(&SessionSettings::default()).await.unwrap();
    live.client.batch_execute(FROM).await.unwrap();
    live.client.batch_execute("ANALYZE").await.unwrap();
    let (before, target) = (catalog(&live).await.unwrap(), bench.desired_of(TO).await.unwrap());
    let policy = Policy {
        strategy: StrategyChoice::Online,
        ..Policy::default()
    };
    let plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
    let options = ApplyOptions {
        accept_loss: true,
        ..ApplyOptions::default()
    };
    there(&live, &plan, &Phase::ALL, None, &options).await.unwrap();
    live.client.batch_execute(AWAY).await.unwrap();
    let mut code = NewCode {
        config: live.connect_options().clone(),
        batches: 0,
    };
    let scope = RollbackScope::Phase(Phase::Contract);
    let mut runner = session(&live).await.unwrap();
    let outcome = execute::rollback(&mut runner, None, scope, &options, &mut code).await;
    assert!(matches!(outcome, Ok(Outcome::Done { .. })), "{outcome:?}");
    // Three thousand rows are three batches and more: of both weedings, and of what is brought up to date.
    assert!(code.batches >= 9, "{} batches", code.batches);
    for count in [WRONG, STRAY] {
        let row = live.client.query_one(count, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0, "{count}");
    }
    let _ = live.close().await;
    bench.stop().await;
}
