//! A declared rename that one catalog statement does.

use super::both_names::BothNames;
use super::wrapped::Wrapped;
use super::{Change, Context, build};
use crate::model::{Body, Kind, Object, ObjectId};
use crate::sql::Stmt;
use crate::step::{DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
rename_object: the files say `renamed from OLD` of a table, constraint, index, type, enum label, function, sequence, view
or schema; also where the name stays and the schema is another.

ALTER … RENAME breaks every client that uses the old name in that moment. A table, view or materialized view therefore
bears both names for a while: expand makes a view of the new name over it, new code is deployed, contract exchanges the two
in one transaction and drops what is then a view of the old name. Through a view, SELECT, INSERT, UPDATE, DELETE and ON
CONFLICT with columns work; COPY … FROM, TRUNCATE, ON CONFLICT ON CONSTRAINT, references and ctid do not, and columns that
the same plan adds are seen once the exchange is done. Of a materialized view the second name only reads.
A function gets a second one in expand that bears the new name and calls it, with the same arguments, result and privileges;
contract puts it in the place of that. Not where its body changes as well, nor for procedures, aggregates, triggers and functions
of which there are several of one name.
Before PostgreSQL 15 a view does not know row level security: then, and for types, those functions, sequences, schemas and
labels, there is one ALTER … RENAME in contract, and the plan stops (breaks-clients) until that is allowed or the object
says `no-live-readers`. Constraints and indexes are named by hardly any code and are renamed at once.
Undo: each step backwards.";

/// The code of this change kind.
pub const CODE: &str = "rename_object";

/// A name changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameObject {
    /// The identity it had.
    pub old: ObjectId,
    /// Renames.
    pub up: Vec<Stmt>,
    /// Renames back.
    pub down: Vec<Stmt>,
    /// True for what application code names.
    pub breaks_clients: bool,
    /// True once it bears the new name.
    pub done_when: String,
    /// What is renamed before it.
    pub after: Option<ObjectId>,
    /// A label of the enum instead of its name, before and after.
    pub label: Option<(String, String)>,
}

impl RenameObject {
    /// One step, or three where both names are there for a while.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        if self.label.is_none()
            && self.breaks_clients
            && let Some(both) = BothNames::of(&self.old, &change.object, context)
        {
            return both.steps(self, change.code());
        }
        if self.label.is_none()
            && self.breaks_clients
            && let Some(wrapped) = Wrapped::of(&self.old, &change.object, context)
        {
            return wrapped.steps(self, change.code());
        }
        let id = &change.object;
        // What only makes room for another that takes its name does so at once.
        let phase = match context.new_of(id) {
            Some(_) => Phase::Contract,
            None => Phase::Expand,
        };
        let mut step = build::alter(
            id,
            change.code(),
            phase,
            match &self.label {
                Some((old, new)) => format!("Rename label {old} of {id} to {new}"),
                None if id.kind == Kind::Extension => format!("Move {id} to another schema"),
                None if self.old.schema != id.schema => format!("Move {} to {}", self.old, id.label()),
                None => format!("Rename {} to {}", self.old, id.name),
            },
            self.up.clone(),
            self.down.clone(),
        );
        step.done_when = DoneWhen::Holds(self.done_when.clone());
        step.gives = vec![Fact::Named(id.clone())];
        if id.kind == Kind::Extension {
            step.gives.push(Fact::Exists(id.clone()));
        }
        // Another one that takes the name comes behind, and from then on it is that one's.
        let is_taken = context.renamings.iter().any(|other| other.new == self.old);
        if self.old != *id && !is_taken {
            step.gives.push(Fact::Gone(self.old.clone()));
        }
        step.needs.extend(self.after.clone().map(Fact::Named));
        step.locks = super::locks_beside::before(context, &self.old, Lock::AccessExclusive);
        if Kind::RELATIONS.contains(&self.old.kind) && self.old.kind != Kind::Index {
            step.locks = vec![LockOn { lock: Lock::AccessExclusive, relation: self.old.qualified() }];
        }
        // Triggers go on with their functions whatever these are called, and nobody else can call them.
        let quiet = context.directive(id, |kind| *kind == crate::text::DirectiveKind::NoLiveReaders)
            || context.old(id).is_some_and(fires);
        if self.breaks_clients && !quiet {
            step.hazards.push(build::hazard(
                HazardCode::BreaksClients,
                Verdict::Stop,
                id,
                match &self.label {
                    Some((old, _)) => format!("code that sends or reads the label {old} fails from here on"),
                    None if id.kind == Kind::Extension => format!("code that names members of {id} by their schema fails from here on"),
                    None if id.kind == Kind::Column && context.new_of(&self.old).is_some() => format!(
                        "code that names {} fails from here on, or meets another column of that name: the two cannot be there at once",
                        self.old.label()
                    ),
                    None => format!("code that names {} fails from here on", self.old.label()),
                },
            ));
        }
        vec![step]
    }
}

fn fires(object: &Object) -> bool {
    let result = match &object.body {
        Body::Function(function) => function.result.as_deref(),
        _ => None,
    };
    matches!(result, Some("trigger" | "event_trigger"))
}
