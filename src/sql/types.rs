//! Enums, domains, composite and range types.

use super::column::collation_clause;
use super::write::join;
use super::{Stmt, column_comment, ident, literal, qualified};
use crate::model::{
    Body, CompositeType, Domain, DomainConstraint, EnumType, Expr, Ident, Object, QualifiedName, RangeType,
};

pub(super) fn create_enum(object: &Object, body: &EnumType) -> Vec<Stmt> {
    let labels = join(body.labels.iter().map(|label| literal(label)));
    let name = qualified(&object.id.qualified());
    vec![Stmt::new(format!("CREATE TYPE {name} AS ENUM ({labels})"))]
}

/// What is done to an attribute of a composite type.
pub enum AttributeAction<'a> {
    /// It goes.
    Drop(&'a Ident),
    /// It comes, with type and collation.
    Add(&'a Ident, &'a str),
    /// It takes another type and collation.
    Retype(&'a Ident, &'a str),
}

/// ALTER TYPE … ATTRIBUTE; with `cascade` the tables OF the type follow.
pub fn alter_attribute(name: &QualifiedName, action: AttributeAction, cascade: bool) -> Stmt {
    let name = qualified(name);
    let cascade = if cascade { " CASCADE" } else { "" };
    let action = match action {
        AttributeAction::Drop(attribute) => format!("DROP ATTRIBUTE {}", ident(attribute)),
        AttributeAction::Add(attribute, form) => format!("ADD ATTRIBUTE {} {form}", ident(attribute)),
        AttributeAction::Retype(attribute, form) => {
            format!("ALTER ATTRIBUTE {} TYPE {form}", ident(attribute))
        }
    };
    Stmt::new(format!("ALTER TYPE {name} {action}{cascade}"))
}

/// DROP TYPE, for a type of any kind.
pub fn drop_type(name: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP TYPE {}", qualified(name)))
}

/// ALTER DOMAIN … SET DEFAULT, or DROP DEFAULT.
pub fn domain_default(name: &QualifiedName, default: Option<&Expr>) -> Stmt {
    let action = match default {
        Some(default) => format!("SET DEFAULT {default}"),
        None => "DROP DEFAULT".to_owned(),
    };
    Stmt::new(format!("ALTER DOMAIN {} {action}", qualified(name)))
}

pub(super) fn create_domain(object: &Object, body: &Domain) -> Vec<Stmt> {
    let mut text = format!(
        "CREATE DOMAIN {} AS {}{}",
        qualified(&object.id.qualified()),
        body.base,
        collation_clause(body.collation.as_ref())
    );
    if let Some(default) = &body.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if body.not_null {
        text.push_str(" NOT NULL");
    }
    vec![Stmt::new(text)]
}

/// True for a check of a domain that is to be proven.
pub fn is_valid_check(object: &Object) -> bool {
    matches!(&object.body, Body::DomainConstraint(body) if body.validated)
}

/// A check of a domain, for new values only.
pub fn not_valid_check(object: &Object) -> Stmt {
    let Body::DomainConstraint(body) = &object.body else {
        unreachable!("only checks of domains are asked for");
    };
    Stmt::new(format!(
        "ALTER DOMAIN {} ADD CONSTRAINT {} {} NOT VALID",
        qualified(&object.id.relation()),
        ident(&object.id.name),
        body.definition
    ))
}

pub(super) fn create_domain_constraint(object: &Object, body: &DomainConstraint) -> Vec<Stmt> {
    let not_valid = if body.validated { "" } else { " NOT VALID" };
    vec![Stmt::new(format!(
        "ALTER DOMAIN {} ADD CONSTRAINT {} {}{not_valid}",
        qualified(&object.id.relation()),
        ident(&object.id.name),
        body.definition
    ))]
}

pub(super) fn create_composite(object: &Object, body: &CompositeType) -> Vec<Stmt> {
    let name = object.id.qualified();
    let attributes = join(body.attributes.iter().map(|attribute| {
        format!(
            "{} {}{}",
            ident(&attribute.name),
            attribute.data_type,
            collation_clause(attribute.collation.as_ref())
        )
    }));
    let mut statements = vec![Stmt::new(format!(
        "CREATE TYPE {} AS ({attributes})",
        qualified(&name)
    ))];
    for attribute in &body.attributes {
        if let Some(comment) = &attribute.comment {
            statements.push(column_comment(&name, &attribute.name, Some(comment)));
        }
    }
    statements
}

pub(super) fn create_range(object: &Object, body: &RangeType) -> Vec<Stmt> {
    let mut parameters = vec![format!("subtype = {}", body.subtype)];
    let mut named = |parameter: &str, name: Option<&QualifiedName>| {
        parameters.extend(name.map(|name| format!("{parameter} = {}", qualified(name))));
    };
    named("subtype_opclass", body.opclass.as_ref());
    named("collation", body.collation.as_ref());
    named("canonical", body.canonical.as_ref());
    named("subtype_diff", body.subtype_diff.as_ref());
    named("multirange_type_name", Some(&body.multirange));
    vec![Stmt::new(format!(
        "CREATE TYPE {} AS RANGE ({})",
        qualified(&object.id.qualified()),
        parameters.join(", ")
    ))]
}
