//! Migrate: the indexes and foreign keys of the new form, while the triggers go on writing into it.

use super::early::Early;
use super::shadow::{Shadow, early as early_table};
use super::start::CODE;
use crate::change::around::Users;
use crate::change::{Change, Context, Detail, Policy, StrategyChoice, Verb, add_key::AddKey, create_index::CreateIndex};
use super::hindrance::{implies, unique};
use crate::model::{Constraint, ConstraintKind, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Step, TimeoutClass, Undo};

impl Shadow<'_> {
    /// Each index by the recipe of an index that comes to a table that is there.
    pub(super) fn build_indexes(&self, early: &Early) -> Vec<Step> {
        let bare = early.bare();
        let users = Users::of(&bare);
        let policy = Policy { strategy: StrategyChoice::Online, ..self.context.policy.clone() };
        let context =
            Context { from: &bare, to: &early.catalog, policy: &policy, seed: self.context.seed, users: &users, renamings: &[], drops_first: false };
        let mut steps = Vec::new();
        let late = early.constraints().filter(|(_, body)| self.comes_behind(body)).map(|(object, _)| object);
        for object in early.catalog.of_kind(Kind::Index).chain(late) {
            let detail = match object.id.kind {
                Kind::Index => Detail::CreateIndex(CreateIndex),
                _ => Detail::AddKey(AddKey),
            };
            let change = Change::new(object.id.clone(), Verb::Create, detail);
            let needs: Vec<Fact> = self.used_outside([object].into_iter()).map(Fact::Exists).collect();
            for mut step in change.steps(&context) {
                step.phase = Phase::Migrate;
                step.change = CODE.to_owned();
                step.hazards.retain(|hazard| hazard.code != HazardCode::Tightens || self.tightens(object));
                for hazard in &mut step.hazards {
                    hazard.object = self.new.id.clone();
                }
                step.object = self.new.id.clone();
                step.needs = needs.clone();
                step.gives.clear();
                step.application.clear();
                if let DoneWhen::Holds(condition) = &mut step.done_when {
                    *condition = format!("({condition}) OR ({})", self.is_cut_over());
                }
                steps.push(step);
            }
        }
        steps
    }

    /// True for a unique index whose like the old form does not have.
    fn tightens(&self, twin: &Object) -> bool {
        let Some((index, columns)) = unique(twin) else { return false };
        let olds = super::shadow::belongings(self.context.from, &self.olds[..1]);
        !olds.into_iter().filter_map(unique).any(|(old, theirs)| implies((old, &theirs), (index, &columns)))
    }

    /// Each foreign key is proven before the table as a whole has it: partition by partition, since a partitioned table takes
    /// none NOT VALID before 18.
    pub(super) fn add_foreign_keys(&self, early: &Early) -> Vec<Step> {
        let mut steps = Vec::new();
        let root = early_table(&self.table);
        let partitioned = Shadow::body(self.new).is_some_and(|body| body.partition_key.is_some());
        for (object, body) in early.constraints().filter(|(_, body)| body.kind == ConstraintKind::ForeignKey) {
            for leaf in early.leaves() {
                steps.push(self.add_foreign_key(leaf, object, body, true));
                steps.push(self.validate_foreign_key(leaf, object, body));
            }
            if partitioned {
                steps.push(self.add_foreign_key(&root, object, body, false));
            }
            if let Some(comment) = &object.comment {
                let up = Action::one(Stmt::new(format!(
                    "COMMENT ON CONSTRAINT {} ON {} IS {}",
                    sql::ident(&object.id.name),
                    sql::qualified(&root),
                    sql::literal(comment)
                )));
                let title = format!("Describe {} of the new form of {}", object.id.name, self.table);
                steps.push(self.step(Phase::Migrate, title, up, Undo::Nothing, DoneWhen::Repeatable));
            }
        }
        steps
    }

    fn add_foreign_key(&self, table: &QualifiedName, object: &Object, body: &Constraint, not_valid: bool) -> Step {
        let name = &object.id.name;
        let up = Action::one(sql::alter::add_constraint(table, name, &body.definition, not_valid));
        let title = match not_valid {
            true => format!("Add {name} to {table}, NOT VALID"),
            false => format!("Add {name} to {table} out of those of its partitions"),
        };
        // One that a partition has below its parent's goes with that.
        let gone = Stmt::new(format!(
            "ALTER TABLE IF EXISTS {} DROP CONSTRAINT IF EXISTS {}",
            sql::qualified(table),
            sql::ident(name)
        ));
        let there = sql::probe::constraint(table, name);
        let done = DoneWhen::Holds(format!("({there}) OR ({})", self.is_cut_over()));
        let mut step = self.step(Phase::Migrate, title, up, Undo::statements(vec![gone]), done);
        if let Some(reference) = &body.references {
            let lock = if not_valid { Lock::ShareRowExclusive } else { Lock::AccessExclusive };
            let far = ObjectId::named(Kind::Table, &reference.table);
            step.needs.push(Fact::Exists(far));
            if reference.table != early_table(&self.table) {
                step.locks = vec![LockOn { lock, relation: reference.table.clone() }];
            }
        }
        if !not_valid {
            step.timeout = TimeoutClass::Cut;
        }
        step
    }

    fn validate_foreign_key(&self, table: &QualifiedName, object: &Object, body: &Constraint) -> Step {
        let name = &object.id.name;
        let up = Action::one(sql::alter::validate_constraint(table, name));
        let valid = sql::probe::validated(table, name);
        let done = DoneWhen::Holds(format!("({valid}) OR ({})", self.is_cut_over()));
        let title = format!("Validate {name} of {table}");
        let mut step = self.step(Phase::Migrate, title, up, Undo::Nothing, done);
        step.timeout = TimeoutClass::Long;
        step.cost = Cost::Scans(self.table.clone());
        let far = body.references.iter().filter(|reference| reference.table != early_table(&self.table));
        step.locks =
            far.map(|reference| LockOn { lock: Lock::RowShare, relation: reference.table.clone() }).collect();
        step
    }
}
