//! The other way: a table takes columns over from one that goes.

use super::taken::{Taken, TakenColumn, directive, is_possible, key_fits, spelled};
use super::wrong::{key_over, source_of};
use crate::change::archive::h8;
use crate::change::{Context, add_column::ordered_columns};
use crate::model::{Body, Constraint, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Advice, Code, Cost, DoneWhen, Fact, Lock, Moment, Phase, Precondition, Step, TimeoutClass, Undo,
};
use crate::text::SplitFrom;

/// The steps of a merge into this table.
pub fn merge_steps(context: &Context, id: &ObjectId) -> Vec<Step> {
    let Some(Ok(taken)) = Taken::merged(context, id) else {
        return Vec::new();
    };
    let mut steps = vec![taken.begin_merge(), taken.copy_over(), taken.prove(Phase::Migrate)];
    steps.extend(taken.let_go());
    steps.push(taken.prove(Phase::Contract));
    steps.extend(taken.drop_keys());
    steps.push(taken.end_merge());
    steps
}

/// The foreign key follows what is deleted and renumbered.
fn follows(body: &Constraint) -> bool {
    ["ON UPDATE CASCADE", "ON DELETE CASCADE"].iter().all(|word| body.definition.contains(word))
}

impl<'a> Taken<'a> {
    /// None where nothing is to be taken over: the directive is not there, or the other table is not (it has gone, or the
    /// database begins empty).
    ///
    /// # Errors
    /// What stands in the way, as a sentence.
    pub fn merged(context: &'a Context<'a>, id: &ObjectId) -> Option<Result<Self, String>> {
        let merge = directive(context.to, id, true)?;
        let goes = source_of(id, merge);
        Context::table(context.from, &goes)?;
        Some(Self::checked_merge(context, id, merge, goes))
    }

    fn checked_merge(
        context: &'a Context<'a>,
        id: &ObjectId,
        merge: &SplitFrom,
        goes: QualifiedName,
    ) -> Result<Self, String> {
        let table = id.qualified();
        let new = context.new_of(id).filter(|_| context.old(id).is_some());
        let new = new.ok_or_else(|| format!("`{table}` is new: rows of `{goes}` can go to a table that is there, not yet to one that comes"))?;
        let name = |text: &String| Ident::new(text.clone());
        is_possible(context, &table, &goes)?;
        let key: Vec<(Ident, Ident)> = merge.on.iter().map(|(own, theirs)| (name(theirs), name(own))).collect();
        let sides: [(&QualifiedName, Vec<&Ident>); 2] =
            [(&table, key.iter().map(|(_, own)| own).collect()), (&goes, key.iter().map(|(theirs, _)| theirs).collect())];
        for (table, names) in sides {
            if key_over(context.from, table, &names).is_none() {
                return Err(format!("`{table}` has no primary or unique key over ({}) in the database", sql::idents(names)));
            }
        }
        for (theirs, own) in &key {
            let other = Context::column(context.from, &ObjectId::part(Kind::Column, &goes, theirs));
            key_fits(context, (&table, own), other)?;
        }
        let mut columns = Vec::new();
        for (theirs, own) in &merge.columns {
            columns.push(column(context, (&goes, &name(theirs)), (&table, &name(own)))?);
        }
        lacks_nothing(context, &goes, &key, &columns)?;
        let digest = h8(context.seed, "split", &id.label());
        Ok(Self { context, new, digest, source: table, target: goes, key, columns, merged: true })
    }

    fn begin_merge(&self) -> Step {
        let up = self.start();
        let mut down = vec![self.lock_both()];
        down.extend(self.sql(|split| split.drop_forward_triggers()));
        down.extend(self.sql(|split| split.end()));
        let title = format!("Keep {} of {} and {} equal by triggers", self.named(), self.source, self.target);
        let reverse = self.sql(|split| split.trigger("rev"));
        let gone = sql::probe::not(&sql::probe::relation(&self.target));
        let done = format!("({}) OR ({gone})", sql::probe::trigger(&self.target, reverse.as_str()));
        let mut step =
            self.step(Phase::Expand, title, Action::Statements(up), Undo::statements(down), DoneWhen::Holds(done));
        step.locks = [&self.source, &self.target].map(|table| self.on(table, Lock::ShareRowExclusive)).to_vec();
        step.timeout = TimeoutClass::Cut;
        step.needs.extend(self.columns.iter().map(|each| Fact::Exists(each.old.id.clone())));
        let both = [self.source.clone(), self.target.clone()];
        step.preconditions.push(Precondition {
            holds: sql::probe::is_no_subscription_target(&both),
            otherwise: format!("`{}` or `{}` is filled by a subscription, whose writes fire no trigger", self.source, self.target),
            replan: false,
            rows: None,
        });
        step.hazards.extend(self.other_triggers());
        step.application.push(self.deadlocks());
        step
    }

    /// All triggers, under the locks that they need.
    fn start(&self) -> Vec<Stmt> {
        let mut statements = vec![self.lock_writers(Lock::ShareRowExclusive)];
        statements.extend(self.sql(|split| split.begin()));
        statements.extend(self.sql(|split| split.forward_triggers()));
        statements
    }

    fn copy_over(&self) -> Step {
        // Where a column is there already, what it holds stays: the comparison behind this says so if it is something else.
        let fill = self.columns.iter().any(|each| self.context.old(&each.old.id).is_some());
        let batch = self.batch(false, self.sql(|split| split.copy_back(fill)));
        let title = format!("Copy {} of {} to {}", self.named_there(), self.target, self.source);
        let mut step = self.batches(Phase::Migrate, title, Action::Batches(batch), DoneWhen::Repeatable);
        step.cost = Cost::Copies(self.target.clone());
        step.locks = vec![self.on(&self.source, Lock::RowExclusive), self.on(&self.target, Lock::RowShare)];
        step
    }

    /// `bio, avatar`, as the table that goes calls them.
    fn named_there(&self) -> String {
        self.columns.iter().map(|each| each.new.to_string()).collect::<Vec<_>>().join(", ")
    }

    /// Foreign keys along the key.
    fn ties(&self) -> impl Iterator<Item = (&'a Object, &'a Constraint)> {
        let names: Vec<Ident> = self.key.iter().map(|(theirs, _)| theirs.clone()).collect();
        self.foreign_keys().into_iter().filter_map(move |object| match &object.body {
            Body::Constraint(body) if body.columns.iter().all(|name| names.contains(name)) => Some((object, body)),
            _ => None,
        })
    }

    fn tie(&self, object: &Object, body: &Constraint) -> Stmt {
        let own = |name: &Ident| self.key.iter().find(|(theirs, _)| theirs == name).map(|(_, own)| own);
        let definition = format!(
            "FOREIGN KEY ({}) REFERENCES {} ({}) ON UPDATE CASCADE ON DELETE CASCADE",
            sql::idents(&body.columns),
            sql::qualified(&self.source),
            sql::idents(body.columns.iter().filter_map(own))
        );
        sql::alter::add_constraint(&self.target, &object.id.name, &definition, true)
    }

    /// New code deletes and renumbers rows without a look at the table that goes.
    fn let_go(&self) -> Vec<Step> {
        let ties = self.ties().filter(|(_, body)| !follows(body));
        ties.map(|(object, body)| {
            let name = &object.id.name;
            let drop = sql::alter::drop_constraint(&self.target, name);
            let up = vec![self.lock_both(), drop.clone(), self.tie(object, body)];
            let mut down = vec![self.lock_both(), drop];
            down.push(sql::alter::add_constraint(&self.target, name, &body.definition, true));
            down.extend(sql::comments(object));
            if body.validated {
                down.push(sql::alter::validate_constraint(&self.target, name));
            }
            let done = sql::probe::constraint_where(
                &self.target,
                name,
                "c.confupdtype = 'c' AND c.confdeltype = 'c' AND NOT c.convalidated",
            );
            let gone = sql::probe::not(&sql::probe::constraint(&self.target, name));
            let title = format!("Let {name} of {} follow what is deleted and renumbered", self.target);
            let mut step = self.step(
                Phase::Migrate,
                title,
                Action::Statements(up),
                Undo::statements(down),
                DoneWhen::Holds(format!("({done}) OR ({gone})")),
            );
            step.timeout = TimeoutClass::Cut;
            step.locks = [&self.source, &self.target].map(|table| self.on(table, Lock::AccessExclusive)).to_vec();
            step
        })
        .collect()
    }

    /// No code knows the other table any more.
    fn end_merge(&self) -> Step {
        let mut up = vec![self.lock_both()];
        up.extend(self.sql(|split| split.drop_forward_triggers()));
        up.extend(self.sql(|split| split.end()));
        let undo = self.current_again();
        let title = format!("Stop carrying {} between {} and {}", self.named(), self.source, self.target);
        let reverse = self.sql(|split| split.trigger("rev"));
        let done = sql::probe::not(&sql::probe::trigger(&self.target, reverse.as_str()));
        let mut step = self.step(Phase::Contract, title, Action::Statements(up), undo, DoneWhen::Holds(done));
        step.timeout = TimeoutClass::Cut;
        step.locks = [&self.source, &self.target].map(|table| self.on(table, Lock::AccessExclusive)).to_vec();
        step.gives.push(Fact::Valid(ObjectId::named(Kind::Table, &self.target)));
        step
    }

    /// The table that was away holds what was true when it went. It is told what is written, and tells nothing, until it has
    /// been brought up to date: a foreign key that follows renumbers its rows, and what they said before would go over what new code
    /// has written since. Rows that belong to nothing any more go first: their key may be taken by another by now.
    fn current_again(&self) -> Undo {
        let weed = || Action::Batches(self.batch(false, self.sql(|split| split.weed())));
        let mut start = vec![self.lock_both()];
        start.extend(self.sql(|split| split.drop_forward_triggers()));
        start.extend(self.sql(|split| split.end()));
        start.extend(self.sql(|split| split.functions(true)));
        start.extend(self.sql(|split| split.forward_triggers()));
        let mut tell = vec![self.lock_writers(Lock::ShareRowExclusive)];
        tell.extend(self.sql(|split| split.reverse_triggers()));
        let actions = vec![
            weed(),
            Action::Statements(start),
            weed(),
            Action::Batches(self.batch(true, self.sql(|split| split.mend()))),
            Action::Statements(tell),
        ];
        Undo::Run { action: Action::Sequence(actions), outside_transaction: false }
    }

    /// The foreign keys that follow go before the triggers, which follow in their place; undone, they follow again, over rows
    /// that are up to date.
    fn drop_keys(&self) -> Vec<Step> {
        self.ties()
            .map(|(object, body)| {
                let name = &object.id.name;
                let up = vec![self.lock_both(), sql::alter::drop_constraint(&self.target, name)];
                let mut down = vec![self.lock_both()];
                match follows(body) {
                    true => {
                        down.push(sql::alter::add_constraint(&self.target, name, &body.definition, true));
                        down.extend(sql::comments(object));
                        if body.validated {
                            down.push(sql::alter::validate_constraint(&self.target, name));
                        }
                    }
                    false => down.push(self.tie(object, body)),
                }
                let done = DoneWhen::Holds(sql::probe::not(&sql::probe::constraint(&self.target, name)));
                let title = format!("Drop {name} of {}", self.target);
                let mut step =
                    self.step(Phase::Contract, title, Action::Statements(up), Undo::statements(down), done);
                step.timeout = TimeoutClass::Cut;
                step.locks = [&self.source, &self.target].map(|table| self.on(table, Lock::AccessExclusive)).to_vec();
                step.gives.push(Fact::Gone(object.id.clone()));
                step
            })
            .collect()
    }

    pub(super) fn deadlocks(&self) -> Advice {
        let behind = format!(", to be tried again, where one writes a row there and another its row of {}", self.source);
        let child = ObjectId::named(Kind::Table, &self.target);
        Advice::new(Moment::From, Code::Every, "may get 40P01 from", &child).behind(behind)
    }

    /// The foreign keys whose going is a part of the merge.
    pub(super) fn tied(&self) -> Vec<ObjectId> {
        self.ties().map(|(object, _)| object.id.clone()).collect()
    }
}

fn column<'a>(
    context: &'a Context<'a>,
    (goes, theirs): (&QualifiedName, &Ident),
    (table, own): (&QualifiedName, &Ident),
) -> Result<TakenColumn<'a>, String> {
    let there = ObjectId::part(Kind::Column, goes, theirs);
    let Some(before) = Context::column(context.from, &there) else {
        return Err(format!("`{goes}` has no column {theirs} in the database that {table} could take over"));
    };
    let id = ObjectId::part(Kind::Column, table, own);
    let (Some(object), Some(after)) = (context.new_of(&id), Context::column(context.to, &id)) else {
        return Err(format!("`{table}` has no column {own}"));
    };
    if Context::column(context.from, &id).is_some_and(|there| there.data_type != after.data_type) {
        return Err(format!("{table}.{own} changes its type too: change it in a plan of its own"));
    }
    if before.data_type != after.data_type || before.collation != after.collation {
        return Err(format!(
            "{goes}.{theirs} is {} and {table}.{own} is {}: change the type before the merge, or behind it",
            spelled(before),
            spelled(after)
        ));
    }
    if after.not_null && !before.not_null {
        return Err(format!("{table}.{own} is NOT NULL, and {goes}.{theirs} may be NULL: make it NOT NULL before, or behind the merge"));
    }
    if after.volatile_default {
        return Err(format!("the default of {table}.{own} is another each time: set it behind the merge"));
    }
    Ok(TakenColumn { old: object, body: after, new: theirs.clone(), required: before.not_null })
}

/// A row that new code writes needs no value that only the table that goes has.
fn lacks_nothing(
    context: &Context,
    goes: &QualifiedName,
    key: &[(Ident, Ident)],
    columns: &[TakenColumn],
) -> Result<(), String> {
    for (object, column) in ordered_columns(context.from, goes) {
        let name = &object.id.name;
        let known = key.iter().any(|(theirs, _)| theirs == name) || columns.iter().any(|each| each.new == *name);
        let empty = column.default.is_none() && column.identity.is_none() && column.generated.is_none();
        if !known && column.not_null && empty {
            return Err(format!(
                "{} is NOT NULL without a default, and not taken over: what new code writes would have no value for it; allow NULL before",
                object.id.label()
            ));
        }
    }
    Ok(())
}
