//! Which tables take columns over, and what goes with them.

use super::taken::{Taken, directive};
use super::SplitTable;
use crate::change::{Change, Context, Detail, unsupported::Unsupported};
use crate::model::{Kind, ObjectId, QualifiedName};
use crate::step::{Fact, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Marks the new tables that take columns over. Their columns are not archived, and their foreign keys to the source come in
/// contract.
pub fn mark(context: &Context, changes: &mut Vec<Change>) {
    let mut gone: BTreeSet<ObjectId> = BTreeSet::new();
    let mut moved: BTreeMap<ObjectId, QualifiedName> = BTreeMap::new();
    for change in changes.iter_mut() {
        if !matches!(change.detail, Detail::CreateObject(_)) {
            continue;
        }
        let Some(found) = Taken::of(context, &change.object) else {
            continue;
        };
        let taken = found.and_then(|taken| {
            let twice = taken.columns.iter().find(|each| moved.contains_key(&each.old.id));
            match twice {
                Some(each) => Err(format!("{} goes to `{}` already", each.old.id.label(), moved[&each.old.id])),
                None => Ok(taken),
            }
        });
        match taken {
            Err(reason) => change.detail = Detail::Unsupported(Unsupported { reason }),
            Ok(taken) => {
                moved.extend(taken.columns.iter().map(|each| (each.old.id.clone(), taken.target.clone())));
                gone.extend(taken.foreign_keys().into_iter().map(|object| object.id.clone()));
                change.detail = Detail::SplitTable(SplitTable);
            }
        }
    }
    for change in changes.iter_mut() {
        if let (Detail::DropColumn(drop), Some(target)) = (&mut change.detail, moved.get(&change.object)) {
            drop.moved_to = Some(target.clone());
        }
    }
    changes.retain(|change| !gone.contains(&change.object));
}

/// What reads a table that is still to be filled comes when it is.
pub fn wait_for_rows(context: &Context, recipes: &mut [Vec<Step>]) {
    let tables = context.to.of_kind(Kind::Table).filter(|object| directive(context.to, &object.id).is_some());
    let filled: Vec<&ObjectId> = tables
        .map(|object| &object.id)
        .filter(|id| matches!(Taken::of(context, id), Some(Ok(_))))
        .collect();
    if filled.is_empty() {
        return;
    }
    const READERS: [Kind; 3] = [Kind::View, Kind::MaterializedView, Kind::Function];
    for step in recipes.iter_mut().flatten() {
        let Some(object) = context.new_of(&step.object).filter(|object| READERS.contains(&object.id.kind)) else {
            continue;
        };
        let reads = |id: &&&ObjectId| {
            let table = id.qualified();
            object.depends_on.iter().any(|used| used == **id || (used.is_part() && used.relation() == table))
        };
        step.needs.extend(filled.iter().filter(reads).map(|id| Fact::Valid((*id).clone())));
    }
}
