//! The dependency graph of steps, and the one order that follows from it.

use super::PlanStep;
use super::merge::merge;
use super::units::{group_of, units};
use crate::change::Context;
use crate::model::{Kind, ObjectId};
use crate::step::{Fact, Hazard, HazardCode, Phase, Step, Verdict};
use petgraph::algo::{has_path_connecting, tarjan_scc};
use petgraph::stable_graph::{EdgeIndex, NodeIndex, StableDiGraph};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};

/// Steps by their number, an edge from each to those that come behind it.
pub type Graph = StableDiGraph<usize, Because>;

/// Why one step comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// The body of a function mentions it: worth having, given up where it makes a cycle.
    Mention,
    /// One needs, gives or ends what the other gives, needs or ends.
    Fact,
    /// They follow each other in one recipe.
    Recipe,
}

/// The steps in order, and a refusal for each loop of steps that wait for each other.
pub struct Ordered {
    /// The steps.
    pub steps: Vec<PlanStep>,
    /// The loops.
    pub loops: Vec<Hazard>,
}

/// Orders the steps of all recipes. Ties break by phase, then object, then position, so the same input gives the same order.
pub fn order(context: &Context, recipes: Vec<Vec<Step>>) -> Ordered {
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
    for (before, after) in hard_edges(&steps) {
        graph.update_edge(nodes[before], nodes[after], Because::Fact);
    }
    for (before, after) in chains {
        graph.update_edge(nodes[before], nodes[after], Because::Recipe);
    }
    let loops = break_cycles(&steps, &mut graph);
    soften(context, &steps, &mut graph, &nodes);
    let units = units(&steps, &graph);
    Ordered {
        steps: number(steps, &graph, &units),
        loops,
    }
}

/// Giver before needer; needer before ender; ender before a later giver of the same.
fn hard_edges(steps: &[Step]) -> BTreeSet<(usize, usize)> {
    let givers = by_fact(steps, |step| &step.gives);
    let needers = by_fact(steps, |step| &step.needs);
    let enders = by_fact(steps, |step| &step.ends);
    let none = Vec::new();
    let mut edges = BTreeSet::new();
    let mut connect = |before: &[usize], after: &[usize]| {
        for a in before {
            edges.extend(after.iter().filter(|b| a != *b).map(|b| (*a, *b)));
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

fn by_fact(steps: &[Step], of: impl Fn(&Step) -> &Vec<Fact>) -> HashMap<&Fact, Vec<usize>> {
    let mut found: HashMap<&Fact, Vec<usize>> = HashMap::new();
    for (number, step) in steps.iter().enumerate() {
        for fact in of(step) {
            found.entry(fact).or_default().push(number);
        }
    }
    found
}

/// What function bodies mention orders steps where that makes no cycle.
fn soften(context: &Context, steps: &[Step], graph: &mut Graph, nodes: &[NodeIndex]) {
    let makers = by_fact(steps, |step| &step.gives);
    let mut wanted: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (number, step) in steps.iter().enumerate() {
        for fact in &step.gives {
            let Fact::Exists(id) = fact else { continue };
            for mentioned in context.new_of(id).iter().flat_map(|object| &object.mentions) {
                let givers = makers.get(&Fact::Exists(mentioned.clone()));
                wanted.extend(givers.into_iter().flatten().map(|giver| (*giver, number)));
            }
        }
    }
    wanted.extend(callers_first(context, steps, &makers));
    wanted.extend(casts_around(context, steps, &makers));
    wanted.retain(|(before, after)| before != after && !graph.contains_edge(nodes[*before], nodes[*after]));
    for (before, after) in &wanted {
        graph.add_edge(nodes[*before], nodes[*after], Because::Mention);
    }
    // All at once is right for nearly all; only those inside a cycle are tried one by one.
    let mut again: BTreeSet<(usize, usize)> = BTreeSet::new();
    for members in cycles(graph) {
        for edge in inside(graph, &members, Because::Mention) {
            if let Some((a, b)) = graph.edge_endpoints(edge) {
                again.insert((graph[a], graph[b]));
            }
            graph.remove_edge(edge);
        }
    }
    for (before, after) in again {
        if !has_path_connecting(&*graph, nodes[after], nodes[before], None) {
            graph.add_edge(nodes[before], nodes[after], Because::Mention);
        }
    }
}

/// Functions go before what their bodies call, so that the undo brings it back first: what is built on a function runs its body.
/// Which members of an extension a body calls is not known, so any may.
fn callers_first(
    context: &Context,
    steps: &[Step],
    makers: &HashMap<&Fact, Vec<usize>>,
) -> Vec<(usize, usize)> {
    let extensions: Vec<usize> = makers
        .iter()
        .filter(|(fact, _)| matches!(fact, Fact::Gone(id) if id.kind == Kind::Extension))
        .flat_map(|(_, who)| who.iter().copied())
        .collect();
    let mut found = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let gone = step.gives.iter().filter_map(|fact| match fact {
            Fact::Gone(id) if id.kind == Kind::Function => context.old(id),
            _ => None,
        });
        for function in gone {
            let called = function.mentions.iter().filter(|id| id.kind == Kind::Function);
            let goers = called.filter_map(|id| makers.get(&Fact::Gone(id.clone())));
            found.extend(goers.flatten().chain(&extensions).map(|goer| (number, *goer)));
        }
    }
    found
}

/// Casts come before what may say them, and go behind it. The server notes who uses a cast's function, and who uses a cast without
/// one not at all: whatever uses its types may.
fn casts_around(
    context: &Context,
    steps: &[Step],
    makers: &HashMap<&Fact, Vec<usize>>,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (fact, casts) in makers {
        let (cast, comes) = match fact {
            Fact::Exists(id) if id.kind == Kind::Cast => (context.new_of(id), true),
            Fact::Gone(id) if id.kind == Kind::Cast => (context.old(id), false),
            _ => continue,
        };
        let Some(cast) = cast else { continue };
        let functions: Vec<&ObjectId> = cast
            .depends_on
            .iter()
            .filter(|id| id.kind == Kind::Function)
            .collect();
        let used: Vec<&ObjectId> = match functions.is_empty() {
            true => cast.depends_on.iter().collect(),
            false => functions,
        };
        for (number, step) in steps.iter().enumerate() {
            let says = step.gives.iter().any(|fact| {
                let object = match (fact, comes) {
                    (Fact::Exists(id) | Fact::Changed(id), true) => context.new_of(id),
                    (Fact::Gone(id), false) => context.old(id),
                    _ => None,
                };
                object.is_some_and(|object| {
                    object.id.kind != Kind::Cast && used.iter().any(|id| object.depends_on.contains(id))
                })
            });
            if says {
                found.extend(
                    casts
                        .iter()
                        .map(|cast| if comes { (*cast, number) } else { (number, *cast) }),
                );
            }
        }
    }
    found
}

/// The steps that wait for each other, each set in order.
fn cycles(graph: &Graph) -> Vec<BTreeSet<NodeIndex>> {
    tarjan_scc(graph)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| component.into_iter().collect())
        .collect()
}

/// The edges of that reason among those steps, in order.
fn inside(graph: &Graph, members: &BTreeSet<NodeIndex>, because: Because) -> Vec<EdgeIndex> {
    let mut found: Vec<_> = members
        .iter()
        .flat_map(|member| graph.edges(*member))
        .filter(|edge| *edge.weight() == because && members.contains(&edge.target()))
        .map(|edge| ((edge.source(), edge.target()), edge.id()))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, edge)| edge).collect()
}

/// A loop keeps the order of its recipes and loses its other edges, the last first. Foreign keys and functions are steps of
/// their own already, so what is left is a loop that no order resolves: each is reported.
fn break_cycles(steps: &[Step], graph: &mut Graph) -> Vec<Hazard> {
    let mut loops = Vec::new();
    let mut found = cycles(graph);
    loops.extend(found.iter().map(|members| report(steps, graph, members)));
    while !found.is_empty() {
        for members in &found {
            let facts = inside(graph, members, Because::Fact);
            let edge = facts
                .last()
                .or(inside(graph, members, Because::Recipe).last())
                .copied();
            edge.and_then(|edge| graph.remove_edge(edge));
        }
        found = cycles(graph);
    }
    loops
}

/// The shortest loop through the first of the steps, in words.
fn report(steps: &[Step], graph: &Graph, members: &BTreeSet<NodeIndex>) -> Hazard {
    let first = members.first().copied().unwrap_or_default();
    let mut came: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        let mut next: Vec<NodeIndex> = graph
            .neighbors(node)
            .filter(|next| members.contains(next))
            .collect();
        next.sort_unstable();
        for next in next {
            if let Entry::Vacant(entry) = came.entry(next) {
                entry.insert(node);
                queue.push_back(next);
            }
        }
    }
    let mut path = vec![first];
    let mut at = first;
    while let Some(before) = came.get(&at).copied() {
        path.push(before);
        at = before;
        if at == first {
            break;
        }
    }
    let titles: Vec<String> = path
        .iter()
        .rev()
        .map(|node| format!("`{}`", steps[graph[*node]].title))
        .collect();
    Hazard {
        code: HazardCode::NoSafeForm,
        verdict: Verdict::Refuse,
        object: steps[graph[first]].object.clone(),
        message: format!("these steps wait for each other: {}", titles.join(", before ")),
        allowed: false,
    }
}

/// Kahn's algorithm over groups, the smallest (phase, position) first.
fn number(steps: Vec<Step>, graph: &Graph, units: &[Vec<usize>]) -> Vec<PlanStep> {
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

/// The members of one group, the smallest that waits for no other first.
fn inner_order(members: &[usize], inside: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let followers = |member: usize| {
        inside
            .range((member, 0)..=(member, usize::MAX))
            .map(|(_, after)| *after)
    };
    let mut waiting: BTreeMap<usize, usize> = members.iter().map(|member| (*member, 0)).collect();
    for after in members.iter().flat_map(|member| followers(*member)) {
        waiting.entry(after).and_modify(|count| *count += 1);
    }
    let mut ready: BTreeSet<usize> = waiting
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(member, _)| *member)
        .collect();
    let mut order = Vec::new();
    while let Some(next) = ready.pop_first() {
        order.push(next);
        for after in followers(next) {
            if let Some(count) = waiting.get_mut(&after) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(after);
                }
            }
        }
    }
    order
}
