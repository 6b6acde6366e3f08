//! What would hold up others, or leave us waiting for nobody.

use super::stage::{GROWN, Stage, TOWNS};

#[tokio::test]
async fn a_timeout_of_nothing_is_no_timeout_and_is_refused() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    let words = "apply --target after.sql --yes --allow tightens";
    for flag in ["--lock-timeout 0s", "--statement-timeout 0ms"] {
        let said = stage.ends(&format!("{words} {flag}"), 1);
        assert!(
            said.contains("timeout is 0, which PostgreSQL takes for none"),
            "{said}"
        );
    }
    stage.file("schemaplan.yaml", "executor: {lock_timeout: 0s}\n");
    stage.ends(words, 1);
    let nothing = "SELECT to_regclass('schemaplan.plan') IS NULL";
    let client = stage.client().await;
    assert!(client.query_one(nothing, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn a_lease_that_somebody_deleted_is_there_again() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    let words = "apply --target after.sql --yes --allow tightens --phase all";
    let client = stage.client().await;
    for (words, more) in [(words, 1_i64), ("rollback --phase all --yes", 2)] {
        stage.ends(words, 0);
        let token: i64 = {
            let sql = "SELECT max(token) FROM schemaplan.step";
            client.query_one(sql, &[]).await.unwrap().get(0)
        };
        assert!(token >= more, "tokens go on where they were: {token}");
        let gone = client.execute("DELETE FROM schemaplan.lease", &[]).await.unwrap();
        assert_eq!(gone, 1, "{words}");
    }
}
