//! Runs: from the first diff to the rollback, two at once, stopped in the middle.

use super::stage::{Database, Stage};
use std::process::Child;
use std::time::{Duration, Instant};

const BEFORE: &str = "CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL, fax text);
INSERT INTO customer SELECT n, 'name ' || n, 'fax ' || n FROM generate_series(1, 2000) AS n;";

const AFTER: &str = "create table customer (
    id bigint primary key,
    name text not null,
    -- schemaplan: backfill 'basic'
    tier text not null
);
create index customer_tier_idx on customer (tier);
";

async fn shop() -> (Database, Stage) {
    let database = Database::with(BEFORE).await;
    let stage = Stage::on(&database);
    stage.file("schema/customer.sql", AFTER);
    (database, stage)
}

#[tokio::test(flavor = "current_thread")]
async fn there_and_back_phase_by_phase() {
    let (database, mut stage) = shop().await;
    stage
        .run("diff")
        .run("plan --strategy online --out plans --name tiers --id 1")
        .run("plan --check --strategy online");
    for phase in ["expand", "migrate"] {
        stage.run(&format!("apply --plan plans/1_tiers --phase {phase} --yes"));
    }
    stage
        .run("status")
        .run("diff")
        .run("apply --plan plans/1_tiers --yes");
    stage
        .run("apply --plan plans/1_tiers --phase contract --yes")
        .run("status")
        .run("diff");
    stage.run("apply --plan plans/1_tiers --yes");
    assert_eq!(
        database
            .get("SELECT count(*) FROM customer WHERE tier = 'basic'")
            .await,
        "2000"
    );
    stage
        .run("rollback --yes --phase all")
        .run("status")
        .matches("there-and-back");
    assert_eq!(
        database
            .get("SELECT count(*) FROM customer WHERE fax = 'fax ' || id")
            .await,
        "2000"
    );
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_run_goes_on_and_another_goal_is_refused() {
    let (database, mut stage) = shop().await;
    stage.run("apply --strategy online --yes --allow tightens");
    stage.file(
        "schema/customer.sql",
        &AFTER.replace("tier text not null", "tier varchar(20) not null"),
    );
    stage.run("apply --strategy online --yes");
    stage.file("schema/customer.sql", AFTER);
    stage
        .run("apply --strategy online --phase contract --yes")
        .matches("another-goal");
    database.end().await;
}

/// The help says what gives a damaged journal up; the catalog alone then says what is left.
#[tokio::test(flavor = "current_thread")]
async fn a_journal_that_has_lost_a_table() {
    let (database, mut stage) = shop().await;
    stage.run("apply --strategy online --yes --allow tightens --phase expand");
    database.run("DROP TABLE schemaplan.step CASCADE").await;
    stage
        .run("diff")
        .run("status")
        .run("apply --strategy online --yes --phase all --allow all");
    database
        .run(
            "DROP TABLE IF EXISTS schemaplan.format, schemaplan.lease, schemaplan.plan, schemaplan.step, schemaplan.attempt, \
             schemaplan.purged, schemaplan.released, schemaplan.at_work, schemaplan.waiting CASCADE",
        )
        .await;
    stage
        .run("apply --strategy online --yes --phase all --allow all")
        .run("diff")
        .matches("journal-without-a-table");
    database.end().await;
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An `apply` that waits for a lock that another session holds.
async fn held_up(database: &Database, stage: &Stage) -> Child {
    database
        .run("BEGIN; LOCK TABLE customer IN ACCESS SHARE MODE")
        .await;
    let child = stage
        .command(&["apply", "--strategy", "online", "--phase", "all", "--yes"])
        .spawn()
        .unwrap();
    let waits = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'customer'::regclass AND NOT granted";
    let began = Instant::now();
    while database.get(waits).await != "true" {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the run never waits for the lock"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child
}

#[tokio::test(flavor = "current_thread")]
async fn two_at_once() {
    let (database, mut stage) = shop().await;
    let first = held_up(&database, &stage).await;
    stage.run("apply --strategy online --phase all --yes");
    database.run("COMMIT").await;
    let output = first.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    stage.run("diff").matches("two-at-once");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn stopped_by_a_signal_and_run_again() {
    let (database, mut stage) = shop().await;
    let first = held_up(&database, &stage).await;
    let pid = nix::unistd::Pid::from_raw(i32::try_from(first.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = first.wait_with_output().unwrap();
    database.run("COMMIT").await;
    stage.note("apply --strategy online --phase all --yes (with Ctrl-C)", &output);
    stage
        .run("apply --strategy online --phase all --yes")
        .run("diff")
        .matches("stopped");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn ctrl_c_in_the_middle_of_a_backfill() {
    let (database, mut stage) = shop().await;
    // Every row takes its time, so that there is a middle.
    database
        .run("INSERT INTO customer SELECT n, 'name', NULL FROM generate_series(2001, 30000) AS n;
              CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id % 100 = 0 THEN PERFORM pg_sleep(0.02); END IF; RETURN NEW; END $$;
              CREATE TRIGGER slow BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION slow()")
        .await;
    let more = "create function slow() returns trigger language plpgsql as $$ begin if new.id % 100 = 0 then perform pg_sleep(0.02); end if; return new; end $$;
create trigger slow before update on customer for each row execute function slow();\n";
    let function = database.get("SELECT pg_get_functiondef('slow'::regproc)").await;
    let trigger = more.lines().nth(1).unwrap();
    stage.file("schema/slow.sql", &format!("{function};\n{trigger}\n"));
    let child = stage
        .command(&["apply", "--strategy", "online", "--phase", "all", "--yes"])
        .spawn()
        .unwrap();
    let began = Instant::now();
    let some = "SELECT coalesce(max(rows_done), 0) > 0 FROM schemaplan.step";
    loop {
        let journal = database
            .get("SELECT to_regclass('schemaplan.step') IS NOT NULL")
            .await
            == "true";
        if journal && database.get(some).await == "true" {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "the backfill never begins"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let done: i64 = database
        .get("SELECT count(*) FROM customer WHERE tier = 'basic'")
        .await
        .parse()
        .unwrap();
    assert!(done > 0 && done < 30000, "stopped in the middle: {done}");
    let again = stage
        .command(&["apply", "--strategy", "online", "--phase", "all", "--yes"])
        .output()
        .unwrap();
    assert_eq!(
        again.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(
        database
            .get("SELECT count(*) FROM customer WHERE tier = 'basic'")
            .await,
        "30000"
    );
    wait_until("the transcript folder is there", || stage.path("schema").is_dir());
    stage.run("diff").matches("stopped-backfill");
    database.end().await;
}
