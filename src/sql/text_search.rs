//! Text search parsers, templates, dictionaries and configurations.

use super::{Stmt, address, qualified, quoted_ident};
use crate::model::{
    Object, TextSearchConfiguration, TextSearchDictionary, TextSearchParser, TextSearchTemplate,
};

fn create(object: &Object, parameters: &[String]) -> Vec<Stmt> {
    vec![Stmt::new(format!(
        "CREATE {} (\n    {}\n)",
        address(object),
        parameters.join(",\n    ")
    ))]
}

pub(super) fn create_parser(object: &Object, body: &TextSearchParser) -> Vec<Stmt> {
    let mut parameters = vec![
        format!("START = {}", body.start),
        format!("GETTOKEN = {}", body.token),
        format!("END = {}", body.end),
        format!("LEXTYPES = {}", body.types),
    ];
    parameters.extend(body.headline.iter().map(|f| format!("HEADLINE = {f}")));
    create(object, &parameters)
}

pub(super) fn create_template(object: &Object, body: &TextSearchTemplate) -> Vec<Stmt> {
    let mut parameters = Vec::new();
    parameters.extend(body.init.iter().map(|f| format!("INIT = {f}")));
    parameters.push(format!("LEXIZE = {}", body.lexize));
    create(object, &parameters)
}

pub(super) fn create_dictionary(object: &Object, body: &TextSearchDictionary) -> Vec<Stmt> {
    let mut parameters = vec![format!("TEMPLATE = {}", qualified(&body.template))];
    let options = body.options.iter();
    parameters.extend(options.map(|(name, value)| format!("{name} = {value}")));
    create(object, &parameters)
}

/// Options change in place, another template does not.
pub(super) fn alter_dictionary(
    object: &Object,
    old: &TextSearchDictionary,
    new: &TextSearchDictionary,
) -> Option<Vec<Stmt>> {
    if old.template != new.template {
        return None;
    }
    let has = |options: &[(String, String)], name: &str| options.iter().any(|(other, _)| other == name);
    let gone = old.options.iter().filter(|(name, _)| !has(&new.options, name));
    let gone = gone.map(|(name, _)| name.clone());
    let set = new.options.iter().filter(|option| !old.options.contains(option));
    let set = set.map(|(name, value)| format!("{name} = {value}"));
    let actions: Vec<String> = gone.chain(set).collect();
    if actions.is_empty() {
        return Some(Vec::new());
    }
    Some(vec![Stmt::new(format!(
        "ALTER {} ({})",
        address(object),
        actions.join(", ")
    ))])
}

pub(super) fn create_configuration(object: &Object, body: &TextSearchConfiguration) -> Vec<Stmt> {
    let parser = format!("PARSER = {}", qualified(&body.parser));
    let mut statements = create(object, &[parser]);
    statements.extend(mappings(object, "ADD", &body.mappings, &[]));
    statements
}

/// Token types with the same dictionaries share a statement.
fn mappings(
    object: &Object,
    verb: &str,
    wanted: &[(String, Vec<String>)],
    but: &[(String, Vec<String>)],
) -> Vec<Stmt> {
    let mut groups: Vec<(&Vec<String>, Vec<String>)> = Vec::new();
    for mapping in wanted.iter().filter(|mapping| !but.contains(mapping)) {
        let (token, dictionaries) = mapping;
        let token = quoted_ident(token);
        match groups.iter_mut().find(|(others, _)| *others == dictionaries) {
            Some((_, tokens)) => tokens.push(token),
            None => groups.push((dictionaries, vec![token])),
        }
    }
    let statement = |(dictionaries, tokens): (&Vec<String>, Vec<String>)| {
        Stmt::new(format!(
            "ALTER {} {verb} MAPPING FOR {} WITH {}",
            address(object),
            tokens.join(", "),
            dictionaries.join(", ")
        ))
    };
    groups.into_iter().map(statement).collect()
}

/// Mappings change in place, another parser does not.
pub(super) fn alter_configuration(
    object: &Object,
    old: &TextSearchConfiguration,
    new: &TextSearchConfiguration,
) -> Option<Vec<Stmt>> {
    if old.parser != new.parser {
        return None;
    }
    let has =
        |mappings: &[(String, Vec<String>)], token: &str| mappings.iter().any(|(other, _)| other == token);
    let mut statements = Vec::new();
    let gone: Vec<String> = old
        .mappings
        .iter()
        .filter(|(token, _)| !has(&new.mappings, token))
        .map(|(token, _)| quoted_ident(token))
        .collect();
    if !gone.is_empty() {
        let tokens = gone.join(", ");
        statements.push(Stmt::new(format!(
            "ALTER {} DROP MAPPING FOR {tokens}",
            address(object)
        )));
    }
    let (known, fresh): (Vec<_>, Vec<_>) = new
        .mappings
        .iter()
        .cloned()
        .partition(|(token, _)| has(&old.mappings, token));
    statements.extend(mappings(object, "ALTER", &known, &old.mappings));
    statements.extend(mappings(object, "ADD", &fresh, &[]));
    Some(statements)
}
