//! SET DEFAULT and DROP DEFAULT.

use super::change_identity::{unit_of_default, unit_of_identity};
use super::partition_tree::of_going_children;
use super::{Change, Context, Detail, DetailLine, build, keep_label, rebuild_enum};
use crate::model::{Body, Catalog, Column, Expr, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Advice, Code, DoneWhen, Fact, Lock, Moment, Phase, Step, Undo};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_default: a column's default differs.

A catalog change that holds for new rows only. A default is set in expand; it is dropped in contract, because old code
may leave the column out and rely on it.
Undo: the former default.";

/// A default changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeDefault {
    /// As it is.
    pub old: Option<Expr>,
    /// As desired.
    pub new: Option<Expr>,
    /// The transaction of what it calls, where that is made anew.
    pub unit: Option<String>,
}

impl ChangeDefault {
    /// The change from one form of a column to the other, and the line that shows it.
    pub fn between(old: &Column, new: &Column, unit: Option<String>) -> (Detail, DetailLine) {
        let show = |column: &Column| column.default.as_ref().map(ToString::to_string).unwrap_or_default();
        let line = DetailLine::new("default", show(old), show(new));
        let detail = Self {
            old: old.default.clone(),
            new: new.default.clone(),
            unit,
        };
        (Detail::ChangeDefault(detail), line)
    }

    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        if rebuild_enum::takes_default_over(context, id) {
            return Vec::new();
        }
        let table = id.relation();
        // Children have defaults of their own.
        let parent = has_children(context, &table);
        let to = |default: &Option<Expr>| match parent {
            true => sql::alter::default_only(&table, &id.name, default.as_ref()),
            false => sql::alter::default(&table, &id.name, default.as_ref()),
        };
        if let Some(unit) = &self.unit {
            return self.around(change, context, unit, &to);
        }
        // A label that takes another's place is written when all code knows it.
        let is_kept_label = self.new.as_ref().is_some_and(|new| keep_label::is_written_in(context.to, new));
        let phase = if self.new.is_some() && !is_kept_label { Phase::Expand } else { Phase::Contract };
        let title = match &self.new {
            Some(new) => format!("Set the default of {} to {new}", id.label()),
            None => format!("Drop the default of {}", id.label()),
        };
        let mut step = build::alter(
            id,
            change.code(),
            phase,
            title,
            vec![to(&self.new)],
            vec![to(&self.old)],
        );
        if parent && phase == Phase::Contract {
            // A child that comes back takes over what its parent has by then.
            step.needs.extend(of_going_children(context, &table));
        }
        let column = |object: Option<&Object>, what: fn(&Column) -> bool| matches!(object.map(|object| &object.body), Some(Body::Column(column)) if what(column));
        let of_old = |what| column(context.old(id), what);
        let loses_identity = of_old(|old| old.identity.is_some())
            && !column(context.new_of(id), |new| new.identity.is_some());
        if of_old(|old| old.generated.is_some()) || loses_identity {
            // It is a plain column first; that of a partition becomes one with its parent's.
            step.needs.extend(with_parents(context, id).into_iter().map(Fact::Named));
        }
        if of_old(|old| old.generated.is_some()) {
            // Its expression comes back behind this, and that leaves no default.
            step.undo = Undo::Nothing;
        }
        if context.old(id).is_none() {
            // It comes and goes with an attribute of its table's type.
            step.done_when = DoneWhen::Holds(sql::probe::has_default(&table, &id.name));
        }
        let gains_identity = column(context.new_of(id), |new| new.identity.is_some());
        if loses_identity {
            step.unit = Some(unit_of_default(context, id));
        } else if gains_identity && of_old(|old| old.identity.is_none()) {
            step.unit = Some(unit_of_identity(context, id));
        }
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        step.application.push(match &self.new {
            Some(new) => Advice::new(Moment::From, Code::Every, format!("gets {new} where it leaves"), id).behind(" out"),
            None => Advice::new(Moment::Before, Code::Every, "must give", id).behind(" a value of its own"),
        });
        vec![step]
    }

    /// The default goes and comes in the transaction in which what it calls is made anew.
    fn around(&self, change: &Change, context: &Context, unit: &str, to: &dyn Fn(&Option<Expr>) -> sql::Stmt) -> Vec<Step> {
        let id = &change.object;
        let label = id.label();
        let title = format!("Drop the default of {label} for the while");
        let mut drop = build::alter(id, change.code(), Phase::Contract, title, vec![to(&None)], vec![to(&self.old)]);
        let title = format!("Set the default of {label} again");
        let mut set = build::alter(id, change.code(), Phase::Contract, title, vec![to(&self.new)], vec![to(&None)]);
        set.gives.clear();
        if let Some(desired) = context.new_of(id) {
            set.needs.extend(desired.depends_on.iter().cloned().map(Fact::Exists));
            // A column that changes type as well has done so by then.
            set.needs.push(Fact::Exists(id.clone()));
        }
        for step in [&mut drop, &mut set] {
            step.unit = Some(unit.to_owned());
            step.locks = build::locks(context, id, Lock::AccessExclusive);
        }
        vec![drop, set]
    }
}

fn has_children(context: &Context, table: &QualifiedName) -> bool {
    let children = |catalog: &Catalog| {
        catalog.of_kind(Kind::Table).any(|object| match &object.body {
            Body::Table(body) => {
                body.inherits.contains(table) || body.partition_of.as_ref().is_some_and(|of| of.parent == *table)
            }
            _ => false,
        })
    };
    children(context.from) || children(context.to)
}

/// The column, and those of the tables above that a partition is of.
fn with_parents(context: &Context, column: &ObjectId) -> Vec<ObjectId> {
    let mut found = vec![column.clone()];
    let mut table = column.relation();
    while let Some(of) = Context::table(context.from, &table).and_then(|table| table.partition_of.as_ref()) {
        table = of.parent.clone();
        found.push(ObjectId::part(column.kind, &table, &column.name));
    }
    found
}
