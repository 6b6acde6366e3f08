//! A table becomes partitioned, stops being so, or is partitioned by another key.

use super::{Change, Context, add_column::ordered_columns, archive, build, create_object::unit_of_table};
use crate::model::{Body, Ident, Kind, ObjectId};
use crate::sql;
use crate::step::{Action, Cost, DoneWhen, Fact, HazardCode, Lock, Phase, Step, TimeoutClass, Undo, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
replace_table: a table becomes partitioned, stops being so, or is partitioned by another key.

No ALTER exists for it. On a table up to the size gate one transaction in contract moves the old table to
schemaplan_archive, makes the new one under its name with its partitions, keys and indexes, and copies the rows. What
stands on the table (views, foreign keys of other tables) steps aside and comes back. Above the gate it is refused: the
staged form (a shadow table with sync triggers) is not there yet.
Undo: the rows as they are by then go back into the old table, which takes its name again.";

/// A new table takes the name and the rows of the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceTable;

impl ReplaceTable {
    /// The old table aside, and, once the new one and its partitions stand, the rows.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let (Some(old), Some(_)) = (context.old(&change.object), context.new_of(&change.object)) else {
            return Vec::new();
        };
        let id = &old.id;
        let table = id.qualified();
        let name = archive::archive_name(context.seed, "r", &id.label(), table.name.as_str());
        let parts = archive::moving_parts(context, &table, &name);
        let note = serde_json::json!({"kind": "archived-table", "of": table.to_string(), "by": "replacement"});
        let mut up = vec![sql::alter::lock_tables(std::slice::from_ref(&table))];
        up.extend(sql::archive::move_to_archive(&table, &name, &parts, &format!("schemaplan:1 {note}")));
        let mut down = sql::archive::move_from_archive(&table, &name, &parts);
        down.push(
            sql::comment(old, old.comment.as_deref())
                .unwrap_or_else(|| sql::alter::comment_on_table(&table, old.comment.as_deref())),
        );
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
            aside.hazards.push(build::hazard(
                HazardCode::NoSafeForm,
                if context.policy.sizes_known { Verdict::Refuse } else { Verdict::Stop },
                id,
                format!("`{table}` is copied under ACCESS EXCLUSIVE to change how it is partitioned"),
            ));
        }
        aside.hazards.push(build::hazard(
            HazardCode::BreaksClients,
            Verdict::Warn,
            id,
            format!("INSERT … ON CONFLICT into `{table}` needs a key that the new table has"),
        ));
        vec![aside, self.copy(change, context, &archived, &parts)]
    }

    fn copy(
        &self,
        change: &Change,
        context: &Context,
        archived: &crate::model::QualifiedName,
        parts: &[(String, Ident, String)],
    ) -> Step {
        let id = &change.object;
        let table = id.qualified();
        let shared: Vec<Ident> = ordered_columns(context.to, &table)
            .into_iter()
            .filter(|(object, column)| {
                let before = Context::column(context.from, &object.id);
                column.generated.is_none() && before.is_some_and(|before| before.generated.is_none())
            })
            .map(|(object, _)| object.id.name.clone())
            .collect();
        let mut up = vec![sql::archive::copy_rows(archived, &table, &shared)];
        // The former sequences went along; the new ones go on where those stand.
        for (kind, old, new) in parts.iter().filter(|(kind, _, _)| kind == "SEQUENCE") {
            let _ = kind;
            let here = crate::model::QualifiedName { schema: table.schema.clone(), name: old.clone() };
            up.push(sql::archive::copy_position(&sql::archive::archived(new), &here));
        }
        let mut down = vec![sql::archive::empty_and_copy(&table, archived, &shared)];
        for (_, old, new) in parts.iter().filter(|(kind, _, _)| kind == "SEQUENCE") {
            let here = crate::model::QualifiedName { schema: table.schema.clone(), name: old.clone() };
            down.push(sql::archive::copy_position(&here, &sql::archive::archived(new)));
        }
        let mut step = build::alter(id, change.code(), Phase::Contract, format!("Copy the rows of {table}"), up, down);
        step.gives.clear();
        step.gives.push(Fact::Valid(id.clone()));
        step.needs.push(Fact::Exists(id.clone()));
        for child in context.to.of_kind(Kind::Table) {
            if let Body::Table(body) = &child.body
                && body.partition_of.as_ref().is_some_and(|of| of.parent == table)
            {
                step.needs.push(Fact::Exists(child.id.clone()));
                step.needs.push(Fact::Valid(child.id.clone()));
            }
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
