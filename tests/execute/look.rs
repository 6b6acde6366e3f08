//! The look at rows before a run changes anything.

use std::time::Duration;

use schemaplan::execute::{
    Against, ApplyError, ApplyOptions, Outcome, Progress, Refusal, StopReason, stop_signal,
};
use schemaplan::model::{Kind, ObjectId, QualifiedName};
use schemaplan::plan::PlanStep;
use schemaplan::step::{Phase, Precondition, Step};

use crate::fixture::{Fixture, all, done, plan, quick, step, table};

fn demanding(phase: Phase, condition: &str) -> Step {
    let add = format!("ALTER TABLE public.t ADD CONSTRAINT small CHECK ({condition})");
    let mut step = step(phase, "Add small to public.t", &[&add], &[], "");
    step.preconditions.push(Precondition {
        holds: format!("NOT EXISTS (SELECT FROM public.t WHERE NOT ({condition}))"),
        otherwise: "rows of `public.t` are too great".to_owned(),
        replan: false,
        rows: Some(format!("SELECT n FROM public.t WHERE NOT ({condition})")),
    });
    step
}

/// A step that has nothing to do with the table of the others.
fn beside() -> Step {
    let mut step = table(Phase::Expand, "a");
    step.object = ObjectId::named(Kind::Table, &QualifiedName::new("public", "a"));
    step
}

#[derive(Default)]
struct Heard {
    looking: u32,
    later: Vec<String>,
}

impl Progress for Heard {
    fn looking(&mut self, _step: &PlanStep) {
        self.looking += 1;
    }

    fn rows_against(&mut self, against: &Against) {
        self.later.push(against.to_string());
    }
}

#[tokio::test]
async fn what_stands_in_a_later_phase_is_told_and_in_this_one_refused() {
    let db = Fixture::with("CREATE TABLE public.t (n integer); INSERT INTO public.t VALUES (5), (50), (500)")
        .await;
    let plan = plan(vec![beside(), demanding(Phase::Migrate, "n < 10")]);
    let mut heard = Heard::default();
    done(
        db.apply_telling(&plan, &quick(&[Phase::Expand]), &mut heard)
            .await,
    );
    assert_eq!(heard.later.len(), 1, "{:?}", heard.later);
    assert!(
        heard.later[0].ends_with("2 rows: {\"n\":50}, {\"n\":500}"),
        "{:?}",
        heard.later
    );
    let Ok(Outcome::Refused(Refusal::Rows(found))) = db.apply(&plan, &all()).await else {
        panic!("rows were not found");
    };
    assert_eq!(found.len(), 1);
    assert_eq!(
        db.get("SELECT count(*) FROM pg_constraint WHERE conname = 'small'")
            .await,
        "0"
    );
    db.run("DELETE FROM public.t WHERE n > 9").await;
    done(db.apply(&plan, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn what_cannot_be_asked_yet_is_asked_by_its_step_and_named_when_it_fails() {
    let db = Fixture::with("CREATE TABLE public.t (n integer); INSERT INTO public.t VALUES (5), (50)").await;
    // The column comes with the step before.
    let more = step(
        Phase::Expand,
        "Add more",
        &["ALTER TABLE public.t ADD COLUMN m integer DEFAULT 70"],
        &[],
        "",
    );
    let plan = plan(vec![more, demanding(Phase::Expand, "m < 10")]);
    let Err(ApplyError::Step(failure)) = db.apply(&plan, &all()).await else {
        panic!("rows were not found");
    };
    assert_eq!(failure.step.number, 2);
    assert_eq!(
        failure.words.detail.as_deref(),
        Some("2 rows: {\"n\":5}, {\"n\":50}")
    );
    db.end().await;
}

#[tokio::test]
async fn a_stop_ends_a_look_that_takes_long() {
    let db = Fixture::with("CREATE TABLE public.t (n integer); INSERT INTO public.t VALUES (5)").await;
    let (stopper, stop) = stop_signal();
    let options = ApplyOptions { stop, ..all() };
    let plan = plan(vec![
        beside(),
        demanding(Phase::Expand, "n < 10 AND pg_sleep(60) IS NOT NULL"),
    ]);
    let soon = async {
        tokio::time::sleep(Duration::from_millis(2600)).await;
        stopper.stop();
    };
    let mut heard = Heard::default();
    let begin = std::time::Instant::now();
    let (outcome, ()) = tokio::join!(db.apply_telling(&plan, &options, &mut heard), soon);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let why = match outcome.unwrap() {
        Outcome::Stopped { why, .. } => why,
        other => panic!("{other:?}"),
    };
    assert!(matches!(why, StopReason::Signal), "{why:?}");
    assert_eq!(heard.looking, 1);
    assert_eq!(db.get("SELECT to_regclass('public.a') IS NULL").await, "true");
    db.end().await;
}
