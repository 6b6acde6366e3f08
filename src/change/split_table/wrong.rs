//! What the files alone show to be wrong with a `split from` or a `merge from`.

use crate::change::{Context, add_column::ordered_columns};
use crate::model::{Body, Catalog, Column, ConstraintKind, Ident, Kind, ObjectId, QualifiedName};
use crate::text::{DirectiveKind, SplitFrom};

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
pub fn wrong(to: &Catalog, id: &ObjectId, kind: &DirectiveKind) -> Vec<Wrong> {
    let mut found = Files { to, target: id.qualified(), found: Vec::new() };
    match kind {
        DirectiveKind::SplitFrom(split) => found.split(source_of(id, split), split),
        DirectiveKind::MergeFrom(merge) => found.merge(source_of(id, merge), merge),
        _ => {}
    }
    found.found
}

/// The files, with what is wrong in them about one table.
struct Files<'a> {
    to: &'a Catalog,
    target: QualifiedName,
    found: Vec<Wrong>,
}

impl<'a> Files<'a> {
    fn say(&mut self, code: &'static str, title: String, help: &str) {
        self.found.push(Wrong { code, title, help: help.to_owned() });
    }

    fn column(&self, table: &QualifiedName, name: &Ident) -> Option<&'a Column> {
        Context::column(self.to, &ObjectId::part(Kind::Column, table, name))
    }

    fn split(&mut self, source: QualifiedName, split: &SplitFrom) {
        let target = self.target.clone();
        if source == target {
            self.say("unknown-object", format!("`{target}` cannot be split from itself"), "name the table that has the columns now");
            return;
        }
        if Context::table(self.to, &source).is_none() {
            let help = "the table stays beside the new one: check its name, or define it in the files";
            self.say("unknown-object", format!("no table `{source}` to split from"), help);
            return;
        }
        for (old, _) in &split.columns {
            if self.column(&source, &Ident::new(old.clone())).is_some() {
                let help = format!("remove {old} from `{source}`, or from the directive");
                self.say("stale-directive", format!("`{source}` still has {old}, so `{target}` does not take it over"), &help);
            }
        }
        self.columns(split);
        self.keys(&[(&target, true), (&source, false)], split);
        self.types(&source, split);
        let taken = |name: &Ident| {
            let name = name.as_str();
            split.on.iter().any(|(new, _)| new == name) || split.columns.iter().any(|(_, new)| new == name)
        };
        for (object, column) in ordered_columns(self.to, &target) {
            let empty = column.default.is_none() && column.identity.is_none() && column.generated.is_none();
            if column.not_null && empty && !taken(&object.id.name) {
                let title = format!("{} is NOT NULL without a default: the copied rows have no value for it", object.id.label());
                self.say("misplaced-directive", title, "give it a default, or allow NULL until the rows have values");
            }
        }
    }

    fn merge(&mut self, goes: QualifiedName, merge: &SplitFrom) {
        let target = self.target.clone();
        if Context::table(self.to, &goes).is_some() {
            let title = format!("`{goes}` is still there, so `{target}` does not take it over");
            self.say("stale-directive", title, "remove the table from the files, or the directive");
            return;
        }
        self.columns(merge);
        self.keys(&[(&target, true)], merge);
        for (_, own) in &merge.columns {
            let empty = |column: &&Column| column.not_null && column.default.is_none();
            if self.column(&target, &Ident::new(own.clone())).filter(empty).is_some() {
                let title = format!("{target}.{own} is NOT NULL without a default: rows without one in `{goes}` have no value for it");
                self.say("misplaced-directive", title, "give it a default, or allow NULL");
            }
        }
    }

    /// The columns that take the values are there, each once, and can hold them.
    fn columns(&mut self, split: &SplitFrom) {
        let target = self.target.clone();
        for (number, (_, new)) in split.columns.iter().enumerate() {
            match self.column(&target, &Ident::new(new.clone())) {
                None => {
                    self.say("unknown-object", format!("`{target}` has no column {new}"), "define it, of the type that it has now");
                }
                Some(column) if column.generated.is_some() || column.identity.is_some() => {
                    let title = format!("{target}.{new} is generated: it can take no values over");
                    self.say("misplaced-directive", title, "make it a plain column");
                }
                Some(_) if split.columns[..number].iter().any(|(_, other)| other == new) => {
                    self.say("misplaced-directive", format!("{target}.{new} is named twice"), "name each column once");
                }
                Some(_) => {}
            }
        }
    }

    /// Each of these tables tells its rows apart by the columns behind `on`: the left ones, or the right ones.
    fn keys(&mut self, tables: &[(&QualifiedName, bool)], split: &SplitFrom) {
        let before = self.found.len();
        let names = |left: bool| -> Vec<Ident> {
            split.on.iter().map(|(new, old)| Ident::new(if left { new } else { old }.clone())).collect()
        };
        for (table, left) in tables {
            for name in names(*left) {
                if self.column(table, &name).is_none() {
                    let help = "name the columns that are equal in both tables";
                    self.say("unknown-object", format!("`{table}` has no column {name}"), help);
                }
            }
        }
        if self.found.len() > before {
            return;
        }
        for (table, left) in tables {
            let names = names(*left);
            let columns: Vec<&Ident> = names.iter().collect();
            if key_over(self.to, table, &columns).is_none() {
                let title = format!("`{table}` has no primary or unique key over ({})", crate::sql::idents(&names));
                let help = "a row of one table belongs to one row of the other: give it a key, NOT NULL and not deferrable";
                self.say("misplaced-directive", title, help);
            }
        }
    }

    /// What is equal is of the same type, or of a wider one in the new table.
    fn types(&mut self, source: &QualifiedName, split: &SplitFrom) {
        const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
        let target = self.target.clone();
        let width = |name: &str| INTEGERS.iter().position(|each| *each == name);
        for (new, old) in &split.on {
            let own = self.column(&target, &Ident::new(new.clone()));
            let theirs = self.column(source, &Ident::new(old.clone()));
            let (Some(own), Some(theirs)) = (own, theirs) else { continue };
            let (own, theirs) = (own.data_type.as_str(), theirs.data_type.as_str());
            let holds = match (width(own), width(theirs)) {
                (Some(own), Some(theirs)) => own >= theirs,
                _ => own == theirs,
            };
            if !holds {
                let title = format!("{target}.{new} is {own}, and {source}.{old} is {theirs}");
                self.say("misplaced-directive", title, "make both of the same type");
            }
        }
    }
}
