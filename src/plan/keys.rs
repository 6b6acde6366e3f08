//! Keys and the foreign keys that tie themselves to them: PostgreSQL takes the oldest that fits.

use crate::change::Context;
use crate::model::{Body, Constraint, Ident, Kind, Object, ObjectId, QualifiedName, Reference};
use crate::step::{Action, Fact, Key, Phase, Step, Undo};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Indexes of the live side to which a foreign key may refer, by table.
pub type UniqueIndexes<'a> = HashMap<&'a QualifiedName, Vec<&'a Object>>;

fn same_columns(a: &[Ident], b: &[Ident]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

/// The table and the columns of a key, or of an index that serves as one.
fn key_of(object: &Object) -> Option<(QualifiedName, Vec<Ident>)> {
    match &object.body {
        Body::Constraint(key) if key.index.is_some() => Some((object.id.relation(), key.columns.clone())),
        Body::Index(index) => Some((index.table.clone(), index.key_columns()?)),
        _ => None,
    }
}

fn reference(object: &Object) -> Option<&Reference> {
    match &object.body {
        Body::Constraint(Constraint { references, .. }) => references.as_ref(),
        _ => None,
    }
}

/// Keys over the columns that a foreign key refers to and that some step removes: a foreign key made before they are gone
/// would be tied to them.
pub fn former_keys(
    context: &Context,
    object: &Object,
    indexes: &UniqueIndexes,
    removed: &HashSet<ObjectId>,
) -> Vec<ObjectId> {
    let Some(reference) = reference(object) else {
        return Vec::new();
    };
    let fits =
        |key: &&Object| key_of(key).is_some_and(|(_, columns)| same_columns(&columns, &reference.columns));
    let constraints = context.from.parts(Kind::Constraint, &reference.table);
    constraints
        .chain(indexes.get(&reference.table).into_iter().flatten().copied())
        .filter(|key| removed.contains(&key.id))
        .filter(fits)
        .map(|key| key.id.clone())
        .collect()
}

/// Foreign keys that some step removes and that refer to the columns of a key that comes: on the way back they would be tied
/// to it while it is still there.
fn former_references(context: &Context, object: &Object, removed: &HashSet<ObjectId>) -> Vec<ObjectId> {
    let Some((table, columns)) = key_of(object) else {
        return Vec::new();
    };
    let was = context.old(&object.id).and_then(key_of);
    if was.is_some_and(|(_, former)| same_columns(&former, &columns)) {
        return Vec::new();
    }
    let refers = |other: &Object| {
        reference(other).is_some_and(|to| to.table == table && same_columns(&to.columns, &columns))
    };
    removed
        .iter()
        .filter(|id| id.kind == Kind::Constraint)
        .filter_map(|id| context.old(id))
        .filter(|other| refers(other))
        .map(|other| other.id.clone())
        .collect()
}

/// Keeps the foreign keys of the way back from a key that comes: they go before it. One that is made anew is never missing,
/// so the key comes in that same transaction, and its index, which counts too on the way back, in the phase of that one.
pub fn come_behind_references(
    context: &Context,
    step: &mut Step,
    needs: &mut BTreeSet<Fact>,
    removed: &HashSet<ObjectId>,
    anew: &HashMap<ObjectId, String>,
) {
    if !matches!(step.change.as_str(), "add_key" | "create_index" | "redefine") {
        return;
    }
    let Some(key) = context.new_of(&step.object) else {
        return;
    };
    let references = former_references(context, key, removed);
    let made = step.gives.contains(&Fact::Exists(step.object.clone()));
    let unit = references.iter().find_map(|id| anew.get(id));
    match unit {
        Some(_) if step.change == "redefine" && !made => return,
        Some(unit) if made => {
            step.unit = Some(unit.clone());
            step.phase = Phase::Contract;
            if let Undo::Run {
                action: Action::Statements(down),
                ..
            } = &mut step.undo
            {
                // An index that is built again would come before the key that the foreign key returns to.
                down.truncate(1);
            }
        }
        Some(_) => {
            step.phase = Phase::Contract;
            return;
        }
        None => {}
    }
    needs.extend(references.into_iter().map(Fact::Gone));
}

/// The columns of the key by which the step walks through its table.
pub fn walked(step: &Step) -> impl Iterator<Item = ObjectId> {
    let batch = match &step.up {
        Action::Batches(batch) | Action::Verify(batch) => Some(batch),
        Action::Statements(_) | Action::Sequence(_) => None,
    };
    batch.into_iter().flat_map(|batch| {
        let columns = match &batch.key {
            Key::Columns(columns) => columns.as_slice(),
            Key::Pages => &[],
        };
        columns
            .iter()
            .map(|column| ObjectId::part(Kind::Column, &batch.table, &column.name))
    })
}
