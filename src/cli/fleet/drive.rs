//! The order in which members of a fleet are run: canaries one by one, then the others, so many at once.

use super::members::Fleet;
use super::table::Row;
use crate::cli::environment_settings::OnFailure;
use crate::execute::StopSignal;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::BTreeMap;
use std::future::Future;

/// Runs members, each by its place, until one does not end well where that stops the others, or a stop is asked for; returns what
/// became of those that began. A canary that does not end well stops the others in any case: that is what it is for.
pub async fn drive<F: Future<Output = Row>>(
    fleet: &Fleet,
    places: &[usize],
    on_failure: OnFailure,
    stop: &StopSignal,
    work: impl Fn(usize) -> F,
) -> BTreeMap<usize, Row> {
    let mut rows = BTreeMap::new();
    let (canaries, others): (Vec<usize>, Vec<usize>) =
        places.iter().partition(|place| fleet.canaries.contains(place));
    for place in canaries {
        if stop.is_stopped() {
            return rows;
        }
        let row = work(place).await;
        let is_well = row.is_well();
        rows.insert(place, row);
        if !is_well {
            return rows;
        }
    }
    let mut waiting = others.into_iter();
    let mut at_work = FuturesUnordered::new();
    let mut goes_on = true;
    loop {
        while goes_on && !stop.is_stopped() && at_work.len() < fleet.parallel {
            let Some(place) = waiting.next() else { break };
            let future = work(place);
            at_work.push(async move { (place, future.await) });
        }
        let Some((place, row)) = at_work.next().await else {
            return rows;
        };
        goes_on = goes_on && (row.is_well() || on_failure == OnFailure::Continue);
        rows.insert(place, row);
    }
}
