//! Which tables take columns over, and what goes with them.

use super::SplitTable;
use super::taken::{Taken, directive};
use crate::change::{Change, Context, Detail, Verb, merge_table::MergeTable, unsupported::Unsupported};
use crate::model::{Kind, ObjectId, QualifiedName};
use crate::step::{Fact, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Marks the tables that take columns over. What a new one takes is not archived, and its foreign keys to the source come in
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
    changes.extend(merges(context, &mut gone));
    changes.retain(|change| !gone.contains(&change.object));
}

/// The tables that take over what others have that go; `gone` gets the foreign keys whose going is a part of that.
fn merges(context: &Context, gone: &mut BTreeSet<ObjectId>) -> Vec<Change> {
    let mut found = Vec::new();
    for object in context.to.of_kind(Kind::Table) {
        let detail = match Taken::merged(context, &object.id) {
            None => continue,
            Some(Err(reason)) => Detail::Unsupported(Unsupported { reason }),
            Some(Ok(taken)) => {
                gone.extend(taken.tied());
                Detail::MergeTable(MergeTable)
            }
        };
        let mut change = Change::new(object.id.clone(), Verb::Alter, detail);
        change.origin = context.to.origin(&object.id).cloned();
        found.push(change);
    }
    found
}

/// What reads a table or columns that are still to be filled comes when they are; what goes, when nobody carries it on.
pub fn wait_for_rows(context: &Context, recipes: &mut [Vec<Step>]) {
    let mut filled: BTreeMap<ObjectId, Fact> = BTreeMap::new();
    let mut going: BTreeSet<ObjectId> = BTreeSet::new();
    for object in context.to.of_kind(Kind::Table) {
        let id = &object.id;
        if directive(context.to, id, false).is_some() && matches!(Taken::of(context, id), Some(Ok(_))) {
            let columns = context.to.parts(Kind::Column, &id.qualified()).map(|column| column.id.clone());
            filled.extend(columns.chain([id.clone()]).map(|used| (used, Fact::Valid(id.clone()))));
        }
        if let Some(Ok(taken)) = Taken::merged(context, id) {
            filled.extend(taken.columns.iter().map(|each| (each.old.id.clone(), Fact::Valid(id.clone()))));
            going.insert(ObjectId::named(Kind::Table, &taken.target));
        }
    }
    if filled.is_empty() {
        return;
    }
    const READERS: [Kind; 3] = [Kind::View, Kind::MaterializedView, Kind::Function];
    for step in recipes.iter_mut().flatten() {
        if step.change == "add_column" && filled.contains_key(&step.object) {
            step.application.clear();
        }
        if going.contains(&step.object) && step.gives.contains(&Fact::Gone(step.object.clone())) {
            step.needs.push(Fact::Valid(step.object.clone()));
        }
        let reader = context.new_of(&step.object).filter(|object| READERS.contains(&object.id.kind));
        let used = reader.into_iter().flat_map(|object| &object.depends_on);
        step.needs.extend(used.filter_map(|used| filled.get(used)).cloned());
    }
}
