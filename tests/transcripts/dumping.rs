//! A database written as schema files.

use crate::stage::{Database, Stage};

const SHOP: &str = "
    create schema audit;
    create type mood as enum ('happy', 'sad');
    create domain email as text constraint email_has_an_at check (value ~ '@');
    create table customer (
        id bigint generated always as identity primary key,
        email email not null unique,
        mood mood not null default 'happy',
        name varchar(80),
        favourite bigint,
        joined timestamptz not null default now(),
        constraint name_not_blank check (name <> '')
    );
    create table orders (
        id serial primary key,
        customer_id bigint not null references customer on delete cascade,
        amount numeric(12,2) not null check (amount >= 0),
        note text
    );
    alter table customer add constraint customer_favourite_fkey foreign key (favourite) references orders (id);
    create index on orders (customer_id);
    create index orders_large on orders (amount desc) where amount > 1000;
    comment on table orders is 'An order, from the moment it is placed';
    comment on column orders.note is 'Left by the customer';
    create function audit.note() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger orders_note after insert on orders for each row when (new.amount > 0) execute function audit.note();
    create function total(customer bigint) returns numeric language sql stable as 'select sum(amount) from orders where customer_id = $1';
    create function total(customer text) returns numeric language sql stable as 'select 0::numeric';
    create view big as select o.id, c.email from orders o join customer c on c.id = o.customer_id where o.amount > 1000;
    create table \"Orders\" (\"a/b\" int);
    grant select on orders to pg_monitor;
";

#[tokio::test]
async fn a_folder_of_files() {
    let database = Database::with(SHOP).await;
    let mut stage = Stage::on(&database);
    stage.run("dump --out schema");
    stage.show_files(
        "schema",
        &[
            "public/tables/customer.sql",
            "public/tables/orders.sql",
            "public/functions/total.sql",
            "public/views/big.sql",
            "public/types/email.sql",
        ],
    );
    stage.run("diff --target schema");
    stage.run("dump --out schema");
    stage.file("schema/left_over.sql", "create table left_over ();");
    stage.file("schema/README.md", "ours");
    stage.run("dump --out schema --replace");
    assert!(stage.path("schema/README.md").exists() && !stage.path("schema/left_over.sql").exists());
    stage.run("diff --target schema");
    stage.matches("dump_folder");
    database.end().await;
}

#[tokio::test]
async fn one_file() {
    let database = Database::with("create table t (id int primary key, a text default 'x')").await;
    let mut stage = Stage::on(&database);
    stage.run("dump");
    stage.run("dump --out all.sql");
    stage.run("diff --target all.sql");
    stage.run("dump --out all.sql");
    stage.run("dump empty --out all.sql --replace");
    stage.matches("dump_one_file");
    database.end().await;
}

#[tokio::test]
async fn an_empty_database() {
    let database = Database::new().await;
    let mut stage = Stage::on(&database);
    for (out, format) in [("schema", "sql"), ("in_yaml", "yaml")] {
        stage.run(&format!("dump --out {out} --format {format}"));
        stage.run(&format!("diff --target {out}"));
    }
    stage.matches("dump_of_nothing");
    database.end().await;
}

#[tokio::test]
async fn what_stands_in_the_way() {
    let database = Database::with("create table t (id int)").await;
    let mut stage = Stage::on(&database);
    stage.file("folder.sql/x", "").file("file", "");
    stage.run("dump --out folder.sql");
    stage.run("dump --out file");
    stage.run("dump --out all.yaml --format sql");
    stage.run("dump nowhere.json --out x");
    stage.run(&format!("dump --out x --url {}", "postgres://127.0.0.1:1/none"));
    stage.matches("dump_in_the_way");
    database.end().await;
}

#[tokio::test]
async fn a_folder_of_yaml() {
    let database = Database::with(SHOP).await;
    let mut stage = Stage::on(&database);
    stage.run("dump --out schema --format yaml");
    stage.show_files(
        "schema",
        &[
            "public/tables/customer.yaml",
            "public/tables/orders.yaml",
            "public/functions/total.yaml",
            "public/views/big.yaml",
            "public/types/email.yaml",
        ],
    );
    stage.run("diff --target schema");
    stage.run("dump --out all.yaml");
    stage.run("diff --target all.yaml");
    stage.matches("dump_yaml");
    database.end().await;
}

#[tokio::test]
async fn a_folder_to_begin_with() {
    let database = Database::with("create table t (id int primary key)").await;
    let mut stage = Stage::on(&database);
    stage.run("init");
    stage.show_files("schema", &["tables/t.sql"]);
    stage.run("diff");
    stage.run("init");
    stage.matches("init_from_a_database");
    database.end().await;
}
