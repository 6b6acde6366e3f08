//! Differences and plans as JSON for other programs, with a version of their format.

use super::ChangeView;
use crate::model::Unmanaged;
use crate::plan::Plan;
use serde::Serialize;

/// The format of [`difference`].
pub const DIFF_FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Difference<'a> {
    format_version: u32,
    same: bool,
    changes: &'a [ChangeView],
    unmanaged: &'a [Unmanaged],
    in_flight: &'a [String],
}

/// A difference; `in_flight` says what an unfinished run still owes.
pub fn difference(changes: &[ChangeView], unmanaged: &[Unmanaged], in_flight: &[String]) -> String {
    printed(&Difference {
        format_version: DIFF_FORMAT_VERSION,
        same: changes.is_empty() && in_flight.is_empty(),
        changes,
        unmanaged,
        in_flight,
    })
}

/// A plan: the document of `plan.yaml` as JSON.
pub fn plan(plan: &Plan) -> String {
    printed(plan)
}

fn printed<T: Serialize>(value: &T) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(text) => text + "\n",
        Err(error) => unreachable!("plain data always serialises: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;

    #[test]
    fn a_plan_comes_back() {
        let plan = samples::plan();
        let back: crate::plan::Plan = serde_json::from_str(&super::plan(&plan)).unwrap();
        assert_eq!(back, plan);
    }

    #[test]
    fn nothing_in_flight_and_no_change_is_the_same() {
        let text = super::difference(&[], &[], &[]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["same"], true);
        assert_eq!(value["format_version"], 1);
    }
}
