//! A table becomes partitioned, stops being so, or is partitioned by another key.

mod copies;
mod cut_over;
mod early;
mod finish;
mod first;
mod hindrance;
mod mark;
mod numbering;
mod outside;
mod shadow;
mod start;

pub(in crate::change) use first::fits_bound;

pub use mark::mark;

use super::add_column::ordered_columns;
use super::partition_tree::tree;
use super::{Change, Context, archive, build, change_type::up_expression, create_object::unit_of_table, is_replaced};
use crate::model::{Body, Catalog, Column, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Step, TimeoutClass, Undo, Verdict};
use crate::text::DirectiveKind;
use first::First;
use shadow::Shadow;

/// The manual of this change kind.
pub const MANUAL: &str = "\
replace_table: a table becomes partitioned, stops being so, or is partitioned by another key.

No ALTER exists for it. Online, and on every table above the size gate, the new form is made beside the old one in expand,
with its partitions and its key; statement triggers write every change of the table into it too. Migrate copies the rows in
batches, builds the indexes concurrently, proves the foreign keys and compares both forms row by row, both ways. The
cut-over in contract is one short transaction: the names of the tables, indexes and constraints change places, and triggers,
policies, rules, statistics, publications, views and the foreign keys of other tables move to the new form with sequences,
owner, privileges and comments. The triggers turn round: the old form stays current until the end of contract, where it moves
to schemaplan_archive.
A plain table is not copied but becomes a partition itself where that takes every row: the only partition, or the one that
says `-- schemaplan: first-partition`. The partitioned table is made beside it in expand; migrate proves by a CHECK that every
row fits (what does not is rejected from then on), and builds what the partitioned table's keys and indexes need; the cut-over
attaches the table, which reads nothing by then. It needs the same columns, CHECKs and foreign keys on both sides. Undo: it is
detached and is the table again; refused once another partition holds rows: a new plan to the former files copies those.
Copying needs a primary key, or a unique key over NOT NULL columns, on both forms, and the same columns; what cannot be carried is
said as the reason.
On a table up to the size gate the plain form is one transaction in contract: the old table moves to schemaplan_archive, the new
one is made under its name, the rows are copied.
Undo: before the cut-over the new form is dropped. Behind it the names change places again; from the archive the old form
comes back first, the triggers keep it current, and the rows that differ by then are copied into it.";

/// A new table takes the name and the rows of the old one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplaceTable {
    /// The new form is made beside the old one, and takes its place in this transaction.
    pub unit: Option<String>,
}

impl ReplaceTable {
    /// The old table aside, and, once the new one and its partitions stand, the rows.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(_)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let id = &old.id;
        let table = id.qualified();
        let first = First::of(context, id);
        if let (Some(unit), Ok(first)) = (&self.unit, &first) {
            return first.steps(unit);
        }
        let shadow = Shadow::of(context, id);
        if let (Some(unit), Ok(shadow)) = (&self.unit, &shadow) {
            let mut steps = online(shadow, unit);
            if let (Some(step), Some(why)) = (steps.first_mut(), first.err().filter(|_| first::is_asked_for(context, &table))) {
                let message = format!("`{table}` is copied and does not become its `first-partition`, since {why}");
                step.hazards.push(build::hazard(HazardCode::LongRunning, Verdict::Stop, id, message));
            }
            return steps;
        }
        let name = archive::archive_name(context.seed, "r", &id.label(), table.name.as_str());
        let parts = archive::moving_parts(context, &table, &name);
        let note = serde_json::json!({"kind": "archived-table", "of": table.to_string(), "by": "replacement"});
        let mut up = vec![sql::alter::lock_tables(std::slice::from_ref(&table))];
        // In the archive a partition would keep its place below the parent.
        let leaves = Context::table(context.from, &table)
            .and_then(|body| body.partition_of.as_ref())
            .filter(|of| !context.is_going(&of.parent) && !is_replaced(context.from, context.to, &of.parent));
        up.extend(leaves.map(|of| sql::alter::detach_partition(&of.parent, &table)));
        up.extend(sql::archive::move_to_archive(&table, &name, &parts, &format!("schemaplan:1 {note}")));
        let mut down = sql::archive::move_from_archive(&table, &name, &parts);
        down.push(
            sql::comment(old, old.comment.as_deref())
                .unwrap_or_else(|| sql::alter::comment_on_table(&table, old.comment.as_deref())),
        );
        down.extend(leaves.map(|of| sql::alter::attach_partition(&of.parent, &table, &of.bound)));
        let archived = sql::archive::archived(&name);
        let mut aside = build::drop(context, old, change.code(), Phase::Contract);
        aside.title = format!("Move the former {table} to the archive");
        aside.up = Action::Statements(up);
        aside.undo = Undo::statements(down);
        aside.done_when = DoneWhen::Holds(sql::probe::relation(&archived));
        aside.timeout = TimeoutClass::Cut;
        aside.unit = Some(unit_of_table(context, &table));
        aside.preconditions = context.size_gate(&table);
        aside.cost = Cost::Copies(table.clone());
        let columns: Vec<ObjectId> = context.from.parts(Kind::Column, &table).map(|column| column.id.clone()).collect();
        aside.gives.extend(columns.into_iter().map(Fact::Gone));
        if context.from.sizes.get(&table).is_none_or(|size| size.bytes > context.policy.small_table_bytes) {
            let why = match first.err().filter(|_| first::is_asked_for(context, &table)).or(shadow.err()) {
                Some(why) if !is_copied_with_parent(context, &table) => format!(", since {why}"),
                _ => String::new(),
            };
            aside.hazards.push(build::hazard(
                HazardCode::NoSafeForm,
                if context.policy.sizes_known { Verdict::Refuse } else { Verdict::Stop },
                id,
                format!("`{table}` is copied under ACCESS EXCLUSIVE to change how it is partitioned{why}"),
            ));
        }
        aside.hazards.push(build::hazard(
            HazardCode::BreaksClients,
            Verdict::Warn,
            id,
            format!("INSERT … ON CONFLICT into `{table}` needs a key that the new table has"),
        ));
        aside.needs.extend(leaving(context, &table));
        if is_copied_with_parent(context, &table) {
            return vec![aside];
        }
        vec![aside, self.copy(change, context, &archived, &parts)]
    }

    fn copy(
        &self,
        change: &Change,
        context: &Context,
        archived: &QualifiedName,
        parts: &[(String, Ident, String)],
    ) -> Step {
        let id = &change.object;
        let table = id.qualified();
        let shared = shared(context, &table);
        let names: Vec<Ident> = shared.iter().map(|column| column.name.clone()).collect();
        let up: Vec<String> = shared.iter().map(|column| column.up.clone()).collect();
        let down: Vec<String> = shared.iter().map(|column| column.down.clone()).collect();
        let mut up = vec![sql::archive::copy_rows(archived, &table, &names, &up)];
        // The former sequences went along; the new ones of their names go on where those stand.
        let here = |old: &Ident| QualifiedName { schema: table.schema.clone(), name: old.clone() };
        let counts_on = |(kind, old, _): &&(String, Ident, String)| kind == "SEQUENCE" && is_sequence(context.to, &here(old));
        let sequences: Vec<_> = parts.iter().filter(counts_on).collect();
        up.extend(sequences.iter().map(|(_, old, new)| sql::archive::copy_position(&sql::archive::archived(new), &here(old))));
        let mut down = vec![sql::archive::empty_and_copy(&table, archived, &names, &down)];
        down.extend(sequences.iter().map(|(_, old, new)| sql::archive::copy_position(&here(old), &sql::archive::archived(new))));
        let mut step = build::alter(id, change.code(), Phase::Contract, format!("Copy the rows of {table}"), up, down);
        step.gives.clear();
        step.gives.push(Fact::Valid(id.clone()));
        step.needs.push(Fact::Exists(id.clone()));
        for child in tree(context.to, &table).iter().skip(1).map(|child| ObjectId::named(Kind::Table, child)) {
            step.needs.push(Fact::Exists(child.clone()));
            step.needs.push(Fact::Valid(child));
        }
        for object in context.to.of_kind(Kind::Sequence) {
            if let Body::Sequence(sequence) = &object.body
                && sequence.owned_by.as_ref().is_some_and(|(owner, _)| *owner == table)
            {
                step.needs.push(Fact::Exists(object.id.clone()));
            }
        }
        step.cost = Cost::Copies(table.clone());
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        step.unit = Some(unit_of_table(context, &table));
        step
    }
}

/// The new form beside the old one, the cut-over, the archive.
fn online(shadow: &Shadow, unit: &str) -> Vec<Step> {
    let early = shadow.early();
    let mut steps = vec![shadow.begin(&early), shadow.copy()];
    steps.extend(shadow.build_indexes(&early));
    steps.extend(shadow.add_foreign_keys(&early));
    steps.push(shadow.analyze());
    steps.extend(shadow.prove(Phase::Migrate));
    steps.extend(shadow.settle());
    steps.push(shadow.cut_over(&early, unit));
    steps.push(shadow.archive());
    steps
}

/// A column that both tables have and that is written, with what reads the new value from the old row and the old from the new.
struct Shared {
    name: Ident,
    up: String,
    down: String,
}

/// True where a sequence bears the name, that of an identity included.
fn is_sequence(catalog: &Catalog, name: &QualifiedName) -> bool {
    let is_of = |column: &Object| matches!(&column.body, Body::Column(Column { identity: Some(identity), .. }) if identity.sequence == *name);
    catalog.get(&ObjectId::named(Kind::Sequence, name)).is_some() || catalog.of_kind(Kind::Column).any(is_of)
}

fn shared(context: &Context, table: &QualifiedName) -> Vec<Shared> {
    let mut found = Vec::new();
    for (object, after) in ordered_columns(context.to, table) {
        let name = &object.id.name;
        let Some(before) = Context::column(context.from, &object.id) else { continue };
        if after.generated.is_some() || before.generated.is_some() {
            continue;
        }
        let (old, new) = (before.data_type.as_str(), after.data_type.as_str());
        let plain = || sql::ident(name);
        let using = context.directive_text(&object.id, |kind| match kind {
            DirectiveKind::Using(text) => Some(text.clone()),
            _ => None,
        });
        let reverse = context.directive_text(&object.id, |kind| match kind {
            DirectiveKind::Reverse(text) => Some(text.clone()),
            _ => None,
        });
        let up = if old == new { plain() } else { up_expression(name, old, new) };
        let down = if old == new { plain() } else { up_expression(name, new, old) };
        found.push(Shared { name: name.clone(), up: using.unwrap_or(up), down: reverse.unwrap_or(down) });
    }
    found
}

/// Partitions that go or leave do so while their parent still bears its name.
fn leaving(context: &Context, table: &QualifiedName) -> Vec<Fact> {
    let mut facts = Vec::new();
    for child in context.from.of_kind(Kind::Table) {
        let Body::Table(body) = &child.body else { continue };
        let Some(before) = body.partition_of.as_ref().filter(|of| of.parent == *table) else { continue };
        match Context::table(context.to, &child.id.qualified()) {
            None => facts.push(Fact::Gone(child.id.clone())),
            Some(after) if after.partition_of.as_ref().map(|of| &of.parent) != Some(&before.parent) => {
                facts.push(Fact::Named(child.id.clone()));
            }
            Some(_) => {}
        }
    }
    facts
}

/// True for a partition whose rows are copied with its parent's.
fn is_copied_with_parent(context: &Context, table: &QualifiedName) -> bool {
    let parent = |catalog| Context::table(catalog, table).and_then(|body| body.partition_of.as_ref()).map(|of| &of.parent);
    match (parent(context.from), parent(context.to)) {
        (Some(before), Some(after)) => before == after && is_replaced(context.from, context.to, before),
        _ => false,
    }
}
