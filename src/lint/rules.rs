//! The rules of `lint`.

use super::{Found, Rule};
use crate::model::{
    Body, Catalog, Column, Constraint, ConstraintKind, Ident, Index, IndexKeyOf, Kind, Object, QualifiedName,
    Table,
};
use std::collections::BTreeMap;

pub(super) const ALL: &[Rule] = &[
    Rule {
        code: "char-n",
        headline: "a column of type char(n)",
        page: "Values are padded with blanks to the length, and comparisons leave the blanks out: 'a' and 'a ' are one value here and\ntwo as text. Use text, with a CHECK of the length where one is needed.",
        find: |catalog, found| {
            types(catalog, found, |data_type| {
                (data_type == "character" || data_type.starts_with("character("))
                    .then(|| format!("is {data_type}, which pads its values with blanks: use text"))
            })
        },
    },
    Rule {
        code: "duplicate-index",
        headline: "an index that another one makes needless",
        page: "Every write pays for it, and every query that could use it could use the other one: the same keys, or the first keys of\nthe other one, over the same rows. Drop it.",
        find: duplicate_indexes,
    },
    Rule {
        code: "foreign-key-types",
        headline: "a foreign key between columns of different types",
        page: "Each check converts, an index may not serve it, and the narrower type runs out first. Give both columns one type.",
        find: foreign_key_types,
    },
    Rule {
        code: "foreign-key-without-index",
        headline: "a foreign key whose columns have no index",
        page: "A DELETE or a change of the key on the referenced side looks at every row of the referencing table, under a lock that blocks\nwrites to the row. Make an index that begins with the columns of the foreign key.",
        find: unindexed_foreign_keys,
    },
    Rule {
        code: "integer-primary-key",
        headline: "a primary key that runs out at 2,147,483,647",
        page: "Numbers of rows that were rolled back and deleted count too. Use bigint now: it costs four bytes, and as a later change it\ncopies the table and everything that refers to it (schemaplan does that online, but it takes its time).",
        find: integer_keys,
    },
    Rule {
        code: "json",
        headline: "a column of type json",
        page: "It has no equality, so DISTINCT, GROUP BY and UNION fail over it, and it is parsed anew by each access. Use jsonb, unless the\ntext has to come back as it was written.",
        find: |catalog, found| {
            types(catalog, found, |data_type| {
                (data_type == "json").then(|| "is json, which knows no equality: use jsonb".to_owned())
            })
        },
    },
    Rule {
        code: "money",
        headline: "a column of type money",
        page: "Its digits and its sign depend on lc_monetary of the server. Use numeric, and a column for the currency.",
        find: |catalog, found| {
            types(catalog, found, |data_type| {
                (data_type == "money")
                    .then(|| "is money, whose meaning depends on the server's locale: use numeric".to_owned())
            })
        },
    },
    Rule {
        code: "no-primary-key",
        headline: "a table without a key",
        page: "Logical replication cannot find its rows for UPDATE and DELETE, nobody can say which of two equal rows is meant, and changes\nthat copy rows walk it by page and cannot archive a dropped column row by row. Give it a primary key.",
        find: keyless,
    },
    Rule {
        code: "policies-without-row-security",
        headline: "policies on a table whose row level security is off",
        page: "They have no effect. ALTER TABLE … ENABLE ROW LEVEL SECURITY, or drop them.",
        find: idle_policies,
    },
    Rule {
        code: "search-path-of-definer",
        headline: "a SECURITY DEFINER function without a search path of its own",
        page: "Whoever calls it chooses by his search_path which tables and functions it means, and runs them with the rights of its owner.\nAdd SET search_path = pg_catalog, pg_temp (and the schemas it needs) to the function.",
        find: definers,
    },
    Rule {
        code: "serial",
        headline: "a serial column",
        page: "Its sequence has privileges and an owner of its own, and any INSERT may write another number. GENERATED … AS IDENTITY is the\nstandard's form and has neither weakness.",
        find: serials,
    },
    Rule {
        code: "time-without-zone",
        headline: "a timestamp without time zone",
        page: "It holds what a clock on some wall showed, and not a moment: the same value means other moments in other sessions, and the hour\nthat is repeated in autumn is there once. Use timestamptz (timestamp with time zone).",
        find: |catalog, found| {
            types(catalog, found, |data_type| {
                let bare = data_type.starts_with("timestamp") && data_type.ends_with("without time zone");
                bare.then(|| {
                    "is a timestamp without time zone, which is no moment in time: use timestamptz".to_owned()
                })
            })
        },
    },
    Rule {
        code: "unlogged",
        headline: "an unlogged table",
        page: "After a crash of the server it is empty, and standbys never have it.",
        find: unlogged,
    },
];

fn column(object: &Object) -> Option<&Column> {
    match &object.body {
        Body::Column(column) => Some(column),
        _ => None,
    }
}

/// Columns of tables whose type the rule speaks of; those that come from a parent are its parent's.
fn types(catalog: &Catalog, found: &mut Vec<Found>, rule: fn(&str) -> Option<String>) {
    for object in catalog.of_kind(Kind::Column) {
        let Some(column) = column(object).filter(|column| !column.inherited) else {
            continue;
        };
        let base = column.data_type.as_str().trim_end_matches("[]");
        if let Some(what) = rule(base) {
            found.push(Found {
                object: object.id.clone(),
                message: format!("{} {what}", object.id.label()),
            });
        }
    }
}

fn constraints(catalog: &Catalog, kind: ConstraintKind) -> impl Iterator<Item = (&Object, &Constraint)> {
    catalog
        .of_kind(Kind::Constraint)
        .filter_map(move |object| match &object.body {
            Body::Constraint(body) if body.kind == kind && !body.inherited => Some((object, body)),
            _ => None,
        })
}

/// The indexes of every table, those behind its constraints too.
fn indexes(catalog: &Catalog) -> BTreeMap<QualifiedName, Vec<(&Object, &Index)>> {
    let own = catalog
        .of_kind(Kind::Index)
        .filter_map(|object| match &object.body {
            Body::Index(index) => Some((object, index)),
            _ => None,
        });
    let behind = catalog
        .of_kind(Kind::Constraint)
        .filter_map(|object| match &object.body {
            Body::Constraint(body) => Some((object, body.index.as_deref()?)),
            _ => None,
        });
    let mut all: BTreeMap<QualifiedName, Vec<(&Object, &Index)>> = BTreeMap::new();
    for (object, index) in own.chain(behind) {
        all.entry(index.table.clone()).or_default().push((object, index));
    }
    all
}

fn tables(catalog: &Catalog) -> impl Iterator<Item = (&Object, &Table)> {
    catalog
        .of_kind(Kind::Table)
        .filter_map(|object| match &object.body {
            Body::Table(table) => Some((object, table)),
            _ => None,
        })
}

fn leading(index: &Index, count: usize) -> Vec<&Ident> {
    let keys = index.keys.iter().take(count);
    keys.filter_map(|key| match &key.of {
        IndexKeyOf::Column(name) => Some(name),
        IndexKeyOf::Expression(_) => None,
    })
    .collect()
}

fn unindexed_foreign_keys(catalog: &Catalog, found: &mut Vec<Found>) {
    let indexes = indexes(catalog);
    for (object, key) in constraints(catalog, ConstraintKind::ForeignKey) {
        let table = object.id.relation();
        let serves = |index: &Index| {
            let leading = leading(index, key.columns.len());
            index.predicate.is_none()
                && index.method.as_str() == "btree"
                && key.columns.iter().all(|column| leading.contains(&column))
        };
        if !indexes
            .get(&table)
            .is_some_and(|own| own.iter().any(|(_, index)| serves(index)))
        {
            let columns: Vec<&str> = key.columns.iter().map(Ident::as_str).collect();
            found.push(Found {
                object: object.id.clone(),
                message: format!(
                    "no index of {table} begins with {}: each DELETE on {} looks at all of its rows",
                    columns.join(", "),
                    key.references
                        .as_ref()
                        .map(|far| far.table.to_string())
                        .unwrap_or_default()
                ),
            });
        }
    }
}

fn duplicate_indexes(catalog: &Catalog, found: &mut Vec<Found>) {
    let indexes = indexes(catalog);
    for object in catalog.of_kind(Kind::Index) {
        let Body::Index(index) = &object.body else {
            continue;
        };
        if index.unique {
            continue;
        }
        let makes_needless = |other: &Object, wider: &Index| {
            let is_same = wider.keys == index.keys && wider.include == index.include;
            let is_prefix = wider.keys.len() > index.keys.len()
                && wider.keys.starts_with(&index.keys)
                && index.include.iter().all(|name| wider.include.contains(name));
            other.id != object.id
                && wider.method == index.method
                && wider.predicate == index.predicate
                // Of two equal ones the second by name is the needless one, unless the other is unique.
                && (is_prefix && index.method.as_str() == "btree" || is_same && (wider.unique || other.id < object.id))
        };
        let other = indexes
            .get(&index.table)
            .into_iter()
            .flatten()
            .find(|(other, wider)| makes_needless(other, wider));
        if let Some((other, _)) = other {
            found.push(Found {
                object: object.id.clone(),
                message: format!(
                    "{} has the first keys of {} or all of them, and serves nothing else",
                    object.title(),
                    other.title()
                ),
            });
        }
    }
}

fn type_of<'a>(catalog: &'a Catalog, table: &QualifiedName, name: &Ident) -> Option<&'a str> {
    let mut columns = catalog.parts(Kind::Column, table);
    let object = columns.find(|object| object.id.name == *name)?;
    column(object).map(|column| column.data_type.as_str())
}

fn foreign_key_types(catalog: &Catalog, found: &mut Vec<Found>) {
    for (object, key) in constraints(catalog, ConstraintKind::ForeignKey) {
        let Some(far) = &key.references else { continue };
        for (near, referenced) in key.columns.iter().zip(&far.columns) {
            let own = type_of(catalog, &object.id.relation(), near);
            let theirs = type_of(catalog, &far.table, referenced);
            if let (Some(own), Some(theirs)) = (own, theirs)
                && own != theirs
            {
                found.push(Found {
                    object: object.id.clone(),
                    message: format!(
                        "{near} is {own}, and {}.{referenced}, to which it refers, is {theirs}",
                        far.table
                    ),
                });
            }
        }
    }
}

fn integer_keys(catalog: &Catalog, found: &mut Vec<Found>) {
    for (object, key) in constraints(catalog, ConstraintKind::PrimaryKey) {
        let [name] = key.columns.as_slice() else { continue };
        let mut columns = catalog.parts(Kind::Column, &object.id.relation());
        let Some((id, numbered)) = columns.find_map(|object| {
            let column = column(object).filter(|_| object.id.name == *name)?;
            Some((&object.id, column))
        }) else {
            continue;
        };
        let counts = numbered.identity.is_some()
            || numbered
                .default
                .as_ref()
                .is_some_and(|default| default.to_string().starts_with("nextval("));
        let narrow = matches!(numbered.data_type.as_str(), "integer" | "smallint");
        if narrow && counts && !numbered.inherited {
            found.push(Found {
                object: id.clone(),
                message: format!(
                    "{} is {} and counts up: use bigint",
                    id.label(),
                    numbered.data_type
                ),
            });
        }
    }
}

fn serials(catalog: &Catalog, found: &mut Vec<Found>) {
    for object in catalog.of_kind(Kind::Sequence) {
        let Body::Sequence(sequence) = &object.body else {
            continue;
        };
        let Some((table, name)) = &sequence.owned_by else {
            continue;
        };
        let mut columns = catalog.parts(Kind::Column, table);
        let Some(owner) = columns.find(|column| column.id.name == *name) else {
            continue;
        };
        let reads = column(owner).and_then(|column| column.default.as_ref());
        if reads.is_some_and(|default| default.to_string().starts_with("nextval(")) {
            found.push(Found {
                object: owner.id.clone(),
                message: format!(
                    "{} is numbered by a sequence of its own: use GENERATED … AS IDENTITY",
                    owner.id.label()
                ),
            });
        }
    }
}

fn keyless(catalog: &Catalog, found: &mut Vec<Found>) {
    let indexes = indexes(catalog);
    for (object, table) in tables(catalog) {
        if table.partition_of.is_some() || table.foreign.is_some() || !table.inherits.is_empty() {
            continue;
        }
        let name = object.id.qualified();
        let not_null = |wanted: &Ident| {
            let mut columns = catalog.parts(Kind::Column, &name);
            columns.any(|object| {
                object.id.name == *wanted && column(object).is_some_and(|column| column.not_null)
            })
        };
        let is_key = |index: &Index| {
            let columns = leading(index, index.keys.len());
            index.unique
                && index.predicate.is_none()
                && columns.len() == index.keys.len()
                && columns.into_iter().all(not_null)
        };
        if !indexes
            .get(&name)
            .is_some_and(|own| own.iter().any(|(_, index)| is_key(index)))
        {
            found.push(Found {
                object: object.id.clone(),
                message: format!(
                    "{} has no primary key and no unique key over columns that are NOT NULL",
                    object.title()
                ),
            });
        }
    }
}

fn idle_policies(catalog: &Catalog, found: &mut Vec<Found>) {
    for (object, table) in tables(catalog) {
        let policies = catalog.parts(Kind::Policy, &object.id.qualified()).count();
        if policies > 0 && !table.row_security {
            found.push(Found {
                object: object.id.clone(),
                message: format!(
                    "{} has policies, and row level security is off: nobody is held to them",
                    object.title()
                ),
            });
        }
    }
}

fn definers(catalog: &Catalog, found: &mut Vec<Found>) {
    for object in catalog.of_kind(Kind::Function) {
        let Body::Function(function) = &object.body else {
            continue;
        };
        // The head that the server prints, before the body.
        let head = function.definition.split("\nAS ").next().unwrap_or_default();
        if head.contains("SECURITY DEFINER") && !head.contains("SET search_path") {
            found.push(Found {
                object: object.id.clone(),
                message: format!(
                    "{} runs with its owner's rights and its caller's search_path",
                    object.title()
                ),
            });
        }
    }
}

fn unlogged(catalog: &Catalog, found: &mut Vec<Found>) {
    for (object, table) in tables(catalog) {
        if table.unlogged {
            found.push(Found {
                object: object.id.clone(),
                message: format!(
                    "{} is emptied by a crash of the server, and standbys do not have it",
                    object.title()
                ),
            });
        }
    }
}
