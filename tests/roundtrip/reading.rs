//! What the reader leaves out, puts aside and finds out.

use crate::{catalog, database, engine};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::{Body, Catalog, Kind, ObjectId, QualifiedName};

async fn read_sql(sql: &str) -> Catalog {
    let engine = engine().await;
    let database = database(&engine).await;
    database.client.batch_execute(sql).await.expect(sql);
    let catalog = catalog(&database.client).await;
    database.close().await.expect("closed");
    engine.stop().await;
    catalog
}

fn public(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

fn uses(catalog: &Catalog, id: &ObjectId) -> Vec<String> {
    let object = catalog
        .get(id)
        .unwrap_or_else(|| panic!("{id} is in the catalog"));
    object.depends_on.iter().map(ToString::to_string).collect()
}

fn column(table: &str, name: &str) -> ObjectId {
    ObjectId::part(Kind::Column, &public(table), &name.into())
}

#[tokio::test]
async fn dependencies_go_down_to_columns() {
    let catalog = read_sql(
        "CREATE TYPE mood AS ENUM ('a');
         CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
         CREATE SEQUENCE s;
         CREATE TABLE p (id int PRIMARY KEY, unused int);
         CREATE TABLE t (id int REFERENCES p, m mood[], n bigint DEFAULT nextval('s') + f(), k int CHECK (k > f()));
         ALTER SEQUENCE s OWNED BY t.n;
         CREATE VIEW v AS SELECT id, m FROM t;
         CREATE VIEW w AS SELECT v.id FROM v;
         CREATE FUNCTION g(t) RETURNS SETOF v LANGUAGE sql BEGIN ATOMIC SELECT v.id, v.m FROM v; END;
         CREATE INDEX i ON t (k) WHERE n > 0;",
    )
    .await;
    assert_eq!(
        uses(&catalog, &column("t", "m")),
        ["enum public.mood", "table public.t"]
    );
    assert_eq!(
        uses(&catalog, &column("t", "n")),
        ["sequence public.s", "table public.t", "function public.f()"]
    );
    let constraint = |table: &str, name: &str| ObjectId::part(Kind::Constraint, &public(table), &name.into());
    assert_eq!(
        uses(&catalog, &constraint("t", "t_id_fkey")),
        [
            "table public.p",
            "table public.t",
            "column public.p.id",
            "column public.t.id",
            "constraint public.p.p_pkey"
        ]
    );
    assert_eq!(
        uses(&catalog, &constraint("t", "t_k_check")),
        ["table public.t", "column public.t.k", "function public.f()"]
    );
    assert_eq!(
        uses(&catalog, &ObjectId::named(Kind::View, &public("v"))),
        [
            "schema public",
            "enum public.mood",
            "table public.t",
            "column public.t.id",
            "column public.t.m"
        ]
    );
    assert_eq!(
        uses(&catalog, &ObjectId::named(Kind::View, &public("w"))),
        ["schema public", "view public.v"]
    );
    assert_eq!(
        uses(
            &catalog,
            &ObjectId::routine(Kind::Function, &public("g"), "public.t")
        ),
        ["schema public", "table public.t", "view public.v"]
    );
    assert_eq!(
        uses(&catalog, &ObjectId::named(Kind::Index, &public("i"))),
        [
            "schema public",
            "table public.t",
            "column public.t.k",
            "column public.t.n"
        ]
    );
    assert_eq!(
        uses(&catalog, &ObjectId::named(Kind::Sequence, &public("s"))),
        ["schema public"]
    );
}

#[tokio::test]
async fn members_of_extensions_are_left_out_and_stand_for_their_extension() {
    let catalog = read_sql(
        "CREATE EXTENSION citext; CREATE TABLE t (a citext, b citext[]);
         CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a = 'x' AS same FROM t;",
    )
    .await;
    let names: Vec<String> = catalog
        .of_kind(Kind::Function)
        .map(|f| f.id.to_string())
        .collect();
    assert_eq!(names, Vec::<String>::new());
    for id in [
        column("t", "a"),
        column("t", "b"),
        ObjectId::named(Kind::View, &public("v")),
    ] {
        assert!(
            uses(&catalog, &id).contains(&"extension citext".to_owned()),
            "{id}"
        );
    }
    assert_eq!(catalog.unmanaged, []);
}

#[tokio::test]
async fn artefacts_of_plans_are_put_aside() {
    let catalog = read_sql(
        "CREATE SCHEMA schemaplan; CREATE SCHEMA schemaplan_archive;
         CREATE TABLE schemaplan.step (id int PRIMARY KEY);
         CREATE TABLE schemaplan_archive.t_old_1a2b3c4d (id int PRIMARY KEY, x text);
         CREATE FUNCTION schemaplan.sync_1a2b3c4d() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TYPE mood AS ENUM ('a');
         CREATE TABLE t (a int, schemaplan_new_a bigint DEFAULT 7, schemaplan_old_b mood, c int);
         COMMENT ON COLUMN t.schemaplan_new_a IS 'schemaplan:1 {\"kind\":\"shadow\",\"of\":\"a\"}';
         ALTER TABLE t ADD CONSTRAINT schemaplan_todo_c CHECK (true) NOT VALID;
         CREATE INDEX schemaplan_new_i ON t (schemaplan_new_a);
         CREATE TRIGGER \"~schemaplan_sync_1a2b3c4d\" BEFORE INSERT ON t FOR EACH ROW
             EXECUTE FUNCTION schemaplan.sync_1a2b3c4d();
         CREATE VIEW shim AS SELECT a FROM t;
         COMMENT ON VIEW shim IS 'schemaplan:1 {\"kind\":\"rename-shim\",\"of\":\"public.t\"}';",
    )
    .await;
    let objects: Vec<String> = catalog
        .objects
        .keys()
        .filter(|id| id.kind != Kind::Extension)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        objects,
        [
            "schema public",
            "enum public.mood",
            "table public.t",
            "column public.t.a",
            "column public.t.c"
        ]
    );
    let Some(Body::Column(c)) = catalog.get(&column("t", "c")).map(|o| &o.body) else {
        panic!("a column");
    };
    assert_eq!(c.position, 2);
    let support: Vec<String> = catalog
        .support
        .iter()
        .map(|s| {
            let on = s.on.as_ref().map_or_else(String::new, |on| format!(" on {on}"));
            format!(
                "{} {}{on}{}",
                s.kind,
                s.name,
                s.comment.as_ref().map_or("", |_| " +")
            )
        })
        .collect();
    assert_eq!(
        support,
        [
            "column schemaplan_new_a on public.t +",
            "column schemaplan_old_b on public.t",
            "constraint schemaplan_todo_c on public.t",
            "function schemaplan.sync_1a2b3c4d()",
            "index public.schemaplan_new_i",
            "table schemaplan_archive.t_old_1a2b3c4d",
            "trigger ~schemaplan_sync_1a2b3c4d on public.t",
            "view public.shim +",
        ]
    );
    assert_eq!(catalog.support.iter().filter(|s| s.is_archive()).count(), 1);
}

#[tokio::test]
async fn what_has_no_model_is_reported() {
    let catalog = read_sql(
        "CREATE FUNCTION same(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
         CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = same, COMMUTATOR = ====);
         ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 1 === (int, text);
         CREATE TYPE shell;",
    )
    .await;
    let reported: Vec<String> = catalog
        .unmanaged
        .iter()
        .map(|u| format!("{} {}", u.kind, u.name))
        .collect();
    assert_eq!(
        reported,
        [
            "member of a built-in operator family operator 1 (integer, text) of operator family \
             integer_ops for access method btree: public.===(integer,text)",
            "shell operator public.====(text,integer)",
            "shell type public.shell",
        ]
    );
    assert!(catalog.unmanaged.iter().all(|each| each.property_of.is_none()));
}

#[tokio::test]
async fn the_built_in_privileges_are_what_the_server_gives() {
    let engine = engine().await;
    let database = database(&engine).await;
    let sql = "CREATE TABLE t (); CREATE SEQUENCE s; CREATE VIEW v AS SELECT 1; CREATE SCHEMA x;
        CREATE TYPE e AS ENUM (); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';";
    database.client.batch_execute(sql).await.expect("objects");
    let fresh = catalog(&database.client).await;
    // Granting and revoking writes out the ACL that was only implied before.
    let touch = "GRANT ALL ON t, v, s TO pg_monitor; REVOKE ALL ON t, v, s FROM pg_monitor;
        GRANT ALL ON SCHEMA x TO pg_monitor; REVOKE ALL ON SCHEMA x FROM pg_monitor;
        GRANT ALL ON TYPE e TO pg_monitor; REVOKE ALL ON TYPE e FROM pg_monitor;
        GRANT ALL ON FUNCTION f() TO pg_monitor; REVOKE ALL ON FUNCTION f() FROM pg_monitor;";
    database.client.batch_execute(touch).await.expect("grants");
    let written = catalog(&database.client).await;
    for (id, object) in &fresh.objects {
        assert_eq!(Some(&object.grants), written.get(id).map(|o| &o.grants), "{id}");
    }
    database.close().await.expect("closed");
    engine.stop().await;
}

#[tokio::test]
async fn sizes_are_read_where_asked_for_and_add_up_for_partitions() {
    let engine = engine().await;
    let database = database(&engine).await;
    let sql =
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        INSERT INTO p SELECT 1 FROM generate_series(1, 1000); ANALYZE p1;";
    database.client.batch_execute(sql).await.expect("a table");
    let sized = read(&database.client, &ReadOptions { sizes: true })
        .await
        .expect("a catalog");
    assert_eq!(sized.sizes[&public("p")], sized.sizes[&public("p1")]);
    assert_eq!(sized.sizes[&public("p")].rows, 1000);
    assert!(catalog(&database.client).await.sizes.is_empty());
    database.close().await.expect("closed");
    engine.stop().await;
}

#[tokio::test]
async fn a_default_that_is_computed_per_row_is_told_from_a_constant_one() {
    let catalog = read_sql(
        "CREATE TABLE t (a uuid DEFAULT gen_random_uuid(), b timestamptz DEFAULT now(), c date DEFAULT CURRENT_DATE,
            d timestamptz DEFAULT clock_timestamp(), e text DEFAULT 'random()', f serial);",
    )
    .await;
    let volatile: Vec<String> = catalog
        .of_kind(Kind::Column)
        .filter(|object| matches!(&object.body, Body::Column(body) if body.volatile_default))
        .map(|object| object.id.name.to_string())
        .collect();
    assert_eq!(volatile, ["a", "d", "f"]);
}

#[tokio::test]
async fn a_role_without_any_right_reads_the_same() {
    let engine = engine().await;
    let database = database(&engine).await;
    let sql = "CREATE SCHEMA closed; REVOKE ALL ON SCHEMA public FROM PUBLIC;
        CREATE TABLE closed.t (id serial PRIMARY KEY, a int CHECK (a > 0) DEFAULT 5);
        CREATE VIEW closed.v AS SELECT a FROM closed.t; CREATE INDEX ON closed.t ((a + 1));
        CREATE FUNCTION closed.f() RETURNS int LANGUAGE sql AS 'SELECT 1';";
    database.client.batch_execute(sql).await.expect("objects");
    let all = catalog(&database.client).await;
    database
        .client
        .batch_execute("SET ROLE pg_monitor")
        .await
        .expect("a role");
    let options = ReadOptions { sizes: true };
    let read = read(&database.client, &options).await.expect("a catalog");
    assert_eq!(read.objects, all.objects);
    database
        .client
        .batch_execute("RESET ROLE")
        .await
        .expect("the role back");
    database.close().await.expect("closed");
    engine.stop().await;
}

#[tokio::test]
async fn the_settings_of_the_session_change_nothing() {
    let engine = engine().await;
    let database = database(&engine).await;
    let sql = "CREATE TABLE t (a interval DEFAULT '1 day 2 hours', b timestamptz DEFAULT '2020-01-01', c float8 DEFAULT 0.1,
            d bytea DEFAULT '\\xdead', e date DEFAULT '2020-02-01', f regclass DEFAULT 'pg_class');
        CREATE VIEW v AS SELECT * FROM t WHERE b > '2020-01-01 10:00+05'; CREATE SCHEMA s; CREATE TABLE s.t (a int);";
    database.client.batch_execute(sql).await.expect("objects");
    let usual = catalog(&database.client).await;
    let odd = "SET search_path = s, public; SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET bytea_output = 'escape';
        SET intervalstyle = 'iso_8601'; SET extra_float_digits = -5; SET quote_all_identifiers = on;
        SET statement_timeout = 60000;";
    database.client.batch_execute(odd).await.expect("settings");
    assert_eq!(catalog(&database.client).await, usual);
    database.close().await.expect("closed");
    engine.stop().await;
}
