//! A database that is in the middle of a plan, and a journal that is gone.

use super::stage::{Database, Stage};

const BEFORE: &str =
    "CREATE TABLE payment (id bigint PRIMARY KEY, amount integer NOT NULL, note text, fax text);
CREATE INDEX payment_amount ON payment (amount);
INSERT INTO payment SELECT n, n * 3, 'note ' || n, 'fax ' || n FROM generate_series(1, 500) AS n;";

const AFTER: &str = "create table payment (
    id bigint primary key,
    amount bigint not null,
    -- schemaplan: renamed from note
    remark text
);
create index payment_amount on payment (amount);
";

const LOSE: &str = "TRUNCATE schemaplan.plan, schemaplan.step, schemaplan.attempt";

const DROP: &str = "DROP SCHEMA IF EXISTS schemaplan CASCADE";

const SUMS: &str =
    "SELECT count(*) || ' ' || sum(amount) || ' ' || min(remark) || ' ' || max(remark) FROM payment";

#[tokio::test(flavor = "current_thread")]
async fn a_plan_goes_on_without_its_journal() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/payment.sql", AFTER);
    stage
        .run("plan --strategy online --out plans --id 1 --name wider")
        .run("apply --plan plans/1_wider --phase expand --yes");
    database.run(LOSE).await;
    stage
        .run("status")
        .run("plan --strategy online")
        .run("apply --strategy online --yes")
        .run("apply --plan plans/1_wider --phase migrate --yes");
    database.run(LOSE).await;
    stage
        .run("diff")
        .run("apply --plan plans/1_wider --yes")
        .run("apply --plan plans/1_wider --phase contract --yes")
        .run("diff");
    assert_eq!(database.get(SUMS).await, "500 375750 note 1 note 99");
    stage.run("rollback --phase all --yes").matches("lost-journal");
    let back = "SELECT count(*) || ' ' || sum(amount) || ' ' || min(note) || ' ' || max(fax) FROM payment";
    assert_eq!(database.get(back).await, "500 375750 note 1 fax 99");
    database.end().await;
}

/// Nothing tells a database that somebody has changed from one in which a plan has come some way, but what the plan has made.
#[tokio::test(flavor = "current_thread")]
async fn a_database_that_was_changed_by_hand_is_not_taken_for_one_on_its_way() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/payment.sql", AFTER);
    stage.run("plan --strategy online --out plans --id 1 --name wider");
    database
        .run("ALTER TABLE payment DROP COLUMN fax; ALTER TABLE payment ADD COLUMN schemaplan_new_other text")
        .await;
    stage
        .run("apply --plan plans/1_wider --yes")
        .matches("changed-by-hand");
    database.end().await;
}

/// A comparison that ends equal is remembered, so that the next one is quick; one in the middle of a plan is not.
#[tokio::test(flavor = "current_thread")]
async fn what_is_on_its_way_is_said_each_time() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file(
        "schema/payment.sql",
        BEFORE.split("INSERT").next().unwrap_or_default(),
    );
    database
        .run("ALTER TABLE payment ADD COLUMN schemaplan_old_amount integer")
        .await;
    stage.run("diff").run("diff").matches("said-each-time");
    database.end().await;
}

/// The second name of a table bears no name of ours: its comment tells.
#[tokio::test(flavor = "current_thread")]
async fn a_second_name_goes_on_without_its_journal() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    let renamed = BEFORE.split("INSERT").next().unwrap_or_default();
    let renamed = renamed
        .replace(
            "CREATE TABLE payment",
            "-- schemaplan: renamed from payment\nCREATE TABLE paid",
        )
        .replace("ON payment", "ON paid");
    stage.file("schema/payment.sql", &renamed);
    stage
        .run("plan --out plans --id 1 --name paid")
        .run("apply --plan plans/1_paid --phase expand --yes");
    database.run(LOSE).await;
    stage
        .run("status")
        .run("diff")
        .run("plan")
        .run("apply --plan plans/1_paid --phase contract --dry-run")
        .run("apply --plan plans/1_paid --phase contract --yes")
        .run("diff")
        .run("rollback --phase all --yes")
        .matches("lost-journal-second-name");
    database.end().await;
}

/// The functions of the sync triggers live in the schema of the journal: they go with it, and the triggers with them.
#[tokio::test(flavor = "current_thread")]
async fn the_schema_of_the_journal_is_dropped_in_the_middle_of_a_plan() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    let wider = BEFORE.split("INSERT").next().unwrap_or_default();
    let wider = wider.replace("amount integer", "amount bigint");
    stage.file("schema/payment.sql", &wider);
    stage
        .run("plan --strategy online --out plans --id 1 --name wider")
        .run("apply --plan plans/1_wider --phase expand --yes");
    database.run(DROP).await;
    // Nothing keeps the shadow column current now.
    let more = "UPDATE payment SET amount = amount + 1";
    database.run(more).await;
    database.run("INSERT INTO payment VALUES (501, 7)").await;
    stage
        .run("status")
        .run("diff")
        .run("plan --strategy online")
        .run("apply --plan plans/1_wider --phase migrate --yes")
        .run("apply --plan plans/1_wider --phase expand --yes")
        .run("apply --plan plans/1_wider --phase migrate --yes");
    database.run(DROP).await;
    database.run(more).await;
    stage
        .run("status")
        .run("apply --plan plans/1_wider --phase all --yes")
        .run("diff");
    let sums = "SELECT count(*) || ' ' || sum(amount) FROM payment";
    assert_eq!(database.get(sums).await, "501 376758");
    stage.run("rollback --phase contract --yes");
    database.run(DROP).await;
    stage
        .run("status")
        .run("apply --plan plans/1_wider --phase all --yes")
        .run("status")
        .run("rollback --phase all --yes")
        .matches("dropped-journal");
    assert_eq!(database.get(sums).await, "501 376758");
    database.end().await;
}
