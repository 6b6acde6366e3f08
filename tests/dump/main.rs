//! What `dump` writes, read again, is the database that it was written from.
#![allow(clippy::unwrap_used)]

use schemaplan::change::{Manage, Policy};
use schemaplan::desired;
use schemaplan::diff::diff;
use schemaplan::engine::{Engine, EngineOptions, SessionSettings, load};
use schemaplan::export::{ExportFile, Language, Options, Snapshot, folder, one_text};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::{Catalog, Object, ObjectId};
use schemaplan::text::SourceFile;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The catalog that the files give.
async fn built(engine: &Engine, files: &[Arc<SourceFile>]) -> Result<Catalog, String> {
    let desired = desired::read_files(files).map_err(|wrong| format!("{wrong:#?}"))?;
    let scratch = engine.scratch(&SessionSettings::default()).await.unwrap();
    let loaded = load(engine, &scratch, &desired)
        .await
        .map_err(|error| format!("{error:#?}"));
    let catalog = read(&scratch.client, &ReadOptions { sizes: false }).await;
    scratch.close().await.unwrap();
    loaded?;
    let mut catalog = catalog.map_err(|error| error.to_string())?;
    desired::annotate(&mut catalog, &desired);
    Ok(catalog)
}

fn sources(files: &[ExportFile]) -> Vec<Arc<SourceFile>> {
    files
        .iter()
        .map(|file| SourceFile::new(file.path.as_str(), file.text.as_str()))
        .collect()
}

/// What differs between the database and what was read from its dump: the comparison that `diff` makes, everything
/// managed, and then the objects themselves.
fn differences(live: &Catalog, read: &Catalog) -> Vec<String> {
    let policy = Policy {
        manage_comments: Manage::All,
        manage_grants: Manage::All,
        ..Policy::default()
    };
    let mut found: Vec<String> = diff(live, read, &policy)
        .iter()
        .map(|change| format!("{:?} {} {:?}", change.verb, change.object, change.lines))
        .collect();
    let ids: BTreeSet<&ObjectId> = live.objects.keys().chain(read.objects.keys()).collect();
    for id in ids {
        let (one, two) = (live.get(id).map(plain), read.get(id).map(plain));
        if one != two {
            found.push(format!("{id}\n  - {one:?}\n  + {two:?}"));
        }
    }
    found
}

/// The object without what only files know, and what is no part of the schema.
fn plain(object: &Object) -> String {
    let mut value = serde_json::to_value(object).unwrap();
    for name in [
        "origin",
        "directives",
        "grants_declared",
        "owner_declared",
        "owner",
        "mentions",
        "depends_on",
    ] {
        value.as_object_mut().unwrap().remove(name);
    }
    // A name that PostgreSQL chose follows no rename.
    for body in value["body"].as_object_mut().unwrap().values_mut() {
        let form = body.get_mut("not_null_constraint");
        if let Some(form) = form.filter(|form| form["generated"] == true) {
            form.as_object_mut().unwrap().remove("name");
        }
    }
    for name in ["position", "populated", "version"] {
        for body in value["body"].as_object_mut().unwrap().values_mut() {
            body.as_object_mut().unwrap().remove(name);
        }
    }
    value.to_string()
}

async fn round_trip(engine: &Engine, files: &[Arc<SourceFile>]) -> Result<(), String> {
    let live = built(engine, files)
        .await
        .map_err(|error| format!("skipped: {error}"))?;
    let snapshot = Snapshot {
        settings: SessionSettings::default(),
        catalog: live.clone(),
    };
    let json = snapshot
        .to_json()
        .map_err(|error| format!("snapshot: {error} {:?}", error.notes()))?;
    assert_eq!(
        Snapshot::from_json(json.as_bytes()).map_err(|error| error.to_string())?,
        snapshot
    );
    let (options, full) = (
        Options::default(),
        Options {
            short: None,
            ..Options::default()
        },
    );
    let one = |language, ending, options| {
        vec![SourceFile::new(
            format!("schema.{ending}"),
            one_text(&live, language, options),
        )]
    };
    for (what, sources) in [
        ("folder", sources(&folder(&live, Language::Sql, &options))),
        ("one file", one(Language::Sql, "sql", &options)),
        ("full names", one(Language::Sql, "sql", &full)),
        ("yaml", sources(&folder(&live, Language::Yaml, &options))),
        ("yaml in one file, full names", one(Language::Yaml, "yaml", &full)),
    ] {
        let shown = || {
            sources
                .iter()
                .map(|file| format!("== {}\n{}", file.path(), file.text()))
                .collect::<String>()
        };
        let read = built(engine, &sources)
            .await
            .map_err(|error| format!("{what}: {error}\n{}", shown()))?;
        let found = differences(&live, &read);
        if !found.is_empty() {
            return Err(format!("{what}: {}\n{}", found.join("\n"), shown()));
        }
    }
    Ok(())
}

fn sql_below(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .flatten();
    let paths = entries.map(|entry| entry.path().to_owned());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .collect()
}

/// Each as a schema of its own.
async fn all(paths: &[PathBuf]) {
    let engine = Engine::start(EngineOptions::default()).await.unwrap();
    let mut failed = Vec::new();
    let mut skipped = 0;
    for path in paths {
        let file = SourceFile::from_bytes(path.to_string_lossy(), std::fs::read(path).unwrap()).unwrap();
        match round_trip(&engine, &[file]).await {
            Ok(()) => {}
            Err(error) if error.starts_with("skipped: ") => {
                skipped += 1;
                println!(
                    "{}: {}",
                    path.display(),
                    &error.chars().take(300).collect::<String>()
                );
            }
            Err(error) => {
                println!("FAILED {}: {error}", path.display());
                failed.push(path.display().to_string());
            }
        }
    }
    engine.stop().await;
    println!(
        "{} of {} come back as they were, {skipped} do not load",
        paths.len() - failed.len() - skipped,
        paths.len()
    );
    assert_eq!(failed, Vec::<String>::new());
    assert!(skipped < paths.len(), "none of them loads");
}

/// Any schema files at hand: `SCHEMAPLAN_DUMP` holds files and folders with colons between them.
#[tokio::test]
async fn files_at_hand_come_back_as_they_were() {
    let Ok(words) = std::env::var("SCHEMAPLAN_DUMP") else {
        return;
    };
    let paths: Vec<PathBuf> = words
        .split(':')
        .flat_map(|word| sql_below(Path::new(word)))
        .collect();
    all(&paths).await;
}

#[tokio::test]
async fn the_repositorys_own_schema_comes_back_as_it_was() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<Arc<SourceFile>> = sql_below(&root.join("schema"))
        .iter()
        .map(|path| SourceFile::from_bytes(path.to_string_lossy(), std::fs::read(path).unwrap()).unwrap())
        .collect();
    let engine = Engine::start(EngineOptions::default()).await.unwrap();
    let result = round_trip(&engine, &files).await;
    engine.stop().await;
    result.unwrap();
}

/// What came with newer majors, as far as the server that is here has it.
#[tokio::test]
async fn what_newer_servers_have_comes_back_as_it_was() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/roundtrip");
    let engine = Engine::start(EngineOptions::default()).await.unwrap();
    let newer = (15..=engine.major()).map(|major| root.join(format!("since_{major}.sql")));
    let files: Vec<Arc<SourceFile>> = std::iter::once(root.join("every_kind.sql"))
        .chain(newer)
        .filter(|path| path.exists())
        .map(|path| SourceFile::from_bytes(path.to_string_lossy(), std::fs::read(&path).unwrap()).unwrap())
        .collect();
    let result = round_trip(&engine, &files).await;
    engine.stop().await;
    result.unwrap();
}

/// Names, circles and parentheses that could be taken for something else, and one of every kind.
#[tokio::test]
async fn what_could_be_taken_for_something_else_comes_back_as_it_was() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    all(&[root.join("dump/hard.sql"), root.join("roundtrip/every_kind.sql")]).await;
}
