//! Foreign data wrappers, servers and user mappings. The values of secret options are known to nobody here.

use super::{Stmt, address, foreign_options, ident, literal, quoted_ident};
use crate::model::{ForeignDataWrapper, ForeignServer, Ident, Object, UserMapping};

/// `OPTIONS (ADD a '1', SET b '2', DROP c)`; empty where nothing differs.
pub fn change_options(old: &[(String, String)], new: &[(String, String)]) -> String {
    let mut actions = Vec::new();
    for (name, value) in new {
        let verb = match old.iter().find(|(other, _)| other == name) {
            None => "ADD",
            Some((_, before)) if before != value => "SET",
            Some(_) => continue,
        };
        actions.push(format!("{verb} {} {}", quoted_ident(name), literal(value)));
    }
    let stays = |name: &str| new.iter().any(|(other, _)| other == name);
    let gone = old.iter().filter(|(name, _)| !stays(name));
    actions.extend(gone.map(|(name, _)| format!("DROP {}", quoted_ident(name))));
    match actions.is_empty() {
        true => String::new(),
        false => format!("OPTIONS ({})", actions.join(", ")),
    }
}

fn altered(object: &Object, clauses: &[String]) -> Vec<Stmt> {
    let clauses: Vec<&str> = clauses
        .iter()
        .map(String::as_str)
        .filter(|clause| !clause.is_empty())
        .collect();
    match clauses.is_empty() {
        true => Vec::new(),
        false => vec![Stmt::new(format!(
            "ALTER {} {}",
            address(object),
            clauses.join(" ")
        ))],
    }
}

pub(super) fn create_wrapper(object: &Object, body: &ForeignDataWrapper) -> Vec<Stmt> {
    let mut text = format!("CREATE {}", address(object));
    for (word, function) in [("HANDLER", &body.handler), ("VALIDATOR", &body.validator)] {
        if let Some(function) = function {
            text.push_str(&format!(" {word} {function}"));
        }
    }
    text.push_str(&foreign_options(&body.options.plain));
    vec![Stmt::new(text)]
}

pub(super) fn alter_wrapper(
    object: &Object,
    old: &ForeignDataWrapper,
    new: &ForeignDataWrapper,
) -> Vec<Stmt> {
    let function = |word: &str, before: &Option<String>, after: &Option<String>| match after {
        _ if before == after => String::new(),
        Some(function) => format!("{word} {function}"),
        None => format!("NO {word}"),
    };
    altered(
        object,
        &[
            function("HANDLER", &old.handler, &new.handler),
            function("VALIDATOR", &old.validator, &new.validator),
            change_options(&old.options.plain, &new.options.plain),
        ],
    )
}

pub(super) fn create_server(object: &Object, body: &ForeignServer) -> Vec<Stmt> {
    let mut text = format!("CREATE {}", address(object));
    for (word, value) in [("TYPE", &body.server_type), ("VERSION", &body.version)] {
        if let Some(value) = value {
            text.push_str(&format!(" {word} {}", literal(value)));
        }
    }
    text.push_str(&format!(" FOREIGN DATA WRAPPER {}", ident(&body.wrapper)));
    text.push_str(&foreign_options(&body.options.plain));
    vec![Stmt::new(text)]
}

/// Version and options change in place, wrapper and type do not.
pub(super) fn alter_server(object: &Object, old: &ForeignServer, new: &ForeignServer) -> Option<Vec<Stmt>> {
    if old.wrapper != new.wrapper || old.server_type != new.server_type {
        return None;
    }
    let version = match &new.version {
        _ if old.version == new.version => String::new(),
        Some(version) => format!("VERSION {}", literal(version)),
        None => "VERSION NULL".to_owned(),
    };
    let options = change_options(&old.options.plain, &new.options.plain);
    Some(altered(object, &[version, options]))
}

/// `USER MAPPING FOR app SERVER files`.
pub(super) fn mapping_address(object: &Object) -> String {
    let user = match object.id.name.as_str() {
        "public" => "PUBLIC".to_owned(),
        name => quoted_ident(name),
    };
    let server = ident(&Ident::new(object.id.args.as_str()));
    format!("USER MAPPING FOR {user} SERVER {server}")
}

pub(super) fn create_mapping(object: &Object, body: &UserMapping) -> Vec<Stmt> {
    let options = body.options.iter();
    let options: String = options.map(|options| foreign_options(&options.plain)).collect();
    vec![Stmt::new(format!("CREATE {}{options}", mapping_address(object)))]
}

pub(super) fn alter_mapping(object: &Object, old: &UserMapping, new: &UserMapping) -> Vec<Stmt> {
    match (&old.options, &new.options) {
        (Some(old), Some(new)) => altered(object, &[change_options(&old.plain, &new.plain)]),
        _ => Vec::new(),
    }
}
