//! Create an object that is not there: a type, a table, a view, a function, …

use super::change_identity::unit_of_default;
use super::{Change, Context, Manage, build, constrain_domain, drop_object, overload, partition_tree, trigger_below};
use crate::model::{Body, Ident, Kind, Object, ObjectId, PartitionOf, QualifiedName, Sequence, Table};
use crate::sql::{self, Stmt};
use super::former_names::Renaming;
use crate::step::{DoneWhen, Action, Advice, Fact, Hazard, HazardCode, Lock, Phase, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
create_object: an object of the files is not in the database.

Nobody uses it yet, so it is made by its plain statement in expand, complete with comment, and with owner and
privileges where the files declare them. A trigger or policy on a table that exists takes a short lock on it.
A partition of a table that exists is made beside it, with its columns and checks, and attached in the same transaction: readers
and writers pass, where PARTITION OF would wait for all of them. A check of a domain of which tables hold values comes in
migrate, NOT VALID, and is proven behind; up to 18 that keeps writers of these tables waiting (blocks-writes).
A new table is made in one transaction with its keys, checks and indexes; its foreign keys follow one by one, because
each of them locks the table that it references.
Undo: the object is dropped; a table that holds rows by then is moved to schemaplan_archive instead.";

/// An object is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateObject;

impl CreateObject {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object) else {
            return Vec::new();
        };
        // The files' default privileges give a new object what they give it in a new database, in whatever order they come.
        let mut object = object.clone();
        let is_under = |catalog| sql::is_under_default_privileges(&object, catalog);
        object.grants_declared |=
            context.policy.manage_grants != Manage::None && (is_under(context.to) || is_under(context.from));
        let object = &object;
        let id = &object.id;
        // An event trigger watches the statements of this very plan: it comes late and goes early.
        let phase = if id.kind == Kind::EventTrigger { Phase::Contract } else { Phase::Expand };
        let mut step = build::create(context, object, change.code(), phase);
        step.hazards.extend(build::secrets(object, "is not written: set it by hand, with ALTER"));
        if context.old(id).is_none() {
            step.application.extend(Advice::may_use(object));
        }
        let whole = match id.kind {
            Kind::DomainConstraint => ObjectId::named(Kind::Domain, &id.relation()),
            _ => id.clone(),
        };
        let is_former = |renaming: &&Renaming| renaming.old == whole && renaming.label.is_none();
        if let Some(former) = context.renamings.iter().find(is_former) {
            // Until that one has left its name, what bears it is not this one.
            let both = [id, &former.new].map(crate::sql::exists);
            step.done_when = DoneWhen::Holds(crate::sql::probe::all(&both));
        }
        let mut proof = None;
        match id.kind {
            Kind::Table => {
                step.undo = super::archive::undo_create_table(context, object);
                step.unit = Some(unit_of_table(context, &id.qualified()));
                if let Body::Table(Table { partition_of: Some(of), .. }) = &object.body
                    && !super::is_replaced(context.from, context.to, &of.parent)
                {
                    attached(context, object, of, &mut step);
                    step.needs.extend(super::partition_bound::makes_room(context, id, of));
                    step.needs.extend(defaults_above(context, &of.parent));
                    super::default_partition::take_over_rows(context, &mut step, id, of);
                }
                if let Body::Table(table) = &object.body {
                    step.needs.extend(table.inherits.iter().flat_map(|parent| defaults_above(context, parent)));
                }
            }
            Kind::Domain | Kind::EnumType | Kind::CompositeType if drop_object::is_pinned_by_new(context, id) => {
                step.undo = drop_object::undo_create_type(context, object);
            }
            Kind::Function => step.needs.extend(overload::rivals(context, id).into_iter().map(Fact::Gone)),
            Kind::Trigger => {
                step.locks = build::locks(context, id, Lock::ShareRowExclusive);
                step.needs.extend(trigger_below::namesakes(context, id).into_iter().map(Fact::Gone));
                step.needs.extend(trigger_below::passes_with(context, id).map(Fact::Named));
            }
            Kind::Policy | Kind::Rule => {
                step.locks = build::locks(context, id, Lock::AccessExclusive);
                step.hazards.extend(authz(change));
            }
            Kind::DomainConstraint => {
                if context.old(&ObjectId::named(Kind::Domain, &id.relation())).is_some() {
                    step.phase = Phase::Migrate;
                }
                proof = constrain_domain::prove_behind(context, object, &mut step);
            }
            Kind::PublicationTable => step.locks = build::locks(context, id, Lock::ShareUpdateExclusive),
            _ => {}
        }
        if id.is_part() && context.is_new(&id.relation()) && id.kind != Kind::DomainConstraint {
            step.unit = Some(unit_of_new(&id.relation().to_string()));
        }
        if step.unit.is_none() {
            step.unit = super::handover(context, id);
        }
        if crate::sql::create(object, context.to).is_empty() {
            return Vec::new();
        }
        if let Body::Sequence(sequence) = &object.body
            && let Some((table, column)) = &sequence.owned_by
        {
            return owned_sequence(change, context, step, object, sequence, table, column);
        }
        if id.kind == Kind::Sequence {
            in_place_of_identity(context, &mut step, object);
        }
        [Some(step), proof].into_iter().flatten().collect()
    }
}

/// A sequence of its own under the name of an identity's that goes: a default that draws from it goes on where the identity was,
/// and takes its place in the same transaction.
fn in_place_of_identity(context: &Context, step: &mut Step, object: &Object) {
    let name = object.id.qualified();
    let draws = |column: &&Object| column.depends_on.contains(&object.id);
    for column in context.to.of_kind(Kind::Column).filter(draws) {
        let before = Context::column(context.from, &column.id).and_then(|column| column.identity.as_ref());
        if let (true, Action::Statements(statements)) = (before.is_some_and(|identity| identity.sequence == name), &mut step.up) {
            statements.push(sql::sync::follow_column(&name, &column.id.relation(), &column.id.name));
            step.unit = Some(unit_of_default(context, &column.id));
        }
    }
}

/// A partition of a table in use joins it by ATTACH, which lets readers and writers pass.
fn attached(context: &Context, object: &Object, of: &PartitionOf, step: &mut Step) {
    if !context.is_there(&of.parent) || super::default_partition::default_beside(context, of).is_some() {
        return;
    }
    let Some(mut up) = sql::create_and_attach(object, context.to) else {
        return;
    };
    up.extend(sql::without_defaults_of(object, context.from));
    step.up = Action::Statements(up);
    step.locks.retain(|on| on.relation != of.parent);
    step.locks.extend(build::locks(context, &ObjectId::named(Kind::Table, &of.parent), Lock::ShareUpdateExclusive));
    step.title = format!("Create {} and attach it to {}", object.title(), of.parent);
}

/// A sequence that a column owns: made before the column, tied to it behind. Whoever drops the column drops it too.
fn owned_sequence(
    change: &Change,
    context: &Context,
    mut create: Step,
    object: &Object,
    sequence: &Sequence,
    table: &QualifiedName,
    column: &Ident,
) -> Vec<Step> {
    let id = &object.id;
    create.undo = Undo::statements(vec![Stmt::new(format!("DROP SEQUENCE IF EXISTS {}", sql::qualified(&id.qualified())))]);
    let mut tie = build::alter(
        id,
        change.code(),
        Phase::Expand,
        format!("Tie {id} to {table}.{column}"),
        vec![sql::sequence_owned_by(object, sequence)],
        Vec::new(),
    );
    let owner = ObjectId::part(Kind::Column, table, column);
    if let (Some(before), Action::Statements(statements)) = (Context::column(context.from, &owner), &mut tie.up)
        && before.identity.is_some()
    {
        // No number that the identity has given is given again.
        statements.push(sql::sync::follow_column(&id.qualified(), table, column));
        if Context::column(context.to, &owner).is_some_and(|after| after.identity.is_none()) {
            // Until the default takes its place the identity goes on giving numbers.
            tie.unit = Some(unit_of_default(context, &owner));
            let same_name = before.identity.as_ref().is_some_and(|identity| identity.sequence == id.qualified());
            create.unit = tie.unit.clone().filter(|_| same_name);
        }
    }
    tie.gives.clear();
    tie.needs.push(Fact::Exists(owner));
    if context.is_new(table) {
        create.unit = Some(unit_of_new(&table.to_string()));
        tie.unit = create.unit.clone();
    }
    vec![create, tie]
}

/// The unit in which a new table is made: a partition of a replaced table is made with that one.
pub fn unit_of_table(context: &Context, table: &QualifiedName) -> String {
    let mut root = table;
    while let Some(of) = Context::table(context.to, root)
        .and_then(|table| table.partition_of.as_ref())
        .filter(|of| super::is_replaced(context.from, context.to, &of.parent))
    {
        root = &of.parent;
    }
    unit_of_new(&root.to_string())
}

/// The unit in which a new relation is made with everything that stands on it.
pub fn unit_of_new(label: &str) -> String {
    format!("create {label}")
}

/// Defaults that the parent is about to get: a partition or child takes them over when it is made, and not afterwards.
fn defaults_above(context: &Context, parent: &QualifiedName) -> Vec<Fact> {
    let default = |catalog, id: &ObjectId| Context::column(catalog, id).map(|column| column.default.clone());
    let columns = context.to.parts(Kind::Column, parent).map(|column| &column.id);
    let changes = columns.filter(|id| match (default(context.from, id), default(context.to, id)) {
        (Some(before), Some(after)) => before != after,
        _ => false,
    });
    // A child's own default comes again with whatever changes the column above it.
    let columns = changes.flat_map(|id| {
        let above = partition_tree::above(context, parent).into_iter();
        above
            .map(|table| ObjectId::part(Kind::Column, &table, &id.name))
            .chain([id.clone()])
    });
    columns.map(Fact::Changed).collect()
}

fn authz(change: &Change) -> Option<Hazard> {
    (change.object.kind == Kind::Policy).then(|| {
        build::hazard(
            HazardCode::Authz,
            Verdict::Warn,
            &change.object,
            format!("{} decides who sees which rows", change.object),
        )
    })
}
