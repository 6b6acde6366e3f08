//! Declared renames.

use super::pair::{comment_of_index, is_replaceable};
use super::{Sides, partition};
use crate::change::{
    Change, Detail, DetailLine, Manage, Verb,
    exchange_type::becomes_another,
    former_names::{Renaming, former},
    is_replaced,
    rename_column::RenameColumn,
    rename_object::RenameObject,
    renamed_column,
    unsupported::Unsupported,
};
use crate::model::{Body, Catalog, Constraint, Index, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::text::DirectiveKind;
use std::collections::{BTreeMap, BTreeSet};

/// A change for each `renamed from` whose old name is there and whose new one is not, and a refusal where another takes it.
pub fn renames(sides: &mut Sides) -> Vec<Change> {
    let mut changes = Vec::new();
    for object in sides.to.objects.values() {
        let Some(path) = object
            .directives
            .iter()
            .find_map(|directive| match &directive.kind {
                DirectiveKind::RenamedFrom(path) if directive.part.is_none() => Some(path),
                _ => None,
            })
        else {
            continue;
        };
        let Some(old) = former(&object.id, path) else {
            continue;
        };
        if sides.from.objects.contains_key(&object.id) {
            // An index or a constraint holds no values of its own: made anew under the other name it is the same.
            let holds_values = !matches!(old.kind, Kind::Index | Kind::Constraint);
            let there = sides.from.get(&old).filter(|_| holds_values);
            let other = there.and_then(|_| taker(sides.to, &object.id));
            // One after the other leaves its name, and the last one's new name tells that they did.
            let other = other.filter(|_| sides.to.get(&old).is_none() || is_in_circle(sides.to, &object.id));
            changes.extend(other.map(|other| onto_a_name_in_use(object, &old, other)));
            continue;
        }
        let Some(live) = sides
            .from
            .get(&old)
            .filter(|live| !is_another(sides, live, object))
        else {
            continue;
        };
        sides.renamed.push((old.clone(), object.id.clone()));
        changes.push(described(sides, change(object, live), object, live));
    }
    changes.extend(renamed_as_they_are(sides));
    changes
}

/// A constraint or an index gets with its name what else differs that a catalog statement sets: comments, and what the indexes
/// of partitions have of their own.
fn described(sides: &Sides, mut change: Change, object: &Object, live: &Object) -> Change {
    let Detail::RenameObject(rename) = &mut change.detail else {
        return change;
    };
    let (mut up, mut down, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    if live.comment != object.comment && sides.policy.manage_comments != Manage::None {
        up.extend(sql::comment(object, object.comment.as_deref()));
        down.extend(sql::comment(object, live.comment.as_deref()));
        let text = |object: &Object| object.comment.clone().unwrap_or_default();
        lines.push(DetailLine::new("comment", text(live), text(object)));
    }
    let indexes = match (&live.body, &object.body) {
        (Body::Index(old), Body::Index(new)) => Some((old, new)),
        (Body::Constraint(old), Body::Constraint(new)) => old.index.as_deref().zip(new.index.as_deref()),
        _ => None,
    };
    if let Some((old, new)) = indexes {
        let comment = comment_of_index(sides, &object.id, old, new).filter(|_| object.id.is_part());
        for found in comment
            .into_iter()
            .chain(partition::below(sides, &object.id, old, new))
        {
            if let Detail::ChangeSetting(setting) = found.detail {
                up.extend(setting.up);
                down.extend(setting.down);
                lines.extend(found.lines);
            }
        }
    }
    rename.up.extend(up);
    rename.down.splice(0..0, down);
    change.lines.extend(lines);
    change
}

/// What the files say is renamed from that name.
fn taker<'a>(to: &'a Catalog, name: &ObjectId) -> Option<&'a ObjectId> {
    let takes = |object: &&Object| {
        let mut said = object.directives.iter();
        object.id != *name
            && said.any(|directive| match &directive.kind {
                DirectiveKind::RenamedFrom(path) if directive.part.is_none() => {
                    former(&object.id, path).as_ref() == Some(name)
                }
                _ => false,
            })
    };
    to.objects
        .values()
        .map(|object| &**object)
        .find(takes)
        .map(|object| &object.id)
}

/// True where those that take a name, and the names of those, lead back to it.
fn is_in_circle(to: &Catalog, name: &ObjectId) -> bool {
    let mut seen = BTreeSet::from([name]);
    let mut at = name;
    while let Some(next) = taker(to, at) {
        if !seen.insert(next) {
            return true;
        }
        at = next;
    }
    false
}

/// Two renamings, one of which gives the name up that the other takes: which of them was done nobody could tell afterwards.
fn onto_a_name_in_use(object: &Object, old: &ObjectId, other: &ObjectId) -> Change {
    let detail = Detail::Unsupported(Unsupported {
        reason: format!(
            "{old} cannot be renamed to {} in the plan that renames that one to {}: rename it first, in a plan of its own",
            object.id.label(),
            other.label()
        ),
    });
    let mut change = Change::new(object.id.clone(), Verb::Rename, detail);
    change
        .lines
        .push(DetailLine::new("name", old.label(), object.id.label()));
    change
}

/// True for a constraint or an index over a type or a function that is made anew: it steps aside, and comes back under its
/// desired name.
fn is_made_anew_below(sides: &Sides, live: &Object) -> bool {
    let (from, to) = (sides.from, sides.to);
    let is_redefined =
        |used: &ObjectId| match (from.get(used).map(|o| &o.body), to.get(used).map(|o| &o.body)) {
            (Some(Body::Function(old)), Some(Body::Function(new))) => !is_replaceable(old, new),
            (Some(Body::Function(_)), _) => true,
            _ => becomes_another(from, to, used),
        };
    table_of(live).is_some()
        && live.depends_on.iter().any(|used| match used.kind {
            Kind::Column => from.get(used).is_some_and(|column| {
                column
                    .depends_on
                    .iter()
                    .any(|used| becomes_another(from, to, used))
            }),
            _ => is_redefined(used),
        })
}

/// True for a constraint or an index that is said to be renamed and is another one: nothing is lost where it is made anew.
fn is_another(sides: &Sides, live: &Object, desired: &Object) -> bool {
    if is_made_anew_below(sides, live) {
        return true;
    }
    let definitions = |from: &Catalog| match (&from.get(&live.id)?.body, &desired.body) {
        (Body::Constraint(old), Body::Constraint(new)) => {
            let plain = |body: &Constraint| {
                let stored = body
                    .index
                    .as_ref()
                    .map(|index| (index.options.clone(), index.tablespace.clone()));
                (body.definition.clone(), body.validated, body.enforced, stored)
            };
            Some(plain(old) == plain(new))
        }
        (Body::Index(old), Body::Index(new)) => {
            let plain = |index: &Index| Index {
                definition: String::new(),
                partition_names: Vec::new(),
                below: Vec::new(),
                comment: None,
                ..index.clone()
            };
            Some(plain(old) == plain(new))
        }
        _ => None,
    };
    if definitions(sides.from).unwrap_or(true) {
        return false;
    }
    let Some(table) = table_of(desired) else {
        return false;
    };
    // What a renamed column makes of the definition is no difference.
    let mut from = sides.from.clone();
    for column in sides.to.parts(Kind::Column, &table) {
        let old = column
            .directives
            .iter()
            .find_map(|directive| match &directive.kind {
                DirectiveKind::RenamedFrom(path) => former(&column.id, path),
                _ => None,
            });
        if let Some(old) = old.filter(|old| from.get(old).is_some()) {
            from = renamed_column::renamed(&from, &old, &column.id);
        }
    }
    definitions(&from) == Some(false)
}

/// Constraints and indexes that differ by nothing but their name: renaming them costs nothing, and no code names them.
fn renamed_as_they_are(sides: &mut Sides) -> Vec<Change> {
    let gone = |object: &Object| {
        !sides.to.objects.contains_key(&object.id) && !sides.renamed.iter().any(|(old, _)| *old == object.id)
    };
    let mut going: BTreeMap<QualifiedName, Vec<&Object>> = BTreeMap::new();
    for object in sides.from.objects.values().filter(|object| gone(object)) {
        if let Some(table) = table_of(object) {
            going.entry(table).or_default().push(object);
        }
    }
    let mut changes = Vec::new();
    for object in sides.to.objects.values() {
        let Some(table) = table_of(object).filter(|_| !sides.from.objects.contains_key(&object.id)) else {
            continue;
        };
        if sides.renamed.iter().any(|(_, new)| *new == object.id) {
            continue;
        }
        let candidates = going.entry(table).or_default();
        let found = candidates
            .iter()
            .position(|live| live.comment == object.comment && same_but_named(sides, live, object));
        if let Some(position) = found {
            let live = candidates.remove(position);
            sides.renamed.push((live.id.clone(), object.id.clone()));
            changes.push(change(object, live));
        }
    }
    changes
}

fn table_of(object: &Object) -> Option<QualifiedName> {
    match &object.body {
        Body::Constraint(_) => Some(object.id.relation()),
        Body::Index(index) => Some(index.table.clone()),
        _ => None,
    }
}

fn same_but_named(sides: &Sides, live: &Object, desired: &Object) -> bool {
    let index = |index: &Index| Index {
        definition: String::new(),
        ..index.clone()
    };
    let (table, same) = match (&live.body, &desired.body) {
        (Body::Constraint(old), Body::Constraint(new)) => {
            let comparable = |constraint: &Constraint| Constraint {
                index: constraint.index.as_ref().map(|own| Box::new(index(own))),
                ..constraint.clone()
            };
            (desired.id.relation(), comparable(old) == comparable(new))
        }
        (Body::Index(old), Body::Index(new)) => (new.table.clone(), index(old) == index(new)),
        _ => return false,
    };
    let plain = |object: &Object| match &object.body {
        Body::Constraint(body) => {
            !body.inherited && body.index.as_ref().is_none_or(|i| i.partition_names.is_empty())
        }
        Body::Index(body) => body.partition_names.is_empty() && body.valid,
        _ => false,
    };
    // What changes below it makes it anew anyway.
    let columns_stay = |object: &Object| {
        object
            .depends_on
            .iter()
            .filter(|used| used.kind == Kind::Column)
            .all(|used| {
                match (
                    sides.from.get(used).map(|o| &o.body),
                    sides.to.get(used).map(|o| &o.body),
                ) {
                    (Some(Body::Column(old)), Some(Body::Column(new))) => {
                        old.data_type == new.data_type
                            && old.collation == new.collation
                            && old.generated == new.generated
                    }
                    _ => false,
                }
            })
    };
    same && plain(live)
        && plain(desired)
        && columns_stay(live)
        && !is_made_anew_below(sides, live)
        && !is_replaced(sides.from, sides.to, &table)
}

fn change(object: &Object, live: &Object) -> Change {
    let id = &object.id;
    let old = &live.id;
    let same_place = old.schema == id.schema && old.of == id.of;
    let relation = id.relation();
    let detail = match &object.body {
        Body::Column(_) if same_place => Detail::RenameColumn(RenameColumn {
            old: old.name.clone(),
        }),
        Body::Constraint(_) if same_place => Detail::RenameObject(RenameObject {
            old: old.clone(),
            up: vec![sql::alter::rename_constraint(&relation, &old.name, &id.name)],
            down: vec![sql::alter::rename_constraint(&relation, &id.name, &old.name)],
            breaks_clients: false,
            done_when: sql::exists(id),
            after: None,
            label: None,
        }),
        Body::Index(_) if same_place => Detail::RenameObject(RenameObject {
            old: old.clone(),
            up: vec![sql::alter::rename_index(&old.qualified(), &id.name)],
            down: vec![sql::alter::rename_index(&id.qualified(), &old.name)],
            breaks_clients: false,
            done_when: sql::exists(id),
            after: None,
            label: None,
        }),
        _ => Detail::Unsupported(Unsupported {
            reason: format!("the rename of {old} to {} has no recipe yet", id.label()),
        }),
    };
    let mut change = Change::new(id.clone(), Verb::Rename, detail);
    change
        .lines
        .push(DetailLine::new("name", old.name.as_str(), id.name.as_str()));
    change
}

/// The changes of what is renamed whole, by one statement each, in order.
pub(super) fn renamed_whole(renamings: &[Renaming]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut after: Option<ObjectId> = None;
    for renaming in renamings.iter().filter(|renaming| !renaming.up.is_empty()) {
        let (old, id) = (&renaming.old, &renaming.new);
        let detail = RenameObject {
            old: old.clone(),
            up: renaming.up.clone(),
            down: renaming.down.clone(),
            breaks_clients: renaming.breaks_clients(),
            done_when: match &renaming.label {
                Some((_, new)) => sql::probe::label(&id.qualified(), new),
                None if let Some(members) = &renaming.members => {
                    sql::probe::extension_in(&id.name, &members.schema)
                }
                None if id.kind == Kind::Sequence => sql::probe::relation(&id.qualified()),
                // The one that bore the name before has left it.
                None if let Some(other) = renamings.iter().find(|other| other.old == *id) => {
                    sql::probe::all(&[sql::exists(id), sql::exists(&other.new)])
                }
                None => sql::exists(id),
            },
            after: after.replace(id.clone()),
            label: renaming.label.clone(),
        };
        let mut change = Change::new(id.clone(), Verb::Rename, Detail::RenameObject(detail));
        change.lines.push(match &renaming.label {
            Some((old, new)) => DetailLine::new("label", old, new),
            None if let Some(members) = &renaming.members => {
                DetailLine::new("schema", "", members.schema.as_str())
            }
            None => DetailLine::new("name", old.label(), id.label()),
        });
        changes.push(change);
    }
    changes
}
