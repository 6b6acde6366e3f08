//! The dependency graph of steps, and the one order that follows from it.

use super::PlanStep;
use super::merge::merge;
use crate::change::Context;
use crate::step::{Fact, Phase, Step, Transaction};
use petgraph::algo::{has_path_connecting, tarjan_scc};
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

type Graph = StableDiGraph<usize, ()>;

/// Orders the steps of all recipes. Ties break by phase, then object, then position, so the same input gives the same order.
pub fn order(context: &Context, recipes: Vec<Vec<Step>>) -> Vec<PlanStep> {
    let mut steps: Vec<Step> = Vec::new();
    let mut chains: Vec<(usize, usize)> = Vec::new();
    for recipe in recipes {
        let start = steps.len();
        let length = recipe.len();
        steps.extend(recipe);
        chains.extend((start + 1..start + length).map(|next| (next - 1, next)));
    }
    let mut graph = Graph::new();
    let nodes: Vec<NodeIndex> = (0..steps.len()).map(|number| graph.add_node(number)).collect();
    for (before, after) in hard_edges(&steps).into_iter().chain(chains.iter().copied()) {
        graph.update_edge(nodes[before], nodes[after], ());
    }
    soften(context, &steps, &mut graph, &nodes, &chains);
    break_cycles(&mut graph, &chains, &nodes);
    let units = units(&steps, &graph, &nodes);
    number(steps, &graph, &nodes, &units)
}

/// Giver before needer; needer before ender; ender before a later giver of the same.
fn hard_edges(steps: &[Step]) -> BTreeSet<(usize, usize)> {
    let mut givers: BTreeMap<&Fact, Vec<usize>> = BTreeMap::new();
    let mut needers: BTreeMap<&Fact, Vec<usize>> = BTreeMap::new();
    let mut enders: BTreeMap<&Fact, Vec<usize>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        step.gives
            .iter()
            .for_each(|fact| givers.entry(fact).or_default().push(number));
        step.needs
            .iter()
            .for_each(|fact| needers.entry(fact).or_default().push(number));
        step.ends
            .iter()
            .for_each(|fact| enders.entry(fact).or_default().push(number));
    }
    let none = Vec::new();
    let mut edges = BTreeSet::new();
    let mut connect = |before: &[usize], after: &[usize]| {
        for a in before {
            for b in after {
                if a != b {
                    edges.insert((*a, *b));
                }
            }
        }
    };
    for (fact, who) in &givers {
        connect(who, needers.get(*fact).unwrap_or(&none));
    }
    for (fact, who) in &enders {
        connect(needers.get(*fact).unwrap_or(&none), who);
        connect(who, givers.get(*fact).unwrap_or(&none));
    }
    edges
}

/// What function bodies mention orders steps where that makes no cycle.
fn soften(
    context: &Context,
    steps: &[Step],
    graph: &mut Graph,
    nodes: &[NodeIndex],
    _chains: &[(usize, usize)],
) {
    let mut exists: BTreeMap<&crate::model::ObjectId, Vec<usize>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        for fact in &step.gives {
            if let Fact::Exists(id) = fact {
                exists.entry(id).or_default().push(number);
            }
        }
    }
    let mut wanted: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (number, step) in steps.iter().enumerate() {
        for fact in &step.gives {
            let Fact::Exists(id) = fact else { continue };
            for mentioned in context.new_of(id).iter().flat_map(|object| &object.mentions) {
                for giver in exists.get(mentioned).into_iter().flatten() {
                    wanted.insert((*giver, number));
                }
            }
        }
    }
    for (before, after) in wanted {
        if before != after && !has_path_connecting(&*graph, nodes[after], nodes[before], None) {
            graph.update_edge(nodes[before], nodes[after], ());
        }
    }
}

/// A cycle keeps the order of its recipes and loses its other edges.
fn break_cycles(graph: &mut Graph, chains: &[(usize, usize)], nodes: &[NodeIndex]) {
    loop {
        let Some(cycle) = tarjan_scc(&*graph)
            .into_iter()
            .find(|component| component.len() > 1)
        else {
            return;
        };
        let members: BTreeSet<NodeIndex> = cycle.into_iter().collect();
        let kept: BTreeSet<(NodeIndex, NodeIndex)> =
            chains.iter().map(|(a, b)| (nodes[*a], nodes[*b])).collect();
        let removable = graph
            .edge_references()
            .filter(|edge| members.contains(&edge.source()) && members.contains(&edge.target()))
            .filter(|edge| !kept.contains(&(edge.source(), edge.target())))
            .map(|edge| (Reverse((edge.source(), edge.target())), edge.id()))
            .min();
        let Some((_, edge)) = removable else { return };
        graph.remove_edge(edge);
    }
}

/// The members of each unit, without the units whose merger would make a cycle.
fn units(steps: &[Step], graph: &Graph, nodes: &[NodeIndex]) -> Vec<Vec<usize>> {
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, step) in steps.iter().enumerate() {
        if let (Some(unit), Transaction::Own) = (&step.unit, step.transaction) {
            named.entry(unit).or_default().push(number);
        }
    }
    let mut accepted: Vec<Vec<usize>> = Vec::new();
    for members in named.into_values().filter(|members| members.len() > 1) {
        let mut attempt = accepted.clone();
        attempt.push(members.clone());
        if is_acyclic(steps.len(), graph, nodes, &attempt) {
            accepted = attempt;
        }
    }
    accepted
}

fn group_of(count: usize, units: &[Vec<usize>]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..count).collect();
    for members in units {
        for member in members {
            group[*member] = members[0];
        }
    }
    group
}

fn is_acyclic(count: usize, graph: &Graph, _nodes: &[NodeIndex], units: &[Vec<usize>]) -> bool {
    let group = group_of(count, units);
    let mut merged = Graph::new();
    let nodes: Vec<NodeIndex> = (0..count).map(|number| merged.add_node(number)).collect();
    for edge in graph.edge_references() {
        let (a, b) = (group[graph[edge.source()]], group[graph[edge.target()]]);
        if a != b {
            merged.update_edge(nodes[a], nodes[b], ());
        }
    }
    !petgraph::algo::is_cyclic_directed(&merged)
}

/// Kahn's algorithm over groups, the smallest (phase, position) first.
fn number(steps: Vec<Step>, graph: &Graph, _nodes: &[NodeIndex], units: &[Vec<usize>]) -> Vec<PlanStep> {
    let count = steps.len();
    let group = group_of(count, units);
    let mut before: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut after: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut inside: BTreeSet<(usize, usize)> = BTreeSet::new();
    for edge in graph.edge_references() {
        let (a, b) = (graph[edge.source()], graph[edge.target()]);
        if group[a] == group[b] {
            inside.insert((a, b));
            continue;
        }
        before.entry(group[b]).or_default().insert(group[a]);
        after.entry(group[a]).or_default().insert(group[b]);
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, group) in group.iter().enumerate() {
        members.entry(*group).or_default().push(number);
    }
    let mut phase: BTreeMap<usize, Phase> = members
        .iter()
        .map(|(group, members)| {
            (
                *group,
                members
                    .iter()
                    .map(|m| steps[*m].phase)
                    .max()
                    .unwrap_or(Phase::Expand),
            )
        })
        .collect();
    let position = |group: &usize, members: &BTreeMap<usize, Vec<usize>>| {
        members[group].iter().copied().min().unwrap_or(*group)
    };
    let mut waiting: BTreeMap<usize, usize> = members
        .keys()
        .map(|group| (*group, before.get(group).map_or(0, BTreeSet::len)))
        .collect();
    // Phases are floors, so they are settled along a first topological walk, then the order is found.
    for node in topological(&waiting, &after) {
        let floor = before
            .get(&node)
            .into_iter()
            .flatten()
            .map(|other| phase[other])
            .max();
        if let Some(floor) = floor {
            let own = phase[&node];
            phase.insert(node, own.max(floor));
        }
    }
    let mut heap: BinaryHeap<Reverse<(Phase, usize, usize)>> = waiting
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(group, _)| Reverse((phase[group], position(group, &members), *group)))
        .collect();
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let mut numbers: BTreeMap<usize, u32> = BTreeMap::new();
    let mut out = Vec::new();
    while let Some(Reverse((at, _, node))) = heap.pop() {
        let own: Vec<usize> = inner_order(&members[&node], &inside);
        let parts: Vec<Step> = own.iter().filter_map(|member| steps[*member].take()).collect();
        let Some(mut step) = merge(parts) else { continue };
        step.phase = at;
        let number = u32::try_from(out.len() + 1).unwrap_or(u32::MAX);
        numbers.insert(node, number);
        let mut needed: Vec<u32> = before
            .get(&node)
            .into_iter()
            .flatten()
            .filter_map(|other| numbers.get(other).copied())
            .collect();
        needed.sort_unstable();
        out.push(PlanStep {
            number,
            after: needed,
            step,
        });
        for next in after.get(&node).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    heap.push(Reverse((phase[next], position(next, &members), *next)));
                }
            }
        }
    }
    out
}

fn topological(waiting: &BTreeMap<usize, usize>, after: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<usize> {
    let mut waiting = waiting.clone();
    let mut ready: Vec<usize> = waiting
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(node, _)| *node)
        .collect();
    let mut order = Vec::new();
    while let Some(node) = ready.pop() {
        order.push(node);
        for next in after.get(&node).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.push(*next);
                }
            }
        }
    }
    order
}

fn inner_order(members: &[usize], inside: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut left: BTreeSet<usize> = members.iter().copied().collect();
    let mut order = Vec::new();
    while let Some(next) = left
        .iter()
        .copied()
        .find(|candidate| !inside.iter().any(|(a, b)| b == candidate && left.contains(a)))
        .or_else(|| left.first().copied())
    {
        left.remove(&next);
        order.push(next);
    }
    order
}
