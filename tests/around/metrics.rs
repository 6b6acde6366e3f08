//! What a run costs, as JSON and for Prometheus.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::prometheus::{Samples, parse};
use super::stage::{GROWN, Stage, TOWNS, until};

const WITH_STATEMENTS: &str = "shared_preload_libraries = 'pg_stat_statements'\nautovacuum = off";

/// The JSON files of a folder, in the order of their names; each is what `json-schema metrics` says.
fn documents(stage: &Stage, folder: &str) -> Vec<Value> {
    let schema = stage.command("json-schema metrics").output().unwrap().stdout;
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler
        .add_resource("metrics.json", serde_json::from_slice(&schema).unwrap())
        .unwrap();
    let index = compiler.compile("metrics.json", &mut schemas).unwrap();
    let names = stage
        .names(folder)
        .into_iter()
        .filter(|name| name.ends_with(".json"));
    names
        .map(|name| {
            let value: Value = serde_json::from_str(&stage.text(&format!("{folder}/{name}"))).unwrap();
            if let Err(error) = schemas.validate(&value, index) {
                panic!("{name}: {error:#}\n{value:#}");
            }
            value
        })
        .collect()
}

fn samples(stage: &Stage, folder: &str) -> Samples {
    let mut names = stage
        .names(folder)
        .into_iter()
        .filter(|name| name.ends_with(".prom"));
    let name = names.next().unwrap();
    assert!(names.next().is_none());
    parse(&stage.text(&format!("{folder}/{name}")))
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value
        .pointer(path)
        .unwrap_or_else(|| panic!("no {path} in {value:#}"))
}

#[tokio::test]
async fn a_run_is_measured_before_and_after() {
    let before = format!("{TOWNS}; CREATE EXTENSION pg_stat_statements");
    let after = format!("{GROWN} CREATE EXTENSION pg_stat_statements;");
    let stage = Stage::new(WITH_STATEMENTS, &before, &after).await;
    stage.file(
        "schemaplan.yaml",
        "metrics:\n  path: measured\n  explain:\n    by_name: SELECT id FROM town WHERE lower(name) = 'town 7'\n    by_size: SELECT id FROM town WHERE size > 3\n    'odd \"name\"': SELECT 1\n",
    );
    let client = stage.client().await;
    client
        .batch_execute("CREATE ROLE app PASSWORD 'topsecret'")
        .await
        .unwrap();
    client
        .query("SELECT count(*) FROM town WHERE name = 'topsecret'", &[])
        .await
        .unwrap();
    // The application goes on meanwhile.
    let application = tokio::spawn(async move {
        loop {
            let _ = client
                .query("SELECT count(*) FROM town WHERE name = 'topsecret'", &[])
                .await;
            let _ = client.batch_execute("ALTER ROLE app PASSWORD 'topsecret'").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let words = "apply --target after.sql --strategy online --yes --allow tightens --phase";
    let said = stage.start(&format!("{words} expand")).ends(0).await;
    assert!(said.contains("Measured: "), "{said}");
    stage.start(&format!("{words} migrate")).ends(0).await;
    application.abort();
    // Both are analyzed: what the index computes, and the column that was filled.
    let client = stage.client().await;
    let known = "SELECT count(*) FROM pg_stats WHERE tablename = 'town_name_idx' OR (tablename, attname) = ('town', 'size')";
    assert_eq!(client.query_one(known, &[]).await.unwrap().get::<_, i64>(0), 2);
    let all = documents(&stage, "measured");
    assert_eq!(all.len(), 2);
    let (expand, migrate) = (&all[0], &all[1]);
    assert_eq!(at(expand, "/outcome"), "done");
    assert_eq!(at(expand, "/phases/0/phase"), "expand");
    // The index is built, its table is larger by it, and the query by name uses it.
    let indexes = |moment: &str| {
        at(expand, &format!("/phases/0/{moment}/tables/0/indexes"))
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((indexes("before"), indexes("after")), (1, 2));
    assert_eq!(at(expand, "/phases/0/after/tables/0/table"), "public.town");
    assert_eq!(at(expand, "/phases/0/after/tables/0/rows"), 5000);
    let difference = at(expand, "/explain/by_name/difference").to_string();
    assert!(
        difference.contains("-Seq Scan on town") && difference.contains("town_name_idx"),
        "{difference}"
    );
    let by_size = at(expand, "/explain/by_size/before/not").as_str().unwrap();
    assert_eq!(by_size, "column \"size\" does not exist");
    assert!(at(expand, "/wal_bytes").as_u64().unwrap() > 50_000);
    // The backfill says how many batches and rows it took.
    let steps = at(migrate, "/phases/0/steps").as_array().unwrap();
    let filled = steps.iter().find(|step| step["batches"].is_number()).unwrap();
    assert!(
        filled["rows"].as_u64() == Some(5000) && filled["attempts"].as_u64() >= Some(1),
        "{filled}"
    );
    assert!(at(migrate, "/explain/by_size/after/plan/cost").as_f64().unwrap() > 0.0);
    // What the application ran, without its constants, and nothing of roles.
    let statements = at(migrate, "/statements/slowest").as_array().unwrap();
    let counted = statements
        .iter()
        .find(|each| each["query"] == "SELECT count(*) FROM town WHERE name = $1")
        .unwrap_or_else(|| panic!("{statements:#?}"));
    assert_eq!(counted["tables"], serde_json::json!(["public.town"]));
    assert!(counted["calls"].as_u64() > Some(0) && counted["mean_seconds_before"].is_number());
    let samples = samples(&stage, "measured");
    for name in stage.names("measured") {
        assert!(
            !stage.text(&format!("measured/{name}")).contains("topsecret"),
            "{name}"
        );
    }
    // Prometheus has the newest run.
    assert_eq!(
        samples
            .of("schemaplan_phase_duration_seconds", &[("phase", "migrate")])
            .len(),
        1
    );
    assert_eq!(
        samples.of("schemaplan_run_outcome", &[("outcome", "done")]),
        [1.0]
    );
    assert_eq!(
        samples.of("schemaplan_run_outcome", &[("outcome", "running")]),
        [0.0]
    );
    let size = |moment| {
        samples.of(
            "schemaplan_table_size_bytes",
            &[("table", "public.town"), ("moment", moment)],
        )[0]
    };
    assert!(size("after") >= size("before") && size("before") > 100_000.0);
    assert_eq!(
        samples
            .of("schemaplan_explain_cost", &[("query", "odd \"name\"")])
            .len(),
        2
    );
    let (server, database) = (format!("127.0.0.1:{}", stage.server.port), "shop");
    let labels = [
        ("server", server.as_str()),
        ("database", database),
        ("verb", "apply"),
    ];
    assert_eq!(samples.of("schemaplan_run_info", &labels), [1.0]);
    assert!(
        !samples
            .of("schemaplan_statement_mean_seconds", &[("moment", "during")])
            .is_empty()
    );
    // The way back is measured too, into files that were named.
    stage.ends("rollback --yes --metrics back.json", 0);
    stage.ends("rollback --yes --metrics back.prom", 0);
    let back: Value = serde_json::from_str(&stage.text("back.json")).unwrap();
    assert_eq!(
        (at(&back, "/verb"), at(&back, "/outcome")),
        (&"rollback".into(), &"done".into())
    );
    assert_eq!(
        parse(&stage.text("back.prom")).of("schemaplan_phase_done", &[("phase", "expand")]),
        [1.0]
    );
}

#[tokio::test]
async fn a_run_that_fails_or_is_killed_leaves_what_it_measured() {
    let stage = Stage::new("autovacuum = off", TOWNS, GROWN).await;
    let client = stage.client().await;
    client
        .batch_execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not yet''; END';
             CREATE TRIGGER no BEFORE UPDATE ON town FOR EACH ROW EXECUTE FUNCTION no()",
        )
        .await
        .unwrap();
    let words =
        "apply --target after.sql --strategy online --yes --allow tightens --metrics m --ignore no --phase";
    stage.ends(&format!("{words} expand"), 0);
    let expand = &documents(&stage, "m")[0];
    let note = at(expand, "/statements/note").as_str().unwrap();
    assert_eq!(note, "the extension pg_stat_statements is not in this database");
    stage.ends(&format!("{words} migrate"), 1);
    let failed = &documents(&stage, "m")[1];
    assert_eq!(
        (at(failed, "/outcome"), at(failed, "/phases/0/outcome")),
        (&"failed".into(), &"failed".into())
    );
    let steps = at(failed, "/phases/0/steps").as_array().unwrap();
    assert_eq!(steps.last().unwrap()["outcome"], "failed");
    assert!(at(failed, "/phases/0/after/tables/0/total_bytes").as_u64() > Some(0));
    assert_eq!(
        samples(&stage, "m").of("schemaplan_run_outcome", &[("outcome", "failed")]),
        [1.0]
    );
    // Killed in its middle: what was before is there.
    client
        .batch_execute("CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN new; END'")
        .await
        .unwrap();
    let run = stage.start(&format!("{words} migrate"));
    until(
        &client,
        "SELECT EXISTS (SELECT FROM schemaplan.step WHERE state = 'running' AND rows_total > 0)",
    )
    .await;
    kill(Pid::from_raw(run.0.id().cast_signed()), Signal::SIGKILL).unwrap();
    let _ = run.0.wait_with_output();
    // As soon as its sessions have noticed it, nobody is said to be at work.
    let gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name ~ '^schemaplan')";
    until(&client, gone).await;
    let status = stage.ends("status", 2);
    assert!(
        status.contains("\n      broken off up: step ") && !status.contains("running"),
        "{status}"
    );
    let killed = &documents(&stage, "m")[2];
    assert_eq!(
        (at(killed, "/outcome"), at(killed, "/phases/0/outcome")),
        (&"running".into(), &"running".into())
    );
    assert!(at(killed, "/phases/0/before/tables/0/total_bytes").as_u64() > Some(0));
    assert_eq!(
        samples(&stage, "m").of("schemaplan_run_outcome", &[("outcome", "running")]),
        [1.0]
    );
    // A signal ends it at a safe point, and that is written too.
    let run = stage.start(&format!("{words} migrate"));
    while documents(&stage, "m").len() < 4 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    kill(Pid::from_raw(run.0.id().cast_signed()), Signal::SIGTERM).unwrap();
    run.ends(4).await;
    let stopped = documents(&stage, "m");
    assert_eq!(at(&stopped[3], "/outcome"), "stopped");
    // A place that cannot be written is said before anything runs.
    stage.file("x", "");
    let said = stage.ends("apply --target after.sql --yes --metrics x/y", 1);
    assert!(said.contains("error[metrics]: "), "{said}");
}

#[tokio::test]
async fn other_databases_and_no_rights_are_noted() {
    let before = format!("{TOWNS}; CREATE EXTENSION pg_stat_statements");
    let after = format!("{GROWN} CREATE EXTENSION pg_stat_statements;");
    let stage = Stage::new(WITH_STATEMENTS, &before, &after).await;
    let client = stage.client().await;
    client
        .batch_execute(
            "CREATE ROLE deployer LOGIN; GRANT CREATE ON DATABASE shop TO deployer;
             ALTER TABLE town OWNER TO deployer; GRANT CREATE ON SCHEMA public TO deployer",
        )
        .await
        .unwrap();
    client.query("SELECT max(mayor) FROM town", &[]).await.unwrap();
    let mut stage = stage;
    let url = stage.server.url("deployer", "shop");
    stage.set("DATABASE_URL", &url);
    stage.ends(
        "apply --target after.sql --strategy online --yes --metrics m --phase expand",
        0,
    );
    let expand = &documents(&stage, "m")[0];
    let note = at(expand, "/statements/note").as_str().unwrap();
    assert!(note.contains("pg_read_all_stats"), "{note}");
}

#[tokio::test]
async fn the_members_of_a_fleet_share_a_text_file_and_have_documents_of_their_own() {
    let stage = Stage::new("", TOWNS, GROWN).await;
    stage.server.run("CREATE DATABASE north TEMPLATE shop").await;
    stage.server.run("CREATE DATABASE south TEMPLATE shop").await;
    let url = |name: &str| stage.server.url("postgres", name);
    stage.file(
        "schemaplan.yaml",
        &format!(
            "environments:\n  shards:\n    url:\n      - {{name: north, url: '{}'}}\n      - {{name: south, url: '{}'}}\n",
            url("north"),
            url("south")
        ),
    );
    let there = "apply --env shards --target after.sql --strategy online --yes --allow tightens --phase expand --metrics";
    stage.ends(&format!("{there} all.prom"), 0);
    let samples = parse(&stage.text("all.prom"));
    for member in ["north", "south"] {
        let of_member = [("member", member), ("database", member), ("outcome", "done")];
        assert_eq!(
            samples.of("schemaplan_run_outcome", &of_member),
            [1.0],
            "{member}"
        );
    }
    let back = "rollback --env shards --yes --metrics";
    stage.ends(&format!("{back} m.json"), 0);
    for member in ["north", "south"] {
        let document: Value = serde_json::from_str(&stage.text(&format!("m-{member}.json"))).unwrap();
        assert_eq!(document["member"], member);
        assert_eq!(document["database"], member);
    }
    // A collector reads all text files of a folder, and no series may stand in two of them.
    stage.ends(&format!("{there} folder"), 0);
    let texts = stage.names("folder");
    let texts = texts.iter().filter(|name| name.ends_with(".prom"));
    let all: Vec<Samples> = texts
        .map(|name| parse(&stage.text(&format!("folder/{name}"))))
        .collect();
    assert_eq!(all.len(), 2);
    assert!(all[0].0.keys().all(|series| !all[1].0.contains_key(series)));
}
