//! Commands around each phase, and restore points.

use super::stage::{Database, Stage};

const HOOKS: &str = "schemas: [public]
hooks:
  before: 'echo \"before $SCHEMAPLAN_VERB $SCHEMAPLAN_PHASE\" >> log'
  after:
    - 'echo \"after $SCHEMAPLAN_VERB $SCHEMAPLAN_PHASE: $SCHEMAPLAN_OUTCOME\" >> log'
    - 'grep -c step $SCHEMAPLAN_PLAN_FILE > /dev/null && echo \"  $SCHEMAPLAN_TABLES\" >> log'
  before_contract: 'test -e backup || { echo \"no backup\"; exit 7; }'
";

#[tokio::test(flavor = "current_thread")]
async fn commands_run_around_each_phase() {
    let database = Database::with(
        "CREATE TABLE town (id bigint PRIMARY KEY, name text, mayor text); INSERT INTO town VALUES (1, 'Oslo'), (2, 'Oslo')",
    )
    .await;
    let mut stage = Stage::on(&database);
    stage.file("schemaplan.yaml", HOOKS);
    stage.file(
        "schema/town.sql",
        "create table town (id bigint primary key, name text, size int);
-- By a class of operators, so that its duplicates are not found before.
create unique index town_name on town (name text_pattern_ops);
",
    );
    stage
        .run("apply --yes --allow tightens --phase expand --restore-point")
        .run("apply --yes --allow tightens --phase migrate");
    database.run("UPDATE town SET name = 'Bergen' WHERE id = 2").await;
    stage
        .run("apply --yes --allow tightens --phase migrate")
        .run("apply --yes --phase contract");
    stage.file("backup", "");
    stage
        .run("apply --yes --phase contract")
        .run("rollback --yes --phase all");
    let log = std::fs::read_to_string(stage.path("log")).unwrap();
    stage.add(&log);
    stage.matches("hooks");
    database.end().await;
}
