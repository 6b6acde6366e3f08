//! Drop a table that the files no longer hold.

use super::{Change, Context, archive, archive_as_text, build, locks_beside};
use crate::model::{Body, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{Action, Advice, Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Step, TimeoutClass, Undo, Verdict};
use crate::text::DirectiveKind;

/// The manual of this change kind.
pub const MANUAL: &str = "\
drop_table: a table of the database is not in the files.

DROP TABLE locks every table it references or is referenced by, and the rows are gone. So its foreign keys are dropped
first, one transaction each; then, in contract, the table is moved to schemaplan_archive with its indexes and sequences
renamed (two archives must not clash). A name among those that the files give to something else is freed in expand. A table without a row is dropped. `-- schemaplan: discard table NAME` drops it in
any case; `schemaplan purge` empties the archive later.
Undo: the table moves back, rows included; one that was dropped empty is created again.";

/// A table goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropTable {
    /// The files ask for no archive.
    pub discard: bool,
    /// Its indexes and sequences whose names the files give to something else.
    pub gives_way: Vec<ObjectId>,
}

/// A partition that is made again takes its parent's defaults as they are by then: those that differ by the plan are its own.
fn defaults_again(context: &Context, parent: &QualifiedName, table: &QualifiedName) -> Vec<Stmt> {
    let default = |catalog, id: &ObjectId| Context::column(catalog, id).map(|column| column.default.clone());
    // A type that is exchanged brings the defaults of its columns back itself.
    let body = |object: Option<&Object>| object.map(|object| object.body.clone());
    let stays = |used: &ObjectId| !matches!(used.kind, Kind::EnumType | Kind::Domain) || body(context.old(used)) == body(context.new_of(used));
    let columns = context.from.parts(Kind::Column, table).filter(|column| column.depends_on.iter().all(stays));
    columns
        .filter_map(|column| {
            let above = ObjectId::part(Kind::Column, parent, &column.id.name);
            let (before, after) = (default(context.from, &above)?, default(context.to, &above)?);
            let own = default(context.from, &column.id)?;
            (before != after).then(|| sql::alter::default_only(table, &column.id.name, own.as_ref()))
        })
        .collect()
}

impl DropTable {
    /// One step; foreign keys, triggers, policies and rules of the table are changes of their own.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.old(&change.object) else {
            return Vec::new();
        };
        let Body::Table(body) = &object.body else {
            return Vec::new();
        };
        let id = &object.id;
        let table = id.qualified();
        let mut step = build::drop(context, object, change.code(), Phase::Contract);
        step.timeout = TimeoutClass::Cut;
        step.unit = super::handover(context, id);
        if body.partition_of.is_some() && !context.drops_first {
            step.ends.push(Fact::Exists(id.clone()));
        }
        step.application.extend(Advice::must_not_use(object));
        let columns: Vec<_> = context.from.parts(Kind::Column, &table).map(|c| c.id.clone()).collect();
        step.gives.extend(columns.into_iter().map(Fact::Gone));
        if self.discard || body.foreign.is_some() {
            step.gives.extend(self.gives_way.iter().cloned().map(Fact::Named));
            let recreate = archive::recreate_table(context, &table, &[]);
            step.undo = Undo::Lossy {
                action: Action::Statements(recreate.clone()),
                reason: format!("the rows of `{table}` are not archived"),
            };
            if body.foreign.is_some() {
                step.undo = Undo::statements(recreate);
            } else {
                step.hazards.push(build::hazard(
                    HazardCode::DropsData,
                    Verdict::Stop,
                    id,
                    format!("`{table}` is dropped with its rows, and not archived"),
                ));
            }
            return vec![step];
        }
        let name = archive::archive_name(context.seed, "t", &id.label(), table.name.as_str());
        let (given, parts): (Vec<_>, Vec<_>) = archive::moving_parts(context, &table, &name)
            .into_iter()
            .partition(|(_, old, _)| self.gives_way.iter().any(|id| id.name == *old));
        let text = archive_as_text::of_table(context, &table);
        let kept = |part: &&archive::Part| !text.dropped.contains(&part.1);
        let parts: Vec<archive::Part> = parts.iter().filter(kept).cloned().collect();
        let recreate = archive::recreate_table(context, &table, &given);
        let comment = format!(
            "schemaplan:1 {}",
            serde_json::json!({"kind": "archived-table", "of": table.to_string()})
        );
        let empty = sql::archive::is_empty(&table, archive::LOOK_LIMIT);
        let archived = sql::archive::archived(&name);
        step.title = format!("Move {id} to the archive (drop it where it is empty)");
        // A partition in the archive would go on taking the rows of its parent.
        let leaves = body.partition_of.as_ref().filter(|of| !context.is_going(&of.parent));
        let leave: Vec<Stmt> = leaves.iter().map(|of| sql::alter::detach_partition(&of.parent, &table)).collect();
        let mut away = leave.clone();
        if text.rewrites {
            step.cost = Cost::Rewrites(table.clone());
        }
        away.extend(text.away);
        away.extend(sql::archive::move_to_archive(&table, &name, &parts, &comment));
        step.up = Action::Statements(vec![
            sql::alter::lock_tables(std::slice::from_ref(&table)),
            // Foreign keys to the parent hold each of its partitions.
            sql::archive::choose(&empty, &[leave, vec![sql::drop(object)]].concat(), &away),
        ]);
        let mut back = sql::archive::move_from_archive(&table, &name, &parts);
        back.extend(
            sql::comment(object, object.comment.as_deref())
                .or_else(|| Some(Stmt::new(format!("COMMENT ON TABLE {} IS NULL", sql::qualified(&table))))),
        );
        back.extend(text.back);
        back.extend(leaves.map(|of| sql::alter::attach_partition(&of.parent, &table, &of.bound)));
        let mut undo = vec![sql::archive::choose(&sql::probe::relation(&archived), &back, &recreate)];
        undo.extend(leaves.iter().flat_map(|of| defaults_again(context, &of.parent, &table)));
        step.undo = Undo::statements(undo);
        step.done_when = DoneWhen::Holds(sql::probe::not(&sql::exists(id)));
        if let Some(of) = leaves {
            step.locks.extend(locks_beside::of_keys(context, &of.parent, Lock::AccessExclusive));
            step.preconditions.extend(context.nobody_refers_to(&table));
        }
        step.hazards.push(build::hazard(
            HazardCode::DropsData,
            Verdict::Warn,
            id,
            format!("`{table}` goes; its rows are kept in schemaplan_archive until they are purged"),
        ));
        let mut steps: Vec<Step> = given.iter().map(|part| self.give_way(change, &table, part)).collect();
        steps.push(step);
        steps
    }

    /// An index or sequence takes its archive name before the table goes, so that what needs its name does not wait for that.
    fn give_way(&self, change: &Change, table: &QualifiedName, part: &archive::Part) -> Step {
        let (kind, old, new) = part;
        let in_schema = |name: &Ident| QualifiedName { schema: table.schema.clone(), name: name.clone() };
        let (old, new) = (in_schema(old), in_schema(&Ident::new(new)));
        let mut step = Step::new(
            change.object.clone(),
            change.code(),
            Phase::Expand,
            format!("Free the name {} of {} {table}", old.name, if kind == "INDEX" { "an index of" } else { "a sequence of" }),
            Action::one(sql::archive::rename_part(kind, &old, &new.name)),
            Undo::statements(vec![sql::archive::rename_part(kind, &new, &old.name)]),
            DoneWhen::Holds(sql::probe::relation(&new)),
        );
        step.gives.extend(self.gives_way.iter().filter(|id| id.name == old.name).cloned().map(Fact::Named));
        step.hazards.push(build::hazard(
            HazardCode::BreaksClients,
            Verdict::Warn,
            &change.object,
            format!("code that calls {} of `{table}` by its name no longer finds it", old.name),
        ));
        step
    }
}

/// True where a directive asks that this object is not archived: on the object's table, or by name anywhere.
pub fn discards(context: &Context, id: &crate::model::ObjectId) -> bool {
    context.directive(id, |kind| *kind == DirectiveKind::Discard)
}
