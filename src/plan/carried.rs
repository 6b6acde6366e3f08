//! Which columns are carried, and which tables are cut over together.

use crate::change::carry::{Carried, CarriedTable, Carry, Way, columns_of, enum_of};
use crate::change::{Change, Context, Detail, add_column, around, handover};
use crate::model::{Body, Kind, ObjectId, QualifiedName};
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// The groups of tables with carried columns.
pub fn groups(context: &Context, changes: &[Change]) -> Vec<Vec<CarriedTable>> {
    let mut tables: BTreeMap<QualifiedName, Vec<Carried>> = BTreeMap::new();
    for change in changes {
        for carried in columns_of(context, change, changes) {
            tables.entry(carried.column.relation()).or_default().push(carried);
        }
        if let Some(way) = way(context, change, changes) {
            tables.entry(change.object.relation()).or_default().push(Carried {
                column: change.object.clone(),
                way,
                code: change.code(),
                origin: change.origin.clone(),
            });
        }
    }
    let tables: Vec<CarriedTable> = tables
        .into_iter()
        .map(|(table, columns)| CarriedTable {
            table,
            columns: once(columns),
        })
        .collect();
    let mut groups = Vec::new();
    for group in join(context, tables) {
        if Carry::new(context, &group).hindrance().is_none() {
            groups.push(group);
            continue;
        }
        // No staged form: what only fills can still be carried; the rest takes its plain form, with its hazards.
        for table in group {
            let fills: Vec<Carried> = table
                .columns
                .into_iter()
                .filter(|c| c.old_name().is_none())
                .collect();
            if !fills.is_empty() {
                groups.push(vec![CarriedTable {
                    table: table.table,
                    columns: fills,
                }]);
            }
        }
    }
    groups
}

/// A column that changes name and type stands once, as a shadow.
fn once(columns: Vec<Carried>) -> Vec<Carried> {
    let mut kept: Vec<Carried> = Vec::new();
    for carried in columns {
        if !kept.iter().any(|other| other.column == carried.column) {
            kept.push(carried);
        }
    }
    kept
}

fn way(context: &Context, change: &Change, changes: &[Change]) -> Option<Way> {
    let id = &change.object;
    let table = id.relation();
    if id.kind != Kind::Column || context.is_new(&table) {
        return None;
    }
    match &change.detail {
        Detail::AddColumn(_) => {
            let value = add_column::backfill(context, id).or_else(|| add_column::computed(context, id))?;
            Some(Way::Fill { value, fresh: true })
        }
        Detail::SetNotNull(_) => {
            let value = add_column::backfill(context, id)?;
            let retyped = changes
                .iter()
                .any(|other| other.object == *id && matches!(other.detail, Detail::ChangeType(_)));
            (!retyped).then_some(Way::Fill { value, fresh: false })
        }
        Detail::RenameColumn(rename) => {
            let old = Context::column(context.from, &ObjectId::part(Kind::Column, &table, &rename.old))?;
            let new = Context::column(context.to, id)?;
            let quiet = context.directive(id, |kind| *kind == crate::text::DirectiveKind::NoLiveReaders);
            if quiet && old.data_type == new.data_type {
                return None;
            }
            if old.data_type == new.data_type && old.generated.is_none() {
                return Some(Way::Rename {
                    old: rename.old.clone(),
                });
            }
            let object = context.to.get(id)?;
            let (up, down) = crate::diff::conversions(context.from, object, &rename.old, old, new);
            Some(Way::Shadow {
                old: rename.old.clone(),
                up,
                down,
            })
        }
        // Its name goes to another column in the same plan: the two names and forms cannot stand beside each other.
        Detail::ChangeType(_) if context.renamings.iter().any(|renaming| renaming.new == *id) => None,
        Detail::ChangeType(retype)
            if around::row_is_stored(context.users, &table)
                || (!retype.catalog_only && !context.is_direct(&table)) =>
        {
            let (old, new) = (
                Context::column(context.from, id)?,
                Context::column(context.to, id)?,
            );
            // Nobody writes a generated column, so there is nothing to keep current.
            let is_computed = old.generated.is_some();
            // The default's sequence takes the place of the identity's, mostly its name too: there is no second one beside it.
            // A table that gets a parent has the column from that one in the end.
            let comes_from_parent = new.inherited;
            let gives_identity_up = old.identity.is_some() && new.identity.is_none() && new.default.is_some();
            if is_computed
                || comes_from_parent
                || gives_identity_up
                || calls_what_goes(context, id, changes)
                || takes_a_remade_type(context, id, changes)
            {
                return None;
            }
            Some(Way::Shadow {
                old: id.name.clone(),
                up: retype.up.clone(),
                down: retype.down.clone(),
            })
        }
        _ => None,
    }
}

/// True where the column's default calls what is made anew or gives way to another form: it cannot stand on the former
/// column meanwhile.
fn calls_what_goes(context: &Context, column: &ObjectId, changes: &[Change]) -> bool {
    let Some(old) = context.old(column) else {
        return false;
    };
    let Body::Column(body) = &old.body else {
        return false;
    };
    let called = old
        .depends_on
        .iter()
        .filter(|used| around::default_steps_aside(body, used));
    let called: BTreeSet<&ObjectId> = called.collect();
    let goes = |change: &Change| match &change.detail {
        Detail::Redefine(_) => called.contains(&change.object),
        Detail::DropObject(_) => {
            called.contains(&change.object) && handover(context, &change.object).is_some()
        }
        _ => false,
    };
    !called.is_empty() && changes.iter().any(goes)
}

/// True where the column gets a type that the same plan makes anew: a shadow would be of its former form.
fn takes_a_remade_type(context: &Context, column: &ObjectId, changes: &[Change]) -> bool {
    let (Some(old), Some(new)) = (context.old(column), context.new_of(column)) else {
        return false;
    };
    let taken = |id: &ObjectId| new.depends_on.contains(id) && !old.depends_on.contains(id);
    changes.iter().any(|change| {
        let remade = matches!(
            change.detail,
            Detail::RebuildEnum(_) | Detail::RebuildType(_) | Detail::RebuildDomain(_)
        );
        remade && taken(&change.object)
    })
}

/// Tables joined by a foreign key over moving columns of both go together.
fn join(context: &Context, tables: Vec<CarriedTable>) -> Vec<Vec<CarriedTable>> {
    let moving: BTreeSet<ObjectId> = tables
        .iter()
        .flat_map(|table| table.columns.iter())
        .filter(|carried| carried.old_name().is_some())
        .map(|carried| carried.column.clone())
        .collect();
    let number_of: BTreeMap<&QualifiedName, usize> =
        tables.iter().map(|table| &table.table).zip(0..).collect();
    let mut together = UnionFind::new(tables.len());
    let mut join = |a: &QualifiedName, b: &QualifiedName| {
        if let (Some(a), Some(b)) = (number_of.get(a), number_of.get(b)) {
            together.union(*a, *b);
        }
    };
    // One that goes hangs on the former columns of both: each cut-over would drop it.
    let formers: BTreeSet<ObjectId> = tables
        .iter()
        .flat_map(|table| table.columns.iter())
        .filter_map(|carried| {
            let old = carried.old_name()?;
            Some(ObjectId::part(Kind::Column, &carried.column.relation(), old))
        })
        .collect();
    for (catalog, moving) in [(context.to, &moving), (context.from, &formers)] {
        for object in catalog.of_kind(Kind::Constraint) {
            let Body::Constraint(constraint) = &object.body else {
                continue;
            };
            let Some(reference) = &constraint.references else {
                continue;
            };
            if object.depends_on.iter().any(|used| moving.contains(used)) {
                join(&object.id.relation(), &reference.table);
            }
        }
    }
    // Tables whose columns are of one exchanged type go together too.
    let mut first_of: BTreeMap<ObjectId, &QualifiedName> = BTreeMap::new();
    for table in &tables {
        let columns = table.columns.iter();
        for id in columns.filter_map(|carried| enum_of(context, carried)) {
            join(first_of.entry(id).or_insert(&table.table), &table.table);
        }
    }
    let mut groups: BTreeMap<usize, Vec<CarriedTable>> = BTreeMap::new();
    let mut first_in: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, (table, group)) in tables.into_iter().zip(together.into_labeling()).enumerate() {
        let first = *first_in.entry(group).or_insert(number);
        groups.entry(first).or_default().push(table);
    }
    groups.into_values().collect()
}

/// The changes that the groups do not take care of.
pub fn remaining(context: &Context, changes: &[Change], groups: &[Vec<CarriedTable>]) -> Vec<Change> {
    let mut absorbed: BTreeSet<ObjectId> = BTreeSet::new();
    let mut moving: BTreeSet<&ObjectId> = BTreeSet::new();
    let mut filled: BTreeSet<&ObjectId> = BTreeSet::new();
    let mut fresh: BTreeSet<&ObjectId> = BTreeSet::new();
    let mut enums: BTreeSet<ObjectId> = BTreeSet::new();
    for group in groups {
        let carry = Carry::new(context, group);
        absorbed.extend(carry.absorbed().cloned());
        enums.extend(carry.enums());
        for carried in group.iter().flat_map(|table| &table.columns) {
            match &carried.way {
                Way::Fill { fresh: false, .. } => filled.insert(&carried.column),
                Way::Fill { fresh: true, .. } => fresh.insert(&carried.column),
                _ => moving.insert(&carried.column),
            };
        }
    }
    changes
        .iter()
        .filter(|change| {
            let id = &change.object;
            let header = matches!(change.detail, Detail::SetOwner(_) | Detail::SetGrants(_));
            let is_exchanged = enums.contains(id) && matches!(change.detail, Detail::RebuildEnum(_));
            if matches!(change.detail, Detail::Unsupported(_)) {
                return true;
            }
            if absorbed.contains(id) || is_exchanged {
                return false;
            }
            if moving.contains(id) {
                return header;
            }
            if fresh.contains(id) {
                return !matches!(change.detail, Detail::AddColumn(_));
            }
            !(filled.contains(id) && matches!(change.detail, Detail::SetNotNull(_)))
        })
        .cloned()
        .collect()
}
