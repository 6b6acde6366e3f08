//! Weak places of a schema: what works today and hurts later. Facts of the catalog alone, no opinions about names.

mod rules;

use crate::model::{Catalog, Kind, ObjectId};
use crate::text::Origin;
use serde::Serialize;

/// A rule: its code, what it finds, and its page.
pub struct Rule {
    /// `foreign-key-without-index`.
    pub code: &'static str,
    /// What it says in one line.
    pub headline: &'static str,
    /// Why it matters and what to write instead.
    pub page: &'static str,
    find: fn(&Catalog, &mut Vec<Found>),
}

/// What a rule found, before its code and place are put to it.
struct Found {
    object: ObjectId,
    message: String,
}

/// A weak place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's code.
    pub code: &'static str,
    /// The object.
    pub object: ObjectId,
    /// What is weak about it.
    pub message: String,
    /// Where the files make it.
    pub origin: Option<Origin>,
}

/// All rules, by code.
pub const RULES: &[Rule] = rules::ALL;

/// The page of a rule.
pub fn page(code: &str) -> Option<String> {
    let rule = RULES.iter().find(|rule| rule.code == code)?;
    Some(format!("# {}: {}\n\n{}\n", rule.code, rule.headline, rule.page))
}

/// What the rules find in a catalog, but for those that are off; in the order of the files.
pub fn lint(catalog: &Catalog, off: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES
        .iter()
        .filter(|rule| !off.iter().any(|code| code == rule.code))
    {
        let mut found = Vec::new();
        (rule.find)(catalog, &mut found);
        findings.extend(found.into_iter().map(|Found { object, message }| Finding {
            code: rule.code,
            origin: place(catalog, &object),
            object,
            message,
        }));
    }
    let key = |finding: &Finding| {
        let origin = finding.origin.as_ref();
        (
            origin.map(|origin| origin.file.to_string()),
            origin.map(|origin| (origin.line, origin.column)),
            finding.object.clone(),
            finding.code,
        )
    };
    findings.sort_by_key(key);
    findings
}

/// Where it is made, or what it belongs to.
fn place(catalog: &Catalog, object: &ObjectId) -> Option<Origin> {
    let whole = object
        .is_part()
        .then(|| ObjectId::named(Kind::Table, &object.relation()));
    catalog
        .origin(object)
        .or_else(|| catalog.origin(whole.as_ref()?))
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_code_of_its_own_and_a_page() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(
                RULES[at + 1..].iter().all(|other| other.code != rule.code),
                "{}",
                rule.code
            );
            assert!(
                page(rule.code).is_some_and(|page| page.lines().count() > 2),
                "{}",
                rule.code
            );
        }
    }
}
