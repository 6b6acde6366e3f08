//! Drop an object and make it again, in one transaction.

use super::{Change, Context, add_check, add_foreign_key, add_key, beside, build, foreign_anew, locks_beside, partition_name, carrying, change_generated, constrain_domain, create_index, is_replaced};
use crate::model::{Body, Catalog, Constraint, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::sql::own_name::shadow_name;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, LockOn, Lock, Phase, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
redefine: an object has to be dropped and made again.

Either PostgreSQL has no ALTER for the difference (a view whose columns change, a function with another result, a
trigger, a foreign table of another server), or something that it stands on is replaced under it (a view over a column that changes its type).
Both halves, and those of everything that depends on the object, are one transaction in contract: no other session
ever sees the object missing. Owner, privileges, comment, options, triggers and rules come back with it.
A materialized view that is not small, or reads what is not small, is built and filled beside the old one in expand with its
indexes; contract fills it again, swaps the names in one short transaction together with what stands on it, and drops the old
one. It is done in place where what it reads is itself made anew in that transaction.
Undo: the former object comes back the same way.";

/// An object is dropped and made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redefine {
    /// The transaction that it shares with whatever causes it.
    pub unit: String,
    /// A materialized view is built beside the old one, its indexes with it; then an index has no steps of its own.
    pub beside: bool,
}

impl Redefine {
    /// Two steps of one unit.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        if self.beside {
            return match &new.body {
                Body::MaterializedView(_) => beside::steps(context, change.code(), &self.unit, old, new),
                _ => Vec::new(),
            };
        }
        let id = &old.id;
        // Both halves are one transaction; in a unit with others they wait for whatever makes them necessary.
        let alone = self.unit == format!("recreate {}", id.label());
        let phase = if alone && loosens(old, new) { Phase::Expand } else { Phase::Contract };
        let mut drop = build::drop(context, old, change.code(), phase);
        drop.done_when = made_way(old, sql::turned_into(old, new));
        drop.unit = Some(self.unit.clone());
        let mut create = build::create(context, &carrying(new, old), change.code(), phase);
        create.title = format!("Create {} anew", new.title());
        create.needs.push(Fact::Gone(id.clone()));
        create.gives.push(Fact::Changed(id.clone()));
        create.done_when = match sql::turned_into(old, new) {
            Some(condition) => DoneWhen::Holds(condition),
            None => DoneWhen::Repeatable,
        };
        create.unit = Some(self.unit.clone());
        if let Action::Statements(up) = &mut create.up {
            up.extend(partition_name::below_object(new, context.to));
        }
        if let Undo::Run { action: Action::Statements(back), .. } = &mut drop.undo {
            back.extend(partition_name::below_object(old, context.from));
        }
        if id.kind == Kind::Table {
            foreign_anew::with_parts(context, &id.qualified(), &mut drop, &mut create);
        }
        if let Body::Constraint(constraint) = &new.body
            && let Some(steps) = constraint_anew(context, new, constraint, &mut drop, &mut create)
        {
            let (before, behind) = steps;
            return [before, Some(drop), Some(create), behind].into_iter().flatten().collect();
        }
        let proof = match new.id.kind {
            Kind::DomainConstraint => constrain_domain::prove_behind(context, new, &mut create),
            _ => None,
        };
        defaults_of_domains(context, id, &mut drop, &mut create);
        cost(context, old, new, &mut create);
        create.locks.sort();
        create.locks.dedup();
        [Some(drop), Some(create), proof].into_iter().flatten().collect()
    }
}

/// A half that drops is done where the former object is gone, and where the new one is there.
pub fn made_way(old: &Object, is_new: Option<String>) -> DoneWhen {
    match is_new {
        Some(is_new) => DoneWhen::Holds(format!("{} OR ({is_new})", sql::probe::not(&sql::exists(&old.id)))),
        None => DoneWhen::Repeatable,
    }
}

/// A domain's default is no object that could step aside for the function that it calls: it goes before and comes behind.
fn defaults_of_domains(context: &Context, id: &ObjectId, drop: &mut Step, create: &mut Step) {
    if !matches!(id.kind, Kind::Function | Kind::Aggregate) {
        return;
    }
    let calls = |side: &Catalog, domain: &ObjectId| match side.get(domain).filter(|object| object.depends_on.contains(id)) {
        Some(Object { body: Body::Domain(body), .. }) => body.default.clone(),
        _ => None,
    };
    for domain in context.users.users(id).iter().filter(|user| user.kind == Kind::Domain) {
        let (Some(before), Some(after)) = (calls(context.from, domain), calls(context.to, domain)) else {
            continue;
        };
        let name = domain.qualified();
        if let Action::Statements(up) = &mut drop.up {
            up.insert(0, sql::domain_default(&name, None));
        }
        if let Undo::Run { action: Action::Statements(back), .. } = &mut drop.undo {
            back.push(sql::domain_default(&name, Some(&before)));
        }
        if let Action::Statements(up) = &mut create.up {
            up.push(sql::domain_default(&name, Some(&after)));
        }
        if let Undo::Run { action: Action::Statements(back), .. } = &mut create.undo {
            back.insert(0, sql::domain_default(&name, None));
        }
    }
}

/// A constraint of a table that is not small comes back without a row being read under the lock: a key from an index that is
/// built before, a foreign key NOT VALID, which rejects wrong writes from then on, and is proven behind.
fn constraint_anew(
    context: &Context,
    new: &Object,
    constraint: &Constraint,
    drop: &mut Step,
    create: &mut Step,
) -> Option<(Option<Step>, Option<Step>)> {
    let (id, table) = (&new.id, new.id.relation());
    if let Some(reference) = &constraint.references {
        for step in [&mut *drop, &mut *create] {
            step.locks.extend(build::locks(context, &ObjectId::named(Kind::Table, &reference.table), Lock::AccessExclusive));
            step.locks.sort();
            step.locks.dedup();
        }
    }
    if context.is_direct(&table) || !context.from.is_plain_table(&table) {
        return None;
    }
    create.locks.extend(build::locks(context, id, Lock::AccessExclusive));
    create.locks.sort();
    create.locks.dedup();
    match (&constraint.kind, &constraint.index) {
        (ConstraintKind::ForeignKey, _) if constraint.validated && constraint.enforced => {
            let mut up = vec![sql::alter::add_constraint(&table, &id.name, &constraint.definition, true)];
            up.extend(sql::comments(new));
            create.up = Action::Statements(up);
            // The proof comes behind.
            if let DoneWhen::Holds(condition) = &mut create.done_when {
                *condition = sql::probe::constraint_defined(&table, &id.name, &constraint.definition);
            }
            if let Undo::Run { action: Action::Statements(down), .. } = &mut drop.undo
                && let Some(Body::Constraint(before)) = context.old(id).map(|old| &old.body)
            {
                down[0] = sql::alter::add_constraint(&table, &id.name, &before.definition, true);
                if before.validated {
                    down.push(sql::alter::validate_constraint(&table, &id.name));
                }
            }
            if is_known_before(context, id, constraint) {
                create.preconditions.extend(add_foreign_key::no_orphans(context, new, constraint));
            }
            let mut proof = add_check::validate(drop.change.as_str(), context, new);
            proof.phase = Phase::Contract;
            proof.needs.push(Fact::Exists(id.clone()));
            proof.gives.push(Fact::Valid(id.clone()));
            Some((None, Some(proof)))
        }
        (ConstraintKind::PrimaryKey | ConstraintKind::Unique, Some(index))
            if add_key::is_promotable(index) && !leaves_computed(context, id) =>
        {
            let name = shadow_name(&id.name);
            let primary = constraint.kind == ConstraintKind::PrimaryKey;
            let mut built = create_index::concurrently(id, drop.change.as_str(), Phase::Contract, index, &name);
            built.needs.extend(new.depends_on.iter().cloned().map(Fact::Exists));
            built.gives.push(Fact::Valid(id.clone()));
            if let DoneWhen::Holds(condition) = &create.done_when {
                built.done_when = match built.done_when {
                    DoneWhen::Holds(own) => DoneWhen::Holds(format!("({own}) OR ({condition})")),
                    other => other,
                };
            }
            let mut up = vec![sql::alter::add_key_using_index(&table, &id.name, primary, &name, add_key::deferrable(constraint))];
            if let Action::Statements(all) = &create.up {
                up.extend(all.iter().skip(1).cloned());
            }
            create.up = Action::Statements(up);
            create.needs.push(Fact::Valid(id.clone()));
            // The index went with the key by then.
            built.undo = Undo::Run {
                action: Action::one(sql::alter::drop_index_if_exists(&QualifiedName { schema: table.schema.clone(), name })),
                outside_transaction: true,
            };
            Some((Some(built), None))
        }
        _ => None,
    }
}

/// True for a foreign key whose other form can be asked of the rows already now, since only the table that it refers to is made
/// anew: what fits nothing is found before that, and not behind it.
fn is_known_before(context: &Context, id: &ObjectId, after: &Constraint) -> bool {
    let changes = context.old(id).is_some_and(|old| {
        matches!(&old.body, Body::Constraint(before) if before.definition != after.definition)
    });
    let Some(reference) = after.references.as_ref().filter(|_| changes) else { return false };
    let there = |table: &QualifiedName, names: &[Ident]| {
        names.iter().all(|name| context.old(&ObjectId::part(Kind::Column, table, name)).is_some())
    };
    is_replaced(context.from, context.to, &reference.table)
        && there(&reference.table, &reference.columns)
        && there(&id.relation(), &after.columns)
}

/// True for a key on a computed column that goes, for what its new form stands on may change only behind that one; and on one
/// that is made anew, for no index can be built before it is there.
fn leaves_computed(context: &Context, id: &ObjectId) -> bool {
    let goes = |used: &ObjectId| {
        let computed = |object: Option<&Object>| object.is_some_and(change_generated::is_generated);
        let new = context.new_of(used);
        match computed(context.old(used)) {
            true => new.is_none() || computed(new),
            false => computed(new),
        }
    };
    context.old(id).is_some_and(|key| key.depends_on.iter().any(goes))
}

/// Of what is redefined only things that nobody's code names may change early.
fn loosens(_old: &Object, new: &Object) -> bool {
    matches!(new.id.kind, Kind::Trigger | Kind::Statistics)
}

fn cost(context: &Context, _old: &Object, new: &Object, step: &mut Step) {
    let relation = match &new.body {
        Body::Index(index) => index.table.clone(),
        Body::Constraint(_) => new.id.relation(),
        Body::MaterializedView(_) => {
            step.action_note();
            return;
        }
        _ => return,
    };
    if context.is_new(&relation) {
        return;
    }
    step.locks.push(LockOn {
        lock: Lock::AccessExclusive,
        relation: relation.clone(),
    });
    match &new.body {
        Body::Constraint(constraint) => step.also_costs(locks_beside::costs_of_proof(context, &relation, constraint)),
        _ => step.also_costs([Cost::BuildsIndex(relation.clone())]),
    }
    if context.is_small(&relation) {
        step.preconditions.extend(context.size_gate(&relation));
        return;
    }
    step.hazards.push(build::hazard(
        HazardCode::BuildsIndex,
        Verdict::Stop,
        &new.id,
        format!("{} is built anew while `{relation}` is locked", new.id),
    ));
}

impl Step {
    /// A materialized view is filled again when it is made again.
    fn action_note(&mut self) {
        if let Action::Statements(_) = self.up {
            self.title.push_str(" and fill it");
        }
    }
}
