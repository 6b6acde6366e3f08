//! What bad input gets: a clear error, the right exit code, nothing lost.

use super::fake_server::{fatal, of_version, that_says};
use super::stage::{Database, Stage};

const CUSTOMER: &str = "create table customer (\n    id bigint primary key,\n    email text not null\n);\n";

#[test]
fn nothing_names_a_database() {
    let mut stage = Stage::new();
    stage.file("schema/customer.sql", CUSTOMER);
    stage
        .run("diff")
        .run("diff --env production")
        .matches("no-database");
}

#[test]
fn usage_errors_end_with_one() {
    let mut stage = Stage::new();
    stage
        .run("diff --no-such-flag")
        .run("apply --allow drop-data")
        .run("verify --format sql")
        .matches("usage");
}

#[test]
fn a_folder_that_is_not_there() {
    let mut stage = Stage::new();
    stage
        .run("diff --from empty --target schema")
        .matches("missing-folder");
}

#[test]
fn an_empty_folder_is_never_an_empty_schema() {
    let mut stage = Stage::new();
    std::fs::create_dir(stage.path("schema")).unwrap();
    stage.run("diff --from empty").matches("empty-folder");
}

#[test]
fn sql_that_does_not_parse_and_a_type_that_is_not_there() {
    let mut stage = Stage::new();
    stage.file(
        "schema/a.sql",
        "create table a (\n    id bigint primary key,,\n    b text\n);\n",
    );
    stage.run("diff --from empty");
    stage.file(
        "schema/a.sql",
        "create table a (\n    id bigint,\n    state order_statsu\n);\n",
    );
    stage.file(
        "schema/b.sql",
        "create type order_status as enum ('new');\ncreate table b (id no_such_type);\n",
    );
    stage.run("diff --from empty").matches("wrong-sql");
}

#[test]
fn two_files_that_define_the_same_table() {
    let mut stage = Stage::new();
    stage
        .file("schema/a.sql", CUSTOMER)
        .file("schema/b.sql", CUSTOMER);
    stage.run("diff --from empty").matches("defined-twice");
}

#[test]
fn a_split_that_cannot_be() {
    let mut stage = Stage::new();
    let before = "create table users (id bigint primary key, name text, bio text, age int, note xml, code int unique);\n";
    let after = "create table users (id bigint primary key, name text, code int unique);\n";
    stage
        .file("schema/users.sql", after)
        .file("before/users.sql", before);
    for (directive, table) in [
        (
            "users bio on user_id = users.id",
            "user_id bigint primary key, bio text",
        ),
        (
            "user (bio) on user_id = users.id",
            "user_id bigint primary key, bio text",
        ),
        (
            "user (bio) on user_id = user.id",
            "user_id bigint primary key, bio text",
        ),
        (
            "users (name, bio, bio, height) on user_id = users.id",
            "user_id int primary key, name text, bio text, born date not null",
        ),
        ("users (bio) on user_id = users.code", "user_id bigint, bio text"),
        (
            "users (hobby) on user_id = users.id",
            "user_id bigint primary key, hobby text",
        ),
        (
            "users (age, bio) on user_id = users.id",
            "user_id bigint primary key, age bigint, bio text",
        ),
    ] {
        let text = format!("-- schemaplan: split from {directive}\ncreate table profile ({table});\n");
        stage.file("schema/profile.sql", &text);
        stage.run("plan --from before");
    }
    stage.matches("wrong-split");
}

#[test]
fn a_merge_that_cannot_be() {
    let mut stage = Stage::new();
    let profile = "create table profile (user_id bigint primary key, bio text, age int);\ncreate table log (user_id bigint not null, line text);\n";
    stage
        .file(
            "before/users.sql",
            "create table users (id bigint primary key);\n",
        )
        .file("before/profile.sql", profile);
    for (directive, columns) in [
        ("profile (bio) on id = other.user_id", "bio text"),
        (
            "profile (bio, hobby) on id = profile.user_id",
            "bio text not null",
        ),
        ("log (line) on id = log.user_id", "line text"),
        ("profile (age) on id = profile.user_id", "age bigint"),
    ] {
        let text = format!(
            "-- schemaplan: merge from {directive}\ncreate table users (id bigint primary key, {columns});\n"
        );
        stage.file("schema/users.sql", &text);
        stage.run("plan --from before");
    }
    stage.file("schema/profile.sql", profile);
    stage.run("plan --from before");
    stage.matches("wrong-merge");
}

#[test]
fn a_directive_with_a_typo() {
    let mut stage = Stage::new();
    stage.file(
        "schema/a.sql",
        "create table a (\n    id bigint,\n    -- schemaplan: renamd from b\n    c text\n);\n",
    );
    stage.run("diff --from empty").matches("directive-typo");
}

#[test]
fn a_directive_that_speaks_of_nothing_it_could_change() {
    let mut stage = Stage::new();
    stage.file(
        "schema/a.sql",
        "create type mood as enum (\n    -- schemaplan: keep-label\n    'good'\n);\n\
         create table a (\n    -- schemaplan: emulate-generated\n    b int,\n    c mood\n);\n",
    );
    stage.run("diff --from empty").matches("directive-without-use");
}

#[test]
fn settings_with_an_unknown_key() {
    let mut stage = Stage::new();
    stage.file(
        "schemaplan.yaml",
        "target: schema\nenviroments:\n  local:\n    url: embedded\n",
    );
    stage.run("diff").matches("settings");
}

#[test]
fn no_server_a_wrong_password_an_old_server() {
    let mut nowhere = Stage::on_url("postgres://app@127.0.0.1:1/shop");
    nowhere
        .file("schema/customer.sql", CUSTOMER)
        .file("schemaplan.yaml", "");
    nowhere.run("diff").matches("no-server");

    let address = that_says(fatal("28P01", "password authentication failed for user \"app\""));
    let mut wrong = Stage::on_url(&format!("postgres://app:secret@{address}/shop?sslmode=disable"));
    wrong.file("schema/customer.sql", CUSTOMER);
    wrong.run("diff").matches("wrong-password");

    let address = that_says(of_version("13.14"));
    let mut old = Stage::on_url(&format!("postgres://app@{address}/shop?sslmode=disable"));
    old.file("schema/customer.sql", CUSTOMER);
    old.run("diff").matches("old-server");
}

#[tokio::test(flavor = "current_thread")]
async fn a_role_that_can_only_read() {
    let database = Database::with("CREATE TABLE other (id int)").await;
    let role =
        "DO $$ BEGIN CREATE ROLE transcript_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    database.run(role).await;
    let mut stage = Stage::on_url(&database.url_as("transcript_reader"));
    stage.file("schema/customer.sql", "create table other (id int, note text);\n");
    stage.run("diff").run("apply --yes").matches("read-only-role");
    database.run("DROP ROLE transcript_reader").await;
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn nobody_there_to_ask() {
    let database = Database::new().await;
    let mut stage = Stage::on(&database);
    stage.file("schema/customer.sql", CUSTOMER);
    stage.run("apply").run("apply --dry-run").matches("needs-yes");
    assert_eq!(
        database.get("SELECT to_regclass('customer') IS NULL").await,
        "true"
    );
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_plan_folder_that_was_edited() {
    let database = Database::new().await;
    let mut stage = Stage::on(&database);
    stage.file("schema/customer.sql", CUSTOMER);
    stage.run("plan --out plans --name customers --id 1");
    let script = "plans/1_customers/expand.up.sql";
    let text = std::fs::read_to_string(stage.path(script)).unwrap();
    stage.file(script, &format!("{text}DROP TABLE customer;\n"));
    stage.run("apply --plan plans/1_customers --yes");
    stage.file(script, &text);
    let yaml = std::fs::read_to_string(stage.path("plans/1_customers/plan.yaml")).unwrap();
    stage.file(
        "plans/1_customers/plan.yaml",
        &yaml.replace("email text", "email citext"),
    );
    stage
        .run("apply --plan plans/1_customers --yes")
        .run("apply --plan plans/2 --yes")
        .matches("edited-folder");
    assert_eq!(
        database.get("SELECT to_regclass('customer') IS NULL").await,
        "true"
    );
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_database_that_changed_since_the_plan_was_made() {
    let database = Database::new().await;
    let mut stage = Stage::on(&database);
    stage.file("schema/customer.sql", CUSTOMER);
    stage.run("plan --out plans --name customers --id 1");
    database.run("CREATE TABLE surprise (id int)").await;
    stage
        .run("apply --plan plans/1_customers --yes")
        .run("plan --check")
        .matches("changed-database");
    assert_eq!(
        database.get("SELECT to_regclass('customer') IS NULL").await,
        "true"
    );
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_hazard_that_nobody_allowed() {
    let database = Database::with("CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL)").await;
    let mut stage = Stage::on(&database);
    stage.file("schema/customer.sql", CUSTOMER);
    stage.run("apply --yes --phase all");
    assert_eq!(
        database
            .get("SELECT count(*) FROM pg_attribute WHERE attname = 'mail'")
            .await,
        "1"
    );
    stage
        .run("apply --yes --phase all --allow ambiguous")
        .matches("hazard");
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_to_take_back() {
    let database = Database::new().await;
    Stage::on(&database)
        .run("rollback --yes")
        .run("status")
        .matches("nothing-to-undo");
    database.end().await;
}

#[test]
fn manual_pages_are_those_of_the_command_line() {
    let stage = Stage::new();
    let page = |words: &[&str]| {
        let output = stage.command(words).output().expect("a page");
        (
            output.status.code(),
            String::from_utf8(output.stdout).expect("text"),
        )
    };
    let (code, whole) = page(&["man"]);
    assert_eq!(code, Some(0));
    assert!(
        whole.contains(".SH SUBCOMMANDS") && whole.contains("purge"),
        "{whole}"
    );
    let (code, purge) = page(&["man", "purge"]);
    assert_eq!(code, Some(0));
    assert!(purge.contains("older\\-than"), "{purge}");
    assert_eq!(page(&["man", "nothing"]).0, Some(1));
}
