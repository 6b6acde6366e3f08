//! `--free-bytes`: whether what a plan writes has room on the server's disk, which no client can see.

use super::database::Live;
use super::failure::Failure;
use crate::execute::{RollbackScope, undo_writes_at_most, writes_at_most};
use crate::output::bytes;
use crate::plan::Plan;
use crate::step::Phase;
use crate::text::Diagnostic;

/// How many of the largest steps are named.
const NAMED: usize = 5;

/// Refuses phases that may need more than is free.
///
/// # Errors
/// What they need at most, by step (3); a server that cannot be asked.
pub async fn enough(plan: &Plan, phases: &[Phase], free: Option<u64>, live: &Live) -> Result<(), Failure> {
    let Some(free) = free else { return Ok(()) };
    let steps = writes_at_most(&live.client, plan, phases).await?;
    within(plan, steps, free, "the plan")
}

/// Refuses a way back that may need more than is free.
///
/// # Errors
/// As of [`enough`].
pub async fn enough_to_undo(
    run: Option<i64>,
    scope: RollbackScope,
    free: Option<u64>,
    live: &Live,
) -> Result<(), Failure> {
    let Some(free) = free else { return Ok(()) };
    match undo_writes_at_most(&live.client, run, scope).await? {
        Some((plan, steps)) => within(&plan, steps, free, "the way back"),
        None => Ok(()),
    }
}

fn within(plan: &Plan, mut steps: Vec<(u32, u64)>, free: u64, what: &str) -> Result<(), Failure> {
    let needed: u64 = steps.iter().map(|(_, bytes)| bytes).sum();
    if needed <= free {
        return Ok(());
    }
    steps.sort_by_key(|(number, bytes)| (std::cmp::Reverse(*bytes), *number));
    let title = format!("{what} may write {} and {} is free", bytes(needed), bytes(free));
    let help = "make room, or say how much there is with `--free-bytes`; WAL comes on top of it where it is on the same disk";
    let mut failure = Failure::refused("disk", title, help);
    if let Some(diagnostic) = failure.diagnostics.first_mut() {
        let mut noted: Diagnostic = diagnostic.clone();
        for (number, size) in steps.iter().take(NAMED).filter(|(_, size)| *size > 0) {
            let title = plan
                .steps
                .iter()
                .find(|step| step.number == *number)
                .map_or("", |step| step.step.title.as_str());
            noted = noted.note(format!("step {number}, {title}: {} at most", bytes(*size)));
        }
        *diagnostic = noted;
    }
    Err(failure)
}
