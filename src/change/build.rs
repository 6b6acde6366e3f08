//! The few shapes that most steps have.

use super::{Context, Manage, beside, locks_beside, made_again, shared_children};
use crate::model::{Body, Catalog, Identity, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Cost, DoneWhen, Fact, Hazard, HazardCode, Lock, LockOn, Phase, Step, Undo, Verdict,
};

/// The relation that work on this object locks, if it existed before the plan.
pub fn locked_relation(context: &Context, id: &ObjectId) -> Option<QualifiedName> {
    let relation = match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence => id.qualified(),
        Kind::DomainConstraint => return None,
        _ if id.is_part() => id.relation(),
        _ => return None,
    };
    (!context.is_new(&relation)).then_some(relation)
}

/// A lock on the relation of an object, none where the plan makes that relation.
pub fn locks(context: &Context, id: &ObjectId, lock: Lock) -> Vec<LockOn> {
    locked_relation(context, id)
        .map(|relation| LockOn { lock, relation })
        .into_iter()
        .collect()
}

/// `Create view public.v`; what is in a publication is added to it.
fn create_title(object: &Object) -> String {
    let id = &object.id;
    match id.kind {
        Kind::PublicationTable => format!("Add table {} to publication {}", id.relation(), id.name),
        Kind::PublicationSchema => format!("Add schema {} to publication {}", id.args, id.name),
        _ => format!("Create {}", object.title()),
    }
}

/// The sequences of new identity columns of which the files do not speak, without what default privileges have given them.
pub fn privileges_of_numbers(context: &Context, object: &Object) -> Vec<Stmt> {
    let columns: Vec<&Object> = match object.id.kind {
        Kind::Table => context.to.parts(Kind::Column, &object.id.qualified()).collect(),
        Kind::Column => vec![object],
        _ => Vec::new(),
    };
    let kept = |column: &&Object| match &column.body {
        Body::Column(body) if !body.inherited && context.policy.manage_grants != Manage::None => {
            let identity = body
                .identity
                .as_ref()
                .filter(|identity| !identity.grants_declared)?;
            let kept = context.identity_kept(None, identity);
            kept.grants_declared.then_some(Identity {
                comment: None,
                ..kept
            })
        }
        _ => None,
    };
    let mut statements = Vec::new();
    for identity in columns.iter().filter_map(kept) {
        statements.extend(sql::around_identity(&identity, context.to));
        statements.extend(sql::without_defaults_of(
            &sql::sequence_of(&identity, context.to),
            context.from,
        ));
    }
    statements
}

/// `Drop view public.v`; what is in a publication is only taken out of it.
fn drop_title(object: &Object) -> String {
    let id = &object.id;
    match id.kind {
        Kind::PublicationTable => format!("Take table {} out of publication {}", id.relation(), id.name),
        Kind::PublicationSchema => format!("Take schema {} out of publication {}", id.args, id.name),
        _ => format!("Drop {}", object.title()),
    }
}

/// What removes an object. Default privileges go when they are again what PostgreSQL gives by itself.
fn removal(catalog: &Catalog, object: &Object) -> Vec<Stmt> {
    match &object.body {
        Body::DefaultPrivileges(body) => {
            let base = sql::default_privileges_base(object, catalog.major());
            sql::grants(object, &body.grants, &base)
        }
        // The clones of its partitions would be locked before the table, the other way round than every write does.
        Body::Trigger(_) if catalog.is_partitioned(&object.id.relation()) => {
            vec![
                sql::alter::lock_tables(&[object.id.relation()]),
                sql::drop(object),
            ]
        }
        _ => vec![sql::drop(object)],
    }
}

/// A step that makes a whole object, and drops it again.
pub fn create(context: &Context, object: &Object, change: &str, phase: Phase) -> Step {
    let id = object.id.clone();
    let mut up = sql::create(object, context.to);
    up.extend(privileges_of_numbers(context, object));
    up.extend(sql::without_defaults_of(object, context.from));
    if id.kind == Kind::Column {
        up.extend(shared_children::own_forms(context.to, context.from, &id));
    }
    let mut step = Step::new(
        id.clone(),
        change,
        phase,
        create_title(object),
        Action::Statements(up),
        Undo::statements(removal(context.to, object)),
        DoneWhen::Holds(match given(context, object) {
            Some(given) => format!("{} AND {}", sql::exists(&id), sql::probe::not(&given)),
            None => sql::exists(&id),
        }),
    );
    step.locks = locks_beside::of_object(context, object);
    if matches!(&object.body, Body::MaterializedView(view) if view.populated) {
        let sources = beside::reads(context.to, object).into_iter();
        step.also_costs(sources.filter(|source| !context.is_new(source)).map(Cost::Scans));
    }
    step.gives.push(Fact::Exists(id.clone()));
    if id.kind == Kind::Table {
        let table = id.qualified();
        let columns = context.to.parts(Kind::Column, &table);
        let columns: Vec<ObjectId> = columns.map(|column| column.id.clone()).collect();
        step.gives.extend(columns.into_iter().map(Fact::Exists));
    }
    step
}

/// A step that drops a whole object, and makes it again as it was.
pub fn drop(context: &Context, object: &Object, change: &str, phase: Phase) -> Step {
    let id = object.id.clone();
    let back = made_again(context, object);
    let mut step = Step::new(
        id.clone(),
        change,
        phase,
        drop_title(object),
        Action::Statements(removal(context.from, object)),
        Undo::statements(back),
        DoneWhen::Holds(is_gone(context, object)),
    );
    let lock = match id.kind {
        Kind::PublicationTable => Lock::ShareUpdateExclusive,
        _ => Lock::AccessExclusive,
    };
    step.locks = locks_beside::before(context, &id, lock);
    step.locks.extend(locks_beside::of_object(context, object));
    if let Body::Index(index) = &object.body {
        step.locks
            .extend(locks_beside::on_table(context, &index.table, lock));
    }
    step.gives.push(Fact::Gone(id));
    step
}

/// True where an object is gone. A part is not where what it was a part of bears its former name, as it does again on the way back.
pub fn is_gone(context: &Context, object: &Object) -> String {
    let id = &object.id;
    let owners = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Domain];
    let renamed = || {
        let mut owners = owners.iter().map(|kind| ObjectId::named(*kind, &id.relation()));
        owners.find(|owner| context.renamings.iter().any(|renaming| renaming.new == *owner))
    };
    let gone = sql::probe::not(&sql::exists(id));
    if let Some(owner) = id.is_part().then(renamed).flatten() {
        return format!("{gone} AND {}", sql::exists(&owner));
    }
    match given(context, object) {
        Some(given) => format!("{gone} OR {given}"),
        None => gone,
    }
}

/// True where a partition has an index or a key of that name that is a part of its parent's and no object; none where the table
/// is not a partition all the while.
fn given(context: &Context, object: &Object) -> Option<String> {
    let id = &object.id;
    let (table, given) = match &object.body {
        Body::Index(index) => (index.table.clone(), sql::probe::attached(&id.qualified())),
        Body::Constraint(_) => (
            id.relation(),
            sql::probe::constraint_where(&id.relation(), &id.name, "c.conparentid <> 0"),
        ),
        _ => return None,
    };
    let is_partition =
        |side: &Catalog| Context::table(side, &table).is_some_and(|table| table.partition_of.is_some());
    (is_partition(context.from) && is_partition(context.to)).then_some(given)
}

/// A step that changes an object in place; it may be run any number of times.
pub fn alter(
    id: &ObjectId,
    change: &str,
    phase: Phase,
    title: impl Into<String>,
    up: Vec<Stmt>,
    down: Vec<Stmt>,
) -> Step {
    let mut step = Step::new(
        id.clone(),
        change,
        phase,
        title,
        Action::Statements(up),
        Undo::statements(down),
        DoneWhen::Repeatable,
    );
    step.gives.push(Fact::Changed(id.clone()));
    step
}

/// Lets a step work on all rows of a table under its lock only while the table is small: a precondition that is looked at
/// again when it runs, and a hazard where the table is large already.
pub fn up_to_the_gate(
    step: &mut Step,
    context: &Context,
    table: &QualifiedName,
    code: HazardCode,
    message: impl Into<String>,
) {
    step.preconditions = context.size_gate(table);
    if context.is_small(table) || context.is_new(table) {
        return;
    }
    let refused = code == HazardCode::NoSafeForm && context.policy.sizes_known;
    let verdict = if refused { Verdict::Refuse } else { Verdict::Stop };
    let object = step.object.clone();
    step.hazards.push(hazard(code, verdict, &object, message));
}

/// A hazard about an object.
pub fn hazard(code: HazardCode, verdict: Verdict, object: &ObjectId, message: impl Into<String>) -> Hazard {
    Hazard {
        code,
        verdict,
        object: object.clone(),
        message: message.into(),
        allowed: false,
    }
}

/// A warning about the secret options of an object of foreign data, which nobody reads and nobody writes.
pub fn secrets(object: &Object, what: &str) -> Option<Hazard> {
    let options = match &object.body {
        Body::ForeignDataWrapper(body) => Some(&body.options),
        Body::ForeignServer(body) => Some(&body.options),
        Body::UserMapping(body) => body.options.as_ref(),
        _ => None,
    }?;
    let names = options.secret.join(", ");
    (!names.is_empty()).then(|| {
        hazard(
            HazardCode::Authz,
            Verdict::Warn,
            &object.id,
            format!("the secret option {names} of {} {what}", object.id),
        )
    })
}
