//! The order of execution: that of the files, except that a statement waits until the names it needs are there.
//!
//! Within a file, order means what it means to psql. A statement that waits is put back at its own place as soon as it can run,
//! before anything that stands below it, and what stands below it and sees its change waits with it.

use super::cycles::without_foreign_keys;
use super::statement::Statement;
use crate::bodies::{Name, Space};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A name with its schema found.
type Key = (Space, String, String);

/// The statements in order of execution. The same input gives the same order.
pub(super) fn order(statements: Vec<Statement>) -> Vec<Statement> {
    let (order, circle) = Plan::new(&statements).run(extensions_first(&statements));
    let (statements, order) = match without_circle(&statements, &circle) {
        Some(apart) => {
            let (order, _) = Plan::new(&apart).run(extensions_first(&apart));
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

/// What each statement gives, takes and changes, as keys.
struct Plan {
    gives: Vec<Vec<Key>>,
    needs: Vec<Vec<Key>>,
    drops: Vec<Vec<Key>>,
    touches: Vec<HashSet<Key>>,
    mentions: Vec<HashSet<Key>>,
    opaque: Vec<bool>,
    file: Vec<usize>,
}

impl Plan {
    fn new(statements: &[Statement]) -> Self {
        let gives: Vec<Vec<Key>> = statements
            .iter()
            .map(|s| s.facts.defines.iter().map(|n| made(n, s)).collect())
            .collect();
        let known: HashSet<Key> = gives.iter().flatten().cloned().collect();
        let mut files: HashMap<*const crate::text::SourceFile, usize> = HashMap::new();
        let found = |names: &mut dyn Iterator<Item = &Name>, s: &Statement| -> HashSet<Key> {
            names.filter_map(|name| find(name, s, &known)).collect()
        };
        Self {
            needs: statements
                .iter()
                .enumerate()
                .map(|(number, s)| {
                    let made_below = |key: &Key| {
                        let below = statements.iter().zip(&gives).skip(number + 1);
                        below
                            .filter(|(other, _)| Arc::ptr_eq(&other.source, &s.source))
                            .any(|(_, g)| g.contains(key))
                    };
                    let mut needs: Vec<Key> = found(&mut s.facts.uses.iter(), s).into_iter().collect();
                    needs.retain(|key| !gives[number].contains(key) && !(s.facts.lenient && made_below(key)));
                    needs
                })
                .collect(),
            drops: statements
                .iter()
                .map(|s| found(&mut s.facts.drops.iter(), s).into_iter().collect())
                .collect(),
            touches: statements
                .iter()
                .map(|s| found(&mut s.facts.touches.iter(), s))
                .collect(),
            mentions: statements
                .iter()
                .map(|s| {
                    found(
                        &mut s
                            .facts
                            .uses
                            .iter()
                            .chain(&s.facts.touches)
                            .chain(&s.facts.defines),
                        s,
                    )
                })
                .collect(),
            opaque: statements.iter().map(|s| s.opaque).collect(),
            file: statements
                .iter()
                .map(|s| {
                    let next = files.len();
                    *files.entry(Arc::as_ptr(&s.source)).or_insert(next)
                })
                .collect(),
            gives,
        }
    }

    /// The order, and the statements that waited for each other.
    fn run(&self, sequence: Vec<usize>) -> (Vec<usize>, HashSet<usize>) {
        let mut order = Vec::with_capacity(sequence.len());
        let mut given: HashSet<Key> = HashSet::new();
        let mut waiting: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (place, number) in sequence.into_iter().enumerate() {
            match self.named(number, &given) && !self.barred(number, &waiting) {
                true => {
                    self.emit(number, &mut order, &mut given);
                    self.release(&mut waiting, &mut order, &mut given);
                }
                false => drop(waiting.insert((place, number))),
            }
        }
        // What is left waits in a circle: the server has the last word on it.
        let unnamed = waiting.iter().filter(|(_, number)| !self.named(*number, &given));
        let circle = unnamed.map(|(_, number)| *number).collect();
        while let Some(next) = self.least_bound(&waiting, &given) {
            waiting.remove(&next);
            self.emit(next.1, &mut order, &mut given);
            self.release(&mut waiting, &mut order, &mut given);
        }
        (order, circle)
    }

    fn named(&self, number: usize, given: &HashSet<Key>) -> bool {
        self.needs[number].iter().all(|key| given.contains(key))
    }

    /// True while a statement above it in its file waits whose change it would see.
    fn barred(&self, number: usize, waiting: &BTreeSet<(usize, usize)>) -> bool {
        waiting.iter().any(|(_, above)| {
            self.file[*above] == self.file[number]
                && *above < number
                && (self.opaque[number]
                    || self.touches[*above]
                        .iter()
                        .any(|key| self.mentions[number].contains(key))
                    || self.drops[number]
                        .iter()
                        .any(|key| self.mentions[*above].contains(key)))
        })
    }

    fn emit(&self, number: usize, order: &mut Vec<usize>, given: &mut HashSet<Key>) {
        order.push(number);
        for key in &self.drops[number] {
            given.remove(key);
        }
        given.extend(self.gives[number].iter().cloned());
    }

    fn release(
        &self,
        waiting: &mut BTreeSet<(usize, usize)>,
        order: &mut Vec<usize>,
        given: &mut HashSet<Key>,
    ) {
        loop {
            let mut above = BTreeSet::new();
            let mut ready = None;
            for entry in waiting.iter() {
                if self.named(entry.1, given) && !self.barred(entry.1, &above) {
                    ready = Some(*entry);
                    break;
                }
                above.insert(*entry);
            }
            let Some(ready) = ready else { return };
            waiting.remove(&ready);
            self.emit(ready.1, order, given);
        }
    }

    fn least_bound(
        &self,
        waiting: &BTreeSet<(usize, usize)>,
        given: &HashSet<Key>,
    ) -> Option<(usize, usize)> {
        let named = waiting.iter().find(|(_, number)| self.named(*number, given));
        named.or_else(|| waiting.first()).copied()
    }
}

/// The key of a name that a statement makes: unqualified ones go to the first schema of its search_path.
fn made(name: &Name, statement: &Statement) -> Key {
    let schema = match (&name.schema, name.space) {
        (_, Space::Schema | Space::Extension) => String::new(),
        (Some(schema), _) => schema.clone(),
        (None, _) => statement.search_path().into_iter().next().unwrap_or_default(),
    };
    (name.space, schema, name.name.clone())
}

/// The key of a name that the files define somewhere; None for built-in names and those of extensions.
fn find(name: &Name, statement: &Statement, known: &HashSet<Key>) -> Option<Key> {
    if name.schema.is_some() || matches!(name.space, Space::Schema | Space::Extension) {
        return Some(made(name, statement)).filter(|key| known.contains(key));
    }
    let mut path = statement.search_path();
    // Schema-less things of rare kinds (servers, publications) are keyed like things of the first schema.
    path.push(String::new());
    path.into_iter()
        .map(|schema| (name.space, schema, name.name.clone()))
        .find(|key| known.contains(key))
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
