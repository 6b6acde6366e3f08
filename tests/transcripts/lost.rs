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
