//! Add a CHECK (or EXCLUDE) constraint to a table that exists.

use super::{Change, Context, build, create_object::unit_of_new};
use crate::model::{Body, Constraint, ConstraintKind, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
add_check: a CHECK or EXCLUDE constraint of the files is not on the table.

A CHECK would be verified under ACCESS EXCLUSIVE. Added NOT VALID it costs nothing and holds for new rows; VALIDATE then
reads the old ones under a lock that hurts nobody. From the first of the two on, writes that violate it are rejected, so
the plan has a deploy before migrate. Rows that violate it are looked for before anything runs.
EXCLUDE has no such form: on a table above the size gate it is refused.
Undo: the constraint is dropped.";

/// A CHECK or EXCLUDE comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheck;

impl AddCheck {
    /// NOT VALID and VALIDATE, or the plain form.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object) else {
            return Vec::new();
        };
        // What a new parent would give is there before the table gets that parent.
        let mut own = object.clone();
        if let Body::Constraint(body) = &mut own.body {
            body.inherited = false;
        }
        let object = &own;
        let Body::Constraint(constraint) = &object.body else {
            return Vec::new();
        };
        let table = object.id.relation();
        if context.is_new(&table) {
            let mut step = build::create(context, object, change.code(), Phase::Expand);
            step.unit = Some(unit_of_new(&table.to_string()));
            if is_a_parents(context, object) {
                // PostgreSQL lets it go with the table alone.
                step.undo = Undo::Nothing;
            }
            return vec![step];
        }
        let staged = constraint.kind == ConstraintKind::Check && constraint.enforced && !context.is_direct(&table);
        let mut steps = if staged || !constraint.validated {
            not_valid(change, context, object, constraint)
        } else {
            vec![plain(change, context, object, constraint)]
        };
        if let Some(first) = steps.first_mut() {
            first.needs.extend(children_first(context, object));
            first.preconditions.extend(no_violation(context, object, constraint));
            first.hazards.push(build::hazard(
                HazardCode::Tightens,
                Verdict::Warn,
                &object.id,
                format!("writes that violate {} are rejected from here on", object.id.name),
            ));
        }
        steps
    }
}

/// No row that a CHECK rejects.
pub(super) fn no_violation(context: &Context, object: &Object, constraint: &Constraint) -> Option<Precondition> {
    let table = object.id.relation();
    let expression = constraint.expression.as_ref().filter(|_| constraint.validated)?;
    let violated = format!("NOT ({})", expression.as_str());
    Some(context.no_rows(&table, "", &violated,
        format!(
            "rows of `{table}` violate {}; see them with: SELECT * FROM {} WHERE {violated} LIMIT 20",
            object.id.name,
            sql::qualified(&table)
        ),
    ))
}

/// True for a constraint of a new table that a parent has as well.
fn is_a_parents(context: &Context, object: &Object) -> bool {
    let table = Context::table(context.to, &object.id.relation());
    let mut parents = table.iter().flat_map(|table| &table.inherits);
    parents.any(|parent| {
        let above = ObjectId::part(Kind::Constraint, parent, &object.id.name);
        context.new_of(&above).is_some()
    })
}

/// A child that declares the same constraint itself gets it before its parent does. The other way around its own could not
/// be taken back: an inherited constraint goes only with the parent's.
fn children_first(context: &Context, object: &Object) -> Vec<Fact> {
    let table = object.id.relation();
    let children = context.to.of_kind(Kind::Table).filter(|child| match &child.body {
        Body::Table(body) => body.inherits.contains(&table),
        _ => false,
    });
    let own = children.map(|child| ObjectId::part(Kind::Constraint, &child.id.qualified(), &object.id.name));
    let declared = own.filter(|id| match context.new_of(id).map(|constraint| &constraint.body) {
        Some(Body::Constraint(body)) => !body.inherited,
        _ => false,
    });
    declared.map(Fact::Exists).collect()
}

fn plain(change: &Change, context: &Context, object: &Object, constraint: &Constraint) -> Step {
    let table = object.id.relation();
    let mut step = build::create(context, object, change.code(), Phase::Migrate);
    step.title = format!("Add {} to {table}", object.id.name);
    step.locks = build::locks(context, &object.id, Lock::AccessExclusive);
    step.preconditions = context.size_gate(&table);
    let exclude = constraint.kind == ConstraintKind::Exclude;
    step.cost = if exclude { Cost::BuildsIndex(table.clone()) } else { Cost::Scans(table.clone()) };
    if !context.is_small(&table) {
        let (code, verdict) = if exclude && context.policy.sizes_known {
            (HazardCode::NoSafeForm, Verdict::Refuse)
        } else if exclude {
            (HazardCode::NoSafeForm, Verdict::Stop)
        } else {
            (HazardCode::ScansUnderLock, Verdict::Stop)
        };
        step.hazards.push(build::hazard(
            code,
            verdict,
            &object.id,
            format!("`{table}` is read under ACCESS EXCLUSIVE"),
        ));
    }
    step
}

/// The constraint NOT VALID, then VALIDATE where the files want it proven.
pub fn not_valid(change: &Change, context: &Context, object: &Object, constraint: &Constraint) -> Vec<Step> {
    let id = &object.id;
    let table = id.relation();
    let mut up = vec![sql::alter::add_constraint(&table, &id.name, &constraint.definition, true)];
    up.extend(sql::comments(object));
    let mut add = Step::new(
        id.clone(),
        change.code(),
        Phase::Migrate,
        format!("Add {} to {table}, NOT VALID", id.name),
        Action::Statements(up),
        Undo::statements(vec![sql::alter::drop_constraint(&table, &id.name)]),
        DoneWhen::Holds(sql::exists(id)),
    );
    add.locks = match &constraint.references {
        // Both sides get triggers.
        Some(reference) => [ObjectId::named(Kind::Table, &table), ObjectId::named(Kind::Table, &reference.table)]
            .iter()
            .flat_map(|table| build::locks(context, table, Lock::ShareRowExclusive))
            .collect(),
        None => build::locks(context, id, Lock::AccessExclusive),
    };
    add.locks.sort();
    add.locks.dedup();
    // The key that a foreign key refers to, the function of a CHECK: they have to be there from the start.
    add.needs.extend(object.depends_on.iter().cloned().map(Fact::Exists));
    if !constraint.validated {
        add.gives.push(Fact::Exists(id.clone()));
        let mut proofs = validate_in(change.code(), object, &constraint.proven_in);
        for (proof, partition) in proofs.iter_mut().zip(&constraint.proven_in) {
            // Whichever of the two comes first.
            if context.is_new(partition) {
                proof.phase = Phase::Contract;
                proof.needs.push(Fact::Exists(ObjectId::named(Kind::Table, partition)));
            }
        }
        return [add].into_iter().chain(proofs).collect();
    }
    let mut validate = validate(change.code(), context, object);
    validate.gives.push(Fact::Exists(id.clone()));
    vec![add, validate]
}

/// VALIDATE CONSTRAINT in partitions alone: the table's own stays NOT VALID.
pub fn validate_in(code: &str, object: &Object, partitions: &[QualifiedName]) -> Vec<Step> {
    let step = |partition: &QualifiedName| validate_of(code, &object.id, partition);
    partitions.iter().map(step).collect()
}

/// VALIDATE CONSTRAINT.
pub fn validate(code: &str, context: &Context, object: &Object) -> Step {
    let id = &object.id;
    let table = id.relation();
    let mut step = validate_of(code, id, &table);
    if let Body::Constraint(Constraint { references: Some(reference), .. }) = &object.body
        && !context.is_new(&reference.table)
    {
        step.locks.push(LockOn { lock: Lock::RowShare, relation: reference.table.clone() });
    }
    step
}

fn validate_of(code: &str, id: &ObjectId, table: &QualifiedName) -> Step {
    let mut step = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Validate {} of {table}", id.name),
        Action::one(sql::alter::validate_constraint(table, &id.name)),
        Undo::Nothing,
        DoneWhen::Holds(sql::probe::validated(table, &id.name)),
    );
    step.locks = vec![LockOn { lock: Lock::ShareUpdateExclusive, relation: table.clone() }];
    step.timeout = TimeoutClass::Long;
    step.cost = Cost::Scans(table.clone());
    step
}
