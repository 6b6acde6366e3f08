//! Which objects stand together, in which order, and what has to stand apart because it goes in a circle.

use crate::model::{Body, Catalog, ConstraintKind, Kind, Object, ObjectId, QualifiedName};
use crate::sql::odd_partition_names;
use std::collections::{BTreeMap, BTreeSet};

/// Objects by the one in whose file they stand.
pub(super) struct Homes<'a> {
    pub(super) catalog: &'a Catalog,
    residents: BTreeMap<ObjectId, Vec<&'a Object>>,
    order: Vec<ObjectId>,
}

impl<'a> Homes<'a> {
    /// The objects that have a place of their own.
    pub(super) fn roots(&self) -> impl Iterator<Item = &'a Object> {
        self.residents.keys().filter_map(|id| self.catalog.get(id))
    }

    /// The same, what is used before what uses it.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &'a Object> {
        self.order.iter().filter_map(|id| self.catalog.get(id))
    }

    /// The root with which an object stands.
    pub(super) fn home(&self, object: &Object) -> ObjectId {
        home(object, self.catalog)
    }

    /// Everything that stands with a root, the root apart.
    pub(super) fn residents(&self, root: &ObjectId) -> &[&'a Object] {
        self.residents.get(root).map_or(&[], Vec::as_slice)
    }
}

/// Finds the home of every object.
pub(super) fn homes(catalog: &Catalog) -> Homes<'_> {
    let mut residents: BTreeMap<ObjectId, Vec<&Object>> = BTreeMap::new();
    let mut edges: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    for object in catalog.objects.values() {
        let home = home(object, catalog);
        let there = residents.entry(home.clone()).or_default();
        if home != object.id {
            there.push(object);
        }
        let used = object.depends_on.iter().chain(&object.mentions);
        let used = used
            .filter_map(|id| catalog.get(id))
            .map(|used| self::home(used, catalog));
        edges.entry(home).or_default().extend(used);
    }
    let order = circles(&edges).into_iter().flatten().collect();
    Homes {
        catalog,
        residents,
        order,
    }
}

/// The object that brings this one along, one step up: none for one that stands alone.
fn host(object: &Object, catalog: &Catalog) -> Option<ObjectId> {
    let relation = |name| {
        let kinds = [Kind::Table, Kind::View, Kind::MaterializedView];
        let ids = kinds.map(|kind| ObjectId::named(kind, name));
        ids.into_iter().find(|id| catalog.get(id).is_some())
    };
    match &object.body {
        Body::Index(body) => relation(&body.table),
        Body::Statistics(body) => relation(&body.table),
        Body::Sequence(body) => body.owned_by.as_ref().and_then(|(table, _)| relation(table)),
        Body::Table(body) => body
            .partition_of
            .as_ref()
            .and_then(|partition| relation(&partition.parent)),
        Body::DomainConstraint(_) => Some(ObjectId::named(Kind::Domain, &object.id.relation())),
        _ if object.id.is_part() => relation(&object.id.relation()),
        _ => None,
    }
}

fn home(object: &Object, catalog: &Catalog) -> ObjectId {
    let mut at = object;
    // Partitions of partitions: the bound guards against a broken catalog.
    for _ in 0..64 {
        match host(at, catalog).and_then(|id| catalog.get(&id)) {
            Some(next) => at = next,
            None => break,
        }
    }
    at.id.clone()
}

/// The constraints, and columns with their defaults, that cannot stand inside their table or domain because what they use needs
/// that first.
pub(super) fn apart(catalog: &Catalog) -> BTreeSet<ObjectId> {
    let mut apart = behind_partitions(catalog);
    // Foreign keys one way first; whatever is still in a circle then gives way as a whole.
    for every in [false, true] {
        let circles = circles(&statement_edges(catalog, &apart));
        let mut number: BTreeMap<ObjectId, usize> = BTreeMap::new();
        for (at, circle) in circles
            .into_iter()
            .enumerate()
            .filter(|(_, circle)| circle.len() > 1)
        {
            number.extend(circle.into_iter().map(|id| (id, at)));
        }
        for object in catalog.objects.values().filter(|object| can_stand_apart(object)) {
            let own = statement(object);
            let Some(circle) = number.get(&own) else { continue };
            let bound = object
                .depends_on
                .iter()
                .filter_map(|id| catalog.get(id))
                .map(statement)
                .any(|used| {
                    used != own
                        && number.get(&used) == Some(circle)
                        && (every || !is_key(object) || own < used)
                });
            if bound {
                apart.insert(object.id.clone());
            }
        }
    }
    apart
}

/// Keys that come after the partitions, whose own keys have names that the server would not choose; and the foreign keys of those
/// partitions, which could make them wait until the key is there.
fn behind_partitions(catalog: &Catalog) -> BTreeSet<ObjectId> {
    let mut apart = BTreeSet::new();
    let mut named: BTreeSet<QualifiedName> = BTreeSet::new();
    for object in catalog.objects.values() {
        let odd = odd_partition_names(object, catalog);
        if !odd.is_empty() {
            named.extend(odd.into_iter().map(|(table, _)| table.clone()));
            apart.extend(matches!(object.body, Body::Constraint(_)).then(|| object.id.clone()));
        }
    }
    let keys = catalog
        .of_kind(Kind::Constraint)
        .filter(|object| is_key(object) && named.contains(&object.id.relation()));
    apart.extend(keys.map(|object| object.id.clone()));
    apart
}

fn is_key(object: &Object) -> bool {
    matches!(&object.body, Body::Constraint(body) if body.kind == ConstraintKind::ForeignKey)
}

fn can_stand_apart(object: &Object) -> bool {
    match &object.body {
        Body::Constraint(body) => !body.inherited,
        Body::DomainConstraint(_) => true,
        Body::Column(body) => (body.default.is_some() || body.generated.is_some()) && !body.inherited,
        _ => false,
    }
}

/// The object whose CREATE statement makes this one.
fn statement(object: &Object) -> ObjectId {
    match &object.body {
        Body::Column(_) | Body::Constraint(_) => ObjectId::named(Kind::Table, &object.id.relation()),
        Body::DomainConstraint(_) => ObjectId::named(Kind::Domain, &object.id.relation()),
        _ => object.id.clone(),
    }
}

fn statement_edges(catalog: &Catalog, apart: &BTreeSet<ObjectId>) -> BTreeMap<ObjectId, BTreeSet<ObjectId>> {
    let mut edges: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    for object in catalog
        .objects
        .values()
        .filter(|object| !apart.contains(&object.id))
    {
        let own = statement(object);
        let used = object
            .depends_on
            .iter()
            .filter_map(|id| catalog.get(id))
            .map(statement);
        let used: Vec<ObjectId> = used.filter(|used| *used != own).collect();
        edges.entry(own).or_default().extend(used);
    }
    edges
}

/// Tarjan's strongly connected components, those that are used first; without recursion, for chains can be long.
fn circles(edges: &BTreeMap<ObjectId, BTreeSet<ObjectId>>) -> Vec<Vec<ObjectId>> {
    let ids: Vec<&ObjectId> = edges.keys().collect();
    let number: BTreeMap<&ObjectId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let next: Vec<Vec<usize>> = edges
        .values()
        .map(|used| used.iter().filter_map(|id| number.get(id).copied()).collect())
        .collect();
    let mut search = Search {
        next,
        index: vec![usize::MAX; ids.len()],
        low: vec![0; ids.len()],
        on_stack: vec![false; ids.len()],
        stack: Vec::new(),
        count: 0,
        found: Vec::new(),
    };
    for root in 0..ids.len() {
        if search.index[root] == usize::MAX {
            search.from(root);
        }
    }
    let named = |circle: Vec<usize>| {
        let mut circle: Vec<ObjectId> = circle.into_iter().map(|at| ids[at].clone()).collect();
        circle.sort();
        circle
    };
    search.found.into_iter().map(named).collect()
}

struct Search {
    next: Vec<Vec<usize>>,
    index: Vec<usize>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    count: usize,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn enter(&mut self, node: usize) {
        self.index[node] = self.count;
        self.low[node] = self.count;
        self.count += 1;
        self.stack.push(node);
        self.on_stack[node] = true;
    }

    fn from(&mut self, root: usize) {
        self.enter(root);
        let mut path = vec![(root, 0_usize)];
        while let Some((node, at)) = path.pop() {
            if let Some(&other) = self.next[node].get(at) {
                path.push((node, at + 1));
                if self.index[other] == usize::MAX {
                    self.enter(other);
                    path.push((other, 0));
                } else if self.on_stack[other] {
                    self.low[node] = self.low[node].min(self.index[other]);
                }
                continue;
            }
            if self.low[node] == self.index[node] {
                self.close(node);
            }
            if let Some((above, _)) = path.last() {
                self.low[*above] = self.low[*above].min(self.low[node]);
            }
        }
    }

    fn close(&mut self, node: usize) {
        let mut circle = Vec::new();
        while let Some(top) = self.stack.pop() {
            self.on_stack[top] = false;
            circle.push(top);
            if top == node {
                break;
            }
        }
        self.found.push(circle);
    }
}
