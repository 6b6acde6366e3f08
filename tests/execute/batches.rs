//! Backfills over every kind of key, beside writers, stopped, killed and resumed.

use std::time::Duration;

use schemaplan::execute::{ApplyError, ApplyOptions, Outcome, Progress, StopReason, stop_signal};
use schemaplan::model::{Ident, Kind, ObjectId, QualifiedName, TypeName};
use schemaplan::plan::{Plan, PlanStep};
use schemaplan::sql::Stmt;
use schemaplan::step::{
    Action, Batch, BatchStatement, DoneWhen, Key, KeyColumn, Phase, Step, TimeoutClass, Transaction, Undo,
};

use crate::fixture::{Fixture, all, connector, done, plan};

pub const ROWS: u32 = 50_000;

pub fn key(columns: &[(&str, &str)]) -> Key {
    let columns = columns.iter().map(|(name, data_type)| KeyColumn {
        name: Ident::new(*name),
        data_type: TypeName::new(*data_type),
    });
    Key::Columns(columns.collect())
}

pub fn batch(key: Key, before: &str, after: &str, otherwise: &str) -> Batch {
    Batch {
        table: QualifiedName::new("public", "t"),
        key,
        statements: vec![BatchStatement {
            before: before.to_owned(),
            qualifier: "t".to_owned(),
            after: after.to_owned(),
        }],
        otherwise: otherwise.to_owned(),
    }
}

pub fn walk(title: &str, up: Action) -> Step {
    let object = ObjectId::named(Kind::Table, &QualifiedName::new("public", "t"));
    let mut step = Step::new(
        object,
        "test",
        Phase::Migrate,
        title,
        up,
        Undo::Nothing,
        DoneWhen::Repeatable,
    );
    step.transaction = Transaction::Batches;
    step.timeout = TimeoutClass::Batch;
    step
}

pub fn fill(key: Key) -> Step {
    walk(
        "Fill public.t.c",
        Action::Batches(batch(
            key,
            "UPDATE public.t AS t SET c = a + 1 WHERE ",
            " AND c IS NULL",
            "",
        )),
    )
}

pub fn verify(key: Key) -> Step {
    let select = "SELECT count(*) FROM public.t AS t WHERE ";
    walk(
        "Prove that public.t.c is filled",
        Action::Verify(batch(
            key,
            select,
            " AND c IS DISTINCT FROM a + 1",
            "rows of public.t have no value in c",
        )),
    )
}

pub fn fill_and_verify(key: Key) -> Plan {
    plan(vec![fill(key.clone()), verify(key)])
}

/// The table with its trigger, as a plan's expand phase would leave it; `id` makes the key from `g`.
pub async fn table(definition: &str, insert: &str) -> Fixture {
    let db = Fixture::with(&format!(
        "CREATE TABLE public.t ({definition}, a integer NOT NULL, c integer); \
         {insert}; \
         CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN IF NEW.c IS NULL THEN NEW.c := NEW.a + 1; END IF; RETURN NEW; END'; \
         CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.fill()"
    ))
    .await;
    assert_eq!(
        db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await,
        ROWS.to_string()
    );
    db
}

#[derive(Default)]
pub struct Counted {
    pub batches: u32,
    pub rows: u64,
    pub total: Option<u64>,
}

impl Progress for Counted {
    fn batch_done(&mut self, step: &PlanStep, rows: u64, total: Option<u64>, _: Duration) {
        if step.number == 1 {
            self.batches += 1;
            self.rows = rows;
            self.total = total;
        }
    }
}

/// Fills while another session inserts, updates and deletes, and finds every row filled at the end.
async fn filled_beside_writers(definition: &str, insert: &str, write: &str, key: Key) {
    filled(definition, insert, write, key, &all()).await;
}

/// The same with options of one's own.
pub async fn filled(definition: &str, insert: &str, write: &str, key: Key, options: &ApplyOptions) {
    let db = table(definition, insert).await;
    let (stopper, stop) = stop_signal();
    let client = schemaplan::execute::Connect::connect(&connector(db.config.clone()))
        .await
        .unwrap();
    let sql = write.to_owned();
    let writer = tokio::spawn(async move {
        let mut n = 0;
        while !stop.is_stopped() {
            n += 1;
            client
                .batch_execute(&sql.replace("$n", &n.to_string()))
                .await
                .unwrap();
        }
        n
    });
    let mut counted = Counted::default();
    done(
        db.apply_telling(&fill_and_verify(key), options, &mut counted)
            .await,
    );
    stopper.stop();
    assert!(writer.await.unwrap() > 5, "the writer hardly wrote");
    assert_eq!(
        db.get("SELECT count(*) FROM public.t WHERE c IS DISTINCT FROM a + 1")
            .await,
        "0"
    );
    // Of several sessions' ranges, those that end behind one that is still at work are told together with it.
    let least = if options.workers > 1 { 1 } else { 5 };
    assert!(counted.batches > least, "{} batches", counted.batches);
    assert!(counted.rows >= u64::from(ROWS) * 9 / 10, "{} rows", counted.rows);
    assert_eq!(counted.total, Some(counted.rows));
    assert_eq!(
        db.get("SELECT count(*) FROM schemaplan.step WHERE state = 'done'")
            .await,
        "2"
    );
    db.end().await;
}

#[tokio::test]
async fn an_integer_key() {
    filled_beside_writers(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
        "INSERT INTO public.t VALUES (1000000 + $n, 1); UPDATE public.t SET a = a WHERE id = $n * 7; \
         DELETE FROM public.t WHERE id = 50001 - $n",
        key(&[("id", "integer")]),
    )
    .await;
}

#[tokio::test]
async fn a_key_of_text_and_integer_in_another_collation() {
    filled_beside_writers(
        "k text COLLATE \"C\", \"No\" integer, PRIMARY KEY (k, \"No\")",
        &format!("INSERT INTO public.t SELECT 'it''s ' || g % 7, g, g FROM generate_series(1, {ROWS}) AS g"),
        "INSERT INTO public.t VALUES ('it''s ' || $n % 9, -$n, 1)",
        key(&[("k", "text"), ("No", "integer")]),
    )
    .await;
}

#[tokio::test]
async fn a_uuid_key() {
    filled_beside_writers(
        "id uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        &format!("INSERT INTO public.t (a) SELECT g FROM generate_series(1, {ROWS}) AS g"),
        "INSERT INTO public.t (a) VALUES ($n); UPDATE public.t SET a = -1, c = NULL WHERE a = $n * 3",
        key(&[("id", "uuid")]),
    )
    .await;
}

#[tokio::test]
async fn no_key_at_all() {
    filled_beside_writers(
        "note text",
        &format!("INSERT INTO public.t SELECT 'row ' || g, g FROM generate_series(1, {ROWS}) AS g"),
        "INSERT INTO public.t VALUES ('new', $n)",
        Key::Pages,
    )
    .await;
}

#[tokio::test]
async fn partitions_without_a_key() {
    let db = table(
        "k integer",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
    )
    .await;
    db.run(
        "ALTER TABLE public.t RENAME TO t0; CREATE TABLE public.t (k integer, a integer NOT NULL, c integer) PARTITION BY RANGE (k); \
         ALTER TABLE public.t ATTACH PARTITION public.t0 FOR VALUES FROM (0) TO (60000); \
         CREATE TABLE public.t1 PARTITION OF public.t FOR VALUES FROM (60000) TO (70000); \
         INSERT INTO public.t SELECT g, g FROM generate_series(60000, 60099) AS g",
    )
    .await;
    done(db.apply(&fill_and_verify(Key::Pages), &all()).await);
    assert_eq!(db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await, "0");
    db.end().await;
}

#[tokio::test]
async fn an_empty_table_has_no_batches() {
    let db = Fixture::with("CREATE TABLE public.t (id integer PRIMARY KEY, a integer, c integer)").await;
    done(
        db.apply(&fill_and_verify(key(&[("id", "integer")])), &all())
            .await,
    );
    let pages = plan(vec![fill(Key::Pages)]);
    done(db.apply(&pages, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn batches_alone_commit_without_waiting_for_the_disk() {
    let db = Fixture::with(
        "CREATE TABLE public.t (id integer PRIMARY KEY, c text); INSERT INTO public.t SELECT generate_series(1, 10)",
    )
    .await;
    db.run(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$",
    )
    .await;
    let set = "UPDATE public.t AS t SET c = current_setting('synchronous_commit') WHERE ";
    let batches = batch(key(&[("id", "integer")]), set, " AND id > 1", "");
    let mut alone = walk(
        "Note it outside of batches",
        Action::one(Stmt::new(format!("{set} id = 1"))),
    );
    alone.transaction = Transaction::Own;
    alone.timeout = TimeoutClass::Fast;
    done(
        db.apply(
            &plan(vec![walk("Note it", Action::Batches(batches)), alone]),
            &all(),
        )
        .await,
    );
    let noted = "SELECT string_agg(DISTINCT c, ' ') FROM public.t WHERE id";
    assert_eq!(db.get(&format!("{noted} > 1")).await, "off");
    assert_eq!(db.get(&format!("{noted} = 1")).await, "on");
    db.end().await;
}

#[tokio::test]
async fn a_verification_that_finds_rows_fails_loudly_and_can_be_repeated() {
    let db = table(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
    )
    .await;
    let plan = plan(vec![verify(key(&[("id", "integer")]))]);
    for _ in 0..2 {
        let Err(ApplyError::Step(failure)) = db.apply(&plan, &all()).await else {
            panic!("unfilled rows were not seen");
        };
        assert_eq!(failure.words.message, "rows of public.t have no value in c");
        assert_eq!(
            failure.words.detail.as_deref(),
            Some("50000 rows: id 1, 2, 3, 4, 5")
        );
        assert_eq!(
            failure.statement,
            "SELECT count(*) FROM public.t AS t WHERE (true) AND c IS DISTINCT FROM a + 1"
        );
    }
    db.run("UPDATE public.t SET c = a + 1").await;
    done(db.apply(&plan, &all()).await);
    db.end().await;
}

#[tokio::test]
async fn a_stop_ends_between_two_batches_and_the_next_run_goes_on_there() {
    let db = table(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
    )
    .await;
    let (stopper, stop) = stop_signal();
    struct StopAfter(u32, schemaplan::execute::Stopper);
    impl Progress for StopAfter {
        fn batch_done(&mut self, _: &PlanStep, _: u64, _: Option<u64>, _: Duration) {
            self.0 -= 1;
            if self.0 == 0 {
                self.1.stop();
            }
        }
    }
    let plan = fill_and_verify(key(&[("id", "integer")]));
    let options = ApplyOptions { stop, ..all() };
    let outcome = db
        .apply_telling(&plan, &options, &mut StopAfter(3, stopper))
        .await
        .unwrap();
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
    // 1000, 1200 and 1440 rows.
    assert_eq!(
        db.get("SELECT count(*) FROM public.t WHERE c IS NOT NULL").await,
        "3640"
    );
    assert_eq!(
        db.get("SELECT last_key #>> '{last,0}' FROM schemaplan.step")
            .await,
        "3640"
    );
    // What lies before that key is not walked again.
    db.run("ALTER TABLE public.t DISABLE TRIGGER fill; UPDATE public.t SET c = NULL WHERE id = 5")
        .await;
    done(db.apply(&plan, &all()).await);
    let found = "SELECT detail FROM schemaplan.attempt WHERE step_no = 2 AND detail IS NOT NULL";
    assert_eq!(
        db.get(found).await,
        "1 row of public.t in step 2: rows of public.t have no value in c (id 5); copied again"
    );
    db.end().await;
}

#[tokio::test]
async fn a_locked_row_halves_the_batch_and_the_walk_goes_on() {
    let db = table(
        "id integer PRIMARY KEY",
        &format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g"),
    )
    .await;
    db.run("BEGIN; SELECT FROM public.t WHERE id = 900 FOR UPDATE")
        .await;
    let options = ApplyOptions {
        lock_timeout: Some(Duration::from_millis(50)),
        ..all()
    };
    let plan = fill_and_verify(key(&[("id", "integer")]));
    let free = async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        db.run("COMMIT").await;
    };
    let (outcome, ()) = tokio::join!(db.apply(&plan, &options), free);
    done(outcome);
    assert_ne!(
        db.get("SELECT count(*) FROM schemaplan.attempt WHERE sqlstate = '55P03'")
            .await,
        "0"
    );
    assert_eq!(db.get("SELECT count(*) FROM public.t WHERE c IS NULL").await, "0");
    db.end().await;
}
