//! The deploy contract: which application code is safe in which phase of a plan.

use super::document::{Plan, PlanStep};
use crate::step::{Code, HazardCode, Moment, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What application code may or must not do around a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The phase that it holds from, before, after or until.
    pub phase: Phase,
    /// Which of these.
    pub when: Moment,
    /// Which code.
    pub code: Code,
    /// What, with `{}` where the objects stand.
    pub what: String,
    /// The objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
}

/// So many objects are named in a sentence; `plan.yaml` holds all.
const NAMED: usize = 6;

impl Rule {
    /// `before contract`, `until contract is done`.
    pub fn moment(&self) -> String {
        let phase = self.phase;
        match self.when {
            Moment::Until => format!("until {phase} is done"),
            Moment::Before => format!("before {phase}"),
            Moment::From => format!("from {phase} on"),
            Moment::After => format!("after {phase}"),
        }
    }

    /// What is said of the code: `may use table public.orders, view public.sums`.
    pub fn sentence(&self) -> String {
        let mut named: Vec<&str> = self.objects.iter().map(String::as_str).take(NAMED).collect();
        let more = match self.objects.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("{more} more"),
        };
        if !more.is_empty() {
            named.push(&more);
        }
        self.what.replace("{}", &named.join(", "))
    }
}

/// The rules of ordered steps, in the order of time. What the same sentence says of several objects is one rule.
pub fn rules(steps: &[PlanStep]) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    let mut add = |phase, when, code, what: &str, object: Option<&String>| {
        let same = |rule: &&mut Rule| {
            (rule.phase, rule.when, rule.code, rule.what.as_str()) == (phase, when, code, what)
        };
        let place = match found.iter_mut().find(same) {
            Some(place) => place,
            None => {
                let what = what.to_owned();
                found.push(Rule {
                    phase,
                    when,
                    code,
                    what,
                    objects: Vec::new(),
                });
                let last = found.len() - 1;
                &mut found[last]
            }
        };
        if let Some(object) = object.filter(|object| !place.objects.contains(object)) {
            place.objects.push(object.clone());
        }
    };
    for each in steps {
        let phase = each.step.phase;
        for advice in &each.step.application {
            add(
                phase,
                advice.when,
                advice.code,
                &advice.what,
                Some(&advice.object),
            );
        }
        for hazard in &each.step.hazards {
            if matches!(
                hazard.code,
                HazardCode::Tightens | HazardCode::BreaksClients | HazardCode::ChangesResultType
            ) {
                add(phase, Moment::From, Code::Every, &hazard.message, None);
            }
        }
    }
    found.sort_by_key(|rule| (rule.phase, rule.when, rule.code));
    found
}

/// Whether old and new code run at a point of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safety {
    /// `before expand`, `after migrate`.
    pub point: String,
    /// Of the code that ran before the plan.
    pub old: &'static str,
    /// Of the code that is written for the desired schema.
    pub new: &'static str,
}

/// Which code runs when, from the first phase of a plan to its end.
pub fn safety(plan: &Plan) -> Vec<Safety> {
    let phases: Vec<Phase> = Phase::ALL
        .into_iter()
        .filter(|phase| plan.of_phase(*phase).next().is_some())
        .collect();
    let Some(first) = phases.first().copied() else {
        return Vec::new();
    };
    let says = |phase: Phase, when: Moment| {
        plan.application
            .iter()
            .any(|rule| rule.phase == phase && rule.when == when && rule.code != Code::New)
    };
    // Contract has the deploy of the new code before it; another phase one that makes the old code fit.
    let must_fit = |next: Phase| {
        let deploy = plan.deploys.iter().any(|deploy| deploy.before == next);
        says(next, Moment::Before) || (next != Phase::Contract && deploy)
    };
    let staged: Vec<Phase> = phases
        .iter()
        .copied()
        .filter(|phase| *phase != Phase::Contract)
        .collect();
    let contracts = staged.len() < phases.len();
    let mut points = vec![Safety {
        point: format!("before {first}"),
        old: match must_fit(first) {
            true => "runs, and must first be as said below",
            false => "runs",
        },
        new: match staged.is_empty() {
            true => "runs where it uses nothing that contract makes",
            false => "not yet",
        },
    }];
    for (number, phase) in staged.iter().copied().enumerate() {
        let next = staged.get(number + 1).copied();
        points.push(Safety {
            point: format!("after {phase}"),
            old: match (next.is_some_and(must_fit), says(phase, Moment::From)) {
                (true, _) => "runs, and must be as said below before the next phase",
                (false, true) => "runs as far as said below",
                (false, false) => "runs",
            },
            new: match next {
                Some(_) => "not yet: rows are still to be filled or proven",
                None if contracts => "runs: deploy it here",
                None => "runs",
            },
        });
    }
    if contracts {
        points.push(Safety {
            point: "while contract runs".to_owned(),
            old: match says(Phase::Contract, Moment::Until) {
                true => "only what is said below to go on",
                false => "not where it uses what goes",
            },
            new: "runs",
        });
        points.push(Safety {
            point: "after contract".to_owned(),
            old: "no longer",
            new: "runs",
        });
    }
    points
}
