//! What a script without schemaplan runs.

use schemaplan::execute::Statements;
use schemaplan::model::{Ident, QualifiedName, TypeName};

use crate::batches::{ROWS, table};

#[tokio::test]
async fn the_loops_of_a_script_fill_and_prove_the_same() {
    use schemaplan::sql::{KeyPart, Piece, Walk, batch_loop, verify_loop};
    let names = [Ident::new("k"), Ident::new("lo")];
    let types = [TypeName::new("text"), TypeName::new("integer")];
    let key: Vec<KeyPart<'_>> = names
        .iter()
        .zip(&types)
        .map(|(name, data_type)| KeyPart { name, data_type })
        .collect();
    let public_t = QualifiedName::new("public", "t");
    for key in [key.clone(), key[1..].to_vec(), Vec::new()] {
        let db = table(
            "k text COLLATE \"C\" DEFAULT 'x', lo integer UNIQUE, PRIMARY KEY (k, lo)",
            &format!("INSERT INTO public.t SELECT 'k' || g % 3, g, g FROM generate_series(1, {ROWS}) AS g"),
        )
        .await;
        let walk = |before, after| Walk {
            table: &public_t,
            key: key.clone(),
            pieces: vec![Piece {
                before,
                qualifier: "t",
                after,
            }],
        };
        let verify = walk(
            "SELECT count(*) FROM public.t AS t WHERE ",
            " AND c IS DISTINCT FROM a + 1",
        );
        let verify = verify_loop(&verify, "rows are owed", 1000);
        let error = db.client().batch_execute(verify.as_str()).await.unwrap_err();
        let words = error.as_db_error().unwrap();
        assert_eq!(
            (words.message(), words.detail()),
            ("rows are owed", Some("50000 rows"))
        );
        let fill = walk("UPDATE public.t AS t SET c = a + 1 WHERE ", " AND c IS NULL");
        db.run(batch_loop(&fill, 1000).as_str()).await;
        db.run(verify.as_str()).await;
        // Each range was a transaction of its own.
        let transactions: u32 = db
            .get("SELECT count(DISTINCT xmin::text) FROM public.t")
            .await
            .parse()
            .unwrap();
        assert!(transactions >= 10, "{transactions} transactions");
        db.end().await;
    }
}

#[tokio::test]
async fn an_enum_that_has_lost_all_labels_counts_as_rebuilt() {
    let db = crate::fixture::Fixture::with(
        "CREATE TYPE public.none AS ENUM (); CREATE TYPE public.one AS ENUM ('a')",
    )
    .await;
    let holds = |name: &str, labels: &[&str]| {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        format!(
            "SELECT ({})::text",
            schemaplan::sql::probe::labels(&QualifiedName::new("public", name), &labels)
        )
    };
    for (name, labels, wanted) in [
        ("none", &[][..], "true"),
        ("one", &["a"][..], "true"),
        ("one", &[][..], "false"),
        ("absent", &[][..], "false"),
    ] {
        assert_eq!(db.get(&holds(name, labels)).await, wanted, "{labels:?} of {name}");
    }
    db.end().await;
}

#[tokio::test]
async fn the_sequence_behind_an_identity_does_not_count_as_a_sequence() {
    use schemaplan::model::{Kind, ObjectId};
    let db = crate::fixture::Fixture::with(
        "CREATE TABLE public.t (id integer GENERATED ALWAYS AS IDENTITY, n serial); CREATE SEQUENCE public.own",
    )
    .await;
    for (name, wanted) in [
        ("t_id_seq", "false"),
        ("t_n_seq", "true"),
        ("own", "true"),
        ("none", "false"),
    ] {
        let id = ObjectId::named(Kind::Sequence, &QualifiedName::new("public", name));
        let found = format!("SELECT ({})::text", schemaplan::sql::exists(&id));
        assert_eq!(db.get(&found).await, wanted, "{name}");
    }
    db.end().await;
}

#[tokio::test]
async fn a_script_that_gets_no_lock_lets_go_and_tries_again() {
    use schemaplan::sql::script;
    let db =
        crate::fixture::Fixture::with("CREATE TABLE public.t (a integer); CREATE TABLE public.u (a integer)")
            .await;
    let other = db.session().await;
    let reader = other.client();
    reader
        .batch_execute("BEGIN; LOCK TABLE public.t IN ACCESS SHARE MODE")
        .await
        .unwrap();
    let block = script::do_block(&script::tried(&[
        script::execute("LOCK TABLE public.u IN ACCESS EXCLUSIVE MODE"),
        script::execute("ALTER TABLE public.t ADD COLUMN b integer"),
    ]));
    db.run(script::IMPATIENT).await;
    let begun = std::time::Instant::now();
    let held = async {
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
        // Between two tries nothing is locked, and nobody waits in vain: what the script had is free for others.
        reader
            .batch_execute("LOCK TABLE public.u IN ACCESS SHARE MODE; COMMIT")
            .await
            .unwrap();
    };
    tokio::join!(db.run(&block), held);
    let taken = begun.elapsed();
    assert!(taken >= std::time::Duration::from_millis(800), "{taken:?}");
    assert!(taken < std::time::Duration::from_secs(10), "{taken:?}");
    assert_eq!(
        db.get(
            "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'public.t'::regclass AND attname = 'b'"
        )
        .await,
        "1"
    );
    db.end().await;
}
