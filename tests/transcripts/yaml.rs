//! Schemas in YAML: what is said about wrong ones, and that hostile ones are answered quickly and in little memory.

use super::stage::Stage;
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn everything_wrong_is_said_at_once_with_its_place() {
    let mut stage = Stage::new();
    stage.file(
        "schema/shop.yaml",
        "tabels: {}\ntables:\n  users:\n    columns:\n      id: bigint identity primary key\n      \
         state: {type: text, default: new, nul: true, not_null: yes}\n      size: [int]\n      \
         price: {type: \"numeric(10, 2\", default: }\n    unique: 3\n    allow: drop-data\n    indexes:\n      \
         users_state: {colums: state}\n  users: {}\nviews:\n  v: {comment: no query}\n",
    );
    stage.file("schema/good.sql", "create table good (id int);\n");
    stage.run("diff --from empty");
    stage.file(
        "schema/shop.yaml",
        "tables:\n  users: {columns: {id: bigint\nviews:\n\tv: select 1\n",
    );
    stage.run("diff --from empty").matches("wrong-yaml");
}

#[test]
fn the_servers_errors_point_into_the_yaml() {
    let mut stage = Stage::new();
    stage.file(
        "schema/shop.yaml",
        "schema: app\nschemas: [app]\ntypes:\n  order_status: [new, paid]\ntables:\n  orders:\n    columns:\n      \
         id: bigint identity primry key\n  items:\n    columns:\n      state: {type: order_statsu, not_null: true}\n    \
         checks:\n      - >\n        (state <> 'x'\n        and missing = 'ü')\n  good:\n    columns: {a: int}\n    \
         checks:\n      folded: >-\n        a > 0\n        and lenght('ü') = 1\nviews:\n  v: |\n    select a,\n      \
         nope\n    from good\nsql: |\n  -- schemaplan: backfil 0\n  create table raw (a txt);\n",
    );
    stage.run("diff --from empty");
    let text = std::fs::read_to_string(stage.path("schema/shop.yaml")).unwrap();
    stage.file(
        "schema/shop.yaml",
        &text.replace("  -- schemaplan: backfil 0\n", ""),
    );
    stage.run("diff --from empty").matches("wrong-sql-in-yaml");
}

#[test]
fn directives_and_origins_have_the_places_of_the_yaml() {
    let mut stage = Stage::new();
    stage.file(
        "before/users.sql",
        "create table users (id bigint primary key, mail text);\n",
    );
    stage.file(
        "schema/users.yaml",
        "tables:\n  users:\n    columns:\n      id: bigint primary key\n      email: {type: text, renamed_from: mail}\n      \
         state:\n        type: text\n        not_null: true\n        backfill: \"'new'\"\n    indexes:\n      \
         users_state: state\n",
    );
    stage
        .run("diff --from before")
        .run("plan --from before --strategy direct")
        .matches("yaml-directives");
}

/// What `json-schema` prints, compiled, takes what the program reads and writes, and refuses what it refuses.
#[test]
fn the_json_schemas_take_what_the_program_reads() {
    let mut stage = Stage::new();
    stage.file(
        "schema/users.sql",
        "create table users (id bigint primary key, mail text);\n",
    );
    stage.run("plan --from empty --out plans --name first");
    let plan = walkdir::WalkDir::new(stage.path("plans")).into_iter().flatten();
    let plan = plan
        .map(|entry| entry.into_path())
        .find(|path| path.ends_with("plan.yaml"))
        .unwrap();
    let config = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemaplan.yaml");
    let desired = stage.path("good.yaml");
    std::fs::write(&desired, "tables: {users: {columns: {id: bigint identity}}}\n").unwrap();
    for (of, file, wrong) in [
        ("config", &config, "targets: x"),
        ("plan", &plan, "steps: 1"),
        ("desired", &desired, "tables: 1"),
    ] {
        let output = stage.command(&["json-schema", of]).output().unwrap();
        assert!(output.status.success());
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.add_resource("schema.json", schema).unwrap();
        let compiled = compiler.compile("schema.json", &mut schemas).unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        if let Err(error) = schemas.validate(&value, compiled) {
            panic!("{of}: {error:#}");
        }
        let wrong: serde_json::Value = serde_saphyr::from_str(wrong).unwrap();
        assert!(schemas.validate(&wrong, compiled).is_err(), "{of}");
    }
}

/// Aliases that stand for 10³⁰ values, brackets within brackets, a file of nothing but values.
#[test]
fn hostile_files_are_answered_quickly_and_in_little_memory() {
    let mut bomb = "x-0: &n0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..30 {
        bomb.push_str(&format!(
            "x-{n}: &n{n} [{}]\n",
            format!("*n{}, ", n - 1).repeat(10)
        ));
    }
    for (name, text) in [
        ("bomb", bomb),
        ("deep", "[".repeat(10_000_000)),
        ("wide", "- 1\n".repeat(10_000_000)),
        ("long", format!("sql: '{}'", "x".repeat(40_000_000))),
        ("large", "#\n".repeat(40_000_000)),
    ] {
        let stage = Stage::new();
        stage.file("schema/hostile.yaml", &text);
        let began = Instant::now();
        // One gigabyte of addresses, libraries and stacks among them.
        let output = Command::new("sh")
            .arg("-c")
            .arg("ulimit -v 1000000; exec \"$0\" diff --from empty --target schema")
            .arg(env!("CARGO_BIN_EXE_schemaplan"))
            .current_dir(stage.path("."))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains("error[yaml"), "{name}: {said}");
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{name}: {:?}",
            began.elapsed()
        );
    }
}
