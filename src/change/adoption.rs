//! A constraint that a partitioned table takes over from its partitions, which got it one by one.

use super::partition_tree::of_dropped;
use super::{Change, Context};
use crate::model::Object;
use crate::sql::{self, Stmt, alter};
use crate::step::{Action, DoneWhen, Fact, Phase, Step, TimeoutClass, Undo};

/// The steps of one constraint.
pub(super) struct Adoption<'a> {
    pub change: &'a Change,
    pub context: &'a Context<'a>,
    /// The table's constraint.
    pub object: &'a Object,
}

impl Adoption<'_> {
    /// The partitions' steps, and behind them the one in which the table adopts what they made.
    pub fn behind(&self, mut below: Vec<Step>, adoption: Step) -> Vec<Step> {
        if let Some(first) = below.first_mut() {
            let used = self.object.depends_on.iter().cloned();
            first.needs.extend(used.map(Fact::Exists));
        }
        below.push(adoption);
        for step in &mut below {
            step.needs
                .extend(of_dropped(self.context, &self.object.id.relation()));
        }
        below
    }

    /// The table's own, which adopts; its undo takes those of the partitions along.
    pub fn adopt(&self, up: Vec<Stmt>) -> Step {
        let id = &self.object.id;
        let table = id.relation();
        let title = format!("Add {} to {table}, which adopts those of its partitions", id.name);
        let down = vec![alter::drop_constraint(&table, &id.name)];
        let mut step = self.step(title, up, down, sql::exists(id));
        step.timeout = TimeoutClass::Cut;
        step.gives.push(Fact::Exists(id.clone()));
        step
    }

    /// A partition's step: done as well once the table has adopted it and it bears the table's name.
    pub fn below(&self, title: String, up: Stmt, down: Vec<Stmt>, done: &str) -> Step {
        self.step(title, vec![up], down, self.or_adopted(done))
    }

    /// The condition, or that the table has adopted what it speaks of.
    pub fn or_adopted(&self, done: &str) -> String {
        format!("({done}) OR ({})", sql::exists(&self.object.id))
    }

    fn step(&self, title: String, up: Vec<Stmt>, down: Vec<Stmt>, done: String) -> Step {
        Step::new(
            self.object.id.clone(),
            self.change.code(),
            Phase::Migrate,
            title,
            Action::Statements(up),
            Undo::statements(down),
            DoneWhen::Holds(done),
        )
    }
}
