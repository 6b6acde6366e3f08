//! A backfill whose process is killed.

use std::time::Duration;

use schemaplan::execute::ApplyOptions;

use crate::batches::{Counted, ROWS, fill_and_verify, key, table};
use crate::fixture::{all, connector, done};

/// The process that `a_killed_backfill_goes_on_at_its_last_key` kills; on its own it does nothing.
#[tokio::test]
async fn backfill_to_be_killed() {
    let Ok(target) = std::env::var("SCHEMAPLAN_TEST_BACKFILL") else {
        return;
    };
    let config: tokio_postgres::Config = target.parse().unwrap();
    let mut session = schemaplan::execute::Session::open(connector(config))
        .await
        .unwrap();
    let run = schemaplan::execute::RunRef::New {
        last_seen: None,
        after: None,
    };
    let options = ApplyOptions {
        batch_pause_ratio: Some(20.0),
        ..all()
    };
    let plan = fill_and_verify(key(&[("id", "integer")]));
    let _ = schemaplan::execute::apply(
        &mut session,
        &plan,
        run,
        &options,
        &mut schemaplan::execute::Silent,
    )
    .await;
}

#[tokio::test]
async fn a_killed_backfill_goes_on_at_its_last_key() {
    let db = table(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
    )
    .await;
    let host = match &db.config.get_hosts()[0] {
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        tokio_postgres::config::Host::Tcp(host) => host.clone(),
    };
    let port = db.config.get_ports().first().copied().unwrap_or(5432);
    let (user, name) = (db.config.get_user().unwrap(), db.config.get_dbname().unwrap());
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::backfill_to_be_killed", "--nocapture"])
        .env(
            "SCHEMAPLAN_TEST_BACKFILL",
            format!("host={host} port={port} user={user} dbname={name}"),
        )
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let far = "SELECT coalesce(max((last_key #>> '{last,0}')::int), 0) FROM schemaplan.step";
    let begin = std::time::Instant::now();
    loop {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "the backfill does not start"
        );
        tokio::time::sleep(Duration::from_millis(30)).await;
        let begun = db.get("SELECT to_regclass('schemaplan.step') IS NOT NULL").await == "true";
        if begun && db.get(far).await.parse::<u32>().unwrap() > 2000 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let reached: u32 = db.get(far).await.parse().unwrap();
    assert!(reached < ROWS, "it had finished before it was killed");
    let filled: u32 = db
        .get("SELECT count(*) FROM public.t WHERE c IS NOT NULL")
        .await
        .parse()
        .unwrap();
    assert_eq!(filled, reached, "a batch and its key are one transaction");
    let mut counted = Counted::default();
    let plan = fill_and_verify(key(&[("id", "integer")]));
    done(db.apply_telling(&plan, &all(), &mut counted).await);
    assert_eq!(counted.rows, u64::from(ROWS));
    assert_eq!(
        db.get("SELECT count(*) FROM public.t WHERE c IS DISTINCT FROM a + 1")
            .await,
        "0"
    );
    assert_eq!(
        db.get("SELECT count(DISTINCT token) FROM schemaplan.attempt")
            .await,
        "1"
    );
    assert_eq!(db.get("SELECT token FROM schemaplan.lease").await, "2");
    db.end().await;
}
