//! When triggers and rules fire.

use super::{Sides, pair};
use crate::change::{Change, DetailLine};
use crate::model::{Catalog, Firing, Kind, Object, ObjectId, QualifiedName, Rule, Trigger};
use crate::sql::{self, Stmt};
use crate::step::{Lock, Phase};
use std::collections::BTreeSet;

/// A change where a rule fires at other times.
pub fn rule(live: &Object, desired: &Object, (old, new): (&Rule, &Rule)) -> Option<Change> {
    if old.firing == new.firing {
        return None;
    }
    let up = vec![sql::firing(desired, new.firing)];
    let down = vec![sql::firing(live, old.firing)];
    Some(changed(desired, up, down, (word(old.firing), word(new.firing))))
}

fn word(firing: Firing) -> String {
    format!("{firing:?}").to_lowercase()
}

fn changed(object: &Object, up: Vec<Stmt>, down: Vec<Stmt>, (old, new): (String, String)) -> Change {
    let mut change = pair::setting(
        &object.id,
        "firing",
        Phase::Contract,
        Lock::ShareRowExclusive,
        up,
        down,
    );
    change.lines = vec![DetailLine::new("fires", old, new)];
    change
}

/// When a trigger and its clones on partitions fire: the statement on the partitioned table reaches all of them.
pub fn trigger(
    sides: &Sides,
    live: &Object,
    desired: &Object,
    (old, new): (&Trigger, &Trigger),
) -> Option<Change> {
    let of = |body: &Trigger, partition: &QualifiedName| {
        let clone = body.clones.iter().find(|(name, _)| name == partition);
        clone.map_or(body.firing, |(_, state)| *state)
    };
    let there = |catalog: &Catalog, table: &QualifiedName| {
        catalog.get(&ObjectId::named(Kind::Table, table)).is_some()
    };
    let partitions: BTreeSet<&QualifiedName> = old
        .clones
        .iter()
        .chain(&new.clones)
        .map(|(name, _)| name)
        .collect();
    let to = |object: &Object, from: &Trigger, to: &Trigger, catalog: &Catalog| {
        let mut statements = Vec::new();
        if from.firing != to.firing {
            statements.push(sql::firing(object, to.firing));
        }
        for partition in partitions.iter().filter(|table| there(catalog, table)) {
            let now = if from.firing == to.firing {
                of(from, partition)
            } else {
                to.firing
            };
            let wanted = of(to, partition);
            if now != wanted {
                statements.push(sql::firing_on(object, partition, wanted));
            }
        }
        statements
    };
    let up = to(desired, old, new, sides.to);
    if up.is_empty() {
        return None;
    }
    let down = to(live, new, old, sides.from);
    let show = |body: &Trigger| {
        let clones = body.clones.iter();
        let clones = clones.map(|(table, state)| format!(", {} on {table}", word(*state)));
        word(body.firing) + &clones.collect::<String>()
    };
    Some(changed(desired, up, down, (show(old), show(new))))
}
