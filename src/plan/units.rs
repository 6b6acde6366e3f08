//! Which steps are one transaction.

use super::graph::Graph;
use super::propagate::Aside;
use crate::step::{Action, Cost, Fact, Step, Transaction, Undo};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The members of each unit. A step that has to run between two of them joins them where it may, for others would see what
/// the first took away and the last brings back missing; where it may not, the unit falls apart into its steps.
pub fn units(steps: &[Step], graph: &Graph) -> Vec<Vec<usize>> {
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        if let (Some(unit), Transaction::Own) = (&step.unit, step.transaction) {
            named.entry(unit).or_default().push(number);
        }
    }
    let wanted: Vec<Vec<usize>> = named.into_values().filter(|members| members.len() > 1).collect();
    if let Some(whole) = with_what_is_between(steps, graph, &wanted) {
        return whole;
    }
    let mut accepted: Vec<Vec<usize>> = Vec::new();
    for members in wanted {
        let mut more = accepted.clone();
        more.push(members);
        if let Some(whole) = with_what_is_between(steps, graph, &more) {
            accepted = whole;
        }
    }
    accepted
}

/// For each step the first member of its unit, or itself.
pub fn group_of(count: usize, units: &[Vec<usize>]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..count).collect();
    for members in units {
        for member in members {
            group[*member] = members[0];
        }
    }
    group
}

/// The units with all that stands between their members; units that stand between each other's are one. None where a step
/// there cannot join.
fn with_what_is_between(steps: &[Step], graph: &Graph, units: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
    let group = group_of(steps.len(), units);
    let mut merged: DiGraph<usize, ()> = DiGraph::with_capacity(steps.len(), graph.edge_count());
    let nodes: Vec<_> = (0..steps.len()).map(|number| merged.add_node(number)).collect();
    for edge in graph.edge_references() {
        let (a, b) = (group[graph[edge.source()]], group[graph[edge.target()]]);
        if a != b {
            merged.add_edge(nodes[a], nodes[b], ());
        }
    }
    let loops: Vec<BTreeSet<usize>> = tarjan_scc(&merged)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| component.into_iter().map(|node| merged[node]).collect())
        .collect();
    let mut whole: Vec<Vec<usize>> = Vec::new();
    for found in &loops {
        let of_units = units.iter().filter(|members| found.contains(&members[0]));
        let own: BTreeSet<usize> = of_units.flatten().copied().collect();
        let between = found.iter().filter(|number| !own.contains(number));
        if between.clone().any(|number| !may_join(&steps[*number])) {
            return None;
        }
        let mut members: Vec<usize> = own.iter().chain(between).copied().collect();
        members.sort_unstable();
        whole.push(members);
    }
    let apart = units
        .iter()
        .filter(|members| loops.iter().all(|found| !found.contains(&members[0])));
    whole.extend(apart.cloned());
    Some(whole)
}

/// True for a step that costs a transaction under locks nothing to have beside others.
fn may_join(step: &Step) -> bool {
    let plain = |action: &Action| matches!(action, Action::Statements(_));
    let plain_undo = match &step.undo {
        Undo::Nothing => true,
        Undo::Run {
            action,
            outside_transaction,
        } => plain(action) && !outside_transaction,
        Undo::Lossy { action, .. } => plain(action),
    };
    let is_quick = step.cost == Cost::Instant || step.preconditions.iter().any(|condition| condition.replan);
    step.transaction == Transaction::Own && plain(&step.up) && plain_undo && is_quick
}

/// Whoever replaces what others stand on waits until those have stepped aside, and they come again behind it.
pub fn wait_for_aside(recipes: &mut [Vec<Step>], aside: &Aside) {
    let mut replaced: HashMap<String, BTreeSet<Fact>> = HashMap::new();
    for step in recipes.iter_mut().flatten() {
        let Some(unit) = &step.unit else { continue };
        let exists = Fact::Exists(step.object.clone());
        let replaces = matches!(
            step.change.as_str(),
            "change_type" | "rebuild_enum" | "rebuild_domain" | "rebuild_type"
        ) && step.gives.iter().any(|fact| matches!(fact, Fact::Exists(_)));
        if !replaces {
            continue;
        }
        for id in aside.around(unit) {
            let need = Fact::Gone(id);
            if !step.gives.contains(&need) && !step.needs.contains(&need) {
                step.needs.push(need);
            }
        }
        if step.gives.contains(&exists) {
            replaced.entry(unit.clone()).or_default().insert(exists);
        }
    }
    for step in recipes
        .iter_mut()
        .flatten()
        .filter(|step| step.change == "redefine")
    {
        let made = step.gives.contains(&Fact::Exists(step.object.clone()));
        let replaced = step
            .unit
            .as_ref()
            .filter(|_| made)
            .and_then(|unit| replaced.get(unit));
        for fact in replaced.into_iter().flatten() {
            if !step.needs.contains(fact) {
                step.needs.push(fact.clone());
            }
        }
    }
}
