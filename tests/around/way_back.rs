//! Statistics on the way back.

use super::stage::Stage;

const BEFORE: &str = "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, size int); \
     CREATE INDEX town_name_idx ON town (lower(name)); \
     INSERT INTO town SELECT n, 'town ' || n, n FROM generate_series(1, 5000) AS n; ANALYZE town";

const AFTER: &str = "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, size bigint);\n";

/// Whether the planner knows something of the index's expression, and of the column whose type has changed.
const KNOWN: &str = "SELECT EXISTS (SELECT FROM pg_stats WHERE tablename = 'town_name_idx'), \
     EXISTS (SELECT FROM pg_stats WHERE tablename = 'town' AND attname = 'size')";

async fn is_known(stage: &Stage) -> (bool, bool) {
    let row = stage.client().await.query_one(KNOWN, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn an_index_over_an_expression_and_a_type_that_come_back_are_analyzed() {
    for strategy in ["direct", "online"] {
        let stage = Stage::new("autovacuum = off", BEFORE, AFTER).await;
        stage.ends(
            &format!("apply --target after.sql --strategy {strategy} --yes --phase all --allow all"),
            0,
        );
        assert_eq!(is_known(&stage).await, (false, true), "{strategy}: there");
        stage.ends("rollback --yes --phase all", 0);
        assert_eq!(is_known(&stage).await, (true, true), "{strategy}: back");
    }
}

#[tokio::test]
async fn scripts_analyze_what_they_take_back() {
    let stage = Stage::new("autovacuum = off", BEFORE, AFTER).await;
    stage.ends(
        "plan --target after.sql --strategy direct --out plans --id 20260101000000 --name back",
        0,
    );
    let folder = "plans/20260101000000_back";
    let scripts = stage.names(folder);
    let run = async |name: &str| {
        let text = stage.text(&format!("{folder}/{name}"));
        // psql runs statements one by one.
        let statements = pg_query::split_with_parser(&text).unwrap();
        let client = stage.client().await;
        for statement in statements {
            client.batch_execute(statement).await.unwrap();
        }
    };
    for phase in ["expand", "migrate", "contract"] {
        if scripts.contains(&format!("{phase}.up.sql")) {
            run(&format!("{phase}.up.sql")).await;
        }
    }
    assert_eq!(is_known(&stage).await, (false, true), "there");
    for phase in ["contract", "migrate", "expand"] {
        if scripts.contains(&format!("{phase}.down.sql")) {
            run(&format!("{phase}.down.sql")).await;
        }
    }
    assert_eq!(is_known(&stage).await, (true, true), "back");
}
