//! The last look at every step: nothing reads, copies or builds for long while its lock keeps writers waiting, unless that is said.

use crate::change::Context;
use crate::model::{Kind, ObjectId, QualifiedName};
use crate::step::{Cost, Hazard, HazardCode, Lock, Step, Transaction, Verdict};

/// What says it already.
const SAID: [HazardCode; 5] = [
    HazardCode::RewritesTable,
    HazardCode::ScansUnderLock,
    HazardCode::BuildsIndex,
    HazardCode::BlocksWrites,
    HazardCode::NoSafeForm,
];

/// Adds what recipes cannot know of each other: only where several are one transaction does the one read what the other has locked.
pub fn say(context: &Context, step: &mut Step) {
    let Some(cost) = first(context, step) else {
        return;
    };
    let Some(table) = cost.table() else { return };
    let (code, message) = match &cost {
        Cost::Rewrites(_) => (
            HazardCode::RewritesTable,
            format!("`{table}` is written anew under its lock"),
        ),
        Cost::BuildsIndex(_) => (
            HazardCode::BuildsIndex,
            format!("an index of `{table}` is built under a lock that keeps writers waiting"),
        ),
        _ => (
            HazardCode::ScansUnderLock,
            format!("`{table}` is read under a lock that keeps writers waiting"),
        ),
    };
    let own = ObjectId::named(Kind::Table, table);
    let object = if context.new_of(&own).is_some() {
        own
    } else {
        step.object.clone()
    };
    step.hazards.push(Hazard {
        code,
        verdict: Verdict::Stop,
        object,
        message,
        allowed: false,
    });
}

fn first(context: &Context, step: &Step) -> Option<Cost> {
    let is_said = step.hazards.iter().any(|hazard| SAID.contains(&hazard.code));
    // A gate keeps it to small tables.
    let is_kept_small = step.preconditions.iter().any(|condition| condition.replan);
    if step.transaction != Transaction::Own || is_said || is_kept_small {
        return None;
    }
    let holds_up = |table: &&QualifiedName| {
        let lock = step.declared(|relation| relation == *table);
        context.is_there(table)
            && !context.is_going(table)
            && !context.is_small(table)
            && lock.is_some_and(|lock| lock >= Lock::Share)
    };
    let mut costs = step.costs();
    costs
        .find(|cost| cost.table().is_some_and(|table| holds_up(&table)))
        .cloned()
}
