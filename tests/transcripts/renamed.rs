//! A renamed table while old and new code both run.

use super::stage::{Database, Stage};

const BEFORE: &str = "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE, state text NOT NULL DEFAULT 'new', tenant text NOT NULL DEFAULT 'a');
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders USING (tenant = 'a');
INSERT INTO orders (code) SELECT 'c' || n FROM generate_series(1, 50) AS n;";

const AFTER: &str = "-- schemaplan: renamed from orders
create table purchase (
    id bigint generated always as identity primary key,
    code text unique,
    state text not null default 'new',
    tenant text not null default 'a'
);
alter table purchase enable row level security;
create policy own on purchase using (tenant = 'a');
";

/// What code does that knows the table by one of its names, in a transaction of its own role.
fn work(name: &str, round: &str) -> String {
    format!(
        "SET ROLE renamed_app;
         BEGIN;
         INSERT INTO {name} (code) VALUES ('{name} {round} one'), ('{name} {round} two');
         INSERT INTO {name} (code) VALUES ('{name} {round} one') ON CONFLICT (code) DO UPDATE SET state = 'again';
         UPDATE {name} SET state = 'paid' WHERE code = '{name} {round} two';
         SAVEPOINT before;
         DELETE FROM {name};
         ROLLBACK TO before;
         DELETE FROM {name} WHERE code IN (SELECT code FROM {name} WHERE code LIKE 'c%' ORDER BY id LIMIT 1 FOR UPDATE);
         COMMIT;
         RESET ROLE;"
    )
}

#[tokio::test(flavor = "current_thread")]
async fn both_names_are_there_until_contract() {
    let database = Database::with(BEFORE).await;
    database
        .run(
            "DO $$ BEGIN CREATE ROLE renamed_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO renamed_app;
             INSERT INTO orders (code, tenant) VALUES ('hidden', 'b');",
        )
        .await;
    let mut stage = Stage::on(&database);
    stage.file("schema/purchase.sql", AFTER);
    database.run(&work("orders", "before")).await;
    stage
        .run("plan --out plans --name purchase --id 1")
        .run("apply --plan plans/1_purchase --phase expand --yes");
    database.run(&work("orders", "between")).await;
    database.run(&work("purchase", "between")).await;
    stage.run("status").run("diff");
    stage.run("apply --plan plans/1_purchase --phase contract --yes");
    database.run(&work("purchase", "after")).await;
    assert_eq!(database.get("SELECT to_regclass('orders') IS NULL").await, "true");
    stage.run("diff").run("rollback --yes --phase contract");
    database.run(&work("orders", "back")).await;
    database.run(&work("purchase", "back")).await;
    stage
        .run("rollback --yes --phase expand")
        .matches("renamed-table");
    database.run(&work("orders", "end")).await;
    let counted = "SELECT count(*) FILTER (WHERE state = 'again') || ' ' || count(*) FILTER (WHERE state = 'paid') || ' ' || count(*) FILTER (WHERE code LIKE 'c%') || ' ' || count(*) FILTER (WHERE tenant = 'b') FROM orders";
    assert_eq!(database.get(counted).await, "7 7 43 1");
    assert_eq!(
        database.get("SELECT to_regclass('purchase') IS NULL").await,
        "true"
    );
    database.end().await;
}

/// Passed over, the second renaming would drop a column with its values.
#[tokio::test(flavor = "current_thread")]
async fn a_name_that_another_renaming_gives_up_is_refused() {
    let database =
        Database::with("CREATE TABLE part (qty integer, other integer, one integer, two integer);").await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/part.sql",
        "CREATE TABLE part (
    -- schemaplan: renamed from qty
    quantity integer,
    -- schemaplan: renamed from other
    qty integer,
    -- schemaplan: renamed from two
    one integer,
    -- schemaplan: renamed from one
    two integer
);
",
    );
    stage.run("plan").matches("renamed-onto-a-name-in-use");
    // Staged, too, where each takes the other's type with its name: values would be turned into the other's.
    let alike = Database::with("CREATE TABLE part (one text, two varchar);").await;
    let mut stage = Stage::on(&alike);
    stage.file(
        "schema/part.sql",
        "CREATE TABLE part (
    -- schemaplan: renamed from two
    one varchar,
    -- schemaplan: renamed from one
    two text
);
",
    );
    stage
        .run("plan --strategy online")
        .matches("renamed-onto-each-other");
    alike.end().await;
    database.end().await;
}
