//! `doctor`: what a run would meet, and what is left to mend.

use super::stage::{Database, Stage};

#[tokio::test(flavor = "current_thread")]
async fn an_index_that_was_left_invalid_is_found_and_mended() {
    let database = Database::with(
        "CREATE TABLE town (id int PRIMARY KEY, name text); INSERT INTO town SELECT n, 'Oslo' FROM generate_series(1, 9) AS n",
    )
    .await;
    let mut stage = Stage::on(&database);
    stage.run("doctor");
    let build = "CREATE UNIQUE INDEX CONCURRENTLY town_name_key ON town (name)";
    let url = database.url();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client.batch_execute(build).await.unwrap_err();
    stage
        .run("doctor")
        .run("doctor --fix")
        .run("doctor --fix --yes")
        .matches("doctor");
    let json = stage.command(&["doctor", "--format", "json"]).output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(answer["healthy"], true);
    assert_eq!(answer["format_version"], 1);
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_role_without_rights_hears_what_it_lacks() {
    let database = Database::with(
        "DO $$ BEGIN CREATE ROLE transcript_patient LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; CREATE TABLE town (id int)",
    )
    .await;
    let mut stage = Stage::on_url(&database.url_as("transcript_patient"));
    stage.run("doctor").matches("doctor-without-rights");
    database.end().await;
}
