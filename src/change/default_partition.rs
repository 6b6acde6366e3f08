//! Rows of a DEFAULT partition that belong to a partition that comes.

use super::{Context, build};
use crate::model::{Body, Kind, Object, ObjectId, PartitionOf, Table};
use crate::sql::{self, Stmt};
use crate::step::{Action, Cost, HazardCode, Lock, LockOn, Step, Undo};

/// The live DEFAULT partition of the parent, which PostgreSQL reads when a partition with a bound comes.
fn default_beside<'a>(context: &Context<'a>, of: &PartitionOf) -> Option<&'a Object> {
    let is_default = |object: &&Object| match &object.body {
        Body::Table(Table {
            partition_of: Some(own),
            foreign: None,
            ..
        }) => own.parent == of.parent && own.bound == "DEFAULT",
        _ => false,
    };
    context
        .from
        .of_kind(Kind::Table)
        .find(is_default)
        .filter(|_| of.bound != "DEFAULT")
}

/// Lets a step that makes a partition move the rows over that the DEFAULT partition holds for it, which PostgreSQL
/// refuses to leave there; the undo moves all rows of the partition back.
pub fn take_over_rows(context: &Context, step: &mut Step, partition: &ObjectId, of: &PartitionOf) {
    let Some(default) = default_beside(context, of) else {
        return;
    };
    let (table, beside) = (partition.qualified(), default.id.qualified());
    let Action::Statements(create) = &step.up else {
        return;
    };
    let detach = sql::alter::detach_partition(&of.parent, &beside);
    let attach = sql::alter::attach_partition(&of.parent, &beside, "DEFAULT");
    let mut moving = vec![detach];
    moving.extend(create.iter().cloned());
    moving.push(sql::move_rows(&beside, &table, true));
    moving.push(attach);
    let moving = sql::without_references(&of.parent, &moving);
    step.up = Action::one(sql::unless_default_holds_rows(create, &[moving]));
    if let Undo::Run {
        action: Action::Statements(former),
        ..
    } = &step.undo
    {
        let back = [
            sql::alter::detach_partition(&of.parent, &table),
            sql::move_rows(&table, &beside, false),
            Stmt::new(format!("DROP TABLE {}", sql::qualified(&table))),
        ];
        let there = sql::probe::partition_bound(&of.parent, &beside, "DEFAULT");
        let back = sql::without_references(&of.parent, &back);
        step.undo = Undo::statements(vec![sql::archive::choose(&there, &[back], former)]);
    }
    step.cost = Cost::Scans(beside.clone());
    for relation in [&of.parent, &beside] {
        step.locks.push(LockOn {
            lock: Lock::AccessExclusive,
            relation: relation.clone(),
        });
    }
    let message = format!("`{beside}` is read under ACCESS EXCLUSIVE for rows that belong to `{table}`");
    build::up_to_the_gate(step, context, &beside, HazardCode::ScansUnderLock, message);
}
