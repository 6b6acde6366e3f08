//! ANALYZE at the end of a phase that leaves the planner without statistics: of filled columns, of what an index computes, of a
//! column whose type has changed. Autovacuum counts changed rows: it comes late to the first, and to the others not at all.

use super::PlanStep;
use super::clients_path::ClientsPath;
use crate::change::Context;
use crate::model::{Catalog, Kind, ObjectId, QualifiedName};
use crate::sql::{self, outdates_statistics, writes_rows};
use crate::step::{Action, Cost, DoneWhen, Lock, LockOn, Phase, Step, TimeoutClass, Undo};
use std::collections::{BTreeMap, BTreeSet};

/// A relation to be analyzed, and for the sake of which steps.
struct Due {
    relation: QualifiedName,
    kind: Kind,
    because: Vec<u32>,
}

/// Adds the steps: in expand and migrate at the end of the phase, in contract, where relations get other names, right behind the
/// last step that asks for it.
pub fn renew(context: &Context, path: &ClientsPath, steps: &mut Vec<PlanStep>) {
    let mut added: Vec<(u32, PlanStep)> = Vec::new();
    for phase in Phase::ALL {
        let Some(end) = of_phase(steps, phase).map(|each| each.number).max() else {
            continue;
        };
        for due in due(context, steps, phase) {
            let behind = match phase {
                Phase::Contract => due.because.iter().copied().max().unwrap_or(end),
                _ => end,
            };
            let asking = steps
                .iter()
                .find(|each| due.because.first() == Some(&each.number));
            let Some(asking) = asking.map(|each| &each.step) else {
                continue;
            };
            let mut step = step(&due, asking, phase);
            step.clients_path = path.reads(&due.relation);
            added.push((
                behind,
                PlanStep {
                    number: 0,
                    after: due.because,
                    step,
                },
            ));
        }
    }
    insert(steps, added);
    renew_back(context, steps);
}

/// The way back leaves the planner without statistics as well: behind the last undo of a phase that asks for it the relation is analyzed.
fn renew_back(context: &Context, steps: &mut [PlanStep]) {
    for phase in Phase::ALL {
        let mut found: BTreeMap<QualifiedName, Vec<u32>> = BTreeMap::new();
        let mut analyzed = BTreeSet::new();
        for PlanStep { number, step, .. } in of_phase(steps, phase) {
            let (Undo::Run { action, .. } | Undo::Lossy { action, .. }) = &step.undo else {
                continue;
            };
            let mut relations = BTreeSet::new();
            outdated(&|_| false, action, &mut relations, &mut analyzed);
            for relation in relations {
                found.entry(relation).or_default().push(*number);
            }
        }
        // Under the name that it bears before the plan; a form that is still beside it goes.
        found.retain(|relation, _| {
            !analyzed.contains(sql::analyze(relation).as_str()) && was_there(context, relation)
        });
        for (relation, because) in of_trees(context.from, found) {
            // Undone last.
            let Some(first) = because.into_iter().min() else {
                continue;
            };
            let step = steps.iter_mut().find(|each| each.number == first);
            if let Some(Undo::Run { action, .. } | Undo::Lossy { action, .. }) =
                step.map(|each| &mut each.step.undo)
            {
                let before = std::mem::replace(action, Action::Sequence(Vec::new()));
                let mut all = match before {
                    Action::Sequence(all) => all,
                    one => vec![one],
                };
                all.push(Action::one(sql::analyze(&relation)));
                *action = Action::Sequence(all);
            }
        }
    }
}

/// True for a table or materialized view of the user's that was there before the plan.
fn was_there(context: &Context, relation: &QualifiedName) -> bool {
    let view = ObjectId::named(Kind::MaterializedView, relation);
    match Context::table(context.from, relation) {
        Some(table) => table.foreign.is_none(),
        None => context.from.get(&view).is_some(),
    }
}

fn of_phase(steps: &[PlanStep], phase: Phase) -> impl Iterator<Item = &PlanStep> {
    steps.iter().filter(move |each| each.step.phase == phase)
}

fn step(due: &Due, asking: &Step, phase: Phase) -> Step {
    let object = ObjectId::named(due.kind, &due.relation);
    let up = Action::one(sql::analyze(&due.relation));
    let done_when = match phase {
        // Later steps of it may take the name away.
        Phase::Contract => DoneWhen::RepeatableUntil(sql::probe::not(&sql::exists(&object))),
        _ => DoneWhen::Repeatable,
    };
    let title = format!("Analyze {}", due.relation);
    let mut step = Step::new(object, &asking.change, phase, title, up, Undo::Nothing, done_when);
    step.timeout = TimeoutClass::Long;
    step.cost = Cost::Samples(due.relation.clone());
    step.locks = vec![LockOn {
        lock: Lock::ShareUpdateExclusive,
        relation: due.relation.clone(),
    }];
    step.origin = asking.origin.clone();
    step
}

fn due(context: &Context, steps: &[PlanStep], phase: Phase) -> Vec<Due> {
    let mut found: BTreeMap<QualifiedName, Vec<u32>> = BTreeMap::new();
    let mut analyzed = BTreeSet::new();
    for PlanStep { number, step, .. } in of_phase(steps, phase) {
        let mut relations = BTreeSet::new();
        outdated(
            &|relation| context.is_new(relation),
            &step.up,
            &mut relations,
            &mut analyzed,
        );
        for relation in relations {
            found.entry(relation).or_default().push(*number);
        }
    }
    found.retain(|relation, _| !analyzed.contains(sql::analyze(relation).as_str()));
    of_trees(context.to, found)
        .into_iter()
        .filter_map(|(relation, mut because)| {
            because.sort_unstable();
            because.dedup();
            let kind = kind(context, &relation)?;
            Some(Due {
                relation,
                kind,
                because,
            })
        })
        .collect()
}

/// What is a table or materialized view of the user's and stays; not a form that is still beside it, nor an archive.
fn kind(context: &Context, relation: &QualifiedName) -> Option<Kind> {
    let view = ObjectId::named(Kind::MaterializedView, relation);
    match Context::table(context.to, relation) {
        Some(table) => table.foreign.is_none().then_some(Kind::Table),
        None => context.new_of(&view).map(|_| Kind::MaterializedView),
    }
}

fn outdated(
    is_new: &impl Fn(&QualifiedName) -> bool,
    action: &Action,
    relations: &mut BTreeSet<QualifiedName>,
    analyzed: &mut BTreeSet<String>,
) {
    match action {
        Action::Statements(statements) => {
            for text in statements.iter().map(sql::Stmt::as_str) {
                if text.starts_with("ANALYZE ") {
                    analyzed.insert(text.to_owned());
                }
                // Rows that one statement writes are few enough for autovacuum, and a new table has none.
                let found = (!writes_rows(text)).then(|| outdates_statistics(text)).flatten();
                relations.extend(found.filter(|relation| !is_new(relation)));
            }
        }
        Action::Batches(batch) => {
            let texts = batch.statements.iter().map(|each| each.with_range("(true)"));
            relations.extend(texts.filter_map(|text| outdates_statistics(&text)));
        }
        Action::Verify(_) => {}
        Action::Sequence(actions) => {
            for each in actions {
                outdated(is_new, each, relations, analyzed);
            }
        }
    }
}

/// Several partitions of a table are analyzed as a whole: their parent has statistics of its own.
fn of_trees(
    catalog: &Catalog,
    found: BTreeMap<QualifiedName, Vec<u32>>,
) -> BTreeMap<QualifiedName, Vec<u32>> {
    let root = |relation: &QualifiedName| {
        let mut at = relation.clone();
        while let Some(parent) = Context::table(catalog, &at).and_then(|table| table.partition_of.as_ref()) {
            at = parent.parent.clone();
        }
        at
    };
    let mut of_root: BTreeMap<QualifiedName, Vec<QualifiedName>> = BTreeMap::new();
    for relation in found.keys() {
        of_root.entry(root(relation)).or_default().push(relation.clone());
    }
    let mut whole: BTreeMap<QualifiedName, Vec<u32>> = BTreeMap::new();
    for (relation, because) in found {
        let root = root(&relation);
        let alone = of_root.get(&root).is_some_and(|members| members.len() == 1);
        whole
            .entry(if alone { relation } else { root })
            .or_default()
            .extend(because);
    }
    whole
}

/// Puts steps behind others and numbers all of them anew.
fn insert(steps: &mut Vec<PlanStep>, mut added: Vec<(u32, PlanStep)>) {
    if added.is_empty() {
        return;
    }
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    let mut all: Vec<PlanStep> = Vec::new();
    let mut next = 0;
    let mut place = |mut step: PlanStep, all: &mut Vec<PlanStep>| {
        next += 1;
        let former = std::mem::replace(&mut step.number, next);
        all.push(step);
        (former, next)
    };
    for step in std::mem::take(steps) {
        let (former, now) = place(step, &mut all);
        numbers.insert(former, now);
        while let Some(at) = added.iter().position(|(behind, _)| *behind == former) {
            place(added.remove(at).1, &mut all);
        }
    }
    for step in &mut all {
        for number in &mut step.after {
            *number = numbers.get(number).copied().unwrap_or(*number);
        }
    }
    *steps = all;
}
