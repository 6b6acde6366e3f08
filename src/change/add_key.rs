//! Add a primary key or unique constraint.

use super::{Change, Context, adoption, build, create_index, create_object::unit_of_new, key_below, partition_name};
use crate::model::{Body, Catalog, Constraint, ConstraintKind, Ident, Index, Kind, Object, ObjectId, QualifiedName, Table};
use crate::sql;
use crate::sql::own_name::shadow_name;
use crate::step::{Action, Advice, Code, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Moment, Phase, Precondition, Step, TimeoutClass, Transaction, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
add_key: a primary key or unique constraint of the files is not on the table.

ADD CONSTRAINT would build the index under ACCESS EXCLUSIVE. The unique index is built CONCURRENTLY under the
constraint's name and then becomes the constraint by USING INDEX, a catalog change. Duplicates are looked for first.
From the moment the index exists it rejects duplicates, so the plan has a deploy before migrate; not so where a key over
some of the same columns forbids them already.
On a partitioned table each partition gets its key so, and the table's adopts them.
A primary key that takes the place of another waits for contract: the old one is dropped in the same transaction.
Undo: the constraint is dropped with its index.";

/// A key comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddKey;

impl AddKey {
    /// Index and constraint, or the plain form.
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
        if context.is_new(&table) {
            let mut step = build::create(context, object, change.code(), Phase::Expand);
            step.unit = Some(unit_of_new(&table.to_string()));
            let names = constraint.index.as_ref().and_then(|index| partition_name::step(change, context, index, Phase::Expand));
            return [Some(step), names].into_iter().flatten().collect();
        }
        let promotable = constraint.index.as_deref().is_some_and(is_promotable);
        let staged = !context.is_direct(&table);
        let waits_above = constraint.index.as_ref().map_or_else(Vec::new, |index| adoption::going_above(context, index));
        let mut steps = match &constraint.index {
            _ if !waits_above.is_empty() => vec![plain(change, context, object)],
            Some(index) if staged && promotable && holds_its_rows(context, &table) => {
                online(change, context, object, constraint, index)
            }
            Some(index) if staged && swapped_primary_key(context, &table).is_none() && !is_borne(context, &object.id) => {
                key_below::steps(change, context, object, constraint, index)
                    .unwrap_or_else(|| vec![plain(change, context, object)])
            }
            _ => vec![plain(change, context, object)],
        };
        if let (Some(index), Some(Step { undo: Undo::Run { action: Action::Statements(down), .. }, .. })) =
            (&constraint.index, steps.last_mut())
        {
            down.extend(create_index::adopted_again(context, index, true));
        }
        if let (Some(index), Some(last)) = (&constraint.index, steps.last_mut()) {
            last.needs.extend(adoption::going_below(context, index, true).into_iter().chain(waits_above).map(Fact::Gone));
        }
        if constraint.kind == ConstraintKind::PrimaryKey {
            // On a nullable column the key would be verified under its lock.
            for step in &mut steps {
                let columns = constraint.columns.iter();
                step.needs.extend(columns.map(|name| Fact::Valid(ObjectId::part(Kind::Column, &table, name))));
            }
            let built_apart = steps.len() > 1;
            if let (Some((old, unit)), Some(last)) = (swapped_primary_key(context, &table), steps.last_mut()) {
                last.unit = Some(unit);
                last.needs.push(Fact::Gone(old));
                if let (true, Some(index), Undo::Run { action: Action::Statements(down), .. }) =
                    (built_apart, &constraint.index, &mut last.undo)
                {
                    // Contract taken back and run again finds the index that migrate built.
                    down.truncate(1);
                    down.push(sql::index(index, &object.id.name, false, false));
                }
            }
        }
        let implied = is_implied(context, &table, constraint);
        if implied {
            for step in &mut steps {
                step.phase = Phase::Expand;
            }
        }
        let made_at_once = steps.len() == 1;
        if let Some(last) = steps.last_mut() {
            last.application.push(Advice::new(Moment::After, Code::New, "may rely on", &object.id).behind(", also in ON CONFLICT"));
        }
        if let Some(first) = steps.first_mut() {
            // Also where a key implies it: what waits for contract may come behind the end of that key.
            first.preconditions.push(no_duplicates(context, &table, constraint));
        }
        if let Some(first) = steps.first_mut().filter(|_| !implied) {
            first.hazards.push(build::hazard(
                HazardCode::Tightens,
                Verdict::Warn,
                &object.id,
                format!("duplicates are rejected from here on by {}", object.id.name),
            ));
        }
        if let Some(index) = constraint.index.as_ref().filter(|_| made_at_once) {
            let phase = if implied { Phase::Expand } else { Phase::Migrate };
            steps.extend(partition_name::step(change, context, index, phase));
        }
        steps
    }
}

/// True where a key that is there forbids already what the new one forbids: it is over some of the same columns.
fn is_implied(context: &Context, table: &QualifiedName, new: &Constraint) -> bool {
    let keeps = |name: &Ident| {
        let id = ObjectId::part(Kind::Column, table, name);
        let (old, new) = (Context::column(context.from, &id), Context::column(context.to, &id));
        old.zip(new).is_some_and(|(old, new)| old.data_type == new.data_type && old.collation == new.collation)
    };
    let lets_nulls = |key: &Constraint| {
        key.kind == ConstraintKind::Unique && !key.index.as_ref().is_some_and(|index| index.nulls_not_distinct)
    };
    let is_btree =
        |key: &Constraint| key.index.as_ref().is_some_and(|index| index.method.as_str() == "btree");
    let forbids_as_much = |old: &Constraint| {
        matches!(old.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
            && !old.deferrable
            && is_btree(old)
            && old.index.as_ref().is_some_and(|index| index.valid)
            && (lets_nulls(new) || !lets_nulls(old))
            && old.columns.iter().all(|name| new.columns.contains(name) && keeps(name))
    };
    new.kind == ConstraintKind::Unique
        && is_btree(new)
        && context.from.parts(Kind::Constraint, table).any(|object| match &object.body {
            Body::Constraint(old) => forbids_as_much(old),
            _ => false,
        })
}

/// The primary key that gives way to one of another name on the same table, with the unit in which both steps are.
pub fn swapped_primary_key(context: &Context, table: &QualifiedName) -> Option<(ObjectId, String)> {
    let key = |catalog: &Catalog| {
        let primary = |object: &&Object| {
            matches!(&object.body, Body::Constraint(body) if body.kind == ConstraintKind::PrimaryKey && !body.inherited)
        };
        catalog.parts(Kind::Constraint, table).find(primary).map(|object| object.id.clone())
    };
    let (old, new) = (key(context.from)?, key(context.to)?);
    let swaps = old != new && context.new_of(&old).is_none() && context.old(&new).is_none();
    (swaps && !context.is_new(table)).then(|| (old, format!("primary key of {table}")))
}

/// USING INDEX takes a full index over plain columns in default order (manual, ALTER TABLE).
pub fn is_promotable(index: &Index) -> bool {
    index.predicate.is_none()
        && index.method.as_str() == "btree"
        && index.keys.iter().all(|key| {
            matches!(key.of, crate::model::IndexKeyOf::Column(_))
                && !key.descending
                && !key.nulls_first
                && key.opclass.is_none()
                && key.collation.is_none()
        })
}

/// DEFERRABLE and INITIALLY DEFERRED, with a space in front.
pub fn deferrable(constraint: &Constraint) -> &'static str {
    match (constraint.deferrable, constraint.initially_deferred) {
        (true, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        _ => "",
    }
}

fn online(change: &Change, context: &Context, object: &Object, constraint: &Constraint, index: &Index) -> Vec<Step> {
    let id = &object.id;
    let table = id.relation();
    // An index that goes may bear the name until contract; USING INDEX gives it to the new one.
    let taken = is_borne(context, id);
    let name = if taken { shadow_name(&id.name) } else { id.name.clone() };
    let qualified = QualifiedName { schema: table.schema.clone(), name: name.clone() };
    let mut build_step = create_index::concurrently(id, change.code(), Phase::Migrate, index, &name);
    build_step.needs.extend(object.depends_on.iter().cloned().map(Fact::Exists));
    if taken {
        build_step.done_when = DoneWhen::Holds(format!("({}) OR ({})", sql::probe::valid_index(&qualified), sql::exists(id)));
    }
    let primary = constraint.kind == ConstraintKind::PrimaryKey;
    let mut up = vec![sql::alter::add_key_using_index(&table, &id.name, primary, &name, deferrable(constraint))];
    up.extend(sql::comments(object));
    let mut promote = Step::new(
        id.clone(),
        change.code(),
        Phase::Migrate,
        format!("Make the index {} a constraint of {table}", id.name),
        Action::Statements(up),
        Undo::statements(vec![sql::alter::drop_constraint(&table, &id.name)]),
        DoneWhen::Holds(sql::exists(id)),
    );
    if let (true, Undo::Run { action: Action::Statements(down), .. }) = (taken, &mut promote.undo) {
        // Contract taken back and run again finds the index that migrate built.
        down.push(sql::index(index, &name, false, false));
    }
    promote.locks = build::locks(context, id, Lock::AccessExclusive);
    promote.gives.push(Fact::Exists(id.clone()));
    // The constraint's undo drops the index; what is left to undo here is an index that never became a constraint.
    build_step.undo = Undo::Run {
        action: Action::one(sql::alter::drop_index_concurrently_if_exists(&qualified)),
        outside_transaction: true,
    };
    vec![build_step, promote]
}

/// True for a table whose key is its own: parents and children by INHERITS have no share in it. On 18 such tables
/// take the plain form: what a key that is made of an index leaves of NOT NULL is not seen through there. So do tables
/// OF a type: their columns come in contract, with the type's.
pub(super) fn holds_its_rows(context: &Context, table: &QualifiedName) -> bool {
    let is_own = |table: &Table| {
        let is_part = table.partition_key.is_some() || table.partition_of.is_some();
        !is_part && table.foreign.is_none() && table.of_type.is_none()
    };
    let on = |catalog| Context::table(catalog, table).is_some_and(is_own);
    context.from.is_plain_table(table) || context.to.major() < 18 && on(context.from) && on(context.to)
}

/// True where the name is now an index's or another key's.
fn is_borne(context: &Context, id: &ObjectId) -> bool {
    let index = QualifiedName { schema: id.schema.clone(), name: id.name.clone() };
    let mut keys = context.from.of_kind(Kind::Constraint);
    context.old(&ObjectId::named(Kind::Index, &index)).is_some()
        || keys.any(|other| {
            matches!(&other.body, Body::Constraint(body) if body.index.is_some())
                && (&other.id.schema, &other.id.name) == (&id.schema, &id.name)
        })
}

fn plain(change: &Change, context: &Context, object: &Object) -> Step {
    let table = object.id.relation();
    let mut step = build::create(context, object, change.code(), Phase::Migrate);
    step.title = format!("Add {} to {table}", object.id.name);
    step.locks = build::locks(context, &object.id, Lock::AccessExclusive);
    step.cost = Cost::BuildsIndex(table.clone());
    step.preconditions = context.size_gate(&table);
    if !context.is_small(&table) {
        step.hazards.push(build::hazard(
            HazardCode::BuildsIndex,
            Verdict::Stop,
            &object.id,
            format!("the index of {} is built under ACCESS EXCLUSIVE", object.id.name),
        ));
    }
    step
}

/// No rows that a key forbids.
pub(super) fn no_duplicates(context: &Context, table: &QualifiedName, constraint: &Constraint) -> Precondition {
    let nulls = constraint.index.as_ref().is_some_and(|index| index.nulls_not_distinct);
    no_duplicates_in(context, table, &constraint.columns, nulls, None)
}

/// No two rows that hold the same in these columns; NULL is as good as a value where `nulls` says so.
pub(super) fn no_duplicates_in(
    context: &Context,
    table: &QualifiedName,
    names: &[Ident],
    nulls: bool,
    predicate: Option<&str>,
) -> Precondition {
    let columns = sql::idents(names.iter());
    let mut conditions: Vec<String> = predicate.map(|predicate| format!("({predicate})")).into_iter().collect();
    if !nulls {
        conditions.extend(names.iter().map(|column| format!("{} IS NOT NULL", sql::ident(column))));
    }
    let filter = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
    let found = format!(
        "SELECT {columns}, pg_catalog.count(*) AS rows FROM {} WHERE {filter} GROUP BY {columns} HAVING pg_catalog.count(*) > 1",
        context.own_rows(table)
    );
    let otherwise = format!("`{table}` holds duplicates; see them with: {found} LIMIT 20");
    Precondition {
        holds: format!("NOT EXISTS ({found})"),
        otherwise,
        replan: false,
        rows: Some(found),
    }
}

/// The locks of CREATE INDEX CONCURRENTLY.
pub fn concurrent_lock(table: &QualifiedName) -> Vec<LockOn> {
    vec![LockOn { lock: Lock::ShareUpdateExclusive, relation: table.clone() }]
}

/// Marks a step as one that cannot be in a transaction and waits without hurting anyone.
pub fn outside(step: &mut Step, table: &QualifiedName) {
    step.transaction = Transaction::None;
    step.timeout = TimeoutClass::Long;
    step.locks = concurrent_lock(table);
}
