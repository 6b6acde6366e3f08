//! Rows of a DEFAULT partition that belong to a partition that comes.

use super::{Context, archive, build, locks_beside};
use crate::model::{Body, Kind, Object, ObjectId, PartitionOf, QualifiedName, Table};
use crate::sql::{self, Stmt};
use crate::step::{Action, Cost, HazardCode, Lock, LockOn, Step, Undo};

/// The live DEFAULT partition of the parent, which PostgreSQL reads when a partition with a bound comes.
pub fn default_beside<'a>(context: &Context<'a>, of: &PartitionOf) -> Option<&'a Object> {
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
    step.up = Action::one(moving(of, &beside, &table, create, None));
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
    step.also_costs([Cost::Scans(beside.clone())]);
    reads_default(context, step, of, beside, &table);
}

/// Lets a step that attaches a table move the rows over that the DEFAULT partition holds for it. The archive remembers which
/// they were, for afterwards they stand among the table's own; the undo moves back those that are still as they were.
pub fn join_beside(context: &Context, step: &mut Step, partition: &ObjectId, of: &PartitionOf) {
    let Some(default) = default_beside(context, of).filter(|default| default.id != *partition) else {
        return;
    };
    let (table, beside) = (partition.qualified(), default.id.qualified());
    let (
        Action::Statements(attach),
        Undo::Run {
            action: Action::Statements(detach),
            ..
        },
    ) = (&step.up, &step.undo)
    else {
        return;
    };
    let name = archive::archive_name(context.seed, "r", &partition.label(), table.name.as_str());
    let note = serde_json::json!({"kind": "archived-rows", "of": beside.to_string(), "by": "attach"});
    let kept = sql::keep_moved_rows(&beside, &table, &name, &format!("schemaplan:1 {note}"));
    let (up, mut back) = (moving(of, &beside, &table, attach, Some(kept)), detach.clone());
    back.push(sql::move_rows_back(&table, &beside, &name));
    let back = sql::without_references(&of.parent, &back);
    step.undo = Undo::statements(vec![sql::archive::choose(
        &sql::archive::is_there(&name),
        &[back],
        detach,
    )]);
    step.up = Action::one(up);
    reads_default(context, step, of, beside, &table);
}

/// Runs the statements that make the table a partition; where the DEFAULT partition holds rows of it, in between a detach
/// and an attach of that partition, with the rows moved.
fn moving(
    of: &PartitionOf,
    beside: &QualifiedName,
    table: &QualifiedName,
    join: &[Stmt],
    kept: Option<Stmt>,
) -> Stmt {
    let mut moving = vec![sql::alter::detach_partition(&of.parent, beside)];
    moving.extend(join.iter().cloned());
    moving.extend(kept);
    moving.push(sql::move_rows(beside, table, true));
    moving.push(sql::alter::attach_partition(&of.parent, beside, "DEFAULT"));
    sql::unless_default_holds_rows(join, &[sql::without_references(&of.parent, &moving)])
}

fn reads_default(
    context: &Context,
    step: &mut Step,
    of: &PartitionOf,
    beside: QualifiedName,
    table: &QualifiedName,
) {
    for relation in [&of.parent, &beside] {
        let lock = LockOn {
            lock: Lock::AccessExclusive,
            relation: relation.clone(),
        };
        if !step.locks.contains(&lock) {
            step.locks.push(lock);
        }
    }
    for lock in locks_beside::of_keys(context, &of.parent, Lock::AccessExclusive) {
        step.locks.retain(|each| each.relation != lock.relation);
        step.locks.push(lock);
    }
    let message = format!("`{beside}` is read under ACCESS EXCLUSIVE for rows that belong to `{table}`");
    build::up_to_the_gate(step, context, &beside, HazardCode::ScansUnderLock, message);
}
