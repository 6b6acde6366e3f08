//! Drop an object that the files no longer hold.

use super::{Change, Context, build};
use crate::model::{Body, Kind, Object, ObjectId};
use crate::sql::Stmt;
use crate::step::{Action, Advice, HazardCode, Phase, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_object: an object of the database is not in the files.

It is dropped in contract, when no code uses it any more, after everything that used it has been dropped or changed.
Never CASCADE: what would be pulled along is a change of its own, and visible.
Undo: the object is made again as it was, with owner, privileges and comment.";

/// An object goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropObject;

impl DropObject {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.old(&change.object) else {
            return Vec::new();
        };
        // What stands on a table goes with it when the table is archived or dropped by its own step.
        if crate::sql::create(object, context.from).is_empty() && object.id.kind != Kind::DefaultPrivileges {
            return Vec::new();
        }
        let phase = if object.id.kind == Kind::EventTrigger { Phase::Expand } else { Phase::Contract };
        let mut step = build::drop(context, object, change.code(), phase);
        if let Some(hazard) = build::secrets(object, "does not come back with the undo: keep it at hand") {
            let reason = hazard.message.clone();
            let action = Action::Statements(super::made_again(context, object));
            step.undo = Undo::Lossy { action, reason };
            step.hazards.push(hazard);
        }
        step.unit = super::handover(context, &object.id);
        // What hangs on a table that is made anew is there again at the end of the same transaction.
        let home = object.home().filter(|home| super::is_replaced(context.from, context.to, home));
        if let Some(home) = home.filter(|_| step.unit.is_none()) {
            step.unit = Some(super::create_object::unit_of_table(context, &home));
        }
        if context.new_of(&object.id).is_none() {
            step.application.extend(Advice::must_not_use(object));
        }
        let word = word_of(object);
        let is_type = matches!(object.id.kind, Kind::Domain | Kind::EnumType | Kind::CompositeType);
        if is_type && is_pinned(context, &object.id) {
            // An archived table keeps its columns of the type, so the type goes along.
            let label = object.id.label();
            let name = super::archive::archive_name(context.seed, "y", &label, object.id.name.as_str());
            let of = object.id.qualified();
            let drop = crate::sql::drop(object);
            let up = crate::sql::archive::drop_or_archive_type(word, &of, &name, &drop);
            step.up = Action::one(up);
            let back = whole_again(context, object);
            step.undo = Undo::statements(vec![crate::sql::archive::restore_type(word, &of, &name, &back)]);
            return vec![step];
        }
        if object.id.kind == Kind::Domain {
            step.undo = crate::step::Undo::statements(whole_again(context, object));
        }
        if let Body::Sequence(sequence) = &object.body
            && let Some((table, column)) = &sequence.owned_by
            && context.new_of(&ObjectId::part(Kind::Column, table, column)).is_some()
        {
            let owner = ObjectId::part(Kind::Column, table, column);
            if Context::column(context.to, &owner).is_some_and(|column| column.identity.is_some()) {
                step.unit = Some(super::change_identity::unit_of_identity(context, &owner));
            }
            let back = super::change_identity::serial_again(context, object);
            step.undo = crate::step::Undo::statements(back);
        }
        match &object.body {
            Body::Extension(_) => {
                step.hazards.push(build::hazard(
                    HazardCode::DropsData,
                    Verdict::Stop,
                    &object.id,
                    format!("dropping {} drops its members and their data", object.id),
                ));
            }
            Body::Policy(_) => step.hazards.push(build::hazard(
                HazardCode::Authz,
                Verdict::Warn,
                &object.id,
                format!("{} no longer decides who sees which rows", object.id),
            )),
            _ => {}
        }
        vec![step]
    }
}

/// A type as it was; the constraints of a domain go and come with it.
fn whole_again(context: &Context, object: &Object) -> Vec<Stmt> {
    let mut back = super::made_again(context, object);
    for part in context.from.parts(Kind::DomainConstraint, &object.id.qualified()) {
        back.extend(crate::sql::create(&super::restoring(part), context.from));
    }
    back
}

/// True where a table or column that the plan archives is of the type.
fn is_pinned(context: &Context, id: &ObjectId) -> bool {
    let mut users = context.users.users(id).iter();
    users.any(|user| {
        let replaced = || super::is_replaced(context.from, context.to, &user.relation());
        user.kind == Kind::Column && (context.new_of(user).is_none() || replaced())
    })
}

fn word_of(object: &Object) -> &'static str {
    match object.id.kind {
        Kind::Domain => "DOMAIN",
        _ => "TYPE",
    }
}

/// True where a table that the plan makes is of the type: its undo keeps what was written into it.
pub fn is_pinned_by_new(context: &Context, id: &ObjectId) -> bool {
    let is_of_it = |column: &Object| column.depends_on.contains(id) && context.is_new(&column.id.relation());
    context.to.of_kind(Kind::Column).any(is_of_it)
}

/// The undo of CREATE TYPE where such a table may be in the archive by then.
pub fn undo_create_type(context: &Context, object: &Object) -> Undo {
    let base = super::archive::archive_name(context.seed, "v", &object.id.label(), object.id.name.as_str());
    let (word, drop) = (word_of(object), crate::sql::drop(object));
    Undo::statements(vec![crate::sql::archive::drop_or_move_type_away(word, &object.id.qualified(), &base, &drop)])
}
