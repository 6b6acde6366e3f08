//! Random schemas and random edits, there and back.
//!
//! `SCHEMAPLAN_RANDOM` is how many (a short sample without it), `SCHEMAPLAN_SEED` where they begin. A failure is made
//! smaller, edit by edit and object by object, before it is said; its seed alone makes it again.

mod dice;
mod edit;
mod schema;

use super::live::Bench;
use dice::Dice;
use schema::Schema;

/// Enough that each kind of edit has its turn in CI.
const SAMPLE: u64 = 300;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|word| word.parse().ok())
        .unwrap_or(otherwise)
}

/// What one seed stands for: a schema, and the seeds of the edits made to it.
struct Case {
    from: Schema,
    edits: Vec<u64>,
}

impl Case {
    fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let from = edit::schema(&mut dice);
        let edits = (0..1 + dice.below(6)).map(|_| dice.next()).collect();
        Self { from, edits }
    }

    fn to(&self) -> Schema {
        let mut to = self.from.clone();
        for seed in &self.edits {
            edit::edit(&mut Dice::new(*seed), &mut to);
        }
        self.fill(&mut to);
        to
    }

    /// A new column whose default a later edit took has nothing for the rows that are there: it cannot be NOT NULL. One with a
    /// default has the same in all of them: it cannot be unique.
    fn fill(&self, to: &mut Schema) {
        for table in &mut to.tables {
            let before = self.from.tables.iter().find(|other| other.name == table.name);
            let mut alike = Vec::new();
            for column in &mut table.columns {
                let is_new = before.is_some_and(|before| before.column(&column.name).is_none());
                let has_none =
                    column.default.is_none() && column.identity.is_none() && column.generated.is_none();
                column.not_null &= !(is_new && has_none);
                if is_new && column.default.is_some() {
                    alike.push(column.name.clone());
                }
            }
            table.unique.retain(|name| !alike.contains(name));
            for index in &mut table.indexes {
                index.unique &= !alike.contains(&index.column);
            }
        }
    }

    fn texts(&self) -> (String, String) {
        (self.from.sql(true), self.to().sql(false))
    }

    /// Everything that is this case but for one edit, table or view.
    fn smaller(&self) -> Vec<Case> {
        let mut found = Vec::new();
        for at in 0..self.edits.len() {
            let mut edits = self.edits.clone();
            edits.remove(at);
            found.push(Case {
                from: self.from.clone(),
                edits,
            });
        }
        let mut without = |take: &dyn Fn(&mut Schema)| {
            let mut from = self.from.clone();
            take(&mut from);
            from.repair();
            found.push(Case {
                from,
                edits: self.edits.clone(),
            });
        };
        (0..self.from.tables.len()).for_each(|at| without(&|from| drop(from.tables.remove(at))));
        (0..self.from.views.len()).for_each(|at| without(&|from| drop(from.views.remove(at))));
        (0..self.from.functions.len()).for_each(|at| without(&|from| drop(from.functions.remove(at))));
        for at in 0..self.from.tables.len() {
            for column in 1..self.from.tables[at].columns.len() {
                without(&|from| drop(from.tables[at].columns.remove(column)));
            }
        }
        found
    }
}

/// The first words of why it failed, behind the step that did, without what differs from try to try.
fn first_words(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default();
    let words = line.split_once(" failed: ").map_or(line, |(_, words)| words);
    words.chars().take(24).collect()
}

async fn fails(bench: &Bench, case: &Case, strategy: &str) -> Option<String> {
    let (from, to) = case.texts();
    bench.run_texts(&from, &to, strategy).await.err()
}

/// The smallest case that fails in the same way.
async fn shrink(bench: &Bench, mut case: Case, strategy: &str, mut why: String) -> (Case, String) {
    'smaller: loop {
        for smaller in case.smaller() {
            if let Some(said) = fails(bench, &smaller, strategy).await
                && first_words(&said) == first_words(&why)
            {
                (case, why) = (smaller, said);
                continue 'smaller;
            }
        }
        return (case, why);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn random_edits_go_there_and_back() {
    let (count, first) = (number("SCHEMAPLAN_RANDOM", SAMPLE), number("SCHEMAPLAN_SEED", 1));
    println!("seeds {first} to {}", first + count - 1);
    let bench = Bench::start(None).await;
    let mut failed = Vec::new();
    for seed in first..first + count {
        let strategy = if seed % 2 == 0 { "auto" } else { "online" };
        let case = Case::of(seed);
        if let Some(why) = fails(&bench, &case, strategy).await {
            let (case, why) = shrink(&bench, case, strategy, why).await;
            let (from, to) = case.texts();
            println!("FAILED seed {seed} ({strategy}): {why}\n-- from.sql\n{from}\n-- to.sql\n{to}");
            failed.push(seed);
        }
    }
    bench.stop().await;
    assert!(failed.is_empty(), "failed: SCHEMAPLAN_SEED of {failed:?}");
}
