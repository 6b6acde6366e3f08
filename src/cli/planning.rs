//! From two catalogs to a difference and to a plan.

use super::arguments::Strategy;
use super::failure::Failure;
use super::pipeline::Sides;
use super::settings::{ManageWord, size};
use super::unmanaged;
use super::workbench::Workbench;
use crate::change::{Change, Manage, Policy, StrategyChoice};
use crate::model::Catalog;
use crate::output::{ChangeView, summary, yaml};
use crate::plan::{self, Plan};

/// What differs, as reports show it.
///
/// # Errors
/// Settings that mean nothing.
pub fn difference(sides: &Sides, bench: &Workbench) -> Result<Vec<ChangeView>, Failure> {
    Ok(changes(sides, bench)?.iter().map(ChangeView::from).collect())
}

/// The steps that close the difference.
///
/// # Errors
/// As [`difference`]; and where the plan would have to make or break what is not managed.
pub fn plan(sides: &Sides, bench: &Workbench) -> Result<Plan, Failure> {
    let policy = policy(bench, sides.sizes_known)?;
    let changes = changes(sides, bench)?;
    unmanaged::gate(sides, &changes)?;
    let mut plan = plan::compile(&sides.from, &sides.target, &changes, &policy);
    let views: Vec<ChangeView> = changes.iter().map(ChangeView::from).collect();
    plan.summary = summary(&views);
    plan.tenant = bench.tenant().map(str::to_owned);
    plan.id = yaml::plan_id(&plan);
    Ok(plan)
}

fn changes(sides: &Sides, bench: &Workbench) -> Result<Vec<Change>, Failure> {
    Ok(crate::diff::diff(
        &sides.from,
        &sides.target,
        &policy(bench, sides.sizes_known)?,
    ))
}

/// The fingerprint of a catalog.
///
/// # Errors
/// Settings that mean nothing.
pub fn fingerprint(catalog: &Catalog, bench: &Workbench) -> Result<String, Failure> {
    Ok(plan::fingerprint(catalog, &policy(bench, true)?))
}

/// How catalogs are compared and plans are made.
///
/// # Errors
/// A size in the settings that is none.
pub fn policy(bench: &Workbench, sizes_known: bool) -> Result<Policy, Failure> {
    let defaults = Policy::default();
    let environment = bench
        .environment()
        .and_then(|each| each.policy.small_table.clone());
    let small = environment.or_else(|| bench.settings.policy.small_table.clone());
    let manage = bench.settings.manage;
    Ok(Policy {
        strategy: match bench.common.strategy {
            Strategy::Auto => StrategyChoice::Auto,
            Strategy::Online => StrategyChoice::Online,
            Strategy::Direct => StrategyChoice::Direct,
        },
        small_table_bytes: match small {
            Some(text) => size(&text)?,
            None => defaults.small_table_bytes,
        },
        sizes_known,
        manage_grants: word(manage.grants, defaults.manage_grants),
        manage_owners: word(manage.owners, defaults.manage_owners),
        manage_comments: word(manage.comments, defaults.manage_comments),
    })
}

fn word(word: Option<ManageWord>, default: Manage) -> Manage {
    match word {
        Some(ManageWord::Declared) => Manage::Declared,
        Some(ManageWord::All) => Manage::All,
        Some(ManageWord::None) => Manage::None,
        None => default,
    }
}
