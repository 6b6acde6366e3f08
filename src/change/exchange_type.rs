//! A type is exchanged for another of its name: what is made of it goes along.

use super::{Context, rebuild_domain::is_rebuilt, rebuild_enum::users, shared_children::other_defaults};
use crate::model::{Attribute, Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName, TypeName};
use crate::sql::own_name::former_name;
use crate::sql::{self, Stmt};
use crate::step::Fact;
use std::collections::BTreeSet;

/// The kinds of types that share their names.
pub const TYPES: [Kind; 4] = [Kind::EnumType, Kind::Domain, Kind::CompositeType, Kind::RangeType];

/// What is exchanged for what.
pub struct Exchange<'a> {
    /// The catalog in which the type is used.
    pub catalog: &'a Catalog,
    /// The catalog whose defaults the columns get behind it, and whose forms the domains that are made of the type.
    pub shape: &'a Catalog,
    /// The type as that catalog has it.
    pub used: &'a Object,
    /// The type that goes: the same, or on the way back the one that took its place.
    pub gone: &'a Object,
    /// Makes the new one under the same name.
    pub create: Vec<Stmt>,
    /// The desired catalog: columns and types that go are gone by then, and come back behind the way back.
    pub desired: &'a Catalog,
}

impl Exchange<'_> {
    /// The type under a former name, the new one in its place, every column over to it by `cast` (from the column's name, the
    /// `[]` of an array, and the type), the former one gone. Composite types, domains and ranges over it are made anew as well.
    pub fn statements(self, cast: impl Fn(&Ident, &str, &str) -> String) -> Vec<Stmt> {
        let mut nested = nested(self.catalog, &self.used.id);
        nested.retain(|id| !is_going(self.catalog, self.desired, id));
        let apart = apart(self.catalog, self.desired, &self.used.id);
        // What is made of a type leaves its name first: the constructors of a range are addressed by its subtype.
        let outermost = nested.iter().rev().filter_map(|id| self.catalog.get(id));
        let mut statements: Vec<Stmt> = outermost.chain([self.gone]).flat_map(renamed).collect();
        statements.extend(self.create.iter().cloned());
        for id in &nested {
            let Some(object) = self.catalog.get(id) else {
                continue;
            };
            // What an earlier phase has added is there until that phase is taken back.
            let grown = self.desired.get(id).filter(|desired| has_grown(object, desired));
            let (object, catalog) = match is_reshaped(self.catalog, self.shape, id) {
                _ if grown.is_some() => (
                    grown.map(|desired| super::carrying(desired, object)),
                    self.desired,
                ),
                true => (
                    self.shape.get(id).map(|shape| super::carrying(shape, object)),
                    self.shape,
                ),
                false => (Some(super::restoring(object)), self.catalog),
            };
            statements.extend(object.iter().flat_map(|object| sql::create(object, catalog)));
            let parts = catalog
                .parts(Kind::DomainConstraint, &id.qualified())
                .filter(|part| !apart.contains(&part.id));
            statements.extend(parts.flat_map(|part| sql::create(&super::restoring(part), catalog)));
        }
        let by_text = |column: &Ident, array: &str, target: &str| {
            format!("{}::text{array}::{target}", sql::ident(column))
        };
        for name in names(self.used) {
            statements.extend(self.columns(&name, &cast));
        }
        for object in nested.iter().filter_map(|id| self.catalog.get(id)) {
            for name in names(object) {
                statements.extend(self.columns(&name, &by_text));
            }
        }
        // A table OF a type that is made anew leaves it before, and is OF the new one behind.
        let typed = nested.iter().flat_map(|id| {
            let tables = typed_tables(self.catalog, id);
            tables.map(move |table| (table.id.qualified(), id.qualified()))
        });
        let (mut leave, mut join) = (Vec::new(), Vec::new());
        for (table, of) in typed {
            leave.push(sql::alter::not_of(&table));
            join.push(sql::alter::of(&table, &of));
        }
        statements.splice(0..0, leave);
        statements.extend(join);
        let gone = nested.iter().rev().chain([&self.gone.id]);
        statements.extend(gone.map(|id| sql::drop_type(&former(&id.qualified()))));
        statements
    }

    fn columns(&self, name: &QualifiedName, cast: &dyn Fn(&Ident, &str, &str) -> String) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for (table, column, array) in users(self.catalog, name) {
            let id = ObjectId::part(Kind::Column, &table, &column);
            if is_going(self.catalog, self.desired, &id) {
                continue;
            }
            let default_in =
                |catalog| Context::column(catalog, &id).and_then(|column| column.default.clone());
            // On the way back the default is still the desired one.
            let (former, default) = (default_in(self.catalog), default_in(self.shape));
            let others = other_defaults(self.shape, self.catalog, &id);
            let below = [self.catalog, self.desired];
            let below = below
                .into_iter()
                .any(|catalog| !other_defaults(catalog, self.shape, &id).is_empty());
            if former.is_some() || default.is_some() || default_in(self.desired).is_some() || below {
                statements.push(sql::alter::drop_default(&table, &column));
            }
            let suffix = if array { "[]" } else { "" };
            let target = format!("{}{suffix}", sql::qualified(name));
            let using = cast(&column, suffix, &target);
            let data_type = TypeName::new(target);
            // A collation of its own would give way to that of the type.
            let collation = Context::column(self.catalog, &id).and_then(|column| column.collation.as_ref());
            statements.push(sql::alter::alter_type(
                &table,
                &column,
                &data_type,
                collation,
                Some(&using),
            ));
            if let Some(default) = default {
                statements.push(sql::alter::set_default(&table, &column, &default));
            }
            statements.extend(others);
        }
        statements
    }
}

/// True for a column that goes from a table that stays, and for a type that goes and no column of which is left then. The columns
/// of a table that goes are exchanged with all others, for it is archived as it is.
pub fn is_going(catalog: &Catalog, desired: &Catalog, id: &ObjectId) -> bool {
    if desired.get(id).is_some() {
        return false;
    }
    if id.is_part() {
        return desired
            .get(&ObjectId::named(Kind::Table, &id.relation()))
            .is_some();
    }
    let columns = columns_of(catalog, id).into_iter();
    let mut columns = columns.map(|(table, column, _)| ObjectId::part(Kind::Column, &table, &column));
    columns.all(|column| is_going(catalog, desired, &column))
}

/// The columns of a type, and of the multirange type of a range.
fn columns_of(catalog: &Catalog, id: &ObjectId) -> Vec<(QualifiedName, Ident, bool)> {
    let names = catalog.get(id).map_or_else(|| vec![id.qualified()], names);
    names.iter().flat_map(|name| users(catalog, name)).collect()
}

/// The name that a type has while another takes its place.
fn former(name: &QualifiedName) -> QualifiedName {
    QualifiedName {
        schema: name.schema.clone(),
        name: former_name(&name.name),
    }
}

/// The type's name, and that of the multirange type of a range.
fn names(object: &Object) -> Vec<QualifiedName> {
    let mut names = vec![object.id.qualified()];
    if let Body::RangeType(range) = &object.body {
        names.push(range.multirange.clone());
    }
    names
}

fn renamed(object: &Object) -> Vec<Stmt> {
    let rename = |name: &QualifiedName| sql::alter::rename("TYPE", &sql::qualified(name), &former(name).name);
    let mut statements: Vec<Stmt> = names(object).iter().map(rename).collect();
    if let Body::RangeType(range) = &object.body {
        // Its constructors bear its name and stay behind.
        let (name, of) = (
            object.id.qualified(),
            sql::qualified(&former(&object.id.qualified())),
        );
        let subtype = &range.subtype;
        let own = [
            format!("{subtype}, {subtype}"),
            format!("{subtype}, {subtype}, text"),
        ];
        let multiple = [String::new(), of.clone(), format!("{of}[]")];
        let constructors = own
            .iter()
            .map(|of| (&name, of))
            .chain(multiple.iter().map(|of| (&range.multirange, of)));
        statements.extend(constructors.map(|(function, arguments)| {
            let address = format!("{}({arguments})", sql::qualified(function));
            sql::alter::rename("FUNCTION", &address, &former(function).name)
        }));
    }
    statements
}

/// Composite types, domains and ranges that are made of the type, each behind what it is made of.
pub fn nested(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let mut found = vec![id.clone()];
    let mut at = 0;
    while at < found.len() {
        for kind in [Kind::CompositeType, Kind::Domain, Kind::RangeType] {
            for object in catalog.of_kind(kind) {
                if object.depends_on.contains(&found[at]) && !found.contains(&object.id) {
                    found.push(object.id.clone());
                }
            }
        }
        at += 1;
    }
    let all = found.into_iter().skip(1).collect();
    super::around::in_order(catalog, &all)
}

/// True for a composite type that has at most more attributes than before.
fn has_grown(before: &Object, after: &Object) -> bool {
    let (Body::CompositeType(before), Body::CompositeType(after)) = (&before.body, &after.body) else {
        return false;
    };
    let form = |each: &Attribute| (each.name.clone(), each.data_type.clone(), each.collation.clone());
    let mut pairs = before.attributes.iter().zip(&after.attributes);
    before.attributes.len() <= after.attributes.len()
        && pairs.all(|(before, after)| form(before) == form(after))
}

/// True where a type made of one that is exchanged is a domain over the same on both sides: it is made anew as desired, and
/// its own changes need no steps.
pub fn is_reshaped(from: &Catalog, to: &Catalog, id: &ObjectId) -> bool {
    let domain = |catalog: &Catalog| match &catalog.get(id)?.body {
        Body::Domain(domain) => Some((domain.base.clone(), domain.collation.clone())),
        _ => None,
    };
    domain(from).is_some() && domain(from) == domain(to)
}

/// True where the type, or one that it is made of, is exchanged for another of its name.
pub fn becomes_another(from: &Catalog, to: &Catalog, id: &ObjectId) -> bool {
    if !TYPES.contains(&id.kind) {
        return false;
    }
    let below = || from.get(id).into_iter().flat_map(|object| &object.depends_on);
    is_exchanged(from, to, id) || below().any(|used| used != id && becomes_another(from, to, used))
}

/// True where the type itself is exchanged for another of its name.
fn is_exchanged(from: &Catalog, to: &Catalog, id: &ObjectId) -> bool {
    let Some(old) = from.get(id) else { return false };
    let Some(new) = to.get(id) else {
        let takes = |kind: &Kind| to.get(&ObjectId::named(*kind, &id.qualified())).is_some();
        return TYPES.iter().any(takes);
    };
    match (&old.body, &new.body) {
        (Body::EnumType(before), Body::EnumType(after)) => {
            before.labels != after.labels && !before.becomes_by_adding(after)
        }
        (Body::Domain(_), Body::Domain(_)) => is_rebuilt(from, to, &id.qualified()),
        (Body::CompositeType(before), Body::CompositeType(after)) => before.attributes.iter().any(|before| {
            let mut others = after.attributes.iter();
            others.any(|other| other.name == before.name && other.data_type != before.data_type)
        }),
        (before, after) => before != after,
    }
}

/// Constraints of domains made of the type that call a function over any of them: they step aside together with the function,
/// and are not made with their domain.
pub fn apart(from: &Catalog, to: &Catalog, id: &ObjectId) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::new();
    for catalog in [from, to] {
        let types: Vec<ObjectId> = nested(catalog, id).into_iter().chain([id.clone()]).collect();
        let takes_one = |used: &ObjectId| {
            let function = catalog.get(used).filter(|_| used.kind == Kind::Function);
            function.is_some_and(|function| function.depends_on.iter().any(|used| types.contains(used)))
        };
        for domain in types.iter().filter(|each| each.kind == Kind::Domain) {
            let parts = catalog.parts(Kind::DomainConstraint, &domain.qualified());
            found.extend(
                parts
                    .filter(|part| part.depends_on.iter().any(takes_one))
                    .map(|part| part.id.clone()),
            );
        }
    }
    found
}

/// The constraints that are made with a domain.
pub fn checks<'a>(catalog: &'a Catalog, id: &ObjectId) -> impl Iterator<Item = &'a Object> {
    let apart = apart(catalog, catalog, id);
    let parts = match id.kind {
        Kind::Domain => Some(catalog.parts(Kind::DomainConstraint, &id.qualified())),
        _ => None,
    };
    parts
        .into_iter()
        .flatten()
        .filter(move |part| !apart.contains(&part.id))
}

/// What is there, and what is gone, behind the exchange of a type, apart from itself.
pub fn facts(context: &Context, id: &ObjectId) -> Vec<Fact> {
    let mut facts = Vec::new();
    let apart = apart(context.from, context.to, id);
    for each in nested(context.from, id).iter().chain([id]) {
        if each != id && context.new_of(each).is_some() && !made_again_behind(context, id, each) {
            facts.push(Fact::Exists(each.clone()));
        }
        if each != id && !is_reshaped(context.from, context.to, each) {
            continue;
        }
        let parts = |catalog: &Catalog| -> Vec<ObjectId> {
            let parts = catalog.parts(Kind::DomainConstraint, &each.qualified());
            parts
                .map(|part| part.id.clone())
                .filter(|part| !apart.contains(part))
                .collect()
        };
        let (before, after) = (parts(context.from), parts(context.to));
        let gone = before.into_iter().filter(|part| !after.contains(part));
        facts.extend(gone.map(Fact::Gone));
        facts.extend(after.into_iter().map(Fact::Exists));
    }
    facts
}

/// The columns that are changed to the type that takes the name, and whether they are arrays of it.
pub fn changed(context: &Context, id: &ObjectId) -> Vec<(QualifiedName, Ident, bool)> {
    let mut columns = columns_of(context.from, id);
    columns.retain(|(table, column, _)| {
        !is_going(
            context.from,
            context.to,
            &ObjectId::part(Kind::Column, table, column),
        )
    });
    columns
}

/// The columns that are written anew as a type is exchanged, those of what is made of it too; where it holds the type itself,
/// whether as an array.
pub fn written_anew(context: &Context, id: &ObjectId) -> Vec<(QualifiedName, Ident, Option<bool>)> {
    let mut types = vec![id.clone()];
    types.extend(nested(context.from, id));
    let columns = types.iter().flat_map(|each| {
        let columns = changed(context, each).into_iter();
        columns.map(move |(table, column, array)| (table, column, (each == id).then_some(array)))
    });
    columns.collect()
}

/// The other types that are exchanged and of which, beside this one, the same is made.
fn beside<'a>(context: &'a Context, id: &'a ObjectId) -> impl Iterator<Item = (&'a ObjectId, Vec<ObjectId>)> {
    let own = nested(context.from, id);
    let others = TYPES
        .iter()
        .flat_map(|kind| context.from.of_kind(*kind))
        .map(|object| &object.id);
    let others = others.filter(move |other| *other != id && is_exchanged(context.from, context.to, other));
    others.filter_map(move |other| {
        let mut shared = nested(context.from, other);
        let apart = !own.contains(other) && !shared.contains(id);
        shared.retain(|each| own.contains(each));
        (apart && !shared.is_empty()).then_some((other, shared))
    })
}

/// True where the exchange of another type, behind this one's, makes the same anew once more.
fn made_again_behind(context: &Context, id: &ObjectId, each: &ObjectId) -> bool {
    beside(context, id).any(|(other, shared)| other > id && shared.contains(each))
}

/// What has to be there, and what gone, before a type is exchanged.
pub fn needs(context: &Context, id: &ObjectId) -> Vec<Fact> {
    let nested = nested(context.from, id);
    let columns = nested
        .iter()
        .chain([id])
        .filter_map(|id| context.old(id))
        .flat_map(names);
    let columns = columns.flat_map(|name| users(context.from, &name));
    let columns: Vec<ObjectId> = columns
        .map(|(table, column, _)| ObjectId::part(Kind::Column, &table, &column))
        .collect();
    let going = nested
        .iter()
        .chain(&columns)
        .filter(|id| is_going(context.from, context.to, id));
    let before = beside(context, id).filter(|(other, _)| *other < id);
    let before = before.map(|(other, _)| Fact::Exists(other.clone()));
    going.cloned().map(Fact::Gone).chain(before).collect()
}

/// The type, what is made of it, their constraints and the columns of tables of any of them: whatever stands on one of these
/// steps aside.
pub fn seeds(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let apart = apart(catalog, catalog, id);
    let mut seeds = vec![id.clone()];
    seeds.extend(nested(catalog, id));
    for each in seeds.clone() {
        let Some(object) = catalog.get(&each) else {
            continue;
        };
        for name in names(object) {
            let columns = users(catalog, &name).into_iter();
            seeds.extend(columns.map(|(table, column, _)| ObjectId::part(Kind::Column, &table, &column)));
        }
        seeds.extend(columns_of_typed_tables(catalog, &each));
        seeds.extend(
            catalog
                .parts(Kind::DomainConstraint, &each.qualified())
                .map(|part| part.id.clone())
                .filter(|part| !apart.contains(part)),
        );
    }
    seeds
}

/// The columns of tables that are OF the type.
pub fn columns_of_typed_tables(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let tables = typed_tables(catalog, id);
    let columns = tables.flat_map(|table| catalog.parts(Kind::Column, &table.id.qualified()));
    columns.map(|column| column.id.clone()).collect()
}

/// The tables that are OF the type.
fn typed_tables<'a>(catalog: &'a Catalog, id: &ObjectId) -> impl Iterator<Item = &'a Object> {
    let name = (id.kind == Kind::CompositeType).then(|| sql::qualified(&id.qualified()));
    let is_of = move |object: &&Object| match (&object.body, &name) {
        (Body::Table(table), Some(name)) => table.of_type.as_ref().is_some_and(|of| of.as_str() == name),
        _ => false,
    };
    catalog.of_kind(Kind::Table).filter(is_of)
}
