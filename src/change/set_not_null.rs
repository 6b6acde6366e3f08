//! SET NOT NULL without a blocking scan.

use super::{Change, Context, build};
use crate::model::{Ident, Kind, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_not_null: a column becomes NOT NULL.

ALTER COLUMN … SET NOT NULL reads the whole table under ACCESS EXCLUSIVE. A CHECK (c IS NOT NULL) added NOT VALID costs
nothing, VALIDATE reads the rows while everybody works, and SET NOT NULL then believes the proof; the CHECK goes in a
statement of its own (in one ALTER the drop would run first, and the scan with it).
From the CHECK on, writes without a value are rejected. With `-- schemaplan: backfill EXPR` a trigger carries old code
and batches fill what is NULL; without it the plan has a deploy before migrate.
Undo: DROP NOT NULL; values that were filled in stay.";

/// A column becomes NOT NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetNotNull;

impl SetNotNull {
    /// The proof, or the plain statement on a small table.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.relation();
        let staged = !context.is_direct(&table) && context.is_plain_table(&table);
        let mut steps = if staged {
            proof(context, &table, &id.name, change.code())
        } else {
            vec![plain(change, context)]
        };
        if let Some(first) = steps.first_mut() {
            first.preconditions.push(Precondition {
                holds: sql::probe::no_row(&table, &format!("{} IS NULL", sql::ident(&id.name))),
                otherwise: format!(
                    "rows of `{table}` hold NULL in {}; give them a value with `-- schemaplan: backfill EXPR`, or see them with: SELECT * FROM {} WHERE {} IS NULL LIMIT 20",
                    id.name,
                    sql::qualified(&table),
                    sql::ident(&id.name)
                ),
                replan: false,
            });
            first.hazards.push(build::hazard(
                HazardCode::Tightens,
                Verdict::Warn,
                id,
                format!("writes that leave {} empty are rejected from here on", id.label()),
            ));
        }
        steps
    }
}

fn plain(change: &Change, context: &Context) -> Step {
    let id = &change.object;
    let table = id.relation();
    let mut step = Step::new(
        id.clone(),
        change.code(),
        Phase::Migrate,
        format!("Set {} NOT NULL", id.label()),
        Action::one(sql::alter::set_not_null(&table, &id.name)),
        Undo::statements(vec![sql::alter::drop_not_null(&table, &id.name)]),
        DoneWhen::Holds(sql::probe::column_where(&table, &id.name, "a.attnotnull")),
    );
    step.locks = build::locks(context, id, Lock::AccessExclusive);
    step.cost = Cost::Scans(table.clone());
    step.preconditions = context.size_gate(&table);
    if !context.is_small(&table) {
        step.hazards.push(build::hazard(
            HazardCode::ScansUnderLock,
            Verdict::Stop,
            id,
            format!("every row of `{table}` is read under ACCESS EXCLUSIVE"),
        ));
    }
    step.gives.push(Fact::Changed(id.clone()));
    step.gives.push(Fact::Valid(id.clone()));
    step
}

/// R4 from its fourth step on: check, validate, set, drop the check.
pub fn proof(context: &Context, table: &QualifiedName, column: &Ident, code: &str) -> Vec<Step> {
    let id = ObjectId::part(Kind::Column, table, column);
    let name = sql::sync::not_null_check_name(column);
    let definition = format!("CHECK ({} IS NOT NULL)", sql::ident(column));
    let exists = sql::probe::constraint(table, &name);
    let is_set = sql::probe::column_where(table, column, "a.attnotnull");
    let either = |condition: &str| DoneWhen::Holds(format!("({condition}) OR ({is_set})"));
    let mut add = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Reject NULL in {} (CHECK, NOT VALID)", id.label()),
        Action::one(sql::alter::add_constraint(table, &name, &definition, true)),
        Undo::statements(vec![sql::sync::drop_constraint_if_there(table, &name)]),
        either(&exists),
    );
    add.locks = build::locks(context, &id, Lock::AccessExclusive);
    let mut validate = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Prove that no row of {table} has NULL in {column}"),
        Action::one(sql::alter::validate_constraint(table, &name)),
        Undo::Nothing,
        either(&sql::probe::validated(table, &name)),
    );
    validate.locks = vec![LockOn { lock: Lock::ShareUpdateExclusive, relation: table.clone() }];
    validate.timeout = TimeoutClass::Long;
    validate.cost = Cost::Scans(table.clone());
    let mut set = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Set {} NOT NULL (the CHECK proves it)", id.label()),
        Action::Statements(vec![
            sql::alter::set_not_null(table, column),
            sql::alter::drop_constraint(table, &name),
        ]),
        Undo::statements(vec![
            sql::alter::add_constraint(table, &name, &definition, true),
            sql::alter::drop_not_null(table, column),
        ]),
        DoneWhen::Holds(format!("({is_set}) AND NOT ({exists})")),
    );
    set.locks = build::locks(context, &id, Lock::AccessExclusive);
    set.gives.push(Fact::Changed(id.clone()));
    set.gives.push(Fact::Valid(id));
    vec![add, validate, set]
}
