//! The JSON Schema of a YAML schema file, made from the grammar.

use super::grammar::DOCUMENT;
use super::shape::{Mapping, Scalar, Section, Shape};
use crate::step::HazardCode;
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) that editors complete and check YAML schema files from.
pub fn json_schema() -> Value {
    let mut sections = Map::new();
    let mut root = section(&DOCUMENT, &mut sections);
    sections.remove(DOCUMENT.name);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("schemaplan: desired schema");
    // Anchors need a place to stand.
    root["patternProperties"] = json!({ "^x-": true });
    root["$defs"] = Value::Object(sections);
    root
}

/// The section itself; the sections that it uses go to `sections`.
fn section(of: &'static Section, sections: &mut Map<String, Value>) -> Value {
    sections.insert(of.name.to_owned(), Value::Null);
    let mut properties = Map::new();
    for key in of.keys() {
        let mut value = shape(key.shape, sections);
        value["description"] = json!(key.about);
        properties.insert(key.name.to_owned(), value);
    }
    let mut schema = json!({
        "type": "object",
        "description": of.about,
        "properties": properties,
        "additionalProperties": false,
    });
    let always: Vec<&str> = of
        .required
        .iter()
        .filter(|group| group.len() == 1)
        .flat_map(|group| group.iter().copied())
        .collect();
    if !always.is_empty() {
        schema["required"] = json!(always);
    }
    let choices: Vec<Value> = of
        .required
        .iter()
        .filter(|group| group.len() > 1)
        .flat_map(|group| group.iter().map(|name| json!({ "required": [name] })))
        .collect();
    if !choices.is_empty() {
        schema["oneOf"] = json!(choices);
    }
    schema
}

fn shape(of: &'static Shape, sections: &mut Map<String, Value>) -> Value {
    let mut forms: Vec<Value> = of.scalar.map(scalar).into_iter().collect();
    if let Some(items) = of.list {
        forms.push(json!({ "type": "array", "items": shape(items, sections) }));
    }
    match &of.mapping {
        Some(Mapping::Entries(values) | Mapping::Signatures(values)) => {
            forms.push(json!({ "type": "object", "additionalProperties": shape(values, sections) }));
        }
        Some(Mapping::Section(inner)) => {
            if !sections.contains_key(inner.name) {
                let made = section(inner, sections);
                sections.insert(inner.name.to_owned(), made);
            }
            forms.push(json!({ "$ref": format!("#/$defs/{}", inner.name) }));
        }
        None => {}
    }
    if of.empty {
        forms.push(json!({ "type": "null" }));
    }
    match forms.len() {
        1 => forms.remove(0),
        _ => json!({ "anyOf": forms }),
    }
}

fn scalar(of: Scalar) -> Value {
    match of {
        // `default: 0` and `default: true` are SQL as they stand.
        Scalar::Expression | Scalar::Constant | Scalar::Text => {
            json!({ "type": ["string", "number", "boolean", "null"] })
        }
        Scalar::Sql | Scalar::Element => json!({ "type": ["string", "number"] }),
        Scalar::Statements | Scalar::Body | Scalar::Name => json!({ "type": "string" }),
        Scalar::Flag => json!({ "type": "boolean" }),
        Scalar::Number => json!({ "type": "integer" }),
        Scalar::Hazard => {
            let codes: Vec<&str> = HazardCode::ALL.iter().map(|hazard| hazard.code()).collect();
            json!({ "enum": codes })
        }
        Scalar::Word(words) => {
            let words: Vec<Value> = words
                .iter()
                .map(|word| match *word {
                    "true" => json!(true),
                    "false" => json!(false),
                    word => json!(word),
                })
                .collect();
            json!({ "enum": words })
        }
    }
}
