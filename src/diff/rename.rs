//! Declared renames.

use super::Sides;
use crate::change::{
    Change, Detail, DetailLine, Verb, rename_column::RenameColumn, rename_object::RenameObject,
    unsupported::Unsupported,
};
use crate::model::{Body, Ident, Kind, Object, ObjectId};
use crate::sql;
use crate::text::DirectiveKind;

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
    changes
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
