//! Add a foreign key.

use super::{Change, Context, add_check, build, foreign_key_below, is_replaced, locks_beside};
use crate::model::{Body, Constraint, Object};
use crate::sql;
use crate::step::{HazardCode, Lock, LockOn, Phase, Precondition, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
add_foreign_key: a foreign key of the files is not on the table.

Plainly added it reads the whole table while both tables reject writes. Added NOT VALID it takes its two locks for a
moment; VALIDATE then reads the rows while everybody works. One foreign key per transaction, each with a short lock
timeout. Orphans are looked for before anything runs.
Before 18 a partitioned table takes no NOT VALID foreign key: each partition gets its own so, and the table's adopts
them without reading a row.
On a table made by the same plan it is added at once, in expand.
Undo: the foreign key is dropped (a short lock on both tables).";

/// A foreign key comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddForeignKey;

impl AddForeignKey {
    /// NOT VALID and VALIDATE, or the plain form.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object) else {
            return Vec::new();
        };
        let Body::Constraint(constraint) = &object.body else {
            return Vec::new();
        };
        if constraint.inherited {
            return Vec::new();
        }
        let table = object.id.relation();
        let Some(reference) = &constraint.references else {
            return Vec::new();
        };
        let partitioned = context.to.is_partitioned(&table);
        if context.is_new(&table) {
            let mut step = build::create(context, object, change.code(), Phase::Expand);
            step.title = format!("Add foreign key {} from {table} to {}", object.id.name, reference.table);
            step.locks = referenced_lock(context, constraint);
            if is_replaced(context.from, context.to, &table) {
                step.also_costs(locks_beside::costs_of_proof(context, &table, constraint));
            }
            return vec![step];
        }
        // NOT VALID is refused on a partitioned table before 18.
        let refused = partitioned && context.to.major() < 18;
        let staged = !context.is_direct(&table);
        let below = (staged && refused)
            .then(|| foreign_key_below::steps(change, context, object, constraint, reference))
            .flatten();
        let mut steps = match below {
            Some(below) => below,
            None if (staged && !refused) || !constraint.validated => {
                add_check::not_valid(change, context, object, constraint)
            }
            None => vec![plain(change, context, object, constraint)],
        };
        if let Some(first) = steps.first_mut() {
            first.preconditions.extend(no_orphans(context, object, constraint));
            first.hazards.push(build::hazard(
                HazardCode::Tightens,
                Verdict::Warn,
                &object.id,
                format!("rows that refer to nothing in `{}` are rejected from here on", reference.table),
            ));
        }
        steps
    }
}

fn referenced_lock(context: &Context, constraint: &Constraint) -> Vec<LockOn> {
    constraint
        .references
        .iter()
        .filter(|reference| !context.is_new(&reference.table))
        .map(|reference| LockOn { lock: Lock::ShareRowExclusive, relation: reference.table.clone() })
        .collect()
}

fn plain(change: &Change, context: &Context, object: &Object, constraint: &Constraint) -> Step {
    let table = object.id.relation();
    let mut step = build::create(context, object, change.code(), Phase::Migrate);
    step.title = format!("Add foreign key {} to {table}", object.id.name);
    step.locks = build::locks(context, &object.id, Lock::ShareRowExclusive);
    step.locks.extend(referenced_lock(context, constraint));
    step.also_costs(locks_beside::costs_of_proof(context, &table, constraint));
    step.preconditions = context.size_gate(&table);
    if !context.is_small(&table) {
        step.hazards.push(build::hazard(
            HazardCode::BlocksWrites,
            Verdict::Stop,
            &object.id,
            format!("`{table}` is read while it rejects writes"),
        ));
    }
    step
}

/// Every row that refers to something finds it.
pub(super) fn no_orphans(context: &Context, object: &Object, constraint: &Constraint) -> Option<Precondition> {
    // Over periods a row refers to all that cover it together; VALIDATE knows how to look for that.
    let plain = constraint.validated && !sql::is_over_periods(&constraint.definition);
    let reference = constraint.references.as_ref().filter(|_| plain)?;
    let table = object.id.relation();
    let referenced = context.own_rows(&reference.table);
    let orphan = sql::sync::orphan_condition(&constraint.columns, &referenced, &reference.columns);
    Some(context.no_own_rows(&table, " AS c", &orphan,
        format!(
            "rows of `{table}` refer to nothing in `{}`; see them with: SELECT * FROM {} AS c WHERE {orphan} LIMIT 20",
            reference.table,
            context.own_rows(&table)
        ),
    ))
}
