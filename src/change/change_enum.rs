//! Add labels to an enum.

use super::{Change, Context, making_room};
use crate::model::Body;
use crate::sql;
use crate::step::{Action, Advice, Code, DoneWhen, Fact, Moment, Phase, Step, Undo};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_enum: an enum of the files has labels that the type lacks.

ALTER TYPE … ADD VALUE … BEFORE …, one transaction for each label, because a new label cannot be used in the transaction
that adds it. No table is locked.
Undo: a label cannot be removed; the type is rebuilt with its former labels (rebuild_enum), which needs every row to hold
one of those. Where a table is partitioned by the enum, the label stays.";

/// Labels come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeEnum {
    /// The labels to add, in order, each with the label that it stands before; none for the end.
    pub add: Vec<(String, Option<String>)>,
}

impl ChangeEnum {
    /// One step a label; the undo of the first rebuilds the type.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let name = id.qualified();
        let Some(old) = context.old(id) else {
            return Vec::new();
        };
        let Body::EnumType(before) = &old.body else {
            return Vec::new();
        };
        let moved = context.new_of(id).map(super::keep_label::kept).unwrap_or_default();
        let desired = match context.new_of(id).map(|object| &object.body) {
            Some(Body::EnumType(after)) => after.labels.as_slice(),
            _ => &[],
        };
        let behind = |label: &String| {
            let at = desired.iter().position(|other| other == label)?;
            desired.get(at.checked_sub(1)?).map(String::as_str)
        };
        let mut steps = Vec::new();
        for (position, (label, next)) in self.add.iter().enumerate() {
            let mut step = Step::new(
                id.clone(),
                change.code(),
                Phase::Expand,
                format!("Add label {label} to {}", id.label()),
                Action::one(sql::alter::add_label(&name, label, next.as_deref(), behind(label))),
                Undo::Nothing,
                DoneWhen::Holds(sql::probe::label(&name, label)),
            );
            if making_room::is_of_partition_key(context.from, id) {
                step.undo = Undo::Lossy {
                    action: Action::Statements(Vec::new()),
                    reason: format!("{id} keeps the label {label}: a table is partitioned by it"),
                };
            } else if position == 0 {
                step.undo = Undo::statements(super::rebuild_enum::rebuild(context.from, old, before, &moved));
            }
            step.gives.push(Fact::Changed(id.clone()));
            let is_for_kept = moved.iter().any(|(_, new)| new == label);
            step.application.push(match is_for_kept {
                true => Advice::new(Moment::After, Code::New, format!("must read the label {label} of"), id)
                    .behind(", and writes it when no code is left that does not know it"),
                false => Advice::new(Moment::After, Code::New, format!("may write the label {label} of"), id),
            });
            steps.push(step);
        }
        if let Some(last) = steps.last_mut() {
            last.gives.push(Fact::Exists(id.clone()));
        }
        steps
    }
}
