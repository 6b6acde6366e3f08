//! Declared renames.

use super::Sides;
use crate::change::{
    Change, Detail, DetailLine, Verb, is_replaced, rename_column::RenameColumn, rename_object::RenameObject,
    unsupported::Unsupported,
};
use crate::model::{Body, Constraint, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::text::DirectiveKind;
use std::collections::BTreeMap;

/// A change for each `renamed from` whose old name is there and whose new one is not.
pub fn renames(sides: &mut Sides) -> Vec<Change> {
    let mut changes = renamed_labels(sides);
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
        if sides.from.objects.contains_key(&object.id) {
            continue;
        }
        let Some(old) = former(&object.id, path) else {
            continue;
        };
        let Some(live) = sides.from.get(&old) else {
            continue;
        };
        sides.renamed.push((old.clone(), object.id.clone()));
        changes.push(change(object, live));
    }
    changes.extend(renamed_as_they_are(sides));
    changes
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
    same && plain(live) && plain(desired) && columns_stay(live) && !is_replaced(sides.from, sides.to, &table)
}

fn former(id: &ObjectId, path: &[String]) -> Option<ObjectId> {
    let mut old = id.clone();
    let mut parts = path.iter().rev();
    old.name = Ident::new(parts.next()?);
    if id.is_part()
        && let Some(table) = parts.next()
    {
        old.of = Ident::new(table);
    }
    if let Some(schema) = parts.next() {
        old.schema = Ident::new(schema);
    }
    Some(old)
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
        }),
        Body::Index(_) if same_place => Detail::RenameObject(RenameObject {
            old: old.clone(),
            up: vec![sql::alter::rename_index(&old.qualified(), &id.name)],
            down: vec![sql::alter::rename_index(&id.qualified(), &old.name)],
            breaks_clients: false,
            done_when: sql::exists(id),
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

/// A label that the files rename while the type still has the old one: there is no recipe for it yet, and dropping and
/// adding a label instead would not be what was said.
fn renamed_labels(sides: &Sides) -> Vec<Change> {
    let mut changes = Vec::new();
    for object in sides.to.of_kind(Kind::EnumType) {
        let Some(Body::EnumType(live)) = sides.from.get(&object.id).map(|live| &live.body) else {
            continue;
        };
        for directive in &object.directives {
            let (DirectiveKind::RenamedFrom(path), Some(label)) = (&directive.kind, &directive.part) else {
                continue;
            };
            let old = path.last().cloned().unwrap_or_default();
            if !live.labels.contains(&old) || live.labels.contains(label) {
                continue;
            }
            let reason = format!(
                "the rename of the label {old} of {} to {label} has no recipe yet",
                object.id
            );
            let mut change = Change::new(
                object.id.clone(),
                Verb::Rename,
                Detail::Unsupported(Unsupported { reason }),
            );
            change.lines.push(DetailLine::new("label", old, label.as_str()));
            changes.push(change);
        }
    }
    changes
}
