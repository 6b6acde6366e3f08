//! Writes onto a catalog what only the files know: where things are defined, what directives say, whose privileges and owners are
//! declared.

use super::attach::Placed;
use super::directives;
use super::facts::Granted;
use super::resolve::{RELATIONS, Resolver, TYPES};
use super::target::{Target, What};
use super::{Desired, Statement};
use crate::bodies::{self, Space};
use crate::model::{Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::text::{Diagnostic, Directive, DirectiveKind, Origin, Shared};
use std::collections::{BTreeSet, HashMap};

/// What is to be written, by object.
#[derive(Default)]
struct Found {
    origins: HashMap<ObjectId, Origin>,
    granted: BTreeSet<ObjectId>,
    owned: BTreeSet<ObjectId>,
    /// Identity columns whose sequence privileges were granted on.
    numbered: BTreeSet<ObjectId>,
}

/// Identity columns by the names of their sequences.
struct Numbers<'a>(HashMap<(&'a str, &'a str), &'a ObjectId>);

impl<'a> Numbers<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let named = |object: &'a Object| match &object.body {
            Body::Column(column) => {
                let sequence = &column.identity.as_ref()?.sequence;
                Some(((sequence.schema.as_str(), sequence.name.as_str()), &object.id))
            }
            _ => None,
        };
        Self(catalog.of_kind(Kind::Column).filter_map(named).collect())
    }

    fn find(&self, target: &Target, path: &[Shared]) -> Option<ObjectId> {
        if !matches!(target.what, What::Relation | What::Sequence) {
            return None;
        }
        let at = |schema: &str| {
            self.0
                .get(&(schema, target.name.as_str()))
                .map(|id| (*id).clone())
        };
        match &target.schema {
            Some(schema) => at(schema),
            None => path.iter().find_map(|schema| at(schema)),
        }
    }

    fn all_in(&self, what: What, schema: &str) -> Vec<ObjectId> {
        let inside = self
            .0
            .iter()
            .filter(|((of, _), _)| what == What::Sequence && *of == schema);
        inside.map(|(_, id)| (*id).clone()).collect()
    }
}

/// Completes the catalog that was read from the scratch database of `desired`: origins, directives, `grants_declared`,
/// `owner_declared`, the edges of `depends on` and of function bodies. What is ignored moves out of the objects into
/// [`Catalog::ignored`] (an ignored relation with all its parts, also those that only the other side has), what need not be
/// archived into [`Catalog::discards`].
///
/// Returns what is wrong with directives; the catalog is complete all the same.
pub fn annotate(catalog: &mut Catalog, desired: &Desired) -> Vec<Diagnostic> {
    bodies::add_body_dependencies(catalog);
    super::unmanaged::place(catalog, desired);
    let found = facts_of(catalog, desired);
    let defined = defined(desired);
    let fallback: Vec<(ObjectId, Origin)> = catalog
        .objects
        .keys()
        .filter(|id| !found.origins.contains_key(*id))
        .filter_map(|id| Some((id.clone(), defined_as(id, &defined)?)))
        .collect();
    for (id, origin) in found.origins.into_iter().chain(fallback) {
        if catalog.objects.contains_key(&id) {
            catalog.origins.insert(id, origin);
        }
    }
    inherit_origins(catalog);
    // Default privileges are there only because a file says so.
    let default_privileges = catalog
        .of_kind(Kind::DefaultPrivileges)
        .map(|object| object.id.clone());
    let granted: Vec<ObjectId> = default_privileges.chain(found.granted).collect();
    for id in granted {
        catalog
            .get_mut(&id)
            .into_iter()
            .for_each(|object| object.grants_declared = true);
    }
    for id in found.numbered {
        if let Some(Body::Column(column)) = catalog.get_mut(&id).map(|object| &mut object.body)
            && let Some(identity) = &mut column.identity
        {
            identity.grants_declared = true;
        }
    }
    for id in found.owned {
        catalog
            .get_mut(&id)
            .into_iter()
            .for_each(|object| object.owner_declared = true);
    }
    let placed = resolve_directives(catalog, desired);
    directives::apply(catalog, placed)
}

fn facts_of(catalog: &Catalog, desired: &Desired) -> Found {
    let mut resolver = Resolver::new(catalog);
    let numbers = Numbers::of(catalog);
    let mut found = Found::default();
    for statement in &desired.statements {
        let path = statement.search_path();
        let facts = &statement.facts;
        if let Some(target) = facts.target.as_ref().filter(|_| facts.creates)
            && let Some(id) = resolver.find(target, &path)
        {
            found
                .origins
                .entry(id)
                .or_insert_with(|| statement.origin.clone());
        }
        for element in facts.elements.iter().filter(|e| e.part.is_none() && e.start > 0) {
            if let Some(id) = resolver.find(&element.target, &path) {
                let at = statement.span.start + element.start;
                found
                    .origins
                    .entry(id)
                    .or_insert_with(|| statement.source.origin(at));
            }
        }
        for granted in &facts.granted {
            match granted {
                Granted::On(target) => match resolver.find(target, &path) {
                    Some(id) => found.granted.extend([id]),
                    None => found.numbered.extend(numbers.find(target, &path)),
                },
                Granted::AllIn { what, schema } => {
                    found.granted.extend(all_in(catalog, *what, schema));
                    found.numbered.extend(numbers.all_in(*what, schema));
                }
            }
        }
        found.owned.extend(
            facts
                .owner_of
                .as_ref()
                .and_then(|target| resolver.find(target, &path)),
        );
    }
    found
}

fn all_in(catalog: &Catalog, what: What, schema: &str) -> Vec<ObjectId> {
    let kinds: &[Kind] = match what {
        What::Sequence => &[Kind::Sequence],
        What::Routine => &[Kind::Function, Kind::Aggregate],
        _ => &[Kind::Table, Kind::View, Kind::MaterializedView],
    };
    let objects = catalog.objects.keys();
    objects
        .filter(|id| kinds.contains(&id.kind) && id.schema.as_str() == schema)
        .cloned()
        .collect()
}

/// Where names come to be, for objects that no CREATE of that name makes: renamed ones, sequences of serial columns.
fn defined(desired: &Desired) -> HashMap<(Space, Option<Shared>, Shared), Origin> {
    let mut defined = HashMap::new();
    for statement in &desired.statements {
        for name in statement.defines() {
            let key = (
                name.space,
                schema_of(name.schema.as_ref(), statement),
                name.name.clone(),
            );
            defined.entry(key).or_insert_with(|| statement.origin.clone());
        }
    }
    defined
}

fn schema_of(spelled: Option<&Shared>, statement: &Statement) -> Option<Shared> {
    spelled
        .cloned()
        .or_else(|| statement.search_path().into_iter().next())
}

fn defined_as(id: &ObjectId, defined: &HashMap<(Space, Option<Shared>, Shared), Origin>) -> Option<Origin> {
    let space = match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::Index => Space::Relation,
        Kind::EnumType | Kind::Domain | Kind::CompositeType | Kind::RangeType => Space::Type,
        Kind::Function | Kind::Aggregate => Space::Routine,
        _ => return None,
    };
    let key = (space, Some(id.schema.as_str().into()), id.name.as_str().into());
    defined.get(&key).cloned()
}

/// What has no place of its own stands where its relation stands; an owned sequence where its column stands.
fn inherit_origins(catalog: &mut Catalog) {
    let mut inherited: Vec<(ObjectId, Origin)> = Vec::new();
    for object in catalog
        .objects
        .values()
        .filter(|object| catalog.origin(&object.id).is_none())
    {
        let of = match &object.body {
            Body::Sequence(sequence) => sequence.owned_by.as_ref().map(|(table, column)| {
                let column = ObjectId::part(Kind::Column, table, column);
                (column, table.clone())
            }),
            _ if object.id.is_part() => Some((object.id.clone(), object.id.relation())),
            _ => None,
        };
        let Some((part, relation)) = of else { continue };
        let relations = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Domain];
        let candidates = std::iter::once(part).chain(relations.map(|kind| ObjectId::named(kind, &relation)));
        let origin = candidates.filter_map(|id| catalog.origin(&id).cloned()).next();
        inherited.extend(origin.map(|origin| (object.id.clone(), origin)));
    }
    for (id, origin) in inherited {
        catalog.origins.insert(id, origin);
    }
}

fn resolve_directives(catalog: &Catalog, desired: &Desired) -> Vec<(Placed, Option<ObjectId>)> {
    let mut resolver = Resolver::new(catalog);
    // Several directives can speak of one constraint without a name.
    let mut last: Option<(Target, Option<ObjectId>)> = None;
    let mut placed = Vec::new();
    for directive in &desired.directives {
        let id = match (&directive.target, &last) {
            (Some(target), Some((same, id))) if target == same => id.clone(),
            (Some(target), _) => {
                let id = resolver.find(target, &directive.search_path);
                last = Some((target.clone(), id.clone()));
                id
            }
            (None, _) => None,
        };
        let mut directive = directive.clone();
        if let DirectiveKind::Backfill(text) | DirectiveKind::Using(text) | DirectiveKind::Reverse(text) =
            &mut directive.directive.kind
        {
            *text = in_full(catalog, text, &directive.search_path);
        }
        placed.push((directive, id));
    }
    placed
}

/// The expression as it reads without the file's search_path, under which it will run.
fn in_full(catalog: &Catalog, expression: &str, path: &[Shared]) -> String {
    crate::sql::qualify(expression, |named, name| {
        let kinds: &[Kind] = match named {
            crate::sql::Named::Type => TYPES,
            crate::sql::Named::Function => &[Kind::Function, Kind::Aggregate],
            crate::sql::Named::Relation => RELATIONS,
        };
        path.iter()
            .map(|schema| Ident::new(schema.as_str()))
            .find(|schema| {
                let name = QualifiedName {
                    schema: schema.clone(),
                    name: name.clone(),
                };
                kinds.iter().any(|kind| catalog.has(*kind, &name))
            })
    })
}

/// The directives of an object that speak of the object itself.
pub(super) fn own_directives(object: &crate::model::Object) -> impl Iterator<Item = &Directive> {
    object
        .directives
        .iter()
        .filter(|directive| directive.part.is_none())
}
