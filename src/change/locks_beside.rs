//! Locks that a step takes beside the one on its own relation.

use super::{Context, exchange_type, rebuild_enum};
use crate::model::{
    Body, Constraint, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName, Reference, Table,
};
use crate::sql;
use crate::step::{Cost, Lock, LockOn};

/// A lock on the relation of an object as it is before the plan, also where another is to take its name.
pub fn before(context: &Context, id: &ObjectId, lock: Lock) -> Vec<LockOn> {
    let relation = match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence => id.qualified(),
        Kind::DomainConstraint => return Vec::new(),
        _ if id.is_part() => id.relation(),
        _ => return Vec::new(),
    };
    on(context, [relation], lock)
}

/// The lock on a table that an index of it is dropped under, none where the plan makes that table.
pub fn on_table(context: &Context, table: &QualifiedName, lock: Lock) -> Vec<LockOn> {
    on(context, [table.clone()], lock)
}

/// What making an object locks, or dropping it, of relations that are there and not its own.
pub fn of_object(context: &Context, object: &Object) -> Vec<LockOn> {
    match &object.body {
        Body::Statistics(statistics) => on(context, [statistics.table.clone()], Lock::ShareUpdateExclusive),
        Body::Table(Table {
            partition_of: Some(of),
            ..
        }) => {
            let mut locks = on(context, [of.parent.clone()], Lock::AccessExclusive);
            locks.extend(of_keys(context, &of.parent, Lock::ShareRowExclusive));
            locks
        }
        Body::Table(table) => on(
            context,
            table.inherits.iter().cloned(),
            Lock::ShareUpdateExclusive,
        ),
        _ => Vec::new(),
    }
}

/// The tables that the foreign keys of a table refer to, and those that refer to it: what joins it, or leaves, gets its share of
/// them, or loses it.
pub fn of_keys(context: &Context, table: &QualifiedName, lock: Lock) -> Vec<LockOn> {
    let above = |table: &QualifiedName| {
        Context::table(context.from, table)?
            .partition_of
            .as_ref()
            .map(|of| of.parent.clone())
    };
    // What the partitions of partitions have of a key belongs to the table on top.
    let tables = std::iter::successors(Some(table.clone()), above);
    tables
        .flat_map(|table| keys(context, &table, |_| true, lock))
        .collect()
}

/// The same of the foreign keys that a column of it has a part in.
pub fn of_keys_over(context: &Context, column: &ObjectId, lock: Lock) -> Vec<LockOn> {
    let over = |columns: &[Ident]| columns.contains(&column.name);
    keys(context, &column.relation(), over, lock)
}

fn keys(
    context: &Context,
    table: &QualifiedName,
    over: impl Fn(&[Ident]) -> bool,
    lock: Lock,
) -> Vec<LockOn> {
    let both = [context.from, context.to].into_iter();
    let own = both.flat_map(|side| side.parts(Kind::Constraint, table));
    let there = own.filter_map(|key| {
        reference(key)
            .filter(|(columns, _)| over(columns))
            .map(|(_, to)| to.table.clone())
    });
    let users = context.users.users(&ObjectId::named(Kind::Table, table)).iter();
    let others = users
        .filter(|id| id.kind == Kind::Constraint)
        .filter_map(|id| context.from.get(id));
    let here =
        others.filter(|key| reference(key).is_some_and(|(_, to)| to.table == *table && over(&to.columns)));
    let mut tables: Vec<QualifiedName> = there.chain(here.map(|key| key.id.relation())).collect();
    tables.retain(|other| other != table);
    tables.sort();
    tables.dedup();
    on(context, tables, lock)
}

/// What proving a constraint costs, or building its index: a foreign key is proven on both sides.
pub fn costs_of_proof(context: &Context, table: &QualifiedName, constraint: &Constraint) -> Vec<Cost> {
    let near = match constraint.kind {
        ConstraintKind::Check | ConstraintKind::ForeignKey => Cost::Scans(table.clone()),
        _ => Cost::BuildsIndex(table.clone()),
    };
    let far = constraint
        .references
        .iter()
        .map(|reference| Cost::Scans(reference.table.clone()));
    let all = std::iter::once(near).chain(far);
    all.filter(|cost| cost.table().is_some_and(|table| context.is_there(table)))
        .collect()
}

fn reference(object: &Object) -> Option<(&[Ident], &Reference)> {
    match &object.body {
        Body::Constraint(constraint) => Some((&constraint.columns, constraint.references.as_ref()?)),
        _ => None,
    }
}

/// The columns of tables that hold values of a type, whether as an array, and of what is made of it.
pub fn stored(context: &Context, id: &ObjectId) -> Vec<(QualifiedName, Ident, bool)> {
    let mut types = vec![id.clone()];
    types.extend(exchange_type::nested(context.from, id));
    let names: Vec<QualifiedName> = types.iter().map(ObjectId::qualified).collect();
    let columns = names
        .iter()
        .flat_map(|name| rebuild_enum::users(context.from, name));
    let in_views = names.iter().flat_map(|name| in_materialized_views(context, name));
    columns.chain(in_views).collect()
}

fn in_materialized_views(context: &Context, name: &QualifiedName) -> Vec<(QualifiedName, Ident, bool)> {
    let own = sql::qualified(name);
    let mut found = Vec::new();
    for object in context.from.of_kind(Kind::MaterializedView) {
        if let Body::MaterializedView(view) = &object.body {
            let columns = view
                .columns
                .iter()
                .filter(|column| column.data_type.as_str() == own);
            found.extend(columns.map(|column| (object.id.qualified(), column.name.clone(), false)));
        }
    }
    found
}

fn on(context: &Context, relations: impl IntoIterator<Item = QualifiedName>, lock: Lock) -> Vec<LockOn> {
    let there = relations
        .into_iter()
        .filter(|relation| context.is_there(relation));
    there.map(|relation| LockOn { lock, relation }).collect()
}
