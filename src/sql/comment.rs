//! Comments and owners, alike for every kind.

use super::{Stmt, address, ident, literal, qualified};
use crate::model::{Body, Ident, Object, QualifiedName};

fn spelled(target: &str, text: Option<&str>) -> Stmt {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    Stmt::new(format!("COMMENT ON {target} IS {text}"))
}

/// COMMENT ON the object; `None` removes the comment. No statement for what has none.
pub fn comment(object: &Object, text: Option<&str>) -> Option<Stmt> {
    match &object.body {
        Body::DefaultPrivileges(_)
        | Body::UserMapping(_)
        | Body::PublicationTable(_)
        | Body::PublicationSchema(_) => None,
        _ => Some(spelled(&address(object), text)),
    }
}

/// The comment of an object that was just made, where it has one.
pub fn comments(object: &Object) -> Vec<Stmt> {
    let own = object
        .comment
        .as_deref()
        .and_then(|text| comment(object, Some(text)));
    own.into_iter().collect()
}

/// COMMENT ON COLUMN for a column of a table or view, or an attribute of a composite type.
pub fn column_comment(relation: &QualifiedName, column: &Ident, text: Option<&str>) -> Stmt {
    spelled(&format!("COLUMN {}.{}", qualified(relation), ident(column)), text)
}

/// ALTER … OWNER TO. No statement for parts, indexes and extensions, which follow or keep their own.
pub fn owner(object: &Object, role: &Ident) -> Option<Stmt> {
    match &object.body {
        Body::Extension(_)
        | Body::DomainConstraint(_)
        | Body::Column(_)
        | Body::Constraint(_)
        | Body::Index(_)
        | Body::Trigger(_)
        | Body::Policy(_)
        | Body::Rule(_)
        | Body::DefaultPrivileges(_)
        | Body::AccessMethod(_)
        | Body::Cast(_)
        | Body::Transform(_)
        | Body::TextSearchParser(_)
        | Body::TextSearchTemplate(_)
        | Body::UserMapping(_)
        | Body::PublicationTable(_)
        | Body::PublicationSchema(_) => None,
        _ => Some(Stmt::new(format!(
            "ALTER {} OWNER TO {}",
            address(object),
            ident(role)
        ))),
    }
}
