//! TRUNCATE in the middle of a plan: both sides are emptied, whichever of them is said.

use super::live::{Bench, back, catalog, lines, show, there};
use schemaplan::change::{Policy, StrategyChoice};
use schemaplan::diff::diff;
use schemaplan::engine::{Scratch, SessionSettings};
use schemaplan::execute::{ApplyOptions, RollbackScope};
use schemaplan::plan::compile;
use schemaplan::step::Phase;

struct Case {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    /// What old code does, and what is to be read on the side of the files then, as long as both are there.
    old: [&'static str; 3],
    /// What the plan has made beside the old side.
    beside: &'static str,
    /// What both sides hold behind contract, and what new code does then.
    new: &'static str,
    read_new: &'static str,
    /// What the old side holds in the end.
    read_old: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "a table that becomes partitioned",
        from: "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT n, 'a' FROM generate_series(1, 50) AS n",
        to: "CREATE TABLE t (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id);
            CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (0) TO (20); CREATE TABLE t_high PARTITION OF t FOR VALUES FROM (20) TO (1000);",
        old: [
            "TRUNCATE t; INSERT INTO t VALUES (1, 'b'), (30, 'b')",
            "BEGIN; INSERT INTO t VALUES (2, 'x'); TRUNCATE t; INSERT INTO t VALUES (1, 'c'), (40, 'c'); COMMIT",
            "TRUNCATE t; INSERT INTO t VALUES (5, 'e')",
        ],
        beside: "SELECT string_agg(id || v, ' ' ORDER BY id) FROM schemaplan_new_t",
        new: "TRUNCATE t; INSERT INTO t VALUES (3, 'd')",
        read_new: "SELECT string_agg(id || v, ' ' ORDER BY id) FROM t",
        read_old: "SELECT string_agg(id || v, ' ' ORDER BY id) FROM t",
    },
    Case {
        name: "columns that go to a table of their own",
        from: "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT n, 'a' FROM generate_series(1, 50) AS n",
        to: "CREATE TABLE t (id integer PRIMARY KEY);
            -- schemaplan: split from t (v) on t_id = t.id
            CREATE TABLE u (t_id integer PRIMARY KEY REFERENCES t ON DELETE CASCADE, v text);",
        old: [
            "TRUNCATE t CASCADE; INSERT INTO t VALUES (1, 'b'), (30, 'b')",
            "BEGIN; INSERT INTO t VALUES (2, 'x'); TRUNCATE t CASCADE; INSERT INTO t VALUES (1, 'c'), (40, 'c'); COMMIT",
            "TRUNCATE t CASCADE; INSERT INTO t VALUES (5, 'e')",
        ],
        beside: "SELECT string_agg(t_id || v, ' ' ORDER BY t_id) FROM u",
        new: "TRUNCATE t CASCADE; INSERT INTO t VALUES (3); INSERT INTO u VALUES (3, 'd')",
        read_new: "SELECT string_agg(t_id || v, ' ' ORDER BY t_id) FROM u",
        read_old: "SELECT string_agg(id || v, ' ' ORDER BY id) FROM t",
    },
];

async fn said(scratch: &Scratch, sql: &str) -> Result<String, String> {
    let row = scratch
        .client
        .query_one(sql, &[])
        .await
        .map_err(|e| format!("{sql}: {e:?}"))?;
    Ok(row.get::<_, Option<String>>(0).unwrap_or_default())
}

async fn run(scratch: &Scratch, sql: &str) -> Result<(), String> {
    scratch
        .client
        .batch_execute(sql)
        .await
        .map_err(|e| format!("{sql}: {e:?}"))
}

async fn expect(scratch: &Scratch, when: &str, sql: &str, wanted: &str) -> Result<(), String> {
    let found = said(scratch, sql).await?;
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{when}: {sql} gives `{found}`, not `{wanted}`")),
    }
}

async fn play(bench: &Bench, case: &Case) -> Result<(), String> {
    let live = bench.scratch(&SessionSettings::default()).await?;
    run(&live, case.from).await?;
    run(&live, "ANALYZE").await?;
    let before = catalog(&live).await?;
    let target = bench.desired_of(case.to).await?;
    let policy = Policy {
        strategy: StrategyChoice::Online,
        ..Policy::default()
    };
    let plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
    let shown = show(&plan);
    let options = ApplyOptions {
        accept_loss: true,
        ..ApplyOptions::default()
    };
    let in_words = |why: String| format!("{why}\n{shown}");
    for round in 0..2 {
        let number = there(&live, &plan, &[Phase::Expand], None, &options)
            .await
            .map_err(in_words)?;
        run(&live, case.old[0]).await?;
        expect(&live, "behind expand", case.beside, "1b 30b")
            .await
            .map_err(in_words)?;
        there(&live, &plan, &[Phase::Migrate], number, &options)
            .await
            .map_err(in_words)?;
        run(&live, case.old[1]).await?;
        expect(&live, "behind migrate", case.beside, "1c 40c")
            .await
            .map_err(in_words)?;
        there(&live, &plan, &[Phase::Contract], number, &options)
            .await
            .map_err(in_words)?;
        expect(&live, "behind contract", case.read_new, "1c 40c")
            .await
            .map_err(in_words)?;
        run(&live, case.new).await?;
        if round == 1 {
            expect(&live, "in the end", case.read_new, "3d")
                .await
                .map_err(in_words)?;
            break;
        }
        back(&live, RollbackScope::Phase(Phase::Contract), &options)
            .await
            .map_err(in_words)?;
        expect(&live, "contract taken back", case.read_old, "3d")
            .await
            .map_err(in_words)?;
        run(&live, case.old[2]).await?;
        expect(&live, "contract taken back", case.beside, "5e")
            .await
            .map_err(in_words)?;
        back(&live, RollbackScope::All, &options)
            .await
            .map_err(in_words)?;
        expect(&live, "all taken back", case.read_old, "5e")
            .await
            .map_err(in_words)?;
        let left = diff(&catalog(&live).await?, &before, &policy);
        if !left.is_empty() {
            return Err(format!("the way back leaves a difference:\n{}", lines(&left)));
        }
    }
    let _ = live.close().await;
    Ok(())
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_emptied_in_the_middle_is_empty_on_both_sides() {
    let bench = Bench::start(None).await;
    let mut failures = Vec::new();
    for case in CASES {
        if let Err(why) = play(&bench, case).await {
            println!("FAILED {}\n    {}", case.name, why.replace('\n', "\n    "));
            failures.push(case.name);
        }
    }
    bench.stop().await;
    assert!(failures.is_empty(), "failed: {failures:?}");
}

/// Rows that are there are found before anything is made; those that come behind expand before a row is copied, not at the cut-over,
/// and what expand has made goes back.
#[tokio::test(flavor = "current_thread")]
async fn rows_that_fit_no_partition_are_found_before_they_are_copied() {
    let bench = Bench::start(None).await;
    let live = bench.scratch(&SessionSettings::default()).await.unwrap();
    let case = &CASES[0];
    run(&live, case.from).await.unwrap();
    run(&live, "INSERT INTO t VALUES (5000, 'far'); ANALYZE")
        .await
        .unwrap();
    let before = catalog(&live).await.unwrap();
    let target = bench.desired_of(case.to).await.unwrap();
    let policy = Policy {
        strategy: StrategyChoice::Online,
        ..Policy::default()
    };
    let plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
    let options = ApplyOptions::default();
    let why = there(&live, &plan, &Phase::ALL, None, &options)
        .await
        .unwrap_err();
    assert!(why.contains("fit no partition of the files"), "{why}");
    let made = said(
        &live,
        "SELECT coalesce(to_regclass('schemaplan_new_t')::text, 'nothing')",
    )
    .await;
    assert_eq!(made.unwrap(), "nothing", "nothing was made");

    let _ = live.close().await;

    let live = bench.scratch(&SessionSettings::default()).await.unwrap();
    run(&live, case.from).await.unwrap();
    run(&live, "ANALYZE").await.unwrap();
    let before = catalog(&live).await.unwrap();
    let plan = compile(&before, &target, &diff(&before, &target, &policy), &policy);
    let number = there(&live, &plan, &[Phase::Expand], None, &options)
        .await
        .unwrap();
    run(&live, "INSERT INTO t VALUES (5000, 'far')").await.unwrap();
    let why = there(&live, &plan, &[Phase::Migrate], number, &options)
        .await
        .unwrap_err();
    assert!(why.contains("fit no partition of the files"), "{why}");
    assert_eq!(
        said(&live, "SELECT count(*)::text FROM schemaplan_new_t")
            .await
            .unwrap(),
        "1",
        "nothing was copied"
    );
    back(&live, RollbackScope::All, &options).await.unwrap();
    assert!(diff(&catalog(&live).await.unwrap(), &before, &policy).is_empty());
    let _ = live.close().await;
    bench.stop().await;
}
