//! Transactional steps and statements that stand alone.

use schemaplan::execute::{ApplyError, Outcome, Refusal};
use schemaplan::step::{Phase, Precondition, TimeoutClass, Transaction};

use crate::fixture::{Fixture, all, done, plan, quick, step, table};

#[tokio::test]
async fn phases_run_one_after_another_and_are_remembered() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    assert_eq!(
        done(db.apply(&plan, &quick(&[Phase::Expand])).await),
        (vec![Phase::Expand, Phase::Migrate], 1)
    );
    assert_eq!(db.get("SELECT to_regclass('public.b') IS NULL").await, "true");
    assert_eq!(db.get("SELECT state FROM schemaplan.plan").await, "migrated");
    assert_eq!(done(db.apply(&plan, &quick(&[Phase::Expand])).await), (vec![], 0));
    assert_eq!(
        done(db.apply(&plan, &quick(&[Phase::Contract])).await),
        (vec![Phase::Contract], 1)
    );
    assert_eq!(db.get("SELECT state FROM schemaplan.plan").await, "contracted");
    assert_eq!(
        db.get("SELECT count(*) FROM schemaplan.attempt WHERE sqlstate IS NULL")
            .await,
        "2"
    );
    db.end().await;
}

#[tokio::test]
async fn contract_waits_for_migrate() {
    let db = Fixture::new().await;
    let plan = plan(vec![
        table(Phase::Expand, "a"),
        table(Phase::Migrate, "b"),
        table(Phase::Contract, "c"),
    ]);
    let outcome = db
        .apply(&plan, &quick(&[Phase::Expand, Phase::Contract]))
        .await
        .unwrap();
    assert_eq!(
        outcome,
        Outcome::Refused(Refusal::EarlierPhase {
            wanted: Phase::Contract,
            missing: Phase::Migrate
        })
    );
    assert_eq!(db.get("SELECT to_regclass('public.a') IS NULL").await, "true");
    db.end().await;
}

#[tokio::test]
async fn a_failure_leaves_earlier_steps_and_the_next_run_finishes() {
    let db = Fixture::with("CREATE TABLE public.t (id integer); INSERT INTO public.t VALUES (1), (1)").await;
    let unique = "ALTER TABLE public.t ADD CONSTRAINT t_key UNIQUE (id)";
    let plan = plan(vec![
        table(Phase::Expand, "a"),
        step(
            Phase::Expand,
            "Add key t_key to public.t",
            &["ALTER TABLE public.t ADD COLUMN m integer", unique],
            &[],
            "",
        ),
        table(Phase::Expand, "b"),
    ]);
    let Err(ApplyError::Step(failure)) = db.apply(&plan, &all()).await else {
        panic!("duplicates were accepted");
    };
    assert_eq!(failure.step.number, 2);
    assert_eq!(failure.statement, unique);
    assert_eq!(failure.words.sqlstate.as_deref(), Some("23505"));
    assert!(
        failure.words.detail.as_deref().unwrap().contains("(id)=(1)"),
        "{:?}",
        failure.words
    );
    assert_eq!(
        (failure.done.as_slice(), failure.not_run.as_slice()),
        (&[1][..], &[2, 3][..])
    );
    assert!(failure.next.contains("step 2"), "{}", failure.next);
    // The failed step is gone as a whole.
    assert_eq!(
        db.get("SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.t'::regclass AND attname = 'm'")
            .await,
        "0"
    );
    assert_eq!(
        db.get("SELECT sqlstate FROM schemaplan.attempt WHERE step_no = 2")
            .await,
        "23505"
    );
    db.run("DELETE FROM public.t").await;
    assert_eq!(done(db.apply(&plan, &all()).await), (Phase::ALL.to_vec(), 2));
    db.end().await;
}

#[tokio::test]
async fn a_lost_journal_is_made_up_for_by_the_catalog() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Expand, "b")]);
    done(db.apply(&plan, &all()).await);
    db.run("DROP SCHEMA schemaplan CASCADE; DROP TABLE public.b")
        .await;
    assert_eq!(done(db.apply(&plan, &all()).await), (Phase::ALL.to_vec(), 1));
    db.end().await;
}

#[tokio::test]
async fn a_precondition_that_fails_asks_for_a_new_plan() {
    let db = Fixture::with(
        "CREATE TABLE public.t (id integer); INSERT INTO public.t SELECT generate_series(1, 5000)",
    )
    .await;
    let mut small = step(
        Phase::Expand,
        "Add a key",
        &["ALTER TABLE public.t ADD PRIMARY KEY (id)"],
        &[],
        "",
    );
    small.preconditions.push(Precondition {
        holds: "pg_total_relation_size('public.t') < 8192".to_owned(),
        otherwise: "public.t has grown".to_owned(),
        replan: true,
        rows: None,
    });
    let outcome = db.apply(&plan(vec![small]), &all()).await.unwrap();
    let Outcome::Refused(Refusal::Replan { step, otherwise }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((step.number, otherwise.as_str()), (1, "public.t has grown"));
    db.end().await;
}

fn index_step(sql: &str) -> schemaplan::step::Step {
    let mut build = step(
        Phase::Migrate,
        "Build index t_id on public.t",
        &[sql],
        &["DROP INDEX CONCURRENTLY public.t_id"],
        "EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('public.t_id') AND indisvalid)",
    );
    build.transaction = Transaction::None;
    build.timeout = TimeoutClass::Long;
    build
}

#[tokio::test]
async fn an_interrupted_index_is_dropped_and_built_again() {
    let db = Fixture::with("CREATE TABLE public.t (id integer); INSERT INTO public.t VALUES (1), (1)").await;
    let create = "CREATE UNIQUE INDEX CONCURRENTLY t_id ON public.t (id)";
    // What a killed build leaves behind.
    assert!(db.client().batch_execute(create).await.is_err());
    assert_eq!(
        db.get("SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.t_id'::regclass")
            .await,
        "false"
    );
    let plan = plan(vec![index_step(create)]);
    let Err(ApplyError::Step(failure)) = db.apply(&plan, &all()).await else {
        panic!("duplicates were accepted");
    };
    assert_eq!(failure.words.sqlstate.as_deref(), Some("23505"));
    // It is cleared away: an invalid unique index would still reject rows.
    assert_eq!(db.get("SELECT to_regclass('public.t_id') IS NULL").await, "true");
    db.run("DELETE FROM public.t").await;
    let _ = db
        .client()
        .batch_execute("INSERT INTO public.t VALUES (1), (2)")
        .await;
    assert_eq!(done(db.apply(&plan, &all()).await).1, 1);
    assert_eq!(
        db.get("SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.t_id'::regclass")
            .await,
        "true"
    );
    db.end().await;
}

#[tokio::test]
async fn of_several_indexes_the_missing_ones_are_built() {
    let db = Fixture::with(
        "CREATE TABLE public.t (id integer, n integer); INSERT INTO public.t VALUES (1, 1), (2, 1)",
    )
    .await;
    let mut build = index_step("CREATE INDEX CONCURRENTLY t_id ON public.t (id)");
    build.up = schemaplan::step::Action::Statements(crate::fixture::statements(&[
        "CREATE INDEX CONCURRENTLY t_id ON public.t (id)",
        "COMMENT ON INDEX public.t_id IS 'first'",
        "CREATE UNIQUE INDEX CONCURRENTLY t_n ON public.t (n)",
    ]));
    build.done_when = schemaplan::step::DoneWhen::Holds("to_regclass('public.t_n') IS NOT NULL".to_owned());
    let plan = plan(vec![build]);
    assert!(db.apply(&plan, &all()).await.is_err());
    let first = db.get("SELECT 'public.t_id'::regclass::oid").await;
    assert_eq!(
        db.get("SELECT last_key ->> 'part' FROM schemaplan.step").await,
        "2"
    );
    db.run("UPDATE public.t SET n = id").await;
    done(db.apply(&plan, &all()).await);
    assert_eq!(db.get("SELECT 'public.t_id'::regclass::oid").await, first);
    db.end().await;
}

#[tokio::test]
async fn statements_that_did_nothing_are_not_believed() {
    let db = Fixture::with("CREATE TABLE public.t (id integer)").await;
    let mut build = index_step("CREATE INDEX CONCURRENTLY other ON public.t (id)");
    build.title = "Build the wrong index".to_owned();
    let Err(ApplyError::Step(failure)) = db.apply(&plan(vec![build]), &all()).await else {
        panic!("a wrong index was taken for the right one");
    };
    assert!(
        failure.words.message.contains("the catalog does not show"),
        "{}",
        failure.words
    );
    db.end().await;
}
