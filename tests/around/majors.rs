//! A fleet whose servers are of several majors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::servers::Server;
use super::stage::{GROWN, Stage, TOWNS};

/// The programs of other majors than that of the tests, by major, where `.ci/servers` has put some.
fn other_majors() -> BTreeMap<u32, PathBuf> {
    let kept = schemaplan::engine::cache_folder(None).map(|kept| kept.join("servers"));
    let found = kept.ok().and_then(|kept| std::fs::read_dir(kept).ok());
    let programs = found.into_iter().flatten().flatten().filter_map(|entry| {
        let major = entry.file_name().to_str()?.parse().ok()?;
        Some((major, entry.path().join("bin")))
    });
    let usable =
        |(_, programs): &(u32, PathBuf)| programs.join("initdb").exists() && *programs != Server::programs();
    programs.filter(usable).collect()
}

#[tokio::test]
async fn a_fleet_of_several_majors_goes_there_and_back_as_a_whole() {
    let Some((_, programs)) = other_majors().pop_last() else {
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

/// What stands before each of the schemas below; `keeper` may do nothing with it but read it and look after it.
const KEPT: &str = "CREATE TABLE town (id int PRIMARY KEY, name text);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS towns FROM town;
GRANT SELECT, MAINTAIN ON town, counted TO keeper;
";

#[tokio::test]
async fn who_may_only_maintain_is_told_before_what_that_does_not_suffice_for() {
    let mut servers = other_majors();
    servers.retain(|major, _| *major >= 17);
    if servers.is_empty() {
        println!("skipped: there is no server of 17 or later; .ci/servers fetches them");
    }
    for (major, programs) in servers {
        let stage = Stage::new("", "", KEPT).await;
        let server = Server::of(programs, "").await;
        server.run("CREATE ROLE keeper LOGIN; CREATE ROLE other").await;
        server.run("CREATE DATABASE shop").await;
        let client = server.client("shop").await;
        let rows = "INSERT INTO town SELECT n, 'town ' || n FROM generate_series(1, 1000) AS n";
        let rights = "GRANT CREATE ON DATABASE shop TO keeper; GRANT CREATE ON SCHEMA public TO keeper";
        let hidden = "CREATE TABLE hidden (id int PRIMARY KEY)";
        client
            .batch_execute(&format!("{KEPT}{rows}; {rights}; {hidden}"))
            .await
            .unwrap();
        let url = format!(
            "--url {} --shadow {} --ignore hidden",
            server.url("keeper", "shop"),
            server.url("postgres", "postgres")
        );
        let before = format!("{url} --target after.sql --phase all --allow all --yes");
        // Its own stands upon what it may read, and is filled and swapped by itself.
        let own = "CREATE MATERIALIZED VIEW own AS SELECT count(*) AS towns FROM town; CREATE UNIQUE INDEX ON own (towns);";
        stage.file("after.sql", &format!("{KEPT}{own}"));
        stage.ends(&format!("apply {before}"), 0);
        stage.file(
            "after.sql",
            &format!("{KEPT}{}", own.replace("AS towns", "AS towns, max(id) AS last")),
        );
        stage.ends(&format!("apply {before} --strategy online"), 0);
        let last = "SELECT last FROM own";
        assert_eq!(client.query_one(last, &[]).await.unwrap().get::<_, i32>(0), 1000);
        stage.ends(&format!("rollback {url} --phase all --yes"), 0);
        // What takes more is refused, by name, and nothing is run.
        let mine = format!("{KEPT}{own}");
        let belongs = "belongs to postgres: run as that role, or GRANT postgres TO keeper";
        for (after, words) in [
            (
                mine.replace(
                    "AS towns FROM town;\nGRANT",
                    "AS towns, 1 AS one FROM town;\nGRANT",
                ),
                format!("public.counted {belongs}"),
            ),
            (
                mine.replace("name text", "name text, size int"),
                format!("public.town {belongs}"),
            ),
            (
                format!("{mine}GRANT MAINTAIN ON town TO other;"),
                format!("public.town {belongs}, or have what is to be granted, WITH GRANT OPTION"),
            ),
            (
                format!("{mine}CREATE TABLE near (town int REFERENCES town);"),
                "upon public.town role keeper may build nothing: GRANT REFERENCES ON public.town TO keeper"
                    .to_owned(),
            ),
            (
                format!(
                    "{mine}CREATE TABLE hidden (id int PRIMARY KEY); CREATE MATERIALIZED VIEW seen AS SELECT id FROM hidden;"
                ),
                "upon public.hidden role keeper may build nothing: GRANT SELECT ON public.hidden TO keeper"
                    .to_owned(),
            ),
        ] {
            stage.file("after.sql", &after);
            let words_of = before.replace(" --ignore hidden", "");
            let given = if after.contains("hidden") {
                &words_of
            } else {
                &before
            };
            let said = stage.ends(&format!("apply {given}"), 3);
            assert!(
                said.contains("error[rights]") && said.contains(&words),
                "{major}: {words}\n{said}"
            );
            assert_eq!(said.matches("note: ").count(), 1, "{major}: {said}");
        }
        stage.file("after.sql", &mine);
        stage.ends(&format!("diff {url} --target after.sql"), 0);
        // The doctor builds again what is broken, which is what the right is for.
        client
            .batch_execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'town_pkey'::regclass")
            .await
            .unwrap();
        let said = stage.ends(
            &format!("doctor --url {} --fix --yes", server.url("keeper", "shop")),
            2,
        );
        assert!(
            said.contains("REINDEX INDEX CONCURRENTLY public.town_pkey")
                && said.contains("every index is valid"),
            "{major}: {said}"
        );
    }
}
