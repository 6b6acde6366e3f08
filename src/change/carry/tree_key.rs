//! Keys over carried columns. PostgreSQL makes no index of a partitioned table a key; but a key that is added to it adopts those
//! that its partitions have already, and builds nothing. So each partition that holds rows gets its index CONCURRENTLY, and at the
//! cut-over they become keys, which the table's adopts.

use super::Carry;
use super::copies::substitute_index;
use crate::change::{Context, add_key, create_index, partition_name};
use crate::model::{
    Body, Catalog, Constraint, ConstraintKind, Ident, Index, Kind, Object, ObjectId, QualifiedName,
    ReplicaIdentity,
};
use crate::sql::{self, Stmt, alter};
use crate::step::{Action, Phase, Step, Undo};

/// Why the key of a partitioned table cannot change places at a cut-over: nothing, or a sentence.
pub(super) fn hindrance(
    from: &Catalog,
    to: &Catalog,
    object: &Object,
    constraint: &Constraint,
) -> Option<String> {
    let index = constraint.index.as_deref()?;
    if keeps_not_null(from, to, object, constraint) {
        return Some(format!(
            "{} is a primary key over a column that may be NULL",
            object.id
        ));
    }
    if !add_key::is_promotable(index) {
        return Some(format!("{} has no index that can become a key", object.id));
    }
    let identifies = |(partition, name): &&(QualifiedName, Ident)| {
        Context::table(from, partition)
            .is_some_and(|table| table.replica_identity == ReplicaIdentity::Index(name.clone()))
    };
    let identity = index.partition_names.iter().find(identifies)?;
    Some(format!(
        "{} is the replica identity of `{}`",
        identity.1, identity.0
    ))
}

/// True where a primary key makes a column NOT NULL that may be NULL before. From 18 on a partition that is given the key keeps
/// that as its own when the table loses it.
pub(in crate::change) fn keeps_not_null(
    from: &Catalog,
    to: &Catalog,
    object: &Object,
    constraint: &Constraint,
) -> bool {
    let table = object.id.relation();
    let column = |name: &Ident| Context::column(from, &ObjectId::part(Kind::Column, &table, name));
    let may_be_null = |name: &Ident| column(name).is_some_and(|column| !column.not_null);
    constraint.kind == ConstraintKind::PrimaryKey
        && to.major() >= 18
        && constraint.columns.iter().any(may_be_null)
}

/// What a primary key has made the partition's own beside what its table gives it, from 18 on.
pub(in crate::change) fn leave_not_null<'a>(
    catalog: &Catalog,
    constraint: &Constraint,
    partitions: impl Iterator<Item = &'a QualifiedName>,
) -> Vec<Stmt> {
    if constraint.kind != ConstraintKind::PrimaryKey || catalog.major() < 18 {
        return Vec::new();
    }
    partitions
        .map(|partition| sql::leave_to_parents(partition, &[], &[], true))
        .collect()
}

/// The indexes of a key: its own, or those of the partitions that hold rows.
fn each(catalog: &Catalog, object: &Object, index: &Index) -> Vec<(QualifiedName, Ident)> {
    if !index.on_partitioned {
        return vec![(index.table.clone(), object.id.name.clone())];
    }
    let below = index.partition_names.iter();
    below
        .filter(|(partition, _)| !catalog.is_partitioned(partition))
        .cloned()
        .collect()
}

/// The indexes that bear the key's name in another form become the key.
pub(in crate::change) fn become_key(
    object: &Object,
    constraint: &Constraint,
    catalog: &Catalog,
    built: fn(&Ident) -> Ident,
) -> Vec<Stmt> {
    let Some(index) = &constraint.index else {
        return Vec::new();
    };
    let primary = constraint.kind == ConstraintKind::PrimaryKey;
    let mut statements: Vec<Stmt> = each(catalog, object, index)
        .iter()
        .map(|(table, name)| {
            let options = add_key::deferrable(constraint);
            alter::add_key_using_index(table, name, primary, &built(name), options)
        })
        .collect();
    let made = sql::create(object, catalog).into_iter();
    if index.on_partitioned {
        statements.extend(made);
        statements.extend(partition_name::inner(index, &object.id, catalog));
        let partitions = index.partition_names.iter().map(|(partition, _)| partition);
        statements.extend(leave_not_null(catalog, constraint, partitions));
    } else {
        statements.extend(made.skip(1));
    }
    statements
}

impl Carry<'_> {
    /// Migrate: the indexes over the new forms.
    pub(super) fn build_key(&self, object: &Object, index: &Index) -> Vec<Step> {
        let copy = substitute_index(index, &self.names_of(&index.table));
        let indexes = each(self.context.to, object, index).into_iter();
        let steps = indexes.map(|(table, name)| {
            let copy = Index {
                table: table.clone(),
                ..copy.clone()
            };
            self.build_copy(object, &copy, &name)
        });
        steps.collect()
    }

    /// One of them.
    pub(super) fn build_copy(&self, object: &Object, copy: &Index, name: &Ident) -> Step {
        let name = sql::own_name::shadow_name(name);
        let mut step = create_index::concurrently(&object.id, "change_type", Phase::Migrate, copy, &name);
        // After a swap back the index may be gone with the constraint that it had become.
        step.undo = Undo::Run {
            action: Action::one(alter::drop_index_concurrently_if_exists(&QualifiedName {
                schema: copy.table.schema.clone(),
                name,
            })),
            outside_transaction: true,
        };
        step.origin = self.context.to.origin(&object.id).cloned();
        step
    }

    /// The statements that build them, for an undo; `copy` is over the columns by the names that they bear then.
    pub(super) fn key_indexes(&self, object: &Object, copy: &Index, built: fn(&Ident) -> Ident) -> Action {
        let indexes = each(self.context.from, object, copy).into_iter();
        let statements = indexes.map(|(table, name)| {
            let copy = Index {
                table,
                ..copy.clone()
            };
            Action::one(sql::index(&copy, &built(&name), true, false))
        });
        let mut actions: Vec<Action> = statements.collect();
        match actions.len() {
            1 => actions.remove(0),
            _ => Action::Sequence(actions),
        }
    }
}

/// The constraint of an object, where it is one.
pub(super) fn constraint_of(object: &Object) -> Option<(&Object, &Constraint)> {
    match &object.body {
        Body::Constraint(constraint) => Some((object, constraint)),
        _ => None,
    }
}
