//! Many databases of one schema: canary first, the others at once, one table, and on again behind what failed.

use super::stage::{Database, Stage};
use std::process::Child;
use std::time::{Duration, Instant};

const BEFORE: &str = "CREATE TABLE parcel (id bigint PRIMARY KEY, weight int);
INSERT INTO parcel SELECT n, n FROM generate_series(1, 50) AS n;";

const AFTER: &str = "create table parcel (
    id bigint primary key,
    weight int not null,
    sent_on date
);
";

/// Databases and a stage whose settings call them by these names.
async fn fleet(names: &[&str], keys: &str) -> (Vec<Database>, Stage) {
    let stage = Stage::new();
    let mut settings =
        "schemas: [public]\ndefault_environment: shards\nenvironments:\n  shards:\n    url:\n".to_owned();
    let mut databases = Vec::new();
    for name in names {
        let database = Database::with(BEFORE).await;
        settings.push_str(&format!(
            "      - {{name: {name}, url: \"{}\"}}\n",
            database.url()
        ));
        databases.push(database);
    }
    settings.push_str(keys);
    stage.file("schemaplan.yaml", &settings);
    stage.file("schema/parcel.sql", AFTER);
    (databases, stage)
}

async fn end(databases: Vec<Database>) {
    for database in databases {
        database.end().await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_fleet_is_run_as_a_whole_and_again() {
    let (databases, mut stage) = fleet(&["north", "south", "east", "west", "mid"], "    parallel: 1\n").await;
    let [_, south, east, west, _] = databases.as_slice() else {
        unreachable!()
    };
    south
        .run("ALTER TABLE parcel ALTER weight SET NOT NULL, ADD sent_on date")
        .await;
    east.run("CREATE INDEX by_hand ON parcel (weight)").await;
    west.run("INSERT INTO parcel VALUES (99, NULL)").await;
    stage
        .run("status")
        .run("diff")
        .run("plan --allow tightens")
        .run("apply --yes")
        .run("apply --yes --allow tightens --phase all")
        .run("status");
    west.run("UPDATE parcel SET weight = 1 WHERE weight IS NULL")
        .await;
    stage
        .run("apply --yes --allow tightens --phase all")
        .run("apply --yes --allow tightens,drifted --phase all")
        .run("status")
        .run("apply --yes")
        .run("rollback --yes");
    stage.matches("fleet");
    end(databases).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_canary_and_a_policy_decide_who_begins() {
    let names = ["north", "south", "east", "west"];
    let keys = "    canary: [south]\n    parallel: 1\n    policy: {allow: [tightens]}\n";
    let (databases, mut stage) = fleet(&names, keys).await;
    let [north, south, ..] = databases.as_slice() else {
        unreachable!()
    };
    south.run("INSERT INTO parcel VALUES (99, NULL)").await;
    stage.run("apply --yes --phase all --on-failure continue");
    south.run("DELETE FROM parcel WHERE id = 99").await;
    north.run("INSERT INTO parcel VALUES (99, NULL)").await;
    stage
        .run("apply --yes --phase all --on-failure continue")
        .run("apply --yes --phase all --format json --quiet")
        .run("status --format json --member nor*");
    stage
        .run("rollback --yes")
        .run("rollback --yes --phase all --parallel 2 -q")
        .run("rollback --dry-run");
    stage.matches("fleet_canary");
    end(databases).await;
}

#[tokio::test(flavor = "current_thread")]
async fn parts_of_a_fleet_and_what_is_about_one_database() {
    let (databases, mut stage) = fleet(&["north", "south", "east"], "    parallel: 1\n").await;
    databases[1].run("ALTER TABLE parcel ADD sent_on date").await;
    stage
        .run("dump")
        .run("verify")
        .run("resume --step 1")
        .run("doctor --fix")
        .run("pause")
        .run("apply --yes")
        .run("diff --member mid")
        .run("diff --member south")
        .run("apply --dry-run --member north,east --phase expand")
        .run("plan --format sql")
        .run("plan --out plans --id 1 --name days")
        .run("plan --check");
    let more = AFTER.replace("weight int not null", "weight int, note text");
    stage.run("rollback --yes -q").file("schema/parcel.sql", &more);
    stage
        .run("plan --out folders --id 1 --name days")
        .run("apply --plan folders/1_days_north --yes --dry-run --member *st")
        .run("apply --plan folders/1_days_north --yes -q")
        .run("apply --yes --member south")
        .run("apply --plan folders/1_days_north --yes -q");
    stage.matches("fleet_parts");
    end(databases).await;
}

#[test]
fn a_fleet_that_cannot_be_reached_or_understood() {
    let mut stage = Stage::new();
    let of = |urls: &str| format!("environments:\n  shards:\n    url:\n{urls}");
    stage.file("schema/parcel.sql", AFTER);
    stage.file(
        "schemaplan.yaml",
        &of("      - {name: a, url: '${NORTH}'}\n      - {name: b, url: 'postgres://u@127.0.0.1:1/x'}\n"),
    );
    stage
        .run("status --env shards")
        .run("status --env shards --member b")
        .run("diff --member a");
    stage.file(
        "schemaplan.yaml",
        &of("      - postgres://u@127.0.0.1:1/x\n      - {name: b, url: 'postgres://v@127.0.0.1:1/x'}\n"),
    );
    stage.run("status --env shards");
    stage.file(
        "schemaplan.yaml",
        &of("      - postgres://u@127.0.0.1:1/x\n      - postgres://u@127.0.0.1:1/y\n"),
    );
    stage
        .run("status --env shards")
        .run("apply --env shards --yes")
        .run("diff --env shards");
    stage.file(
        "schemaplan.yaml",
        &of("      - {name: a, url: x}\n      - {name: a, url: y}\n"),
    );
    stage.run("status --env shards");
    stage.matches("fleet_unreached");
}

async fn until_all(databases: &[Database], what: &str) {
    let began = Instant::now();
    for database in databases {
        while database.get(what).await != "true" {
            assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn signal(child: &Child, signal: nix::sys::signal::Signal) {
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, signal).unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn all_are_at_work_at_once_stop_together_and_go_on_after_a_kill() {
    use nix::sys::signal::Signal;
    let keys = "    canary: []\n    parallel: 3\n";
    let (databases, mut stage) = fleet(&["north", "south", "east"], keys).await;
    for database in &databases {
        database
            .run("CREATE SCHEMA ops; CREATE TABLE ops.hold (yes boolean); INSERT INTO ops.hold VALUES (true)")
            .await;
    }
    stage.file(
        "schema/parcel.sql",
        "create table parcel (id bigint primary key, weight bigint);\n",
    );
    let words = "apply --yes --strategy online --phase all";
    stage.run("apply --yes --strategy online --phase expand -q");
    let held: Vec<&str> = words
        .split(' ')
        .chain(["--throttle-query", "SELECT yes FROM ops.hold"])
        .collect();
    let at_work = "SELECT EXISTS (SELECT FROM schemaplan.lease WHERE expires_at > clock_timestamp()) \
         AND EXISTS (SELECT FROM schemaplan.step WHERE state <> 'done')";
    for how in [Signal::SIGINT, Signal::SIGKILL] {
        let run = stage.command(&held).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        until_all(&databases, at_work).await;
        signal(&run, how);
        let output = run.wait_with_output().unwrap();
        if how == Signal::SIGINT {
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(4), "{said}");
            assert_eq!(said.matches("stopped, expand done").count(), 3, "{said}");
        }
    }
    stage.run("status");
    for database in &databases {
        database.run("UPDATE ops.hold SET yes = false").await;
    }
    stage.run(&format!("{words} -q")).run("status");
    for database in &databases {
        let wrong = "SELECT count(*) FROM parcel WHERE weight IS DISTINCT FROM id";
        assert_eq!(database.get(wrong).await, "0");
    }
    stage.matches("fleet_stopped");
    end(databases).await;
}

const TENANT: &str = "CREATE SCHEMA SHAPE; CREATE TABLE SHAPE.parcel (id bigint PRIMARY KEY, weight int);
CREATE VIEW SHAPE.heavy AS SELECT id FROM SHAPE.parcel WHERE weight > 10;
CREATE FUNCTION SHAPE.total() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(weight) FROM SHAPE.parcel $$;
INSERT INTO SHAPE.parcel SELECT n, n FROM generate_series(1, 30) AS n;";

const SHAPE: &str = "create schema app;
create table app.parcel (
    id bigint primary key,
    weight bigint not null,
    sent_on date
);
create view app.heavy as select id from app.parcel where weight > 10;
create function app.total() returns bigint language sql as $$ SELECT sum(weight) FROM app.parcel $$;
";

#[tokio::test(flavor = "current_thread")]
async fn tenants_are_schemas_of_one_shape() {
    let names = ["tenant_a", "tenant_b", "tenant_c", "Tenant d"];
    let database = Database::with("CREATE TABLE tenants (name text); CREATE SCHEMA other").await;
    for name in names {
        let sql = TENANT.replace("SHAPE", &format!("\"{name}\""));
        database.run(&sql).await;
        database
            .run(&format!("INSERT INTO tenants VALUES ('{name}')"))
            .await;
    }
    database
        .run("ALTER TABLE tenant_c.parcel ADD by_hand int; INSERT INTO tenant_b.parcel VALUES (99, NULL)")
        .await;
    let mut stage = Stage::new();
    let settings = |tenants: &str| {
        let url = database.url();
        format!("environments:\n  shop:\n    url: {url}\n    tenants: {tenants}\ndefault_environment: shop\n")
    };
    stage.file("schema/app.sql", SHAPE);
    stage.file(
        "schemaplan.yaml",
        &settings("{shape: app, schemas: [tenant_c, nobody*]}"),
    );
    stage.run("status");
    let all = "{shape: app, schemas: 'tenant_*', query: SELECT name FROM tenants ORDER BY name DESC}";
    stage.file("schemaplan.yaml", &settings(all));
    stage
        .run("diff")
        .run("plan --allow tightens --strategy online --member tenant_a,tenant_b")
        .run("plan --out plans")
        .run("verify --member tenant_a --strategy online")
        .run("apply --yes --phase expand --strategy online -q")
        .run("status")
        .run("purge --member tenant_a");
    let shared = format!(
        "{}  shared:\n    url: {}\nignore: [\"tenant_*\", \"Tenant d\"]\n",
        settings(all).replace("default_environment: shop\n", ""),
        database.url()
    );
    stage.file("schemaplan.yaml", &shared);
    stage.file(
        "rest.sql",
        "create table tenants (name text, since date); create schema other;",
    );
    stage
        .run("status --env shared")
        .run("apply --yes --env shared --target rest.sql")
        .run("diff --env shared --target rest.sql");
    stage.file("schemaplan.yaml", &settings(all));
    stage.run("apply --yes --phase all --strategy online --allow tightens -q");
    database
        .run("UPDATE tenant_b.parcel SET weight = 1 WHERE weight IS NULL")
        .await;
    stage
        .run("apply --yes --phase all --strategy online --allow tightens -q --on-failure continue")
        .run("diff --member tenant_b")
        .run("apply --yes --phase all --member tenant_c --allow drops-data -q")
        .run("status")
        .run("rollback --yes -q")
        .run("rollback --yes --member tenant_a --phase all -q")
        .run("status")
        .run("diff -q");
    stage.file("schema/app.sql", &SHAPE.replace("sent_on", "app"));
    stage.run("diff");
    stage.file(
        "schema/app.sql",
        &format!("{SHAPE}create table public.shared (id int);"),
    );
    stage.run("diff");
    stage.matches("tenants");
    database.end().await;
}
