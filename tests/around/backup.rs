//! pg_dump before a phase.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use super::servers::Server;
use super::stage::{GROWN, Stage, TOWNS, holds_each};

/// A folder of programs in which `pg_dump` is this script.
fn programs(stage: &mut Stage, script: &str) -> PathBuf {
    let real = Server::programs();
    let folder = stage.path("programs");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["postgres", "initdb"] {
        let _ = symlink(real.join(name), folder.join(name));
    }
    let path = folder.join("pg_dump");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    stage.set("SCHEMAPLAN_POSTGRES", folder.to_str().unwrap());
    real.join("pg_dump")
}

const APPLY: &str = "apply --target after.sql --strategy online --yes --backup dumps --phase";

#[tokio::test]
async fn what_a_phase_touches_is_dumped_and_comes_back() {
    let other = "CREATE TABLE untouched (id int); INSERT INTO untouched VALUES (1);
        CREATE TABLE \"Odd \"\"name\" (id int PRIMARY KEY, a text) PARTITION BY RANGE (id);
        CREATE TABLE odd_1 PARTITION OF \"Odd \"\"name\" FOR VALUES FROM (1) TO (10);
        INSERT INTO \"Odd \"\"name\" VALUES (5, 'five')";
    let after = format!(
        "{GROWN} CREATE TABLE untouched (id int); CREATE TABLE \"Odd \"\"name\" (id int PRIMARY KEY, a text, b text) PARTITION BY RANGE (id);
         CREATE TABLE odd_1 PARTITION OF \"Odd \"\"name\" FOR VALUES FROM (1) TO (10);"
    );
    let mut stage = Stage::new("", &format!("{TOWNS}; {other}"), &after).await;
    // What it is given: on the command line, and in the environment.
    let log = stage.path("log").display().to_string();
    let real = Server::programs().join("pg_dump").display().to_string();
    programs(
        &mut stage,
        &format!("#!/bin/sh\necho \"$@\" >> {log}\nenv | grep ^PG >> {log}\nexec {real} \"$@\"\n"),
    );
    let url = format!(
        "postgres://postgres:se%20cret@127.0.0.1:{}/shop?sslmode=disable&connect_timeout=7",
        stage.server.port
    );
    stage.set("DATABASE_URL", &url);
    stage.set("PGSERVICE", "");
    stage.set("PGOPTIONS", "-c application_name=x");
    let said = stage.ends(&format!("{APPLY} expand"), 0);
    assert!(said.contains("backup: `"), "{said}");
    assert!(!said.contains("cret"), "{said}");
    let log = stage.text("log");
    let given = log.lines().find(|line| line.contains("--format=custom")).unwrap();
    assert!(!given.contains("cret") && !given.contains("127.0.0.1"), "{given}");
    let expected = [
        "PGPASSWORD=se cret",
        "PGSSLMODE=disable",
        "PGCONNECT_TIMEOUT=7",
        "PGDATABASE=shop",
    ];
    holds_each(&log, &expected);
    let names = stage.names("dumps");
    assert_eq!(names.len(), 1, "{names:?}");
    let file = &names[0];
    assert!(
        file.starts_with("shop-") && file.ends_with("-expand.dump"),
        "{file}"
    );
    // It holds what the phase touches, with its rows, and nothing else.
    let path = stage.path("dumps").join(file);
    let bytes = std::fs::read(&path).unwrap();
    let copy = stage.server.file("copy.dump", "");
    std::fs::write(&copy, bytes).unwrap();
    stage.server.run("CREATE DATABASE back").await;
    let port = stage.server.port.to_string();
    let socket = stage.server.socket();
    stage.server.output(
        "pg_restore",
        &["-h", &socket, "-p", &port, "-U", "postgres", "-d", "back", &copy],
    );
    let back = stage.server.client("back").await;
    let counted = back
        .query_one(
            "SELECT (SELECT count(*) FROM town) || ' ' || (SELECT string_agg(a, '') FROM \"Odd \"\"name\") || ' ' || (to_regclass('untouched') IS NULL)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(counted.get::<_, &str>(0), "5000 five true");
    // Another phase has a file of its own, and so has the way back.
    stage.ends(&format!("{APPLY} migrate --allow tightens"), 0);
    stage.ends(&format!("{APPLY} contract"), 0);
    stage.ends("rollback --yes --backup dumps", 0);
    let names = stage.names("dumps").join(" ");
    for part in ["-migrate.dump", "-contract.dump", "-contract-rollback.dump"] {
        assert!(names.contains(part), "{names}");
    }
    assert!(!names.contains("part"), "{names}");
}

#[tokio::test]
async fn a_backup_that_fails_ends_the_run_before_the_phase() {
    let mut stage = Stage::new("", TOWNS, GROWN).await;
    let failing = "#!/bin/sh\ncase $1 in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo 'pg_dump: error: no space' >&2; exit 1;; esac\n";
    programs(&mut stage, failing);
    let said = stage.ends(&format!("{APPLY} expand"), 1);
    assert!(
        said.contains("error[backup]: the backup before expand failed: pg_dump: error: no space"),
        "{said}"
    );
    assert!(said.contains("nothing of that phase was run"), "{said}");
    assert_eq!(stage.names("dumps"), Vec::<String>::new());
    let client = stage.client().await;
    let begun = client
        .query_one("SELECT count(*) FROM schemaplan.step", &[])
        .await
        .unwrap();
    assert_eq!(begun.get::<_, i64>(0), 0);
    // One that is too old is found out before anything runs; so is a folder that cannot be made.
    programs(&mut stage, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n");
    let said = stage.ends(&format!("{APPLY} expand"), 1);
    assert!(
        said.contains("is of PostgreSQL 9 (") && said.contains("postgresql-client-"),
        "{said}"
    );
    stage.file("dumps/x", "");
    let said = stage.ends(
        "apply --target after.sql --yes --backup dumps/x --phase expand",
        1,
    );
    assert!(said.contains("error[backup]: "), "{said}");
}

#[tokio::test]
async fn settings_choose_phases_and_a_phase_goes_on_with_the_backup_of_its_beginning() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    stage.file(
        "schemaplan.yaml",
        "ignore: [no]\nbackup: {dir: kept, phases: [migrate]}\n",
    );
    let client = stage.client().await;
    let apply = "apply --target after.sql --strategy online --yes --allow tightens --phase";
    stage.ends(&format!("{apply} expand"), 0);
    assert_eq!(stage.names("kept"), Vec::<String>::new());
    // A row that stops it in its middle.
    client
        .batch_execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not yet''; END';
             CREATE TRIGGER no BEFORE UPDATE ON town FOR EACH ROW EXECUTE FUNCTION no()",
        )
        .await
        .unwrap();
    stage.ends(&format!("{apply} migrate"), 1);
    assert_eq!(stage.names("kept").len(), 1);
    client.batch_execute("DROP FUNCTION no() CASCADE").await.unwrap();
    let said = stage.ends(&format!("{apply} migrate"), 0);
    assert!(said.contains("is of the beginning of migrate"), "{said}");
    assert_eq!(stage.names("kept").len(), 1);
    stage.ends(&format!("{apply} contract"), 0);
    assert_eq!(stage.names("kept").len(), 1);
    // What is wrong in the settings is said with its place.
    for (text, place) in [
        ("backup: {phases: [contract]}\n", "schemaplan.yaml:1:"),
        ("backup:\n  dir: x\n  phases: [contrakt]\n", "schemaplan.yaml:3:"),
        ("backup: {dir: x, dirr: y}\n", "schemaplan.yaml:1:"),
        ("executor:\n  alert_after: soon\n", "schemaplan.yaml:2:16"),
        (
            "metrics:\n  explain:\n    gone: drop table t\n",
            "schemaplan.yaml:3:5",
        ),
    ] {
        stage.file("schemaplan.yaml", text);
        let said = stage.ends("status", 1);
        assert!(said.contains(place), "{text}{said}");
    }
}
