//! Columns that are on both sides.

use super::{Sides, composite, header, not_null};
use crate::change::{
    Change, Context, Detail, DetailLine, Verb,
    around::Users,
    change_default::ChangeDefault,
    change_generated::ChangeGenerated,
    change_identity::ChangeIdentity,
    change_setting::ChangeSetting,
    change_type::{ChangeType, down_expression, is_catalog_only, unit_of_type, up_expression},
    emulate_generated::{self, EmulateGenerated},
    is_replaced,
    set_expression::SetExpression,
    shared_children,
    unsupported::Unsupported,
};
use crate::model::{Body, Catalog, Column, Identity, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Lock, Phase};
use crate::text::DirectiveKind;

/// Another expression for a column that the server stores and that stays as it is otherwise.
fn in_place(sides: &Sides, old: &Column, new: &Column) -> Option<SetExpression> {
    let (before, after) = (old.generated.clone()?, new.generated.clone()?);
    let same_type = old.data_type == new.data_type && old.collation == new.collation;
    let stored = before.stored && after.stored && before.emulated.is_none();
    (sides.from.major() >= 17 && stored && same_type).then_some(SetExpression {
        old: before,
        new: after,
    })
}

/// The sequence of a table that becomes UNLOGGED or LOGGED goes with it: the step of the table sets it right.
fn identity(sides: &Sides, live: &Object, id: &ObjectId, old: &Column, new: &Column) -> Option<Change> {
    let (old, mut new) = (
        old.identity.clone().map(|old| *old),
        new.identity.clone().map(|new| *new),
    );
    let before = Context::table(sides.from, &live.id.relation());
    let after = Context::table(sides.to, &id.relation());
    if let (Some(before), Some(after), Some(old), Some(new)) = (before, after, &old, &mut new)
        && before.unlogged != after.unlogged
    {
        new.unlogged = old.unlogged;
    }
    let bare = |identity: &Option<Identity>| identity.as_ref().map(Identity::bare);
    if bare(&old) == bare(&new) {
        return None;
    }
    let show = |identity: &Option<Identity>| {
        let Some(identity) = identity else {
            return String::new();
        };
        let generation = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
        let persistence = match identity.unlogged {
            Some(true) => ", sequence unlogged",
            Some(false) => ", sequence logged",
            None => "",
        };
        format!("GENERATED {generation} AS IDENTITY{persistence}")
    };
    let line = DetailLine::new("identity", show(&old), show(&new));
    let detail = Detail::ChangeIdentity(ChangeIdentity { old, new });
    let mut change = Change::new(id.clone(), Verb::Alter, detail);
    change.lines.push(line);
    Some(change)
}

fn show_generated(column: &Column) -> String {
    match &column.generated {
        Some(generated) if generated.emulated.is_some() => {
            format!("{} (by a trigger)", generated.expression)
        }
        Some(generated) => generated.expression.to_string(),
        None => String::new(),
    }
}

/// True where a trigger is to compute the column from now on. Of another type, or an identity, it would be another column.
fn is_emulated(sides: &Sides, desired: &Object, old: &Column, new: &Column) -> bool {
    let nothing = Catalog::default();
    let context = Context {
        from: sides.from,
        to: sides.to,
        policy: sides.policy,
        seed: "",
        users: &Users::of(&nothing),
        renamings: &[],
        drops_first: false,
    };
    let same = old.data_type == new.data_type && old.collation == new.collation && old.identity.is_none();
    let stored = old.generated.as_ref().is_none_or(|generated| generated.stored);
    same && stored && emulate_generated::is_wanted(&context, desired)
}

/// What differs between two forms of a column.
pub fn compare(sides: &Sides, live: &Object, desired: &Object, old: &Column, new: &Column) -> Vec<Change> {
    let id = &desired.id;
    let carried = comes_with_parent(sides, id);
    let mut changes = Vec::new();
    let mut push = |detail: Detail, line: DetailLine| {
        let mut change = Change::new(id.clone(), Verb::Alter, detail);
        change.lines.push(line);
        changes.push(change);
    };
    let in_place = in_place(sides, old, new);
    let made_above = in_place.is_none() && carried && computed_above(sides, id);
    let is_met = emulate_generated::is_met(desired, old.generated.as_ref(), new.generated.as_ref());
    if !is_met && is_emulated(sides, desired, old, new) {
        let line = DetailLine::new("generated", show_generated(old), show_generated(new));
        push(Detail::EmulateGenerated(EmulateGenerated), line);
        if old.generated.is_none() {
            return changes;
        }
    } else if !is_met && !made_above {
        let line = DetailLine::new("generated", show_generated(old), show_generated(new));
        let stays = in_place.is_some();
        if carried && !stays {
            let reason = format!(
                "{id} is computed in another way than its parent's column: PostgreSQL drops no column that a parent gives. Let the table leave \
                 its parent in a plan of its own (NO INHERIT), change the column, and come back (INHERIT)"
            );
            push(Detail::Unsupported(Unsupported { reason }), line);
            return changes;
        }
        let anew = || {
            Detail::ChangeGenerated(ChangeGenerated {
                unit: format!("generated {}", id.label()),
            })
        };
        push(in_place.map_or_else(anew, Detail::SetExpression), line);
        if new.generated.is_some() && !stays {
            return changes;
        }
    }
    let retyped = (old.data_type != new.data_type || old.collation != new.collation)
        && !carried
        && !composite::is_attribute(sides, id);
    if retyped {
        let detail = retype(sides, desired, old, new);
        push(
            Detail::ChangeType(detail),
            DetailLine::new("type", show_type(old), show_type(new)),
        );
    }
    // A parent's other type takes the defaults below it away and brings them again.
    let retyped = retyped || (carried && old.data_type != new.data_type);
    if old.default != new.default && new.generated.is_none() && !retyped {
        let (detail, line) = ChangeDefault::between(old, new, None);
        push(detail, line);
    }
    if !carried || tightened_below(sides, id, old, new) {
        changes.extend(not_null::compare(sides, desired, old, new));
    }
    if !carried {
        changes.extend(identity(sides, live, id, old, new));
        if let (Some(before), Some(after)) = (&old.identity, &new.identity) {
            let before = sql::sequence_of(before, sides.from);
            changes.extend(header::of_numbers(
                sides,
                id,
                &before,
                &sql::sequence_of(after, sides.to),
            ));
        }
    }
    changes.extend(settings(live, desired, old, new));
    changes
}

/// True where a parent that the table has on both sides gives the column: what differs comes with the parent's change.
fn comes_with_parent(sides: &Sides, id: &ObjectId) -> bool {
    let parents = shared_children::giving(sides.from, sides.to, &id.relation(), &id.name);
    let mut stay = parents
        .into_iter()
        .map(|parent| !is_replaced(sides.from, sides.to, parent));
    stay.any(|stays| stays)
}

/// True where a parent's expression changes as well: what is made anew there is made anew below.
fn computed_above(sides: &Sides, id: &ObjectId) -> bool {
    let generated =
        |catalog, parent: &ObjectId| Context::column(catalog, parent).map(|column| column.generated.clone());
    let mut above = parents(sides.to, &id.relation()).into_iter();
    above.any(|parent| {
        let parent = ObjectId::part(Kind::Column, &parent, &id.name);
        generated(sides.from, &parent) != generated(sides.to, &parent)
    })
}

/// The tables that a table inherits from, or is a partition of.
fn parents(catalog: &Catalog, table: &QualifiedName) -> Vec<QualifiedName> {
    let Some(body) = Context::table(catalog, table) else {
        return Vec::new();
    };
    let of = body.partition_of.iter().map(|of| &of.parent);
    body.inherits.iter().chain(of).cloned().collect()
}

/// True where the NOT NULL of a child comes or goes while no parent's does.
fn tightened_below(sides: &Sides, id: &ObjectId, old: &Column, new: &Column) -> bool {
    if old.not_null == new.not_null {
        return false;
    }
    if Context::table(sides.to, &id.relation()).is_none() {
        return false;
    }
    let parents = parents(sides.to, &id.relation());
    let mut above = parents
        .iter()
        .map(|parent| ObjectId::part(Kind::Column, parent, &id.name));
    above.all(|parent| {
        let not_null = |catalog| Context::column(catalog, &parent).map(|column| column.not_null);
        not_null(sides.from) == not_null(sides.to)
    })
}

fn show_type(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} collate {collation}", column.data_type),
        None => column.data_type.to_string(),
    }
}

/// The type change with its conversions: `using` and `reverse`, else casts.
pub fn retype(sides: &Sides, desired: &Object, old: &Column, new: &Column) -> ChangeType {
    let text = |pick: fn(&DirectiveKind) -> Option<&String>| {
        desired
            .directives
            .iter()
            .find_map(|directive| pick(&directive.kind))
            .cloned()
    };
    let using = text(|kind| match kind {
        DirectiveKind::Using(text) => Some(text),
        _ => None,
    });
    let reverse = text(|kind| match kind {
        DirectiveKind::Reverse(text) => Some(text),
        _ => None,
    });
    let (from, to) = (old.data_type.as_str(), new.data_type.as_str());
    // All tables that share a child change in one transaction.
    let together = shared_children::together(sides.from, sides.to, &desired.id);
    let own = desired.id.relation();
    let labels = labels_of(sides, from);
    let down = reverse.or_else(|| down_expression(&desired.id.name, from, to, labels.as_deref()));
    ChangeType {
        catalog_only: using.is_none() && old.collation == new.collation && is_catalog_only(from, to),
        up: using.unwrap_or_else(|| up_expression(&desired.id.name, from, to)),
        down,
        unit: unit_of_type(together.first().unwrap_or(&own)),
        default_apart: false,
    }
}

fn labels_of(sides: &Sides, data_type: &str) -> Option<Vec<String>> {
    sides
        .from
        .of_kind(Kind::EnumType)
        .find_map(|object| match &object.body {
            Body::EnumType(body) if sql::qualified(&object.id.qualified()) == data_type => {
                Some(body.labels.clone())
            }
            _ => None,
        })
}

fn settings(live: &Object, desired: &Object, old: &Column, new: &Column) -> Vec<Change> {
    // Whatever gives the column its new type sets both behind it.
    let retyped = old.data_type != new.data_type || old.collation != new.collation;
    let stored = (&old.storage, &old.compression) == (&new.storage, &new.compression);
    if (stored || retyped)
        && old.statistics == new.statistics
        && old.options == new.options
        && super::table::same_options(&old.foreign_options, &new.foreign_options)
    {
        return Vec::new();
    }
    let table = desired.id.relation();
    let name = &desired.id.name;
    let to = |from: &Column, to: &Column| -> Vec<Stmt> {
        let mut before = from.kept();
        if retyped {
            before.storage.clone_from(&to.storage);
            before.compression.clone_from(&to.compression);
        }
        let mut actions = sql::keep(&before, &to.kept(), sql::default_storage(to.data_type.as_str()));
        let foreign = sql::change_options(&from.foreign_options, &to.foreign_options);
        actions.extend((!foreign.is_empty()).then_some(foreign));
        actions
            .iter()
            .map(|action| sql::alter::column_alone(&table, name, action))
            .collect()
    };
    let detail = ChangeSetting {
        what: "storage or statistics".to_owned(),
        phase: Phase::Expand,
        lock: Lock::AccessExclusive,
        up: to(old, new),
        down: to(new, old),
        rewrites: false,
        authz: false,
    };
    let mut change = Change::new(live.id.clone(), Verb::Alter, Detail::ChangeSetting(detail));
    let show = |column: &Column| {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(column.storage.iter().map(|value| format!("storage {value}")));
        parts.extend(
            column
                .compression
                .iter()
                .map(|value| format!("compression {value}")),
        );
        parts.extend(
            column
                .statistics
                .iter()
                .map(|value| format!("statistics {value}")),
        );
        let options = column.options.iter().chain(&column.foreign_options);
        parts.extend(options.map(|(key, value)| format!("{key}={value}")));
        if parts.is_empty() {
            "default".to_owned()
        } else {
            parts.join(", ")
        }
    };
    change
        .lines
        .push(DetailLine::new("settings", show(old), show(new)));
    vec![change]
}

/// New from old and old from new for a column that also changes its name.
pub fn conversions(
    from: &crate::model::Catalog,
    desired: &Object,
    old_name: &crate::model::Ident,
    old: &Column,
    new: &Column,
) -> (String, Option<String>) {
    let policy = crate::change::Policy::default();
    let sides = Sides {
        from,
        to: from,
        policy: &policy,
        renamed: Vec::new(),
    };
    let retype = retype(&sides, desired, old, new);
    let given = desired
        .directives
        .iter()
        .any(|directive| matches!(directive.kind, DirectiveKind::Using(_)));
    let up = if given {
        retype.up
    } else {
        up_expression(old_name, old.data_type.as_str(), new.data_type.as_str())
    };
    (up, retype.down)
}
