//! What keeps the values that the former body of a function has computed.

use super::{Context, build};
use crate::model::{Body, ConstraintKind, Kind, Object, ObjectId};
use crate::step::{Hazard, HazardCode, Verdict};
use std::collections::BTreeSet;

/// A warning that lists the indexes, generated columns, checks and partition keys that call a function, themselves or through
/// others, and that nobody computes or proves anew when its body changes. None where the body stays or nothing keeps values.
pub(super) fn warning(context: &Context, old: &Object, new: &Object) -> Option<Hazard> {
    let (Body::Function(before), Body::Function(after)) = (&old.body, &new.body) else {
        return None;
    };
    if text(&before.definition) == text(&after.definition) {
        return None;
    }
    let mut functions = vec![&old.id];
    let mut seen = BTreeSet::from([&old.id]);
    let mut keeps = Vec::new();
    while let Some(function) = functions.pop() {
        for user in context.users.users(function) {
            let Some(live) = context.old(user).filter(|_| seen.insert(*user)) else {
                continue;
            };
            let stays = context
                .new_of(user)
                .is_some_and(|desired| desired.body == live.body);
            if user.kind == Kind::Function {
                functions.push(*user);
            } else if let Some(kept) = kept(live).filter(|_| stays) {
                keeps.push(kept);
            }
        }
    }
    if keeps.is_empty() {
        return None;
    }
    keeps.sort();
    let message = format!(
        "its body changes, and what has been computed or proved by the former one stays: {}. Where the results differ, \
         REINDEX, write the rows anew or move them",
        keeps.join(", ")
    );
    Some(build::hazard(
        HazardCode::UntrackedCode,
        Verdict::Warn,
        &new.id,
        message,
    ))
}

/// What a function does, without what stands in front of it.
fn text(definition: &str) -> &str {
    let starts = ["\nAS ", "\nRETURN ", "\nBEGIN ATOMIC"].into_iter();
    let at = starts.filter_map(|start| definition.find(start)).min();
    at.map_or(definition, |at| &definition[at..])
}

fn kept(object: &Object) -> Option<String> {
    let id: &ObjectId = &object.id;
    match &object.body {
        Body::Index(_) => Some(id.to_string()),
        Body::Column(column)
            if column
                .generated
                .as_ref()
                .is_some_and(|generated| generated.stored) =>
        {
            Some(format!("generated {id}"))
        }
        Body::Constraint(body) if matches!(body.kind, ConstraintKind::Check | ConstraintKind::Exclude) => {
            Some(id.to_string())
        }
        Body::DomainConstraint(_) => Some(id.to_string()),
        Body::Table(table) if table.partition_key.is_some() => Some(format!("the partition key of {id}")),
        _ => None,
    }
}
