//! What fills and proves copies of columns in contract, because something else of contract comes before it: behind the cut-over it
//! is done, and the copies bear other names.

use super::PlanStep;
use crate::sql::own_name::SHADOW;
use crate::step::{DoneWhen, Phase, Step};

/// Says of each step of contract before a cut-over that works on the copies of columns that it is done once the cut-over is.
pub fn come_before(steps: &mut [PlanStep]) {
    let earlier = steps.iter().take_while(|each| each.step.phase != Phase::Contract);
    let earlier = earlier.count();
    let (_, steps) = steps.split_at_mut(earlier);
    for at in 0..steps.len() {
        let (before, rest) = steps.split_at_mut(at);
        let Some((names, condition)) = rest.first().and_then(|each| cut_over(&each.step)) else {
            continue;
        };
        let on_copies = before.iter_mut().filter(|each| works_on(&each.step, &names));
        for PlanStep { step, .. } in on_copies {
            step.done_when = match std::mem::replace(&mut step.done_when, DoneWhen::Repeatable) {
                DoneWhen::Repeatable => DoneWhen::RepeatableUntil(condition.clone()),
                DoneWhen::RepeatableUntil(own) => {
                    DoneWhen::RepeatableUntil(format!("({own}) OR ({condition})"))
                }
                DoneWhen::Holds(own) => DoneWhen::Holds(format!("({own}) OR ({condition})")),
            };
        }
    }
}

/// The copies whose names a step changes, with what is true once it has.
fn cut_over(step: &Step) -> Option<(Vec<String>, String)> {
    let DoneWhen::Holds(condition) = &step.done_when else {
        return None;
    };
    let renames = |text: &str| {
        let (_, rest) = text.split_once(" RENAME COLUMN ")?;
        let (copy, _) = rest.split_once(" TO ")?;
        let is_copy = copy.trim_start_matches('"').starts_with(SHADOW);
        is_copy.then(|| copy.to_owned())
    };
    let names: Vec<String> = step.up.texts().into_iter().filter_map(renames).collect();
    // What only says that something is not there is true before there are copies as well.
    let tells = !condition.trim_start_matches('(').starts_with("NOT ");
    (tells && !names.is_empty()).then(|| (names, condition.clone()))
}

fn works_on(step: &Step, copies: &[String]) -> bool {
    let texts = step.up.texts();
    copies
        .iter()
        .any(|copy| texts.iter().any(|text| text.contains(copy.as_str())))
}
