//! Taking back what was applied, and applying it again.

use std::time::Duration;

use schemaplan::execute::{
    ApplyError, ApplyOptions, Outcome, Progress, Refusal, RollbackScope, Silent, StopReason, rollback,
    stop_signal,
};
use schemaplan::plan::{Plan, PlanStep};
use schemaplan::step::{Action, Phase, TimeoutClass, Transaction, Undo};

use crate::batches::{ROWS, fill, key, verify};
use crate::fixture::{Fixture, all, done, plan, quick, statements, step, table};

pub async fn back(db: &Fixture, scope: RollbackScope, options: &ApplyOptions) -> Result<Outcome, ApplyError> {
    rollback(&mut db.session().await, None, scope, options, &mut Silent).await
}

fn drop_b() -> schemaplan::step::Step {
    step(
        Phase::Contract,
        "Drop column b of public.t",
        &["ALTER TABLE public.t DROP COLUMN b"],
        &["ALTER TABLE public.t ADD COLUMN b integer"],
        "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.t') AND attname = 'b')",
    )
}

/// Expand adds a column, migrate fills it and builds an index, contract drops another column.
fn three_phases() -> Plan {
    let mut index = step(
        Phase::Migrate,
        "Build index t_c",
        &["CREATE INDEX CONCURRENTLY t_c ON public.t (c)"],
        &[],
        "EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('public.t_c') AND indisvalid)",
    );
    index.transaction = Transaction::None;
    index.timeout = TimeoutClass::Long;
    index.undo = Undo::Run {
        action: Action::Statements(statements(&["DROP INDEX CONCURRENTLY public.t_c"])),
        outside_transaction: true,
    };
    plan(vec![
        step(
            Phase::Expand,
            "Add column c to public.t",
            &["ALTER TABLE public.t ADD COLUMN c integer"],
            &["ALTER TABLE public.t DROP COLUMN c"],
            "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.t') AND attname = 'c')",
        ),
        fill(key(&[("id", "integer")])),
        index,
        drop_b(),
    ])
}

async fn shop() -> Fixture {
    Fixture::with(&format!(
        "CREATE TABLE public.t (id integer PRIMARY KEY, a integer, b integer); \
         INSERT INTO public.t SELECT g, g, g FROM generate_series(1, {ROWS}) AS g"
    ))
    .await
}

const COLUMNS: &str = "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute \
     WHERE attrelid = 'public.t'::regclass AND attnum > 0 AND NOT attisdropped";
const STATE: &str = "SELECT state FROM schemaplan.plan";

#[tokio::test]
async fn phases_go_back_one_by_one() {
    let db = shop().await;
    done(db.apply(&three_phases(), &all()).await);
    assert_eq!(db.get(COLUMNS).await, "id a c");
    assert_eq!(
        done(back(&db, RollbackScope::NewestPhase, &all()).await),
        (vec![Phase::Contract], 1)
    );
    assert_eq!(
        (db.get(COLUMNS).await.as_str(), db.get(STATE).await.as_str()),
        ("id a c b", "migrated")
    );
    assert_eq!(
        done(back(&db, RollbackScope::NewestPhase, &all()).await),
        (vec![Phase::Migrate], 2)
    );
    assert_eq!(db.get("SELECT to_regclass('public.t_c') IS NULL").await, "true");
    assert_eq!(
        done(back(&db, RollbackScope::NewestPhase, &all()).await),
        (vec![Phase::Expand], 1)
    );
    assert_eq!(
        (db.get(COLUMNS).await.as_str(), db.get(STATE).await.as_str()),
        ("id a b", "undone")
    );
    let nothing = back(&db, RollbackScope::NewestPhase, &all()).await.unwrap();
    assert_eq!(nothing, Outcome::Refused(Refusal::NothingToUndo));
    db.end().await;
}

#[tokio::test]
async fn all_of_it_at_once_and_once_more_up() {
    let db = shop().await;
    for _ in 0..2 {
        done(db.apply(&three_phases(), &all()).await);
        assert_eq!(db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await, "0");
        let phases = vec![Phase::Contract, Phase::Migrate, Phase::Expand];
        assert_eq!(done(back(&db, RollbackScope::All, &all()).await).0, phases);
        assert_eq!(db.get(COLUMNS).await, "id a b");
    }
    assert_eq!(
        db.get("SELECT string_agg(state, ' ') FROM schemaplan.plan").await,
        "undone undone"
    );
    db.end().await;
}

#[tokio::test]
async fn apply_goes_on_after_contract_was_taken_back() {
    let db = shop().await;
    done(db.apply(&three_phases(), &all()).await);
    done(back(&db, RollbackScope::Phase(Phase::Contract), &all()).await);
    assert_eq!(
        done(db.apply(&three_phases(), &quick(&[Phase::Contract])).await),
        (vec![Phase::Contract], 1)
    );
    assert_eq!(db.get(COLUMNS).await, "id a c");
    assert_eq!(db.get("SELECT count(*) FROM schemaplan.plan").await, "1");
    db.end().await;
}

#[tokio::test]
async fn an_earlier_phase_waits_for_the_later_one() {
    let db = shop().await;
    done(db.apply(&three_phases(), &all()).await);
    let outcome = back(&db, RollbackScope::Phase(Phase::Expand), &all())
        .await
        .unwrap();
    let refused = Refusal::LaterPhase {
        wanted: Phase::Expand,
        later: Phase::Contract,
    };
    assert_eq!(outcome, Outcome::Refused(refused));
    db.end().await;
}

#[tokio::test]
async fn a_phase_that_failed_half_way_goes_back() {
    let db = shop().await;
    let mut steps: Vec<_> = three_phases().steps.into_iter().map(|each| each.step).collect();
    steps.insert(
        3,
        step(Phase::Migrate, "Break", &["SELECT 1/0"], &["SELECT 1/0"], ""),
    );
    assert!(db.apply(&plan(steps), &all()).await.is_err());
    assert_eq!(
        done(back(&db, RollbackScope::NewestPhase, &all()).await).0,
        vec![Phase::Migrate]
    );
    assert_eq!(db.get(STATE).await, "expanded");
    assert_eq!(
        done(back(&db, RollbackScope::All, &all()).await).0,
        vec![Phase::Expand]
    );
    assert_eq!(
        (db.get(COLUMNS).await.as_str(), db.get(STATE).await.as_str()),
        ("id a b", "undone")
    );
    db.end().await;
}

#[tokio::test]
async fn an_index_whose_build_was_killed_goes_back() {
    let db = shop().await;
    let mut index = three_phases().steps.remove(2).step;
    index.up = Action::Statements(statements(&[
        "CREATE UNIQUE INDEX CONCURRENTLY t_c ON public.t (a)",
    ]));
    index.phase = Phase::Expand;
    let plan = plan(vec![index, table(Phase::Expand, "other")]);
    db.run("UPDATE public.t SET a = 1 WHERE id < 3").await;
    assert!(db.apply(&plan, &all()).await.is_err());
    // As a kill would have left it.
    let left = db
        .client()
        .batch_execute("CREATE UNIQUE INDEX CONCURRENTLY t_c ON public.t (a)")
        .await;
    assert!(left.is_err());
    done(back(&db, RollbackScope::All, &all()).await);
    assert_eq!(db.get("SELECT to_regclass('public.t_c') IS NULL").await, "true");
    assert_eq!(db.get(STATE).await, "undone");
    db.end().await;
}

#[tokio::test]
async fn a_loss_is_refused_before_anything_runs_unless_accepted() {
    let db = shop().await;
    let mut lossy = drop_b();
    lossy.undo = Undo::Lossy {
        action: Action::Statements(statements(&["ALTER TABLE public.t ADD COLUMN b integer"])),
        reason: "the values of b were discarded".to_owned(),
    };
    done(
        db.apply(&plan(vec![lossy, table(Phase::Contract, "other")]), &all())
            .await,
    );
    let outcome = back(&db, RollbackScope::All, &all()).await.unwrap();
    let Outcome::Refused(Refusal::Loss(lost)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (lost[0].step.number, lost[0].reason.as_str()),
        (1, "the values of b were discarded")
    );
    assert_eq!(
        db.get("SELECT to_regclass('public.other') IS NOT NULL").await,
        "true"
    );
    let options = ApplyOptions {
        accept_loss: true,
        ..all()
    };
    done(back(&db, RollbackScope::All, &options).await);
    assert_eq!(db.get(COLUMNS).await, "id a b");
    db.end().await;
}

/// Dropping c can be taken back: the column again, its rows in batches, the proof.
fn drop_c() -> Plan {
    let mut drop = step(
        Phase::Contract,
        "Drop column c of public.t",
        &["ALTER TABLE public.t DROP COLUMN c"],
        &[],
        "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.t') AND attname = 'c')",
    );
    drop.undo = Undo::Run {
        action: Action::Sequence(vec![
            Action::Statements(statements(&["ALTER TABLE public.t ADD COLUMN c integer"])),
            fill(key(&[("id", "integer")])).up,
            verify(key(&[("id", "integer")])).up,
        ]),
        outside_transaction: false,
    };
    plan(vec![drop])
}

#[tokio::test]
async fn an_undo_of_several_parts_is_resumed_where_it_stopped() {
    struct StopAtFirstBatch(schemaplan::execute::Stopper);
    impl Progress for StopAtFirstBatch {
        fn batch_done(&mut self, _: &PlanStep, _: u64, _: Option<u64>, _: Duration) {
            self.0.stop();
        }
    }
    let db = shop().await;
    db.run("ALTER TABLE public.t ADD COLUMN c integer").await;
    done(db.apply(&drop_c(), &all()).await);
    let (stopper, stop) = stop_signal();
    let options = ApplyOptions { stop, ..all() };
    let mut session = db.session().await;
    let stopped = rollback(
        &mut session,
        None,
        RollbackScope::All,
        &options,
        &mut StopAtFirstBatch(stopper),
    )
    .await;
    assert!(
        matches!(
            stopped,
            Ok(Outcome::Stopped {
                why: StopReason::Signal,
                ..
            })
        ),
        "{stopped:?}"
    );
    assert_eq!(
        db.get("SELECT count(*) FROM public.t WHERE c IS NOT NULL").await,
        "1000"
    );
    // Half of it is back: going up again from here would believe that c is dropped.
    let refused = db.apply(&drop_c(), &all()).await;
    assert!(
        matches!(refused, Ok(Outcome::Refused(Refusal::Changed { .. }))),
        "{refused:?}"
    );
    done(back(&db, RollbackScope::All, &all()).await);
    assert_eq!(
        db.get("SELECT count(*) FROM public.t WHERE c = a + 1").await,
        ROWS.to_string()
    );
    assert_eq!(db.get(STATE).await, "undone");
    db.end().await;
}

#[tokio::test]
async fn without_a_journal_there_is_nothing_to_take_back() {
    let db = Fixture::new().await;
    let outcome = back(&db, RollbackScope::All, &all()).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::NothingToUndo));
    assert_eq!(
        db.get("SELECT to_regnamespace('schemaplan') IS NULL").await,
        "true"
    );
    db.end().await;
}
