//! A generated column of a table that is too large to be written anew: a plain column that a trigger computes.

use super::{Change, Context, archive::h8, around, build, carry};
use crate::model::{Body, Column, Expr, Generated, Ident, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt, emulated::Emulated};
use crate::step::{
    Action, Advice, Batch, BatchStatement, Code, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Moment,
    Phase, Step, TimeoutClass, Transaction, Undo, Verdict,
};
use crate::text::DirectiveKind;
use std::collections::BTreeSet;

/// The manual of this change kind.
pub const MANUAL: &str = "\
emulate_generated: a column is, or becomes, computed by a trigger in place of GENERATED ALWAYS AS … STORED.

The server computes a stored generated column by writing the whole table anew under ACCESS EXCLUSIVE, when it is added and
when its expression changes, so above the size gate both are refused. With `-- schemaplan: emulate-generated` on the column
it is a plain column there: a trigger, last of all, computes it at every write, batches compute the rows that exist, and a
proof shows that none was missed. The files go on saying GENERATED; the comparison takes the column for equal, names it as
emulated, and a dump writes the directive beside it. A write of the application's to the column is not rejected but
overwritten. A stored column whose expression changes first becomes plain (DROP EXPRESSION, metadata); until the batches
are through, rows that nobody has written since show the former value.
Below the size gate the plain form is taken, and the directive has no effect.
Undo: the trigger and the column; a former expression comes back, computed by the server again where it was.";

/// The expression of a column that is there is computed by a trigger from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmulateGenerated;

/// True where the files want a stored column of that table emulated, and the staged form is taken for it.
pub fn is_wanted(context: &Context, object: &Object) -> bool {
    let Body::Column(column) = &object.body else {
        return false;
    };
    let stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
    let table = object.id.relation();
    stored && is_allowed(object) && context.from.is_plain_table(&table) && !context.is_direct(&table)
}

/// True where the column computes what the files say: by the server, or by a trigger where they allow one.
pub fn is_met(object: &Object, old: Option<&Generated>, new: Option<&Generated>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return old.is_none() && new.is_none();
    };
    let allowed = || new.emulated.is_some() || is_allowed(object);
    old.stored == new.stored && old.expression == new.expression && (old.emulated.is_none() || allowed())
}

fn is_allowed(object: &Object) -> bool {
    let mut said = object.directives.iter();
    said.any(|directive| directive.kind == DirectiveKind::EmulateGenerated)
}

/// A column in the making: the recipe's parts share it.
struct Work<'a> {
    context: &'a Context<'a>,
    code: &'a str,
    id: &'a ObjectId,
    table: QualifiedName,
    column: &'a Column,
    value: &'a Expr,
}

impl EmulateGenerated {
    /// The trigger in place of what there was, the rows, the proof.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Column(before), Body::Column(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let Some(generated) = &after.generated else {
            return Vec::new();
        };
        let table = new.id.relation();
        let work = Work {
            context,
            code: change.code(),
            id: &new.id,
            table: table.clone(),
            column: after,
            value: &generated.expression,
        };
        let former = Emulated::of(&table, &new.id.name, before);
        let emulated = work.emulated(former.as_ref().map(|former| &former.trigger));
        let mut steps = vec![work.exchange(old, before, former.as_ref(), &emulated)];
        steps.extend(work.fill(Phase::Contract));
        // Of a column that was computed before, NOT NULL is a change of its own.
        if before.generated.is_none() && after.not_null && !before.not_null {
            steps.extend(work.proof(Phase::Contract));
        }
        steps.push(work.finish(Phase::Contract));
        steps
    }
}

/// The recipe for a new column.
pub fn add(change: &Change, context: &Context, object: &Object, column: &Column) -> Vec<Step> {
    let Some(generated) = &column.generated else {
        return Vec::new();
    };
    let work = Work {
        context,
        code: change.code(),
        id: &object.id,
        table: object.id.relation(),
        column,
        value: &generated.expression,
    };
    let mut steps = vec![work.begin(object)];
    steps.extend(work.fill(Phase::Migrate));
    if column.not_null {
        steps.extend(work.proof(Phase::Migrate));
    }
    let mut last = work.finish(Phase::Migrate);
    last.gives.push(Fact::Exists(object.id.clone()));
    steps.push(last);
    steps
}

/// Brings a dropped one back: the column and its trigger, the rows in batches.
pub fn restore(context: &Context, object: &Object, column: &Column) -> Option<Undo> {
    let table = object.id.relation();
    let emulated = Emulated::of(&table, &object.id.name, column)?;
    let name = &object.id.name;
    let mut first = sql::create(&plain(object), context.from);
    first.extend(emulated.create());
    first.extend(sql::sync::add_todo(&table, name, emulated.value.as_str()));
    let mut last = Vec::new();
    if column.not_null {
        last.push(sql::not_null::set(&table, name, column));
    }
    last.push(sql::sync::drop_todo(&table, name));
    let fill = fill_batch(context, &table, name, emulated.value, column);
    let action = Action::Sequence(vec![
        Action::Statements(first),
        Action::Batches(fill),
        Action::Statements(last),
    ]);
    Some(Undo::Run {
        action,
        outside_transaction: false,
    })
}

/// The trigger of a column that has become plain comes back, and computes the rows that were written meanwhile.
pub fn again(context: &Context, object: &Object, column: &Column, emulated: &Emulated) -> Undo {
    let fill = fill_batch(context, emulated.table, &object.id.name, emulated.value, column);
    Undo::Run {
        action: Action::Sequence(vec![Action::Statements(emulated.create()), Action::Batches(fill)]),
        outside_transaction: false,
    }
}

/// The column without what computes it, and without what its empty rows may not meet.
fn plain(object: &Object) -> Object {
    let mut plain = super::restoring(object);
    if let Body::Column(column) = &mut plain.body {
        column.generated = None;
        column.not_null = false;
        column.not_null_constraint = None;
    }
    plain
}

/// Rows that do not hold what the expression gives.
fn mismatch(name: &Ident, value: &Expr, column: &Column) -> String {
    sql::differ(&sql::ident(name), &format!("({value})"), column)
}

fn fill_batch(
    context: &Context,
    table: &QualifiedName,
    name: &Ident,
    value: &Expr,
    column: &Column,
) -> Batch {
    Batch {
        table: table.clone(),
        key: context.key(table, |_| true),
        statements: vec![BatchStatement {
            before: format!(
                "UPDATE {} SET {} = ({value}) WHERE ",
                sql::qualified(table),
                sql::ident(name)
            ),
            qualifier: String::new(),
            after: format!(" AND {}", mismatch(name, value, column)),
        }],
        otherwise: String::new(),
    }
}

impl Work<'_> {
    fn emulated(&self, trigger: Option<&Ident>) -> Emulated<'_> {
        let digest = h8(self.context.seed, "value", &self.id.label());
        let mut emulated = Emulated::new(&self.table, &self.id.name, self.value, &digest);
        if let Some(trigger) = trigger {
            emulated.trigger = trigger.clone();
        }
        emulated
    }

    fn step(&self, phase: Phase, title: String, up: Action, undo: Undo, done_when: DoneWhen) -> Step {
        let mut step = Step::new(self.id.clone(), self.code, phase, title, up, undo, done_when);
        step.locks = build::locks(self.context, self.id, Lock::AccessExclusive);
        step
    }

    fn todo(&self) -> Vec<Stmt> {
        sql::sync::add_todo(&self.table, &self.id.name, self.value.as_str())
    }

    /// Column, trigger and mark in one transaction, so that no write can miss.
    fn begin(&self, object: &Object) -> Step {
        let emulated = self.emulated(None);
        let mut up = sql::create(&plain(object), self.context.to);
        up.extend(emulated.create());
        up.extend(self.todo());
        let mut step = self.step(
            Phase::Expand,
            format!("Add {} as a plain column that a trigger computes", self.id.label()),
            Action::Statements(up),
            Undo::statements(vec![
                sql::sync::drop_todo_if_there(&self.table, &self.id.name),
                emulated.drop_with_column(),
            ]),
            DoneWhen::Holds(emulated.holds()),
        );
        step.needs.extend(object.depends_on.iter().cloned().map(Fact::Exists));
        step.hazards.push(self.overwritten());
        step
    }

    fn overwritten(&self) -> crate::step::Hazard {
        build::hazard(
            HazardCode::BreaksClients,
            Verdict::Warn,
            self.id,
            format!(
                "a write to {} is not rejected but overwritten: a trigger computes it",
                self.id.label()
            ),
        )
    }

    /// What computes the column now gives way to the trigger, in one transaction.
    fn exchange(
        &self,
        old: &Object,
        before: &Column,
        former: Option<&Emulated>,
        emulated: &Emulated,
    ) -> Step {
        let name = &self.id.name;
        let mut up = Vec::new();
        match (&before.generated, former) {
            (_, Some(_)) => up.extend(emulated.replace()),
            (Some(_), None) => {
                up.push(sql::alter::column_action(&self.table, name, "DROP EXPRESSION"));
                up.extend(emulated.create());
            }
            (None, None) => {
                if before.default.is_some() {
                    up.push(sql::alter::drop_default(&self.table, name));
                }
                up.extend(emulated.create());
            }
        }
        up.extend(self.todo());
        let undo = self.taken_back(old, before, former, emulated);
        let mut step = self.step(
            Phase::Contract,
            format!("Let a trigger compute {}", self.id.label()),
            Action::Statements(up),
            undo,
            DoneWhen::Holds(emulated.holds()),
        );
        step.needs
            .extend(self.context.to.get(self.id).into_iter().flat_map(|object| &object.depends_on).cloned().map(Fact::Exists));
        step.hazards.push(self.overwritten());
        if before.generated.is_none() {
            let message = format!("the values of {} are replaced by the expression's", self.id.label());
            let hazard = build::hazard(HazardCode::Irreversible, Verdict::Stop, self.id, message);
            step.hazards.push(hazard);
        } else if former.is_none() {
            let message = format!(
                "taken back, {} is computed by the server again: `{}` is then written anew under ACCESS EXCLUSIVE",
                self.id.label(),
                self.table
            );
            let hazard = build::hazard(HazardCode::RewritesTable, Verdict::Warn, self.id, message);
            step.hazards.push(hazard);
        }
        step
    }

    fn taken_back(
        &self,
        old: &Object,
        before: &Column,
        former: Option<&Emulated>,
        emulated: &Emulated,
    ) -> Undo {
        let name = &self.id.name;
        let no_todo = sql::sync::drop_todo_if_there(&self.table, name);
        if let Some(former) = former {
            let fill = fill_batch(self.context, &self.table, name, former.value, before);
            let action = Action::Sequence(vec![
                Action::Statements(former.replace()),
                Action::Batches(fill),
                Action::one(no_todo),
            ]);
            return Undo::Run {
                action,
                outside_transaction: false,
            };
        }
        let mut back = vec![no_todo];
        back.extend(emulated.drop());
        if before.generated.is_none() {
            if let Some(default) = &before.default {
                back.push(sql::alter::set_default(&self.table, name, default));
            }
            return Undo::Lossy {
                action: Action::Statements(back),
                reason: format!(
                    "the values that {} held before it became computed",
                    self.id.label()
                ),
            };
        }
        let column = BTreeSet::from([self.id.clone()]);
        let aside = self.context.users.standing_on_dropped(&column);
        let (drops, creates) = around::drop_and_create(self.context.from, &aside);
        back.extend(drops);
        back.push(sql::alter::drop_column(&self.table, name));
        back.extend(sql::create(&super::restoring(old), self.context.from));
        back.extend(creates);
        if self.column.not_null && !before.not_null {
            // Set in migrate it holds for the column that comes back too, until that phase is taken back.
            let is_set = sql::probe::column_where(&self.table, name, "a.attnotnull");
            let kept = [back.clone(), vec![sql::not_null::set(&self.table, name, self.column)]].concat();
            back = vec![sql::archive::choose(&is_set, &kept, &back)];
        }
        Undo::statements(back)
    }

    /// The rows that exist, and the proof that none was missed.
    fn fill(&self, phase: Phase) -> Vec<Step> {
        let batch = fill_batch(self.context, &self.table, &self.id.name, self.value, self.column);
        let key = batch.key.clone();
        let mut fill = self.step(
            phase,
            format!("Compute {} for the rows that exist", self.id.label()),
            Action::Batches(batch),
            Undo::Nothing,
            DoneWhen::Repeatable,
        );
        fill.transaction = Transaction::Batches;
        fill.timeout = TimeoutClass::Batch;
        fill.cost = Cost::Copies(self.table.clone());
        fill.locks = vec![LockOn {
            lock: Lock::RowExclusive,
            relation: self.table.clone(),
        }];
        let otherwise = format!(
            "rows of `{}` do not hold in {} what its expression gives",
            self.table, self.id.name
        );
        let differs = mismatch(&self.id.name, self.value, self.column);
        let mut verify = carry::verify_step(self.id, self.code, &self.table, key, &differs, otherwise);
        verify.phase = phase;
        verify.title = format!("Verify that every row of {} holds its {}", self.table, self.id.name);
        vec![fill, verify]
    }

    fn proof(&self, phase: Phase) -> Vec<Step> {
        let mut steps = super::set_not_null::proof(self.context, &self.table, &self.id.name, self.code);
        for step in &mut steps {
            step.phase = phase;
            step.gives.clear();
        }
        steps
    }

    fn finish(&self, phase: Phase) -> Step {
        let name = &self.id.name;
        let mut step = self.step(
            phase,
            format!("Mark {} as computed", self.id.label()),
            Action::one(sql::sync::drop_todo(&self.table, name)),
            Undo::statements(self.todo()),
            DoneWhen::Holds(sql::probe::not(&sql::probe::constraint(
                &self.table,
                &sql::own_name::todo_name(name),
            ))),
        );
        step.gives.push(Fact::Changed(self.id.clone()));
        step.application.push(
            Advice::new(Moment::After, Code::New, "may read", self.id).behind(", every row has its value"),
        );
        step
    }
}
