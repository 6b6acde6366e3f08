//! An application that writes while a plan runs, and knows what has to be there.
//!
//! Every transaction books an amount: a row of its own in `booking`, and the sum in `account`. What was acknowledged must be there,
//! and whatever is there must add up, also where nobody knows whether a commit came through.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio_postgres::{Client, Config, NoTls};

pub const ACCOUNTS: i32 = 4_000;

/// The schema before.
pub const BEFORE: &str = "CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, note text, city text NOT NULL DEFAULT 'Oslo');
CREATE TABLE booking (id bigint PRIMARY KEY, account int NOT NULL REFERENCES account, amount int NOT NULL);
CREATE INDEX booking_account_idx ON booking (account);
";

/// And after: a type change, a rename, a column that goes, an index, a constraint, and a column with a value for every row.
pub const AFTER: &str = "CREATE TABLE account (
    id int PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance > -2000000000),
    -- schemaplan: renamed from note
    remark text,
    -- schemaplan: backfill 'basic'
    tier text NOT NULL DEFAULT 'basic'
);
CREATE TABLE booking (id bigint PRIMARY KEY, account int NOT NULL REFERENCES account, amount int NOT NULL);
CREATE INDEX booking_account_idx ON booking (account);
CREATE INDEX account_balance_idx ON account (balance);
";

/// Rows to begin with.
pub fn rows() -> String {
    format!(
        "INSERT INTO account SELECT n, 0, 'note ' || n, 'city ' || n FROM generate_series(1, {ACCOUNTS}) AS n"
    )
}

/// Writers, until they are stopped.
pub struct Application {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<i64>>>,
    refused: Arc<Mutex<Vec<String>>>,
    slowest: Arc<AtomicU64>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Application {
    /// Starts so many writers on a server, whose connection may be lost at any time.
    pub fn start(config: &Config, writers: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let refused = Arc::new(Mutex::new(Vec::new()));
        let slowest = Arc::new(AtomicU64::new(0));
        let writers = (0..writers)
            .map(|number| {
                let (config, stop, slowest) = (config.clone(), Arc::clone(&stop), Arc::clone(&slowest));
                let (acknowledged, refused) = (Arc::clone(&acknowledged), Arc::clone(&refused));
                let mut random = SmallRng::seed_from_u64(seed ^ (number + 1));
                tokio::spawn(async move {
                    let mut client = None;
                    let mut id = i64::try_from(number).unwrap() * 1_000_000_000;
                    while !stop.load(Ordering::Relaxed) {
                        let Some(open) = &client else {
                            client = connected(&config).await;
                            tokio::time::sleep(Duration::from_millis(20)).await;
                            continue;
                        };
                        id += 1;
                        let account = random.random_range(1..=ACCOUNTS);
                        let began = Instant::now();
                        match book(open, id, account, random.random_range(-50..=50)).await {
                            Ok(()) => {
                                acknowledged.lock().unwrap().insert(id);
                                let took = u64::try_from(began.elapsed().as_millis()).unwrap();
                                slowest.fetch_max(took, Ordering::Relaxed);
                            }
                            Err(error) => {
                                match error.as_db_error() {
                                    // The server shuts down, is ended, or starts.
                                    Some(said) if !said.code().code().starts_with("57") => {
                                        refused.lock().unwrap().push(format!(
                                            "{}: {}",
                                            said.code().code(),
                                            said.message()
                                        ));
                                    }
                                    _ => {}
                                }
                                client = None;
                            }
                        }
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                })
            })
            .collect();
        Self {
            stop,
            acknowledged,
            refused,
            slowest,
            writers,
        }
    }

    /// The longest that a transaction took, milliseconds.
    pub fn slowest(&self) -> u64 {
        self.slowest.load(Ordering::Relaxed)
    }

    /// Stops the writers and holds what is there against what they wrote; returns how many transactions that were.
    pub async fn judged(self, client: &Client) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        assert_eq!(
            *self.refused.lock().unwrap(),
            Vec::<String>::new(),
            "statements of the application failed"
        );
        let there: BTreeSet<i64> = client
            .query("SELECT id FROM booking", &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        let lost: Vec<i64> = self
            .acknowledged
            .lock()
            .unwrap()
            .difference(&there)
            .copied()
            .collect();
        assert_eq!(
            lost,
            Vec::<i64>::new(),
            "bookings that were acknowledged are gone"
        );
        let sums = "SELECT count(*) FROM account AS a LEFT JOIN (SELECT account, sum(amount) AS sum FROM booking GROUP BY account) AS b \
                    ON b.account = a.id WHERE a.balance <> coalesce(b.sum, 0)";
        let wrong: i64 = client.query_one(sums, &[]).await.unwrap().get(0);
        assert_eq!(wrong, 0, "balances that do not add up");
        there.len()
    }
}

async fn connected(config: &Config) -> Option<Client> {
    let (client, connection) = config.connect(NoTls).await.ok()?;
    tokio::spawn(connection);
    Some(client)
}

/// As code before and after the change books: it names columns that both schemas have.
async fn book(client: &Client, id: i64, account: i32, amount: i32) -> Result<(), tokio_postgres::Error> {
    let sql = format!(
        "BEGIN; UPDATE account SET balance = balance + ({amount}) WHERE id = {account}; \
         INSERT INTO booking (id, account, amount) VALUES ({id}, {account}, {amount}); COMMIT"
    );
    client.batch_execute(&sql).await
}
