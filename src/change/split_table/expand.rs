//! Expand and migrate: the triggers, the rows, the proof.

use super::taken::Taken;
use super::wrong::key_over;
use crate::change::build;
use crate::model::{Body, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt, split::Around};
use crate::step::{
    Action, Advice, Batch, BatchStatement, Code, Cost, DoneWhen, Fact, Hazard, HazardCode, Key, KeyColumn, Lock, LockOn,
    Moment, Phase, Precondition, Step, TimeoutClass, Transaction, Undo, Verdict,
};

impl Taken<'_> {
    pub(super) fn code(&self) -> &'static str {
        if self.merged { "merge_table" } else { "split_table" }
    }

    pub(super) fn step(&self, phase: Phase, title: String, up: Action, undo: Undo, done: DoneWhen) -> Step {
        Step::new(self.new.id.clone(), self.code(), phase, title, up, undo, done)
    }

    pub(super) fn on(&self, table: &QualifiedName, lock: Lock) -> LockOn {
        LockOn { lock, relation: table.clone() }
    }

    /// The triggers, in the transaction that makes the table: no write can miss.
    pub(super) fn begin(&self, unit: Option<String>) -> Step {
        let mut up = self.sql(|split| split.begin());
        up.extend(self.sql(|split| split.forward_triggers()));
        let mut down = vec![self.lock_both()];
        down.extend(self.sql(|split| split.drop_forward_triggers()));
        down.extend(self.sql(|split| split.end()));
        let title = format!("Create {} and keep it and {} equal by triggers", self.new.title(), self.source);
        let done = DoneWhen::Holds(sql::probe::relation(&self.target));
        let mut step = self.step(Phase::Expand, title, Action::Statements(up), Undo::statements(down), done);
        step.unit = unit;
        step.locks = vec![self.on(&self.source, Lock::ShareRowExclusive)];
        step.needs.push(Fact::Exists(self.new.id.clone()));
        // Behind all that belongs to the table, so that the way back begins with the locks.
        let columns: Vec<&Ident> = self.key.iter().map(|(new, _)| new).collect();
        step.needs.extend(key_over(self.context.to, &self.target, &columns).map(Fact::Exists));
        let parts = self.context.to.parts(Kind::Constraint, &self.target).filter(|object| {
            matches!(&object.body, Body::Constraint(body) if body.kind != ConstraintKind::ForeignKey)
        });
        step.needs.extend(parts.map(|object| Fact::Exists(object.id.clone())));
        // The way back writes NULL where new code deletes a row.
        let nullable = self.columns.iter().filter(|each| each.body.not_null && each.body.default.is_none());
        step.needs.extend(nullable.map(|each| Fact::Changed(each.old.id.clone())));
        step.preconditions.push(Precondition {
            holds: sql::probe::is_no_subscription_target(std::slice::from_ref(&self.source)),
            otherwise: format!("`{}` is filled by a subscription, whose writes fire no trigger", self.source),
            replan: false,
            rows: None,
        });
        step.preconditions.extend(self.all_have_a_place());
        step.hazards.extend(self.tighter());
        step.hazards.extend(self.other_triggers());
        step.application.push(self.deadlocks());
        step
    }

    /// Where the new table requires a value, a row without one must not hold others.
    fn all_have_a_place(&self) -> Option<Precondition> {
        let homeless = self.sql(|split| split.without_place())?;
        let rows = format!("FROM {} AS s WHERE {homeless}", sql::qualified(&self.source));
        Some(Precondition {
            holds: format!("NOT EXISTS (SELECT {rows})"),
            otherwise: format!(
                "rows of `{}` hold values that `{}` has no place for, since it requires others that they lack; see them with: SELECT * {rows} LIMIT 20",
                self.source, self.target
            ),
            replan: false,
            rows: Some(format!("SELECT ctid {rows}")),
        })
    }

    /// What the new table demands of the columns and the old one does not.
    fn tighter(&self) -> Vec<Hazard> {
        let moved = |name: &Ident| self.columns.iter().find(|each| each.new == *name).map(|each| &each.old.id.name);
        let known = |columns: &[Ident], kind: ConstraintKind| {
            let wanted: Vec<&Ident> = columns.iter().filter_map(moved).collect();
            self.context.from.parts(Kind::Constraint, &self.source).any(|object| {
                matches!(&object.body, Body::Constraint(body)
                    if body.kind == kind && body.columns.iter().collect::<Vec<_>>() == wanted)
            })
        };
        let new = self.context.to.parts(Kind::Constraint, &self.target).filter(|object| {
            matches!(&object.body, Body::Constraint(body)
                if body.columns.iter().any(|name| moved(name).is_some()) && !known(&body.columns, body.kind))
        });
        let warn = |object: &Object| {
            build::hazard(
                HazardCode::Tightens,
                Verdict::Warn,
                &object.id,
                format!("writes of `{}` that violate {} are rejected from here on", self.source, object.id),
            )
        };
        new.map(warn).collect()
    }

    pub(super) fn other_triggers(&self) -> Option<Hazard> {
        let of = |catalog: &crate::model::Catalog, table: &QualifiedName| -> Vec<String> {
            catalog.parts(Kind::Trigger, table).map(|object| object.id.name.to_string()).collect()
        };
        let mut names = of(self.context.from, &self.source);
        names.extend(of(if self.merged { self.context.from } else { self.context.to }, &self.target));
        (!names.is_empty()).then(|| {
            build::hazard(
                HazardCode::UntrackedCode,
                Verdict::Warn,
                &self.new.id,
                format!(
                    "the triggers {} run beside those that keep `{}` and `{}` equal: one that writes the other table is not followed",
                    names.join(", "),
                    self.source,
                    self.target
                ),
            )
        })
    }

    /// Batches along the key of the source, or of the new table.
    pub(super) fn batch(&self, of_source: bool, around: Around) -> Batch {
        let table = if of_source { &self.source } else { &self.target };
        let key: Vec<KeyColumn> = self.key_columns(of_source);
        Batch {
            table: table.clone(),
            key: Key::Columns(key),
            statements: vec![BatchStatement {
                before: around.before,
                qualifier: around.qualifier.to_owned(),
                after: around.after,
            }],
            otherwise: String::new(),
        }
    }

    pub(super) fn batches(&self, phase: Phase, title: String, action: Action, done: DoneWhen) -> Step {
        let mut step = self.step(phase, title, action, Undo::Nothing, done);
        step.transaction = Transaction::Batches;
        step.timeout = TimeoutClass::Batch;
        step
    }

    /// The rows that were there before the triggers.
    pub(super) fn copy(&self) -> Step {
        let batch = self.batch(true, self.sql(|split| split.copy()));
        let title = format!("Copy {} of {} to {}", self.named(), self.source, self.target);
        let mut step = self.batches(Phase::Migrate, title, Action::Batches(batch), DoneWhen::Repeatable);
        step.cost = Cost::Copies(self.source.clone());
        step.locks = vec![self.on(&self.source, Lock::RowShare), self.on(&self.target, Lock::RowExclusive)];
        step
    }

    /// Copies of rows that writers with an old snapshot have deleted since. In contract only where the foreign key would
    /// find them: else new code may have put them there.
    pub(super) fn weed(&self, phase: Phase) -> Option<Step> {
        let (title, done) = match phase {
            Phase::Contract if self.foreign_keys().is_empty() => return None,
            Phase::Contract => (
                format!("Remove once more from {} what belongs to no row of {}", self.target, self.source),
                DoneWhen::Holds(self.is_cut()),
            ),
            _ => (
                format!("Remove from {} what belongs to no row of {}", self.target, self.source),
                DoneWhen::Repeatable,
            ),
        };
        let batch = self.batch(false, self.sql(|split| split.weed()));
        let mut step = self.batches(phase, title, Action::Batches(batch), done);
        step.cost = Cost::Scans(self.target.clone());
        step.locks = vec![self.on(&self.source, Lock::RowExclusive), self.on(&self.target, Lock::RowExclusive)];
        Some(step)
    }

    /// Each row of the source has its values in the new table.
    pub(super) fn prove(&self, phase: Phase) -> Step {
        let (title, otherwise) = match self.merged {
            true => (
                format!("Verify that {} holds what {} holds", self.source, self.target),
                format!("rows of {} hold other values than {}", self.source, self.target),
            ),
            false => (
                format!("Verify that {} holds {} of every row of {}", self.target, self.named(), self.source),
                format!("rows of {} are missing in {}, or differ there", self.source, self.target),
            ),
        };
        let mut step = self.count(phase, title, true, self.sql(|split| split.count_differing()), otherwise);
        if phase == Phase::Contract {
            step.done_when = DoneWhen::RepeatableUntil(match self.merged {
                true => self.is_ended(),
                false => self.is_cut(),
            });
        }
        if phase == Phase::Migrate {
            step.gives.push(Fact::Valid(self.new.id.clone()));
            step.application = match self.merged {
                true => {
                    let follow = format!("; {} follows until contract", self.target);
                    let ids = self.columns.iter().map(|each| &each.old.id);
                    ids.map(|id| Advice::new(Moment::After, Code::New, "may use", id).behind(follow.clone())).collect()
                }
                false => vec![
                    Advice::new(Moment::After, Code::New, "may use", &self.new.id)
                        .behind(format!("; {} of {} follow it until contract", self.named(), self.source)),
                ],
            };
        }
        step
    }

    /// Each row of the new table belongs to one of the source, as the foreign key wants it.
    pub(super) fn prove_no_strays(&self) -> Option<Step> {
        if self.foreign_keys().is_empty() {
            return None;
        }
        let title = format!("Verify that every row of {} belongs to one of {}", self.target, self.source);
        let otherwise = format!("rows of {} belong to no row of {}", self.target, self.source);
        let mut step = self.count(Phase::Contract, title, false, self.sql(|split| split.count_strays()), otherwise);
        step.done_when = DoneWhen::RepeatableUntil(self.is_cut());
        Some(step)
    }

    pub(super) fn count(&self, phase: Phase, title: String, of_source: bool, around: Around, otherwise: String) -> Step {
        let mut batch = self.batch(of_source, around);
        batch.otherwise = otherwise;
        let scanned = batch.table.clone();
        let mut step = self.batches(phase, title, Action::Verify(batch), DoneWhen::Repeatable);
        step.cost = Cost::Scans(scanned);
        step.locks = [&self.source, &self.target].map(|table| self.on(table, Lock::AccessShare)).to_vec();
        step
    }

    /// Nothing is carried back any more.
    pub(super) fn is_ended(&self) -> String {
        let reverse = self.sql(|split| split.trigger("rev"));
        sql::probe::not(&sql::probe::trigger(&self.target, reverse.as_str()))
    }

    pub(super) fn is_cut(&self) -> String {
        let forward = self.sql(|split| split.trigger("fwd"));
        format!(
            "{} AND NOT ({})",
            sql::probe::relation(&self.target),
            sql::probe::trigger(&self.source, forward.as_str())
        )
    }

    /// Code writes the source first, and through its trigger or by itself the target.
    pub(super) fn lock_both(&self) -> Stmt {
        self.lock_writers(Lock::AccessExclusive)
    }

    pub(super) fn lock_writers(&self, lock: Lock) -> Stmt {
        sql::alter::lock_in_order(&[&self.source, &self.target], lock.name())
    }

    pub(super) fn source_id(&self) -> ObjectId {
        ObjectId::named(Kind::Table, &self.source)
    }
}
