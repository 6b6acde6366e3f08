//! Schemas in YAML: the same catalog as their twins in SQL, and what is said about wrong ones.
#![allow(clippy::unwrap_used)]

use super::build_on;
use schemaplan::engine::{Engine, EngineOptions};
use schemaplan::model::Catalog;
use serde_json::Value;
use std::path::Path;

/// The catalog without the places in the files, which differ by their nature.
fn comparable(catalog: &Catalog) -> String {
    let mut value = serde_json::to_value(catalog).unwrap();
    strip(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("origin");
            fields.remove("origins");
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// `tests/desired/twins/<concept>.{sql,yaml}` say the same.
#[tokio::test]
async fn twins_make_the_same_catalog() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desired/twins");
    let only = std::env::var("SCHEMAPLAN_TWIN").unwrap_or_default();
    let mut concepts: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|concept| concept.contains(&only))
        .collect();
    concepts.sort();
    let engine = Engine::start(EngineOptions::default()).await.unwrap();
    let mut failures = Vec::new();
    for concept in &concepts {
        let mut sides = Vec::new();
        for extension in ["sql", "yaml"] {
            let name = format!("{concept}.{extension}");
            let text = std::fs::read_to_string(folder.join(&name)).unwrap();
            sides.push(match build_on(&engine, &[(&name, &text)]).await {
                Ok((catalog, diagnostics)) if diagnostics.is_empty() => comparable(&catalog),
                Ok((_, diagnostics)) | Err(diagnostics) => {
                    failures.push(format!(
                        "{name}\n{}",
                        schemaplan::text::render_all(&diagnostics, Default::default())
                    ));
                    String::new()
                }
            });
        }
        if sides[0] != sides[1] && sides.iter().all(|side| !side.is_empty()) {
            let diff = similar::TextDiff::from_lines(&sides[0], &sides[1]);
            failures.push(format!(
                "{concept}: - SQL, + YAML\n{}",
                diff.unified_diff().context_radius(6)
            ));
        }
    }
    engine.stop().await;
    assert!(!concepts.is_empty());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
