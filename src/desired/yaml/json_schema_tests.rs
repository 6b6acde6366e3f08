//! The JSON Schema is a right one, knows the keys that the reader knows, and takes what the reader takes.

use super::grammar_tests::{documents, files, registered};
use super::json_schema;
use super::tree::{Kind, Node};
use crate::text::SourceFile;
use std::collections::BTreeSet;

#[test]
fn the_json_schema_knows_the_same_keys_and_takes_the_twins() {
    let schema = json_schema();
    let keys: BTreeSet<(String, String)> = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .chain([(&"document".to_owned(), &schema)])
        .flat_map(|(section, schema)| {
            let properties = schema["properties"].as_object().unwrap();
            properties
                .keys()
                .map(|key| (section.clone(), key.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    let registered: BTreeSet<(String, String)> = registered()
        .into_iter()
        .map(|(section, key)| (section.to_owned(), key.to_owned()))
        .collect();
    assert_eq!(keys, registered);
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("schemaplan.json", schema).unwrap();
    let compiled = compiler.compile("schemaplan.json", &mut schemas).unwrap();
    let check = |node: &Node| {
        schemas
            .validate(&json(node), compiled)
            .map_err(|error| format!("{error:#}"))
    };
    for source in files("tests/desired/twins").iter().chain(&files("examples")) {
        for document in documents(source) {
            assert_eq!(check(&document), Ok(()), "{}", source.path());
        }
    }
    for wrong in [
        "tabels: {}",
        "tables: []",
        "tables: {t: {columns: {a: []}}}",
        "views: {v: {}}",
        "types: {t: {}}",
    ] {
        let source = SourceFile::new("wrong.yaml", wrong);
        assert!(check(&documents(&source)[0]).is_err(), "{wrong}");
    }
}

/// A value as an editor sees it.
fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        Kind::Scalar { text, style } if *style == granit_parser::ScalarStyle::Plain => match text.as_str() {
            "" | "~" | "null" => serde_json::Value::Null,
            "true" => true.into(),
            "false" => false.into(),
            _ => match text.parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => text
                    .parse::<f64>()
                    .map_or_else(|_| text.as_str().into(), Into::into),
            },
        },
        Kind::Scalar { text, .. } => text.as_str().into(),
        Kind::List(items) => items.iter().map(|item| json(item)).collect(),
        Kind::Map(entries) => {
            let fields = entries
                .iter()
                .map(|(key, value)| (key.text().unwrap().to_owned(), json(value)));
            serde_json::Value::Object(fields.collect())
        }
    }
}
