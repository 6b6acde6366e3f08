//! `verify`: there, back and there again in a throwaway database.

use crate::stage::{Database, Stage};

const BEFORE: &str = "
    create table customer (id bigint generated always as identity primary key, email text not null unique,
        plan text check (plan in ('free', 'paid')));
    create table orders (id int primary key, customer_id bigint not null references customer,
        amount int not null check (amount >= 0), state text, legacy text);
";

const AFTER: &str = "
create table customer (id bigint generated always as identity primary key, email text not null unique,
    plan text check (plan in ('free', 'paid')));
create table orders (id int primary key, customer_id bigint not null references customer,
    amount bigint not null check (amount >= 0),
    -- schemaplan: backfill 'new'
    state text not null);
create index orders_customer on orders (customer_id);
";

#[tokio::test]
async fn a_plan_is_proven() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.file("schema/all.sql", AFTER);
    stage.run("verify --strategy online");
    // Nothing happens in the database itself.
    stage.run("plan --out plans --id 20260101000000 --name all --strategy online");
    stage.run("verify --plan plans/20260101000000_all --format json");
    database.run("alter table orders add note text").await;
    stage.run("verify --plan plans/20260101000000_all");
    stage.matches("verify_proven");
    database.end().await;
}

#[tokio::test]
async fn tables_without_rows_are_a_note_and_nothing_to_prove_is_said() {
    let database = Database::with(
        "create table closed (id int check (id > 1 and id < 1)); create table empty_list (id int);
         create function no() returns trigger language plpgsql as $$ begin raise 'no rows here'; end $$;
         create trigger no before insert on empty_list for each row execute function no()",
    )
    .await;
    let mut stage = Stage::on(&database);
    stage.run("dump --out schema");
    stage.run("verify");
    stage.file(
        "more/all.sql",
        "create table closed (id int check (id > 1 and id < 1), more int); create table empty_list (id bigint);
         create function no() returns trigger language plpgsql as $$ begin raise 'no rows here'; end $$;
         create trigger no before insert on empty_list for each row execute function no()",
    );
    stage.run("verify --target more");
    stage.matches("verify_notes");
    database.end().await;
}

#[tokio::test]
async fn a_plan_whose_backfill_fails_is_not_proven() {
    let mut stage = Stage::new();
    stage.file(
        "old.sql",
        "create table account (id int primary key, balance text);",
    );
    stage.file(
        "new.sql",
        "create table account (id int primary key,
         -- schemaplan: using (balance || ' coins')::int
         balance int);",
    );
    stage.run("verify --from old.sql --target new.sql");
    stage.matches("verify_not_proven");
}
