//! Names that change by the plan, and who waits for them.

use super::keys;
use crate::change::Context;
use crate::change::former_names::Renaming;
use crate::change::rename_object;
use crate::model::Kind;
use crate::sql;
use crate::step::{DoneWhen, Fact, Step};

/// That a column is there says nothing of a new one while the one that bore its name is not renamed; and what is built over the
/// new one is built behind it.
pub fn come_behind(context: &Context, renamings: &[Renaming], step: &mut Step) {
    let own = step.object.clone();
    if step.change != rename_object::CODE
        && let Some(object) = context.new_of(&own)
    {
        let taken = renamings.iter().map(|renaming| &renaming.old);
        let new =
            taken.filter(|old| old.kind == Kind::Column && **old != own && object.depends_on.contains(*old));
        let new = new.filter(|old| context.new_of(old).is_some());
        step.needs.extend(new.cloned().map(Fact::Exists));
    }
    let left = |renaming: &&Renaming| {
        renaming.old.kind == Kind::Column && step.gives.contains(&Fact::Exists(renaming.old.clone()))
    };
    let new = renamings.iter().find(left).map(|renaming| &renaming.new);
    if let (Some(new), DoneWhen::Holds(condition)) = (new, &mut step.done_when) {
        *condition = sql::probe::all(&[condition.clone(), sql::exists(new)]);
    }
}

/// Whoever says a new name waits until it is borne, and whoever makes something under a former one until it is free.
pub fn wait_for_names(renamings: &[Renaming], step: &Step) -> Vec<Fact> {
    let mut needs = Vec::new();
    if renamings.is_empty() {
        return needs;
    }
    // What the undo says has to hold when it runs, which is when the step has run.
    let said = format!("{:?} {:?}", step.up, step.undo).replace("\\\"", "\"");
    // The steps of a renaming itself know the order of its names, and those of a function say nothing of others of its name.
    let others = |renaming: &&Renaming| {
        let (own, new) = (&step.object, &renaming.new);
        // Columns of one table take each other's names in an order of their own.
        if step.change == rename_object::CODE && own.kind == Kind::Column && new.relation() == own.relation()
        {
            return false;
        }
        step.change != rename_object::CODE
            || own.kind != new.kind
            || own.relation() != new.relation()
            || own.name != new.name
    };
    // One after the other they come in the order in which each leaves its name to the next.
    let own = |renaming: &Renaming| {
        step.change == rename_object::CODE && renaming.label.is_none() && renaming.new == step.object
    };
    let so_far = renamings.iter().position(own).unwrap_or(renamings.len());
    for renaming in renamings[..so_far].iter().filter(others) {
        let named = Fact::Named(renaming.new.clone());
        let is_walked = keys::walked(step).any(|column| column == renaming.new);
        if !step.gives.contains(&named) && (is_walked || renaming.is_said_in(&said)) {
            needs.push(named);
        }
        if renaming.label.is_none() && step.gives.contains(&Fact::Exists(renaming.old.clone())) {
            needs.push(Fact::Gone(renaming.old.clone()));
        }
    }
    needs
}
