//! A setting of an object that one statement sets and one takes back.

use super::persistence::{PERSISTENCE, together, unlike_sequences};
use super::{Change, Context, add_key, build, constrain_domain, exchange_type, locks_beside};
use crate::model::{Body, Catalog, ConstraintKind, Ident, Index, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity, Table};
use crate::sql::{self, Stmt};
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_setting: a property differs that one catalog statement sets.

Storage parameters, statistics targets, storage and compression of a column (rows that exist keep their form), row
security flags, replica identity, when a trigger fires, parameters of a domain or policy. The statement runs in expand
where it loosens, in contract where it tightens, under a short lock.
UNLOGGED and LOGGED write the table anew: refused above the size gate. Tables that reference each other change together,
with the foreign keys between them aside.
Undo: the former setting.";

/// What it is called when a table leaves parents.
pub const INHERITANCE: &str = "inheritance";

/// What it is called when a table gets parents.
pub const PARENTS: &str = "parents";

/// What it is called when a table is ordered by another index.
pub const CLUSTERING: &str = "clustering";

/// What it is called when another index tells its rows.
pub const REPLICA_IDENTITY: &str = "replica identity";

/// What it is called when a table is no longer one of a type: its columns change freely from then on.
pub const ROW_TYPE: &str = "former row type";

/// What it is called when a table becomes one of a type, whose columns it has by then.
pub const NEW_ROW_TYPE: &str = "row type";

/// What it is called when a composite type gains attributes.
pub const ATTRIBUTES: &str = "attributes";

/// What it is called when the options of a foreign table change.
pub const FOREIGN_OPTIONS: &str = "foreign table options";

/// One or more settings change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetting {
    /// What it is called: `storage parameters`.
    pub what: String,
    /// When.
    pub phase: Phase,
    /// The lock on the relation of the object.
    pub lock: Lock,
    /// Sets it.
    pub up: Vec<Stmt>,
    /// Sets it back.
    pub down: Vec<Stmt>,
    /// The table is written anew.
    pub rewrites: bool,
    /// Who may do what changes.
    pub authz: bool,
}

impl ChangeSetting {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let (mut up, mut down) = (self.up.clone(), self.down.clone());
        let swap = swapped_mark(context, id, &self.what);
        let comes_back = marked(context.from, id, &self.what).map(|(name, _)| name);
        if let Some(name) = comes_back.or_else(|| swap.as_ref().map(|(old, _)| old.name.clone())) {
            // Where the parent's index, or the key, comes back behind this, the mark comes with it.
            let schema = id.schema.clone();
            let there = sql::probe::relation(&QualifiedName { schema, name });
            down = vec![sql::archive::choose(&there, &down, &[])];
        }
        if self.what == PERSISTENCE {
            up.extend(unlike_sequences(context.to, &id.qualified()));
            down.extend(unlike_sequences(context.from, &id.qualified()));
        }
        let title = format!("Change {} of {id}", self.what);
        let mut step = build::alter(id, change.code(), self.phase, title, up, down);
        step.locks = build::locks(context, id, self.lock);
        let ring = match self.what == PERSISTENCE {
            true => together(context, &id.qualified()),
            false => None,
        };
        if let Some(ring) = &ring {
            if ring.tables.first() != Some(&id.qualified()) {
                return Vec::new();
            }
            let names: Vec<String> = ring.tables.iter().map(ToString::to_string).collect();
            step.title = format!("Change {} of tables {}", self.what, names.join(", "));
            step.up = Action::Statements(ring.up.clone());
            step.undo = Undo::statements(ring.down.clone());
            let locks = ring.tables.iter().cloned();
            step.locks = locks.map(|relation| LockOn { lock: self.lock, relation }).collect();
            let others = ring.tables.iter().map(|table| ObjectId::named(Kind::Table, table));
            step.gives = others.map(Fact::Changed).collect();
        }
        if let Some(holds) = is_led(context, id, &self.what)
            .or_else(|| has_gained(context, id))
            .or_else(|| self.has_turned(context, id))
        {
            step.done_when = DoneWhen::Holds(holds);
        }
        if self.lock == Lock::Share && matches!(id.kind, Kind::Domain | Kind::DomainConstraint) && self.phase == Phase::Migrate {
            let domain = if id.is_part() { id.relation() } else { id.qualified() };
            let domain = ObjectId::named(Kind::Domain, &domain);
            constrain_domain::reads(context, &domain, &mut step);
            if demands_values(context, id) {
                step.preconditions.extend(constrain_domain::no_null(context, &domain));
            }
        }
        if matches!(self.what.as_str(), INHERITANCE | PARENTS) {
            let sides = [context.old(id), context.new_of(id)].into_iter().flatten();
            step.locks.extend(sides.flat_map(|table| locks_beside::of_object(context, table)));
            step.locks.sort();
            step.locks.dedup();
        }
        if self.what == ATTRIBUTES && has_gained(context, id).is_some() {
            // Tables OF the type gain a column.
            let typed = exchange_type::columns_of_typed_tables(context.from, id);
            step.locks.extend(typed.iter().flat_map(|column| locks_beside::before(context, column, Lock::AccessExclusive)));
            step.locks.sort();
            step.locks.dedup();
        }
        match self.what.as_str() {
            // Columns that a parent gave may change only once they are free of it.
            INHERITANCE | ROW_TYPE => step.gives.push(Fact::Named(id.clone())),
            NEW_ROW_TYPE => {
                step.needs.push(Fact::Named(id.clone()));
                step.needs.extend(columns_are_there(context, &id.qualified()));
                step.preconditions.extend(no_column_is_kept(context, &id.qualified()));
            }
            PARENTS => {
                step.gives.push(Fact::Valid(id.clone()));
                step.needs.push(Fact::Named(id.clone()));
            }
            _ => {}
        }
        if let Some((_, roots)) = marked(context.to, id, &self.what) {
            step.needs.extend(roots.into_iter().flat_map(|root| [Fact::Exists(root.clone()), Fact::Changed(root)]));
        } else {
            // What another index of the name makes room for comes before; what goes, goes behind, and is back before this.
            let sides = [context.from, context.to].map(|side| named_index(side, id, &self.what));
            let [before, after] = sides;
            // A table has one primary key: the next one comes when this one has gone.
            let freed = before.into_iter().filter(|index| context.new_of(index).is_none() && swap.is_none());
            step.gives.extend(freed.map(Fact::Changed));
            if let Some((_, unit)) = swap {
                step.unit = Some(unit);
            }
            step.needs.extend(after.into_iter().flat_map(|index| [Fact::Exists(index.clone()), Fact::Changed(index.clone()), Fact::Named(index)]));
        }
        if self.rewrites {
            let table = if id.is_part() { id.relation() } else { id.qualified() };
            step.cost = Cost::Rewrites(table.clone());
            let message = format!("`{table}` is written anew under ACCESS EXCLUSIVE");
            build::up_to_the_gate(&mut step, context, &table, HazardCode::NoSafeForm, message);
            for other in ring.iter().flat_map(|ring| &ring.tables).filter(|other| **other != table) {
                step.also_costs([Cost::Rewrites(other.clone())]);
                step.preconditions.extend(context.size_gate(other));
            }
        }
        if self.authz {
            step.hazards.push(build::hazard(
                HazardCode::Authz,
                Verdict::Warn,
                id,
                format!("{} decides who sees or writes what", self.what),
            ));
        }
        vec![step]
    }

    /// True once what comes has come and what goes has gone, where PostgreSQL neither adds nor drops it twice.
    fn has_turned(&self, context: &Context, id: &ObjectId) -> Option<String> {
        // A table has many settings.
        if id.kind == Kind::Table && self.what != FOREIGN_OPTIONS {
            return None;
        }
        sql::probe::has_turned(context.from.get(id)?, context.to.get(id)?)
    }
}

fn index_of_mark<'a>(table: &'a Table, what: &str) -> Option<&'a Ident> {
    match (what, &table.replica_identity) {
        (CLUSTERING, _) => table.cluster_on.as_ref(),
        (REPLICA_IDENTITY, ReplicaIdentity::Index(name)) => Some(name),
        _ => None,
    }
}

/// What the columns of a table have become by the plan.
fn columns_are_there(context: &Context, table: &QualifiedName) -> Vec<Fact> {
    let old = context.from.parts(Kind::Column, table).map(|column| column.id.clone());
    let (stay, gone): (Vec<_>, Vec<_>) = old.partition(|column| context.new_of(column).is_some());
    let new = context.to.parts(Kind::Column, table).map(|column| Fact::Exists(column.id.clone()));
    // One that is carried stands there twice until the former one has gone.
    let former = stay.into_iter().flat_map(|column| [Fact::Changed(column.clone()), Fact::Gone(column)]);
    new.chain(former).chain(gone.into_iter().map(Fact::Gone)).collect()
}

/// No row whose values would stay under another name: a table without a primary key keeps a column that goes until it is purged,
/// and a table of a type has the columns of that type alone.
fn no_column_is_kept(context: &Context, table: &QualifiedName) -> Option<Precondition> {
    let is_primary = |object: &Object| matches!(&object.body, Body::Constraint(key) if key.kind == ConstraintKind::PrimaryKey);
    if context.from.parts(Kind::Constraint, table).any(is_primary) {
        return None;
    }
    let column = context.from.parts(Kind::Column, table).find(|column| context.new_of(&column.id).is_none())?;
    let rows = format!("SELECT FROM {}", sql::qualified(table));
    Some(Precondition {
        holds: format!("NOT EXISTS ({rows})"),
        otherwise: format!(
            "`{table}` cannot become a table of a type while `{}` goes: without a primary key its values are kept in the table; \
             drop the column in a plan of its own, and purge it",
            column.id.name
        ),
        replan: false,
        rows: None,
    })
}

/// The primary key that a mark leaves for the next one, and the unit in which they change places.
fn swapped_mark(context: &Context, id: &ObjectId, what: &str) -> Option<(ObjectId, String)> {
    let (old, unit) = add_key::swapped_primary_key(context, &id.qualified())?;
    let leaves = named_index(context.from, id, what)? == old && named_index(context.to, id, what).is_some();
    leaves.then_some((old, unit))
}

/// The index, or the constraint that is one, that CLUSTER ON or REPLICA IDENTITY names.
fn named_index(catalog: &Catalog, id: &ObjectId, what: &str) -> Option<ObjectId> {
    let Body::Table(table) = &catalog.get(id)?.body else {
        return None;
    };
    let name = index_of_mark(table, what)?;
    let index = ObjectId::named(Kind::Index, &QualifiedName { schema: id.schema.clone(), name: name.clone() });
    let key = ObjectId::part(Kind::Constraint, &id.qualified(), name);
    [index, key].into_iter().find(|id| catalog.get(id).is_some())
}

/// What CLUSTER ON or REPLICA IDENTITY of a partition names, where that came with a parent's index or key, and which one it was.
fn marked(catalog: &Catalog, id: &ObjectId, what: &str) -> Option<(Ident, Vec<ObjectId>)> {
    let Body::Table(table) = &catalog.get(id)?.body else {
        return None;
    };
    let name = index_of_mark(table, what)?;
    table.partition_of.as_ref()?;
    let below = (id.qualified(), name.clone());
    let brings = |index: &Index| index.partition_names.contains(&below);
    let roots = catalog.objects.values().filter(|object| match &object.body {
        Body::Index(index) => brings(index),
        Body::Constraint(body) => body.index.as_deref().is_some_and(brings),
        _ => false,
    });
    let roots: Vec<ObjectId> = roots.map(|root| root.id.clone()).collect();
    (!roots.is_empty()).then(|| (name.clone(), roots))
}

/// True once a composite type has the attributes that it gains.
fn has_gained(context: &Context, id: &ObjectId) -> Option<String> {
    let (Body::CompositeType(old), Body::CompositeType(new)) = (&context.from.get(id)?.body, &context.to.get(id)?.body) else {
        return None;
    };
    let gains = new.attributes.len() > old.attributes.len();
    gains.then(|| sql::probe::attributes(&id.qualified(), new))
}

/// True for a domain that is to hold no NULL from now on.
fn demands_values(context: &Context, id: &ObjectId) -> bool {
    let sides = [context.old(id), context.new_of(id)];
    let demands = sides.map(|side| side.is_some_and(|object| matches!(&object.body, Body::Domain(domain) if domain.not_null)));
    demands == [false, true]
}

/// True once a table has left the parents or the type that it leaves, or has those that it gets. None where that says nothing: it leaves a
/// parent and comes back to it.
fn is_led(context: &Context, id: &ObjectId, what: &str) -> Option<String> {
    let parents = |catalog: &'_ Catalog| match catalog.get(id).map(|object| &object.body) {
        Some(Body::Table(table)) => table.inherits.clone(),
        _ => Vec::new(),
    };
    let (old, new) = (parents(context.from), parents(context.to));
    let without = |some: &[QualifiedName], others: &[QualifiedName]| -> Vec<String> {
        let some = some.iter().filter(|parent| !others.contains(parent));
        some.map(|parent| sql::probe::inherits(&id.qualified(), parent))
            .collect()
    };
    let is_of = |catalog: &'_ Catalog| {
        let of = Context::table(catalog, &id.qualified()).and_then(|table| table.of_type.as_ref());
        of.map(|of| sql::probe::is_of(&id.qualified(), &of.to_string()))
    };
    let conditions = match what {
        ROW_TYPE => is_of(context.from).map(|of| sql::probe::not(&of)).into_iter().collect(),
        NEW_ROW_TYPE => is_of(context.to).into_iter().collect(),
        INHERITANCE => without(&old, &new).iter().map(|each| sql::probe::not(each)).collect(),
        PARENTS => without(&new, &old),
        _ => Vec::new(),
    };
    (!conditions.is_empty()).then(|| sql::probe::all(&conditions))
}
