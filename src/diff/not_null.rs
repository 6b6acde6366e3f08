//! NOT NULL of a column: whether it is there, and since 18 its name, NOT VALID and NO INHERIT.

use super::{Sides, pair::setting};
use crate::change::{Change, Detail, DetailLine, Verb, drop_not_null::DropNotNull, set_not_null::SetNotNull};
use crate::model::{Column, NotNull, Object};
use crate::sql::{self, Stmt};
use crate::step::{Lock, Phase};

/// The oldest major in which a NOT NULL is a constraint of its own.
const NAMED_SINCE: u32 = 18;

/// What differs in the NOT NULL of a column that is on both sides.
pub(super) fn compare(sides: &Sides, desired: &Object, old: &Column, new: &Column) -> Vec<Change> {
    let id = &desired.id;
    let line = || DetailLine::new("nullability", show(old), show(new));
    let one = |detail: Detail| {
        let mut change = Change::new(id.clone(), Verb::Alter, detail);
        change.lines.push(line());
        vec![change]
    };
    let (before, after) = (unproven(old), unproven(new));
    if new.not_null && !old.not_null {
        return one(Detail::SetNotNull(SetNotNull));
    }
    if old.not_null && !new.not_null && after.is_none() {
        return one(Detail::DropNotNull(DropNotNull));
    }
    if sides.to.major() < NAMED_SINCE {
        return Vec::new();
    }
    let table = id.relation();
    let name = &id.name;
    let gone = || vec![sql::alter::drop_not_null(&table, name)];
    let again = |column: &Column| -> Vec<Stmt> {
        let mut statements = gone();
        statements.extend(match unproven(column) {
            Some(form) => vec![sql::not_null::add(&table, name, form, true)],
            None if column.not_null => vec![sql::not_null::set(&table, name, column)],
            None => Vec::new(),
        });
        statements
    };
    let (phase, up, down) = match (before, after) {
        (None, Some(_)) => (Phase::Contract, again(new), again(old)),
        (Some(_), None) if !new.not_null => (Phase::Expand, gone(), again(old)),
        _ => {
            let (Some(before), Some(after)) = (&old.not_null_constraint, &new.not_null_constraint) else {
                return Vec::new();
            };
            if before.no_inherit != after.no_inherit {
                // ALTER CONSTRAINT … NO INHERIT would leave the children theirs.
                (Phase::Contract, again(new), again(old))
            } else if is_renamed(before, after) {
                let rename = |form: &NotNull| vec![sql::not_null::rename(&table, name, &form.name)];
                (Phase::Expand, rename(after), rename(before))
            } else {
                return Vec::new();
            }
        }
    };
    let mut change = setting(
        id,
        "the NOT NULL constraint",
        phase,
        Lock::AccessExclusive,
        up,
        down,
    );
    change.lines = vec![line()];
    vec![change]
}

/// The constraint that stands there without being proven.
fn unproven(column: &Column) -> Option<&NotNull> {
    column
        .not_null_constraint
        .as_deref()
        .filter(|form| !form.validated)
}

fn show(column: &Column) -> String {
    let Some(form) = &column.not_null_constraint else {
        return if column.not_null { "NOT NULL" } else { "NULL" }.to_owned();
    };
    let mut text = match form.generated {
        true => "NOT NULL".to_owned(),
        false => format!("CONSTRAINT {} NOT NULL", form.name),
    };
    if form.no_inherit {
        text.push_str(" NO INHERIT");
    }
    if !form.validated {
        text.push_str(" NOT VALID");
    }
    text
}

/// Only a name of the user's own is a part of the schema: the one that PostgreSQL gave may be a former one.
fn is_renamed(before: &NotNull, after: &NotNull) -> bool {
    !after.generated && before.name != after.name
}
