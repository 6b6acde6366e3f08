//! A generated column whose expression changes, or a column that becomes generated.

use super::{Change, Context, around, build, emulate_generated, redefine, shared_children};
use crate::model::{Body, Column, Generated, Ident, Object, QualifiedName};
use crate::sql::{self, Stmt, emulated::Emulated};
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Step, Undo, Verdict};
use std::collections::BTreeSet;

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_generated: the generation expression of a column differs.

A plain column cannot become generated, and an expression cannot be replaced where `set_expression` does not serve: the
column is dropped and added again in one transaction in contract. STORED, that writes the table anew; above the size gate it is refused.
VIRTUAL (18) it costs nothing. A stored column that becomes plain keeps its values (DROP EXPRESSION); a virtual one has
none, so the plain column that takes its place is filled by the expression.
Undo: the former column; values of a plain column that became generated are not kept.";

/// Generation changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeGenerated {
    /// The transaction that it shares with what depends on the column.
    pub unit: String,
}

impl ChangeGenerated {
    /// Drop and add, in one unit with the dependents.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (old, new) = (&of_its_own(old), &of_its_own(new));
        let (Body::Column(before), Body::Column(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let id = &old.id;
        let table = id.relation();
        if let (Some(generated), None) = (&before.generated, &after.generated)
            && !generated.stored
        {
            return vec![materialised(change, context, old, new, generated)];
        }
        if after.generated.is_none()
            && let Some(emulated) = Emulated::of(&table, &id.name, before)
        {
            let title = format!("Let {} be a plain column that nothing computes", id.label());
            let mut step = build::alter(id, change.code(), Phase::Contract, title, emulated.drop(), Vec::new());
            step.undo = emulate_generated::again(context, old, before, &emulated);
            step.done_when = DoneWhen::Holds(sql::probe::not(&sql::probe::trigger(&table, emulated.trigger.as_str())));
            step.locks = build::locks(context, id, Lock::AccessExclusive);
            step.gives.push(Fact::Named(id.clone()));
            return vec![step];
        }
        if after.generated.is_none() {
            let mut step = build::alter(
                id,
                change.code(),
                Phase::Contract,
                format!("Make {} a plain column", id.label()),
                vec![sql::alter::column_action(&table, &id.name, "DROP EXPRESSION")],
                Vec::new(),
            );
            let column = BTreeSet::from([id.clone()]);
            // What goes by this plan goes before, and is not there yet when this is taken back.
            let standing = context.users.standing_on_dropped(&column);
            let (kept, gone): (Vec<_>, Vec<_>) = standing.into_iter().partition(|id| context.new_of(id).is_some());
            step.needs.extend(gone.into_iter().map(Fact::Gone));
            let (drops, creates) = around::drop_and_create(context.from, &kept);
            let mut back = drops;
            back.push(sql::drop(old));
            back.extend(super::made_again(context, old));
            back.extend(creates);
            if let (false, true, Body::Column(column)) = (before.not_null, after.not_null, &new.body) {
                // Set in an earlier phase it holds for the column that comes back too, until that phase is taken back.
                let is_set = sql::probe::column_where(&table, &id.name, "a.attnotnull");
                let kept = [back.clone(), vec![sql::not_null::set(&table, &id.name, column)]].concat();
                back = vec![sql::archive::choose(&is_set, &kept, &back)];
            }
            step.undo = Undo::statements(back);
            step.done_when = DoneWhen::Holds(sql::probe::column_where(&table, &id.name, "a.attgenerated = ''"));
            step.locks = build::locks(context, id, Lock::AccessExclusive);
            // A default can only be set behind it.
            step.gives.push(Fact::Named(id.clone()));
            return vec![step];
        }
        let mut drop = build::drop(context, old, change.code(), Phase::Contract);
        drop.unit = Some(self.unit.clone());
        let made_anew = after.generated.as_ref().filter(|generated| before.generated.as_ref() != Some(generated));
        drop.done_when = redefine::made_way(
            old,
            made_anew.map(|generated| sql::probe::column_expression(&table, &id.name, generated)),
        );
        let lost = before.generated.is_none();
        if lost {
            let back = match is_kept(before, after) {
                true => as_plain(&table, &id.name, before, after),
                false => super::made_again(context, old),
            };
            drop.undo = Undo::Lossy {
                action: Action::Statements(back),
                reason: format!("the values that {} held before it became generated", id.label()),
            };
            drop.hazards.push(build::hazard(
                HazardCode::Irreversible,
                Verdict::Stop,
                id,
                format!("the values of {} are replaced by the expression's", id.label()),
            ));
        }
        let mut create = build::create(context, &super::carrying(new, old), change.code(), Phase::Contract);
        create.title = format!("Add generated column {} anew", id.label());
        if lost && is_kept(before, after) {
            // The computed values stay, and NOT NULL holds.
            create.undo = Undo::statements(vec![sql::alter::column_action(&table, &id.name, "DROP EXPRESSION")]);
        }
        create.unit = Some(self.unit.clone());
        create.needs.push(Fact::Gone(id.clone()));
        create.gives.push(Fact::Changed(id.clone()));
        create.locks = build::locks(context, id, Lock::AccessExclusive);
        create.done_when = match &after.generated {
            // Made anew as it was, for something that it stands on: that it is there says nothing.
            Some(_) if after.generated == before.generated => DoneWhen::Repeatable,
            Some(generated) => DoneWhen::Holds(sql::probe::column_expression(&table, &id.name, generated)),
            None => DoneWhen::Holds("false".to_owned()),
        };
        // A virtual column holds no values: it comes and goes without a row being written.
        let stored = after.generated.as_ref().is_some_and(|generated| generated.stored);
        if stored {
            create.cost = Cost::Rewrites(table.clone());
            let message = format!("`{table}` is written anew under ACCESS EXCLUSIVE");
            build::up_to_the_gate(&mut create, context, &table, HazardCode::NoSafeForm, message);
        }
        vec![drop, create]
    }
}

/// True where the computed column is, but for that, the plain one that it was.
fn is_kept(plain: &Column, computed: &Column) -> bool {
    let bare = |column: &Column| Column {
        position: 0,
        default: None,
        volatile_default: false,
        not_null: false,
        not_null_constraint: None,
        generated: None,
        ..column.clone()
    };
    let stored = computed.generated.as_ref().is_some_and(|generated| generated.stored);
    stored && bare(plain) == bare(computed)
}

/// What a column that is no longer computed lacks of the plain one that it was.
fn as_plain(table: &QualifiedName, name: &Ident, plain: &Column, computed: &Column) -> Vec<Stmt> {
    let mut statements = Vec::new();
    if plain.default.is_some() {
        statements.push(sql::alter::default(table, name, plain.default.as_ref()));
    }
    match (plain.not_null, computed.not_null) {
        (true, false) => statements.push(sql::not_null::set(table, name, plain)),
        (false, true) => statements.push(sql::alter::drop_not_null(table, name)),
        _ => {}
    }
    statements
}

/// The column as the table makes it itself: a parent that it leaves, or has yet to get, gives it none.
fn of_its_own(column: &Object) -> Object {
    let mut column = column.clone();
    if let Body::Column(body) = &mut column.body {
        body.inherited = false;
    }
    column
}

/// True for a column that is computed.
pub fn is_generated(object: &Object) -> bool {
    matches!(&object.body, Body::Column(column) if column.generated.is_some())
}

/// A virtual column has no values to keep, and no DROP EXPRESSION: a plain one takes its place and is filled.
fn materialised(change: &Change, context: &Context, old: &Object, new: &Object, generated: &Generated) -> Step {
    let id = &old.id;
    let table = id.relation();
    let mut plain = super::carrying(new, old);
    let not_null = match &mut plain.body {
        Body::Column(column) => std::mem::take(&mut column.not_null),
        _ => false,
    };
    let mut up = vec![sql::drop(old)];
    up.extend(sql::create(&plain, context.to));
    up.push(sql::Stmt::new(format!(
        "UPDATE {} SET {} = ({})",
        sql::qualified(&table),
        sql::ident(&id.name),
        generated.expression
    )));
    if let (true, Body::Column(column)) = (not_null, &new.body) {
        up.push(sql::not_null::set(&table, &id.name, column));
    }
    up.extend(shared_children::own_forms(context.to, context.from, id));
    let mut down = vec![sql::drop(old)];
    down.extend(super::made_again(context, old));
    let title = format!("Make {} a plain column and fill it", id.label());
    let mut step = build::alter(id, change.code(), Phase::Contract, title, up, down);
    step.done_when = DoneWhen::Holds(sql::probe::column_where(&table, &id.name, "a.attgenerated = ''"));
    step.locks = build::locks(context, id, Lock::AccessExclusive);
    step.cost = Cost::Copies(table.clone());
    let message = format!("every row of `{table}` is written under ACCESS EXCLUSIVE");
    build::up_to_the_gate(&mut step, context, &table, HazardCode::RewritesTable, message);
    step
}
