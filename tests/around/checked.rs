//! What a verification has seen stands in the journal: rows, and a checksum that no order changes.

use serde_json::Value;

use super::stage::{GROWN, Stage, TOWNS, holds_each};

/// The same rows in another order, under columns in another order.
const TURNED: &str = "CREATE TABLE town (mayor text, name text NOT NULL, id bigint PRIMARY KEY); \
     INSERT INTO town SELECT 'mayor ' || n, 'town ' || n, n FROM generate_series(5000, 1, -1) AS n; ANALYZE town";

const APPLY: &str = "apply --target after.sql --strategy online --yes --allow tightens --phase";

/// The verifications of the newest run, as `status` has them.
fn verified(stage: &Stage) -> Vec<Value> {
    let output = stage.command("status --format json").output().unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    status["runs"][0]["verified"].as_array().unwrap().clone()
}

#[tokio::test]
async fn rows_and_a_checksum_are_kept_and_are_the_same_for_the_same_rows() {
    let mut seen = Vec::new();
    let lengthened = format!("{TOWNS}; UPDATE town SET mayor = mayor || repeat('x', 200000) WHERE id = 7");
    for (before, more) in [
        (TOWNS, ""),
        (TURNED, " --workers 3 --batch-time 5ms"),
        (&TOWNS.replace("'mayor ' || n", "'Mayor ' || n"), ""),
        (&lengthened, ""),
    ] {
        let stage = Stage::new("", before, GROWN).await;
        stage.ends(&format!("{APPLY} expand"), 0);
        assert_eq!(verified(&stage), Vec::<Value>::new());
        stage.ends(&format!("{APPLY} migrate{more}"), 0);
        let all = verified(&stage);
        assert!(!all.is_empty());
        for each in &all {
            assert_eq!((&each["rows"], &each["direction"]), (&5000.into(), &"up".into()));
            // Nobody has written in between.
            assert_eq!(each["checksum"], all[0]["checksum"], "{all:#?}");
        }
        let checksum = all[0]["checksum"].as_str().unwrap().to_owned();
        assert_eq!(checksum.len(), 16);
        stage.says("status", 2, &[&format!(" rows, checksum {checksum}\n")]);
        seen.push((stage, checksum));
    }
    assert_eq!(seen[0].1, seen[1].1, "another order");
    assert_ne!(seen[0].1, seen[2].1, "other values");
    assert_ne!(seen[0].1, seen[3].1, "one other value, of which the size counts");
    // Nobody corrects it by hand.
    let client = seen[0].0.client().await;
    let edit =
        "UPDATE schemaplan.step SET checked = jsonb_set(checked, '{rows}', '1') WHERE checked IS NOT NULL";
    assert!(client.execute(edit, &[]).await.unwrap() > 0);
    let said = seen[0].0.ends("status", 1);
    holds_each(&said, &["error[journal]", "is not what was recorded"]);
}
