//! Drop an index.

use super::{Change, Context, add_key, build};
use crate::model::{Body, Index, Kind, Object};
use crate::sql;
use crate::step::{Action, DoneWhen, Fact, HazardCode, Phase, Step, Undo, Verdict};
use std::collections::BTreeSet;

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_index: an index of the table is not in the files.

DROP INDEX locks the table and the index. DROP INDEX CONCURRENTLY does not; it stands in contract, when no code's speed
depends on the index any more. The index of a partitioned table cannot be dropped concurrently.
Undo: CREATE INDEX CONCURRENTLY as it was.";

/// An index goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropIndex;

impl DropIndex {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.old(&change.object) else {
            return Vec::new();
        };
        let Body::Index(index) = &object.body else {
            return Vec::new();
        };
        vec![drop(change.code(), context, object, index)]
    }
}

/// The step that drops an index of the live side.
pub fn drop(code: &str, context: &Context, object: &Object, index: &Index) -> Step {
    let mut step = build::drop(context, object, code, Phase::Contract);
    step.title = format!("Drop index {} of {}", object.id.name, index.table);
    let referred = is_referred_to(context, object, index);
    let concurrently = !index.on_partitioned && !context.is_direct(&index.table) && !referred;
    if concurrently {
        step.up = Action::one(sql::alter::drop_index(&object.id.qualified(), true));
        let mut back = vec![Action::one(sql::index(index, &object.id.name, true, false))];
        let attributes: Vec<_> = sql::create(&super::restoring(object), context.from).into_iter().skip(1).collect();
        if !attributes.is_empty() {
            back.push(Action::Statements(attributes));
        }
        let action = if back.len() == 1 { back.remove(0) } else { Action::Sequence(back) };
        step.undo = Undo::Run { action, outside_transaction: true };
        add_key::outside(&mut step, &index.table);
    } else {
        if let Undo::Run { action: Action::Statements(statements), .. } = &mut step.undo {
            statements.extend(super::partition_name::below(index, &object.id, context.from));
            keep_apart(context, index, statements);
        }
        if index.on_partitioned {
            step.needs.extend(goes_before(context, index));
        }
        step.locks = vec![crate::step::LockOn {
            lock: crate::step::Lock::AccessExclusive,
            relation: index.table.clone(),
        }];
        if !context.is_direct(&index.table) && !context.is_small(&index.table) {
            step.hazards.push(build::hazard(
                HazardCode::BlocksWrites,
                Verdict::Warn,
                &object.id,
                match referred {
                    true => format!("the index that foreign keys leave cannot be dropped concurrently on `{}`", index.table),
                    false => format!("the index of the partitioned table `{}` cannot be dropped concurrently", index.table),
                },
            ));
        }
    }
    step.done_when = DoneWhen::Holds(build::is_gone(context, object));
    step.gives = vec![Fact::Gone(object.id.clone())];
    step
}

/// True where foreign keys stand on the index that find another key in its place: they are made anew in the transaction in
/// which it goes.
pub fn is_referred_to(context: &Context, object: &Object, index: &Index) -> bool {
    index.unique
        && context
            .users
            .standing_on(&BTreeSet::from([object.id.clone()]))
            .iter()
            .any(|id| id.kind == Kind::Constraint && context.new_of(id).is_some())
}

/// True for an index that goes by a step of its own: its table stays.
fn goes_by_itself(context: &Context, object: &Object, index: &Index) -> bool {
    let stays = Context::table(context.to, &index.table).is_some() && !super::is_replaced(context.from, context.to, &index.table);
    stays && context.new_of(&object.id).is_none()
}

/// The indexes of that shape that partitions lose as well. They go first, and so come back behind the parent's.
fn goes_before(context: &Context, index: &Index) -> Vec<Fact> {
    let goes = |object: &&Object| match &object.body {
        Body::Index(own) => {
            let parent = Context::table(context.from, &own.table).and_then(|table| table.partition_of.as_ref());
            own.is_like(index) && parent.is_some_and(|of| of.parent == index.table) && goes_by_itself(context, object, own)
        }
        _ => false,
    };
    context.from.of_kind(Kind::Index).filter(goes).map(|object| Fact::Gone(object.id.clone())).collect()
}

/// Partitions' own indexes of the same shape would be adopted when the parent's comes back: they go before and come behind.
fn keep_apart(context: &Context, index: &Index, statements: &mut Vec<sql::Stmt>) {
    for object in context.from.of_kind(crate::model::Kind::Index) {
        let Body::Index(own) = &object.body else { continue };
        let parent = Context::table(context.from, &own.table).and_then(|table| table.partition_of.as_ref());
        if own.is_like(index) && parent.is_some_and(|of| of.parent == index.table) && !goes_by_itself(context, object, own) {
            let drop = sql::Stmt::new(format!("DROP INDEX IF EXISTS {}", sql::qualified(&object.id.qualified())));
            statements.insert(0, drop);
            let again = sql::create(&super::restoring(object), context.from);
            statements.push(sql::archive::choose(&sql::probe::relation(&own.table), &again, &[]));
        }
    }
}
