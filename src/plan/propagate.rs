//! What has to step aside while something under it is replaced, and with what it shares its transaction.

use super::in_place::{is_plain_column, stays_on_former};
use super::moving_indexes::{leaving_computed, of_other_classes};
use super::nested;
use super::twins::twins;
use crate::change::carry::{CarriedTable, Carry};
use crate::change::{
    Change, Context, Detail, Verb,
    add_key::swapped_primary_key,
    around::{Users, with_columns},
    change_default::ChangeDefault,
    change_generated::{ChangeGenerated, is_generated},
    exchange_type, foreign_anew, handover,
    rebuild_domain::RebuildDomain,
    rebuild_enum::RebuildEnum,
    rebuild_type::RebuildType,
    redefine::Redefine,
    shared_children::with_columns_below,
};
use crate::model::{Body, Column, Kind, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// For each unit the objects that are gone while it runs.
#[derive(Debug, Default)]
pub struct Aside {
    units: BTreeMap<String, BTreeSet<ObjectId>>,
    /// Units that are one with another, under that one's name.
    same: BTreeMap<String, String>,
}

impl Aside {
    /// The objects that are gone while that unit runs, in order.
    pub fn around(&self, unit: &str) -> Vec<ObjectId> {
        self.units
            .get(unit)
            .map(|ids| ids.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// The name of the unit that a recipe's own has become part of.
    pub fn united(&self, unit: &str) -> String {
        resolve(&self.same, unit)
    }
}

struct Cause {
    unit: String,
    seeds: BTreeSet<ObjectId>,
    /// The seed is a column that is dropped and added anew.
    dropped: bool,
    /// Indexes whose other form comes with the seed's other type.
    indexes: Vec<ObjectId>,
}

impl Cause {
    fn standing(&self, users: &Users) -> Vec<ObjectId> {
        let mut standing = match self.dropped {
            true => users.standing_on_dropped(&self.seeds),
            false => users.standing_on(&self.seeds),
        };
        standing.extend(self.indexes.iter().cloned());
        standing
    }
}

/// Finds everything that stands on what is replaced, and turns its changes into one `redefine` in the cause's unit.
pub fn step_aside(context: &Context, changes: &mut Vec<Change>, groups: &[Vec<CarriedTable>]) -> Aside {
    let mut absorbed: BTreeSet<ObjectId> = BTreeSet::new();
    for group in groups {
        absorbed.extend(Carry::new(context, group).absorbed().cloned());
        // The cut-over of a column exchanges its default too.
        let columns = group.iter().flat_map(|table| &table.columns);
        absorbed.extend(
            columns
                .filter(|carried| carried.old_name().is_some())
                .map(|carried| carried.column.clone()),
        );
    }
    absorbed.extend(foreign_anew::parts_of_all(context, changes));
    let mut comes_along = absorbed.clone();
    comes_along.extend(nested::checks_made_anew(context, changes));
    for id in left_behind(context, changes, &comes_along) {
        let unit = format!("recreate {}", id.label());
        turn(context, changes, &id, &unit);
    }
    for group in groups {
        with_their_triggers(context, changes, group);
    }
    let mut causes = causes_of_changes(context, changes);
    for group in groups {
        let carry = Carry::new(context, group);
        let seeds = group
            .iter()
            .flat_map(|table| {
                table.columns.iter().filter_map(|carried| {
                    carried
                        .old_name()
                        .map(|old| ObjectId::part(Kind::Column, &table.table, old))
                })
            })
            .flat_map(|column| with_columns_below(context, column))
            .chain(carry.enums())
            .collect();
        causes.push(Cause {
            unit: carry.unit(),
            seeds,
            dropped: false,
            indexes: Vec::new(),
        });
    }
    let mut unit_of: BTreeMap<ObjectId, String> = BTreeMap::new();
    let mut same: BTreeMap<String, String> = BTreeMap::new();
    for cause in &causes {
        for seed in cause
            .seeds
            .iter()
            .filter(|seed| !matches!(seed.kind, Kind::Column))
        {
            unit_of.entry(seed.clone()).or_insert_with(|| cause.unit.clone());
        }
    }
    for cause in &causes {
        for id in cause.standing(context.users) {
            if absorbed.contains(&id) {
                continue;
            }
            match unit_of.get(&id) {
                Some(other) => unite(&mut same, other, &cause.unit),
                None => {
                    unit_of.insert(id, cause.unit.clone());
                }
            }
        }
    }
    for (id, unit) in &unit_of {
        // A foreign key that is made anew on a key that is itself replaced leaves its own in the same transaction.
        let to = context.new_of(id).filter(|_| id.kind == Kind::Constraint);
        for key in to
            .iter()
            .flat_map(|object| &object.depends_on)
            .filter(|used| used.kind == Kind::Constraint)
        {
            if let Some(other) = unit_of.get(key) {
                unite(&mut same, other, unit);
            }
        }
    }
    for cause in &causes {
        for other in cause.seeds.iter().filter_map(|seed| unit_of.get(seed)) {
            unite(&mut same, other, &cause.unit);
        }
    }
    let mut aside = Aside::default();
    for (id, unit) in &unit_of {
        let seed = causes.iter().any(|cause| cause.seeds.contains(id));
        let unit = resolve(&same, unit);
        // What is made of a type that is exchanged is exchanged with it, also where it goes afterwards.
        if !(seed && is_of_types(id.kind)) {
            aside.units.entry(unit.clone()).or_default().insert(id.clone());
        }
        // A column that changes type keeps that change beside the one of its default.
        let retyped =
            |change: &Change| change.object == *id && matches!(change.detail, Detail::ChangeType(_));
        // A computed one is made anew, with its other type.
        let keeps_own = seed && !is_plain_column(context, id) && !changes.iter().any(retyped);
        if context.new_of(id).is_some() && !keeps_own {
            turn(context, changes, id, &unit);
        }
    }
    for change in changes.iter_mut() {
        rename_unit(change, &same);
    }
    // Every name of a merged unit finds the whole set.
    let names: Vec<String> = same.keys().cloned().collect();
    for name in names {
        let canonical = resolve(&same, &name);
        if let Some(ids) = aside.units.get(&canonical).cloned() {
            aside.units.insert(name, ids);
        }
    }
    changes.sort_by(|a, b| a.object.cmp(&b.object));
    aside.same = same;
    aside
}

/// Triggers of tables whose columns are switched, where they are made anew: their functions speak of those columns, so one
/// that is there before or behind the switch would fail on every write.
fn with_their_triggers(context: &Context, changes: &mut Vec<Change>, group: &[CarriedTable]) {
    let switched = |table: &CarriedTable| table.columns.iter().any(|carried| carried.old_name().is_some());
    let tables: BTreeSet<_> = group
        .iter()
        .filter(|table| switched(table))
        .map(|table| &table.table)
        .collect();
    let anew = changes.iter().filter(|change| {
        change.object.kind == Kind::Trigger
            && matches!(change.detail, Detail::Redefine(_))
            && tables.contains(&change.object.relation())
    });
    let anew: Vec<ObjectId> = anew.map(|change| change.object.clone()).collect();
    let unit = Carry::new(context, group).unit();
    for id in anew {
        turn(context, changes, &id, &unit);
    }
}

fn is_of_types(kind: Kind) -> bool {
    let own = [Kind::EnumType, Kind::Domain, Kind::CompositeType, Kind::RangeType];
    own.contains(&kind) || kind == Kind::DomainConstraint
}

/// What stays as it reads although something that it stands on goes or is replaced: it has to be made anew on what takes
/// that one's place. And keys that foreign keys refer to, where they are replaced.
fn left_behind(context: &Context, changes: &[Change], absorbed: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
    let changed: BTreeSet<&ObjectId> = changes.iter().map(|change| &change.object).collect();
    let mut found: BTreeSet<ObjectId> = twins(context)
        .into_iter()
        .filter(|twin| twin.there)
        .map(|twin| twin.own)
        .collect();
    let in_place: BTreeSet<ObjectId> = changes
        .iter()
        .filter(|change| {
            matches!(
                change.detail,
                Detail::SetExpression(_) | Detail::EmulateGenerated(_)
            )
        })
        .map(|change| change.object.clone())
        .collect();
    let replaced: BTreeSet<&ObjectId> = changes
        .iter()
        .filter(|change| matches!(change.detail, Detail::ReplaceConstraint(_)))
        .map(|change| &change.object)
        .collect();
    for change in changes {
        let mut seeds = BTreeSet::from([change.object.clone()]);
        match &change.detail {
            Detail::DropTable(_) | Detail::ReplaceTable(_) => {
                seeds = with_columns(context.from, &change.object)
            }
            Detail::DropObject(_)
            | Detail::DropConstraint(_)
            | Detail::DropIndex(_)
            | Detail::DropColumn(_) => {}
            Detail::ReplaceConstraint(_) | Detail::ReplaceIndex(_) if !absorbed.contains(&change.object) => {
                let users = context.users.standing_on(&seeds);
                if !users.is_empty() {
                    found.insert(change.object.clone());
                }
                continue;
            }
            _ => continue,
        }
        if let Detail::DropColumn(_) = &change.detail {
            found.extend(leaving_computed(context, changes, &change.object));
        }
        for id in context.users.standing_on_beside(&seeds, &in_place) {
            // A foreign key that changes as well cannot do so beside the key, or the form of the table, that it leaves.
            let leaves = matches!(
                change.detail,
                Detail::DropConstraint(_) | Detail::DropIndex(_) | Detail::ReplaceTable(_)
            ) && replaced.contains(&id);
            let leaves = leaves || stays_on_former(changes, change, &id);
            let stays = context.new_of(&id).is_some() && !absorbed.contains(&id);
            if stays && (leaves || !changed.contains(&id)) {
                found.insert(id);
            }
        }
    }
    let keys: BTreeSet<&ObjectId> = found
        .iter()
        .filter(|id| id.kind == Kind::Constraint)
        .filter_map(|id| context.new_of(id))
        .flat_map(|object| &object.depends_on)
        .collect();
    let arrives: Vec<ObjectId> = changes
        .iter()
        .filter(|change| {
            matches!(
                change.detail,
                Detail::ReplaceConstraint(_) | Detail::ReplaceIndex(_)
            )
        })
        .map(|change| change.object.clone())
        .filter(|id| keys.contains(id))
        .collect();
    found.extend(arrives);
    found
}

fn causes_of_changes(context: &Context, changes: &[Change]) -> Vec<Cause> {
    changes
        .iter()
        .filter_map(|change| match &change.detail {
            Detail::ChangeType(detail) => Some(Cause {
                unit: detail.unit.clone(),
                seeds: with_columns_below(context, change.object.clone()),
                dropped: false,
                indexes: of_other_classes(context, changes, &change.object),
            }),
            Detail::ChangeGenerated(detail) => Some(Cause {
                unit: detail.unit.clone(),
                seeds: BTreeSet::from([change.object.clone()]),
                dropped: context.new_of(&change.object).is_some_and(is_generated),
                indexes: Vec::new(),
            }),
            Detail::Redefine(detail) => Some(Cause {
                unit: detail.unit.clone(),
                seeds: with_columns(context.from, &change.object),
                dropped: false,
                indexes: Vec::new(),
            }),
            Detail::RebuildEnum(RebuildEnum { unit })
            | Detail::RebuildDomain(RebuildDomain { unit })
            | Detail::RebuildType(RebuildType { unit, .. }) => {
                let old = match &change.detail {
                    Detail::RebuildType(detail) => &detail.old,
                    _ => &change.object,
                };
                Some(Cause {
                    unit: unit.clone(),
                    seeds: exchange_type::seeds(context.from, old).into_iter().collect(),
                    dropped: false,
                    indexes: Vec::new(),
                })
            }
            Detail::DropObject(_) => Some(Cause {
                unit: handover(context, &change.object)?,
                seeds: BTreeSet::from([change.object.clone()]),
                dropped: false,
                indexes: Vec::new(),
            }),
            Detail::DropConstraint(_) => Some(Cause {
                unit: swapped_primary_key(context, &change.object.relation())
                    .filter(|(old, _)| *old == change.object)?
                    .1,
                seeds: BTreeSet::from([change.object.clone()]),
                dropped: false,
                indexes: Vec::new(),
            }),
            Detail::DropTable(_) => Some(Cause {
                unit: handover(context, &change.object)?,
                seeds: BTreeSet::from([change.object.clone()]),
                dropped: false,
                indexes: Vec::new(),
            }),
            _ => None,
        })
        .collect()
}

fn resolve(same: &BTreeMap<String, String>, unit: &str) -> String {
    let mut current = unit;
    while let Some(next) = same.get(current) {
        current = next;
    }
    current.to_owned()
}

fn unite(same: &mut BTreeMap<String, String>, a: &str, b: &str) {
    let (a, b) = (resolve(same, a), resolve(same, b));
    if a == b {
        return;
    }
    // A cut-over keeps its name: its steps already bear it.
    let (from, to) = if a.starts_with("cut over") { (b, a) } else { (a, b) };
    same.insert(from, to);
}

fn turn(context: &Context, changes: &mut Vec<Change>, id: &ObjectId, unit: &str) {
    if let (Some(Body::Column(before)), Some(Body::Column(after))) = (
        context.old(id).map(|o| &o.body),
        context.new_of(id).map(|o| &o.body),
    ) && before.generated.is_none()
        && after.generated.is_none()
    {
        turn_default(changes, id, before, after, unit);
        return;
    }
    let generated = id.kind == Kind::Column;
    let first = changes.iter().find(|change| change.object == *id).cloned();
    changes.retain(|change| {
        let of_expression = matches!(
            change.detail,
            Detail::ChangeGenerated(_)
                | Detail::SetExpression(_)
                | Detail::EmulateGenerated(_)
                | Detail::ChangeType(_)
        );
        change.object != *id || (generated && !of_expression)
    });
    let detail = if generated {
        Detail::ChangeGenerated(ChangeGenerated {
            unit: unit.to_owned(),
        })
    } else {
        Detail::Redefine(Redefine {
            unit: unit.to_owned(),
            beside: false,
        })
    };
    let mut change = Change::new(id.clone(), Verb::Recreate, detail);
    change.origin = first.as_ref().and_then(|change| change.origin.clone());
    if change.origin.is_none() {
        change.origin = context.to.origin(id).cloned();
    }
    if let Some(first) = first {
        change.lines = first.lines;
        change.text = first.text;
    }
    changes.push(change);
}

fn turn_default(changes: &mut Vec<Change>, id: &ObjectId, before: &Column, after: &Column, unit: &str) {
    changes.retain(|change| change.object != *id || !matches!(change.detail, Detail::ChangeDefault(_)));
    let (detail, line) = ChangeDefault::between(before, after, Some(unit.to_owned()));
    let mut change = Change::new(id.clone(), Verb::Alter, detail);
    change.lines.push(line);
    changes.push(change);
    for change in changes.iter_mut().filter(|change| change.object == *id) {
        if let Detail::ChangeType(detail) = &mut change.detail {
            detail.default_apart = true;
        }
    }
}

fn rename_unit(change: &mut Change, same: &BTreeMap<String, String>) {
    match &mut change.detail {
        Detail::ChangeType(detail) => detail.unit = resolve(same, &detail.unit),
        Detail::ChangeGenerated(detail) => detail.unit = resolve(same, &detail.unit),
        Detail::ChangeDefault(detail) => {
            if let Some(unit) = &mut detail.unit {
                *unit = resolve(same, unit);
            }
        }
        Detail::Redefine(detail) => detail.unit = resolve(same, &detail.unit),
        Detail::RebuildEnum(detail) => detail.unit = resolve(same, &detail.unit),
        Detail::RebuildDomain(detail) => detail.unit = resolve(same, &detail.unit),
        Detail::RebuildType(detail) => detail.unit = resolve(same, &detail.unit),
        _ => {}
    }
}
