//! `lint`: weak places of the files, with and without a database.

use super::stage::{Database, Stage};

const WEAK: &str = "CREATE TABLE customer (
    id serial PRIMARY KEY,
    code char(3) NOT NULL,
    seen timestamp,
    extra json
);
CREATE TABLE \"order\" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer bigint NOT NULL REFERENCES customer,
    total money,
    at timestamptz NOT NULL
);
CREATE INDEX order_at_idx ON \"order\" (at);
CREATE INDEX order_at_total_idx ON \"order\" (at, total);
CREATE UNLOGGED TABLE visit (at timestamptz);
CREATE POLICY own ON customer USING (code = current_user);
CREATE FUNCTION total(of bigint) RETURNS money LANGUAGE sql SECURITY DEFINER AS 'SELECT total FROM \"order\" WHERE id = of';
";

#[tokio::test(flavor = "current_thread")]
async fn weak_places_are_named_with_their_place() {
    let mut stage = Stage::new();
    stage.file("schema/shop.sql", WEAK);
    stage
        .run("lint")
        .run("lint --off serial,duplicate-index,money,json,char-n,time-without-zone,unlogged")
        .run("lint --off serail")
        .run("explain foreign-key-without-index");
    stage.file("schemaplan.yaml", "lint: {off: [seriall]}\n");
    stage.run("lint");
    stage.file("schemaplan.yaml", "lint: {off: [no-primary-key]}\n");
    stage.file("schema/shop.sql", "CREATE TABLE visit (at timestamptz);\n");
    stage.run("lint").matches("lint");
}

#[tokio::test(flavor = "current_thread")]
async fn the_hazards_of_the_plan_are_findings_too() {
    let database = Database::with("CREATE TABLE town (id bigint PRIMARY KEY, name text, mayor text)").await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/town.sql",
        "CREATE TABLE town (id bigint PRIMARY KEY, name text NOT NULL);\n",
    );
    stage.run("lint").matches("lint-with-a-plan");
    let json = stage.command(&["lint", "--format", "json"]).output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(answer["planned"], true);
    assert!(answer["hazards"].as_array().unwrap().len() > 1);
    database.end().await;
}
