//! Which partition a plain table can become, and what stands in the way.

use super::super::hindrance::{constraint, users};
use super::super::numbering;
use super::super::shadow::{Shadow, belongings};
use super::{First, bound, index_of};
use crate::change::add_key::is_promotable;
use crate::change::partition_tree::tree;
use crate::change::replaced::names;
use crate::change::{Context, is_replaced};
use crate::model::{Body, Column, ConstraintKind, Ident, Index, Kind, Object, ObjectId, PartitionOf, QualifiedName, Table};
use crate::text::DirectiveKind;

/// What is not as it has to be, as a part of a sentence.
type Check = Result<(), String>;

/// The partition that takes every row: the one that says so, else the only one.
pub(super) fn partition<'a>(shadow: &Shadow<'a>) -> Result<(QualifiedName, &'a PartitionOf), String> {
    let children = shadow.children(&shadow.table);
    let said: Vec<_> = children.iter().filter(|(table, _)| says(shadow.context, table)).collect();
    let (table, of) = match (&said[..], &children[..]) {
        ([one], _) => one,
        ([], [one]) => one,
        ([], _) => return Err("no partition of it alone can take every row".to_owned()),
        _ => return Err("more than one partition is to be the first".to_owned()),
    };
    Ok((table.clone(), of))
}

fn says(context: &Context, table: &QualifiedName) -> bool {
    context.directive(&ObjectId::named(Kind::Table, table), |kind| *kind == DirectiveKind::FirstPartition)
}

/// True where the files name a partition that the table is to become.
pub(in super::super) fn is_asked_for(context: &Context, table: &QualifiedName) -> bool {
    tree(context.to, table).iter().any(|table| says(context, table))
}

/// The condition that a row fits, none where every row does.
pub(super) fn fits(shadow: &Shadow, part: &QualifiedName, of: &PartitionOf) -> Result<Option<String>, String> {
    let body = Shadow::body(shadow.new);
    let key = body.and_then(|body| body.partition_key.as_deref()).unwrap_or_default();
    let columns: Vec<&Object> = shadow.context.to.parts(Kind::Column, &shadow.table).collect();
    // The CHECK calls satisfies_hash_partition under the collation of the columns, the bound under none: ATTACH would read it all.
    let text = |column: &&&Object| names(key, &column.id.name) && !is_without_collation(column);
    if let Some(column) = columns.iter().find(|column| key.starts_with("HASH") && text(column)) {
        return Err(format!("HASH over {} cannot be proven by a CHECK", column.id.name));
    }
    let columns: Vec<&Ident> = columns.iter().map(|column| &column.id.name).collect();
    let children = shadow.children(&shadow.table);
    let siblings: Vec<&str> =
        children.iter().filter(|(table, _)| table != part).map(|(_, of)| of.bound.as_str()).collect();
    bound::fits(key, &columns, &of.bound, &siblings)
}

/// True for a column of a type that certainly has no collation.
fn is_without_collation(column: &Object) -> bool {
    const TYPES: [&str; 10] =
        ["smallint", "integer", "bigint", "numeric", "uuid", "date", "timestamp", "time", "boolean", "bytea"];
    let Body::Column(body) = &column.body else { return false };
    let word = body.data_type.as_str().split([' ', '(', '[']).next();
    word.is_some_and(|word| TYPES.contains(&word))
}

pub(super) fn check(first: &First) -> Check {
    tables(first)?;
    columns(first)?;
    constraints(first)?;
    indexes(first)?;
    numbering::check(&first.shadow)?;
    users(&first.shadow)
}

fn tables(first: &First) -> Check {
    let shadow = &first.shadow;
    let context = shadow.context;
    let part = Context::table(context.to, &first.part);
    let (Some(old), Some(new), Some(part)) = (Shadow::body(shadow.old), Shadow::body(shadow.new), part) else {
        return Err("it is no table".to_owned());
    };
    if old.partition_key.is_some() || new.partition_key.is_none() {
        return Err("it does not turn from a plain table into a partitioned one".to_owned());
    }
    if old.partition_of.is_some() || new.partition_of.is_some() {
        return Err("it is a partition itself".to_owned());
    }
    if first.part.schema != shadow.table.schema {
        return Err(format!("`{}` is in another schema", first.part));
    }
    let alone = |body: &Table| body.inherits.is_empty() && body.of_type.is_none() && body.foreign.is_none();
    if !alone(old) || !alone(new) || part.foreign.is_some() {
        return Err("it inherits, is of a type, or is foreign".to_owned());
    }
    if part.partition_key.is_some() {
        return Err(format!("`{}` is partitioned itself", first.part));
    }
    if let Some(child) = context.from.of_kind(Kind::Table).find(|table| {
        Shadow::body(table).is_some_and(|body| body.inherits.contains(&shadow.table))
    }) {
        return Err(format!("{} inherits from it", child.id));
    }
    let kept = |body: &Table| {
        (body.unlogged, body.options.clone(), body.access_method.clone(), body.tablespace.clone())
    };
    if kept(old) != kept(part) {
        return Err(format!("`{}` is stored in another way", first.part));
    }
    match shadow.news.iter().find(|table| **table != shadow.table && context.is_there(table)) {
        Some(table) => Err(format!("`{table}` is there and becomes its partition")),
        None => Ok(()),
    }
}

fn columns(first: &First) -> Check {
    let shadow = &first.shadow;
    let context = shadow.context;
    let is_of_it = |id: &ObjectId| *id == shadow.old.id || id.is_part() && id.relation() == shadow.table;
    if let Some(renaming) = context.renamings.iter().find(|renaming| is_of_it(&renaming.new)) {
        return Err(format!("{} is renamed too", renaming.old));
    }
    let count = |catalog: &crate::model::Catalog| catalog.parts(Kind::Column, &shadow.table).count();
    if count(context.from) != count(context.to) {
        return Err("its columns change too".to_owned());
    }
    for object in context.to.parts(Kind::Column, &shadow.table) {
        let name = &object.id.name;
        let own = Context::column(context.to, &ObjectId::part(Kind::Column, &first.part, name));
        let (Body::Column(after), Some(before), Some(own)) = (&object.body, Context::column(context.from, &object.id), own)
        else {
            return Err("its columns change too".to_owned());
        };
        let shape = |column: &Column| (column.data_type.clone(), column.collation.clone(), column.generated.clone());
        let numbered = numbering::is_numbered(shadow, name);
        let same = shape(before) == shape(after)
            && shape(before) == shape(own)
            && before.kept() == own.kept()
            && (numbered || before.default == own.default)
            && own.not_null == after.not_null
            && (after.not_null || !before.not_null);
        let proven = before.not_null_constraint.as_ref().is_none_or(|form| form.validated && !form.no_inherit);
        if !same || !proven {
            return Err(format!("its column {name} changes too, or is another one in `{}`", first.part));
        }
    }
    Ok(())
}

fn constraints(first: &First) -> Check {
    let shadow = &first.shadow;
    let context = shadow.context;
    let sides = [
        (belongings(context.from, &shadow.olds), context.to),
        (belongings(context.to, &shadow.news), context.from),
    ];
    for (side, others) in sides {
        for (object, body) in side.iter().filter_map(|object| Some((*object, constraint(object)?))) {
            if object.id.relation() != shadow.table {
                return Err(format!("{} stands on a partition alone", object.id));
            }
            let same = || others.get(&object.id).and_then(constraint).is_some_and(|other| other.definition == body.definition);
            match body.kind {
                ConstraintKind::Exclude => return Err(format!("{} would be built anew", object.id)),
                ConstraintKind::Check | ConstraintKind::ForeignKey if !same() || !body.validated || !body.enforced => {
                    return Err(format!("{} changes too, or is not valid", object.id));
                }
                _ => {}
            }
            let far = body.references.as_ref().map(|reference| &reference.table);
            if far.is_some_and(|far| *far == shadow.table || is_replaced(context.from, context.to, far)) {
                return Err(format!("{} refers to a table that is replaced", object.id));
            }
        }
    }
    Ok(())
}

fn indexes(first: &First) -> Check {
    let shadow = &first.shadow;
    let own = belongings(shadow.context.to, &shadow.news);
    let beside = |object: &&&Object| matches!(&object.body, Body::Index(index) if index.table == first.part);
    if let Some(object) = own.iter().find(beside) {
        return Err(format!("{} stands on a partition alone", object.id));
    }
    let roots: Vec<&Index> = own.iter().filter_map(|object| index_of(object)).filter(|index| index.table == shadow.table).collect();
    let twins = |(at, index): (usize, &&Index)| roots[..at].iter().any(|other| other.is_like(index));
    if roots.iter().enumerate().any(twins) {
        return Err("two of its indexes are alike".to_owned());
    }
    let odd = |object: &Object| {
        matches!(object.body, Body::Constraint(_)) && !index_of(object).is_some_and(is_promotable)
    };
    let moved = first.built.iter().map(|(object, _)| *object).chain(first.gone.iter().copied());
    match moved.into_iter().find(|object| odd(object)) {
        Some(object) => Err(format!("{} cannot be built beside it", object.id)),
        None => Ok(()),
    }
}
