//! Replace a view, function or procedure in place.

use super::{Change, Context, build, kept_values, restoring};
use crate::model::{Body, Function, Kind, Object, ObjectId};
use crate::sql::{self, Stmt};
use crate::step::{Advice, Code, DoneWhen, Fact, HazardCode, Moment, Phase, Step, Verdict};
use std::collections::BTreeSet;

/// The manual of this change kind.
pub const MANUAL: &str = "\
replace_code: a view or function changes in a way that CREATE OR REPLACE can do.

A view whose columns stay and that may get more at its end; a function whose arguments and result stay. The statement is
a catalog change; code that runs sees the new body with its next call. It runs in expand, or as soon as everything that
the new text uses is there. Indexes, stored columns, checks and partition keys that call a function keep what its former
body computed: they are named in a warning.
Undo: the former text, again by CREATE OR REPLACE; a view that has gained columns is dropped and made again.";

/// A view or function is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceCode;

impl ReplaceCode {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let mut step = build::alter(
            &new.id,
            change.code(),
            Phase::Expand,
            format!("Replace {}", new.title()),
            vec![replace(new)],
            back(context, old, new),
        );
        step.gives.push(Fact::Exists(new.id.clone()));
        step.gives.extend(aside_on_the_way_back(context, old, new).into_iter().map(Fact::Exists));
        step.application.push(Advice::new(Moment::From, Code::Every, "meets", &new.id).behind(" as the files have it"));
        if is_immutable(old) && !is_immutable(new) {
            step.needs.extend(pinned(context, old));
        }
        // The text alone does not tell whether the options of a view are the wanted ones.
        if let Some(same) = sql::same(new).filter(|_| !options_differ(old, new)) {
            step.done_when = DoneWhen::Holds(same);
        }
        step.hazards.extend(kept_values::warning(context, old, new));
        if matches!(new.body, Body::View(_)) {
            step.locks = build::locks(context, &new.id, crate::step::Lock::AccessExclusive);
            if gains_columns(old, new) {
                step.hazards.push(build::hazard(
                    HazardCode::ChangesResultType,
                    Verdict::Warn,
                    &new.id,
                    format!("prepared statements that select everything from {} fail once", new.id.label()),
                ));
            }
        }
        vec![step]
    }
}

/// Indexes and generated columns take immutable functions only, also when an undo brings them back: whoever leaves this one
/// has left before it loses the mark.
fn pinned(context: &Context, old: &Object) -> Vec<Fact> {
    let mut needs = Vec::new();
    for user in context.users.users(&old.id) {
        if context.new_of(user).is_some_and(|new| new.depends_on.contains(&old.id)) {
            continue;
        }
        needs.push(Fact::Gone((*user).clone()));
        needs.push(Fact::Changed((*user).clone()));
        let home = context.old(user).and_then(Object::home).filter(|home| context.is_going(home));
        needs.extend(home.map(|home| Fact::Gone(ObjectId::named(Kind::Table, &home))));
    }
    needs
}

fn is_immutable(object: &Object) -> bool {
    match &object.body {
        Body::Function(function) => {
            let head = function.definition.split("\nAS ").next().unwrap_or_default();
            head.contains(" IMMUTABLE")
        }
        _ => false,
    }
}

fn replace(object: &Object) -> Stmt {
    match &object.body {
        Body::View(view) => sql::create_or_replace_view(&object.id.qualified(), view),
        Body::Function(function) => Stmt::new(&function.definition),
        _ => Stmt::new(""),
    }
}

fn back(context: &Context, old: &Object, new: &Object) -> Vec<Stmt> {
    if gains_columns(old, new) || gains_arguments(old, new) {
        // Columns cannot be taken from a view in place, nor names and defaults from arguments: what stands on it steps aside.
        let seeds = BTreeSet::from([old.id.clone()]);
        let aside = context.users.standing_on(&seeds);
        let swapped: Vec<&Object> = swapped(context, new, &aside);
        let (apart, together): (Vec<ObjectId>, Vec<ObjectId>) =
            aside.iter().cloned().partition(|id| !swapped.iter().any(|view| view.id == *id));
        let (mut statements, creates) = super::around::drop_and_create(context.from, &apart);
        statements.push(match together.is_empty() {
            true => sql::drop(new),
            false => sql::drop_views(&[swapped, vec![new]].concat()),
        });
        statements.extend(sql::create(&restoring(old), context.from));
        statements.extend(match together.is_empty() {
            true => creates,
            false => super::around::drop_and_create(context.from, &aside).1,
        });
        return statements;
    }
    vec![replace(old)]
}

/// What steps aside when this one is taken back: what comes to stand on that by the plan comes behind, so that it has gone by then.
fn aside_on_the_way_back(context: &Context, old: &Object, new: &Object) -> Vec<ObjectId> {
    if !gains_columns(old, new) && !gains_arguments(old, new) {
        return Vec::new();
    }
    let aside = context.users.standing_on(&BTreeSet::from([old.id.clone()]));
    if !swapped(context, new, &aside).is_empty() {
        return Vec::new();
    }
    let is_kept = |id: &ObjectId| context.old(id).map(|old| &old.body) == context.new_of(id).map(|new| &new.body);
    aside.into_iter().filter(is_kept).collect()
}

/// Views that stood on this one, where it stands on one of them by now: none of them goes before the other, so all go at once.
fn swapped<'a>(context: &Context<'a>, new: &Object, aside: &[ObjectId]) -> Vec<&'a Object> {
    let views: Vec<&Object> = aside.iter().filter_map(|id| context.old(id)).filter(|view| matches!(view.body, Body::View(_))).collect();
    let mut below: Vec<&ObjectId> = new.depends_on.iter().collect();
    let mut seen: BTreeSet<&ObjectId> = BTreeSet::new();
    while let Some(id) = below.pop() {
        if views.iter().any(|view| view.id == *id) {
            return views;
        }
        if seen.insert(id) {
            below.extend(context.to.get(id).iter().flat_map(|object| &object.depends_on));
        }
    }
    Vec::new()
}

fn options_differ(old: &Object, new: &Object) -> bool {
    match (&old.body, &new.body) {
        (Body::View(old), Body::View(new)) => old.options != new.options,
        _ => false,
    }
}

fn gains_columns(old: &Object, new: &Object) -> bool {
    match (&old.body, &new.body) {
        (Body::View(old), Body::View(new)) => new.columns.len() > old.columns.len(),
        _ => false,
    }
}

fn gains_arguments(old: &Object, new: &Object) -> bool {
    match (&old.body, &new.body) {
        (Body::Function(old), Body::Function(new)) => {
            let names = |function: &Function| -> Vec<String> {
                function.arguments.iter().map(|argument| argument.name.to_string()).collect()
            };
            new.defaults > old.defaults || names(old) != names(new)
        }
        _ => false,
    }
}
