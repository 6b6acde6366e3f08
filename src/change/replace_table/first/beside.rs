//! Expand and migrate: the partitioned form beside the table, and what the table needs to be taken into it at once.

use super::First;
use crate::change::replace_table::early::Early;
use crate::change::replace_table::hindrance::{implies, unique};
use crate::change::replace_table::shadow::{belongings, early as early_name};
use crate::change::{Context, add_key, build, create_index, set_not_null};
use crate::model::{Body, Column, ConstraintKind, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::change::replace_table::start::CODE;
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, TimeoutClass, Undo, Verdict,
};
use std::sync::Arc;

impl First<'_> {
    fn or_cut_over(&self, condition: &str) -> DoneWhen {
        DoneWhen::Holds(format!("({condition}) OR ({})", self.is_cut_over()))
    }

    pub(super) fn lock(&self, table: &QualifiedName, lock: Lock) -> Vec<LockOn> {
        vec![LockOn { lock, relation: table.clone() }]
    }

    /// The rows have to fit before anything is done.
    fn rows_fit(&self) -> Option<Precondition> {
        let outside = format!("({}) IS NOT TRUE", self.fits.as_ref()?);
        let (table, part) = (self.table(), &self.part);
        Some(self.context().no_rows(table, "", &outside,
            format!(
                "rows of `{table}` do not fit `{part}`, {}, which the table is to become; give it another bound, or them a partition of their own, which copies all rows where nothing says `first-partition`; see them with: SELECT * FROM {} WHERE {outside} LIMIT 20",
                self.of.bound,
                sql::qualified(table)
            ),
        ))
    }

    /// The partitioned form with nothing in it.
    pub(super) fn begin(&self, early: &Early) -> Step {
        let root = early_name(self.table());
        let mut up = self.shadow.make(early);
        for object in early.catalog.of_kind(Kind::Index) {
            up.extend(sql::create(object, &early.catalog));
            if let Body::Index(index) = &object.body {
                let named = index.partition_names.iter();
                up.extend(named.map(|(table, own)| sql::below::name_partition_index(&object.id.qualified(), table, own)));
            }
        }
        up.push(sql::alter::comment_on_table(&root, Some(&self.shadow.note("shadow"))));
        let down = vec![Stmt::new(format!("DROP TABLE IF EXISTS {}", sql::qualified(&root)))];
        let title = format!("Make the partitioned form of {} beside it", self.shadow.new.title());
        let done = self.or_cut_over(&sql::probe::relation(&root));
        let mut step = self.shadow.step(Phase::Expand, title, Action::Statements(up), Undo::statements(down), done);
        step.preconditions.extend(self.rows_fit());
        let made = early.catalog.objects.values().map(Arc::as_ref).filter(|object| match &object.body {
            Body::Constraint(body) => body.kind != ConstraintKind::ForeignKey,
            _ => true,
        });
        step.needs.extend(self.shadow.used_outside(made).map(Fact::Exists));
        step
    }

    /// What ATTACH would read every row for.
    pub(super) fn prove_bound(&self) -> Vec<Step> {
        if !self.has_check() {
            return Vec::new();
        }
        let (table, name) = (self.table(), self.check_name());
        let mut add = self.shadow.step(
            Phase::Migrate,
            format!("Reject rows of {table} that do not fit {} (CHECK, NOT VALID)", self.part),
            Action::one(sql::add_bound(table, &name, &self.stand_in())),
            Undo::statements(vec![sql::sync::drop_constraint_if_there(table, &name)]),
            self.or_cut_over(&sql::probe::constraint(table, &name)),
        );
        add.locks = self.lock(table, Lock::AccessExclusive);
        add.preconditions.extend(self.rows_fit());
        if self.fits.is_some() {
            let until = if self.shadow.news.len() > 2 { " until the cut-over" } else { "" };
            let (part, bound) = (&self.part, &self.of.bound);
            let message = format!("rows of `{table}` that do not fit `{part}`, {bound}, are rejected from here on{until}");
            add.hazards.push(build::hazard(HazardCode::Tightens, Verdict::Warn, &self.shadow.new.id, message));
        }
        let mut validate = self.shadow.step(
            Phase::Migrate,
            format!("Prove that every row of {table} fits {}", self.part),
            Action::one(sql::alter::validate_constraint(table, &name)),
            Undo::Nothing,
            self.or_cut_over(&sql::probe::validated(table, &name)),
        );
        validate.locks = self.lock(table, Lock::ShareUpdateExclusive);
        validate.timeout = TimeoutClass::Long;
        validate.cost = Cost::Scans(table.clone());
        vec![add, validate]
    }

    /// Columns of the new key mostly.
    pub(super) fn prove_not_null(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (name, column) in self.narrowed() {
            let id = ObjectId::part(Kind::Column, self.table(), name);
            let mut proof = set_not_null::proof_of(self.context(), self.table(), &id, column, CODE);
            if let Some(first) = proof.first_mut() {
                first.preconditions.push(set_not_null::no_null(self.context(), &id));
                first.hazards.push(set_not_null::tightens(&id));
            }
            for step in &mut proof {
                step.gives.clear();
                if step.locks.is_empty() {
                    step.locks = self.lock(self.table(), Lock::AccessExclusive);
                }
                step.object = self.shadow.new.id.clone();
            }
            steps.extend(proof);
        }
        steps
    }

    /// Each under the lock that lets everybody work.
    pub(super) fn build_indexes(&self) -> Vec<Step> {
        self.built.iter().filter_map(|(object, name)| self.build_index(object, name)).collect()
    }

    fn build_index(&self, object: &Object, name: &Ident) -> Option<Step> {
        let table = self.table();
        let waiting = self.waiting(name);
        let index = self.share(object, table)?;
        let id = &self.shadow.new.id;
        let mut step = create_index::concurrently(id, CODE, Phase::Migrate, &index, &waiting.name);
        step.needs.extend(self.shadow.used_outside([object].into_iter()).map(Fact::Exists));
        step.done_when = self.or_cut_over(&sql::probe::valid_index(&waiting));
        step.undo = Undo::Run {
            action: Action::one(sql::alter::drop_index_concurrently_if_exists(&waiting)),
            outside_transaction: true,
        };
        if self.tightens(object) {
            if let Body::Constraint(body) = &object.body {
                step.preconditions.push(add_key::no_duplicates(self.shadow.context, table, body));
            }
            let message = format!("writes that break {} are rejected from here on", object.id.name);
            step.hazards.push(build::hazard(HazardCode::Tightens, Verdict::Warn, id, message));
        }
        Some(step)
    }

    /// The columns that become NOT NULL.
    fn narrowed(&self) -> impl Iterator<Item = (&Ident, &Column)> {
        let context = self.context();
        context.to.parts(Kind::Column, self.table()).filter_map(move |object| match &object.body {
            Body::Column(column) => {
                let before = Context::column(context.from, &object.id)?;
                (column.not_null && !before.not_null).then_some((&object.id.name, column))
            }
            _ => None,
        })
    }

    /// The index of the partitioned form as it is on the table itself.
    pub(super) fn share(&self, object: &Object, table: &QualifiedName) -> Option<Index> {
        let index = super::index_of(object)?;
        let on_partitioned = false;
        Some(Index { table: table.clone(), on_partitioned, partition_names: Vec::new(), below: Vec::new(), comment: None, ..index.clone() })
    }

    /// True for a unique index that forbids what none of the table's forbids now.
    fn tightens(&self, object: &Object) -> bool {
        let Some((index, columns)) = unique(object) else { return false };
        let olds = belongings(self.context().from, &self.shadow.olds);
        !olds.into_iter().filter_map(unique).any(|(old, theirs)| implies((old, &theirs), (index, &columns)))
    }

    /// On the empty form, one at a time; ATTACH takes the table's own for its share.
    pub(super) fn add_foreign_keys(&self, early: &Early) -> Vec<Step> {
        let root = early_name(self.table());
        let foreign = early.constraints().filter(|(_, body)| body.kind == ConstraintKind::ForeignKey);
        foreign
            .map(|(object, body)| {
                let name = &object.id.name;
                let up = sql::create(object, &early.catalog);
                let gone = format!(
                    "ALTER TABLE IF EXISTS {} DROP CONSTRAINT IF EXISTS {}",
                    sql::qualified(&root),
                    sql::ident(name)
                );
                let title = format!("Add {name} to the partitioned form of {}", self.table());
                let done = self.or_cut_over(&sql::probe::constraint(&root, name));
                let undo = Undo::statements(vec![Stmt::new(gone)]);
                let mut step = self.shadow.step(Phase::Migrate, title, Action::Statements(up), undo, done);
                if let Some(reference) = &body.references {
                    step.needs.push(Fact::Exists(ObjectId::named(Kind::Table, &reference.table)));
                    step.locks = self.lock(&reference.table, Lock::ShareRowExclusive);
                }
                step
            })
            .collect()
    }
}
