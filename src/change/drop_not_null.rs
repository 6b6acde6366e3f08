//! DROP NOT NULL.

use super::{Change, Context, build, partition_tree, shared_children};
use crate::sql;
use crate::model::{Body, ConstraintKind, Kind, ObjectId, QualifiedName, ReplicaIdentity};
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_not_null: a column may be NULL.

A catalog change in expand, so that new code may leave it out; readers that trust in a value should be ready first.
Undo: SET NOT NULL, which fails where NULLs have been written meanwhile.";

/// A column may be NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropNotNull;

impl DropNotNull {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.relation();
        let back = match context.old(id).map(|object| &object.body) {
            Some(Body::Column(old)) => sql::not_null::set(&table, &id.name, old),
            _ => sql::alter::set_not_null(&table, &id.name),
        };
        let mut step = build::alter(
            id,
            change.code(),
            Phase::Expand,
            format!("Allow NULL in {}", id.label()),
            vec![sql::alter::drop_not_null(&table, &id.name)],
            vec![back],
        );
        let below = shared_children::own_not_null(context.to, context.from, id);
        if let Action::Statements(up) = &mut step.up
            && !below.is_empty()
        {
            up.extend(below);
            step.cost = Cost::Scans(table.clone());
            let message = format!("the children of `{table}` are read under ACCESS EXCLUSIVE, for they go on to reject NULL");
            build::up_to_the_gate(&mut step, context, &table, HazardCode::ScansUnderLock, message);
        }
        step.done_when = DoneWhen::Holds(sql::probe::column_where(&table, &id.name, "NOT a.attnotnull"));
        step.needs.extend(keys_of(context, id).into_iter().map(Fact::Gone));
        step.needs.push(Fact::Named(id.clone()));
        if leaves_a_parent_without(context, id) {
            step.needs.push(Fact::Named(ObjectId::named(Kind::Table, &table)));
        }
        if let Some(holder) = identifies_rows(context, id) {
            step.needs.push(Fact::Changed(ObjectId::named(Kind::Table, &table)));
            step.needs.push(Fact::Gone(holder));
        }
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        step.hazards.push(build::hazard(
            HazardCode::BreaksClients,
            Verdict::Warn,
            id,
            format!("readers of {} may meet NULL", id.label()),
        ));
        vec![step]
    }
}

/// True where a parent that the table leaves has no NULL in the column: on the way back it takes no child that may have one.
fn leaves_a_parent_without(context: &Context, id: &ObjectId) -> bool {
    let parents = |catalog| Context::table(catalog, &id.relation()).map(|table| table.inherits.as_slice()).unwrap_or_default();
    let left = parents(context.from).iter().filter(|parent| !parents(context.to).contains(parent));
    left.map(|parent| ObjectId::part(Kind::Column, parent, &id.name))
        .any(|column| Context::column(context.from, &column).is_some_and(|column| column.not_null))
}

/// The primary key of the live side that holds the column: it has to go before the column may be NULL.
fn keys_of(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let tables = partition_tree::family(context.from, &id.relation());
    tables
        .iter()
        .flat_map(|table| context.from.parts(Kind::Constraint, table))
        .filter(|object| match &object.body {
            Body::Constraint(constraint) => {
                constraint.kind == ConstraintKind::PrimaryKey && constraint.columns.contains(&id.name)
            }
            _ => false,
        })
        .map(|object| object.id.clone())
        .collect()
}

/// The index with the column by which the live table tells its rows apart when it is replicated.
fn identifies_rows(context: &Context, id: &ObjectId) -> Option<ObjectId> {
    let table = id.relation();
    let Some(ReplicaIdentity::Index(name)) = Context::table(context.from, &table).map(|table| &table.replica_identity) else {
        return None;
    };
    let index = ObjectId::named(Kind::Index, &QualifiedName { schema: table.schema.clone(), name: name.clone() });
    let key = ObjectId::part(Kind::Constraint, &table, name);
    let holds = |holder: &ObjectId| context.old(holder).is_some_and(|holder| holder.depends_on.contains(id));
    [index, key].into_iter().find(holds)
}
