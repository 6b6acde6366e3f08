//! What `status` reads.

use schemaplan::execute::{Status, status};
use schemaplan::plan::Boundary;
use schemaplan::step::Phase;

use crate::fixture::{Fixture, all, done, plan, quick, step, table};

#[tokio::test]
async fn a_database_without_a_journal_has_an_empty_status() {
    let db = Fixture::new().await;
    assert_eq!(status(db.client(), None).await.unwrap(), Status::default());
    db.end().await;
}

#[tokio::test]
async fn a_plan_between_its_phases_says_what_it_waits_for() {
    let db = Fixture::new().await;
    let mut plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    plan.deploys.push(Boundary {
        before: Phase::Contract,
        what: "the code that reads a".to_owned(),
    });
    done(db.apply(&plan, &quick(&[Phase::Expand])).await);
    let read = status(db.client(), None).await.unwrap();
    let run = &read.runs[0];
    assert_eq!(run.next, Some(Phase::Contract));
    assert_eq!(run.waiting_for.as_ref().unwrap().what, "the code that reads a");
    let counts: Vec<(usize, usize, bool)> = run
        .phases
        .iter()
        .map(|phase| (phase.done, phase.steps, phase.complete))
        .collect();
    assert_eq!(counts, [(1, 1, true), (0, 0, true), (0, 1, false)]);
    assert!(read.is_in_flight());
    assert_eq!(read.running, None);
    done(db.apply(&plan, &all()).await);
    let read = status(db.client(), None).await.unwrap();
    assert!(!read.is_in_flight());
    assert_eq!(
        (read.runs[0].next, read.runs[0].waiting_for.clone()),
        (None, None)
    );
    db.end().await;
}

#[tokio::test]
async fn a_failed_step_is_in_flight_with_its_error() {
    let db = Fixture::new().await;
    let broken = plan(vec![
        table(Phase::Expand, "a"),
        step(Phase::Expand, "Break", &["SELECT 1/0"], &[], ""),
    ]);
    assert!(db.apply(&broken, &all()).await.is_err());
    let read = status(db.client(), None).await.unwrap();
    let failed = &read.runs[0].in_flight[0];
    assert_eq!((failed.step.number, failed.state.as_str()), (2, "failed"));
    assert_eq!(failed.last_error.as_deref(), Some("division by zero"));
    db.end().await;
}

#[tokio::test]
async fn leftovers_and_archives_are_named() {
    let db = Fixture::with(
        "CREATE TABLE public.t (id integer, schemaplan_new_id bigint); \
         ALTER TABLE public.t ADD CONSTRAINT schemaplan_todo_id CHECK (true) NOT VALID; INSERT INTO public.t VALUES (1), (1); \
         CREATE SCHEMA schemaplan_archive; CREATE TABLE schemaplan_archive.t_old_1a2b3c4d (id integer); \
         COMMENT ON TABLE schemaplan_archive.t_old_1a2b3c4d IS 'schemaplan:1 {}'",
    )
    .await;
    let broken = db
        .client()
        .batch_execute("CREATE UNIQUE INDEX CONCURRENTLY t_id ON public.t (id)")
        .await;
    assert!(broken.is_err());
    let read = status(db.client(), None).await.unwrap();
    let named: Vec<String> = read
        .leftovers
        .iter()
        .map(|each| format!("{} {} {}", each.kind, each.relation, each.name))
        .collect();
    assert_eq!(
        named,
        [
            "column public.t schemaplan_new_id",
            "constraint public.t schemaplan_todo_id",
            "invalid index public.t_id t_id",
        ]
    );
    assert_eq!(read.archives.len(), 1);
    assert_eq!(read.archives[0].name, "t_old_1a2b3c4d");
    assert_eq!(read.archives[0].holds, "schemaplan:1 {}");
    db.end().await;
}
