//! Snapshots on either side of a comparison, on a machine without any server.

use crate::stage::{Database, Stage};

const BEFORE: &str = "
    create table account (id bigint generated always as identity primary key, email text, plan text);
    create function slug(t text) returns text language sql immutable as $$ select lower(t) $$;
    create view mails as select email from account;
";

/// Runs a command that finds neither a server nor the programs to start one.
fn alone(stage: &mut Stage, words: &str) {
    let list: Vec<&str> = words.split(' ').collect();
    let mut command = stage.command(&list);
    for name in ["PATH", "SCHEMAPLAN_POSTGRES", "SCHEMAPLAN_CACHE", "HOME"] {
        command.env(name, "/nowhere");
    }
    command.env_remove("DATABASE_URL");
    let output = command.output().unwrap();
    stage.note(words, &output);
}

#[tokio::test]
async fn from_one_snapshot_to_another() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.run("snapshot --out before.json");
    stage.run("diff --target before.json");
    database
        .run("update account set email = ''; alter table account alter email set not null, drop column plan; create index on account (email)")
        .await;
    stage.run("snapshot --out after.json");
    stage.run("diff --target after.json");
    alone(&mut stage, "diff --from before.json --target after.json");
    alone(&mut stage, "plan --from before.json --target after.json");
    alone(&mut stage, "plan --from after.json --target after.json");
    alone(&mut stage, "dump after.json");
    let before = std::fs::read(stage.path("after.json")).unwrap();
    stage.run("snapshot --out again.json");
    assert!(
        before == std::fs::read(stage.path("again.json")).unwrap(),
        "the same database gives the same bytes"
    );
    alone(&mut stage, "snapshot after.json --out copy.json");
    assert!(
        before == std::fs::read(stage.path("copy.json")).unwrap(),
        "and so does a snapshot of a snapshot"
    );
    stage.matches("snapshot_both_sides");
    database.end().await;
}

#[tokio::test]
async fn files_that_are_no_snapshots() {
    let database = Database::with(BEFORE).await;
    let mut stage = Stage::on(&database);
    stage.run("snapshot --out good.json");
    let good = std::fs::read_to_string(stage.path("good.json")).unwrap();
    let no_table = good.replacen("\"table\": {", "\"sequence\": {", 1);
    let elsewhere = good.replacen("\"of\": \"account\"", "\"of\": \"gone\"", 1);
    stage
        .file("cut.json", &good[..good.len() / 2])
        .file("corrupt.json", &good.replacen(": {", ": <", 1))
        .file(
            "newer.json",
            &good.replacen("_snapshot\": 1", "_snapshot\": 2", 1),
        )
        .file("other.json", "{\"name\": \"left-pad\"}")
        .file(
            "kind.json",
            &good.replacen("\"kind\": \"view\"", "\"kind\": \"property graph\"", 1),
        )
        .file("body.json", &no_table)
        .file("orphan.json", &elsewhere)
        .file("empty.json", "");
    for name in [
        "cut", "corrupt", "newer", "other", "kind", "body", "orphan", "empty", "missing",
    ] {
        alone(&mut stage, &format!("diff --from good.json --target {name}.json"));
    }
    alone(&mut stage, "diff --from orphan.json --target good.json");
    stage.run("snapshot --only account.email");
    stage.run("snapshot --out .");
    stage.matches("snapshot_bad_files");
    database.end().await;
}

/// The second comparison knows the answer of the first; each that follows has something new to see, on one side or the other.
#[tokio::test]
async fn what_was_equal_is_looked_at_again_once_it_changed() {
    let database = Database::with("create table item (id int);").await;
    let mut stage = Stage::on(&database);
    stage.file("schema/item.sql", "create table item (id int);");
    stage.run("diff").run("diff");
    database.run("comment on table item is 'not in the files'").await;
    stage.run("diff");
    database.run("comment on table item is null").await;
    stage.run("diff");
    stage.file("schema/item.sql", "create table item (id int, note text);");
    stage.run("diff").matches("changed-since-it-was-equal");
    database.end().await;
}
