//! Roles that may do little, and what a server has not: named before anything runs.

use super::stage::{Database, Stage};

/// Makes a role that can log in; roles are the whole server's, and tests run side by side.
async fn role(database: &Database, name: &str) {
    let made =
        format!("DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    database.run(&made).await;
}

#[tokio::test(flavor = "current_thread")]
async fn the_owner_of_a_schema_needs_no_more() {
    let database = Database::new().await;
    role(&database, "transcript_owner").await;
    database
        .run(&format!(
            "GRANT CREATE ON DATABASE {} TO transcript_owner",
            database.get("SELECT quote_ident(current_database())").await
        ))
        .await;
    database
        .run("ALTER SCHEMA public OWNER TO transcript_owner")
        .await;
    let mut stage = Stage::on_url(&database.url_as("transcript_owner"));
    let stock = "create table stock (id bigint primary key, what text not null);\n\
                 create view named as select what from stock;\n";
    stage.file("schema/stock.sql", stock);
    stage.run("apply --yes").run("diff");
    stage.file(
        "schema/stock.sql",
        &stock.replace("not null)", "not null, place text)"),
    );
    stage
        .run("plan")
        .run("apply --yes")
        .run("dump --out dumped")
        .run("diff --target dumped")
        .run("rollback --yes --phase all")
        .run("diff")
        .matches("owner_of_a_schema");
    database
        .run("DROP OWNED BY transcript_owner CASCADE; DROP ROLE transcript_owner")
        .await;
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn rights_on_what_is_around_a_table_are_named_too() {
    let there = "create foreign data wrapper wrapper;\ncreate server far foreign data wrapper wrapper;\n\
                 create trusted language code handler plpgsql_call_handler;\ncreate schema hidden;\n";
    let database = Database::with(&format!(
        "{there} CREATE TABLE theirs (id int); GRANT SELECT ON theirs TO PUBLIC; REVOKE USAGE ON LANGUAGE code FROM PUBLIC"
    ))
    .await;
    role(&database, "transcript_visitor").await;
    let name = database.get("SELECT quote_ident(current_database())").await;
    database
        .run(&format!(
            "GRANT CREATE ON DATABASE {name} TO transcript_visitor; GRANT CREATE, USAGE ON SCHEMA public, hidden TO transcript_visitor"
        ))
        .await;
    let mut stage = Stage::on_url(&database.url_as("transcript_visitor"));
    let theirs = "create table theirs (id int);\n";
    let own = "create table hidden.own (id int);\ncreate type hidden.hue as enum ('red');\n\
               create function fires() returns trigger language plpgsql as 'begin return new; end';\n";
    stage.file("schema/s.sql", &format!("{there}{theirs}{own}"));
    stage.run("apply --yes");
    let more = "create schema more;\ncreate publication p;\n\
                create trigger fires before insert on theirs for each row execute function fires();\n\
                create foreign table beyond (id int) server far;\n\
                create function coded() returns int language code as 'begin return 1; end';\n";
    stage.file("schema/s.sql", &format!("{there}{theirs}{own}{more}"));
    database
        .run(&format!(
            "REVOKE CREATE ON DATABASE {name} FROM transcript_visitor"
        ))
        .await;
    stage.run("apply --yes --allow all --phase all");
    let above = "create foreign data wrapper another;\ncreate extension pageinspect schema public;\n\
                 create function watched() returns event_trigger language plpgsql as 'begin end';\n\
                 create event trigger watch on ddl_command_end execute function watched();\n";
    stage.file("schema/s.sql", &format!("{there}{theirs}{own}{above}"));
    stage.run("apply --yes --allow all --phase all");
    // Nothing is asked about what cannot be found by its name.
    let changed = own.replace("own (id int)", "own (id int, looks hidden.hue)");
    stage.file("schema/s.sql", &format!("{there}{theirs}{changed}"));
    database
        .run("REVOKE USAGE ON SCHEMA hidden FROM transcript_visitor")
        .await;
    stage.run("apply --yes --allow all --phase all");
    let nothing = "SELECT count(*) FROM schemaplan.plan";
    assert_eq!(database.get(nothing).await, "1", "something was run");
    // With all of them it runs.
    database
        .run(&format!(
            "GRANT USAGE ON SCHEMA hidden TO transcript_visitor; GRANT CREATE ON DATABASE {name} TO transcript_visitor; \
             GRANT TRIGGER ON theirs TO transcript_visitor; GRANT USAGE ON FOREIGN SERVER far TO transcript_visitor; \
             GRANT USAGE ON LANGUAGE code TO transcript_visitor"
        ))
        .await;
    stage.file("schema/s.sql", &format!("{there}{theirs}{changed}{more}"));
    stage
        .run("apply --yes --allow all --phase all")
        .matches("rights-around");
    database
        .run("DROP OWNED BY transcript_visitor CASCADE; DROP ROLE transcript_visitor")
        .await;
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn rights_that_a_plan_needs_are_named_before_it_runs() {
    let database = Database::with("CREATE TABLE theirs (id int PRIMARY KEY); CREATE SCHEMA closed").await;
    role(&database, "transcript_guest").await;
    let name = database.get("SELECT quote_ident(current_database())").await;
    database
        .run(&format!(
            "GRANT CREATE ON DATABASE {name} TO transcript_guest; GRANT CREATE, USAGE ON SCHEMA public TO transcript_guest; \
             GRANT USAGE ON SCHEMA closed TO transcript_guest; GRANT ALL ON theirs TO transcript_guest"
        ))
        .await;
    let url = database.url_as("transcript_guest");
    let mut stage = Stage::on_url(&url);
    let mine = "create table mine (id int primary key);\n";
    let theirs = "create table theirs (id int primary key);\ncreate schema closed;\n";
    stage.file("schema/s.sql", &format!("{mine}{theirs}"));
    stage.run("apply --yes");
    let theirs = theirs.replace("key)", "key, note text)");
    let more = "create table closed.inner (id int);\ncreate index on theirs (note);\n";
    let mine = "create table mine (id int primary key references theirs, note text);\n";
    stage.file("schema/s.sql", &format!("{theirs}{mine}{more}"));
    stage.run("apply --yes --allow all --phase all");
    let nothing = "SELECT count(*) FROM schemaplan.plan";
    assert_eq!(database.get(nothing).await, "1", "something was run");
    // What others own may be referred to by whoever was granted that.
    stage.file(
        "schema/s.sql",
        &format!("{mine}create table theirs (id int primary key);\ncreate schema closed;\n"),
    );
    stage
        .run("apply --yes --allow all --phase all")
        .run("rollback --yes --phase all");
    // Routines and types: whose they are, whether they may be used, and on the way back whether they still are.
    let code = "create function twice(n int) returns int language sql as 'select 2 * n';\n\
                create function fires() returns trigger language plpgsql as 'begin return new; end';\n\
                create type mood as enum ('glad');\ncreate type hue as enum ('red');\ncreate domain small as int;\n";
    database
        .run(&format!(
            "{code} REVOKE EXECUTE ON FUNCTION fires() FROM PUBLIC; REVOKE USAGE ON TYPE hue FROM PUBLIC"
        ))
        .await;
    let rest = "create table theirs (id int primary key);\ncreate schema closed;\n";
    let mine = "create table mine (id int primary key, feels mood, looks hue);\n\
                create trigger fires before insert on mine for each row execute function fires();\n";
    let changed = code
        .replace("2 * n", "n + n")
        .replace("'glad'", "'glad', 'sad'")
        .replace("domain small as int", "domain small as int check (value < 9)");
    let more = "create function closed.f() returns int language sql as 'select 1';\ncreate type closed.t as enum ('a');\n";
    stage.file("schema/s.sql", &format!("{changed}{rest}{mine}{more}"));
    stage.run("apply --yes --allow all --phase all");
    let own = "create function own() returns int language sql as 'select 1';\ncreate type own_type as enum ('a');\n";
    stage.file(
        "schema/s.sql",
        &format!("{code}{rest}create table mine (id int primary key, small small);\n{own}"),
    );
    stage.run("apply --yes --allow all --phase all");
    database
        .run("ALTER FUNCTION own() OWNER TO CURRENT_USER; ALTER TYPE own_type OWNER TO CURRENT_USER; ALTER TABLE mine OWNER TO CURRENT_USER")
        .await;
    stage.run("rollback --yes --phase all").matches("rights");
    assert_eq!(
        database
            .get("SELECT count(*) FROM pg_attribute WHERE attrelid = 'mine'::regclass AND attname = 'small'")
            .await,
        "1",
        "something was taken back"
    );
    database
        .run("DROP OWNED BY transcript_guest CASCADE; DROP ROLE transcript_guest")
        .await;
    database.end().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_catalog_that_the_role_may_not_read() {
    let database = Database::with("CREATE TABLE stock (id int)").await;
    role(&database, "transcript_kept_out").await;
    database
        .run("REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC")
        .await;
    let mut stage = Stage::on_url(&database.url_as("transcript_kept_out"));
    stage.file("schema/stock.sql", "create table stock (id int);\n");
    stage
        .run("diff")
        .run("dump")
        .run("status")
        .run("apply --yes")
        .matches("catalog_out_of_reach");
    database.run("DROP ROLE transcript_kept_out").await;
    database.end().await;
}

#[test]
fn roles_and_tablespaces_that_only_the_engine_has() {
    // The engine makes stand-ins for what files name; the folder's own database has none of them.
    let mut stage = Stage::new();
    stage.file(
        "schema/stock.sql",
        "create table stock (id int, note text) tablespace transcript_disk;\n\
         alter table stock owner to transcript_keeper;\n\
         grant select on stock to transcript_reader_of_stock;\n",
    );
    stage
        .run("plan --url embedded")
        .run("apply --url embedded --yes")
        .matches("missing_roles");
}

#[test]
fn extensions_and_languages_that_the_engine_has_not() {
    let mut stage = Stage::new();
    stage.file(
        "schema/place.sql",
        "create extension no_such_extension;\ncreate table place (id int, at geometry(point, 4326));\n",
    );
    stage.file(
        "schema/code.sql",
        "create function one() returns int language pllisp as '1';\ncreate table fine (id int);\n",
    );
    stage.run("diff --from empty").matches("missing_extension");
}
