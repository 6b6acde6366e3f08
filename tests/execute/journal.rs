//! The journal, and who may write it.

use schemaplan::execute::{
    ApplyError, LastRun, Outcome, Refusal, RollbackScope, RunRef, RunState, Silent, apply, newest_run,
};
use schemaplan::step::Phase;

use crate::fixture::{Fixture, all, done, plan, quick, step, table};
use crate::rollback::back;

#[tokio::test]
async fn the_journal_holds_the_whole_plan() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a")]);
    done(db.apply(&plan, &all()).await);
    let run = newest_run(db.client(), None).await.unwrap().unwrap();
    assert_eq!(run.plan, plan);
    db.end().await;
}

#[tokio::test]
async fn without_a_journal_nothing_is_read() {
    let db = Fixture::new().await;
    assert_eq!(newest_run(db.client(), None).await.unwrap(), None);
    db.end().await;
}

#[tokio::test]
async fn a_newer_journal_is_refused() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a")]);
    done(db.apply(&plan, &all()).await);
    db.run("UPDATE schemaplan.format SET version = 99").await;
    let error = db.apply(&plan, &all()).await.unwrap_err();
    assert!(
        matches!(error, ApplyError::NewerJournal { found: 99, .. }),
        "{error}"
    );
    db.end().await;
}

#[tokio::test]
async fn a_plan_of_a_newer_program_is_refused_with_its_version_and_not_as_damaged() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    done(db.apply(&plan, &quick(&[Phase::Expand])).await);
    db.run(
        "UPDATE schemaplan.plan SET format_version = 99, tool_version = '9.1', body_hash = NULL, \
         body = jsonb_set(body, '{steps,1,timeout}', '\"unheard of\"')",
    )
    .await;
    let error = db.apply(&plan, &all()).await.unwrap_err();
    let ApplyError::NewerPlan {
        run_no: 1,
        found: 99,
        tool_version,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(tool_version, "9.1");
    assert_eq!(db.get("SELECT to_regclass('public.b') IS NULL").await, "true");
    db.end().await;
}

#[tokio::test]
async fn a_plan_that_was_changed_in_the_journal_is_neither_run_nor_undone() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    done(db.apply(&plan, &quick(&[Phase::Expand])).await);
    let edit = "UPDATE schemaplan.plan SET body = jsonb_set(body, '{steps,1,title}', '\"Drop it all\"')";
    db.run(edit).await;
    for error in [
        db.apply(&plan, &all()).await.unwrap_err(),
        newest_run(db.client(), None).await.unwrap_err(),
    ] {
        assert!(
            matches!(error, ApplyError::EditedJournal { run_no: 1 }),
            "{error}"
        );
    }
    assert_eq!(db.get("SELECT to_regclass('public.b') IS NULL").await, "true");
    // As the help says.
    db.run("UPDATE schemaplan.plan SET state = 'undone', body_hash = NULL WHERE run_no = 1")
        .await;
    assert_eq!(newest_run(db.client(), None).await.unwrap(), None);
    db.end().await;
}

#[tokio::test]
async fn a_step_that_was_changed_in_the_journal_is_noticed_and_can_be_vouched_for() {
    let db = Fixture::new().await;
    let broken = step(Phase::Expand, "Break", &["SELECT 1/0"], &[], "");
    let plan = plan(vec![
        table(Phase::Expand, "a"),
        broken,
        table(Phase::Contract, "b"),
    ]);
    assert!(db.apply(&plan, &all()).await.is_err());
    assert!(db.apply(&plan, &all()).await.is_err());
    for (step, edit) in [
        (1, "state = 'failed'"),
        (1, "step_hash = 'x'"),
        (2, "state = 'done'"),
        (2, "last_key = '{\"part\": 1}'"),
    ] {
        db.run("CREATE TABLE public.kept AS SELECT * FROM schemaplan.step")
            .await;
        db.run(&format!(
            "UPDATE schemaplan.step SET {edit} WHERE step_no = {step}"
        ))
        .await;
        for error in [
            db.apply(&plan, &all()).await.unwrap_err(),
            schemaplan::execute::status(db.client(), None).await.unwrap_err(),
        ] {
            let ApplyError::EditedStep {
                run_no: 1,
                step: found,
                ..
            } = &error
            else {
                panic!("{edit}: {error}");
            };
            assert_eq!(*found, step, "{edit}");
            let hint = error.hint().unwrap();
            assert!(
                hint.contains(&format!("direction = 'up' AND step_no = {step}")),
                "{hint}"
            );
        }
        db.run("DELETE FROM schemaplan.attempt; DELETE FROM schemaplan.step; INSERT INTO schemaplan.step SELECT * FROM public.kept; DROP TABLE public.kept")
            .await;
        schemaplan::execute::status(db.client(), None).await.unwrap();
    }
    // As the help says.
    db.run("UPDATE schemaplan.step SET state = 'done', row_hash = NULL WHERE run_no = 1 AND direction = 'up' AND step_no = 2")
        .await;
    done(db.apply(&plan, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn a_step_that_was_deleted_from_the_journal_is_noticed_and_can_be_vouched_for() {
    let db = Fixture::new().await;
    let plan = plan(vec![
        table(Phase::Expand, "a"),
        table(Phase::Expand, "b"),
        table(Phase::Contract, "c"),
    ]);
    done(db.apply(&plan, &quick(&[Phase::Expand])).await);
    db.run("DELETE FROM schemaplan.attempt WHERE step_no = 2; DELETE FROM schemaplan.step WHERE step_no = 2")
        .await;
    for error in [
        db.apply(&plan, &all()).await.unwrap_err(),
        back(&db, RollbackScope::All, &all()).await.unwrap_err(),
        schemaplan::execute::status(db.client(), None).await.unwrap_err(),
    ] {
        let ApplyError::LostStep {
            run_no: 1, step: 2, ..
        } = &error
        else {
            panic!("{error}");
        };
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("VALUES (1, 'up', 2, '', 'done', 0)")
                && hint.contains("array_remove(steps, 'up 2') WHERE run_no = 1"),
            "{hint}"
        );
    }
    // As the help says. What a rollback takes back is no longer missed.
    db.run(
        "INSERT INTO schemaplan.step (run_no, direction, step_no, step_hash, state, token) VALUES (1, 'up', 2, '', 'done', 0)",
    )
    .await;
    done(db.apply(&plan, &all()).await);
    done(back(&db, RollbackScope::All, &all()).await);
    assert_eq!(
        db.get("SELECT array_to_string(steps, ', ') FROM schemaplan.plan")
            .await,
        "down 3, down 2, down 1"
    );
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(db.get(left).await, "0");
    schemaplan::execute::status(db.client(), None).await.unwrap();
    db.end().await;
}

#[tokio::test]
async fn a_step_that_an_older_program_wrote_is_believed() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    done(db.apply(&plan, &quick(&[Phase::Expand])).await);
    // Without a hash, under a token of its own.
    db.run("UPDATE schemaplan.step SET token = token + 1, rows_done = 7")
        .await;
    assert!(schemaplan::execute::status(db.client(), None).await.is_ok());
    db.run("ALTER TABLE schemaplan.step DROP COLUMN row_hash").await;
    assert!(schemaplan::execute::status(db.client(), None).await.is_ok());
    done(db.apply(&plan, &all()).await);
    assert_eq!(db.get("SELECT count(row_hash) FROM schemaplan.step").await, "1");
    db.end().await;
}

#[tokio::test]
async fn a_journal_of_before_the_hashes_is_brought_up_to_date() {
    let db = Fixture::new().await;
    let plan = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    done(db.apply(&plan, &quick(&[Phase::Expand])).await);
    db.run("ALTER TABLE schemaplan.plan DROP COLUMN body_hash").await;
    assert!(newest_run(db.client(), None).await.unwrap().is_some());
    done(db.apply(&plan, &all()).await);
    assert_eq!(db.get("SELECT count(body_hash) FROM schemaplan.plan").await, "0");
    db.end().await;
}

#[tokio::test]
async fn a_read_only_role_is_told_so_before_anything_is_written() {
    let db = Fixture::with("CREATE TABLE public.t (id integer)").await;
    let role = format!("reader_{}", std::process::id());
    db.run(&format!("CREATE ROLE {role} LOGIN")).await;
    let mut config = db.config.clone();
    config.user(&role);
    let refused = schemaplan::execute::Session::open(crate::fixture::connector(config)).await;
    let mut session = refused.expect("the role may connect");
    let run = RunRef::New {
        last_seen: None,
        after: None,
    };
    let error = apply(
        &mut session,
        &plan(vec![table(Phase::Expand, "a")]),
        run,
        &all(),
        &mut Silent,
    )
    .await
    .unwrap_err();
    assert!(matches!(error, ApplyError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains(&role), "{error}");
    assert!(error.hint().unwrap().contains("GRANT CREATE"), "{error:?}");
    assert_eq!(
        db.get("SELECT to_regnamespace('schemaplan') IS NULL").await,
        "true"
    );
    drop(session);
    db.run(&format!("DROP ROLE {role}")).await;
    db.end().await;
}

#[tokio::test]
async fn a_plan_made_before_another_run_is_stale() {
    let db = Fixture::new().await;
    done(db.apply(&plan(vec![table(Phase::Expand, "a")]), &all()).await);
    let mut session = db.session().await;
    let run = RunRef::New {
        last_seen: None,
        after: None,
    };
    let outcome = apply(
        &mut session,
        &plan(vec![table(Phase::Expand, "b")]),
        run,
        &all(),
        &mut Silent,
    )
    .await;
    assert!(
        matches!(outcome, Ok(Outcome::Refused(Refusal::Changed { .. }))),
        "{outcome:?}"
    );
    db.end().await;
}

#[tokio::test]
async fn a_begun_run_comes_before_a_new_one_and_an_unbegun_one_does_not() {
    let db = Fixture::new().await;
    let broken = plan(vec![step(Phase::Expand, "Break", &["SELECT 1/0"], &[], "")]);
    assert!(db.apply(&broken, &all()).await.is_err());
    let mut session = db.session().await;
    let next = |run_no, state| RunRef::New {
        last_seen: Some(LastRun { run_no, state }),
        after: None,
    };
    let staged = plan(vec![table(Phase::Expand, "a"), table(Phase::Contract, "b")]);
    done(
        apply(
            &mut session,
            &staged,
            next(1, RunState::New),
            &quick(&[Phase::Expand]),
            &mut Silent,
        )
        .await,
    );
    assert_eq!(
        db.get("SELECT state FROM schemaplan.plan WHERE run_no = 1").await,
        "undone"
    );
    let other = plan(vec![table(Phase::Expand, "c"), table(Phase::Contract, "d")]);
    let outcome = apply(
        &mut session,
        &other,
        next(2, RunState::Migrated),
        &all(),
        &mut Silent,
    )
    .await;
    assert!(
        matches!(outcome, Ok(Outcome::Refused(Refusal::OlderRun { run_no: 2, .. }))),
        "{outcome:?}"
    );
    let behind = RunRef::New {
        last_seen: Some(LastRun {
            run_no: 2,
            state: RunState::Migrated,
        }),
        after: Some(2),
    };
    let outcome = apply(&mut session, &other, behind, &all(), &mut Silent).await;
    assert!(
        matches!(outcome, Ok(Outcome::Refused(Refusal::OlderRun { run_no: 2, .. }))),
        "{outcome:?}"
    );
    assert_eq!(db.get("SELECT to_regclass('public.c') IS NOT NULL").await, "true");
    assert_eq!(db.get("SELECT to_regclass('public.d') IS NULL").await, "true");
    db.end().await;
}
