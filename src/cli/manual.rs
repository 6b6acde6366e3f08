//! The pages of `explain`.

use crate::change;
use crate::step::HazardCode;

/// The page of a hazard.
pub fn hazard(code: HazardCode) -> &'static str {
    match code {
        HazardCode::DropsData => include_str!("explain/drops-data.md"),
        HazardCode::RewritesTable => include_str!("explain/rewrites-table.md"),
        HazardCode::ScansUnderLock => include_str!("explain/scans-under-lock.md"),
        HazardCode::BuildsIndex => include_str!("explain/builds-index.md"),
        HazardCode::BlocksWrites => include_str!("explain/blocks-writes.md"),
        HazardCode::LocksOthers => include_str!("explain/locks-others.md"),
        HazardCode::LongRunning => include_str!("explain/long-running.md"),
        HazardCode::BreaksClients => include_str!("explain/breaks-clients.md"),
        HazardCode::ChangesResultType => include_str!("explain/changes-result-type.md"),
        HazardCode::Tightens => include_str!("explain/tightens.md"),
        HazardCode::Irreversible => include_str!("explain/irreversible.md"),
        HazardCode::Ambiguous => include_str!("explain/ambiguous.md"),
        HazardCode::UntrackedCode => include_str!("explain/untracked-code.md"),
        HazardCode::Authz => include_str!("explain/authz.md"),
        HazardCode::NoSafeForm => include_str!("explain/no-safe-form.md"),
        HazardCode::Style => include_str!("explain/style.md"),
    }
}

/// What the first line of a hazard's page says behind its code.
pub fn headline(code: HazardCode) -> &'static str {
    let first = hazard(code).lines().next().unwrap_or_default();
    first.split_once(": ").map_or(first, |(_, words)| words)
}

/// Diagnostics with a page of their own: their codes and pages.
const DIAGNOSTICS: &[(&str, &str)] = &[
    ("drifted", include_str!("explain/drifted.md")),
    ("backup", include_str!("explain/backup.md")),
    ("rights", include_str!("explain/rights.md")),
    ("rows", include_str!("explain/rows.md")),
    ("slow", include_str!("explain/slow.md")),
    ("fleet", include_str!("explain/fleet.md")),
    ("shape-name", include_str!("explain/shape-name.md")),
    ("several-plans", include_str!("explain/several-plans.md")),
];

/// Diagnostics with a page of their own, and what its first line says behind the code.
pub fn diagnostics() -> impl Iterator<Item = (&'static str, &'static str)> {
    DIAGNOSTICS.iter().map(|(code, page)| {
        let first = page.lines().next().unwrap_or_default();
        (*code, first.split_once(": ").map_or(first, |(_, words)| words))
    })
}

/// The page of any code.
pub fn page(code: &str) -> Option<String> {
    if let Some((_, page)) = DIAGNOSTICS.iter().find(|(each, _)| *each == code) {
        return Some((*page).to_owned());
    }
    if let Some(each) = HazardCode::ALL.iter().find(|each| each.code() == code) {
        return Some(hazard(*each).to_owned());
    }
    if let Some(page) = crate::lint::page(code) {
        return Some(page);
    }
    let manual = change::manual(&code.replace('-', "_"))?;
    Some(format!("# {code}\n\n{}\n", manual.trim()))
}

/// The codes of change kinds that have a page.
pub fn changes() -> Vec<String> {
    change::MANUALS
        .iter()
        .map(|(code, _)| (*code).to_owned())
        .collect()
}

/// Every code that has a page.
pub fn codes() -> Vec<String> {
    HazardCode::ALL
        .iter()
        .map(|each| each.code().to_owned())
        .chain(changes())
        .chain(DIAGNOSTICS.iter().map(|(code, _)| (*code).to_owned()))
        .chain(crate::lint::RULES.iter().map(|rule| rule.code.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hazard_has_a_page_that_says_all_of_it() {
        for code in HazardCode::ALL {
            let page = hazard(*code);
            assert!(page.starts_with(&format!("# {code}: ")), "{code}");
            assert!(
                page.contains("**Why it hurts.**") && page.contains("**What schemaplan does.**"),
                "{code}"
            );
            assert!(page.lines().all(|line| line.chars().count() <= 84), "{code}");
        }
    }
}
