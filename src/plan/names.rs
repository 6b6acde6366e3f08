//! Names that change by the plan, and who waits for them.

use crate::change::former_names::Renaming;
use crate::change::rename_object;
use crate::step::{Fact, Step};

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
        step.change != rename_object::CODE
            || own.kind != new.kind
            || own.relation() != new.relation()
            || own.name != new.name
    };
    for renaming in renamings.iter().filter(others) {
        let named = Fact::Named(renaming.new.clone());
        if !step.gives.contains(&named) && renaming.is_said_in(&said) {
            needs.push(named);
        }
        if renaming.label.is_none() && step.gives.contains(&Fact::Exists(renaming.old.clone())) {
            needs.push(Fact::Gone(renaming.old.clone()));
        }
    }
    needs
}
