//! Forms of a function of which the server could not tell which one a call means.

use super::Context;
use crate::model::{Argument, Body, Catalog, Function, Kind, ObjectId, TypeName};

/// The forms on the other side that go where this one comes, or come where it goes, and that some call would fit as well:
/// the arguments that one of them has more are all optional, or the type of one takes the values of the other. Beside each
/// other both would make that call ambiguous, or give it another meaning.
pub fn rivals(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let (old, new) = (context.old(id), context.new_of(id));
    let (object, there, here) = match (old, new) {
        (Some(object), None) => (object, context.to, context.from),
        (None, Some(object)) => (object, context.from, context.to),
        _ => return Vec::new(),
    };
    let Body::Function(function) = &object.body else {
        return Vec::new();
    };
    overloads(there, id)
        .filter(|(other, body)| here.get(other).is_none() && both_fit(function, body))
        .map(|(other, _)| other.clone())
        .collect()
}

/// The unit in which one form gives way to another, so that no call is ambiguous or finds none.
pub fn unit_of_rivals(context: &Context, id: &ObjectId) -> Option<String> {
    (!rivals(context, id).is_empty()).then(|| format!("overload {}", id.qualified()))
}

fn overloads<'a>(
    catalog: &'a Catalog,
    id: &'a ObjectId,
) -> impl Iterator<Item = (&'a ObjectId, &'a Function)> {
    let functions = catalog.named(Kind::Function, &id.qualified());
    functions.filter_map(|object| match &object.body {
        Body::Function(function) => Some((&object.id, function)),
        _ => None,
    })
}

fn both_fit(a: &Function, b: &Function) -> bool {
    let (first, second) = (inputs(a), inputs(b));
    let least =
        |inputs: &[&TypeName], function: &Function| inputs.len().saturating_sub(function.defaults as usize);
    let given = least(&first, a).max(least(&second, b));
    // The forms differ, so where all that must be given fits both, it is what need not be given that tells them apart.
    given <= first.len().min(second.len())
        && first
            .iter()
            .zip(&second)
            .take(given)
            .all(|(one, other)| fit_alike(one, other))
}

/// True where a value of one type may be meant for the other too: the server prints no cast where it chose between them.
fn fit_alike(one: &TypeName, other: &TypeName) -> bool {
    // The server's own pseudo-types; a type of the user's bears its schema.
    let takes_many = |name: &TypeName| {
        let name = name.as_str().trim_matches('"');
        name == "record" || name.starts_with("any")
    };
    one == other || takes_many(one) || takes_many(other)
}

fn inputs(function: &Function) -> Vec<&TypeName> {
    let is_input = |argument: &&Argument| matches!(argument.mode.as_str(), "in" | "inout" | "variadic");
    let inputs = function.arguments.iter().filter(is_input);
    inputs.map(|argument| &argument.data_type).collect()
}
