//! Tenants whose shape the server only has to give another name, and those for whom it has to be built.

use super::servers::Server;
use super::stage::Stage;

/// All that names its schema and is no text.
const SHAPE: &str = "CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('glad', 'sad');
CREATE DOMAIN app.amount AS numeric(10, 2) CHECK (value >= 0);
CREATE TYPE app.pair AS (one int, other app.mood);
CREATE SEQUENCE app.number;
CREATE FUNCTION app.twice(n app.amount) RETURNS app.amount IMMUTABLE LANGUAGE sql RETURN n * 2;
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.changed := now(); RETURN new; END';
CREATE TABLE app.town (
    id serial PRIMARY KEY,
    number bigint NOT NULL UNIQUE,
    feels app.mood NOT NULL DEFAULT 'glad'::app.mood,
    budget app.amount CHECK (app.twice(budget) < 100000),
    doubled numeric GENERATED ALWAYS AS (app.twice(budget)) STORED,
    pair app.pair,
    changed timestamptz
);
CREATE TABLE app.road (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, town int REFERENCES app.town ON DELETE CASCADE, name text);
CREATE INDEX ON app.road (lower(name)) WHERE town IS NOT NULL;
CREATE INDEX ON app.town (app.twice(budget));
CREATE VIEW app.glad AS SELECT t.id, r.name FROM app.town AS t JOIN app.road AS r ON r.town = t.id WHERE t.feels = 'glad'::app.mood;
CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) AS roads FROM app.glad;
CREATE TRIGGER stamp BEFORE UPDATE ON app.town FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE POLICY own ON app.road USING (town IN (SELECT id FROM app.town));
ALTER TABLE app.road ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE app.town IS 'A town';
";

/// The same with a body that names it.
const IN_A_TEXT: &str =
    "CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM app.town $$;\n";

const TENANTS: [&str; 4] = ["tenant_a", "tenant_b", "\"Tenant c\"", "tenant_d"];

/// A database in which each of them has the shape, which the files describe.
async fn with_tenants(shape: &str) -> Stage {
    let live = TENANTS.map(|name| {
        shape
            .replace("app.", &format!("{name}."))
            .replace("SCHEMA app", &format!("SCHEMA {name}"))
    });
    let stage = Stage::new("", &live.join("\n"), shape).await;
    stage.file(
        "schemaplan.yaml",
        "environments:\n  shop:\n    url: ${DATABASE_URL}\n    tenants: {shape: app, schemas: [\"tenant_*\", Tenant c]}\n",
    );
    stage
}

/// How often the server was told to make the table of towns.
fn built(engine: &Server) -> usize {
    let log = engine.log();
    let makes = |line: &&str| line.contains("CREATE TABLE ") && line.contains(".town (");
    log.lines().filter(makes).count()
}

#[tokio::test]
async fn the_shape_is_built_once_for_all_of_them() {
    // What names it in a text is built for each.
    for (more, times) in [("", 1), (IN_A_TEXT, TENANTS.len())] {
        let mut stage = with_tenants(&format!("{SHAPE}{more}")).await;
        let engine = Server::new("log_statement = all").await;
        let kept = stage.path("cache").display().to_string();
        stage.set("SCHEMAPLAN_CACHE", &kept);
        let shadow = engine.url("postgres", "postgres");
        stage.ends(
            &format!("diff --env shop --target after.sql --shadow {shadow}"),
            0,
        );
        assert_eq!(built(&engine), times, "{}", engine.log());
    }
}

#[tokio::test]
async fn every_tenant_is_compared_with_its_own_names() {
    for more in ["", IN_A_TEXT] {
        let shape = format!("{SHAPE}{more}");
        let stage = with_tenants(&shape).await;
        let said = stage.ends("diff --env shop --target after.sql", 0);
        assert!(said.contains("No difference"), "{said}");
        // Each gets what it lacks, under its own name.
        let client = stage.client().await;
        client
            .batch_execute("DROP VIEW tenant_b.glad CASCADE; DROP POLICY own ON \"Tenant c\".road")
            .await
            .unwrap();
        let wider = shape.replace("name text);", "name text, lanes int DEFAULT 2);");
        stage.file("after.sql", &wider);
        stage.ends("diff --env shop --target after.sql", 2);
        stage.ends(
            "apply --env shop --target after.sql --yes --phase all --allow all",
            0,
        );
        stage.ends("diff --env shop --target after.sql", 0);
        let lanes = "SELECT string_agg(attrelid::regclass::text, ' ' ORDER BY attrelid::regclass::text COLLATE \"C\") FROM pg_attribute WHERE attname = 'lanes'";
        let lanes: String = client.query_one(lanes, &[]).await.unwrap().get(0);
        assert_eq!(
            lanes,
            "\"Tenant c\".road tenant_a.road tenant_b.road tenant_d.road"
        );
    }
}
