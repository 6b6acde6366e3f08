//! What stands in the way of replacing a table online.

use super::numbering;
use super::shadow::{Shadow, belongings};
use crate::change::{Context, is_replaced};
use crate::model::{Body, Constraint, ConstraintKind, Ident, Index, IndexKeyOf, Kind, Object, ObjectId, QualifiedName};
use std::collections::BTreeSet;

/// Says why not, as a part of a sentence.
pub(super) fn check(shadow: &Shadow) -> Result<(), String> {
    tables(shadow)?;
    columns(shadow)?;
    constraints(shadow)?;
    uniqueness(shadow)?;
    publications(shadow)?;
    numbering::check(shadow)?;
    users(shadow)
}

fn tables(shadow: &Shadow) -> Result<(), String> {
    let context = shadow.context;
    for object in [shadow.old, shadow.new] {
        let Some(body) = Shadow::body(object) else { continue };
        if body.partition_of.is_some() {
            return Err("it is a partition itself".to_owned());
        }
        if !body.inherits.is_empty() || body.of_type.is_some() {
            return Err("it inherits, or is of a type".to_owned());
        }
        if body.force_row_security {
            return Err("its row security is forced upon its owner, who copies the rows".to_owned());
        }
    }
    for (catalog, tables) in [(context.from, &shadow.olds), (context.to, &shadow.news)] {
        for object in catalog.of_kind(Kind::Table) {
            let Some(body) = Shadow::body(object) else { continue };
            if body.inherits.contains(&shadow.table) {
                return Err(format!("{} inherits from it", object.id));
            }
            if body.foreign.is_some() && tables.contains(&object.id.qualified()) {
                return Err(format!("{} is foreign", object.id));
            }
        }
    }
    let leaves = |there: &[QualifiedName], catalog, others: &[QualifiedName]| {
        there.iter().find(|table| Context::table(catalog, table).is_some() && !others.contains(table)).cloned()
    };
    if let Some(table) = leaves(&shadow.olds, context.to, &shadow.news) {
        return Err(format!("its partition `{table}` becomes a table of its own"));
    }
    if let Some(table) = leaves(&shadow.news, context.from, &shadow.olds) {
        return Err(format!("`{table}` is a table that is there and becomes its partition"));
    }
    Ok(())
}

fn columns(shadow: &Shadow) -> Result<(), String> {
    let context = shadow.context;
    let names = |catalog: &crate::model::Catalog| -> BTreeSet<Ident> {
        catalog.parts(Kind::Column, &shadow.table).map(|column| column.id.name.clone()).collect()
    };
    let is_of_it = |id: &ObjectId| match id.kind {
        Kind::Schema => id.name == shadow.table.schema,
        Kind::Table => shadow.olds.contains(&id.qualified()),
        _ => id.is_part() && shadow.olds.contains(&id.relation()),
    };
    if let Some(renaming) = context.renamings.iter().find(|renaming| is_of_it(&renaming.new)) {
        return Err(format!("{} is renamed too: rename it in a plan of its own", renaming.old));
    }
    if names(context.from) != names(context.to) {
        return Err("its columns change too: change them in a plan of their own".to_owned());
    }
    for (catalog, tables) in [(context.from, &shadow.olds), (context.to, &shadow.news)] {
        for table in tables {
            for object in catalog.parts(Kind::Column, table) {
                let root = ObjectId::part(Kind::Column, &shadow.table, &object.id.name);
                let (Some(before), Some(after), Body::Column(own)) =
                    (Context::column(context.from, &root), Context::column(context.to, &root), &object.body)
                else {
                    continue;
                };
                let same = before.data_type == after.data_type
                    && before.collation == after.collation
                    && before.generated == after.generated;
                if !same {
                    return Err(format!("its column {} changes too: change it in a plan of its own", object.id.name));
                }
                if before.not_null != after.not_null || own.not_null != before.not_null {
                    return Err(format!(
                        "column {} is NOT NULL on one side only: change that in a plan of its own",
                        object.id.label()
                    ));
                }
            }
        }
    }
    Ok(())
}

pub(super) fn constraint(object: &Object) -> Option<&Constraint> {
    match &object.body {
        Body::Constraint(body) if !body.inherited => Some(body),
        _ => None,
    }
}

fn constraints(shadow: &Shadow) -> Result<(), String> {
    let context = shadow.context;
    let olds = belongings(context.from, &shadow.olds);
    let news = belongings(context.to, &shadow.news);
    for (side, others) in [(&olds, context.to), (&news, context.from)] {
        for (object, body) in side.iter().filter_map(|object| Some((*object, constraint(object)?))) {
            let is_new = std::ptr::eq(others, context.from);
            if object.id.relation() != shadow.table && body.index.is_none() {
                return Err(format!("{} stands on a partition alone", object.id));
            }
            let same = others.get(&object.id).and_then(constraint).is_some_and(|other| other.definition == body.definition);
            match body.kind {
                ConstraintKind::Check | ConstraintKind::Exclude if !same => {
                    return Err(format!("{} changes too: change it in a plan of its own", object.id));
                }
                ConstraintKind::ForeignKey if !same && is_new => {
                    return Err(format!("{} comes too: add it in a plan of its own", object.id));
                }
                ConstraintKind::Check | ConstraintKind::ForeignKey if !body.validated => {
                    return Err(format!("{} is not valid yet: validate it in a plan of its own", object.id));
                }
                _ => {}
            }
            let far = body.references.as_ref().map(|reference| &reference.table);
            if let Some(far) = far.filter(|far| **far != shadow.table && is_replaced(context.from, context.to, far)) {
                return Err(format!("{} refers to `{far}`, which is replaced too", object.id));
            }
            // PostgreSQL names the parts of such a key after the table as it is called by then, and lets nobody rename them.
            let partitioned = Shadow::body(shadow.new).is_some_and(|body| body.partition_key.is_some());
            if is_new && partitioned && body.references.as_ref().is_some_and(|reference| reference.table == shadow.table) {
                return Err(format!("{} refers to the table itself", object.id));
            }
        }
    }
    Ok(())
}

/// A unique index, also behind a constraint: its plain columns, and its condition.
pub(super) fn unique(object: &Object) -> Option<(&Index, BTreeSet<&Ident>)> {
    let index = match &object.body {
        Body::Index(index) => index,
        Body::Constraint(Constraint { index: Some(index), kind, .. }) if *kind != ConstraintKind::Exclude => index,
        _ => return None,
    };
    let columns = index.keys.iter().filter_map(|key| match &key.of {
        IndexKeyOf::Column(name) => Some(name),
        IndexKeyOf::Expression(_) => None,
    });
    index.unique.then(|| (index, columns.collect()))
}

/// True where rows that the one index tells apart are told apart by the other too.
pub(super) fn implies(index: (&Index, &BTreeSet<&Ident>), other: (&Index, &BTreeSet<&Ident>)) -> bool {
    let ((one, ours), (two, theirs)) = (index, other);
    let plain = |index: &Index, columns: &BTreeSet<&Ident>| index.keys.len() == columns.len();
    let whole = one.predicate.is_none() || one.predicate == two.predicate;
    let alike = one.keys == two.keys && one.predicate == two.predicate;
    let narrower = plain(one, ours) && plain(two, theirs) && ours.is_subset(theirs) && whole;
    (alike || narrower) && (one.nulls_not_distinct || !two.nulls_not_distinct)
}

/// What the old form keeps apart and the new one does not, but for the key: it goes at the cut-over.
pub(super) fn given_up<'a>(shadow: &Shadow<'a>) -> Vec<&'a Object> {
    let news = belongings(shadow.context.to, &shadow.news[..1]);
    let news: Vec<_> = news.into_iter().filter_map(unique).collect();
    let key: BTreeSet<&Ident> = shadow.old_key.iter().map(|column| &column.name).collect();
    let goes = |object: &&Object| {
        unique(object).is_some_and(|(index, columns)| {
            let is_key = matches!(object.body, Body::Constraint(_)) && columns == key;
            !is_key && !news.iter().any(|(new, theirs)| implies((new, theirs), (index, &columns)))
        })
    };
    belongings(shadow.context.from, &shadow.olds).into_iter().filter(goes).collect()
}

fn uniqueness(shadow: &Shadow) -> Result<(), String> {
    let given_up = given_up(shadow);
    let partitioned = Shadow::body(shadow.old).is_some_and(|body| body.partition_key.is_some());
    let odd = |object: &&&Object| {
        let deferrable = matches!(&object.body, Body::Constraint(body) if body.deferrable);
        partitioned || deferrable
    };
    if let Some(object) = given_up.iter().find(odd) {
        return Err(format!("{} goes too: drop it in a plan of its own", object.id));
    }
    // A unique constraint of a partitioned table is on the copy from the first row on; a plain one gets it behind the copying.
    if Shadow::body(shadow.new).is_some_and(|body| body.partition_key.is_none()) {
        return Ok(());
    }
    let olds: Vec<_> = belongings(shadow.context.from, &shadow.olds[..1]).into_iter().filter_map(unique).collect();
    for object in belongings(shadow.context.to, &shadow.news) {
        let (Some((index, columns)), Body::Constraint(_)) = (unique(object), &object.body) else { continue };
        let key: BTreeSet<&Ident> = shadow.new_key.iter().map(|column| &column.name).collect();
        if columns != key && !olds.iter().any(|(old, theirs)| implies((old, theirs), (index, &columns))) {
            return Err(format!("{} comes too: add it in a plan of its own", object.id));
        }
    }
    Ok(())
}

fn publications(shadow: &Shadow) -> Result<(), String> {
    for catalog in [shadow.context.from, shadow.context.to] {
        let all = catalog.of_kind(Kind::Publication).find(|object| matches!(&object.body, Body::Publication(body) if body.all_tables));
        let schema = catalog
            .of_kind(Kind::PublicationSchema)
            .find(|object| object.id.args.as_str() == shadow.table.schema.as_str());
        if let Some(object) = all.or(schema) {
            return Err(format!("{} would publish the copy to subscribers that do not have it", object.id));
        }
    }
    Ok(())
}

/// What stands on the old form and is neither made anew in the cut-over nor goes.
pub(super) fn users(shadow: &Shadow) -> Result<(), String> {
    for id in standing(shadow) {
        let odd = matches!(id.kind, Kind::MaterializedView | Kind::Column | Kind::Index)
            || (id.kind == Kind::Constraint && is_replaced(shadow.context.from, shadow.context.to, &id.relation()));
        if odd {
            return Err(format!("{id} stands on it"));
        }
    }
    Ok(())
}

/// What stands on the old form and is no part of it.
pub(super) fn standing(shadow: &Shadow) -> Vec<ObjectId> {
    let context = shadow.context;
    let mut seeds: BTreeSet<ObjectId> = BTreeSet::new();
    for table in &shadow.olds {
        seeds.insert(ObjectId::named(Kind::Table, table));
        seeds.extend(context.from.parts(Kind::Column, table).map(|column| column.id.clone()));
    }
    let own: BTreeSet<ObjectId> =
        belongings(context.from, &shadow.olds).into_iter().map(|object| object.id.clone()).collect();
    let standing = context.users.standing_on(&seeds);
    standing.into_iter().filter(|id| !own.contains(id)).collect()
}
