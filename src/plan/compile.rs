//! From changes to a plan.

use super::clients_path::ClientsPath;
use super::{
    Boundary, FORMAT_VERSION, Plan, application, carried, cut_overs, facts, graph, held_rows, hung_keys,
    names, nested, printing, propagate, statistics, under_lock, units,
};
use crate::change::{
    Change, Context, Detail, Policy, around::Users, beside, carry::Carry, former_names, given_by_default,
    keep_label, own_parts, replace_table, split_table,
};
use crate::model::{Body, Catalog, Kind, ObjectId};
use crate::step::{Hazard, HazardCode, Phase, Step, Undo, Verdict, strongest};
use crate::text::DirectiveKind;
use std::collections::BTreeSet;

/// Recipes, dependencies and order for these changes. The plan's `id` is left empty: it is the hash of the rendered document.
pub fn compile(from: &Catalog, to: &Catalog, changes: &[Change], policy: &Policy) -> Plan {
    let (plan, is_ordered) = compile_with(from, to, changes, policy, false);
    if is_ordered || !drops_a_partition(from, to) {
        return plan;
    }
    // What waits for a partition to be gone cannot come before it goes.
    match compile_with(from, to, changes, policy, true) {
        (other, true) => other,
        (_, false) => plan,
    }
}

fn drops_a_partition(from: &Catalog, to: &Catalog) -> bool {
    from.of_kind(Kind::Table).any(|object| match &object.body {
        Body::Table(table) => table.partition_of.is_some() && to.get(&object.id).is_none(),
        _ => false,
    })
}

/// The plan, and whether its steps wait for each other in no loop.
fn compile_with(
    from: &Catalog,
    to: &Catalog,
    changes: &[Change],
    policy: &Policy,
    drops_first: bool,
) -> (Plan, bool) {
    let from_fingerprint = super::fingerprint(from, policy);
    let target_fingerprint = super::fingerprint(to, policy);
    let (from, renamings) = former_names::with_new_names(from, to);
    let to = keep_label::with_kept(&from, to);
    let to = given_by_default::with_given(&from, &to, policy);
    let (from, to) = own_parts::spelled_out(&from, &to);
    let (from, to) = (&*from, &*to);
    let users = Users::of(from);
    let context = Context {
        from,
        to,
        policy,
        seed: &from_fingerprint,
        users: &users,
        renamings: &renamings,
        drops_first,
    };
    let groups = carried::groups(&context, changes);
    let asked = changes;
    let mut changes = carried::remaining(&context, asked, &groups);
    nested::without_reshaped(&context, &mut changes);
    nested::without_exchanged_defaults(&context, &mut changes);
    let aside = propagate::step_aside(&context, &mut changes, &groups);
    beside::mark(&context, &mut changes);
    replace_table::mark(&context, &mut changes);
    split_table::mark(&context, &mut changes);
    let mut recipes: Vec<Vec<Step>> = Vec::new();
    let mut refusals = Vec::new();
    for change in &changes {
        if let Detail::Unsupported(unsupported) = &change.detail {
            refusals.push(unsupported.refusal(change));
            continue;
        }
        recipes.push(change.steps(&context));
    }
    for group in &groups {
        let carry = Carry::new(&context, group);
        recipes.push(carry.steps(&aside.around(&carry.unit())));
    }
    recipes.retain(|steps| !steps.is_empty());
    split_table::wait_for_rows(&context, &mut recipes);
    hung_keys::take_along(&context, &mut recipes);
    for unit in recipes.iter_mut().flatten().filter_map(|step| step.unit.as_mut()) {
        *unit = aside.united(unit);
    }
    let completion = facts::Completion::new(&context, &recipes);
    for step in recipes.iter_mut().flatten() {
        facts::complete(&completion, step);
        step.needs.extend(names::wait_for_names(&renamings, step));
        names::come_behind(&context, &renamings, step);
        allow(&context, step);
        leave_foreign_rows(&context, step);
        refusals.extend(held_rows::refusals(&context, step));
        say_what_is_lost(step);
    }
    facts::wait_for_detached(&completion, &mut recipes);
    units::wait_for_aside(&mut recipes, &aside);
    let path = ClientsPath::new(&context);
    for step in recipes.iter_mut().flatten() {
        step.clients_path = path.is_wanted(step);
        strongest(&mut step.locks);
    }
    for steps in &mut recipes {
        printing::as_printed(steps, from, to);
    }
    let graph::Ordered { mut steps, loops } = graph::order(&context, recipes);
    cut_overs::come_before(&mut steps);
    for step in steps.iter_mut().map(|each| &mut each.step) {
        under_lock::say(&context, step);
        allow(&context, step);
    }
    statistics::renew(&context, &path, &mut steps);
    refusals.extend(refused(&steps));
    let is_ordered = loops.is_empty();
    refusals.extend(loops);
    let deploys = boundaries(&steps);
    let application = application::rules(&steps);
    let plan = Plan {
        tenant: None,
        format_version: FORMAT_VERSION,
        id: String::new(),
        from_fingerprint,
        target_fingerprint,
        server_major: from.major(),
        summary: changes_summary(asked, &changes),
        deploys,
        application,
        refusals,
        steps,
    };
    (plan, is_ordered)
}

/// A line for each change, and for each column and enum that a carry has taken over.
fn changes_summary(asked: &[Change], changes: &[Change]) -> Vec<String> {
    let remain: BTreeSet<&ObjectId> = changes.iter().map(|change| &change.object).collect();
    let mut all: Vec<&Change> = asked
        .iter()
        .filter(|change| {
            matches!(change.object.kind, Kind::Column | Kind::EnumType) && !remain.contains(&change.object)
        })
        .chain(changes)
        .collect();
    all.sort_by(|a, b| a.object.cmp(&b.object));
    let mut lines: Vec<String> = Vec::new();
    for change in all {
        let mark = match change.verb {
            crate::change::Verb::Create => '+',
            crate::change::Verb::Alter => '~',
            crate::change::Verb::Drop => '-',
            crate::change::Verb::Recreate => '±',
            crate::change::Verb::Rename => '»',
        };
        let line = format!("{mark} {} {}", change.word, change.object.label());
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Marks the hazards that a directive on the object or its table allows.
fn allow(context: &Context, step: &mut Step) {
    for hazard in &mut step.hazards {
        let code = hazard.code.code();
        let allows = |kind: &DirectiveKind| matches!(kind, DirectiveKind::Allow(codes) if codes.iter().any(|c| c == code));
        if hazard.verdict == Verdict::Stop && context.directive(&hazard.object, allows) {
            hazard.allowed = true;
        }
    }
}

/// What an undo does not bring back is said before the step runs.
fn say_what_is_lost(step: &mut Step) {
    let Undo::Lossy { reason, .. } = &step.undo else {
        return;
    };
    let says = |hazard: &Hazard| matches!(hazard.code, HazardCode::Irreversible | HazardCode::DropsData);
    if !step.hazards.iter().any(says) {
        step.hazards.push(Hazard {
            code: HazardCode::Irreversible,
            verdict: Verdict::Warn,
            object: step.object.clone(),
            message: reason.clone(),
            allowed: false,
        });
    }
}

/// No row of a foreign table is looked at before a step: they are elsewhere, and perhaps out of reach.
fn leave_foreign_rows(context: &Context, step: &mut Step) {
    let table = step.object.relation();
    let is_foreign = |catalog| Context::table(catalog, &table).is_some_and(|table| table.foreign.is_some());
    if step.object.is_part() && is_foreign(context.from) {
        step.preconditions.clear();
    }
}

/// Refusals that steps carry: they stand in the plan's list as well, so that the plan ends with them.
fn refused(steps: &[super::PlanStep]) -> Vec<Hazard> {
    let mut found: Vec<Hazard> = Vec::new();
    for hazard in steps.iter().flat_map(|each| &each.step.hazards) {
        if hazard.verdict == Verdict::Refuse && !found.contains(hazard) {
            found.push(hazard.clone());
        }
    }
    found
}

fn boundaries(steps: &[super::PlanStep]) -> Vec<Boundary> {
    let mut deploys = Vec::new();
    let tightening: Vec<&Hazard> = steps
        .iter()
        .filter(|each| each.step.phase == Phase::Migrate)
        .flat_map(|each| &each.step.hazards)
        .filter(|hazard| hazard.code == HazardCode::Tightens)
        .collect();
    if let Some(first) = tightening.first() {
        let more = match tightening.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        deploys.push(Boundary {
            before: Phase::Migrate,
            what: format!("code whose writes already fit: {}{more}", first.message),
        });
    }
    if steps.iter().any(|each| each.step.phase == Phase::Contract) {
        deploys.push(Boundary {
            before: Phase::Contract,
            what: "the code that uses the new schema and nothing that contract removes".to_owned(),
        });
    }
    deploys
}
