//! The order of execution: that of the files, except that a statement waits until the names it needs are there.
//!
//! Within a file, order means what it means to psql. A statement that waits is put back at its own place as soon as it can run,
//! before anything that stands below it, and what stands below it and sees its change waits with it.

use super::cycles::without_foreign_keys;
use super::facts::Facts;
use super::statement::Statement;
use super::target::What;
use crate::bodies::{Name, Space};
use crate::model::Kind;
use crate::text::{Shared, SourceFile};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A name with its schema found.
type Key = (Space, Shared, Shared);

/// Names by their numbers, each once, in order: a schema of ten thousand tables has tens of thousands of such sets.
type Numbers = Box<[usize]>;

/// The statements in order of execution. The same input gives the same order.
pub(super) fn order(statements: Vec<Statement>) -> Vec<Statement> {
    let (order, circle) = Plan::new(&statements).run(sequence(&statements));
    let (statements, order) = match without_circle(&statements, &circle) {
        Some(apart) => {
            let (order, _) = Plan::new(&apart).run(sequence(&apart));
            (apart, order)
        }
        None => (statements, order),
    };
    let mut slots: Vec<Option<Statement>> = statements.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|number| slots[number].take())
        .collect()
}

/// The statements with the foreign keys of those that wait in a circle apart; None where that changes nothing.
fn without_circle(statements: &[Statement], circle: &HashSet<usize>) -> Option<Vec<Statement>> {
    let mut apart = Vec::new();
    let mut keys = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        match circle
            .contains(&number)
            .then(|| without_foreign_keys(statement))
            .flatten()
        {
            Some(parts) => {
                let mut parts = parts.into_iter();
                apart.extend(parts.next());
                keys.extend(parts);
            }
            None => apart.push(statement.clone()),
        }
    }
    // Behind everything else: the keys that they refer to may be added by statements of their own.
    (!keys.is_empty()).then(|| apart.into_iter().chain(keys).collect())
}

/// What each statement gives, takes and changes, as numbers of names.
struct Plan {
    gives: Vec<Numbers>,
    needs: Vec<Numbers>,
    drops: Vec<Numbers>,
    touches: Vec<Numbers>,
    mentions: Vec<Numbers>,
    opaque: Vec<bool>,
    file: Vec<usize>,
}

impl Plan {
    fn new(statements: &[Statement]) -> Self {
        let mut known: HashMap<Key, usize> = HashMap::new();
        let mut gives: Vec<Numbers> = Vec::new();
        for statement in statements {
            let numbered = statement.facts.defines.iter().map(|name| {
                let next = known.len();
                *known.entry(made(name, statement)).or_insert(next)
            });
            gives.push(numbers(numbered));
        }
        let all = |names: fn(&Facts) -> Vec<&Name>| -> Vec<Numbers> {
            let of = |s: &Statement| {
                let found = names(&s.facts).into_iter();
                numbers(found.filter_map(|name| find(name, s, &known)))
            };
            statements.iter().map(of).collect()
        };
        let mut files: HashMap<*const SourceFile, usize> = HashMap::new();
        let mut file = Vec::new();
        for statement in statements {
            let next = files.len();
            file.push(*files.entry(Arc::as_ptr(&statement.source)).or_insert(next));
        }
        let mut last_made: HashMap<(usize, usize), usize> = HashMap::new();
        let mut first_made: HashMap<usize, usize> = HashMap::new();
        for (number, keys) in gives.iter().enumerate() {
            last_made.extend(keys.iter().map(|key| ((file[number], *key), number)));
            for key in keys {
                first_made.entry(*key).or_insert(number);
            }
        }
        let drops = all(|facts| facts.drops.iter().collect());
        let mut needs = all(|facts| facts.uses.iter().collect());
        for (number, statement) in statements.iter().enumerate() {
            let is_made_below = |key: &usize| {
                statement.facts.lenient
                    && last_made
                        .get(&(file[number], *key))
                        .is_some_and(|made| *made > number)
            };
            // Whatever its file makes below it, it drops something else: an index that PostgreSQL has named.
            let is_former = |key: &usize| {
                holds(&drops[number], key)
                    && first_made
                        .get(key)
                        .is_some_and(|made| *made > number && file[*made] == file[number])
            };
            let wanted = needs[number].iter().copied();
            needs[number] = wanted
                .filter(|key| !holds(&gives[number], key) && !is_made_below(key) && !is_former(key))
                .collect();
        }
        Self {
            needs,
            drops,
            touches: all(|facts| facts.touches.iter().collect()),
            mentions: all(|facts| {
                facts
                    .uses
                    .iter()
                    .chain(&facts.touches)
                    .chain(&facts.defines)
                    .collect()
            }),
            opaque: statements.iter().map(|s| s.opaque).collect(),
            file,
            gives,
        }
    }

    /// The order, and the statements that waited for each other.
    fn run(&self, sequence: Vec<usize>) -> (Vec<usize>, HashSet<usize>) {
        let mut run = Run {
            plan: self,
            order: Vec::with_capacity(sequence.len()),
            given: HashSet::new(),
            waiting: BTreeSet::new(),
            waiting_in: HashMap::new(),
            waiting_for: HashMap::new(),
            maybe: BTreeSet::new(),
        };
        for (place, number) in sequence.into_iter().enumerate() {
            match run.is_ready(number) {
                true => run.emit(number),
                false => run.wait(place, number),
            }
            run.release();
        }
        // What is left waits in a circle: the server has the last word on it.
        let circle = run
            .waiting
            .iter()
            .map(|(_, number)| *number)
            .filter(|number| !run.is_named(*number))
            .collect();
        while let Some(next) = run.least_bound() {
            run.leave(next);
            run.release();
        }
        (run.order, circle)
    }
}

fn numbers(found: impl Iterator<Item = usize>) -> Numbers {
    let mut found: Vec<usize> = found.collect();
    found.sort_unstable();
    found.dedup();
    found.into_boxed_slice()
}

fn holds(numbers: &[usize], number: &usize) -> bool {
    numbers.binary_search(number).is_ok()
}

fn meet(some: &[usize], others: &[usize]) -> bool {
    some.iter().any(|number| holds(others, number))
}

/// The state of one pass. A waiting statement is looked at again only when a name that it needs came, or one above it in its file
/// went.
struct Run<'a> {
    plan: &'a Plan,
    order: Vec<usize>,
    given: HashSet<usize>,
    /// By place in the sequence.
    waiting: BTreeSet<(usize, usize)>,
    waiting_in: HashMap<usize, BTreeSet<(usize, usize)>>,
    waiting_for: HashMap<usize, Vec<(usize, usize)>>,
    maybe: BTreeSet<(usize, usize)>,
}

impl Run<'_> {
    fn is_named(&self, number: usize) -> bool {
        self.plan.needs[number].iter().all(|key| self.given.contains(key))
    }

    fn is_ready(&self, number: usize) -> bool {
        self.is_named(number) && !self.is_barred(number)
    }

    /// True while a statement above it in its file waits whose change it would see, or would undo.
    fn is_barred(&self, number: usize) -> bool {
        let plan = self.plan;
        let same_file = self.waiting_in.get(&plan.file[number]);
        same_file
            .into_iter()
            .flatten()
            .map(|(_, above)| *above)
            .filter(|above| *above < number)
            .any(|above| {
                plan.opaque[number]
                    || meet(&plan.touches[above], &plan.mentions[number])
                    || meet(&plan.drops[number], &plan.mentions[above])
            })
    }

    fn wait(&mut self, place: usize, number: usize) {
        let entry = (place, number);
        self.waiting.insert(entry);
        self.waiting_in
            .entry(self.plan.file[number])
            .or_default()
            .insert(entry);
        for key in &self.plan.needs[number] {
            self.waiting_for.entry(*key).or_default().push(entry);
        }
    }

    fn emit(&mut self, number: usize) {
        self.order.push(number);
        for key in &self.plan.drops[number] {
            self.given.remove(key);
        }
        for key in &self.plan.gives[number] {
            self.given.insert(*key);
            self.maybe.extend(self.waiting_for.get(key).into_iter().flatten());
        }
    }

    fn leave(&mut self, entry: (usize, usize)) {
        self.waiting.remove(&entry);
        if let Some(same_file) = self.waiting_in.get_mut(&self.plan.file[entry.1]) {
            same_file.remove(&entry);
            self.maybe.extend(same_file.iter());
        }
        self.emit(entry.1);
    }

    fn release(&mut self) {
        while let Some(entry) = self.maybe.pop_first() {
            if self.waiting.contains(&entry) && self.is_ready(entry.1) {
                self.leave(entry);
            }
        }
    }

    fn least_bound(&self) -> Option<(usize, usize)> {
        let named = self.waiting.iter().find(|(_, number)| self.is_named(*number));
        named.or_else(|| self.waiting.first()).copied()
    }
}

/// The key of a name that a statement makes: unqualified ones go to the first schema of its search_path.
fn made(name: &Name, statement: &Statement) -> Key {
    let schema = match (&name.schema, name.space) {
        (_, Space::Schema | Space::Extension) => Shared::default(),
        (Some(schema), _) => schema.clone(),
        (None, _) => statement.search_path().into_iter().next().unwrap_or_default(),
    };
    (name.space, schema, name.name.clone())
}

/// The key of a name that the files define somewhere; None for built-in names and those of extensions.
fn find(name: &Name, statement: &Statement, known: &HashMap<Key, usize>) -> Option<usize> {
    if name.schema.is_some() || matches!(name.space, Space::Schema | Space::Extension) {
        return known.get(&made(name, statement)).copied();
    }
    let mut path = statement.search_path();
    // Schema-less things of rare kinds (servers, publications) are keyed like things of the first schema.
    path.push(Shared::default());
    path.into_iter()
        .find_map(|schema| known.get(&(name.space, schema, name.name.clone())).copied())
}

/// Extensions first, event triggers last: those would fire on the statements behind them.
fn sequence(statements: &[Statement]) -> Vec<usize> {
    let is_event_trigger = |number: &usize| {
        let target = statements[*number].facts.target.as_ref();
        statements[*number].facts.creates
            && target.is_some_and(|target| target.what == What::Rare(Kind::EventTrigger))
    };
    let (last, mut sequence): (Vec<usize>, Vec<usize>) = extensions_first(statements)
        .into_iter()
        .partition(is_event_trigger);
    sequence.extend(last);
    sequence
}

/// Nobody can know what an extension will define, so extensions go first, with the schemas that they are put into and with what
/// their own file does to those above them.
fn extensions_first(statements: &[Statement]) -> Vec<usize> {
    let mut first: BTreeSet<usize> = BTreeSet::new();
    let mut todo: Vec<usize> = (0..statements.len())
        .filter(|n| {
            statements[*n]
                .facts
                .defines
                .iter()
                .any(|name| name.space == Space::Extension)
        })
        .collect();
    while let Some(number) = todo.pop() {
        if !first.insert(number) {
            continue;
        }
        let statement = &statements[number];
        let mut wanted: HashSet<Name> = statement
            .facts
            .uses
            .iter()
            .filter(|n| n.space == Space::Schema)
            .cloned()
            .collect();
        wanted.extend(
            statement
                .search_path()
                .first()
                .map(|schema| Name::bare(Space::Schema, schema)),
        );
        let own: HashSet<&Name> = statement.facts.defines.iter().collect();
        for (other, candidate) in statements.iter().enumerate() {
            let above = other < number && Arc::ptr_eq(&candidate.source, &statement.source);
            let makes = candidate.facts.defines.iter().any(|name| wanted.contains(name));
            let clears = candidate
                .facts
                .drops
                .iter()
                .any(|name| wanted.contains(name) || own.contains(name));
            if makes || (above && clears) {
                todo.push(other);
            }
        }
    }
    first
        .iter()
        .copied()
        .chain((0..statements.len()).filter(|n| !first.contains(n)))
        .collect()
}
