//! Indexes that an interrupted build has left invalid: made anew by a plan, and taken away by the doctor.

use tokio_postgres::Client;

use super::stage::{Stage, until};

const BEFORE: &str = "CREATE TABLE town (id int PRIMARY KEY, name text, size int); INSERT INTO town SELECT n, 'town ' || n, n FROM generate_series(1, 500) AS n;
    CREATE INDEX town_name ON town (name);
    CREATE TABLE visit (id int NOT NULL, at int) PARTITION BY RANGE (id);
    CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (100); CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (100) TO (200);
    INSERT INTO visit SELECT n, n FROM generate_series(0, 199) AS n;";

const AFTER: &str = "CREATE TABLE town (id int PRIMARY KEY, name text, size int); CREATE INDEX town_name ON town (name); CREATE INDEX town_size ON town (size);
    CREATE TABLE visit (id int NOT NULL, at int) PARTITION BY RANGE (id);
    CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (100); CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (100) TO (200);
    CREATE INDEX visit_at ON visit (at);";

/// Begins a build beside a transaction that it waits for, and cancels it there.
async fn interrupted(stage: &Stage, beside: &str, build: &str) {
    let (open, builder, client) = (stage.client().await, stage.client().await, stage.client().await);
    // Asked in the transaction, it would keep its snapshot, and be waited for before the switch.
    let (holder, pid) = (backend(&open).await, backend(&builder).await);
    open.batch_execute(&format!("BEGIN; {beside}")).await.unwrap();
    let build = build.to_owned();
    let building = tokio::spawn(async move { builder.batch_execute(&build).await.unwrap_err() });
    until(
        &client,
        &format!("SELECT {holder} = ANY (pg_blocking_pids({pid}))"),
    )
    .await;
    client
        .query("SELECT pg_cancel_backend($1)", &[&pid])
        .await
        .unwrap();
    let error = building.await.unwrap();
    assert_eq!(error.code().map(|code| code.code()), Some("57014"), "{error}");
    open.batch_execute("COMMIT").await.unwrap();
}

async fn backend(client: &Client) -> i32 {
    client
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0)
}

/// The indexes that are not valid, in order.
async fn invalid(client: &Client) -> Vec<String> {
    let sql = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1";
    let found = client.query(sql, &[]).await.unwrap();
    found.iter().map(|row| row.get(0)).collect()
}

const LEFT: [&str; 4] = [
    "town_name_ccnew",
    "town_name_ccold",
    "town_size",
    "visit_1_at_idx",
];

/// What a user's interrupted statements leave: a build, a build anew before and behind its switch, and an index of a partition.
async fn left(stage: &Stage) {
    // A writer is waited for before the build, and a reader before the former index goes.
    let (writer, reader) = (
        "UPDATE town SET size = size WHERE id = 1",
        "SELECT count(*) FROM town",
    );
    interrupted(
        stage,
        writer,
        "CREATE INDEX CONCURRENTLY town_size ON town (size)",
    )
    .await;
    interrupted(stage, reader, "REINDEX INDEX CONCURRENTLY town_name").await;
    interrupted(stage, writer, "REINDEX INDEX CONCURRENTLY town_name").await;
    let writer = "UPDATE visit SET at = at WHERE id = 1";
    interrupted(
        stage,
        writer,
        "CREATE INDEX CONCURRENTLY visit_1_at_idx ON visit_1 (at)",
    )
    .await;
    assert_eq!(invalid(&stage.client().await).await, LEFT);
}

#[tokio::test]
async fn a_plan_makes_them_anew_and_drops_what_nobody_declared() {
    for strategy in ["online", "direct"] {
        let stage = Stage::new("", BEFORE, AFTER).await;
        left(&stage).await;
        let parts = [
            "(INVALID)",
            "- index public.town_name_ccnew",
            "- index public.town_name_ccold",
            "+ index public.visit_at",
        ];
        stage.says("diff --target after.sql", 2, &parts);
        stage.ends(
            &format!("apply --target after.sql --strategy {strategy} --phase all --yes"),
            0,
        );
        let client = stage.client().await;
        assert_eq!(invalid(&client).await, Vec::<String>::new(), "{strategy}");
        stage.ends("diff --target after.sql", 0);
        let all = "SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid::regclass::text ~ '^(town|visit)'";
        let all: String = client.query_one(all, &[]).await.unwrap().get(0);
        assert_eq!(
            all,
            "town_name town_pkey town_size visit_1_at_idx visit_2_at_idx visit_at"
        );
        stage.ends("doctor", 0);
    }
}

#[tokio::test]
async fn a_parents_index_that_was_left_half_made_is_made_anew() {
    let stage = Stage::new("", BEFORE, AFTER).await;
    let client = stage.client().await;
    client
        .batch_execute("CREATE INDEX visit_at ON ONLY visit (at)")
        .await
        .unwrap();
    let writer = "UPDATE visit SET at = at WHERE id = 1";
    interrupted(
        &stage,
        writer,
        "CREATE INDEX CONCURRENTLY visit_1_at_idx ON visit_1 (at)",
    )
    .await;
    assert_eq!(invalid(&client).await, ["visit_1_at_idx", "visit_at"]);
    stage.ends("apply --target after.sql --strategy online --phase all --yes", 0);
    assert_eq!(invalid(&client).await, Vec::<String>::new());
    stage.ends("diff --target after.sql", 0);
    stage.ends("rollback --phase all --yes", 0);
}

#[tokio::test]
async fn what_is_attached_and_broken_is_built_again_before_the_rest_is_attached() {
    let stage = Stage::new("", BEFORE, AFTER).await;
    let client = stage.client().await;
    client
        .batch_execute("CREATE INDEX visit_at ON ONLY visit (at)")
        .await
        .unwrap();
    let writer = "UPDATE visit SET at = at WHERE id = 1";
    let build = "CREATE INDEX CONCURRENTLY visit_1_at_idx ON visit_1 (at)";
    interrupted(&stage, writer, build).await;
    client
        .batch_execute("ALTER INDEX visit_at ATTACH PARTITION visit_1_at_idx")
        .await
        .unwrap();
    // And somebody has tried that before us.
    interrupted(&stage, writer, "REINDEX INDEX CONCURRENTLY visit_1_at_idx").await;
    let left = ["visit_1_at_idx", "visit_1_at_idx_ccnew", "visit_at"];
    assert_eq!(invalid(&client).await, left);
    let steps = [
        "Build index visit_1_at_idx of public.visit_1 again",
        "Create index visit_2_at_idx on public.visit_2 concurrently",
        "Attach index visit_2_at_idx to visit_at",
    ];
    stage.says(
        "apply --target after.sql --strategy online --phase all --yes",
        0,
        &steps,
    );
    assert_eq!(invalid(&client).await, Vec::<String>::new());
    stage.ends("diff --target after.sql", 0);
    stage.ends("doctor", 0);
    stage.ends("rollback --phase all --yes", 0);
    let left = invalid(&client).await;
    assert_eq!(
        left,
        ["visit_at"],
        "what was attached is below it again, and whole"
    );
}

#[tokio::test]
async fn the_doctor_drops_them_concurrently() {
    let stage = Stage::new("", BEFORE, AFTER).await;
    left(&stage).await;
    let mends = LEFT.map(|name| format!("mend: DROP INDEX CONCURRENTLY IF EXISTS public.{name}\n"));
    stage.says("doctor", 2, &mends.each_ref().map(String::as_str));
    stage.says("doctor --fix --yes", 0, &["every index is valid"]);
    assert_eq!(invalid(&stage.client().await).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_partitions_that_its_parent_has_taken_over_is_built_again() {
    for strategy in ["direct", "online"] {
        let stage = Stage::new("", BEFORE, AFTER).await;
        let client = stage.client().await;
        let writer = "UPDATE visit SET at = at WHERE id = 1";
        let build = "CREATE INDEX CONCURRENTLY visit_1_at_idx ON visit_1 (at)";
        interrupted(&stage, writer, build).await;
        client
            .batch_execute("CREATE INDEX visit_at ON visit (at)")
            .await
            .unwrap();
        assert_eq!(invalid(&client).await, ["visit_1_at_idx", "visit_at"]);
        let parts = [
            "visit_at of visit, as long as one of a partition is missing or not valid\n",
            "mend: REINDEX INDEX CONCURRENTLY public.visit_1_at_idx\n",
        ];
        stage.says("doctor", 2, &parts);
        // The server looks at the parent only when one is attached.
        stage.ends("doctor --fix --yes", 2);
        assert_eq!(invalid(&client).await, ["visit_at"]);
        let said = stage.ends(
            &format!("apply --target after.sql --strategy {strategy} --phase all --yes"),
            0,
        );
        let beside = "Create index schemaplan_new_visit_1_at_idx on public.visit_1 ";
        assert_eq!(said.contains(beside), strategy == "online", "{said}");
        assert_eq!(invalid(&client).await, Vec::<String>::new());
        stage.ends("diff --target after.sql", 0);
        stage.ends("doctor", 0);
        stage.ends("rollback --phase all --yes", 0);
    }
}
