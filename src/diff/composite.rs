//! Composite types that are on both sides, and types of another kind that take a name over.

use super::{Sides, column, pair};
use crate::change::{
    Change, Context, Detail, DetailLine, Manage, Verb,
    change_setting::ATTRIBUTES,
    exchange_type::{TYPES, apart},
    rebuild_type::{RebuildType, added_again, is_exchanged_by_row, is_stored},
    unsupported::Unsupported,
};
use crate::model::{
    Attribute, Body, Catalog, CompositeType, ConstraintKind, Kind, Object, ObjectId, TypeName,
};
use crate::sql::{self, AttributeAction, Stmt};
use crate::step::{Lock, Phase};

/// The type of the other side that has the name and is of another kind.
pub(super) fn of_another_kind<'a>(catalog: &'a Catalog, id: &ObjectId) -> Option<&'a Object> {
    let mut kinds = TYPES
        .iter()
        .filter(|kind| TYPES.contains(&id.kind) && **kind != id.kind);
    kinds.find_map(|kind| catalog.get(&ObjectId::named(*kind, &id.qualified())))
}

/// A type that takes the name of one of another kind which columns hold.
pub(super) fn exchanged(sides: &Sides, desired: &Object) -> Option<Change> {
    let live = of_another_kind(sides.from, &desired.id)?;
    let stays = sides.to.get(&live.id).is_some() || sides.from.get(&desired.id).is_some();
    (!stays && is_stored(sides.from, &live.id))
        .then(|| rebuild(&live.id, &desired.id, Vec::new(), Vec::new(), true))
}

/// True for a type that goes by an exchange, or for a domain's constraint that goes with it.
pub(super) fn goes_by_exchange(sides: &Sides, id: &ObjectId) -> bool {
    of_another_kind(sides.to, id).is_some_and(|desired| exchanged(sides, desired).is_some())
}

/// True for the constraint of a domain that takes the name of a type of another kind: it comes with the domain.
pub(super) fn comes_by_exchange(sides: &Sides, id: &ObjectId) -> bool {
    let domain = ObjectId::named(Kind::Domain, &id.relation());
    id.kind == Kind::DomainConstraint
        && sides
            .to
            .get(&domain)
            .is_some_and(|desired| exchanged(sides, desired).is_some())
        && !apart(sides.to, sides.to, &domain).contains(id)
}

/// Dropped and made anew under columns that hold it, a range type for one.
pub(super) fn remade(sides: &Sides, id: &ObjectId) -> Option<Change> {
    is_stored(sides.from, id).then(|| rebuild(id, id, Vec::new(), Vec::new(), true))
}

fn rebuild(old: &ObjectId, new: &ObjectId, up: Vec<Stmt>, down: Vec<Stmt>, exchanged: bool) -> Change {
    let detail = RebuildType {
        old: old.clone(),
        up,
        down,
        exchanged,
        unit: format!("rebuild {}", new.label()),
    };
    Change::new(new.clone(), Verb::Recreate, Detail::RebuildType(detail))
}

fn shape(attribute: &Attribute) -> (&str, &str, String) {
    let collation = attribute
        .collation
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    (attribute.name.as_str(), attribute.data_type.as_str(), collation)
}

/// Attributes are kept up to the first that differs; those behind it are dropped and added, for their order counts.
pub(super) fn composite(
    sides: &Sides,
    id: &ObjectId,
    old: &CompositeType,
    new: &CompositeType,
) -> Option<Change> {
    if old == new {
        return None;
    }
    let only_gains = new.attributes.len() >= old.attributes.len()
        && old
            .attributes
            .iter()
            .zip(&new.attributes)
            .all(|(old, new)| shape(old) == shape(new));
    let typed = has_typed_tables(sides.from, id);
    let retyped = old.attributes.iter().any(|before| {
        let after = new.attributes.iter().find(|after| after.name == before.name);
        after.is_some_and(|after| shape(after) != shape(before))
    });
    let stored = is_stored(sides.from, id);
    let in_place = Alter {
        id,
        cascades: typed,
        retypes: true,
    };
    let moves = !added_again(&in_place.statements(old, new), old, new).is_empty();
    if stored && (retyped || moves) && is_exchanged_by_row(sides.from, id) {
        let mut change = rebuild(id, id, Vec::new(), Vec::new(), true);
        change.lines = vec![DetailLine::new(ATTRIBUTES, show(old), show(new))];
        return Some(change);
    }
    let exchanged = retyped && !typed && stored;
    let alter = Alter {
        id,
        cascades: typed,
        retypes: !exchanged,
    };
    let (up, down) = (alter.statements(old, new), alter.statements(new, old));
    let mut change = if only_gains {
        pair::setting(id, ATTRIBUTES, Phase::Expand, Lock::AccessExclusive, up, down)
    } else {
        rebuild(id, id, up, down, exchanged)
    };
    if !exchanged {
        change.verb = Verb::Alter;
    }
    change.lines = vec![DetailLine::new(ATTRIBUTES, show(old), show(new))];
    Some(change)
}

fn show(body: &CompositeType) -> String {
    let attributes: Vec<String> = body
        .attributes
        .iter()
        .map(|a| format!("{} {}", a.name, a.data_type))
        .collect();
    attributes.join(", ")
}

/// True where a table is OF the type: its columns come, change and go with the type's attributes.
pub(super) fn has_typed_tables(catalog: &Catalog, id: &ObjectId) -> bool {
    let name = sql::qualified(&id.qualified());
    catalog
        .of_kind(Kind::Table)
        .any(|object| is_of(object, &TypeName::new(name.as_str())))
}

fn is_of(object: &Object, name: &TypeName) -> bool {
    matches!(&object.body, Body::Table(table) if table.of_type.as_ref() == Some(name))
}

/// True for a column of a table that is OF a type on both sides: it comes, changes and goes with the type's attribute.
pub(super) fn is_attribute(sides: &Sides, column: &ObjectId) -> bool {
    let of = |catalog| Context::table(catalog, &column.relation()).and_then(|table| table.of_type.as_ref());
    column.kind == Kind::Column && of(sides.from).is_some() && of(sides.from) == of(sides.to)
}

/// What a column that comes with an attribute of its table's type has of its own: the type knows no default, no storage and no
/// privileges. NOT NULL has to wait, for rows that are there hold nothing yet.
pub(super) fn beside_its_type(sides: &Sides, desired: &Object) -> Vec<Change> {
    let Body::Column(new) = &desired.body else {
        return Vec::new();
    };
    if !is_attribute(sides, &desired.id) {
        return Vec::new();
    }
    let mut bare = new.clone();
    bare.default = None;
    bare.not_null = false;
    bare.not_null_constraint = None;
    let id = &desired.id;
    let mut changes = column::compare(sides, desired, desired, &bare, new);
    changes.retain(|change| matches!(change.detail, Detail::ChangeDefault(_)));
    // A primary key says it of its columns itself.
    let in_key = |object: &Object| matches!(&object.body, Body::Constraint(key) if key.kind == ConstraintKind::PrimaryKey && key.columns.contains(&id.name));
    let mut constraints = sides.to.parts(Kind::Constraint, &id.relation());
    if new.not_null && !constraints.any(in_key) {
        let reason = format!(
            "{id} comes with an attribute of its table's type and is empty in every row: let it be NOT NULL in a plan of its own"
        );
        let detail = Detail::Unsupported(Unsupported { reason });
        changes.push(Change::new(id.clone(), Verb::Alter, detail));
    }
    let mut up = Vec::new();
    if desired.comment.is_some() && sides.policy.manage_comments != Manage::None {
        up.extend(sql::comment(desired, desired.comment.as_deref()));
    }
    up.extend(sql::grants(desired, &[], &desired.grants));
    let what = "comment and privileges";
    // Both go with the column, and that with the attribute.
    let setting = |up| {
        pair::setting(
            id,
            what,
            Phase::Expand,
            Lock::ShareUpdateExclusive,
            up,
            Vec::new(),
        )
    };
    changes.extend((!up.is_empty()).then(|| setting(up)));
    changes
}

struct Alter<'a> {
    id: &'a ObjectId,
    /// Typed tables follow.
    cascades: bool,
    /// Attributes that stay take their new types.
    retypes: bool,
}

impl Alter<'_> {
    fn alter(&self, action: AttributeAction) -> Stmt {
        sql::alter_attribute(&self.id.qualified(), action, self.cascades)
    }

    fn statements(&self, from: &CompositeType, to: &CompositeType) -> Vec<Stmt> {
        let mut statements = Vec::new();
        let wanted: Vec<&str> = to.attributes.iter().map(|a| a.name.as_str()).collect();
        let is_wanted = |attribute: &&Attribute| wanted.contains(&attribute.name.as_str());
        let (kept, gone): (Vec<&Attribute>, Vec<&Attribute>) = from.attributes.iter().partition(is_wanted);
        for gone in gone {
            statements.push(self.alter(AttributeAction::Drop(&gone.name)));
        }
        let mut in_place = true;
        for (position, attribute) in to.attributes.iter().enumerate() {
            let there = kept
                .get(position)
                .filter(|other| in_place && other.name == attribute.name);
            in_place = there.is_some();
            let name = &attribute.name;
            let spelled = format!(
                "{}{}",
                attribute.data_type,
                sql::collation_clause(attribute.collation.as_ref())
            );
            match there {
                Some(other) if shape(other) != shape(attribute) && self.retypes => {
                    statements.push(self.alter(AttributeAction::Retype(name, &spelled)));
                }
                Some(_) => {}
                None => {
                    if kept.iter().any(|other| other.name == attribute.name) {
                        statements.push(self.alter(AttributeAction::Drop(name)));
                    }
                    statements.push(self.alter(AttributeAction::Add(name, &spelled)));
                }
            }
            let before = from.attributes.iter().find(|other| other.name == attribute.name);
            let moved = there.is_none() && attribute.comment.is_some();
            if moved || before.and_then(|other| other.comment.as_ref()) != attribute.comment.as_ref() {
                let comment = attribute.comment.as_deref();
                statements.push(sql::column_comment(
                    &self.id.qualified(),
                    &attribute.name,
                    comment,
                ));
            }
        }
        statements
    }
}

/// True where a table would not have its columns in the order in which a type has them: PostgreSQL makes it a table OF that type in no
/// other. What comes stands behind what is there, and what changes its type may as well.
pub(super) fn is_out_of_order(sides: &Sides, table: &ObjectId) -> bool {
    let columns = |catalog: &Catalog| {
        let all = catalog
            .parts(Kind::Column, &table.qualified())
            .filter_map(|object| match &object.body {
                Body::Column(column) => Some((column.position, object.id.clone(), column.data_type.clone())),
                _ => None,
            });
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(position, ..)| *position);
        all
    };
    let wanted: Vec<ObjectId> = columns(sides.to).into_iter().map(|(_, id, _)| id).collect();
    let same_type = |id: &ObjectId, data_type: &TypeName| match sides.to.get(id).map(|new| &new.body) {
        Some(Body::Column(new)) => new.data_type == *data_type,
        _ => false,
    };
    let stay = columns(sides.from)
        .into_iter()
        .filter(|(_, id, data_type)| same_type(id, data_type));
    let mut found: Vec<ObjectId> = stay.map(|(_, id, _)| id).collect();
    let mut come: Vec<ObjectId> = wanted.iter().filter(|id| !found.contains(id)).cloned().collect();
    come.sort();
    found.extend(come);
    found != wanted
}
