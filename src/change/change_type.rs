//! Another type or collation of a column.

use super::partition_tree::family;
use super::{Change, Context, build, change_generated, locks_beside, shared_children};
use crate::model::{Body, Catalog, Column, Ident, Kept, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Precondition, Step, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_type: a column's type or collation differs.

A wider varchar, a numeric with more digits and the same scale, a finer timestamp are catalog changes, in expand. Every
other ALTER TYPE writes the table anew under ACCESS EXCLUSIVE. Instead a shadow column of the new type is added and kept
current by a trigger, rows are filled in batches, NOT NULL, indexes and constraints are built on the shadow without
blocking anyone, everything is verified, and one short transaction in contract swaps the names. The trigger then keeps
the former column current until the end of contract, so the switch can be taken back without copying.
Values convert by cast; `-- schemaplan: using EXPR` and `-- schemaplan: reverse EXPR` say otherwise.
A small table takes the plain ALTER TYPE, in contract, in one transaction with the views that have to step aside.
Undo: the names swapped back; after contract the former column is computed again.";

/// The type changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeType {
    /// No row has to be read or written.
    pub catalog_only: bool,
    /// New from old.
    pub up: String,
    /// Old from new; none where no cast leads back.
    pub down: Option<String>,
    /// The transaction that it shares with what steps aside.
    pub unit: String,
    /// The default goes before and comes behind by steps of its own: what it calls is made anew meanwhile.
    pub default_apart: bool,
}

impl ChangeType {
    /// The plain form; the staged one is `carry`'s.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(new)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let (Body::Column(before), Body::Column(after)) = (&old.body, &new.body) else {
            return Vec::new();
        };
        let id = &new.id;
        let table = id.relation();
        let up = self.statements(context, &id.name, &table, (before, (after, context.to)), Some(&self.up));
        let down = self.statements(context, &id.name, &table, (after, (before, context.from)), self.down.as_deref());
        let (mut up, mut down) = (up, down);
        up.extend(shared_children::other_defaults(context.to, context.from, id));
        down.extend(shared_children::other_defaults(context.from, context.from, id));
        let together = shared_children::together(context.from, context.to, id);
        let at = together.iter().position(|other| *other == table).unwrap_or_default();
        self.with_shared_children(context, id, (at, &together), (&mut up, &mut down));
        // PostgreSQL builds the partitions' indexes anew and chooses their names again.
        up.extend(super::partition_name::all_below(context.to, &table));
        down.extend(super::partition_name::all_below(context.from, &table));
        let phase = if self.catalog_only { Phase::Expand } else { Phase::Contract };
        let title = format!("Change the type of {} to {}", id.label(), after.data_type);
        let mut step = build::alter(id, change.code(), phase, title, up, down);
        step.gives.push(Fact::Exists(id.clone()));
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        // PostgreSQL makes the foreign keys over the column anew.
        step.locks.extend(locks_beside::of_keys_over(context, id, Lock::AccessExclusive));
        step.locks.sort();
        step.locks.dedup();
        step.unit = Some(self.unit.clone());
        let collation = after.collation.as_ref().map(|name| name.name.as_str().to_owned());
        let type_is = sql::probe::column_type(&table, &id.name, after.data_type.as_str());
        step.done_when = if before.data_type == after.data_type {
            let wanted = match collation {
                Some(name) => format!(
                    "EXISTS (SELECT FROM pg_catalog.pg_collation AS l WHERE l.oid = a.attcollation AND l.collname = {})",
                    sql::literal(&name)
                ),
                None => "EXISTS (SELECT FROM pg_catalog.pg_type AS y WHERE y.oid = a.atttypid AND y.typcollation = a.attcollation)"
                    .to_owned(),
            };
            DoneWhen::Holds(sql::probe::column_where(&table, &id.name, &wanted))
        } else {
            DoneWhen::Holds(type_is)
        };
        if !self.catalog_only {
            step.cost = Cost::Rewrites(table.clone());
            let keys = locks_beside::of_keys_over(context, id, Lock::AccessExclusive);
            step.also_costs(keys.into_iter().map(|on| Cost::Scans(on.relation)));
            let message = format!("`{table}` is written anew under ACCESS EXCLUSIVE");
            build::up_to_the_gate(&mut step, context, &table, HazardCode::RewritesTable, message);
        }
        if !self.catalog_only && after.generated.is_none() && before.data_type != after.data_type {
            step.preconditions.extend(convertible(context, id, (&id.name, before), after, &self.up));
        }
        if before.generated.is_some() && after.generated.is_none() {
            // It is a plain column by then, and the way back makes the computed one anew.
            step.needs.push(Fact::Named(id.clone()));
            step.undo = Undo::Nothing;
        } else {
            step.hazards.extend(loss(id, before.data_type.as_str(), after.data_type.as_str()));
        }
        if self.default_apart {
            step.gives.retain(|fact| !matches!(fact, Fact::Changed(_)));
            step.needs.push(Fact::Changed(id.clone()));
        }
        if at > 0 {
            step.needs.push(Fact::Exists(ObjectId::part(id.kind, &together[at - 1], &id.name)));
        }
        // A column becomes its table's own once no parent gives it any more.
        step.needs.extend(left_by_parents(context, id).into_iter().map(Fact::Gone));
        // An index that goes has gone before its operator class meets the new type.
        let indexes = context.users.users(id).iter().copied();
        let gone = indexes.filter(|index| context.new_of(index).is_none() && context.old(index).is_some_and(is_of_a_class));
        step.needs.extend(gone.cloned().map(Fact::Gone));
        if before.identity.is_some() && after.identity.is_none() {
            step.needs.push(Fact::Named(id.clone()));
        }
        // PostgreSQL refuses the change as long as another column is computed from this one.
        let becomes_plain = |user: &&ObjectId| {
            let is_generated = |object: Option<&Object>| object.is_some_and(change_generated::is_generated);
            is_generated(context.old(user)) && context.new_of(user).is_some() && !is_generated(context.new_of(user))
        };
        let plain = context.users.users(id).iter().copied().filter(becomes_plain);
        step.needs.extend(plain.filter(|user| *user != id).cloned().map(Fact::Named));
        step.hazards.push(build::hazard(
            HazardCode::ChangesResultType,
            Verdict::Warn,
            id,
            format!("prepared statements that read {} fail once; recycle the pools", id.label()),
        ));
        vec![step]
    }

    /// The first of the tables takes the children that they share aside, the last gives them back.
    fn with_shared_children(
        &self,
        context: &Context,
        id: &ObjectId,
        (at, together): (usize, &[QualifiedName]),
        (up, down): (&mut Vec<Stmt>, &mut Vec<Stmt>),
    ) {
        if together.len() < 2 {
            return;
        }
        let (take, give) = shared_children::aside(context.from, context.to, together, &id.name);
        let (take_back, give_back) = shared_children::aside(context.to, context.from, together, &id.name);
        if at == 0 {
            up.splice(0..0, take);
            down.extend(give_back);
        }
        if at + 1 == together.len() {
            up.extend(give);
            down.splice(0..0, take_back);
        }
    }

    fn statements(
        &self,
        context: &Context,
        name: &Ident,
        table: &QualifiedName,
        (from, (to, side)): (&Column, (&Column, &Catalog)),
        using: Option<&str>,
    ) -> Vec<Stmt> {
        let mut statements = Vec::new();
        let there = if std::ptr::eq(side, context.to) { context.from } else { context.to };
        let has_children = context.users.has_children(table);
        let below = || {
            let own = family(there, table).into_iter().map(|child| ObjectId::part(Kind::Column, &child, name));
            own.filter_map(|own| Context::column(there, &own)).any(|own| own.default.is_some())
        };
        if !self.default_apart && (from.default.is_some() || (to.generated.is_none() && from.generated.is_none() && has_children && below())) {
            statements.push(sql::alter::drop_default(table, name));
        }
        let cast = up_expression(name, from.data_type.as_str(), to.data_type.as_str());
        let using = using.unwrap_or(&cast);
        // A generated column is computed, not converted; a foreign table holds no rows, and takes no USING.
        let is_foreign = Context::table(context.to, table).is_some_and(|table| table.foreign.is_some());
        let converts = !self.catalog_only && from.data_type != to.data_type && to.generated.is_none() && !is_foreign;
        let using = converts.then_some(using);
        let default_collation = collation_of_type(context, to);
        let collation = to.collation.as_ref().or(default_collation.as_ref().filter(|_| from.collation.is_some()));
        statements.push(sql::alter::alter_type(table, name, &to.data_type, collation, using));
        // PostgreSQL gives the column the storage of its new type, and the default compression.
        let bare = Kept { storage: None, compression: None, ..to.kept() };
        let actions = sql::keep(&bare, &to.kept(), "");
        statements.extend(actions.iter().map(|action| sql::alter::column_action(table, name, action)));
        if has_children {
            statements.extend(kept_below(side, table, name, to));
        }
        if let Some(default) = to.default.as_ref().filter(|_| !self.default_apart) {
            statements.push(sql::alter::set_default(table, name, default));
        }
        statements
    }
}

/// Storage and compression of the column in partitions and children, which lose them as well: the one is set for all below a table,
/// the other for that table alone.
fn kept_below(side: &Catalog, table: &QualifiedName, name: &Ident, above: &Column) -> Vec<Stmt> {
    let below = family(side, table).into_iter().filter(|child| child != table);
    below
        .filter_map(|child| {
            let foreign = Context::table(side, &child)?.foreign.is_some();
            let own = Context::column(side, &ObjectId::part(Kind::Column, &child, name)).filter(|_| !foreign)?.kept();
            // Only a form of its own has a name to be said by.
            let storage = own.storage.clone().filter(|_| own.storage != above.kept().storage);
            let bare = Kept { storage: None, compression: None, ..own.clone() };
            let actions = sql::keep(&bare, &Kept { storage, ..own }, "");
            Some(actions.into_iter().map(move |action| sql::alter::column_only(&child, name, &action)))
        })
        .flatten()
        .collect()
}

/// True for an index whose operator classes may not fit another type of its columns.
pub fn is_of_a_class(object: &Object) -> bool {
    match &object.body {
        Body::Index(index) => {
            index.method.as_str() != "btree" || index.keys.iter().any(|key| key.opclass.is_some())
        }
        _ => false,
    }
}

/// The columns of parents that give the column until they go.
fn left_by_parents(context: &Context, id: &ObjectId) -> Vec<ObjectId> {
    let parents = Context::table(context.from, &id.relation()).map(|table| &table.inherits);
    let above = parents.into_iter().flatten().map(|parent| ObjectId::part(id.kind, parent, &id.name));
    above.filter(|above| context.old(above).is_some() && context.new_of(above).is_none()).collect()
}

/// The transaction of the table's columns whose types change in their plain form.
pub fn unit_of_type(table: &QualifiedName) -> String {
    format!("change type {table}")
}

/// ALTER TYPE without COLLATE takes the type's own collation, so none has to be named.
fn collation_of_type(_context: &Context, _column: &Column) -> Option<QualifiedName> {
    None
}

/// The part in front of the modifier, and the modifier's numbers: `character varying(20)[]` is (`character varying[]`, [20]).
fn split(data_type: &str) -> (String, Vec<u32>) {
    let Some(open) = data_type.find('(') else {
        return (data_type.to_owned(), Vec::new());
    };
    let Some(close) = data_type.find(')') else {
        return (data_type.to_owned(), Vec::new());
    };
    let numbers = data_type[open + 1..close].split(',').filter_map(|n| n.trim().parse().ok()).collect();
    (format!("{}{}", &data_type[..open], &data_type[close + 1..]), numbers)
}

/// True where ALTER TYPE neither reads nor writes a row (manual, ALTER TABLE; checked in `tests/`).
pub fn is_catalog_only(old: &str, new: &str) -> bool {
    let (old_base, old_numbers) = split(old);
    let (new_base, new_numbers) = split(new);
    let widens = |position: usize| match (old_numbers.get(position), new_numbers.get(position)) {
        (_, None) => true,
        (Some(old), Some(new)) => new >= old,
        (None, Some(_)) => false,
    };
    match (old_base.as_str(), new_base.as_str()) {
        ("character varying", "character varying") => widens(0),
        ("character varying", "text") | ("text", "character varying") => new_numbers.is_empty(),
        ("cidr", "inet") => true,
        ("bit varying", "bit varying") => widens(0),
        ("numeric", "numeric") => {
            new_numbers.is_empty() || (widens(0) && !old_numbers.is_empty() && old_numbers.get(1) == new_numbers.get(1))
        }
        (a, b) if a == b && (a.starts_with("timestamp") || a.starts_with("time ") || a == "interval") => widens(0),
        _ => false,
    }
}

const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
const TEXTS: [&str; 5] = ["text", "character varying", "character", "name", "public.citext"];
const TIMES: [&str; 3] = ["date", "timestamp without time zone", "timestamp with time zone"];

fn cast(column: &str, from: &str, to: &str) -> String {
    let (from_base, _) = split(from);
    let (to_base, _) = split(to);
    let both = |family: &[&str]| family.contains(&from_base.as_str()) && family.contains(&to_base.as_str());
    let either_text = TEXTS.contains(&from_base.as_str()) || TEXTS.contains(&to_base.as_str());
    let direct = from_base == to_base
        || either_text
        || both(&NUMBERS)
        || both(&TIMES)
        || both(&["json", "jsonb"])
        || both(&["boolean", "integer"])
        || both(&["inet", "cidr"]);
    match (direct, from.ends_with("[]") && to.ends_with("[]")) {
        (true, _) => format!("{column}::{to}"),
        (false, true) => format!("{column}::text[]::{to}"),
        (false, false) => format!("{column}::text::{to}"),
    }
}

/// Every value that is there can be converted; none where that is certain.
pub fn convertible(
    context: &Context,
    id: &ObjectId,
    (name, before): (&Ident, &Column),
    after: &Column,
    up: &str,
) -> Option<Precondition> {
    let (old, new) = (before.data_type.as_str(), after.data_type.as_str());
    let is_certain = up == up_expression(name, old, new) && keeps_every_value(old, new);
    (!is_certain).then(|| context.every_row_gives(&id.relation(), id, up))
}

/// New from old by cast, over the old column.
pub fn up_expression(column: &Ident, old: &str, new: &str) -> String {
    cast(&sql::ident(column), old, new)
}

/// Old from new by a cast that never raises; none where there is no such cast. `labels` are those of the old type, if it is an enum.
pub fn down_expression(column: &Ident, old: &str, new: &str, labels: Option<&[String]>) -> Option<String> {
    let name = sql::ident(column);
    let plain = cast(&name, new, old);
    let (old_base, old_numbers) = split(old);
    let (new_base, new_numbers) = split(new);
    let range = |low: &str, high: &str| Some(format!("CASE WHEN {name} BETWEEN {low} AND {high} THEN {plain} END"));
    if let Some(labels) = labels {
        let list: Vec<String> = labels.iter().map(|label| sql::literal(label)).collect();
        return Some(format!("CASE WHEN {name}::text IN ({}) THEN {name}::text::{old} END", list.join(", ")));
    }
    if let (Some(old), Some(new)) = (old_base.strip_suffix("[]"), new_base.strip_suffix("[]")) {
        return elements_back(&name, &plain, (old, old_numbers.is_empty()), new);
    }
    if let Some(pattern) = pattern_of(&old_base).filter(|_| TEXTS.contains(&new_base.as_str())) {
        let fits = |inner: &str| Some(format!("CASE WHEN {name}::text ~ '^{pattern}$' THEN {inner} END"));
        return match whole_numbers(&old_base) {
            Some((low, high)) => fits(&format!("CASE WHEN {name}::numeric BETWEEN {low} AND {high} THEN {plain} END")),
            None => fits(&plain),
        };
    }
    match old_base.as_str() {
        "text" => Some(plain),
        "boolean" if whole_numbers(&new_base).is_some() => Some(format!("CASE WHEN {name} IN (0, 1) THEN {plain} END")),
        base if whole_numbers(base).is_some() && new_base == "boolean" => Some(plain),
        base if base.ends_with(".citext") => Some(plain),
        "character varying" | "character" => match old_numbers.first() {
            None => Some(plain),
            Some(length) => Some(format!("CASE WHEN length({name}::text) <= {length} THEN {plain} END")),
        },
        "smallint" | "integer" if NUMBERS.contains(&new_base.as_str()) => {
            whole_numbers(&old_base).and_then(|(low, high)| range(low, high))
        }
        "bigint" if ["smallint", "integer"].contains(&new_base.as_str()) => Some(plain),
        "bigint" if NUMBERS.contains(&new_base.as_str()) => range("-9223372036854775808", "9223372036854775807"),
        "numeric" if ["smallint", "integer", "bigint", "numeric"].contains(&new_base.as_str()) => {
            match (old_numbers.first(), old_numbers.get(1).copied().unwrap_or(0)) {
                (None, _) => Some(plain),
                (Some(precision), scale) => {
                    let digits = "9".repeat((*precision).saturating_sub(scale) as usize);
                    let _ = &new_numbers;
                    Some(format!("CASE WHEN abs({name}) <= {digits} THEN {plain} END", digits = if digits.is_empty() { "0" } else { &digits }))
                }
            }
        }
        "real" | "double precision" if NUMBERS.contains(&new_base.as_str()) => Some(plain),
        base if TIMES.contains(&base) && TIMES.contains(&new_base.as_str()) => Some(plain),
        "json" | "jsonb" if ["json", "jsonb"].contains(&new_base.as_str()) => Some(plain),
        _ if old_base == new_base && old_numbers.is_empty() => Some(plain),
        _ => None,
    }
}

/// An array of the old elements from one of the new ones. As text an array holds nothing but its elements, their commas and
/// its braces, and quotes what could be taken for one of these.
fn elements_back(name: &str, plain: &str, (old, is_plain): (&str, bool), new: &str) -> Option<String> {
    if is_plain && (old == new || matches!(old, "text" | "character varying")) {
        return Some(plain.to_owned());
    }
    let fits = match whole_numbers(old) {
        Some((low, high)) => format!(
            "({name}::text::numeric[] IS NOT NULL AND ({low} > ANY ({name}::text::numeric[])) IS NOT TRUE AND ({high} < ANY ({name}::text::numeric[])) IS NOT TRUE)"
        ),
        None => String::from("true"),
    };
    if TEXTS.contains(&new) {
        let element = format!("({}|NULL)", pattern_of(old)?);
        let whole = format!("'^(\\{{\\}}|\\{{+{element}([{{}},]+{element})*\\}}+)$'");
        return Some(format!("CASE WHEN {name}::text ~ {whole} THEN CASE WHEN {fits} THEN {plain} END END"));
    }
    (whole_numbers(old).is_some() && NUMBERS.contains(&new) && whole_numbers(new).is_some())
        .then(|| format!("CASE WHEN {fits} THEN {plain} END"))
}

/// The least and the greatest number of the type.
fn whole_numbers(base: &str) -> Option<(&'static str, &'static str)> {
    match base {
        "smallint" => Some(("-32768", "32767")),
        "integer" => Some(("-2147483648", "2147483647")),
        "bigint" => Some(("-9223372036854775808", "9223372036854775807")),
        _ => None,
    }
}

/// Which texts are certainly values of the type, as a regular expression; none where that cannot be told so.
fn pattern_of(base: &str) -> Option<&'static str> {
    match base {
        "smallint" | "integer" | "bigint" => Some("-?[0-9]{1,30}"),
        "boolean" => Some("(true|false)"),
        "uuid" => Some("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        "date" => Some(
            "([0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)|([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29)",
        ),
        _ => None,
    }
}

/// True where every value of the old type comes back exactly from the new one by the derived casts.
pub fn keeps_every_value(old: &str, new: &str) -> bool {
    let (old_base, old_numbers) = split(old);
    let (new_base, new_numbers) = split(new);
    let rank = |base: &str| ["smallint", "integer", "bigint"].iter().position(|name| *name == base);
    match (old_base.as_str(), new_base.as_str()) {
        (_, "text") => true,
        (_, "character varying") if new_numbers.is_empty() => true,
        (a, b) if a == b && old_numbers == new_numbers => true,
        (a, "numeric") => rank(a).is_some() && new_numbers.is_empty() || a == "numeric" && new_numbers.is_empty(),
        ("date", b) => b.starts_with("timestamp"),
        ("timestamp without time zone", "timestamp with time zone")
        | ("timestamp with time zone", "timestamp without time zone") => old_numbers == new_numbers,
        (a, b) => is_catalog_only(old, new) || matches!((rank(a), rank(b)), (Some(a), Some(b)) if a <= b),
    }
}

/// What to say of a type change whose old values do not all come back.
pub fn loss(id: &crate::model::ObjectId, old: &str, new: &str) -> Option<crate::step::Hazard> {
    (!keeps_every_value(old, new)).then(|| {
        build::hazard(
            HazardCode::Irreversible,
            Verdict::Warn,
            id,
            format!("values of {} that {new} cannot hold exactly do not come back as they were", id.label()),
        )
    })
}
