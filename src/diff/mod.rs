//! Compares two catalogs: what differs, object by object, in a stable order. Pure.

mod column;
mod composite;
mod constraint;
mod firing;
mod header;
mod inherited;
mod not_null;
mod own_keys;
mod pair;
mod partition;
mod rename;
mod returned;
mod room;
mod settings;
mod table;
mod types;

pub use column::conversions;

use crate::change::{
    Change, Context, Detail, DetailLine, Policy, Verb, add_check::AddCheck, add_column::AddColumn,
    add_foreign_key::AddForeignKey, add_key::AddKey, around::calls_with_its_row, create_index::CreateIndex,
    create_object::CreateObject, drop_column::DropColumn, drop_constraint::DropConstraint,
    drop_index::DropIndex, drop_object::DropObject, drop_table::DropTable, foreign_anew::goes_along,
    former_names, given_by_default, is_replaced, keep_label, own_parts, rebuild_domain::is_rebuilt,
    replace_table::ReplaceTable,
};
use crate::model::{
    Body, Catalog, Column, ConstraintKind, Ident, Index, Kind, Object, ObjectId, QualifiedName,
};
use crate::text::DirectiveKind;
use std::collections::BTreeSet;

/// Both sides of a comparison.
pub(crate) struct Sides<'a> {
    pub from: &'a Catalog,
    pub to: &'a Catalog,
    pub policy: &'a Policy,
    /// Old columns that are renamed, with their desired identity.
    pub renamed: Vec<(ObjectId, ObjectId)>,
}

/// Everything that differs between the database (`from`) and the files (`to`).
pub fn diff(from: &Catalog, to: &Catalog, policy: &Policy) -> Vec<Change> {
    let (from, renamings) = former_names::with_new_names(from, to);
    let to = keep_label::with_kept(&from, to);
    let to = given_by_default::with_given(&from, &to, policy);
    let (from, to) = own_parts::spelled_out(&from, &to);
    let (from, to) = (&*from, &*to);
    let mut sides = Sides {
        from,
        to,
        policy,
        renamed: Vec::new(),
    };
    let mut changes = rename::renames(&mut sides);
    let handled: BTreeSet<ObjectId> = changes.iter().map(|change| change.object.clone()).collect();
    let old: BTreeSet<&ObjectId> = sides.renamed.iter().map(|(old, _)| old).collect();
    for object in from.objects.values() {
        let replaced = goes_with_replaced(&sides, object);
        if composite::goes_by_exchange(&sides, &object.id) {
            continue;
        }
        if is_ignored(to, &object.id) || goes_with_domain(&sides, object) || goes_along(from, to, object) {
            continue;
        }
        if (replaced || !to.objects.contains_key(&object.id)) && !old.contains(&object.id) {
            changes.extend(dropped(&sides, object));
        }
    }
    for object in to.objects.values() {
        let comes_along = goes_with_domain(&sides, object) || goes_along(from, to, object);
        if comes_along || composite::comes_by_exchange(&sides, &object.id) {
            continue;
        }
        match from.get(&object.id) {
            None if handled.contains(&object.id) => {}
            None => {
                changes.extend(created(&sides, object));
                changes.extend(partition::marks(to, object));
                changes.extend(composite::beside_its_type(&sides, object));
            }
            Some(_) if goes_with_replaced(&sides, object) => changes.extend(created(&sides, object)),
            Some(live) => {
                let found = pair::compare(&sides, live, object);
                changes.extend(found);
                changes.extend(header::compare(&sides, live, object));
            }
        }
    }
    room::make_room(from, to, &mut changes);
    own_keys::refuse(from, to, &mut changes);
    returned::refuse(from, to, &mut changes);
    changes.extend(rename::renamed_whole(&renamings));
    for change in &mut changes {
        if let Some(object) = to.get(&change.object).or_else(|| from.get(&change.object)) {
            change.word = object.word();
        }
        if change.origin.is_none() {
            change.origin = origin(to, &change.object);
        }
    }
    changes.sort_by(|a, b| a.object.cmp(&b.object));
    changes
}

fn origin(to: &Catalog, id: &ObjectId) -> Option<crate::text::Origin> {
    let own = to.origin(id).cloned();
    own.or_else(|| {
        let relation = id
            .is_part()
            .then(|| ObjectId::named(Kind::Table, &id.relation()))?;
        to.origin(&relation).cloned()
    })
}

/// True where a relation of that name is there and of the same kind on the other side: one that is replaced by another
/// kind counts as gone.
fn has_relation(sides: &Sides, name: &QualifiedName) -> bool {
    let there = |catalog: &Catalog, kind: Kind| catalog.objects.contains_key(&ObjectId::named(kind, name));
    let replaced = is_replaced(sides.from, sides.to, name);
    !replaced
        && Kind::RELATIONS
            .iter()
            .any(|kind| there(sides.from, *kind) && there(sides.to, *kind))
}

/// True for the constraint of a domain that is made anew: it goes and comes with the domain.
fn goes_with_domain(sides: &Sides, object: &Object) -> bool {
    object.id.kind == Kind::DomainConstraint && is_rebuilt(sides.from, sides.to, &object.id.relation())
}

/// True where the object is a table that is replaced by a new one, or goes with such a table.
fn goes_with_replaced(sides: &Sides, object: &Object) -> bool {
    let table = match &object.body {
        Body::Table(_) => object.id.qualified(),
        Body::Index(index) => {
            if moves(sides, &object.id) {
                return true;
            }
            index.table.clone()
        }
        Body::Statistics(statistics) => statistics.table.clone(),
        Body::Sequence(sequence) => match &sequence.owned_by {
            Some((table, _)) => table.clone(),
            None => return false,
        },
        _ if object.id.is_part() => object.id.relation(),
        _ => return false,
    };
    is_replaced(sides.from, sides.to, &table)
}

/// True for an index whose name is on another relation on the other side, or on one of another kind.
fn moves(sides: &Sides, id: &ObjectId) -> bool {
    let place = |catalog: &Catalog| match catalog.get(id).map(|object| &object.body) {
        Some(Body::Index(index)) => Some((index.on_materialized_view, index.table.clone())),
        _ => None,
    };
    matches!((place(sides.from), place(sides.to)), (Some(old), Some(new)) if old != new)
}

fn created(sides: &Sides, object: &Object) -> Option<Change> {
    let id = &object.id;
    if let Some(change) = composite::exchanged(sides, object) {
        return Some(change);
    }
    let detail = match &object.body {
        Body::Column(column) => {
            if !has_relation(sides, &id.relation())
                || (column.inherited && inherited::comes_by_itself(sides, object))
                || composite::is_attribute(sides, id)
            {
                return None;
            }
            Detail::AddColumn(AddColumn {
                like: like(sides, object, column),
            })
        }
        Body::Constraint(constraint) => {
            let checks = constraint.kind == ConstraintKind::Check;
            if constraint.inherited && (!checks || inherited::comes_by_itself(sides, object)) {
                return None;
            }
            match constraint.kind {
                ConstraintKind::Check | ConstraintKind::Exclude => Detail::AddCheck(AddCheck),
                ConstraintKind::ForeignKey => Detail::AddForeignKey(AddForeignKey),
                ConstraintKind::PrimaryKey | ConstraintKind::Unique => Detail::AddKey(AddKey),
            }
        }
        Body::Index(_) => Detail::CreateIndex(CreateIndex),
        _ => Detail::CreateObject(CreateObject),
    };
    let mut change = Change::new(id.clone(), Verb::Create, detail);
    change.lines = settings::describe(object);
    Some(change)
}

/// A column that goes from the same table and has the same type: the new one could be it.
fn like(sides: &Sides, object: &Object, column: &Column) -> Option<Ident> {
    let table = object.id.relation();
    let known = object.directives.iter().any(|directive| {
        matches!(
            directive.kind,
            DirectiveKind::RenamedFrom(_) | DirectiveKind::Backfill(_) | DirectiveKind::Using(_)
        )
    });
    if known {
        return None;
    }
    sides
        .from
        .parts(Kind::Column, &table)
        .find(|old| {
            !sides.to.objects.contains_key(&old.id)
                && !sides.renamed.iter().any(|(renamed, _)| *renamed == old.id)
                && matches!(&old.body, Body::Column(body) if body.data_type == column.data_type && !body.inherited)
        })
        .map(|old| old.id.name.clone())
}

fn dropped(sides: &Sides, object: &Object) -> Option<Change> {
    let id = &object.id;
    let table_goes =
        id.is_part() && id.kind != Kind::DomainConstraint && !has_relation(sides, &id.relation());
    let detail = match &object.body {
        Body::Table(_) if is_replaced(sides.from, sides.to, &id.qualified()) => {
            Detail::ReplaceTable(ReplaceTable::default())
        }
        Body::Table(_) => Detail::DropTable(DropTable {
            discard: discards(sides, id),
            gives_way: Vec::new(),
        }),
        Body::Column(column) => {
            let inherited = column.inherited && inherited::goes_by_itself(sides, object);
            if table_goes || inherited || composite::is_attribute(sides, id) {
                return None;
            }
            Detail::DropColumn(DropColumn {
                discard: discards(sides, id),
                moved_to: None,
            })
        }
        Body::Constraint(constraint) => {
            // A key of a table that becomes a partition goes below its parent's.
            if constraint
                .index
                .as_ref()
                .is_some_and(|own| adopted(sides, id, own))
            {
                return None;
            }
            let inherited = constraint.inherited && inherited::goes_by_itself(sides, object);
            let goes_along = constraint.kind != ConstraintKind::ForeignKey
                && !calls_with_its_row(sides.from, object, &id.relation());
            if inherited || (table_goes && goes_along) {
                return None;
            }
            Detail::DropConstraint(DropConstraint)
        }
        Body::Index(index) => {
            if adopted(sides, id, index) {
                return None;
            }
            let goes_along = !calls_with_its_row(sides.from, object, &index.table);
            if goes_along && !index.on_materialized_view && !has_relation(sides, &index.table) {
                return None;
            }
            Detail::DropIndex(DropIndex)
        }
        // Those of a table that is made anew are not: their names are wanted again.
        Body::Statistics(statistics)
            if !has_relation(sides, &statistics.table)
                && !is_replaced(sides.from, sides.to, &statistics.table) =>
        {
            return None;
        }
        Body::Sequence(sequence) => {
            if sequence
                .owned_by
                .as_ref()
                .is_some_and(|(table, _)| !has_relation(sides, table))
            {
                return None;
            }
            Detail::DropObject(DropObject)
        }
        Body::DefaultPrivileges(_) if sides.policy.manage_grants != crate::change::Manage::All => {
            if !sides
                .to
                .of_kind(Kind::DefaultPrivileges)
                .any(|other| other.grants_declared)
            {
                return None;
            }
            Detail::DropObject(DropObject)
        }
        Body::DomainConstraint(_)
            if !sides
                .to
                .objects
                .contains_key(&ObjectId::named(Kind::Domain, &id.relation())) =>
        {
            return None;
        }
        _ => Detail::DropObject(DropObject),
    };
    let mut change = Change::new(id.clone(), Verb::Drop, detail);
    change.lines = settings::describe(object)
        .into_iter()
        .map(|line| DetailLine {
            old: line.new,
            new: line.old,
            ..line
        })
        .collect();
    Some(change)
}

/// `discard` on the table, or `discard KIND NAME` anywhere in the files.
fn discards(sides: &Sides, id: &ObjectId) -> bool {
    let on_table = id.is_part().then(|| ObjectId::named(Kind::Table, &id.relation()));
    [Some(id.clone()), on_table].into_iter().flatten().any(|id| {
        let said = |object: &Object| {
            object
                .directives
                .iter()
                .any(|directive| directive.kind == DirectiveKind::Discard)
        };
        sides.to.discards.contains_key(&id) || sides.to.get(&id).is_some_and(said)
    })
}

/// True where the files say `ignore` of the object, of its relation or of its schema.
fn is_ignored(to: &Catalog, id: &ObjectId) -> bool {
    let schema = ObjectId::global(Kind::Schema, id.schema.as_str());
    let relations = Kind::RELATIONS
        .iter()
        .map(|kind| ObjectId::named(*kind, &id.relation()));
    to.ignored.contains(id)
        || (!id.schema.is_empty() && to.ignored.contains(&schema))
        || (id.is_part()
            && relations
                .into_iter()
                .any(|relation| to.ignored.contains(&relation)))
}

/// True where the desired side has the index attached below that of a partitioned parent: it is adopted, not dropped. One of another
/// form, or without a constraint below a key, leaves its name to one that comes with the parent's.
fn adopted(sides: &Sides, id: &ObjectId, own: &Index) -> bool {
    if Context::table(sides.to, &own.table).is_none_or(|table| table.partition_of.is_none()) {
        return false;
    }
    sides.to.objects.values().any(|object| {
        let index = match &object.body {
            Body::Index(index) => Some(index),
            Body::Constraint(constraint) if id.kind == Kind::Constraint => constraint.index.as_deref(),
            _ => None,
        };
        index.is_some_and(|index| {
            let mut names = index.partition_names.iter();
            names.any(|(on, name)| *on == own.table && *name == id.name) && index.is_like(own)
        })
    })
}
