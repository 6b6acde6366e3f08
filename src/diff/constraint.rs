//! Constraints that are on both sides.

use super::{Sides, pair::sorted};
use crate::change::{
    Change, Detail, DetailLine, Verb,
    replace_constraint::ReplaceConstraint,
    validate_constraint::{self, ValidateConstraint},
};
use crate::model::{Constraint, ObjectId};

/// What becomes another constraint, or is proven; an inherited one goes with its parent's.
pub(super) fn compare(id: &ObjectId, old: &Constraint, new: &Constraint) -> Option<Change> {
    if new.inherited {
        return None;
    }
    let storage = |constraint: &Constraint| {
        constraint
            .index
            .as_ref()
            .map(|i| (sorted(&i.options), i.tablespace.clone()))
    };
    let same = old.kind == new.kind
        && old.definition == new.definition
        && old.enforced == new.enforced
        && storage(old) == storage(new);
    let (detail, line) = if !same {
        (
            Detail::ReplaceConstraint(ReplaceConstraint),
            DetailLine::new("definition", &old.definition, &new.definition),
        )
    } else if old.validated != new.validated {
        let show = |valid: bool| if valid { "validated" } else { "NOT VALID" };
        (
            Detail::ValidateConstraint(ValidateConstraint),
            DetailLine::new("state", show(old.validated), show(new.validated)),
        )
    } else {
        return None;
    };
    let mut change = Change::new(id.clone(), Verb::Alter, detail);
    change.lines.push(line);
    Some(change)
}

/// A CHECK stays NOT VALID, and is proven in more of its partitions. What is proven stays so whatever the files say.
pub(super) fn proofs(sides: &Sides, id: &ObjectId, old: &Constraint, new: &Constraint) -> Option<Change> {
    let more = validate_constraint::more_proofs(sides.from, sides.to, old, new);
    if more.is_empty() || new.inherited {
        return None;
    }
    let mut change = Change::new(
        id.clone(),
        Verb::Alter,
        Detail::ValidateConstraint(ValidateConstraint),
    );
    let more: Vec<String> = more.iter().map(ToString::to_string).collect();
    let proven = format!("validated in {}", more.join(", "));
    change.lines.push(DetailLine::new("state", "NOT VALID", proven));
    Some(change)
}
