//! Contract: the way from the source goes, the foreign key comes, the way back goes; and all of it back again.

use super::taken::Taken;
use crate::change::add_check;
use crate::model::{Body, Constraint, Object};
use crate::sql::{self, Stmt};
use crate::step::{Action, BatchStatement, DoneWhen, Fact, Lock, Phase, Step, TimeoutClass, Undo};

impl Taken<'_> {
    /// Code that writes the columns in the source is gone. The foreign key comes in the same moment: what new code deletes is
    /// carried by the trigger up to here, and from here on by the key.
    pub(super) fn cut(&self) -> Step {
        let mut up = vec![self.lock_both()];
        up.extend(self.sql(|split| split.drop_forward_triggers()));
        let mut down = vec![self.lock_both()];
        for (object, body) in self.constraints() {
            up.push(sql::alter::add_constraint(&self.target, &object.id.name, &body.definition, true));
            up.extend(sql::comments(object));
            down.push(sql::alter::drop_constraint(&self.target, &object.id.name));
        }
        down.extend(self.sql(|split| split.forward_triggers()));
        let keys = match self.foreign_keys().len() {
            0 => String::new(),
            1 => ", and add the foreign key, NOT VALID".to_owned(),
            _ => ", and add the foreign keys, NOT VALID".to_owned(),
        };
        let title = format!("Stop carrying {} from {} to {}{keys}", self.named(), self.source, self.target);
        let done = DoneWhen::Holds(self.is_cut());
        let mut step = self.step(Phase::Contract, title, Action::Statements(up), Undo::statements(down), done);
        step.timeout = TimeoutClass::Cut;
        step.locks = [&self.source, &self.target].map(|table| self.on(table, Lock::AccessExclusive)).to_vec();
        let unproven = self.constraints().filter(|(_, body)| !body.validated);
        step.gives.extend(unproven.map(|(object, _)| Fact::Exists(object.id.clone())));
        for (object, _) in self.constraints() {
            let used = object.depends_on.iter().filter(|id| self.context.old(id).is_none());
            step.needs.extend(used.cloned().map(Fact::Exists));
        }
        step
    }

    fn constraints(&self) -> impl Iterator<Item = (&Object, &Constraint)> {
        self.foreign_keys().into_iter().filter_map(|object| match &object.body {
            Body::Constraint(body) => Some((object, body)),
            _ => None,
        })
    }

    /// The foreign keys are proven while everybody works.
    pub(super) fn validate(&self) -> Vec<Step> {
        let proven = self.constraints().filter(|(_, body)| body.validated);
        proven
            .map(|(object, _)| {
                let mut step = add_check::validate(self.code(), self.context, object);
                step.phase = Phase::Contract;
                step.gives.push(Fact::Exists(object.id.clone()));
                step
            })
            .collect()
    }

    /// Nobody has written the columns in the source since.
    pub(super) fn prove_alone(&self) -> Step {
        let title = format!("Verify that nobody writes {} of {} any more", self.named(), self.source);
        let otherwise = format!(
            "rows of {} hold other values than {}: code that writes {} there still runs",
            self.source,
            self.target,
            self.named()
        );
        let mut step = self.count(Phase::Contract, title, true, self.sql(|split| split.count_differing()), otherwise);
        step.done_when = DoneWhen::RepeatableUntil(self.is_ended());
        step
    }

    /// The way back goes; the columns may.
    pub(super) fn end(&self) -> Step {
        let mut up = vec![sql::alter::lock_tables(std::slice::from_ref(&self.target))];
        up.extend(self.sql(|split| split.end()));
        let done = format!("{} AND {}", sql::probe::relation(&self.target), self.is_ended());
        let title = format!("Stop carrying {} back from {} to {}", self.named(), self.target, self.source);
        let mut step =
            self.step(Phase::Contract, title, Action::Statements(up), self.fill_again(), DoneWhen::Holds(done));
        step.timeout = TimeoutClass::Cut;
        step.locks = vec![self.on(&self.target, Lock::AccessExclusive)];
        step.gives.push(Fact::Valid(self.source_id()));
        step
    }

    /// The columns are there again, empty: the trigger keeps them current from here on, batches fill them.
    fn fill_again(&self) -> Undo {
        let mut actions = vec![
            Action::Statements(self.sql(|split| split.begin())),
            Action::Batches(self.batch(false, self.sql(|split| split.copy_back(false)))),
        ];
        let drawn: Vec<_> = self.columns.iter().filter(|each| each.body.volatile_default).collect();
        if !drawn.is_empty() {
            let statements = drawn.iter().map(|each| {
                let around = self.sql(|split| split.default_again(&each.old.id.name));
                BatchStatement { before: around.before, qualifier: around.qualifier.to_owned(), after: around.after }
            });
            let mut batch = self.batch(true, self.sql(|split| split.copy()));
            batch.statements = statements.collect();
            actions.push(Action::Batches(batch));
            let required = drawn.iter().filter(|each| each.body.not_null);
            let required: Vec<Stmt> =
                required.map(|each| sql::not_null::set(&self.source, &each.old.id.name, each.body)).collect();
            if !required.is_empty() {
                actions.push(Action::Statements(required));
            }
        }
        Undo::Run { action: Action::Sequence(actions), outside_transaction: false }
    }
}
