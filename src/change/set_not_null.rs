//! SET NOT NULL without a blocking scan.

use super::{Change, Context, build, shared_children};
use crate::model::{Body, Column, Ident, Kind, NotNull, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Action, Cost, DoneWhen, Fact, Hazard, HazardCode, Lock, LockOn, Phase, Precondition, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_not_null: a column becomes NOT NULL.

ALTER COLUMN … SET NOT NULL reads the whole table under ACCESS EXCLUSIVE. A CHECK (c IS NOT NULL) added NOT VALID costs
nothing, VALIDATE reads the rows while everybody works, and SET NOT NULL then believes the proof; the CHECK goes in a
statement of its own (in one ALTER the drop would run first, and the scan with it). On PostgreSQL 18 the NOT NULL itself
is added NOT VALID and validated; that also works for a partitioned table as a whole.
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
        let (Some(old), Some(new)) = (column(context.old(id)), column(context.new_of(id))) else {
            return Vec::new();
        };
        let named = new.not_null_constraint.as_ref().filter(|_| context.to.major() >= 18);
        let staged = !context.is_direct(&table);
        let unproven = old.not_null_constraint.as_ref().filter(|form| !form.validated);
        // The rows of a foreign table are another server's: NOT NULL is only said of them.
        let is_foreign = Context::table(context.to, &table).is_some_and(|table| table.foreign.is_some());
        let mut steps = match (unproven, named) {
            (Some(before), Some(after)) => vec![validate_standing(change, &table, before, after)],
            (_, Some(form)) if staged && is_whole(context, &table) => {
                named_proof(context, &table, id, form, change.code())
            }
            // What the CHECK, its proof and NOT NULL do to a table they do to its partitions and children too.
            _ if staged && !is_foreign => proof(context, &table, &id.name, change.code()),
            _ => vec![plain(change, context, new)],
        };
        if let Some(first) = steps.first_mut().filter(|_| !is_foreign) {
            first.preconditions.push(no_null(context, id));
            first.hazards.push(tightens(id));
        }
        // What children reject by themselves they reject on the way back, too.
        let drop = sql::alter::drop_not_null(&id.relation(), &id.name);
        let below = shared_children::own_not_null(context.from, context.to, id);
        for step in &mut steps {
            if let Undo::Run { action: Action::Statements(undo), .. } = &mut step.undo
                && let Some(at) = undo.iter().position(|statement| *statement == drop)
            {
                undo.splice(at..=at, shared_children::drop_not_null_past_keys(context.from, context.to, id));
                undo.extend(below.iter().cloned());
            }
        }
        steps
    }
}

/// No row holds NULL in the column.
pub(super) fn no_null(context: &Context, id: &ObjectId) -> Precondition {
    let (table, name) = (id.relation(), sql::ident(&id.name));
    context.no_rows(&table, "", &format!("{name} IS NULL"),
        format!(
            "rows of `{table}` hold NULL in {}; give them a value with `-- schemaplan: backfill EXPR`, or see them with: SELECT * FROM {} WHERE {name} IS NULL LIMIT 20",
            id.name,
            sql::qualified(&table),
        ),
    )
}

/// What NOT NULL means for those who write.
pub(super) fn tightens(id: &ObjectId) -> Hazard {
    let message = format!("writes that leave {} empty are rejected from here on", id.label());
    build::hazard(HazardCode::Tightens, Verdict::Warn, id, message)
}

/// The proof in the form that the server has for the table.
pub(super) fn proof_of(context: &Context, table: &QualifiedName, id: &ObjectId, new: &Column, code: &str) -> Vec<Step> {
    match new.not_null_constraint.as_ref().filter(|_| context.to.major() >= 18 && is_whole(context, table)) {
        Some(form) => named_proof(context, table, id, form, code),
        None => proof(context, table, &id.name, code),
    }
}

fn column(object: Option<&Object>) -> Option<&Column> {
    match &object?.body {
        Body::Column(column) => Some(column),
        _ => None,
    }
}

/// True for a table that takes its NOT NULL from no parent; it may have partitions.
pub(super) fn is_whole(context: &Context, table: &QualifiedName) -> bool {
    Context::table(context.from, table)
        .is_some_and(|table| table.partition_of.is_none() && table.inherits.is_empty() && table.foreign.is_none())
}

/// The NOT NULL of 18 NOT VALID, then VALIDATE.
fn named_proof(context: &Context, table: &QualifiedName, id: &ObjectId, form: &NotNull, code: &str) -> Vec<Step> {
    let mut add = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Reject NULL in {} (NOT NULL, NOT VALID)", id.label()),
        Action::one(sql::not_null::add(table, &id.name, form, true)),
        Undo::statements(vec![sql::alter::drop_not_null(table, &id.name)]),
        DoneWhen::Holds(sql::not_null::holds(table, &id.name, "true")),
    );
    add.locks = build::locks(context, id, Lock::AccessExclusive);
    let mut validate = validate_named(table, id, &form.name, code);
    validate.gives.push(Fact::Changed(id.clone()));
    validate.gives.push(Fact::Valid(id.clone()));
    vec![add, validate]
}

fn validate_named(table: &QualifiedName, id: &ObjectId, constraint: &Ident, code: &str) -> Step {
    let mut step = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Prove that no row of {table} has NULL in {}", id.name),
        Action::one(sql::alter::validate_constraint(table, constraint)),
        Undo::Nothing,
        DoneWhen::Holds(sql::not_null::holds(table, &id.name, "c.convalidated")),
    );
    step.locks = vec![LockOn { lock: Lock::ShareUpdateExclusive, relation: table.clone() }];
    step.timeout = TimeoutClass::Long;
    step.cost = Cost::Scans(table.clone());
    step
}

/// A NOT NULL that stands there NOT VALID is proven, and takes the name of the files where they give one.
fn validate_standing(change: &Change, table: &QualifiedName, before: &NotNull, after: &NotNull) -> Step {
    let id = &change.object;
    let mut step = validate_named(table, id, &before.name, change.code());
    step.undo = Undo::statements(vec![
        sql::alter::drop_not_null(table, &id.name),
        sql::not_null::add(table, &id.name, before, true),
    ]);
    if !after.generated && after.name != before.name {
        step.up = Action::Statements(vec![
            sql::not_null::rename(table, &id.name, &after.name),
            sql::alter::validate_constraint(table, &after.name),
        ]);
    }
    step.gives.push(Fact::Changed(id.clone()));
    step.gives.push(Fact::Valid(id.clone()));
    step
}

fn plain(change: &Change, context: &Context, new: &Column) -> Step {
    let id = &change.object;
    let table = id.relation();
    let mut step = Step::new(
        id.clone(),
        change.code(),
        Phase::Migrate,
        format!("Set {} NOT NULL", id.label()),
        Action::one(sql::not_null::set(&table, &id.name, new)),
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
    let name = sql::own_name::not_null_check_name(column);
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
