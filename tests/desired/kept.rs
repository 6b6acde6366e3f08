//! A database that was kept and changed holds what one holds in which everything is executed.

use super::read_all;
use schemaplan::desired::Desired;
use schemaplan::engine::{Engine, EngineOptions, SessionSettings, build};
use schemaplan::introspect::{ReadOptions, read};
use schemaplan::model::{Catalog, ObjectId};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Reads what the engine makes of the files, and how many statements it executed for that.
async fn built(engine: &Engine, desired: &Desired, worth_keeping: usize) -> Result<(Catalog, usize), String> {
    let settings = SessionSettings::default();
    let built = build(engine, &settings, desired, worth_keeping)
        .await
        .map_err(|error| error.to_string())?;
    let executed = built.executed;
    let catalog = read(&built.scratch.client, &ReadOptions { sizes: false })
        .await
        .map_err(|error| error.to_string())?;
    built.close().await.map_err(|error| error.to_string())?;
    Ok((catalog, executed))
}

async fn engine(cache: &Path) -> Engine {
    let options = EngineOptions {
        cache: Some(cache.to_owned()),
        ..EngineOptions::default()
    };
    Engine::start(options)
        .await
        .expect("a PostgreSQL on this machine")
}

/// What is executed one after the other: the two sides of each case and the first again, or the numbered files of a folder.
/// `SCHEMAPLAN_CASES` names another tree of them.
fn sequences() -> Vec<Vec<PathBuf>> {
    let root =
        std::env::var_os("SCHEMAPLAN_CASES").map_or_else(|| PathBuf::from("tests/cases"), PathBuf::from);
    let mut found = Vec::new();
    let mut todo = vec![root];
    while let Some(folder) = todo.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
            entries.map(|entry| entry.path()).partition(|path| path.is_dir());
        todo.extend(folders);
        files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        let case = ["from.sql", "to.sql", "from.sql"].map(|name| folder.join(name));
        match files.contains(&case[0]) && files.contains(&case[1]) {
            true => found.push(case.to_vec()),
            false if files.len() > 1 => found.push(files),
            false => {}
        }
    }
    found.sort();
    found
}

fn differences(a: &Catalog, b: &Catalog) -> String {
    let ids: BTreeSet<&ObjectId> = a.objects.keys().chain(b.objects.keys()).collect();
    let differ = ids.into_iter().filter(|id| a.get(id) != b.get(id));
    // Where they part is what matters.
    let side = |catalog: &Catalog, other: &Catalog, id: &ObjectId| {
        let (own, other) = (format!("{:?}", catalog.get(id)), format!("{:?}", other.get(id)));
        let same = own.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        own.chars()
            .skip(same.saturating_sub(200))
            .take(600)
            .collect::<String>()
    };
    let lines = differ.map(|id| {
        format!(
            "    {id}\n      kept  {}\n      whole {}\n",
            side(a, b, id),
            side(b, a, id)
        )
    });
    lines.collect()
}

/// Each case's two sides are executed, one after the other, in the database that the other has left. `SCHEMAPLAN_KEPT=all` takes
/// all cases, else it is every tenth.
#[tokio::test]
async fn a_kept_database_holds_what_a_fresh_one_holds() {
    let cache = tempfile::tempdir().expect("a folder");
    open_to_all(cache.path());
    let engine = engine(cache.path()).await;
    let every = if std::env::var_os("SCHEMAPLAN_KEPT").is_some() {
        1
    } else {
        3
    };
    let only = std::env::var("SCHEMAPLAN_CASE").unwrap_or_default();
    let (mut again, mut whole, mut failed) = (0, 0, Vec::new());
    // What every statement of a larger schema stands on, and nothing speaks of.
    let ballast: String = (0..40)
        .map(|number| format!("CREATE SEQUENCE ballast_{number};\n"))
        .collect();
    for sequence in sequences().into_iter().step_by(every) {
        if !sequence.iter().any(|path| path.to_string_lossy().contains(&only)) {
            continue;
        }
        for path in sequence {
            let text = std::fs::read_to_string(&path).expect("a file");
            let side = read_all(&[("ballast.sql", ballast.as_str()), ("schema.sql", text.as_str())]);
            let Ok(desired) = &side else { continue };
            let Ok((kept, executed)) = built(&engine, desired, 1).await else {
                continue;
            };
            match executed < desired.statements.len() {
                true => again += 1,
                false => {
                    whole += 1;
                    continue;
                }
            }
            let (fresh, _) = built(&engine, desired, usize::MAX)
                .await
                .expect("it was executed before");
            if kept != fresh {
                failed.push(format!("{}\n{}", path.display(), differences(&kept, &fresh)));
            }
        }
    }
    engine.stop().await;
    eprintln!("{again} times in the kept database, {whole} times in a fresh one");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(!only.is_empty() || again > whole, "{again} of {}", again + whole);
}

/// The server's user has to get in.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder, open).expect("the folder is ours");
}

/// A schema that is large enough to be kept, with a mistake or an edit behind it.
fn large(more: &str) -> Desired {
    let ballast: String = (0..20)
        .map(|number| format!("CREATE TABLE ballast_{number} (a int);\n"))
        .collect();
    super::desired(&[("ballast.sql", ballast.as_str()), ("schema.sql", more)])
}

async fn kept_databases(engine: &Engine) -> i64 {
    let scratch = engine
        .scratch(&SessionSettings::default())
        .await
        .expect("a database");
    let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'schemaplan\\_kept\\_%'";
    let row = scratch.client.query_one(count, &[]).await.expect("a count");
    scratch.close().await.expect("the database goes");
    row.get(0)
}

fn notes(cache: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![cache.to_owned()];
    while let Some(folder) = todo.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.is_dir()) {
            match path.extension().is_some_and(|extension| extension == "kept") {
                true => found.extend(
                    std::fs::read_dir(path)
                        .expect("a folder")
                        .flatten()
                        .map(|e| e.path()),
                ),
                false if path.join("PG_VERSION").exists() => {}
                false => todo.push(path),
            }
        }
    }
    found
}

#[tokio::test]
async fn an_edit_that_the_server_refuses_leaves_the_kept_database() {
    let cache = tempfile::tempdir().expect("a folder");
    open_to_all(cache.path());
    let engine = engine(cache.path()).await;
    let all = large("CREATE TABLE t (a int);");
    let (_, executed) = built(&engine, &all, 1).await.expect("a schema");
    assert_eq!(executed, all.statements.len());
    let wrong = built(&engine, &large("CREATE TABLE t (a int, b no_such_type);"), 1).await;
    let said = wrong.expect_err("a type that is not there");
    assert!(said.contains("does not take the schema"), "{said}");
    let mended = large("CREATE TABLE t (a int, b text);");
    let (catalog, executed) = built(&engine, &mended, 1).await.expect("a schema");
    assert_eq!(executed, 1, "the table alone");
    let (fresh, _) = built(&engine, &mended, usize::MAX).await.expect("a schema");
    assert_eq!(differences(&catalog, &fresh), "");
    engine.stop().await;
}

#[tokio::test]
async fn two_databases_are_kept_and_what_no_note_speaks_of_goes() {
    let cache = tempfile::tempdir().expect("a folder");
    open_to_all(cache.path());
    let first = engine(cache.path()).await;
    // Schemas that have nothing in common: each is executed whole.
    for name in ["a", "b", "c", "d"] {
        let text: String = (0..30)
            .map(|number| format!("CREATE TABLE {name}_{number} (x int);\n"))
            .collect();
        let desired = super::desired(&[("schema.sql", text.as_str())]);
        let (_, executed) = built(&first, &desired, 1).await.expect("a schema");
        assert_eq!(executed, 30);
    }
    assert_eq!(notes(cache.path()).len(), 2);
    first.stop().await;
    let second = engine(cache.path()).await;
    assert_eq!(kept_databases(&second).await, 2);
    second.stop().await;
    for note in notes(cache.path()) {
        std::fs::remove_file(note).expect("a note");
    }
    let third = engine(cache.path()).await;
    assert_eq!(kept_databases(&third).await, 0);
    third.stop().await;
}
