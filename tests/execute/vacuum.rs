//! The dead rows that a backfill leaves behind.

use std::time::Duration;

use schemaplan::execute::{ApplyOptions, Progress};

use crate::batches::{Counted, fill_and_verify, key};
use crate::fixture::{Fixture, all, done};

#[derive(Default)]
struct Heard {
    counted: Counted,
    notes: Vec<String>,
}

impl Progress for Heard {
    fn batch_done(
        &mut self,
        step: &schemaplan::plan::PlanStep,
        rows: u64,
        total: Option<u64>,
        elapsed: Duration,
    ) {
        self.counted.batch_done(step, rows, total, elapsed);
    }

    fn noted(&mut self, words: &str) {
        self.notes.push(words.to_owned());
    }
}

/// A table whose fill takes five seconds on any machine, and that no autovacuum comes to. A session tells the server's statistics
/// at most once a second what it wrote, and the run looks at them as often.
async fn slow() -> Fixture {
    Fixture::with(
        "CREATE TABLE public.t (id integer PRIMARY KEY, a integer NOT NULL, c integer) WITH (autovacuum_enabled = off); \
         INSERT INTO public.t SELECT g, g FROM generate_series(1, 25000) AS g; ANALYZE public.t; \
         CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END'; \
         CREATE TRIGGER slow AFTER UPDATE ON public.t FOR EACH STATEMENT EXECUTE FUNCTION public.slow()",
    )
    .await
}

fn patient(vacuum: bool) -> ApplyOptions {
    ApplyOptions {
        vacuum,
        batch_time: Duration::from_millis(20),
        ..all()
    }
}

#[tokio::test]
async fn a_table_is_vacuumed_between_batches() {
    let db = slow().await;
    let mut heard = Heard::default();
    let plan = fill_and_verify(key(&[("id", "integer")]));
    done(db.apply_telling(&plan, &patient(true), &mut heard).await);
    assert!(heard.counted.batches > 5, "{} batches", heard.counted.batches);
    assert!(
        heard
            .notes
            .iter()
            .any(|note| note.starts_with("vacuumed `public.t`")),
        "{:?}",
        heard.notes
    );
    assert_ne!(
        db.get("SELECT pg_stat_get_vacuum_count('public.t'::regclass)")
            .await,
        "0"
    );
    db.end().await;
}

#[tokio::test]
async fn it_is_said_once_where_it_is_not_asked_for() {
    let db = slow().await;
    let mut heard = Heard::default();
    let plan = fill_and_verify(key(&[("id", "integer")]));
    done(db.apply_telling(&plan, &patient(false), &mut heard).await);
    let said: Vec<&String> = heard
        .notes
        .iter()
        .filter(|note| note.contains("--vacuum"))
        .collect();
    assert_eq!(said.len(), 1, "{:?}", heard.notes);
    assert_eq!(
        db.get("SELECT pg_stat_get_vacuum_count('public.t'::regclass)")
            .await,
        "0"
    );
    db.end().await;
}
