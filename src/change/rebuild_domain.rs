//! A domain that cannot become what the files want in place.

use super::{Change, Context, build, change_type, exchange_type::{self, Exchange}, rebuild_enum::users, rebuild_type::remade};
use crate::model::{Body, Catalog, Domain, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Cost, Fact, HazardCode, Lock, LockOn, Phase, Step, TimeoutClass, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
rebuild_domain: a domain has another base type or collation in the files, or other checks while an array holds it.

PostgreSQL cannot change that. A new domain takes the name, every column of the old one is changed to it by cast, and what
stands on those columns is made anew, in one transaction in contract. Above the size gate that writes a table anew under
a lock and has to be allowed by name.
Undo: the same way back.";

/// The domain is built anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildDomain {
    /// The transaction that it shares with what steps aside.
    pub unit: String,
}

impl RebuildDomain {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Domain(before), Body::Domain(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let id = &new.id;
        let mut up = sql::create(&super::carrying(new, old), context.to);
        up.extend(constraints(context.to, id));
        let mut down = sql::create(&super::restoring(old), context.from);
        down.extend(constraints(context.from, id));
        let up = exchange(context, context.to, old, (before, after), up);
        let down = exchange(context, context.from, old, (after, before), down);
        let title = format!("Rebuild {id} on {}", after.base);
        let mut step = build::alter(id, change.code(), Phase::Contract, title, up, down);
        step.gives.push(Fact::Exists(id.clone()));
        step.gives.extend(exchange_type::facts(context, id));
        step.needs.extend(exchange_type::needs(context, id));
        step.timeout = TimeoutClass::Cut;
        step.unit = Some(self.unit.clone());
        step.done_when = remade(old, new);
        for (table, column, _) in exchange_type::written_anew(context, id) {
            step.locks.push(LockOn { lock: Lock::AccessExclusive, relation: table.clone() });
            step.also_costs([Cost::Rewrites(table.clone())]);
            step.preconditions.extend(context.size_gate(&table));
            step.hazards.extend(change_type::loss(
                &ObjectId::part(Kind::Column, &table, &column),
                before.base.as_str(),
                after.base.as_str(),
            ));
            if !context.is_small(&table) {
                step.hazards.push(build::hazard(
                    HazardCode::RewritesTable,
                    Verdict::Stop,
                    id,
                    format!("`{table}` is written anew under ACCESS EXCLUSIVE to give {column} the rebuilt domain"),
                ));
            }
        }
        step.locks.sort();
        step.locks.dedup();
        vec![step]
    }
}

/// Its constraints come before any column is of the domain: PostgreSQL adds none to a domain that an array holds.
fn constraints(catalog: &Catalog, id: &ObjectId) -> Vec<Stmt> {
    let name = id.qualified();
    let parts = catalog.parts(Kind::DomainConstraint, &name);
    parts.flat_map(|part| sql::create(&super::restoring(part), catalog)).collect()
}

/// True where the domain cannot become what the files want in place.
pub fn is_rebuilt(from: &Catalog, to: &Catalog, name: &QualifiedName) -> bool {
    let body = |catalog: &'_ Catalog| match catalog.get(&ObjectId::named(Kind::Domain, name)).map(|o| o.body.clone()) {
        Some(Body::Domain(domain)) => Some(domain),
        _ => None,
    };
    let (Some(old), Some(new)) = (body(from), body(to)) else {
        return false;
    };
    let checks = |catalog: &Catalog| -> Vec<(Ident, Body)> {
        let parts = catalog.parts(Kind::DomainConstraint, name);
        parts.map(|part| (part.id.name.clone(), part.body.clone())).collect()
    };
    old.base != new.base
        || old.collation != new.collation
        || ((checks(from) != checks(to) || old.not_null != new.not_null) && is_held_inside(from, name))
}

/// True where a stored value holds values of the domain inside, in an array or composite: PostgreSQL looks into none of these.
fn is_held_inside(catalog: &Catalog, name: &QualifiedName) -> bool {
    let any = |name: &QualifiedName, arrays: bool| users(catalog, name).iter().any(|(_, _, array)| !arrays || *array);
    let holds = |id: &ObjectId| match catalog.get(id).map(|object| &object.body) {
        Some(Body::CompositeType(_)) => true,
        Some(Body::Domain(domain)) => domain.base.as_str().ends_with("[]"),
        _ => false,
    };
    let mut nested = exchange_type::nested(catalog, &ObjectId::named(Kind::Domain, name)).into_iter();
    any(name, true) || nested.any(|id| any(&id.qualified(), !holds(&id)))
}

/// The domain under a former name, the new one in its place, every column over to it, the former one gone.
fn exchange(context: &Context, shape: &Catalog, old: &Object, (from, to): (&Domain, &Domain), create: Vec<Stmt>) -> Vec<Stmt> {
    let exchange = Exchange { catalog: context.from, shape, used: old, gone: old, create, desired: context.to };
    exchange.statements(|column, array, target| {
        let (from, to) = (format!("{}{array}", from.base), format!("{}{array}", to.base));
        format!("{}::{target}", change_type::up_expression(column, &from, &to))
    })
}
