//! Add a column to a table that exists.

use super::set_not_null::is_whole;
use super::{Change, Context, around, build, carry, emulate_generated, shared_children};
use crate::model::{Body, Column, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{
    Action, Advice, Code, Moment, Batch, BatchStatement, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Phase, Precondition, Step, TimeoutClass,
    Transaction, Undo, Verdict,
};

/// The manual of this change kind.
pub const MANUAL: &str = "\
add_column: a column of the files is not in the table.

Nullable, or with a constant or stable default, it is a catalog change (the default is stored once) and stands in expand.
A volatile default (gen_random_uuid(), nextval) would write the whole table anew under ACCESS EXCLUSIVE: the column comes
without it, gets the default for new rows, and old rows are filled in batches; then NOT NULL is proven and set.
NOT NULL without a default needs `-- schemaplan: backfill EXPR`: a trigger fills what old code leaves out, batches fill
the rows that exist, NOT NULL is proven without a blocking scan; the trigger goes in contract. With `using EXPR` in its
place the column also follows what old code writes into the columns that EXPR reads: one column split in two, or two
merged into one; `reverse EXPR` beside it leads back to the one column that it reads, for rows written after the drop.
An inline CHECK, key or reference is a change of its own, with its own safe form.
Undo: the values written so far go to the archive with the column.";

/// A column comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddColumn {
    /// A dropped column of the same type in the same table: this could be its new name.
    pub like: Option<crate::model::Ident>,
}

fn no_value(context: &Context, table: &QualifiedName, column: &ObjectId) -> Precondition {
    context.no_rows(table, "", "true",
        format!(
            "`{table}` holds rows, and the new column {} has no value for them; give them one with `-- schemaplan: backfill EXPR`",
            column.label()
        ),
    )
}

/// The columns of that name of the tables that inherit from the column's table.
fn columns_of_children(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let table = id.relation();
    let inherits = |child: &&Object| matches!(&child.body, Body::Table(body) if body.inherits.contains(&table));
    let children = context.from.of_kind(Kind::Table).filter(inherits);
    children.map(|child| ObjectId::part(Kind::Column, &child.id.qualified(), &id.name)).collect()
}

/// Columns of children, their own until now, that are to be the parent's alone once that one has the column.
fn columns_left_to_parent(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let inherited = |catalog, own: &ObjectId| Context::column(catalog, own).map(|column| column.inherited);
    let mut columns = columns_of_children(context, id);
    columns.retain(|own| inherited(context.from, own) == Some(false) && inherited(context.to, own) == Some(true));
    columns
}

/// Columns that a computed one reads and that are computed themselves until now: PostgreSQL refuses to read those.
fn no_longer_computed(context: &Context, object: &Object) -> Vec<Fact> {
    let computed = |catalog, id: &ObjectId| Context::column(catalog, id).is_some_and(|column| column.generated.is_some());
    let reads = object.depends_on.iter().filter(|used| used.kind == Kind::Column);
    let plain = reads.filter(|used| computed(context.from, used) && !computed(context.to, used));
    plain.cloned().map(Fact::Named).collect()
}

impl AddColumn {
    /// The recipe that the column's default, NOT NULL and `backfill` ask for.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object) else {
            return Vec::new();
        };
        // What a new parent would give is there before the table gets that parent.
        let mut own = object.clone();
        if let Body::Column(body) = &mut own.body {
            body.inherited = false;
        }
        let object = &own;
        let Body::Column(column) = &object.body else {
            return Vec::new();
        };
        let table = object.id.relation();
        let staged = !context.is_direct(&table) && is_whole(context, &table);
        let volatile = column.volatile_default && column.default.is_some();
        // Children by INHERITS take no identity from their parent.
        let identity = column.identity.is_some() && !context.from.is_inherited_from(&table);
        if emulate_generated::is_wanted(context, object) {
            return emulate_generated::add(change, context, object, column);
        }
        // PostgreSQL adds no column with a value to a table whose rows are stored in columns of others.
        let stored = column.generated.is_none()
            && (column.default.is_some() || identity)
            && around::row_is_stored(context.users, &table);
        if stored || (staged && (volatile || identity)) {
            return self.staged_default(change, context, object, column);
        }
        vec![self.plain(change, context, object, column)]
    }

    fn plain(&self, change: &Change, context: &Context, object: &Object, column: &Column) -> Step {
        let id = &object.id;
        let table = id.relation();
        let mut step = build::create(context, object, change.code(), Phase::Expand);
        step.title = format!("Add column {}", id.label());
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        step.application.push(Advice::new(Moment::After, Code::New, "may use", id));
        step.undo = super::drop_column::undo_add(context, object);
        step.needs.extend(super::drop_column::added_key(context, object));
        step.needs.extend(no_longer_computed(context, object));
        let empty = shared_children::without_value(context.to, context.from, id);
        step.preconditions.extend(empty.iter().map(|child| no_value(context, child, id)));
        // PostgreSQL merges the new column with a child's own of the same type alone.
        step.needs.extend(columns_of_children(context, id).into_iter().map(Fact::Exists));
        let left = columns_left_to_parent(context, id);
        if let (false, Action::Statements(up)) = (left.is_empty(), &mut step.up) {
            up.extend(left.iter().map(|own| sql::leave_to_parents(&own.relation(), std::slice::from_ref(&own.name), &[], false)));
            // A child keeps its column, with what it holds; those that had none lose it again.
            let action = format!("DROP COLUMN {}", sql::ident(&id.name));
            let mut down = vec![sql::alter::only(&table, &action)];
            let others = columns_of_children(context, id).into_iter().filter(|own| context.old(own).is_none());
            down.extend(others.map(|own| sql::alter::drop_column(&own.relation(), &own.name)));
            step.undo = Undo::statements(down);
        }
        let rewrites = column.identity.is_some()
            || (column.volatile_default && column.default.is_some())
            || column.generated.as_ref().is_some_and(|generated| generated.stored);
        if rewrites {
            step.cost = Cost::Rewrites(table.clone());
            step.preconditions = context.size_gate(&table);
            if !context.is_small(&table) {
                let generated = column.generated.is_some();
                let way_out = match generated {
                    true => "; with `-- schemaplan: emulate-generated` a trigger computes it instead",
                    false => "",
                };
                step.hazards.push(build::hazard(
                    if generated { HazardCode::NoSafeForm } else { HazardCode::RewritesTable },
                    if generated && context.policy.sizes_known { Verdict::Refuse } else { Verdict::Stop },
                    id,
                    format!("adding {} writes `{table}` anew under ACCESS EXCLUSIVE{way_out}", id.label()),
                ));
            }
        }
        if let Some(old) = &self.like {
            step.hazards.push(build::hazard(
                HazardCode::Ambiguous,
                Verdict::Stop,
                id,
                format!(
                    "{} could be the new name of the dropped column {old}: say `-- schemaplan: renamed from {old}`, or allow the drop and the add",
                    id.label()
                ),
            ));
        }
        let has_value = column.default.is_some() || column.identity.is_some() || column.generated.is_some();
        if column.not_null && !has_value {
            step.preconditions.push(no_value(context, &table, id));
            step.hazards.push(build::hazard(
                HazardCode::Ambiguous,
                Verdict::Stop,
                id,
                format!(
                    "{} is NOT NULL without a default: rows that exist need `-- schemaplan: backfill EXPR`",
                    id.label()
                ),
            ));
        }
        step
    }

    /// R1 and R2: the column, its default for new rows, the old rows in batches, the proof.
    fn staged_default(&self, change: &Change, context: &Context, object: &Object, column: &Column) -> Vec<Step> {
        let id = &object.id;
        let table = id.relation();
        let name = &id.name;
        let mut bare = object.clone();
        if let Body::Column(body) = &mut bare.body {
            body.default = None;
            body.identity = None;
            body.not_null = false;
            body.not_null_constraint = None;
        }
        let default = match (&column.default, &column.identity) {
            (Some(default), _) => Some(default.clone()),
            (None, Some(identity)) => Some(sql::sync::nextval(&identity.sequence)),
            (None, None) => None,
        };
        let mut up = Vec::new();
        let mut down = Vec::new();
        if let Some(identity) = &column.identity {
            up.push(sql::sync::create_sequence(&identity.sequence, &identity.options));
            down.push(sql::sync::drop_sequence(&identity.sequence));
        }
        up.extend(sql::create(&bare, context.to));
        if let Some(default) = &default {
            up.push(sql::alter::set_default(&table, name, default));
        }
        up.extend(sql::sync::add_todo(&table, name, "DEFAULT"));
        let mut first = Step::new(
            id.clone(),
            change.code(),
            Phase::Expand,
            format!("Add column {} with its default for new rows", id.label()),
            Action::Statements(up),
            Undo::Nothing,
            DoneWhen::Holds(sql::exists(id)),
        );
        first.undo = match super::drop_column::undo_add(context, &bare) {
            Undo::Run { action: Action::Statements(mut statements), outside_transaction } => {
                statements.insert(0, sql::sync::drop_todo_if_there(&table, name));
                statements.extend(down);
                Undo::Run { action: Action::Statements(statements), outside_transaction }
            }
            Undo::Run { action: Action::Sequence(mut actions), outside_transaction } => {
                actions.insert(0, Action::one(sql::sync::drop_todo_if_there(&table, name)));
                actions.push(Action::Statements(down));
                Undo::Run { action: Action::Sequence(actions), outside_transaction }
            }
            other => other,
        };
        first.needs.extend(super::drop_column::added_key(context, object));
        first.application.push(Advice::new(Moment::After, Code::New, "may write", id).behind(", and not rely on its value in older rows"));
        // What the default calls may come with the same plan.
        first.needs.extend(object.depends_on.iter().cloned().map(Fact::Exists));
        first.locks = build::locks(context, id, Lock::AccessExclusive);
        let key = context.key(&table, |_| true);
        let is_null = format!("{} IS NULL", sql::ident(name));
        let mut fill = Step::new(
            id.clone(),
            change.code(),
            Phase::Migrate,
            format!("Fill {} for the rows that exist", id.label()),
            Action::Batches(Batch {
                table: table.clone(),
                key: key.clone(),
                statements: vec![BatchStatement {
                    before: format!("UPDATE {} SET {} = DEFAULT WHERE ", sql::qualified(&table), sql::ident(name)),
                    qualifier: String::new(),
                    after: format!(" AND {is_null}"),
                }],
                otherwise: String::new(),
            }),
            Undo::Nothing,
            DoneWhen::Repeatable,
        );
        fill.transaction = Transaction::Batches;
        fill.timeout = TimeoutClass::Batch;
        fill.cost = Cost::Copies(table.clone());
        fill.locks = vec![LockOn { lock: Lock::RowExclusive, relation: table.clone() }];
        let rest = sweep(change.code(), &table, id, &is_null);
        let verify = carry::verify_step(
            id,
            change.code(),
            &table,
            key,
            &is_null,
            format!("rows of `{table}` still have no value in {name}"),
        );
        let mut steps = vec![first, fill, rest, verify];
        if column.not_null {
            steps.extend(super::set_not_null::proof(context, &table, name, change.code()));
        }
        let mut done = Step::new(
            id.clone(),
            change.code(),
            Phase::Migrate,
            format!("Mark {} as filled", id.label()),
            Action::one(sql::sync::drop_todo(&table, name)),
            Undo::statements(sql::sync::add_todo(&table, name, "DEFAULT")),
            DoneWhen::Holds(sql::probe::not(&sql::probe::constraint(&table, &sql::own_name::todo_name(name)))),
        );
        done.locks = build::locks(context, id, Lock::AccessExclusive);
        done.application.push(Advice::new(Moment::After, Code::New, "may use", id).behind(", every row has its value"));
        steps.push(done);
        if let Some(identity) = &column.identity {
            let mut become_so = vec![
                sql::alter::lock_tables(std::slice::from_ref(&table)),
                sql::sync::sequence_to_identity(&table, name, identity),
            ];
            become_so.extend(sql::identity_persistence(identity));
            become_so.extend(sql::around_identity(identity, context.to));
            become_so.extend(build::privileges_of_numbers(context, object));
            let mut become_identity = Step::new(
                id.clone(),
                change.code(),
                Phase::Contract,
                format!("Make {} an identity column", id.label()),
                Action::Statements(become_so),
                Undo::statements(vec![
                    sql::alter::lock_tables(std::slice::from_ref(&table)),
                    sql::sync::identity_to_sequence(&table, name, identity),
                ]),
                DoneWhen::Holds(sql::probe::column_where(&table, name, "a.attidentity <> ''")),
            );
            become_identity.timeout = TimeoutClass::Cut;
            become_identity.locks = build::locks(context, id, Lock::AccessExclusive);
            steps.push(become_identity);
        }
        if let Some(last) = steps.last_mut() {
            last.gives.push(Fact::Exists(id.clone()));
        }
        steps
    }
}

/// A row that gets another key while the batches walk may slip past them, and no trigger fills it. One statement sees them all.
fn sweep(code: &str, table: &QualifiedName, id: &ObjectId, is_null: &str) -> Step {
    let mut step = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Fill {} where rows have moved meanwhile", id.label()),
        Action::Statements(vec![
            // It reads for as long as it takes, but holds no row for long while it waits for another.
            sql::Stmt::new("SET LOCAL lock_timeout = '250ms'"),
            sql::Stmt::new(format!(
                "UPDATE {} SET {} = DEFAULT WHERE {is_null}",
                sql::qualified(table),
                sql::ident(&id.name)
            )),
        ]),
        Undo::Nothing,
        DoneWhen::Repeatable,
    );
    step.timeout = TimeoutClass::Long;
    step.cost = Cost::Scans(table.clone());
    step.locks = vec![LockOn { lock: Lock::RowExclusive, relation: table.clone() }];
    step
}

/// True where the column comes NOT NULL or nullable with a `backfill` and the table exists: the carried form.
pub fn backfill(context: &Context, id: &ObjectId) -> Option<String> {
    context.directive_text(id, |kind| match kind {
        crate::text::DirectiveKind::Backfill(value) => Some(value.clone()),
        _ => None,
    })
}

/// What a new column is computed from others by, as long as old code writes those: `using` of a column without a former name.
pub fn computed(context: &Context, id: &ObjectId) -> Option<String> {
    use crate::text::DirectiveKind;
    let renamed = context.directive_text(id, |kind| matches!(kind, DirectiveKind::RenamedFrom(_)).then_some(()));
    if context.old(id).is_some() || renamed.is_some() {
        return None;
    }
    context.directive_text(id, |kind| match kind {
        DirectiveKind::Using(value) => Some(value.clone()),
        _ => None,
    })
}

/// The columns of the table as it is that such a value is computed from.
pub fn sources(context: &Context, id: &ObjectId, value: &str) -> Vec<crate::model::Ident> {
    let names = sql::columns_of(value).into_iter().map(crate::model::Ident::new);
    names.filter(|name| context.old(&ObjectId::part(Kind::Column, &id.relation(), name)).is_some()).collect()
}

/// Columns of a table in the desired order of position.
pub fn ordered_columns<'a>(catalog: &'a crate::model::Catalog, table: &crate::model::QualifiedName) -> Vec<(&'a Object, &'a Column)> {
    let mut columns: Vec<(&Object, &Column)> = catalog
        .parts(Kind::Column, table)
        .filter_map(|object| match &object.body {
            Body::Column(column) => Some((object, column)),
            _ => None,
        })
        .collect();
    columns.sort_by_key(|(_, column)| column.position);
    columns
}
