//! What has to be done again in a database that holds an earlier form of the files, so that it holds the present one.
//!
//! The statements of the two forms are compared. What went or came, and everything that speaks of a name which that makes, is taken
//! away and executed again, in the order in which all of them would be executed. Names count without their schemas, so that what a
//! new object hides from a search_path is found too. One exception keeps the work small: a table that only refers to another by a
//! foreign key stays, and the key is taken off and put back by whoever executes this.
//!
//! Wherever that is not certain to end as an execution of the whole would, there is no answer.

use super::Desired;
use super::class::is_default_privileges;
use super::cycles::without_foreign_keys;
use super::facts::{Granted, facts};
use super::removal::{Removal, removal};
use super::settings::{Settings, path_of};
use super::statement::Statement;
use super::target::What;
use crate::bodies::{Name, Space};
use crate::model::{Kind, QualifiedName};
use crate::text::{Shared, SourceFile, Span};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// A statement with what its file had set for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The statement.
    pub text: String,
    /// The settings.
    pub settings: Arc<Settings>,
}

/// What has to be done again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rework {
    /// Takes off the foreign keys that have statements of their own.
    pub keys: Vec<Done>,
    /// Takes away the rest, dependents first.
    pub remove: Vec<Done>,
    /// The tables that go by it, for good or to come back.
    pub tables: Vec<QualifiedName>,
    /// The statements to execute, as numbers of the desired ones.
    pub execute: Vec<usize>,
}

impl Desired {
    /// True where a later form of the files may be reached from this one: no statement does what cannot be read off it, or reaches
    /// what later statements make.
    pub fn can_be_reworked(&self) -> bool {
        self.statements.iter().all(|statement| {
            let facts = &statement.facts;
            let fires = facts.creates
                && matches!(&facts.target, Some(target) if target.what == What::Rare(Kind::EventTrigger));
            let wide = facts.granted.iter().any(|on| matches!(on, Granted::AllIn { .. }));
            let clear = statement.parsed && !statement.opaque && facts.drops.is_empty();
            clear && !fires && !wide && !is_default_privileges(&statement.text)
        })
    }
}

/// What leads from a database in which `done` was executed, in that order, to one in which `desired` is. `search_path` is what
/// holds where no file sets one. None where nobody can be sure of it.
pub fn rework(done: &[Done], desired: &Desired, search_path: &str) -> Option<Rework> {
    let pairs = pairs(done, &desired.statements);
    let path = path_of(search_path);
    let mut work = Work::new(desired, &path, &pairs);
    let kept: HashSet<usize> = pairs.iter().flatten().copied().collect();
    let gone: Vec<(usize, Statement)> = (0..done.len())
        .filter(|number| !kept.contains(number))
        .map(|number| Some((number, done[number].statement()?)))
        .collect::<Option<_>>()?;
    for (_, statement) in &gone {
        work.leaving
            .extend(statement.facts.defines.iter().map(|name| name.name.clone()));
    }
    let mut removals: Vec<(usize, &Statement, Removal)> = Vec::new();
    for (number, statement) in &gone {
        let removal = of(statement);
        work.consider(statement, &removal)?;
        removals.push((*number, statement, removal));
    }
    while let Some(number) = work.todo.pop() {
        let statement = &desired.statements[number];
        let removal = of(statement);
        work.consider(statement, &removal)?;
        if let Some(before) = pairs[number] {
            removals.push((before, statement, removal));
        }
    }
    removals.sort_by_key(|(number, ..)| std::cmp::Reverse(*number));
    let mut found = Rework::default();
    for (_, statement, removal) in &removals {
        if let Removal::Drop {
            statement: text,
            foreign_key,
            ..
        } = removal
        {
            let piece = Done {
                text: text.clone(),
                settings: Arc::clone(&statement.settings),
            };
            match foreign_key {
                true => found.keys.push(piece),
                false => found.remove.push(piece),
            }
        }
        found.tables.extend(work.table(statement));
    }
    found.execute = (0..desired.statements.len())
        .filter(|number| work.again[*number])
        .collect();
    let made = found
        .execute
        .iter()
        .filter_map(|number| work.table(&desired.statements[*number]));
    let settled = work.is_settled(&found.tables, &made.collect::<Vec<_>>());
    let changed = removals.iter().map(|(_, statement, _)| *statement);
    let again = found.execute.iter().map(|number| &desired.statements[*number]);
    let adopts = again.clone().any(|statement| work.adopts_indexes(statement));
    (settled && !adopts && !work.loses_chosen_names(changed.chain(again))).then_some(found)
}

impl Done {
    fn statement(&self) -> Option<Statement> {
        let parsed = pg_query::parse(&self.text, 0).ok()?;
        let node = parsed.protobuf.stmts.first()?.stmt.as_ref()?.node.as_ref()?;
        let source = SourceFile::new("", self.text.as_str());
        Some(Statement {
            text: self.text.clone(),
            verbatim: true,
            span: Span::new(0, self.text.len()),
            origin: source.origin(0),
            settings: Arc::clone(&self.settings),
            parsed: true,
            opaque: false,
            facts: facts(node, &self.text),
            source,
        })
    }
}

fn of(statement: &Statement) -> Removal {
    let node = pg_query::parse(&statement.text, 0).ok();
    let node = node.and_then(|parsed| parsed.protobuf.stmts.into_iter().next()?.stmt?.node);
    node.map_or(Removal::Unknown, |node| removal(&node))
}

/// For each desired statement the one of before that it is, where that is executed in the same order.
fn pairs(done: &[Done], statements: &[Statement]) -> Vec<Option<usize>> {
    let mut before: HashMap<(&str, &Settings), VecDeque<usize>> = HashMap::new();
    for (number, done) in done.iter().enumerate() {
        before
            .entry((&done.text, &done.settings))
            .or_default()
            .push_back(number);
    }
    let mut pairs: Vec<Option<usize>> = Vec::with_capacity(statements.len());
    for statement in statements {
        let same = before.get_mut(&(statement.text.as_str(), &*statement.settings));
        pairs.push(same.and_then(VecDeque::pop_front));
    }
    let in_order = rising(&pairs);
    for (number, pair) in pairs.iter_mut().enumerate() {
        *pair = pair.filter(|_| in_order.contains(&number));
    }
    pairs
}

/// The places of a longest rising sequence.
fn rising(numbers: &[Option<usize>]) -> HashSet<usize> {
    // The last place of the best sequence of each length, and what stands before each place in its own.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (place, number) in numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        let length = ends.partition_point(|end| numbers[*end].is_some_and(|last| last < *number));
        before[place] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    std::iter::successors(ends.last().copied(), |place| before[*place]).collect()
}

/// So much of a table's name is in each name that PostgreSQL makes of it, however long the rest is.
const KEPT_OF_A_NAME: usize = 20;

struct Work<'a> {
    statements: &'a [Statement],
    path: &'a [Shared],
    /// Schemas that are there.
    schemas: HashSet<&'a str>,
    /// The statements that were executed before, by each name that they make, use or change.
    by_name: HashMap<&'a str, Vec<usize>>,
    /// Names that statements which go have made, and that new ones make.
    leaving: HashSet<Shared>,
    /// Names that something behind them has to follow.
    hit: HashSet<Shared>,
    again: Vec<bool>,
    todo: Vec<usize>,
    /// Tables that keep all but their foreign keys: what they mention without those.
    holders: HashMap<usize, Option<BTreeSet<Shared>>>,
    /// The names that such tables refer to.
    referred: HashSet<Shared>,
}

impl<'a> Work<'a> {
    fn new(desired: &'a Desired, path: &'a [Shared], pairs: &[Option<usize>]) -> Self {
        let statements = &desired.statements;
        let mut work = Self {
            statements,
            path,
            schemas: HashSet::from(["public"]),
            by_name: HashMap::new(),
            leaving: HashSet::new(),
            hit: HashSet::new(),
            again: vec![false; statements.len()],
            todo: Vec::new(),
            holders: HashMap::new(),
            referred: HashSet::new(),
        };
        for (number, statement) in statements.iter().enumerate() {
            let facts = &statement.facts;
            let schemas = facts.defines.iter().filter(|name| name.space == Space::Schema);
            work.schemas.extend(schemas.map(|name| name.name.as_str()));
            if pairs[number].is_none() {
                work.add(number);
                work.leaving
                    .extend(facts.defines.iter().map(|name| name.name.clone()));
                continue;
            }
            let mentioned: BTreeSet<&str> = mentions(statement).collect();
            for name in mentioned {
                work.by_name.entry(name).or_default().push(number);
            }
        }
        work
    }

    fn add(&mut self, number: usize) {
        if !std::mem::replace(&mut self.again[number], true) {
            self.todo.push(number);
        }
    }

    /// Adds what has to be done again because this statement is.
    fn consider(&mut self, statement: &Statement, removal: &Removal) -> Option<()> {
        if !self.has_one_home(statement) {
            return None;
        }
        for name in &statement.facts.defines {
            self.strike(&name.name);
        }
        match removal {
            Removal::Unknown => return None,
            Removal::Drop { part, .. } => {
                if let Some(part) = part {
                    self.consider_part(statement, part);
                }
            }
            Removal::WithItsObject { ties } => {
                let facts = &statement.facts;
                let tied = facts.uses.iter().filter(|_| *ties);
                let objects = facts.touches.iter().chain(tied);
                let objects: BTreeSet<&Name> = objects.filter(|name| name.space != Space::Schema).collect();
                let (known, unknown): (Vec<&Name>, Vec<&Name>) =
                    objects.into_iter().partition(|name| self.take_along(name));
                // An argument's type need not be of the files; an object has to be, to be made anew.
                if known.is_empty() || unknown.iter().any(|name| name.space != Space::Type) {
                    return None;
                }
            }
        }
        Some(())
    }

    /// The object that a statement changes is made anew. False where the files do not make it.
    fn take_along(&mut self, name: &Name) -> bool {
        let makes = |number: &usize| {
            let made = &self.statements[*number].facts.defines;
            made.iter()
                .any(|made| made.name == name.name && made.space != Space::Schema)
        };
        let known = self
            .by_name
            .get(name.name.as_str())
            .into_iter()
            .flatten()
            .copied();
        let makers: Vec<usize> = known.filter(makes).collect();
        let known = !makers.is_empty() || self.leaving.contains(&name.name);
        makers.into_iter().for_each(|number| self.add(number));
        known
    }

    /// Everything that speaks of a name is done again.
    fn strike(&mut self, name: &Shared) {
        if !self.hit.insert(name.clone()) {
            return;
        }
        for number in self.by_name.get(name.as_str()).cloned().unwrap_or_default() {
            if self.again[number] {
                continue;
            }
            match self.refers_only(number, name) {
                true => drop(self.referred.insert(name.clone())),
                false => self.add(number),
            }
        }
    }

    /// True for a table that mentions the name in foreign keys alone.
    fn refers_only(&mut self, number: usize, name: &Shared) -> bool {
        let statement = &self.statements[number];
        let holder = self.holders.entry(number).or_insert_with(|| {
            let table = without_foreign_keys(statement)?.into_iter().next()?;
            Some(mentions(&table).map(Shared::from).collect())
        });
        holder.as_ref().is_some_and(|rest| !rest.contains(name))
    }

    /// What changes a table's part may name the table alone: `COMMENT ON TRIGGER`, `CLUSTER ON`.
    fn consider_part(&mut self, statement: &Statement, part: &str) {
        let facts = &statement.facts;
        let table = facts.target.as_ref().and_then(|target| target.of.clone());
        let tables = facts.touches.iter().map(|name| name.name.clone()).chain(table);
        let spelled = part.to_lowercase();
        for table in tables.collect::<BTreeSet<_>>() {
            for number in self.by_name.get(table.as_str()).cloned().unwrap_or_default() {
                let other = &self.statements[number];
                if !self.again[number]
                    && other.text.to_lowercase().contains(&spelled)
                    && matches!(of(other), Removal::WithItsObject { .. })
                {
                    self.add(number);
                }
            }
        }
    }

    /// True where every unqualified name of the statement can only mean what is in one schema.
    fn has_one_home(&self, statement: &Statement) -> bool {
        let facts = &statement.facts;
        let relations = facts.uses.iter().filter(|name| name.space == Space::Relation);
        let mut names = facts.defines.iter().chain(&facts.touches).chain(relations);
        let all_say =
            names.all(|name| name.schema.is_some() || matches!(name.space, Space::Schema | Space::Extension));
        all_say || self.home(statement).is_some()
    }

    fn home(&self, statement: &Statement) -> Option<Shared> {
        let path = statement.settings.search_path.as_deref().unwrap_or(self.path);
        let mut there = path
            .iter()
            .filter(|schema| self.schemas.contains(schema.as_str()));
        let first = there.next()?;
        there.next().is_none().then(|| first.clone())
    }

    /// The table that the statement makes.
    fn table(&self, statement: &Statement) -> Option<QualifiedName> {
        let target = statement.facts.target.as_ref()?;
        let makes = statement.facts.creates && target.what == What::Relation;
        let schema = target
            .schema
            .clone()
            .or_else(|| self.home(statement))
            .filter(|_| makes)?;
        Some(QualifiedName::new(schema, target.name.clone()))
    }

    /// True for an index or key of a partitioned table: made later than before, it takes an index of a partition that is like it for
    /// its own.
    fn adopts_indexes(&self, statement: &Statement) -> bool {
        let is_wanted = |word: &str| ["INDEX", "ALTER"].contains(&word.to_uppercase().as_str());
        let makes = statement.text.split_whitespace().take(3).any(is_wanted);
        let splits = |name: &str| {
            let known = self.statements.iter().filter(|other| other.facts.creates);
            let mut makers =
                known.filter(|other| other.facts.defines.iter().any(|made| made.name.as_str() == name));
            makers.any(|maker| maker.text.to_uppercase().contains("PARTITION BY"))
        };
        makes && mentions(statement).any(splits)
    }

    /// True where a statement that stays changes a relation which no file makes (an index or sequence that PostgreSQL has named) and
    /// which may go with what changes: a name that begins as a table that is made anew, or any below a partitioned table.
    fn loses_chosen_names<'s>(&self, changed: impl Iterator<Item = &'s Statement>) -> bool {
        let relations = |names: &'s [Name]| {
            let relations = names.iter().filter(|name| name.space == Space::Relation);
            relations.map(|name| name.name.as_str())
        };
        let changed: Vec<&str> = changed
            .flat_map(|statement| {
                let facts = &statement.facts;
                relations(&facts.defines).chain(relations(&facts.touches))
            })
            .collect();
        if changed.is_empty() {
            return false;
        }
        let made: HashSet<&str> = (self.statements.iter())
            .flat_map(|statement| &statement.facts.defines)
            .map(|name| name.name.as_str())
            .collect();
        let partitions = (self.statements.iter()).any(|statement| {
            let text = statement.text.to_uppercase();
            text.contains("PARTITION OF") || text.contains("ATTACH PARTITION")
        });
        let goes = |name: &str| {
            let begins = |table: &&str| name.starts_with(table.get(..KEPT_OF_A_NAME).unwrap_or(table));
            partitions || changed.iter().any(begins)
        };
        let stays = self.statements.iter().zip(&self.again);
        let mut named = stays
            .filter(|(_, again)| !**again)
            .flat_map(|(statement, _)| &statement.facts.touches)
            .filter(|name| name.space == Space::Relation)
            .map(|name| name.name.as_str());
        named.any(|name| !made.contains(name) && goes(name))
    }

    /// True where no foreign key that is put back could mean another table by now.
    fn is_settled(&self, gone: &[QualifiedName], made: &[QualifiedName]) -> bool {
        let referred = |name: &&QualifiedName| self.referred.contains(name.name.as_str());
        let gone: BTreeSet<&QualifiedName> = gone.iter().filter(referred).collect();
        let made: BTreeSet<&QualifiedName> = made.iter().filter(referred).collect();
        gone == made
    }
}

/// The names that a statement makes, uses or changes. Schemas and operators are not followed: what makes those is never done again.
fn mentions(statement: &Statement) -> impl Iterator<Item = &str> {
    let facts = &statement.facts;
    facts
        .uses
        .iter()
        .chain(&facts.touches)
        .chain(&facts.defines)
        .filter(|name| !matches!(name.space, Space::Schema | Space::Operator))
        .map(|name| name.name.as_str())
}

#[cfg(test)]
#[path = "rework_tests.rs"]
mod tests;
