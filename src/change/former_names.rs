//! Declared renames that one `ALTER … RENAME` does: what they are, and the catalog behind them.

use super::keep_label;
use super::making_room;
use super::renamed_catalog::{Renamed, goes_on, renamed};
use super::renamed_column;
use crate::model::{Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt, emulated::Emulated};
use crate::text::{Directive, DirectiveKind};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A name that changes before everything else that the plan does to the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// The former identity.
    pub old: ObjectId,
    /// The new one; the same for a label.
    pub new: ObjectId,
    /// A label of an enum, before and after.
    pub label: Option<(String, String)>,
    /// Renames.
    pub up: Vec<Stmt>,
    /// Renames back.
    pub down: Vec<Stmt>,
    /// No code names it: it goes along with its table, whose rename says so, or only makes room.
    pub follows: bool,
    /// What an extension that moves brings along.
    pub members: Option<Members>,
}

/// What an extension that moves to another schema brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// The new schema.
    pub schema: Ident,
    /// The members as texts say them before and after.
    pub said: Vec<(String, String)>,
}

impl Renaming {
    /// True for what application code names.
    pub fn breaks_clients(&self) -> bool {
        !self.follows
            && !matches!(
                self.old.kind,
                Kind::Trigger | Kind::Policy | Kind::Rule | Kind::Statistics
            )
    }

    /// True where a statement says the new name.
    pub fn is_said_in(&self, statement: &str) -> bool {
        match (&self.label, self.new.kind) {
            (None, Kind::Extension) => {
                let said = self.members.iter().flat_map(|members| &members.said);
                said.map(|(_, new)| new).any(|new| statement.contains(new))
            }
            (Some((_, new)), _) => statement.contains(&sql::literal(new)),
            (None, Kind::Schema) => {
                let name = sql::ident(&self.new.name);
                statement.contains(&format!("{name}.")) || statement.contains(&format!("SCHEMA {name}"))
            }
            (None, Kind::Column) => {
                let (table, name) = (sql::qualified(&self.new.relation()), sql::ident(&self.new.name));
                statement.contains(&table) && is_a_word(statement, &name)
            }
            (None, _) if self.new.is_part() => statement.contains(&sql::ident(&self.new.name)),
            (None, _) => statement.contains(&sql::qualified(&self.new.qualified())),
        }
    }
}

fn is_a_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(goes_on) && !text[at + name.len()..].starts_with(goes_on)
    })
}

/// The live catalog with the names that the files give to what they say is renamed, and the renamings in order.
pub fn with_new_names<'a>(from: &'a Catalog, to: &Catalog) -> (Cow<'a, Catalog>, Vec<Renaming>) {
    let mut catalog = Cow::Borrowed(from);
    let mut renamings = Vec::new();
    let declared = || to.objects.values().filter(|object| !object.directives.is_empty());
    // What is in a schema is found under the schema's new name.
    let schemas = declared().filter(|object| object.id.kind == Kind::Schema);
    // A table bears its name before the sequences that it owns.
    let is_late = |object: &&Arc<Object>| object.id.kind == Kind::Sequence;
    let others = || declared().filter(|object| object.id.kind != Kind::Schema);
    let ordered = schemas
        .chain(others().filter(|object| !is_late(object)))
        .chain(others().filter(is_late));
    for object in ordered {
        // A label is found under the type's new name.
        for find in [whole_of, labels_of] {
            for renaming in find(from, &catalog, to, object) {
                catalog = Cow::Owned(behind(&catalog, &renaming));
                renamings.push(renaming);
            }
        }
    }
    // What takes a name takes it once the one that bore it has left it.
    let takers = || declared().filter(|object| from.get(&object.id).is_some());
    loop {
        let mut found = takers().map(|object| whole_of(from, &catalog, to, object));
        let is_new = |found: &Vec<Renaming>| {
            let first = found.first();
            first.is_some_and(|first| !renamings.iter().any(|other| other.new == first.old))
        };
        let Some(found) = found.find(is_new) else {
            break;
        };
        for renaming in found {
            catalog = Cow::Owned(behind(&catalog, &renaming));
            renamings.push(renaming);
        }
    }
    for find in [
        making_room::moved_extensions,
        making_room::replaced_collations,
        making_room::types_of_keys,
    ] {
        for renaming in find(&catalog, to) {
            catalog = Cow::Owned(behind(&catalog, &renaming));
            renamings.push(renaming);
        }
    }
    (catalog, renamings)
}

fn behind(catalog: &Catalog, renaming: &Renaming) -> Catalog {
    if renaming.new.kind == Kind::Column {
        return renamed_column::renamed(catalog, &renaming.old, &renaming.new);
    }
    let what = match &renaming.label {
        Some((old, new)) => Renamed::Label(&renaming.new, old, new),
        None => match &renaming.members {
            Some(members) => Renamed::Members(&members.said, &members.schema),
            None => Renamed::Object(&renaming.old, &renaming.new),
        },
    };
    renamed(catalog, &what)
}

fn whole_of(before: &Catalog, from: &Catalog, to: &Catalog, object: &Object) -> Vec<Renaming> {
    let id = &object.id;
    let apart = [Kind::Constraint, Kind::Index, Kind::DomainConstraint];
    if apart.contains(&id.kind) || from.get(id).is_some() {
        return Vec::new();
    }
    let paths = object
        .directives
        .iter()
        .filter_map(|directive| match (&directive.kind, &directive.part) {
            (DirectiveKind::RenamedFrom(path), None) => Some(path),
            _ => None,
        });
    let Some(live) = paths
        .filter_map(|path| former(id, path))
        .find_map(|old| from.get(&old))
    else {
        return Vec::new();
    };
    if id.kind == Kind::Column {
        let at_once = renamed_column::is_at_once(before, from, to, live, object);
        return at_once
            .then(|| of_column(from, &live.id, id))
            .into_iter()
            .collect();
    }
    let mut renaming = whole(live, id);
    if live.id.name != id.name {
        renaming.down.extend(without_alias(from, to, &live.id));
    }
    let mut found = vec![renaming];
    found.extend(followers(from, to, &live.id, id));
    found
}

fn of_column(from: &Catalog, old: &ObjectId, new: &ObjectId) -> Renaming {
    let table = new.relation();
    let mut up = vec![sql::alter::rename_column(&table, &old.name, &new.name)];
    let mut down = vec![sql::alter::rename_column(&table, &new.name, &old.name)];
    // A trigger that computes a column says the names as they were: every write would fail from the rename on.
    for computed in from.parts(Kind::Column, &table) {
        let Body::Column(body) = &computed.body else {
            continue;
        };
        let Some(before) = Emulated::of(&table, &computed.id.name, body) else {
            continue;
        };
        let names = BTreeMap::from([(old.name.clone(), new.name.clone())]);
        let value = sql::rename_columns(before.value, &names).unwrap_or_else(|| before.value.clone());
        let column = names.get(before.column).unwrap_or(before.column);
        let after = Emulated {
            column,
            value: &value,
            ..before.clone()
        };
        up.extend(after.replace());
        down.extend(before.replace());
    }
    Renaming {
        old: old.clone(),
        new: new.clone(),
        label: None,
        up,
        down,
        follows: false,
        members: None,
    }
}

fn labels_of(_before: &Catalog, from: &Catalog, _to: &Catalog, object: &Object) -> Vec<Renaming> {
    let label = |directive: &Directive| match (&directive.kind, &directive.part) {
        (DirectiveKind::RenamedFrom(path), Some(label)) => label_of(from, object, path, label),
        _ => None,
    };
    object.directives.iter().filter_map(label).collect()
}

/// The identity that the directive names.
pub fn former(id: &ObjectId, path: &[String]) -> Option<ObjectId> {
    let mut old = id.clone();
    let mut parts = path.iter().rev();
    old.name = Ident::new(parts.next()?);
    if id.is_part()
        && let Some(table) = parts.next()
    {
        old.of = Ident::new(table);
    }
    if let Some(schema) = parts.next() {
        old.schema = Ident::new(schema);
    }
    Some(old)
}

fn label_of(from: &Catalog, object: &Object, path: &[String], label: &str) -> Option<Renaming> {
    let Body::EnumType(live) = &from.get(&object.id)?.body else {
        return None;
    };
    let (old, new) = (path.last()?.clone(), label.to_owned());
    let is_kept = keep_label::kept(object).iter().any(|(kept, _)| *kept == old);
    if is_kept || !live.labels.contains(&old) || live.labels.contains(&new) {
        return None;
    }
    let name = object.id.qualified();
    Some(Renaming {
        old: object.id.clone(),
        new: object.id.clone(),
        up: vec![sql::alter::rename_label(&name, &old, &new)],
        down: vec![sql::alter::rename_label(&name, &new, &old)],
        label: Some((old, new)),
        follows: false,
        members: None,
    })
}

/// To another schema first, then to another name.
pub(super) fn whole(live: &Object, new: &ObjectId) -> Renaming {
    let mut between = live.clone();
    between.id.schema = new.schema.clone();
    let mut last = between.clone();
    last.id.name = new.name.clone();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    if live.id.schema != new.schema {
        up.push(sql::set_schema(live, &new.schema));
        down.insert(0, sql::set_schema(&between, &live.id.schema));
    }
    if live.id.name != new.name {
        up.push(sql::rename(&between, &new.name));
        down.insert(0, sql::rename(&last, &live.id.name));
    }
    Renaming {
        old: live.id.clone(),
        new: new.clone(),
        label: None,
        up,
        down,
        follows: false,
        members: None,
    }
}

/// A view, policy or rule that gave the relation no alias would keep the new name as one: behind the way back it is said again
/// as it was.
fn without_alias(from: &Catalog, to: &Catalog, relation: &ObjectId) -> Vec<Stmt> {
    if !Kind::RELATIONS.contains(&relation.kind) {
        return Vec::new();
    }
    let users = from
        .objects
        .values()
        .filter(|object| object.depends_on.contains(relation));
    let stays = |object: &Object| {
        object.id.relation() == relation.qualified()
            || to
                .get(&object.id)
                .is_some_and(|new| new.body.kind() == object.body.kind())
    };
    users
        .filter_map(|user| match &user.body {
            Body::View(body) => Some(sql::create_or_replace_view(&user.id.qualified(), body)),
            Body::Policy(body) if stays(user) => Some(sql::alter_policy(user, body)),
            Body::Rule(body) if stays(user) => sql::or_replace(&body.definition),
            _ => None,
        })
        .collect()
}

/// What goes along with a table: indexes and owned sequences to its schema, and sequences whose name was derived from its own.
fn followers(from: &Catalog, to: &Catalog, old: &ObjectId, new: &ObjectId) -> Vec<Renaming> {
    let mut found = Vec::new();
    if old.kind != Kind::Table {
        return found;
    }
    let (before, after) = (old.qualified(), new.qualified());
    let mut follow = |id: &ObjectId, wanted: &ObjectId| {
        let here = QualifiedName {
            schema: new.schema.clone(),
            name: id.name.clone(),
        };
        let mut renaming = Renaming {
            old: id.clone(),
            new: wanted.clone(),
            label: None,
            up: Vec::new(),
            down: Vec::new(),
            follows: true,
            members: None,
        };
        if id.name != wanted.name {
            renaming.up.push(sql::alter::rename(
                "SEQUENCE",
                &sql::qualified(&here),
                &wanted.name,
            ));
            renaming.down.push(sql::alter::rename(
                "SEQUENCE",
                &sql::qualified(&wanted.qualified()),
                &id.name,
            ));
        }
        if renaming.old != renaming.new {
            found.push(renaming);
        }
    };
    let moved = |id: &ObjectId| ObjectId {
        schema: new.schema.clone(),
        ..id.clone()
    };
    for object in from.objects.values() {
        match &object.body {
            Body::Index(index) if index.table == before => follow(&object.id, &moved(&object.id)),
            Body::Sequence(sequence) => {
                let Some((_, column)) = sequence.owned_by.as_ref().filter(|(table, _)| *table == before)
                else {
                    continue;
                };
                let owner = Some((after.clone(), column.clone()));
                let there = to
                    .of_kind(Kind::Sequence)
                    .find(|other| matches!(&other.body, Body::Sequence(body) if body.owned_by == owner));
                follow(&object.id, there.map_or(&moved(&object.id), |there| &there.id));
            }
            Body::Column(column) if object.id.relation() == before => {
                let after = to
                    .get(&ObjectId::part(Kind::Column, &after, &object.id.name))
                    .map(|object| &object.body);
                if let (Some(identity), Some(Body::Column(after))) = (&column.identity, after)
                    && let Some(wanted) = &after.identity
                {
                    let sequence = |name| ObjectId::named(Kind::Sequence, name);
                    follow(&sequence(&identity.sequence), &sequence(&wanted.sequence));
                }
            }
            _ => {}
        }
    }
    found
}
