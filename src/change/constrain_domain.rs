//! Checks of a domain of which tables hold values.

use super::partition_tree::family;
use super::{Context, build, locks_beside};
use crate::model::{Body, Expr, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Precondition, Step, TimeoutClass, Transaction,
    Undo, Verdict,
};

/// The tables of before that hold values of the domain and stay.
fn tables(context: &Context, domain: &ObjectId) -> Vec<QualifiedName> {
    let mut tables: Vec<QualifiedName> = locks_beside::stored(context, domain)
        .into_iter()
        .map(|(table, _, _)| table)
        .collect();
    tables.retain(|table| context.is_there(table));
    tables.sort();
    tables.dedup();
    tables
}

/// Says that a step reads all tables which hold values of the domain while nobody writes into them: up to 18 PostgreSQL has no
/// other way of proving what a domain demands.
pub fn reads(context: &Context, domain: &ObjectId, step: &mut Step) {
    for table in tables(context, domain) {
        // PostgreSQL locks each partition and each child by itself.
        let all = family(context.from, &table).into_iter();
        step.locks.extend(all.map(|relation| LockOn {
            lock: Lock::Share,
            relation,
        }));
        step.also_costs([Cost::Scans(table.clone())]);
        step.preconditions.extend(context.size_gate(&table));
        if !context.is_small(&table) {
            let message = format!("writes to `{table}` wait while it is read to prove what {domain} demands");
            step.hazards.push(build::hazard(
                HazardCode::BlocksWrites,
                Verdict::Stop,
                &step.object.clone(),
                message,
            ));
        }
    }
}

/// No row holds a value of the domain that a check of it forbids. What is inside arrays, composites and ranges is left to
/// PostgreSQL.
fn no_value_against(context: &Context, domain: &ObjectId, check: &Object) -> Vec<Precondition> {
    let Body::DomainConstraint(body) = &check.body else {
        return Vec::new();
    };
    let forbids = |column: &Ident| {
        let inside = body.definition.strip_prefix("CHECK (")?.strip_suffix(')')?;
        let over = |name: &Ident| (name.as_str() == "value").then(|| sql::ident(column));
        let expression = sql::substitute_columns(&Expr::new(inside), over)?;
        Some(format!("NOT ({})", expression.as_str()))
    };
    against(
        context,
        domain,
        &format!("`{}` of {domain} forbids", check.id.name),
        forbids,
    )
}

/// No row holds NULL in a column of the domain.
pub fn no_null(context: &Context, domain: &ObjectId) -> Vec<Precondition> {
    against(context, domain, &format!("{domain} forbids, NULL"), |column| {
        Some(format!("{} IS NULL", sql::ident(column)))
    })
}

/// No row of a column of the domain meets a condition.
fn against(
    context: &Context,
    domain: &ObjectId,
    why: &str,
    condition: impl Fn(&Ident) -> Option<String>,
) -> Vec<Precondition> {
    let stored = locks_beside::stored(context, domain).into_iter();
    let plain = stored.filter(|(table, _, is_array)| !is_array && context.is_there(table));
    plain
        .filter_map(|(table, column, _)| {
            let condition = condition(&column)?;
            let otherwise = format!(
                "rows of `{table}` hold in {column} what {why}; see them with: SELECT * FROM {} WHERE {condition} LIMIT 20",
                sql::qualified(&table)
            );
            Some(context.no_rows(&table, "", &condition, otherwise))
        })
        .collect()
}

/// Lets a step that adds a check to a domain add it NOT VALID where a table is not small, so that it holds for new values at once
/// and without a lock; the step that is given back proves it for those that are there.
pub fn prove_behind(context: &Context, new: &Object, step: &mut Step) -> Option<Step> {
    let domain = ObjectId::named(Kind::Domain, &new.id.relation());
    let tables = tables(context, &domain);
    if sql::is_valid_check(new) {
        step.preconditions.extend(no_value_against(context, &domain, new));
    }
    if tables.iter().all(|table| context.is_direct(table)) || !sql::is_valid_check(new) {
        reads(context, &domain, step);
        return None;
    }
    let mut up = vec![sql::not_valid_check(new)];
    up.extend(sql::comments(new));
    step.up = Action::Statements(up);
    let mut proof = Step::new(
        new.id.clone(),
        step.change.as_str(),
        step.phase,
        format!("Validate {} of {domain}", new.id.name),
        Action::one(validate(&new.id)),
        Undo::Nothing,
        DoneWhen::Repeatable,
    );
    reads(context, &domain, &mut proof);
    proof.timeout = TimeoutClass::Scan;
    proof.transaction = Transaction::Own;
    proof.needs.push(Fact::Exists(new.id.clone()));
    proof.gives.push(Fact::Valid(new.id.clone()));
    Some(proof)
}

/// ALTER DOMAIN … VALIDATE CONSTRAINT.
pub fn validate(id: &ObjectId) -> Stmt {
    let name = sql::qualified(&id.relation());
    sql::alter::alter_object(
        "DOMAIN",
        &name,
        &format!("VALIDATE CONSTRAINT {}", sql::ident(&id.name)),
    )
}
