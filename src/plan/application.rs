//! The deploy contract: which application code is safe in which phase of a plan.

use super::document::{Plan, PlanStep};
use crate::step::{Advice, Code, HazardCode, Moment, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// What application code may or must not do around a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The phase that it holds from, before, after or until.
    pub phase: Phase,
    /// Which of these.
    pub when: Moment,
    /// Which code.
    pub code: Code,
    /// What, up to the objects: `may use`.
    pub what: String,
    /// The objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// What is said behind the objects, with the space or the comma in front of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub behind: String,
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
        if self.objects.is_empty() {
            return self.what.clone();
        }
        let mut named = self.objects[..self.objects.len().min(NAMED)].join(", ");
        if let Some(more) = self.objects.len().checked_sub(NAMED).filter(|more| *more > 0) {
            named.push_str(&format!(", {more} more"));
        }
        format!("{} {named}{}", self.what, self.behind)
    }
}

/// The rules of ordered steps, in the order of time. What the same words say of several objects is one rule.
pub fn rules(steps: &[PlanStep]) -> Vec<Rule> {
    let mut found = Found::default();
    for each in steps {
        let phase = each.step.phase;
        for advice in &each.step.application {
            let Advice { when, code, .. } = *advice;
            let words = (advice.what.as_str(), advice.behind.as_str());
            found.add((phase, when, code), words, Some(&advice.object));
        }
        for hazard in &each.step.hazards {
            if matches!(
                hazard.code,
                HazardCode::Tightens | HazardCode::BreaksClients | HazardCode::ChangesResultType
            ) {
                found.add((phase, Moment::From, Code::Every), (&hazard.message, ""), None);
            }
        }
    }
    let mut rules = found.rules;
    rules.sort_by_key(|rule| (rule.phase, rule.when, rule.code));
    rules
}

/// When, and for which code.
type Place = (Phase, Moment, Code);

/// Rules so far: a plan may hold a step for each of a hundred thousand objects.
#[derive(Default)]
struct Found<'a> {
    rules: Vec<Rule>,
    numbers: HashMap<(Place, (&'a str, &'a str)), usize>,
    said: HashSet<(usize, &'a str)>,
}

impl<'a> Found<'a> {
    fn add(&mut self, place: Place, words: (&'a str, &'a str), object: Option<&'a String>) {
        let number = *self.numbers.entry((place, words)).or_insert_with(|| {
            self.rules.push(Rule {
                phase: place.0,
                when: place.1,
                code: place.2,
                what: words.0.to_owned(),
                objects: Vec::new(),
                behind: words.1.to_owned(),
            });
            self.rules.len() - 1
        });
        if let Some(object) = object.filter(|object| self.said.insert((number, object.as_str()))) {
            self.rules[number].objects.push(object.clone());
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(what: &str, objects: usize, behind: &str) -> Rule {
        Rule {
            phase: Phase::Expand,
            when: Moment::From,
            code: Code::Every,
            what: what.to_owned(),
            objects: (0..objects).map(|number| format!("t.c{number}")).collect(),
            behind: behind.to_owned(),
        }
    }

    #[test]
    fn sentences_keep_the_words_of_the_database() {
        let braces = rule("gets '{}'::jsonb where it leaves", 1, " out");
        assert_eq!(braces.sentence(), "gets '{}'::jsonb where it leaves t.c0 out");
        assert_eq!(
            rule("writes of '{}' fail", 0, "").sentence(),
            "writes of '{}' fail"
        );
        assert_eq!(
            rule("may use", 6, "").sentence(),
            "may use t.c0, t.c1, t.c2, t.c3, t.c4, t.c5"
        );
        let many = rule("may use", 9, ", filled").sentence();
        assert_eq!(many, "may use t.c0, t.c1, t.c2, t.c3, t.c4, t.c5, 3 more, filled");
    }
}
