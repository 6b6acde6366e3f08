//! Locks that others hold, two runs at once, and stopping.

use std::time::Duration;

use schemaplan::execute::{ApplyError, ApplyOptions, Blocker, Outcome, Progress, StopReason, stop_signal};
use schemaplan::plan::PlanStep;
use schemaplan::step::Phase;

use crate::fixture::{Fixture, all, done, plan, step, table};

#[derive(Default)]
struct Heard {
    blockers: Vec<Blocker>,
    retries: u32,
}

impl Progress for Heard {
    fn waiting_for_lock(&mut self, _: &PlanStep, _: u32, blockers: &[Blocker], _: u32) {
        self.blockers.extend_from_slice(blockers);
    }
    fn retrying(&mut self, _: &PlanStep, _: u32, _: Duration, _: &schemaplan::execute::DatabaseWords) {
        self.retries += 1;
    }
}

fn add_column() -> schemaplan::step::Step {
    step(
        Phase::Expand,
        "Add column n to public.t",
        &["ALTER TABLE public.t ADD COLUMN n integer"],
        &["ALTER TABLE public.t DROP COLUMN n"],
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.t') AND attname = 'n')",
    )
}

#[tokio::test]
async fn a_lock_that_is_not_won_stops_the_run_and_names_who_holds_it() {
    let db = Fixture::with("CREATE TABLE public.t (id integer)").await;
    db.run("SET application_name = 'nightly report'; BEGIN; SELECT * FROM public.t")
        .await;
    let options = ApplyOptions {
        max_attempts: 3,
        ..all()
    };
    let mut heard = Heard::default();
    let plan = plan(vec![table(Phase::Expand, "a"), add_column()]);
    let outcome = db.apply_telling(&plan, &options, &mut heard).await.unwrap();
    let Outcome::Stopped {
        at,
        why,
        done: finished,
        not_run,
        ..
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(at.unwrap().number, 2);
    assert_eq!((finished, not_run), (vec![1], vec![2]));
    let StopReason::LocksNotWon {
        attempts,
        words,
        blockers,
    } = why
    else {
        panic!("{why:?}");
    };
    assert_eq!(attempts, 3);
    assert_eq!(words.sqlstate.as_deref(), Some("55P03"));
    assert_eq!(blockers[0].application, "nightly report");
    assert_eq!(blockers[0].state, "idle in transaction");
    assert_eq!(heard.retries, 2);
    assert!(heard.blockers.len() >= 3);
    db.run("COMMIT").await;
    assert_eq!(
        db.get("SELECT count(*) FROM schemaplan.attempt WHERE sqlstate = '55P03'")
            .await,
        "3"
    );
    done(db.apply(&plan, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_a_lock() {
    let db = Fixture::with("CREATE TABLE public.t (id integer)").await;
    db.run("BEGIN; SELECT * FROM public.t").await;
    let (stopper, stop) = stop_signal();
    let options = ApplyOptions {
        stop,
        lock_timeout: Some(Duration::from_secs(20)),
        ..all()
    };
    let plan = plan(vec![add_column()]);
    let soon = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        stopper.stop();
    };
    let begin = std::time::Instant::now();
    let (outcome, ()) = tokio::join!(db.apply(&plan, &options), soon);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let outcome = outcome.unwrap();
    assert!(
        matches!(
            outcome,
            Outcome::Stopped {
                why: StopReason::Signal,
                ..
            }
        ),
        "{outcome:?}"
    );
    db.run("COMMIT").await;
    // The lease is given back: the next run need not wait.
    done(db.apply(&plan, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn the_second_of_two_runs_is_told_who_runs() {
    let db = Fixture::with("CREATE TABLE public.t (id integer)").await;
    db.run("BEGIN; SELECT * FROM public.t").await;
    let plan = plan(vec![add_column()]);
    let first = ApplyOptions {
        owner: "deploy-1/4711".to_owned(),
        lock_timeout: Some(Duration::from_secs(20)),
        ..all()
    };
    let second = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let refused = db.apply(&plan, &all()).await;
        db.run("COMMIT").await;
        refused
    };
    let (first, second) = tokio::join!(db.apply(&plan, &first), second);
    done(first);
    let error = second.unwrap_err();
    assert!(matches!(error, ApplyError::Held(_)), "{error}");
    assert!(error.to_string().contains("deploy-1/4711"), "{error}");
    db.end().await;
}

#[tokio::test]
async fn a_lease_whose_holder_is_gone_is_taken_over_at_once() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a")]);
    done(db.apply(&plan, &all()).await);
    db.run("UPDATE schemaplan.lease SET expires_at = clock_timestamp() + interval '1 hour', owner = 'dead', pid = 1").await;
    let next = crate::fixture::plan(vec![table(Phase::Expand, "b")]);
    done(db.apply(&next, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn a_runner_that_lost_the_lease_commits_nothing() {
    let db = Fixture::with("CREATE TABLE public.t (id integer)").await;
    db.run("BEGIN; SELECT * FROM public.t").await;
    let options = ApplyOptions {
        lock_timeout: Some(Duration::from_secs(20)),
        ..all()
    };
    let plan = plan(vec![add_column()]);
    let thief = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        db.run("UPDATE schemaplan.lease SET token = token + 1; COMMIT")
            .await;
    };
    let (outcome, ()) = tokio::join!(db.apply(&plan, &options), thief);
    let outcome = outcome.unwrap();
    assert!(
        matches!(
            outcome,
            Outcome::Stopped {
                why: StopReason::LeaseLost,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert_eq!(
        db.get("SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.t'::regclass AND attname = 'n'")
            .await,
        "0"
    );
    db.end().await;
}
