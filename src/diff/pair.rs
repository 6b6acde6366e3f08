//! Two forms of one object: which change kind closes their difference.

use super::{Sides, column, composite, constraint, firing, partition, table, types};
use crate::change::{
    Change, Detail, DetailLine, Manage, Verb,
    change_sequence::ChangeSequence,
    change_setting::ChangeSetting,
    foreign_anew::{is_foreign_anew, is_server_anew},
    redefine::Redefine,
    replace_code::ReplaceCode,
    replace_index::{ReplaceIndex, is_another},
};
use crate::model::{
    Body, Catalog, Function, Ident, Index, Kept, MaterializedView, Object, ObjectId, QualifiedName, Sequence,
    View, ViewColumn,
};
use crate::sql::{self, Stmt};
use crate::step::{Lock, Phase};

/// The changes of an object that is on both sides, its header aside.
pub fn compare(sides: &Sides, live: &Object, desired: &Object) -> Vec<Change> {
    let id = &desired.id;
    match (&live.body, &desired.body) {
        (Body::Column(old), Body::Column(new)) => column::compare(sides, live, desired, old, new),
        (Body::Table(_), Body::Table(_)) if is_foreign_anew(sides.from, sides.to, &id.qualified()) => {
            vec![redefine(id, None)]
        }
        (Body::Table(old), Body::Table(new)) => table::compare(sides, live, desired, (old, new)),
        (Body::Constraint(old), Body::Constraint(new)) => match (&old.index, &new.index) {
            (Some(before), Some(after)) => {
                let change = constraint::compare(id, old, new);
                let anew = change
                    .as_ref()
                    .is_some_and(|change| matches!(change.detail, Detail::ReplaceConstraint(_)));
                let names = partition::below(sides, id, before, after).filter(|_| !anew);
                let comment = comment_of_index(sides, id, before, after);
                change.into_iter().chain(names).chain(comment).collect()
            }
            _ => {
                let change =
                    constraint::compare(id, old, new).or_else(|| constraint::proofs(sides, id, old, new));
                change.into_iter().collect()
            }
        },
        (Body::Index(old), Body::Index(new)) => {
            // Made anew, it gives them their names itself.
            let names = partition::below(sides, id, old, new).filter(|_| !is_another(old, new));
            index(id, old, new).into_iter().chain(names).collect()
        }
        (Body::View(old), Body::View(new)) => view(live, desired, old, new),
        (Body::MaterializedView(old), Body::MaterializedView(new)) => {
            let same = old.definition == new.definition
                && shapes(&old.columns) == shapes(&new.columns)
                && table::same_options(&old.options, &new.options)
                && old.access_method == new.access_method
                && old.tablespace == new.tablespace;
            if !same {
                return vec![redefine(
                    id,
                    Some((old.definition.clone(), new.definition.clone())),
                )];
            }
            let mut changes = view_columns(live, desired, &old.columns, &new.columns);
            changes.extend(clustering(sides, id, old, new));
            changes
        }
        (Body::Function(old), Body::Function(new)) => function(id, old, new).into_iter().collect(),
        (Body::Trigger(old), Body::Trigger(new)) => {
            if old.definition != new.definition {
                return vec![redefine(
                    id,
                    Some((old.definition.clone(), new.definition.clone())),
                )];
            }
            firing::trigger(sides, live, desired, (old, new))
                .into_iter()
                .collect()
        }
        (Body::Rule(old), Body::Rule(new)) => {
            if old.definition != new.definition {
                return vec![redefine(
                    id,
                    Some((old.definition.clone(), new.definition.clone())),
                )];
            }
            firing::rule(live, desired, (old, new)).into_iter().collect()
        }
        (Body::Statistics(old), Body::Statistics(new)) => {
            if old.definition != new.definition {
                return vec![redefine(id, None)];
            }
            if old.target == new.target {
                return Vec::new();
            }
            let to = |target: Option<i32>| vec![sql::statistics_target(desired, target.unwrap_or(-1))];
            vec![setting(
                id,
                "statistics target",
                Phase::Expand,
                Lock::ShareUpdateExclusive,
                to(new.target),
                to(old.target),
            )]
        }
        (Body::Sequence(old), Body::Sequence(new)) => {
            if old.options == new.options && old.owned_by == new.owned_by && old.unlogged == new.unlogged {
                return Vec::new();
            }
            let mut change = Change::new(id.clone(), Verb::Alter, Detail::ChangeSequence(ChangeSequence));
            let show = |body: &Sequence| {
                let unlogged = if body.unlogged { " UNLOGGED" } else { "" };
                format!("{}{unlogged}", sql::sync::typed_options(&body.options))
            };
            let owner = |body: &Sequence| {
                let named = body.owned_by.as_ref();
                named
                    .map(|(table, column)| format!("{table}.{column}"))
                    .unwrap_or_default()
            };
            if show(old) != show(new) {
                change
                    .lines
                    .push(DetailLine::new("parameters", show(old), show(new)));
            }
            if old.owned_by != new.owned_by {
                change
                    .lines
                    .push(DetailLine::new("owner column", owner(old), owner(new)));
            }
            vec![change]
        }
        (Body::EnumType(old), Body::EnumType(new)) => {
            let labels = types::enumeration(id, old, new).into_iter();
            labels.chain(types::kept_labels(sides, desired)).collect()
        }
        (Body::Domain(old), Body::Domain(new)) => types::domain(sides, id, old, new),
        (Body::CompositeType(old), Body::CompositeType(new)) => {
            composite::composite(sides, id, old, new).into_iter().collect()
        }
        (Body::DomainConstraint(old), Body::DomainConstraint(new)) => {
            if old == new {
                Vec::new()
            } else {
                types::domain_constraint(sides, live, desired, old, new)
            }
        }
        // Another schema is a rename, and the version is read only.
        (Body::Extension(_), Body::Extension(_)) => Vec::new(),
        (Body::DefaultPrivileges(old), Body::DefaultPrivileges(new)) => {
            types::default_privileges(sides, desired, old, new)
        }
        (old, new) if old == new => Vec::new(),
        (Body::RangeType(_), Body::RangeType(_)) if let Some(change) = composite::remade(sides, id) => {
            vec![change]
        }
        (Body::ForeignServer(_), Body::ForeignServer(_)) if is_server_anew(live, desired) => {
            vec![redefine(id, None)]
        }
        _ => rare(live, desired).into_iter().collect(),
    }
}

/// An object of a rare kind: altered where PostgreSQL can, else dropped and made again.
fn rare(live: &Object, desired: &Object) -> Option<Change> {
    let id = &desired.id;
    let spelled = |object: &Object| {
        // Header aside, whose differences are changes of their own.
        let plain = Object::new(object.id.clone(), object.body.clone());
        let statements = sql::create(&plain, &Catalog::default());
        let lines: Vec<String> = statements.iter().map(ToString::to_string).collect();
        lines.join(";\n")
    };
    let text = Some((spelled(live), spelled(desired)));
    let Some(up) = sql::in_place(live, desired) else {
        return Some(redefine(id, text));
    };
    if up.is_empty() {
        return None;
    }
    let down = sql::in_place(desired, live).unwrap_or_default();
    let mut change = setting(id, "definition", Phase::Contract, Lock::AccessShare, up, down);
    change.lines.clear();
    change.text = text;
    Some(change)
}

/// Dropped and made again.
pub fn redefine(id: &ObjectId, text: Option<(String, String)>) -> Change {
    let detail = Detail::Redefine(Redefine {
        unit: format!("recreate {}", id.label()),
        beside: false,
    });
    let mut change = Change::new(id.clone(), Verb::Recreate, detail);
    change.text = text;
    change
}

/// One setting by statements.
pub fn setting(
    id: &ObjectId,
    what: &str,
    phase: Phase,
    lock: Lock,
    up: Vec<Stmt>,
    down: Vec<Stmt>,
) -> Change {
    let detail = ChangeSetting {
        what: what.to_owned(),
        phase,
        lock,
        up,
        down,
        rewrites: false,
        authz: false,
    };
    let mut change = Change::new(id.clone(), Verb::Alter, Detail::ChangeSetting(detail));
    change.lines.push(DetailLine::new(what, "", ""));
    change
}

/// The index of a key has a comment besides the constraint's.
pub(super) fn comment_of_index(sides: &Sides, id: &ObjectId, old: &Index, new: &Index) -> Option<Change> {
    if old.comment == new.comment || sides.policy.manage_comments == Manage::None {
        return None;
    }
    let index = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    let to = |body: &Index| vec![sql::alter::comment_on_index(&index, body.comment.as_deref())];
    let mut change = setting(
        id,
        "comment of the index",
        Phase::Expand,
        Lock::ShareUpdateExclusive,
        to(new),
        to(old),
    );
    let text = |body: &Index| body.comment.clone().unwrap_or_default();
    change.lines = vec![DetailLine::new("comment of the index", text(old), text(new))];
    Some(change)
}

fn index(id: &ObjectId, old: &Index, new: &Index) -> Option<Change> {
    let comparable = |index: &Index| Index {
        definition: String::new(),
        partition_names: Vec::new(),
        below: Vec::new(),
        invalid_below: Vec::new(),
        options: sorted(&index.options),
        ..index.clone()
    };
    if comparable(old) == comparable(new) {
        return None;
    }
    let mut change = Change::new(id.clone(), Verb::Recreate, Detail::ReplaceIndex(ReplaceIndex));
    let show = |index: &Index| {
        let invalid = if index.valid { "" } else { " (INVALID)" };
        format!("{}{invalid}", index.definition)
    };
    change
        .lines
        .push(DetailLine::new("definition", show(old), show(new)));
    Some(change)
}

fn shapes(columns: &[ViewColumn]) -> Vec<(&str, &str)> {
    columns
        .iter()
        .map(|column| (column.name.as_str(), column.data_type.as_str()))
        .collect()
}

fn view(live: &Object, desired: &Object, old: &View, new: &View) -> Vec<Change> {
    let id = &desired.id;
    let (before, after) = (shapes(&old.columns), shapes(&new.columns));
    if old.definition != new.definition || before != after || !table::same_options(&old.options, &new.options)
    {
        let text = Some((old.definition.clone(), new.definition.clone()));
        let gains_only = after.len() >= before.len() && after[..before.len()] == before[..];
        let mut change = if gains_only {
            Change::new(id.clone(), Verb::Alter, Detail::ReplaceCode(ReplaceCode))
        } else {
            redefine(id, None)
        };
        change.text = text;
        let mut changes = vec![change];
        if gains_only {
            changes.extend(view_columns(live, desired, &old.columns, &new.columns));
        }
        return changes;
    }
    view_columns(live, desired, &old.columns, &new.columns)
}

fn clustering(
    sides: &Sides,
    id: &ObjectId,
    old: &MaterializedView,
    new: &MaterializedView,
) -> Option<Change> {
    let stays = match (&old.cluster_on, &new.cluster_on) {
        (Some(old), Some(new)) => partition::is_mark_kept(sides, id, old, new),
        (old, new) => old == new,
    };
    if stays {
        return None;
    }
    let view = sql::qualified(&id.qualified());
    let to = |on: &Option<Ident>| {
        let action = on.as_ref().map_or_else(
            || "SET WITHOUT CLUSTER".to_owned(),
            |index| format!("CLUSTER ON {}", sql::ident(index)),
        );
        vec![sql::alter::alter_object("MATERIALIZED VIEW", &view, &action)]
    };
    let (up, down) = (to(&new.cluster_on), to(&old.cluster_on));
    let mut change = setting(
        id,
        "clustering",
        Phase::Contract,
        Lock::ShareUpdateExclusive,
        up,
        down,
    );
    let show = |on: &Option<Ident>| on.as_ref().map(ToString::to_string).unwrap_or_default();
    change.lines = vec![DetailLine::new(
        "clustering",
        show(&old.cluster_on),
        show(&new.cluster_on),
    )];
    Some(change)
}

fn view_columns(_live: &Object, desired: &Object, old: &[ViewColumn], new: &[ViewColumn]) -> Vec<Change> {
    let name = desired.id.qualified();
    let mut up = Vec::new();
    let mut down = Vec::new();
    for column in new {
        let before = old.iter().find(|other| other.name == column.name);
        let old_comment = before.and_then(|other| other.comment.as_deref());
        if old_comment != column.comment.as_deref() {
            up.push(sql::column_comment(
                &name,
                &column.name,
                column.comment.as_deref(),
            ));
            if before.is_some() {
                down.push(sql::column_comment(&name, &column.name, old_comment));
            }
        }
        let old_default = before.and_then(|other| other.default.as_ref());
        if old_default != column.default.as_ref() {
            up.push(sql::alter::default(&name, &column.name, column.default.as_ref()));
            if before.is_some() {
                down.push(sql::alter::default(&name, &column.name, old_default));
            }
        }
        let usual = Kept::default();
        let old_kept = before.map_or(&usual, |other| &other.kept);
        let storage = sql::default_storage(column.data_type.as_str());
        let act = |from: &Kept, to: &Kept| {
            let actions = sql::keep(from, to, storage);
            let statements = actions
                .iter()
                .map(|action| sql::materialized_column(&name, &column.name, action));
            statements.collect::<Vec<Stmt>>()
        };
        up.extend(act(old_kept, &column.kept));
        if before.is_some() {
            down.extend(act(&column.kept, old_kept));
        }
    }
    if up.is_empty() {
        return Vec::new();
    }
    vec![setting(
        &desired.id,
        "comments, defaults and storage of columns",
        Phase::Expand,
        Lock::AccessExclusive,
        up,
        down,
    )]
}

fn function(id: &ObjectId, old: &Function, new: &Function) -> Option<Change> {
    if old.definition == new.definition {
        return None;
    }
    let text = Some((old.definition.clone(), new.definition.clone()));
    let mut change = match is_replaceable(old, new) {
        true => Change::new(id.clone(), Verb::Alter, Detail::ReplaceCode(ReplaceCode)),
        false => redefine(id, None),
    };
    change.text = text;
    Some(change)
}

/// True where CREATE OR REPLACE makes the one of the other.
pub(super) fn is_replaceable(old: &Function, new: &Function) -> bool {
    let names_kept = old.arguments.len() == new.arguments.len()
        && old.arguments.iter().zip(&new.arguments).all(|(old, new)| {
            old.mode == new.mode
                && old.data_type == new.data_type
                && (old.name == new.name || (old.name.is_empty() && old.mode == "in"))
        });
    old.routine == new.routine && old.result == new.result && names_kept && new.defaults >= old.defaults
}

pub(super) fn sorted(options: &[(String, String)]) -> Vec<(String, String)> {
    let mut sorted = options.to_vec();
    sorted.sort();
    sorted
}
