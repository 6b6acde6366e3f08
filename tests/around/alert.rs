//! Something takes longer than it should.

use serde_json::Value;

use super::stage::{GROWN, Stage, TOWNS, until};

#[tokio::test]
async fn what_takes_long_is_said_once_and_the_hook_runs() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    stage.file(
        "schemaplan.yaml",
        "executor: {alert_after: 700ms}\nhooks:\n  on_alert:\n    - 'echo \"$SCHEMAPLAN_PHASE: $SCHEMAPLAN_ALERT\" >> alerts'\n    - exit 3\n",
    );
    let client = stage.client().await;
    // A transaction that the index waits for.
    client
        .batch_execute("BEGIN; UPDATE town SET mayor = mayor WHERE id = 1")
        .await
        .unwrap();
    let run = stage.start("apply --target after.sql --strategy online --yes --phase expand --metrics m.json");
    let other = stage.client().await;
    until(
        &other,
        "SELECT EXISTS (SELECT FROM pg_index WHERE NOT indisvalid)",
    )
    .await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    client.batch_execute("COMMIT").await.unwrap();
    let said = run.ends(0).await;
    let words = "step 1 has taken longer than 700 ms: Create index town_name_idx on public.town concurrently";
    assert_eq!(said.matches(words).count(), 1, "{said}");
    assert_eq!(
        said.matches("warning[slow]: expand has taken longer than 700 ms")
            .count(),
        1,
        "{said}"
    );
    assert!(
        said.contains("the hook on_alert failed: `exit 3` ended with exit status: 3"),
        "{said}"
    );
    let mut alerts: Vec<String> = stage.text("alerts").lines().map(str::to_owned).collect();
    alerts.sort();
    assert_eq!(
        alerts,
        [
            "expand: expand has taken longer than 700 ms".to_owned(),
            format!("expand: {words}")
        ]
    );
    let metrics: Value = serde_json::from_str(&stage.text("m.json")).unwrap();
    // Which of the two comes first depends on how long the phase takes to begin.
    let alerts = metrics["alerts"].as_array().unwrap();
    let of_steps: Vec<&Value> = alerts.iter().map(|alert| &alert["step"]).collect();
    assert!(
        of_steps.len() == 2 && of_steps.contains(&&Value::from(1)) && of_steps.contains(&&Value::Null),
        "{metrics:#}"
    );
    // Nothing is slow, and nothing is measured: nothing is said.
    let said = stage.ends("rollback --yes --alert-after 1min", 0);
    assert!(!said.contains("slow"), "{said}");
}

/// Enough rows to be a measure.
const MANY: &str = "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL, mayor text); \
     INSERT INTO town SELECT n, 'town ' || n, 'mayor ' || n FROM generate_series(1, 30000) AS n; ANALYZE town";

#[tokio::test]
async fn what_will_take_long_is_said_before_it_begins() {
    let stage = Stage::new("", MANY, GROWN).await;
    stage.file(
        "schemaplan.yaml",
        "hooks: {on_alert: 'echo \"$SCHEMAPLAN_PHASE: $SCHEMAPLAN_ALERT\" >> alerts'}\n",
    );
    let apply = "apply --target after.sql --strategy online --yes --allow tightens --phase";
    stage.ends(&format!("{apply} expand"), 0);
    // Nothing was measured here yet.
    let said = stage.ends(&format!("{apply} migrate --alert-after 20ms --metrics m.json"), 0);
    let words = "will take longer than 20 ms, 100 ms at least: it copies 30000 rows, and no server does more than 300000 a second: Fill";
    assert_eq!(said.matches(words).count(), 1, "{said}");
    assert_eq!(stage.text("alerts").matches(words).count(), 1);
    let metrics: Value = serde_json::from_str(&stage.text("m.json")).unwrap();
    let alerts = metrics["alerts"].as_array().unwrap();
    assert_eq!(
        alerts.iter().filter(|each| each["expected"] == true).count(),
        1,
        "{metrics:#}"
    );
    stage.ends(&format!("{apply} contract"), 0);
    // The next one is measured by it.
    let twice = GROWN.replace(
        "size int NOT NULL",
        "size int NOT NULL,\n    -- schemaplan: backfill length(name)\n    length int NOT NULL",
    );
    stage.file("after.sql", &twice);
    stage.ends(&format!("{apply} expand"), 0);
    let said = stage.ends(&format!("{apply} migrate --alert-after 10ms"), 0);
    assert!(
        said.contains("it copies 30000 rows, and earlier runs here did at most "),
        "{said}"
    );
    // Of what may be quick nothing is said.
    stage.ends("rollback --yes --phase migrate", 0);
    let said = stage.ends(&format!("{apply} migrate --alert-after 1h"), 0);
    assert!(!said.contains("will take"), "{said}");
}
