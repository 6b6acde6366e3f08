//! Schemas, extensions and collations.

use super::{Stmt, ident, literal, qualified};
use crate::model::{Collation, Extension, Object};

pub(super) fn create_schema(object: &Object) -> Vec<Stmt> {
    vec![Stmt::new(format!("CREATE SCHEMA {}", ident(&object.id.name)))]
}

/// The version is left to the server: files rarely mean one, and the newest is what CREATE EXTENSION gives.
pub(super) fn create_extension(object: &Object, body: &Extension) -> Vec<Stmt> {
    let name = ident(&object.id.name);
    // plpgsql and other trusted ones may be bound to pg_catalog by their control file, which then refuses SCHEMA.
    let schema = match body.schema.as_str() {
        "pg_catalog" => String::new(),
        _ => format!(" WITH SCHEMA {}", ident(&body.schema)),
    };
    vec![Stmt::new(format!("CREATE EXTENSION {name}{schema}"))]
}

pub(super) fn create_collation(object: &Object, body: &Collation) -> Vec<Stmt> {
    let mut parameters = vec![format!("provider = {}", body.provider)];
    match (&body.locale, &body.lc_collate, &body.lc_ctype) {
        (Some(locale), _, _) => parameters.push(format!("locale = {}", literal(locale))),
        (None, Some(collate), Some(ctype)) if collate == ctype => {
            parameters.push(format!("locale = {}", literal(collate)));
        }
        (None, collate, ctype) => {
            parameters.extend(collate.iter().map(|c| format!("lc_collate = {}", literal(c))));
            parameters.extend(ctype.iter().map(|c| format!("lc_ctype = {}", literal(c))));
        }
    }
    if let Some(rules) = &body.rules {
        parameters.push(format!("rules = {}", literal(rules)));
    }
    if !body.deterministic {
        parameters.push("deterministic = false".to_owned());
    }
    vec![Stmt::new(format!(
        "CREATE COLLATION {} ({})",
        qualified(&object.id.qualified()),
        parameters.join(", ")
    ))]
}
