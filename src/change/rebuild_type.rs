//! A type that cannot become what the files want in place.

use super::{Change, Context, build, carrying, exchange_type::{self, Exchange}, locks_beside, rebuild_enum::users, restoring};
use crate::model::{Attribute, Body, Catalog, CompositeType, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt, probe};
use crate::step::{Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
rebuild_type: a composite type loses or changes attributes, a range type differs, or a type of another kind takes the name.

PostgreSQL changes no attribute's type while a column holds the composite type, and no range type at all. A new type takes
the name, every column of the old one is changed to it, attribute by attribute or by way of text, and what stands on
those columns is made anew, in one transaction in contract. Above the size gate that writes a table anew under a lock and has to be allowed by name.
Attributes that only go are dropped in place, in one transaction with the views that stand on the type.
Undo: the same way back; values of dropped attributes are gone.";

/// A type changes in a way that others have to step aside for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildType {
    /// The type as it is; its kind may be another than the new one's.
    pub old: ObjectId,
    /// Attributes dropped and added in place, before the type is exchanged.
    pub up: Vec<Stmt>,
    /// The same on the way back, before that exchange.
    pub down: Vec<Stmt>,
    /// True where no ALTER does the rest.
    pub exchanged: bool,
    /// The transaction that it shares with what steps aside.
    pub unit: String,
}

impl RebuildType {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&self.old), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let id = &new.id;
        let (before, after) = (old.clone(), new.clone());
        let takes_apart = is_exchanged_by_row(context.from, &self.old);
        let rows = self.up.is_empty() && takes_apart;
        let cast = |from: &Object, to: &Object| {
            let both = composite(from).zip(composite(to)).filter(|_| rows);
            let both = both.map(|(from, to)| (from.attributes.clone(), to.attributes.clone()));
            move |column: &Ident, array: &str, target: &str| match &both {
                Some((from, to)) => by_row(from, to, column, target),
                None => format!("{}::text{array}::{target}", sql::ident(column)),
            }
        };
        let (mut up, mut down) = (self.up.clone(), self.down.clone());
        if self.exchanged {
            for (statements, catalog, id) in [(&mut up, context.from, &self.old), (&mut down, context.to, id)] {
                if !statements.is_empty() {
                    statements.splice(0..0, without_checks(catalog, id));
                }
            }
            // The composite type has all attributes in place by then; an array's elements are converted one by one.
            let mut create = sql::create(&carrying(new, old), context.to);
            create.extend(checks_beside(context.to, id));
            up.extend(Exchange { catalog: context.from, shape: context.to, used: old, gone: old, create, desired: context.to }.statements(cast(&before, &after)));
            down.extend(way_back(context, old, new, cast(&after, &before)));
        } else if let (true, Some(from), Some(to)) = (takes_apart, composite(new), composite(old))
            && !added_again(&self.down, from, to).is_empty()
        {
            // Attributes that come back would put those behind them to the end, without their values.
            let by_row = |column: &Ident, _: &str, target: &str| by_row(&from.attributes, &to.attributes, column, target);
            down = way_back(context, old, new, by_row);
        }
        let title = match (self.exchanged, self.old.kind == id.kind) {
            (false, _) => format!("Change attributes of {id}"),
            (true, true) => format!("Rebuild {id}"),
            (true, false) => format!("Exchange {} for {id}", self.old),
        };
        let mut step = build::alter(id, change.code(), Phase::Contract, title, up, down);
        step.gives.push(Fact::Exists(id.clone()));
        // The columns of tables OF the type go with their attributes.
        let columns = exchange_type::columns_of_typed_tables(context.from, &self.old);
        step.gives.extend(columns.into_iter().filter(|column| context.new_of(column).is_none()).map(Fact::Gone));
        if self.exchanged {
            // What goes of its own kind comes back at once, so whoever holds it may go behind it.
            step.gives.extend((self.old != *id).then(|| Fact::Gone(self.old.clone())));
            step.gives.extend(exchange_type::checks(context.to, id).map(|part| Fact::Exists(part.id.clone())));
            step.gives.extend(exchange_type::facts(context, &self.old));
            step.needs.extend(exchange_type::needs(context, &self.old));
        }
        step.timeout = TimeoutClass::Cut;
        step.unit = Some(self.unit.clone());
        step.done_when = remade(old, new);
        if self.exchanged {
            self.rewrites(context, &mut step);
        } else {
            let typed = exchange_type::columns_of_typed_tables(context.from, &self.old);
            step.locks.extend(typed.iter().flat_map(|column| locks_beside::before(context, column, Lock::AccessExclusive)));
            step.locks.sort();
            step.locks.dedup();
            if retypes(old, new) {
                let tables = step.locks.iter().map(|on| Cost::Rewrites(on.relation.clone()));
                step.also_costs(tables.collect::<Vec<_>>());
            }
        }
        if let (false, Some(before), Some(after)) = (rows, composite(old), composite(new))
            && is_stored(context.from, &self.old)
        {
            let lost = added_again(&self.up, before, after);
            step.hazards.extend((!lost.is_empty()).then(|| {
                let message = format!("{} of {id} changes places: its values are not kept", lost.join(", "));
                build::hazard(HazardCode::DropsData, Verdict::Stop, id, message)
            }));
        }
        if loses_attributes(old, new) && is_stored(context.from, &self.old) {
            let reason = format!("the values of dropped attributes of {id} are not archived");
            step.hazards.push(build::hazard(HazardCode::DropsData, Verdict::Stop, id, reason.clone()));
            if let Undo::Run { action, .. } = step.undo {
                step.undo = Undo::Lossy { action, reason };
            }
        }
        vec![step]
    }

    /// What is written anew for it.
    fn rewrites(&self, context: &Context, step: &mut Step) {
        let columns = exchange_type::seeds(context.from, &self.old)
            .into_iter()
            .filter(|seed| seed.kind == Kind::Column && !exchange_type::is_going(context.from, context.to, seed));
        for column in columns {
            let table = column.relation();
            step.locks.push(LockOn { lock: Lock::AccessExclusive, relation: table.clone() });
            step.also_costs([Cost::Rewrites(table.clone())]);
            step.preconditions.extend(context.size_gate(&table));
            if !context.is_small(&table) {
                step.hazards.push(build::hazard(
                    HazardCode::RewritesTable,
                    Verdict::Stop,
                    &step.object,
                    format!("`{table}` is written anew under ACCESS EXCLUSIVE to give {} the rebuilt type", column.name),
                ));
            }
        }
        step.locks.sort();
        step.locks.dedup();
    }
}

/// When a type is what it is to be; repeatable where the catalog does not tell the two forms apart.
pub fn remade(old: &Object, new: &Object) -> DoneWhen {
    let condition = probe::made_of(new).filter(|condition| probe::made_of(old).as_ref() != Some(condition));
    condition.map_or(DoneWhen::Repeatable, DoneWhen::Holds)
}

fn loses_attributes(old: &Object, new: &Object) -> bool {
    let (Body::CompositeType(before), Body::CompositeType(after)) = (&old.body, &new.body) else {
        return false;
    };
    let stays = |name: &Ident| after.attributes.iter().any(|attribute| attribute.name == *name);
    before.attributes.iter().any(|attribute| !stays(&attribute.name))
}

/// PostgreSQL adds no constraint to a domain that an array holds: they come before any column is of it.
fn checks_beside(catalog: &Catalog, id: &ObjectId) -> Vec<Stmt> {
    exchange_type::checks(catalog, id).flat_map(|part| sql::create(part, catalog)).collect()
}

/// Checks of the domains over a type hold on to its attributes; the exchange makes those domains anew, with them.
fn without_checks(catalog: &Catalog, id: &ObjectId) -> Vec<Stmt> {
    let apart = exchange_type::apart(catalog, catalog, id);
    let nested = exchange_type::nested(catalog, id);
    let domains = nested.iter().filter(|id| id.kind == Kind::Domain);
    let checks = domains.flat_map(|domain| catalog.parts(Kind::DomainConstraint, &domain.qualified()));
    checks.filter(|part| !apart.contains(&part.id)).map(sql::drop).collect()
}

fn composite(object: &Object) -> Option<&CompositeType> {
    match &object.body {
        Body::CompositeType(body) => Some(body),
        _ => None,
    }
}

/// The former type in the place of the new one.
fn way_back(context: &Context, old: &Object, new: &Object, cast: impl Fn(&Ident, &str, &str) -> String) -> Vec<Stmt> {
    let mut back = sql::create(&restoring(old), context.from);
    let checks = context.from.parts(Kind::DomainConstraint, &old.id.qualified());
    back.extend(checks.flat_map(|part| sql::create(&restoring(part), context.from)));
    Exchange { catalog: context.from, shape: context.from, used: old, gone: new, create: back, desired: context.to }.statements(cast)
}

/// The new form of a value, attribute by attribute: each by its name, wherever it stands.
fn by_row(from: &[Attribute], to: &[Attribute], column: &Ident, target: &str) -> String {
    let name = sql::ident(column);
    let value = |attribute: &Attribute| {
        let own = format!("({name}).{}", sql::ident(&attribute.name));
        match from.iter().find(|former| former.name == attribute.name) {
            None => format!("NULL::{}", attribute.data_type),
            Some(former) if former.data_type == attribute.data_type => own,
            Some(_) => format!("{own}::text::{}", attribute.data_type),
        }
    };
    let values: Vec<String> = to.iter().map(value).collect();
    format!("CASE WHEN {name} IS DISTINCT FROM NULL THEN ROW({})::{target} END", values.join(", "))
}

/// True where every value of the composite type is one of a column, so that it can be taken apart and put together again.
pub fn is_exchanged_by_row(catalog: &Catalog, id: &ObjectId) -> bool {
    let used = users(catalog, &id.qualified());
    let typed = catalog.of_kind(Kind::Table).any(|object| match &object.body {
        Body::Table(table) => table.of_type.as_ref().is_some_and(|of| of.as_str() == sql::qualified(&id.qualified())),
        _ => false,
    });
    let is_composite = catalog.get(id).is_some_and(|object| composite(object).is_some());
    is_composite && !typed && !used.is_empty() && used.iter().all(|(_, _, array)| !array) && exchange_type::nested(catalog, id).is_empty()
}

/// The attributes that stay and are dropped and added all the same, for their order counts.
pub fn added_again(statements: &[Stmt], before: &CompositeType, after: &CompositeType) -> Vec<String> {
    let stays = |name: &Ident| after.attributes.iter().any(|other| other.name == *name);
    let drops = |attribute: &&Attribute| {
        let words = format!("DROP ATTRIBUTE {}", sql::ident(&attribute.name));
        statements.iter().any(|statement| statement.as_str().trim_end_matches(" CASCADE").ends_with(&words))
    };
    let both = before.attributes.iter().filter(|attribute| stays(&attribute.name));
    both.filter(drops).map(|attribute| attribute.name.to_string()).collect()
}

/// True where a column of a table holds the type, or something made of it.
pub fn is_stored(catalog: &Catalog, id: &ObjectId) -> bool {
    let mut types = vec![id.clone()];
    types.extend(exchange_type::nested(catalog, id));
    let typed = |name: &QualifiedName| {
        let name = sql::qualified(name);
        let mut tables = catalog.of_kind(Kind::Table);
        tables.any(|object| matches!(&object.body, Body::Table(table) if table.of_type.as_ref().is_some_and(|of| of.as_str() == name)))
    };
    types.iter().any(|id| !users(catalog, &id.qualified()).is_empty() || typed(&id.qualified()))
}

/// True where an attribute that stays gets another type: tables OF the type are written anew for it.
fn retypes(old: &Object, new: &Object) -> bool {
    let (Some(before), Some(after)) = (composite(old), composite(new)) else {
        return false;
    };
    before.attributes.iter().any(|one| {
        let mut others = after.attributes.iter();
        others.any(|other| other.name == one.name && other.data_type != one.data_type)
    })
}
