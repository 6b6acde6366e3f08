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
    let Some(table) = first(context, step) else {
        return;
    };
    let own = ObjectId::named(Kind::Table, &table);
    let object = if context.new_of(&own).is_some() {
        own
    } else {
        step.object.clone()
    };
    step.hazards.push(Hazard {
        code: HazardCode::ScansUnderLock,
        verdict: Verdict::Stop,
        object,
        message: format!("`{table}` is read under a lock that keeps writers waiting"),
        allowed: false,
    });
}

fn first(context: &Context, step: &Step) -> Option<QualifiedName> {
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
    step.costs().filter_map(Cost::table).find(holds_up).cloned()
}
