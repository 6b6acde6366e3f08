//! A difference for which no steps exist.

use super::{Change, Context, build};
use crate::step::{Hazard, HazardCode, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
unsupported: a difference for which schemaplan has no steps.

PostgreSQL has no way to do it in place, or schemaplan does not have its recipe yet. The plan is refused and names the
object; nothing is dropped and made again behind your back.";

/// No steps exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Why, one sentence.
    pub reason: String,
}

impl Unsupported {
    /// None.
    pub fn steps(&self, _change: &Change, _context: &Context) -> Vec<Step> {
        Vec::new()
    }

    /// The refusal.
    pub fn refusal(&self, change: &Change) -> Hazard {
        build::hazard(HazardCode::NoSafeForm, Verdict::Refuse, &change.object, self.reason.clone())
    }
}
