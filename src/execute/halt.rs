//! Why a run ends early, inside the executor: an error, a refusal or a stop travel the same way.

use super::error::ApplyError;
use super::outcome::{Refusal, StopReason};

/// Ends a run.
#[derive(Debug)]
pub(super) enum Halt {
    Failed(ApplyError),
    Refused(Box<Refusal>),
    Stopped(Box<StopReason>),
}

impl From<ApplyError> for Halt {
    fn from(error: ApplyError) -> Self {
        Halt::Failed(error)
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Halt::Refused(Box::new(refusal))
    }
}

impl From<StopReason> for Halt {
    fn from(why: StopReason) -> Self {
        Halt::Stopped(Box::new(why))
    }
}
