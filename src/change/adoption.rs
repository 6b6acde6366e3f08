//! A constraint that a partitioned table takes over from its partitions, which got it one by one.

use super::partition_tree::{of_dropped, that_stay, tree};
use super::{Change, Context};
use crate::model::{Body, Constraint, Index, Kind, Object, ObjectId, QualifiedName};
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

/// Partitions' own keys and indexes of the same shape that go by the plan. The parent's would adopt them instead of making its
/// own, whatever they are called.
pub(super) fn going_below(context: &Context, index: &Index, of_key: bool) -> Vec<ObjectId> {
    let (leaves, inner) = that_stay(context, &index.table);
    let is_below =
        |table: &QualifiedName| *table != index.table && (leaves.contains(table) || inner.contains(table));
    let goes = |object: &&Object| {
        let own = match &object.body {
            Body::Index(own) if !of_key => own,
            Body::Constraint(Constraint { index: Some(own), .. }) => own,
            _ => return false,
        };
        let adopted = index
            .partition_names
            .contains(&(own.table.clone(), object.id.name.clone()));
        own.is_like(index) && is_below(&own.table) && context.new_of(&object.id).is_none() && !adopted
    };
    let objects = context.from.objects.values().map(AsRef::as_ref);
    objects.filter(goes).map(|object| object.id.clone()).collect()
}

/// Keys of the parents that go by the plan and are of the shape of a partition's own: one that comes back would adopt that one.
pub(super) fn going_above(context: &Context, index: &Index) -> Vec<ObjectId> {
    let is_above =
        |table: &QualifiedName| *table != index.table && tree(context.from, table).contains(&index.table);
    let goes = |object: &&Object| match &object.body {
        Body::Constraint(Constraint {
            index: Some(above), ..
        }) => context.new_of(&object.id).is_none() && above.is_like(index) && is_above(&above.table),
        _ => false,
    };
    if context.old(&ObjectId::named(Kind::Table, &index.table)).is_none() {
        return Vec::new();
    }
    context
        .from
        .of_kind(Kind::Constraint)
        .filter(goes)
        .map(|object| object.id.clone())
        .collect()
}
