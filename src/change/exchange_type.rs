//! A type is exchanged for another of its name: what is made of it goes along.

use super::{Context, archive::fit, rebuild_enum::users};
use crate::model::{Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName, TypeName};
use crate::sql::{self, Stmt};

/// What is exchanged for what.
pub struct Exchange<'a> {
    /// The catalog in which the type is used.
    pub catalog: &'a Catalog,
    /// The catalog whose defaults the columns get behind it.
    pub defaults: &'a Catalog,
    /// The type as that catalog has it.
    pub used: &'a Object,
    /// The type that goes: the same, or on the way back the one that took its place.
    pub gone: &'a Object,
    /// Makes the new one under the same name.
    pub create: Vec<Stmt>,
}

impl Exchange<'_> {
    /// The type under a former name, the new one in its place, every column over to it by `cast` (from the column's name, the
    /// `[]` of an array, and the type), the former one gone. Composite types and domains over it are made anew as well.
    pub fn statements(self, cast: impl Fn(&Ident, &str, &str) -> String) -> Vec<Stmt> {
        let nested = nested(self.catalog, &self.used.id);
        let mut statements = renamed(self.gone);
        statements.extend(self.create);
        for id in &nested {
            let Some(object) = self.catalog.get(id) else {
                continue;
            };
            statements.extend(renamed(object));
            statements.extend(sql::create(&super::restoring(object), self.catalog));
            let parts = self.catalog.parts(Kind::DomainConstraint, &id.qualified());
            statements.extend(parts.flat_map(|part| sql::create(&super::restoring(part), self.catalog)));
        }
        let by_text = |column: &Ident, array: &str, target: &str| {
            format!("{}::text{array}::{target}", sql::ident(column))
        };
        for name in names(self.used) {
            statements.extend(columns(self.catalog, self.defaults, &name, &cast));
        }
        for id in &nested {
            statements.extend(columns(self.catalog, self.defaults, &id.qualified(), &by_text));
        }
        let gone = nested.iter().rev().chain([&self.gone.id]);
        statements.extend(gone.map(|id| sql::drop_type(&former(&id.qualified()))));
        statements
    }
}

/// The name that a type has while another takes its place.
fn former(name: &QualifiedName) -> QualifiedName {
    let former = fit(format!("schemaplan_old_{}", name.name));
    QualifiedName {
        schema: name.schema.clone(),
        name: Ident::new(former),
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

fn columns(
    catalog: &Catalog,
    defaults: &Catalog,
    name: &QualifiedName,
    cast: &dyn Fn(&Ident, &str, &str) -> String,
) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for (table, column, array) in users(catalog, name) {
        let id = ObjectId::part(Kind::Column, &table, &column);
        let default_in = |catalog| Context::column(catalog, &id).and_then(|column| column.default.clone());
        let former = default_in(catalog);
        let default = match Context::column(defaults, &id) {
            Some(_) => default_in(defaults),
            None => former.clone(),
        };
        if former.is_some() || default.is_some() {
            statements.push(sql::alter::drop_default(&table, &column));
        }
        let suffix = if array { "[]" } else { "" };
        let target = format!("{}{suffix}", sql::qualified(name));
        let using = cast(&column, suffix, &target);
        statements.push(sql::alter::alter_type(
            &table,
            &column,
            &TypeName::new(target),
            None,
            Some(&using),
        ));
        if let Some(default) = default {
            statements.push(sql::alter::set_default(&table, &column, &default));
        }
    }
    statements
}

/// Composite types and domains that are made of the type, each behind what it is made of.
pub fn nested(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let mut found = vec![id.clone()];
    let mut at = 0;
    while at < found.len() {
        for kind in [Kind::CompositeType, Kind::Domain] {
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

/// The type, what is made of it, their constraints and the columns of tables of any of them: whatever stands on one of these
/// steps aside.
pub fn seeds(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
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
        seeds.extend(
            catalog
                .parts(Kind::DomainConstraint, &each.qualified())
                .map(|part| part.id.clone()),
        );
    }
    seeds
}
