//! Casts, conversions, transforms and languages.

use super::{Stmt, ident, literal, qualified};
use crate::model::{Cast, CastContext, CastMethod, Conversion, Ident, Language, Object, Transform};

/// `CAST (a AS b)`: both types are spelled as the server prints them.
pub(super) fn cast_address(object: &Object) -> String {
    format!("CAST ({} AS {})", object.id.name, object.id.args)
}

pub(super) fn create_cast(object: &Object, body: &Cast) -> Vec<Stmt> {
    let how = match &body.method {
        CastMethod::Function(function) => format!("WITH FUNCTION {function}"),
        CastMethod::Text => "WITH INOUT".to_owned(),
        CastMethod::Binary => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match body.context {
        CastContext::Explicit => "",
        CastContext::Assignment => " AS ASSIGNMENT",
        CastContext::Implicit => " AS IMPLICIT",
    };
    vec![Stmt::new(format!(
        "CREATE {} {how}{context}",
        cast_address(object)
    ))]
}

pub(super) fn create_conversion(object: &Object, body: &Conversion) -> Vec<Stmt> {
    let default = if body.is_default { "DEFAULT " } else { "" };
    vec![Stmt::new(format!(
        "CREATE {default}CONVERSION {} FOR {} TO {} FROM {}",
        qualified(&object.id.qualified()),
        literal(&body.source),
        literal(&body.target),
        body.function
    ))]
}

/// `TRANSFORM FOR type LANGUAGE language`.
pub(super) fn transform_address(object: &Object) -> String {
    let language = ident(&Ident::new(object.id.args.as_str()));
    format!("TRANSFORM FOR {} LANGUAGE {language}", object.id.name)
}

pub(super) fn create_transform(object: &Object, body: &Transform) -> Vec<Stmt> {
    let from = body.from_sql.iter();
    let from = from.map(|function| format!("FROM SQL WITH FUNCTION {function}"));
    let to = body.to_sql.iter();
    let to = to.map(|function| format!("TO SQL WITH FUNCTION {function}"));
    let both: Vec<String> = from.chain(to).collect();
    vec![Stmt::new(format!(
        "CREATE {} ({})",
        transform_address(object),
        both.join(", ")
    ))]
}

pub(super) fn create_language(object: &Object, body: &Language) -> Vec<Stmt> {
    let trusted = if body.trusted { "TRUSTED " } else { "" };
    let mut text = format!(
        "CREATE {trusted}LANGUAGE {} HANDLER {}",
        ident(&object.id.name),
        body.handler
    );
    for (word, function) in [("INLINE", &body.inline), ("VALIDATOR", &body.validator)] {
        if let Some(function) = function {
            text.push_str(&format!(" {word} {function}"));
        }
    }
    vec![Stmt::new(text)]
}
