//! Several sessions that fill a table together.

use std::time::Duration;

use schemaplan::execute::{ApplyError, ApplyOptions, Outcome, Progress, StopReason, Stopper, stop_signal};
use schemaplan::plan::PlanStep;
use schemaplan::step::Key;

use crate::batches::{ROWS, fill_and_verify, filled, key, table, verify};
use crate::fixture::{all, done, plan};

fn four() -> ApplyOptions {
    ApplyOptions { workers: 4, ..all() }
}

async fn numbered() -> crate::fixture::Fixture {
    table(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
    )
    .await
}

#[tokio::test]
async fn an_integer_key() {
    filled(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
        "INSERT INTO public.t VALUES (1000000 + $n, 1); UPDATE public.t SET a = a WHERE id = $n * 7; \
         DELETE FROM public.t WHERE id = 50001 - $n",
        key(&[("id", "integer")]),
        &four(),
    )
    .await;
}

#[tokio::test]
async fn no_key_at_all() {
    filled(
        "note text",
        &format!("INSERT INTO public.t SELECT 'row ' || g, g FROM generate_series(1, {ROWS}) AS g"),
        "INSERT INTO public.t VALUES ('new', $n)",
        Key::Pages,
        &four(),
    )
    .await;
}

#[tokio::test]
async fn several_sessions_are_at_it() {
    let db = numbered().await;
    db.run(
        "ALTER TABLE public.t ADD by integer; \
         CREATE FUNCTION public.by() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.by := pg_backend_pid(); RETURN NEW; END'; \
         CREATE TRIGGER zz BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.by()",
    )
    .await;
    done(
        db.apply(&fill_and_verify(key(&[("id", "integer")])), &four())
            .await,
    );
    assert_eq!(db.get("SELECT count(DISTINCT by) FROM public.t").await, "4");
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'schemaplan/%' AND datname = current_database()";
    let begin = std::time::Instant::now();
    while db.get(left).await != "0" {
        assert!(begin.elapsed() < Duration::from_secs(10), "sessions stay behind");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    db.end().await;
}

#[tokio::test]
async fn a_verification_sums_what_all_of_them_find() {
    let db = numbered().await;
    let plan = plan(vec![verify(key(&[("id", "integer")]))]);
    for _ in 0..2 {
        let Err(ApplyError::Step(failure)) = db.apply(&plan, &four()).await else {
            panic!("unfilled rows were not seen");
        };
        let detail = failure.words.detail.as_deref();
        assert_eq!(detail, Some("50000 rows: id 1, 2, 3, 4, 5"));
    }
    db.end().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_filled_ends_all_and_what_lies_before_it_is_kept() {
    let db = numbered().await;
    db.run("ALTER TABLE public.t ADD CONSTRAINT small CHECK (c <> 30001) NOT VALID")
        .await;
    let plan = fill_and_verify(key(&[("id", "integer")]));
    let Err(ApplyError::Step(failure)) = db.apply(&plan, &four()).await else {
        panic!("the constraint was not seen");
    };
    assert!(
        failure.words.message.contains("\"small\""),
        "{}",
        failure.words.message
    );
    let reached: u32 = db
        .get("SELECT last_key #>> '{last,0}' FROM schemaplan.step")
        .await
        .parse()
        .unwrap();
    assert!(reached < 30_000, "the journal says {reached}");
    let before = format!("SELECT count(*) FROM public.t WHERE c IS NULL AND id <= {reached}");
    assert_eq!(db.get(&before).await, "0");
    db.run("ALTER TABLE public.t DROP CONSTRAINT small").await;
    done(db.apply(&plan, &four()).await);
    assert_eq!(db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await, "0");
    db.end().await;
}

#[tokio::test]
async fn a_locked_row_is_waited_for_while_the_others_go_on() {
    let db = numbered().await;
    db.run("BEGIN; SELECT FROM public.t WHERE id = 900 FOR UPDATE")
        .await;
    let options = ApplyOptions {
        lock_timeout: Some(Duration::from_millis(50)),
        ..four()
    };
    let plan = fill_and_verify(key(&[("id", "integer")]));
    // Until a session has found it locked.
    let free = async {
        for refused in [
            "SELECT count(*) > 0 FROM pg_class WHERE relname = 'attempt'",
            "SELECT count(*) > 0 FROM schemaplan.attempt WHERE sqlstate = '55P03'",
        ] {
            while db.get(refused).await != "true" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        db.run("COMMIT").await;
    };
    let free = tokio::time::timeout(Duration::from_secs(60), free);
    let (outcome, freed) = tokio::join!(db.apply(&plan, &options), free);
    freed.expect("no session has found the row locked");
    done(outcome);
    assert_eq!(db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await, "0");
    db.end().await;
}

#[tokio::test]
async fn a_stop_ends_behind_the_ranges_at_work_and_one_session_can_go_on_there() {
    struct StopAfter(u32, Stopper);
    impl Progress for StopAfter {
        fn batch_done(&mut self, _: &PlanStep, _: u64, _: Option<u64>, _: Duration) {
            self.0 = self.0.saturating_sub(1);
            if self.0 == 0 {
                self.1.stop();
            }
        }
    }
    let db = numbered().await;
    let (stopper, stop) = stop_signal();
    let options = ApplyOptions { stop, ..four() };
    let plan = fill_and_verify(key(&[("id", "integer")]));
    let outcome = db
        .apply_telling(&plan, &options, &mut StopAfter(3, stopper))
        .await
        .unwrap();
    let stopped = matches!(
        outcome,
        Outcome::Stopped {
            why: StopReason::Signal,
            ..
        }
    );
    assert!(stopped, "{outcome:?}");
    let reached = db
        .get("SELECT last_key #>> '{last,0}' FROM schemaplan.step")
        .await;
    let before = format!("SELECT count(*) FROM public.t WHERE c IS NULL AND id <= {reached}");
    assert_eq!(db.get(&before).await, "0");
    done(db.apply(&plan, &all()).await);
    assert_eq!(db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await, "0");
    db.end().await;
}
