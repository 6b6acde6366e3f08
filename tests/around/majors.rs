//! A fleet whose servers are of several majors.

use std::path::PathBuf;

use super::servers::Server;
use super::stage::{GROWN, Stage, TOWNS};

/// The programs of another major than that of the tests, where `.ci/servers` has put one.
fn another_major() -> Option<PathBuf> {
    let kept = schemaplan::engine::cache_folder(None).ok()?.join("servers");
    let mut found: Vec<PathBuf> = std::fs::read_dir(kept)
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|programs| programs.join("initdb").exists() && *programs != Server::programs())
        .collect();
    found.sort();
    found.pop()
}

#[tokio::test]
async fn a_fleet_of_several_majors_goes_there_and_back_as_a_whole() {
    let Some(programs) = another_major() else {
        println!("skipped: there is no server of another major; .ci/servers fetches them");
        return;
    };
    let stage = Stage::new("", TOWNS, GROWN).await;
    let other = Server::of(programs, "").await;
    other.run("CREATE DATABASE shop").await;
    let client = other.client("shop").await;
    client.batch_execute(TOWNS).await.unwrap();
    stage.file(
        "schemaplan.yaml",
        &format!(
            "schemas: [public]\nenvironments:\n  shards:\n    url:\n      - {{name: one, url: \"{}\"}}\n      - {{name: other, url: \"{}\"}}\n",
            stage.server.url("postgres", "shop"),
            other.url("postgres", "shop")
        ),
    );
    let words = "--env shards --target after.sql";
    let said = stage.ends(&format!("diff {words}"), 2);
    assert!(
        said.contains("one, other\n") && !said.contains("drifted"),
        "{said}"
    );
    let run = "--strategy online --allow tightens --yes";
    stage.ends(&format!("apply {words} {run} --phase expand"), 0);
    stage.ends("rollback --env shards --yes", 0);
    let said = stage.ends(&format!("apply {words} {run} --phase all"), 0);
    assert!(said.contains("2 of 2 ended well"), "{said}");
    stage.ends(&format!("diff {words}"), 0);
    stage.ends("status --env shards", 0);
    // Two plans, each in the words of its server, and one to take back.
    let said = stage.ends("rollback --env shards --phase all --yes", 0);
    assert!(said.contains("2 of 2 ended well"), "{said}");
    for client in [stage.client().await, client] {
        let rows = "SELECT count(*) FROM town WHERE mayor = 'mayor ' || id";
        assert_eq!(client.query_one(rows, &[]).await.unwrap().get::<_, i64>(0), 5000);
    }
}
