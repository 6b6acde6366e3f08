//! What the files alone show to be wrong with a `split from`.

use crate::change::{Context, add_column::ordered_columns};
use crate::model::{Body, Catalog, ConstraintKind, Ident, Kind, ObjectId, QualifiedName};
use crate::text::SplitFrom;

/// A mistake, for a diagnostic at the directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The diagnostic's code.
    pub code: &'static str,
    /// What is wrong.
    pub title: String,
    /// What to do.
    pub help: String,
}

/// The table that gives the columns: where no schema is said, one of the new table's schema.
pub(super) fn source_of(id: &ObjectId, split: &SplitFrom) -> QualifiedName {
    match split.table.as_slice() {
        [schema, name] => QualifiedName::new(schema.as_str(), name.as_str()),
        parts => QualifiedName::new(id.schema.as_str(), parts.last().map_or("", String::as_str)),
    }
}

/// The constraint or unique index by which rows of a table are told apart by exactly these columns, all of them NOT NULL.
pub(super) fn key_over(catalog: &Catalog, table: &QualifiedName, columns: &[&Ident]) -> Option<ObjectId> {
    let is_these = |names: &[Ident]| names.len() == columns.len() && names.iter().all(|name| columns.contains(&name));
    let all_there = columns.iter().all(|name| {
        Context::column(catalog, &ObjectId::part(Kind::Column, table, name)).is_some_and(|column| column.not_null)
    });
    let constraint = catalog.parts(Kind::Constraint, table).find(|object| {
        matches!(&object.body, Body::Constraint(body)
            if matches!(body.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
                && !body.deferrable && is_these(&body.columns))
    });
    let index = || {
        catalog.of_kind(Kind::Index).find(|object| {
            matches!(&object.body, Body::Index(index)
                if index.table == *table && index.key_columns().is_some_and(|names| is_these(&names)))
        })
    };
    constraint.or_else(index).filter(|_| all_there).map(|object| object.id.clone())
}

/// What is wrong with it, seen from the files.
pub fn wrong(to: &Catalog, id: &ObjectId, split: &SplitFrom) -> Vec<Wrong> {
    let mut found = Vec::new();
    let mut say = |code, title: String, help: &str| found.push(Wrong { code, title, help: help.to_owned() });
    let (source, target) = (source_of(id, split), id.qualified());
    let has = |table: &QualifiedName, name: &str| {
        Context::column(to, &ObjectId::part(Kind::Column, table, &Ident::new(name)))
    };
    if source == target {
        say("unknown-object", format!("`{target}` cannot be split from itself"), "name the table that has the columns now");
        return found;
    }
    if Context::table(to, &source).is_none() {
        let help = "the table stays beside the new one: check its name, or define it in the files";
        say("unknown-object", format!("no table `{source}` to split from"), help);
        return found;
    }
    for (number, (old, new)) in split.columns.iter().enumerate() {
        if has(&source, old).is_some() {
            let help = format!("remove {old} from `{source}`, or from the directive");
            say("stale-directive", format!("`{source}` still has {old}, so `{target}` does not take it over"), &help);
        }
        match has(&target, new) {
            None => say("unknown-object", format!("`{target}` has no column {new}"), "define it, of the type that it has now"),
            Some(column) if column.generated.is_some() || column.identity.is_some() => {
                say("misplaced-directive", format!("{target}.{new} is generated: it can take no values over"), "make it a plain column");
            }
            Some(_) if split.columns[..number].iter().any(|(_, other)| other == new) => {
                say("misplaced-directive", format!("{target}.{new} is named twice"), "name each column once");
            }
            Some(_) => {}
        }
    }
    keys(to, (&source, &target), split, &mut say);
    let taken = |name: &Ident| {
        let name = name.as_str();
        split.on.iter().any(|(new, _)| new == name) || split.columns.iter().any(|(_, new)| new == name)
    };
    for (object, column) in ordered_columns(to, &target) {
        let empty = column.default.is_none() && column.identity.is_none() && column.generated.is_none();
        if column.not_null && empty && !taken(&object.id.name) {
            let title = format!("{} is NOT NULL without a default: the copied rows have no value for it", object.id.label());
            say("misplaced-directive", title, "give it a default, or allow NULL until the rows have values");
        }
    }
    found
}

fn keys(
    to: &Catalog,
    (source, target): (&QualifiedName, &QualifiedName),
    split: &SplitFrom,
    say: &mut impl FnMut(&'static str, String, &str),
) {
    let names = |pick: fn(&(String, String)) -> &String| -> Vec<Ident> {
        split.on.iter().map(|pair| Ident::new(pick(pair).clone())).collect()
    };
    let sides = [(target, names(|pair| &pair.0)), (source, names(|pair| &pair.1))];
    let mut whole = true;
    for (table, names) in &sides {
        for name in names {
            if Context::column(to, &ObjectId::part(Kind::Column, table, name)).is_none() {
                whole = false;
                say("unknown-object", format!("`{table}` has no column {name}"), "name the columns that are equal in both tables");
            }
        }
    }
    if !whole {
        return;
    }
    for (table, names) in &sides {
        let columns: Vec<&Ident> = names.iter().collect();
        if key_over(to, table, &columns).is_none() {
            let list = crate::sql::idents(names);
            let title = format!("`{table}` has no primary or unique key over ({list})");
            say("misplaced-directive", title, "a row of one table belongs to one row of the other: give it a key, NOT NULL and not deferrable");
        }
    }
    const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
    for (new, old) in sides[0].1.iter().zip(&sides[1].1) {
        let column = |table: &QualifiedName, name: &Ident| {
            Context::column(to, &ObjectId::part(Kind::Column, table, name)).map(|column| column.data_type.clone())
        };
        let (Some(own), Some(theirs)) = (column(target, new), column(source, old)) else { continue };
        let width = |name: &str| INTEGERS.iter().position(|each| *each == name);
        let holds = match (width(own.as_str()), width(theirs.as_str())) {
            (Some(own), Some(theirs)) => own >= theirs,
            _ => own == theirs,
        };
        if !holds {
            let title = format!("{target}.{new} is {own}, and {source}.{old} is {theirs}");
            say("misplaced-directive", title, "make both of the same type");
        }
    }
}
