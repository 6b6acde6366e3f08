//! Functions, procedures and aggregates.

use super::address::{Address, Class};
use super::canonical::canonical;
use super::reader::{Header, NamePair, Reader, named};
use crate::model::{Aggregate, Argument, Body, Function, Ident, Kind, ObjectId, RoutineKind, TypeName};
use crate::sql;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    schema: Ident,
    name: Ident,
    owner: Ident,
    acl: Option<Vec<String>>,
    kind: String,
    signature: String,
    definition: Option<String>,
    result: Option<String>,
    arguments: Option<String>,
    language: Ident,
    source: String,
    defaults: u32,
    names: Option<Vec<Ident>>,
    modes: Option<Vec<String>>,
    types: Vec<TypeName>,
    aggregate: Option<AggregateRow>,
}

#[derive(Deserialize)]
pub(super) struct AggregateRow {
    sfunc: String,
    stype: String,
    sspace: i32,
    finalfunc: Option<String>,
    finalfunc_extra: bool,
    finalfunc_modify: String,
    combinefunc: Option<String>,
    serialfunc: Option<String>,
    deserialfunc: Option<String>,
    initcond: Option<String>,
    msfunc: Option<String>,
    minvfunc: Option<String>,
    mstype: Option<String>,
    msspace: i32,
    mfinalfunc: Option<String>,
    mfinalfunc_extra: bool,
    mfinalfunc_modify: String,
    minitcond: Option<String>,
    sortop: Option<NamePair>,
    parallel: String,
    kind: String,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for mut row in rows {
        let name = named((row.schema.clone(), row.name.clone()));
        let header = Header::new(row.owner.clone(), row.acl.take());
        let address = Address::whole(Class::ROUTINE, row.oid);
        let signature = row.signature.clone();
        let body = match row.aggregate.take() {
            Some(aggregate) => Body::Aggregate(Aggregate {
                arguments: row
                    .arguments
                    .clone()
                    .filter(|a| !a.is_empty())
                    .unwrap_or_else(|| "*".to_owned()),
                parameters: parameters(aggregate),
            }),
            None => {
                // Only an SQL-standard body is deparsed.
                if let (true, Some(printed)) = (row.source.is_empty(), &row.definition) {
                    reader.note_printing(printed);
                }
                Body::Function(function(row))
            }
        };
        let kind = match body {
            Body::Aggregate(_) => Kind::Aggregate,
            _ => Kind::Function,
        };
        reader.add(address, ObjectId::routine(kind, &name, signature), header, body);
    }
}

fn function(row: Row) -> Function {
    let mode = |at: usize| match row
        .modes
        .as_ref()
        .and_then(|modes| modes.get(at))
        .map(String::as_str)
    {
        Some("o") => "out",
        Some("b") => "inout",
        Some("v") => "variadic",
        Some("t") => "table",
        _ => "in",
    };
    let name = |at: usize| {
        row.names
            .as_ref()
            .and_then(|names| names.get(at))
            .cloned()
            .unwrap_or_default()
    };
    let arguments = row
        .types
        .iter()
        .enumerate()
        .map(|(at, data_type)| Argument {
            name: name(at),
            mode: mode(at).to_owned(),
            data_type: data_type.clone(),
        })
        .collect();
    let definition = row.definition.as_deref().unwrap_or_default().trim_end();
    // Only an SQL-standard body is deparsed; any other is the user's text to the letter.
    let definition = if row.source.is_empty() {
        canonical(definition)
    } else {
        definition.to_owned()
    };
    Function {
        routine: match row.kind.as_str() {
            "p" => RoutineKind::Procedure,
            "w" => RoutineKind::Window,
            _ => RoutineKind::Function,
        },
        arguments,
        defaults: row.defaults,
        result: row.result,
        language: row.language,
        source: row.source,
        definition,
    }
}

/// The parameters of CREATE AGGREGATE that are not the default ones, in one fixed order; a flag has an empty value.
fn parameters(row: AggregateRow) -> Vec<(String, String)> {
    let text = |value: Option<String>| value.map(|value| sql::literal(&value));
    let size = |value: i32| (value != 0).then(|| value.to_string());
    let flag = |value: bool| value.then(String::new);
    // Ordered-set aggregates may change their state in the final function; plain ones may not.
    let usual = if row.kind == "n" { "r" } else { "w" };
    let modify = |letter: String, present: bool| {
        let word = match letter.as_str() {
            "r" => "read_only",
            "s" => "shareable",
            _ => "read_write",
        };
        (present && letter != usual).then(|| word.to_owned())
    };
    let sortop = row.sortop.map(named).map(|operator| {
        // An operator's name is no identifier and is never quoted.
        format!("OPERATOR({}.{})", sql::ident(&operator.schema), operator.name)
    });
    let parallel = match row.parallel.as_str() {
        "s" => Some("safe".to_owned()),
        "r" => Some("restricted".to_owned()),
        _ => None,
    };
    let has_final = row.finalfunc.is_some();
    let has_moving_final = row.mfinalfunc.is_some();
    [
        ("sfunc", Some(row.sfunc)),
        ("stype", Some(row.stype)),
        ("sspace", size(row.sspace)),
        ("finalfunc", row.finalfunc),
        ("finalfunc_extra", flag(row.finalfunc_extra)),
        ("finalfunc_modify", modify(row.finalfunc_modify, has_final)),
        ("combinefunc", row.combinefunc),
        ("serialfunc", row.serialfunc),
        ("deserialfunc", row.deserialfunc),
        ("initcond", text(row.initcond)),
        ("msfunc", row.msfunc),
        ("minvfunc", row.minvfunc),
        ("mstype", row.mstype),
        ("msspace", size(row.msspace)),
        ("mfinalfunc", row.mfinalfunc),
        ("mfinalfunc_extra", flag(row.mfinalfunc_extra)),
        (
            "mfinalfunc_modify",
            modify(row.mfinalfunc_modify, has_moving_final),
        ),
        ("minitcond", text(row.minitcond)),
        ("sortop", sortop),
        ("parallel", parallel),
        ("hypothetical", flag(row.kind == "h")),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}
