//! Which tables are replaced online, and what goes with them.

use super::first::First;
use super::hindrance::standing;
use super::shadow::{Shadow, belongings, is_wanted};
use crate::change::create_object::unit_of_table;
use crate::change::{Change, Context, Detail, DetailLine, Verb};
use crate::model::{Kind, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// Marks the tables that are replaced beside themselves. Whatever belongs to one has no steps of its own then, and what
/// stands on it is made anew in the transaction of the cut-over.
pub fn mark(context: &Context, changes: &mut Vec<Change>) {
    let replaced = changes.iter().filter(|change| matches!(change.detail, Detail::ReplaceTable(_)));
    let ids: Vec<ObjectId> = replaced.map(|change| change.object.clone()).collect();
    // What stands on two of them is made anew in one transaction with both.
    let mut taken: BTreeMap<ObjectId, String> = BTreeMap::new();
    for id in ids {
        let first = First::of(context, &id).map(|first| first.shadow);
        let shadow = first.or_else(|_| Shadow::of(context, &id)).ok().filter(|_| is_wanted(context, &id.qualified()));
        let Some(shadow) = shadow else {
            take_along(context, changes, &id);
            continue;
        };
        let standing = standing(&shadow);
        let units: BTreeSet<String> = changes
            .iter()
            .filter(|change| standing.contains(&change.object))
            .filter_map(|change| change.detail.unit().map(str::to_owned))
            .collect();
        let joined: BTreeSet<&String> = standing.iter().filter_map(|user| taken.get(user)).collect();
        let unit = joined.first().map_or_else(|| shadow.unit(), |unit| (*unit).clone());
        // What shares the transaction of another change cannot be in this one too.
        let shared = |other: &String| !other.starts_with("recreate ") && *other != unit;
        if joined.len() > 1 || units.iter().any(shared) {
            take_along(context, changes, &id);
            continue;
        }
        taken.extend(standing.into_iter().map(|user| (user, unit.clone())));
        let mut own: BTreeSet<ObjectId> = shadow.olds.iter().chain(&shadow.news).map(|table| ObjectId::named(Kind::Table, table)).collect();
        for (catalog, tables) in [(context.from, &shadow.olds), (context.to, &shadow.news)] {
            own.extend(belongings(catalog, tables).into_iter().map(|object| object.id.clone()));
        }
        changes.retain_mut(|change| {
            match &mut change.detail {
                Detail::ReplaceTable(replace) if change.object == id => {
                    replace.unit = Some(unit.clone());
                    change.verb = Verb::Alter;
                    change.lines = vec![partitioning(&shadow)];
                    return true;
                }
                Detail::Redefine(redefine) if units.contains(&redefine.unit) => redefine.unit = unit.clone(),
                _ => {}
            }
            !own.contains(&change.object)
        });
    }
}

/// In the plain form, what stands on the table is made anew in the transaction that makes the table: nobody finds it missing.
fn take_along(context: &Context, changes: &mut [Change], id: &ObjectId) {
    let table = id.qualified();
    let mut seeds = BTreeSet::from([id.clone()]);
    seeds.extend(context.from.parts(Kind::Column, &table).map(|column| column.id.clone()));
    let standing = context.users.standing_on(&seeds);
    let alone = |unit: &&str| unit.starts_with("recreate ");
    let units: BTreeSet<String> = changes
        .iter()
        .filter(|change| standing.contains(&change.object))
        .filter_map(|change| change.detail.unit().filter(alone).map(str::to_owned))
        .collect();
    let unit = unit_of_table(context, &table);
    for change in changes {
        if let Detail::Redefine(redefine) = &mut change.detail
            && units.contains(&redefine.unit)
            && !redefine.beside
        {
            redefine.unit = unit.clone();
        }
    }
}

/// How both forms are partitioned.
fn partitioning(shadow: &Shadow) -> DetailLine {
    let key = |object| {
        let body = Shadow::body(object);
        body.and_then(|body| body.partition_key.clone()).unwrap_or_else(|| "no".to_owned())
    };
    DetailLine::new("partitioned", key(shadow.old), key(shadow.new))
}
