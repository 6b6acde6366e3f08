//! Operators, their classes and families, and access methods.

use super::{Stmt, address, ident, qualified};
use crate::model::{
    AccessMethod, Ident, Object, Operator, OperatorClass, OperatorFamily, OperatorMember, QualifiedName,
};

/// An operator's name is no identifier and is never quoted.
fn spelled(name: &QualifiedName) -> String {
    format!("{}.{}", ident(&name.schema), name.name)
}

/// `OPERATOR public.+ (integer, NONE)`.
pub(super) fn operator_address(object: &Object) -> String {
    format!(
        "OPERATOR {} ({})",
        spelled(&object.id.qualified()),
        object.id.args
    )
}

pub(super) fn create_operator(object: &Object, body: &Operator) -> Vec<Stmt> {
    let mut parameters = vec![format!("FUNCTION = {}", body.function)];
    let mut add = |word: &str, value: Option<String>| {
        parameters.extend(value.map(|value| format!("{word} = {value}")));
    };
    add("LEFTARG", body.left.as_ref().map(ToString::to_string));
    add("RIGHTARG", body.right.as_ref().map(ToString::to_string));
    let other = |name: &QualifiedName| format!("OPERATOR({})", spelled(name));
    add("COMMUTATOR", body.commutator.as_ref().map(other));
    add("NEGATOR", body.negator.as_ref().map(other));
    add("RESTRICT", body.restrict.clone());
    add("JOIN", body.join.clone());
    parameters.extend(body.hashes.then(|| "HASHES".to_owned()));
    parameters.extend(body.merges.then(|| "MERGES".to_owned()));
    vec![Stmt::new(format!(
        "CREATE OPERATOR {} (\n    {}\n)",
        spelled(&object.id.qualified()),
        parameters.join(",\n    ")
    ))]
}

/// Estimators can change in place, nothing else on every supported server.
pub(super) fn alter_operator(object: &Object, old: &Operator, new: &Operator) -> Option<Vec<Stmt>> {
    let estimators_of_old = Operator {
        restrict: old.restrict.clone(),
        join: old.join.clone(),
        ..new.clone()
    };
    if estimators_of_old != *old {
        return None;
    }
    let mut parameters = Vec::new();
    for (word, before, after) in [
        ("RESTRICT", &old.restrict, &new.restrict),
        ("JOIN", &old.join, &new.join),
    ] {
        if before != after {
            parameters.push(format!("{word} = {}", after.as_deref().unwrap_or("NONE")));
        }
    }
    Some(vec![Stmt::new(format!(
        "ALTER {} SET ({})",
        operator_address(object),
        parameters.join(", ")
    ))])
}

/// What DROP and ALTER call a class or family behind their word: `public.abs_ops USING btree`.
pub(super) fn with_method(object: &Object) -> String {
    let method = ident(&Ident::new(object.id.args.as_str()));
    format!("{} USING {method}", qualified(&object.id.qualified()))
}

fn member(member: &OperatorMember) -> String {
    let order = member.order_by.iter();
    let order: String = order
        .map(|family| format!(" FOR ORDER BY {}", qualified(family)))
        .collect();
    let number = member.number;
    match member.is_function {
        true => format!(
            "FUNCTION {number} ({}, {}) {}",
            member.left, member.right, member.name
        ),
        false => format!("OPERATOR {number} {}{order}", member.name),
    }
}

pub(super) fn create_class(object: &Object, body: &OperatorClass) -> Vec<Stmt> {
    let default = if body.is_default { " DEFAULT" } else { "" };
    let mut items: Vec<String> = body.members.iter().map(member).collect();
    items.extend(body.storage.iter().map(|storage| format!("STORAGE {storage}")));
    if items.is_empty() {
        items.push(format!("STORAGE {}", body.data_type));
    }
    let method = ident(&Ident::new(object.id.args.as_str()));
    vec![Stmt::new(format!(
        "CREATE OPERATOR CLASS {}{default} FOR TYPE {} USING {method} FAMILY {} AS\n    {}",
        qualified(&object.id.qualified()),
        body.data_type,
        qualified(&body.family),
        items.join(",\n    ")
    ))]
}

pub(super) fn create_family(object: &Object, body: &OperatorFamily) -> Vec<Stmt> {
    let create = Stmt::new(format!("CREATE {}", address(object)));
    std::iter::once(create)
        .chain(add_members(object, &body.members.iter().collect::<Vec<_>>()))
        .collect()
}

fn add_members(object: &Object, members: &[&OperatorMember]) -> Option<Stmt> {
    let items: Vec<String> = members.iter().map(|each| member(each)).collect();
    (!items.is_empty()).then(|| {
        Stmt::new(format!(
            "ALTER {} ADD\n    {}",
            address(object),
            items.join(",\n    ")
        ))
    })
}

/// Loose members come and go one by one.
pub(super) fn alter_family(object: &Object, old: &OperatorFamily, new: &OperatorFamily) -> Vec<Stmt> {
    let gone: Vec<String> = old
        .members
        .iter()
        .filter(|member| !new.members.contains(member))
        .map(|member| {
            let word = if member.is_function {
                "FUNCTION"
            } else {
                "OPERATOR"
            };
            format!("{word} {} ({}, {})", member.number, member.left, member.right)
        })
        .collect();
    let come: Vec<&OperatorMember> = new
        .members
        .iter()
        .filter(|member| !old.members.contains(member))
        .collect();
    let drop =
        (!gone.is_empty()).then(|| Stmt::new(format!("ALTER {} DROP {}", address(object), gone.join(", "))));
    drop.into_iter().chain(add_members(object, &come)).collect()
}

pub(super) fn create_access_method(object: &Object, body: &AccessMethod) -> Vec<Stmt> {
    let word = if body.for_tables { "TABLE" } else { "INDEX" };
    vec![Stmt::new(format!(
        "CREATE ACCESS METHOD {} TYPE {word} HANDLER {}",
        ident(&object.id.name),
        body.handler
    ))]
}
