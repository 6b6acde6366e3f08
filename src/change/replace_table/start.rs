//! Expand and migrate: the new form beside the old one, kept current, filled and proven.

use super::early::{self, Early};
use super::shadow::{Shadow, early as early_table, former};
use crate::change::{add_key, build, partition_name};
use crate::model::{Body, Constraint, ConstraintKind, Kind, Object, ObjectId, QualifiedName, TypeName};
use std::sync::Arc;
use crate::sql::mirror::Around;
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Advice, Batch, BatchStatement, Code, Cost, DoneWhen, Fact, HazardCode, Key, KeyColumn, Lock, LockOn, Moment,
    Phase, Precondition, Step, TimeoutClass, Transaction, Undo, Verdict,
};

pub(super) const CODE: &str = "replace_table";

impl Shadow<'_> {
    pub(super) fn step(&self, phase: Phase, title: String, up: Action, undo: Undo, done: DoneWhen) -> Step {
        Step::new(self.new.id.clone(), CODE, phase, title, up, undo, done)
    }

    /// Locks of the same sort on the tables of a tree.
    pub(super) fn locks(&self, tables: &[QualifiedName], lock: Lock) -> Vec<LockOn> {
        tables.iter().map(|relation| LockOn { lock, relation: relation.clone() }).collect()
    }

    /// True from the first step on; the table has another name later.
    pub(super) fn is_begun(&self) -> String {
        format!("({}) OR ({})", sql::probe::relation(&early_table(&self.table)), self.is_cut_over())
    }

    pub(super) fn is_cut_over(&self) -> String {
        format!("({}) OR ({})", sql::probe::relation(&former(&self.table)), self.is_archived())
    }

    pub(super) fn is_archived(&self) -> String {
        sql::probe::relation(&sql::archive::archived(&self.archive_name(&self.table)))
    }

    pub(super) fn noted_types(&self) -> Vec<(crate::model::Ident, TypeName)> {
        self.columns.iter().map(|(name, column)| ((*name).clone(), column.data_type.clone())).collect()
    }

    /// The tables of the new form with their keys.
    pub(super) fn make(&self, early: &Early) -> Vec<Stmt> {
        let mut up = Vec::new();
        for table in &early.tables {
            if let Some(object) = early.catalog.get(&ObjectId::named(Kind::Table, table)) {
                up.extend(sql::create(object, &early.catalog));
                up.extend(sql::without_defaults_of(object, self.context.from));
            }
        }
        for (object, body) in early.constraints().filter(|(_, body)| body.kind != ConstraintKind::ForeignKey) {
            if self.comes_behind(body) {
                continue;
            }
            up.extend(sql::create(object, &early.catalog));
            if let Some(index) = &body.index {
                let name = QualifiedName { schema: object.id.schema.clone(), name: object.id.name.clone() };
                let named = index.partition_names.iter();
                up.extend(named.map(|(partition, own)| sql::below::name_partition_index(&name, partition, own)));
                up.extend(self.rests().iter().map(|(rest, _)| {
                    sql::below::name_partition_index(&name, rest, &partition_name::automatic(index, rest, &object.id))
                }));
            }
        }
        up
    }

    /// The new form, empty, and the triggers that keep it current: one transaction, so that no write can miss.
    pub(super) fn begin(&self, early: &Early) -> Step {
        let root = early_table(&self.table);
        let mut up = self.make(early);
        up.push(sql::alter::comment_on_table(&root, Some(&self.note("shadow"))));
        up.extend(self.forward(|mirror| mirror.begin(&self.noted_types())));
        let mut down = self.forward(|mirror| mirror.end());
        down.push(Stmt::new(format!("DROP TABLE IF EXISTS {}", sql::qualified(&root))));
        let title = format!("Make the new form of {} beside it and keep it current by triggers", self.new.title());
        let done = DoneWhen::Holds(self.is_begun());
        let mut step = self.step(Phase::Expand, title, Action::Statements(up), Undo::statements(down), done);
        step.locks = self.locks(&self.olds, Lock::ShareRowExclusive);
        step.preconditions.push(Precondition {
            holds: sql::probe::is_no_subscription_target(&self.olds),
            otherwise: format!("`{}` is filled by a subscription, whose writes fire no statement trigger", self.table),
            replan: false,
            rows: None,
        });
        step.preconditions.extend(self.every_row_has_a_place());
        let made = early.catalog.objects.values().map(Arc::as_ref).filter(|object| match &object.body {
            Body::Constraint(body) => body.kind != ConstraintKind::ForeignKey,
            Body::Index(_) => false,
            _ => true,
        });
        step.needs.extend(self.used_outside(made).map(Fact::Exists));
        step
    }

    /// True for a unique constraint of a plain table beside its key: its index is built concurrently once the rows are there.
    pub(super) fn comes_behind(&self, body: &Constraint) -> bool {
        let is_key = body.columns.iter().eq(self.new_key.iter().map(|column| &column.name));
        let plain = Shadow::body(self.new).is_some_and(|body| body.partition_key.is_none());
        let promotable = body.index.as_deref().is_some_and(add_key::is_promotable);
        plain && !is_key && promotable && matches!(body.kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey)
    }

    /// What these use and this plan may make: no part of the table itself.
    pub(super) fn used_outside<'b>(
        &'b self,
        objects: impl Iterator<Item = &'b Object>,
    ) -> impl Iterator<Item = ObjectId> {
        let own = |id: &ObjectId| {
            let relation = if id.is_part() { id.relation() } else { id.qualified() };
            self.news.contains(&relation) || matches!(id.kind, Kind::Sequence)
        };
        objects.flat_map(|object| object.depends_on.iter()).filter(move |id| !own(id)).cloned()
    }

    pub(super) fn note(&self, kind: &str) -> String {
        format!("schemaplan:1 {}", serde_json::json!({"kind": kind, "of": self.table.to_string()}))
    }

    /// Batches along a key.
    pub(super) fn batch(&self, table: &QualifiedName, key: &[KeyColumn], around: Around) -> Batch {
        Batch {
            table: table.clone(),
            key: Key::Columns(key.to_vec()),
            statements: vec![BatchStatement {
                before: around.before,
                qualifier: around.qualifier.to_owned(),
                after: around.after,
            }],
            otherwise: String::new(),
        }
    }

    /// The rows that were there before the triggers.
    pub(super) fn copy(&self) -> Step {
        let batch = self.batch(&self.table, &self.old_key, self.forward(|mirror| mirror.copy()));
        let title = format!("Copy the rows of {} to its new form", self.table);
        let mut step =
            self.step(Phase::Migrate, title, Action::Batches(batch), Undo::Nothing, DoneWhen::Repeatable);
        step.transaction = Transaction::Batches;
        step.timeout = TimeoutClass::Batch;
        step.cost = Cost::Copies(self.table.clone());
        step.locks = self.locks(&self.olds, Lock::RowShare);
        step.preconditions.extend(self.rests().into_iter().map(|(rest, _)| Precondition {
            holds: sql::mirror::every_row_fits(&rest, &self.table),
            otherwise: format!(
                "rows of `{}` fit no partition of the files: add one that takes them, or a DEFAULT one",
                self.table
            ),
            replan: false,
            rows: None,
        }));
        if self.forward(|mirror| mirror.narrows()) {
            step.hazards.push(build::hazard(
                HazardCode::Tightens,
                Verdict::Warn,
                &self.new.id,
                format!("rows of `{}` that share the key of its new form stop the plan before its cut-over", self.table),
            ));
        }
        step
    }

    /// What writers under REPEATABLE READ have noted is copied once more, so that little is left for the cut-over's lock.
    pub(super) fn settle(&self) -> Option<Step> {
        let (keys, around) = self.forward(|mirror| (!mirror.narrows()).then(|| (mirror.keys(), mirror.settle())))?;
        let batch = Batch { key: Key::Pages, ..self.batch(&keys, &[], around) };
        let title = format!("Copy once more what writers under REPEATABLE READ have changed of {}", self.table);
        let done = DoneWhen::Holds(self.is_cut_over());
        let mut step = self.step(Phase::Contract, title, Action::Batches(batch), Undo::Nothing, done);
        step.transaction = Transaction::Batches;
        step.timeout = TimeoutClass::Batch;
        step.locks = self.locks(&self.olds, Lock::RowShare);
        Some(step)
    }

    /// Both ways: every row has its copy, and every copy its row.
    pub(super) fn prove(&self, phase: Phase) -> Vec<Step> {
        let missing = self.forward(|mirror| mirror.count_uncopied());
        let stale = self.forward(|mirror| mirror.count_stale());
        let new = early_table(&self.table);
        let mut first = self.count(
            phase,
            format!("Verify that the new form of {} holds every row of it", self.table),
            self.batch(&self.table, &self.old_key, missing),
            format!("rows of {} are missing in its new form, or differ there", self.table),
        );
        first.locks = self.locks(&self.olds, Lock::AccessShare);
        let mut second = self.count(
            phase,
            format!("Verify that the new form of {} holds nothing else", self.table),
            self.batch(&new, &self.new_key, stale),
            format!("the new form of {} holds rows that it does not have", self.table),
        );
        second.locks = self.locks(&self.olds, Lock::AccessShare);
        vec![first, second]
    }

    fn count(&self, phase: Phase, title: String, mut batch: Batch, otherwise: String) -> Step {
        let scanned = self.table.clone();
        batch.otherwise = otherwise;
        let mut step = self.step(phase, title, Action::Verify(batch), Undo::Nothing, DoneWhen::Repeatable);
        step.transaction = Transaction::Batches;
        step.timeout = TimeoutClass::Batch;
        step.cost = Cost::Scans(scanned);
        step
    }

    /// The planner knows the new form when it takes the place of the old one.
    pub(super) fn analyze(&self) -> Step {
        let new = early_table(&self.table);
        let up = Action::one(sql::analyze(&new));
        let title = format!("Analyze the new form of {}", self.table);
        let mut step = self.step(Phase::Migrate, title, up, Undo::Nothing, DoneWhen::Repeatable);
        step.timeout = TimeoutClass::Long;
        step.cost = Cost::Samples(new);
        step
    }

    /// What the new form means for code while both are there.
    pub(super) fn advice(&self) -> Vec<Advice> {
        let id = &self.new.id;
        let (old_key, new_key) = self.key_names();
        let rule = |when, code, what: &str, behind: &str| Advice::new(when, code, what, id).behind(behind);
        let mut rules = vec![rule(
            Moment::Until,
            Code::Old,
            "may go on reading and writing",
            "; every write goes into both of its forms",
        )];
        if old_key != new_key {
            let (old, new) = (sql::idents(&old_key), sql::idents(&new_key));
            rules.push(rule(
                Moment::Before,
                Code::Every,
                &format!("must no longer say ON CONFLICT ({old}) on"),
                ", unless another unique index over that stays",
            ));
            rules.push(rule(Moment::After, Code::New, &format!("may say ON CONFLICT ({new}) on"), ""));
        }
        if self.news.len() > 1 {
            rules.push(rule(
                Moment::From,
                Code::Every,
                "may get 40001 from",
                ", to be tried again, where two writers meet and one moves the row to another partition",
            ));
        }
        rules
    }

    pub(super) fn early(&self) -> Early {
        early::of(self)
    }
}
