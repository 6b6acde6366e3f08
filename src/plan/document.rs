//! The plan as a document: what `plan.yaml`, the journal and every report are made from.

use super::application::Rule;
use crate::step::{Hazard, Phase, Step, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in the plan where the application is deployed before it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Boundary {
    /// The phase that must not begin before the deploy.
    pub before: Phase,
    /// What to deploy.
    pub what: String,
}

/// A step with its place in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// Number from 1 in the order of execution, unique in the plan.
    pub number: u32,
    /// Numbers of the steps that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u32>,
    /// The step; its `phase` is the effective one.
    #[serde(flatten)]
    pub step: Step,
}

/// An ordered plan. The same inputs give the same bytes: no clock, host name or row count stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Version of this document's format.
    pub format_version: u32,
    /// Hash of the canonical document without this field.
    #[serde(default)]
    pub id: String,
    /// Fingerprint of the catalog it starts from.
    pub from_fingerprint: String,
    /// Fingerprint of the catalog it leads to.
    pub target_fingerprint: String,
    /// The schema of the tenant that it is for, where it is for one of several in its database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Major version of the server it was made for.
    pub server_major: u32,
    /// What changes, one line an object: `~ public.orders.amount  int → bigint`.
    pub summary: Vec<String>,
    /// Where deploys stand between the phases.
    pub deploys: Vec<Boundary>,
    /// What application code may or must not do, phase by phase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub application: Vec<Rule>,
    /// Refusals: changes for which no steps exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Hazard>,
    /// The steps in order.
    pub steps: Vec<PlanStep>,
}

/// The format that this program writes. It rises with every field and name of a kind that an older program would stumble over; older
/// formats are read as they are.
///
/// - 2: rows looked at before anything is changed, the cost `samples`, the timeout class `scan`.
pub const FORMAT_VERSION: u32 = 2;

impl Plan {
    /// The steps of one phase, in order.
    pub fn of_phase(&self, phase: Phase) -> impl DoubleEndedIterator<Item = &PlanStep> {
        self.steps.iter().filter(move |each| each.step.phase == phase)
    }

    /// True where there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Every hazard with the step it belongs to, refusals last.
    pub fn hazards(&self) -> impl Iterator<Item = (Option<&PlanStep>, &Hazard)> {
        self.steps
            .iter()
            .flat_map(|each| each.step.hazards.iter().map(move |hazard| (Some(each), hazard)))
            .chain(self.refusals.iter().map(|hazard| (None, hazard)))
    }

    /// The hazards that stop the plan unless their code is among `allowed` (`all` allows every one that can be).
    pub fn stopping<'a>(
        &'a self,
        allowed: &'a [String],
    ) -> impl Iterator<Item = (Option<&'a PlanStep>, &'a Hazard)> {
        self.hazards().filter(move |(_, hazard)| match hazard.verdict {
            Verdict::Refuse => true,
            Verdict::Stop => {
                !hazard.allowed
                    && !allowed
                        .iter()
                        .any(|code| code == "all" || code == hazard.code.code())
            }
            Verdict::Auto | Verdict::Warn => false,
        })
    }
}
