//! An enum whose labels are removed or reordered.

use super::{Change, Context, around, build, exchange_type::{self, Exchange}};
use crate::model::{Body, Catalog, EnumType, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Advice, Code, Cost, DoneWhen, Fact, HazardCode, Lock, LockOn, Moment, Phase, Precondition, Step, TimeoutClass, Undo, Verdict};
use std::collections::BTreeSet;

/// The manual of this change kind.
pub const MANUAL: &str = "\
rebuild_enum: labels of an enum go, or stand in another order.

PostgreSQL can do neither. A new type with the desired labels takes the name, every column of the old type is changed to
it through text, and what stands on those columns is made anew, in one transaction in contract. Rows with a removed label
are looked for first. Above the size gate the new type lives beside the old one: columns of it are shadows that a trigger
keeps current, old rows are copied in batches, and the cut-over exchanges the names of columns and types; so are arrays of it, and columns of partitioned
tables. Where a domain or a composite type is made of the enum the tables are written anew under a lock, which has to be
allowed by name.
Undo: the same way back.";

/// The type is built anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildEnum {
    /// The transaction that it shares with what steps aside.
    pub unit: String,
}

impl RebuildEnum {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::EnumType(before), Body::EnumType(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let id = &new.id;
        let name = id.qualified();
        let mut up = exchange(context.from, context.to, old, after, context.to);
        let mut header = new.clone();
        header = super::carrying(&header, old);
        up.extend(sql::create(&header, context.to).into_iter().skip(1));
        let mut down = exchange(context.from, context.from, old, before, context.to);
        down.extend(sql::create(&super::restoring(old), context.from).into_iter().skip(1));
        let mut step = build::alter(id, change.code(), Phase::Contract, format!("Rebuild {id} with its new labels"), up, down);
        step.gives.push(Fact::Exists(id.clone()));
        step.gives.extend(exchange_type::facts(context, id));
        step.needs.extend(exchange_type::needs(context, id));
        step.timeout = TimeoutClass::Cut;
        step.unit = Some(self.unit.clone());
        step.done_when = DoneWhen::Holds(sql::probe::labels(&name, &after.labels));
        let removed: Vec<String> = before.labels.iter().filter(|label| !after.labels.contains(label)).cloned().collect();
        step.application.extend(no_longer(id, &removed));
        step.application.extend(not_yet(id, before, after));
        for (table, column, itself) in exchange_type::written_anew(context, id) {
            step.locks.push(LockOn { lock: Lock::AccessExclusive, relation: table.clone() });
            step.also_costs([Cost::Rewrites(table.clone())]);
            step.preconditions.extend(context.size_gate(&table));
            if let Some(array) = itself {
                step.preconditions.extend(no_row_with(context, &table, &column, array, &removed));
            }
            if !context.is_small(&table) {
                step.hazards.push(build::hazard(
                    HazardCode::RewritesTable,
                    Verdict::Stop,
                    id,
                    format!("`{table}` is written anew under ACCESS EXCLUSIVE to give {column} the rebuilt type"),
                ));
            }
        }
        step.locks.sort();
        step.locks.dedup();
        if matches!(step.undo, Undo::Nothing) {
            step.undo = Undo::statements(Vec::new());
        }
        vec![step]
    }
}

/// No row holds one of the labels that go; none where none goes.
pub fn no_row_with(
    context: &Context,
    table: &QualifiedName,
    column: &Ident,
    array: bool,
    removed: &[String],
) -> Option<Precondition> {
    let list: Vec<String> = removed.iter().map(|label| sql::literal(label)).collect();
    let (column_name, list) = (sql::ident(column), list.join(", "));
    let condition = match array {
        true => format!("{column_name}::text[] && ARRAY[{list}]"),
        false => format!("{column_name}::text IN ({list})"),
    };
    (!removed.is_empty()).then(|| {
        context.no_rows(table, "", &condition,
            format!(
                "rows of `{table}` hold labels in {column} that the type is to lose; see them with: SELECT * FROM {} WHERE {condition} LIMIT 20",
                sql::qualified(table)
            ),
        )
    })
}

/// The columns of tables of that type, and whether they are arrays of it.
pub fn users(catalog: &Catalog, name: &QualifiedName) -> Vec<(QualifiedName, Ident, bool)> {
    let own = sql::qualified(name);
    let array = format!("{own}[]");
    catalog
        .of_kind(Kind::Column)
        .filter_map(|object| match &object.body {
            // A generated column steps aside and is computed anew.
            Body::Column(column) if !column.inherited && column.generated.is_none() => {
                let data_type = column.data_type.as_str();
                let is_array = data_type == array;
                (is_array || data_type == own).then(|| (object.id.relation(), object.id.name.clone(), is_array))
            }
            _ => None,
        })
        .collect()
}

/// True where the column keeps an enum that is built anew: its default changes in that step, for either default may name a
/// label that only one form of the type has.
pub fn takes_default_over(context: &Context, column: &ObjectId) -> bool {
    let enum_of = |catalog: &Catalog| Context::column(catalog, column).map(|column| column.data_type.clone());
    let (old, new) = (enum_of(context.from), enum_of(context.to));
    let rebuilt = |object: &Object| match (&object.body, context.new_of(&object.id).map(|object| &object.body)) {
        (Body::EnumType(before), Some(Body::EnumType(after))) => !before.becomes_by_adding(after),
        _ => false,
    };
    let another_kind = |used: &ObjectId| {
        let kinds = [Kind::EnumType, Kind::Domain, Kind::CompositeType, Kind::RangeType];
        let takes = |kind: &Kind| context.new_of(&ObjectId::named(*kind, &used.qualified())).is_some();
        kinds.contains(&used.kind) && context.new_of(used).is_none() && kinds.iter().any(takes)
    };
    old == new
        && context.old(column).is_some_and(|object| {
            let holds = |used: &ObjectId| {
                let name = sql::qualified(&used.qualified());
                old.as_ref().is_some_and(|of| of.as_str().trim_end_matches("[]") == name)
            };
            let mut types = object.depends_on.iter().filter(|used| holds(used));
            types.any(|used| another_kind(used) || context.old(used).is_some_and(rebuilt))
        })
}

/// The type under a former name, the new one in its place, every column over to it, the former one gone.
fn exchange(catalog: &Catalog, shape: &Catalog, old: &Object, labels: &EnumType, desired: &Catalog) -> Vec<Stmt> {
    let create = vec![sql::create_enum(&old.id.qualified(), &labels.labels)];
    let exchange = Exchange { catalog, shape, used: old, gone: old, create, desired };
    exchange.statements(|column, array, target| format!("{}::text{array}::{target}", sql::ident(column)))
}

/// Rebuilds a type to the labels it had, with everything that has to step aside: the undo of added labels. Where one of those
/// has taken the place of a former one (`moved`: former and new), rows that hold it take the former one.
pub fn rebuild(former: &Catalog, old: &Object, labels: &EnumType, moved: &[(String, String)]) -> Vec<Stmt> {
    let seeds: BTreeSet<ObjectId> = exchange_type::seeds(former, &old.id).into_iter().collect();
    let aside = around::Users::of(former).standing_on(&seeds);
    let (drops, creates) = around::drop_and_create(former, &aside);
    let mut statements = drops;
    let create = vec![sql::create_enum(&old.id.qualified(), &labels.labels)];
    let back = Exchange { catalog: former, shape: former, used: old, gone: old, create, desired: former };
    statements.extend(back.statements(|column, array, target| sql::labels::led_back(&sql::ident(column), array, target, moved)));
    statements.extend(sql::create(&super::restoring(old), former).into_iter().skip(1));
    statements.extend(creates);
    statements
}

/// What code must have left when labels go.
pub fn no_longer(id: &ObjectId, removed: &[String]) -> Option<Advice> {
    let rule = format!("must no longer write {} into columns of", removed.join(", "));
    (!removed.is_empty()).then(|| Advice::new(Moment::Before, Code::Every, rule, id))
}

/// The labels that no code may write before the type that has them stands in its place.
pub fn not_yet(id: &ObjectId, before: &EnumType, after: &EnumType) -> Option<Advice> {
    let added: Vec<&str> =
        after.labels.iter().filter(|label| !before.labels.contains(label)).map(String::as_str).collect();
    let rule = format!("may write {} into columns of", added.join(", "));
    (!added.is_empty()).then(|| Advice::new(Moment::After, Code::New, rule, id))
}
