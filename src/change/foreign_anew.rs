//! Foreign tables that PostgreSQL cannot lead to another server. They hold no rows: they are dropped and made again, with all
//! that is theirs.

use super::{Change, Context, Detail, around, carrying, restoring};
use crate::model::{Body, Catalog, Kind, Object, ObjectId, QualifiedName, Table};
use crate::sql::{self, Stmt};
use crate::step::{Action, Fact, Step, Undo};
use std::collections::BTreeSet;

/// True for a foreign table of another server, or of one that is made anew itself.
pub fn is_foreign_anew(from: &Catalog, to: &Catalog, table: &QualifiedName) -> bool {
    // Most databases have none, and this is asked of every column.
    if from.of_kind(Kind::ForeignServer).next().is_none() {
        return false;
    }
    let server = |catalog| {
        Context::table(catalog, table).and_then(|table: &Table| Some(&table.foreign.as_ref()?.server))
    };
    let (Some(before), Some(after)) = (server(from), server(to)) else {
        return false;
    };
    let named = |object: &&Object| object.id.name == *before;
    before != after
        || from
            .of_kind(Kind::ForeignServer)
            .filter(named)
            .any(|old| to.get(&old.id).is_some_and(|new| is_server_anew(old, new)))
}

/// True for a server with another wrapper or type: no ALTER changes them.
pub fn is_server_anew(old: &Object, new: &Object) -> bool {
    match (&old.body, &new.body) {
        (Body::ForeignServer(old), Body::ForeignServer(new)) => {
            (&old.wrapper, &old.server_type) != (&new.wrapper, &new.server_type)
        }
        _ => false,
    }
}

/// True for what goes and comes with such a table: its columns, constraints, triggers, rules and statistics.
pub fn goes_along(from: &Catalog, to: &Catalog, object: &Object) -> bool {
    let table = match &object.body {
        Body::Statistics(statistics) => statistics.table.clone(),
        _ if object.id.is_part() => object.id.relation(),
        _ => return false,
    };
    is_foreign_anew(from, to, &table)
}

/// The parts of all tables that are made anew: they have no place of their own in the plan.
pub fn parts_of_all(context: &Context, changes: &[Change]) -> Vec<ObjectId> {
    let is_anew =
        |change: &&Change| change.object.kind == Kind::Table && matches!(change.detail, Detail::Redefine(_));
    let tables = changes
        .iter()
        .filter(is_anew)
        .map(|change| change.object.qualified());
    let parts = tables.flat_map(|table| parts(context.from, &table));
    parts.map(|part| part.id.clone()).collect()
}

/// All that stands on the table and has no place in its CREATE, each behind what it uses.
pub fn parts<'a>(catalog: &'a Catalog, table: &QualifiedName) -> Vec<&'a Object> {
    let own = [Kind::Constraint, Kind::Trigger, Kind::Rule]
        .into_iter()
        .flat_map(|kind| catalog.parts(kind, table))
        .filter(|part| !matches!(&part.body, Body::Constraint(constraint) if constraint.inherited));
    let statistics = catalog
        .of_kind(Kind::Statistics)
        .filter(|object| matches!(&object.body, Body::Statistics(body) if body.table == *table));
    let ids: BTreeSet<ObjectId> = own.chain(statistics).map(|part| part.id.clone()).collect();
    let order = around::in_order(catalog, &ids);
    order.iter().filter_map(|id| catalog.get(id)).collect()
}

/// Completes both halves with the parts, and says that they are gone and there.
pub(super) fn with_parts(context: &Context, table: &QualifiedName, drop: &mut Step, create: &mut Step) {
    let (before, after) = (parts(context.from, table), parts(context.to, table));
    if let Undo::Run {
        action: Action::Statements(back),
        ..
    } = &mut drop.undo
    {
        back.extend(
            before
                .iter()
                .flat_map(|part| sql::create(&restoring(part), context.from)),
        );
    }
    drop.gives
        .extend(before.iter().map(|part| Fact::Gone(part.id.clone())));
    if let Action::Statements(up) = &mut create.up {
        up.extend(kept_on_columns(context, table));
        for part in &after {
            let part = context
                .old(&part.id)
                .map_or_else(|| (*part).clone(), |live| carrying(part, live));
            up.extend(sql::create(&part, context.to));
        }
    }
    for part in after {
        create
            .needs
            .extend(part.depends_on.iter().cloned().map(Fact::Exists));
        create
            .gives
            .extend([Fact::Exists(part.id.clone()), Fact::Changed(part.id.clone())]);
    }
}

/// Privileges on columns of which the files do not speak.
fn kept_on_columns(context: &Context, table: &QualifiedName) -> Vec<Stmt> {
    let declared = |table: &QualifiedName| {
        let object = context.new_of(&ObjectId::named(Kind::Table, table));
        object.is_some_and(|object| object.grants_declared)
    };
    if declared(table) {
        return Vec::new();
    }
    let columns = context
        .to
        .parts(Kind::Column, table)
        .filter(|column| !column.grants_declared);
    columns
        .filter_map(|column| Some((column, context.old(&column.id)?)))
        .flat_map(|(column, live)| sql::grants(column, &[], &live.grants))
        .collect()
}
