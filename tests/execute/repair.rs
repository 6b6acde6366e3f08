//! Rows that are not as they should be before a cut-over are copied once more.

use schemaplan::execute::{ApplyError, ApplyOptions, Progress};
use schemaplan::plan::Plan;
use schemaplan::step::{Action, Key, Phase};

use crate::batches::{ROWS, batch, key, table, verify, walk};
use crate::fixture::{Fixture, all, done, plan, step};

#[derive(Default)]
struct Noted(Vec<String>);

impl Progress for Noted {
    fn noted(&mut self, words: &str) {
        self.0.push(words.to_owned());
    }
}

/// A fill, a hand at two rows whose trigger does not see it, and the proof.
fn disturbed(key: Key, disturb: &str) -> Plan {
    let fill = batch(
        key.clone(),
        "UPDATE public.t AS t SET c = a + 1 WHERE ",
        " AND c IS DISTINCT FROM a + 1",
        "",
    );
    plan(vec![
        walk("Fill public.t.c", Action::Batches(fill)),
        step(Phase::Migrate, "Disturb", &[disturb], &[], ""),
        verify(key),
    ])
}

async fn filled() -> Fixture {
    let insert = format!("INSERT INTO public.t SELECT g, g FROM generate_series(1, {ROWS}) AS g");
    table("id integer PRIMARY KEY", &insert).await
}

const BY_HAND: &str = "UPDATE public.t SET c = 0 WHERE id IN (7, 40000)";
const DETAILS: &str = "SELECT string_agg(detail, '|' ORDER BY n) FROM schemaplan.attempt WHERE step_no = 3 AND detail IS NOT NULL";

async fn is_repaired(key: Key, options: &ApplyOptions, name: &str) {
    let db = filled().await;
    let mut noted = Noted::default();
    done(
        db.apply_telling(&disturbed(key, BY_HAND), options, &mut noted)
            .await,
    );
    let wrong = "SELECT count(*) FROM public.t WHERE c IS DISTINCT FROM a + 1";
    assert_eq!(db.get(wrong).await, "0");
    let said = noted.0.join("\n");
    // Where they lie, and so whether one part of the walk meets both, is the server's choice.
    let found = " of public.t in step 3: rows of public.t have no value in c";
    let one_or_both = ["1 row", "2 rows"].map(|rows| said.contains(&format!("{rows}{found}")));
    assert!(one_or_both.contains(&true), "{said}");
    assert!(said.contains(name) && said.contains("; copied again"), "{said}");
    let details = db.get(DETAILS).await;
    // What is dead in the table may be said as well.
    let mended = noted.0.iter().filter(|words| words.ends_with("; copied again"));
    assert_eq!(
        details.split('|').collect::<Vec<_>>(),
        mended.collect::<Vec<_>>(),
        "the journal says it too"
    );
    db.end().await;
}

#[tokio::test]
async fn rows_that_differ_are_named_and_copied_again() {
    is_repaired(key(&[("id", "integer")]), &all(), "(id 7)").await;
}

#[tokio::test]
async fn rows_without_a_key_are_copied_again_by_their_pages() {
    is_repaired(Key::Pages, &all(), "(ctid (").await;
}

#[tokio::test]
async fn several_workers_copy_again_what_one_of_them_finds() {
    let options = ApplyOptions { workers: 3, ..all() };
    is_repaired(key(&[("id", "integer")]), &options, "(id 40000)").await;
}

#[tokio::test]
async fn rows_that_differ_again_end_the_run_with_their_keys() {
    for workers in [1, 2] {
        let db = filled().await;
        db.run(
            "CREATE FUNCTION public.stubborn() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN IF NEW.id = 7 THEN NEW.c := 0; END IF; RETURN NEW; END'",
        )
        .await;
        let disturb = "CREATE TRIGGER stubborn BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.stubborn()";
        let disturb = format!("{disturb}; {BY_HAND}");
        let plan = {
            let mut plan = disturbed(key(&[("id", "integer")]), BY_HAND);
            let parts: Vec<&str> = disturb.split("; ").collect();
            plan.steps[1].step = step(Phase::Migrate, "Disturb", &parts, &[], "");
            plan
        };
        let options = ApplyOptions { workers, ..all() };
        let mut noted = Noted::default();
        let Err(ApplyError::Step(failure)) = db.apply_telling(&plan, &options, &mut noted).await else {
            panic!("a row that differs was not seen");
        };
        assert_eq!(failure.step.number, 3);
        assert_eq!(
            failure.words.detail.as_deref(),
            Some("1 row, also after another copy: id 7")
        );
        // What can be copied is copied all the same.
        let right = "SELECT c = a + 1 FROM public.t WHERE id = 40000";
        assert_eq!(db.get(right).await, "true");
        db.run("DROP TRIGGER stubborn ON public.t").await;
        done(db.apply(&plan, &all()).await);
        assert_eq!(db.get("SELECT c FROM public.t WHERE id = 7").await, "8");
        db.end().await;
    }
}
