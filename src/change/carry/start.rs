//! Expand: new columns and the sync trigger, in one transaction.

use super::{Carried, CarriedTable, Carry, Way};
use crate::change::add_column::{computed, sources};
use crate::change::change_type::convertible;
use crate::change::{Context, restoring};
use crate::model::{Body, Expr, Ident, Kind, Object, ObjectId};
use crate::sql::{self, Stmt};
use crate::step::{Action, DoneWhen, Fact, HazardCode, Lock, Precondition, Step, Undo, Verdict};

impl Carry<'_> {
    /// Columns, function, trigger, marks: one transaction, so that no write can miss.
    pub(super) fn begin(&self, table: &CarriedTable) -> Step {
        let digest = self.digest(&table.table);
        let mut up = Vec::new();
        let mut down = sql::sync::drop_sync(&table.table, &digest);
        let mut adds = Vec::new();
        let mut archive = Vec::new();
        for carried in &table.columns {
            let (mut add, remove) = self.add(table, carried, &mut archive);
            if !add.is_empty() {
                adds.push(carried.shadow_name().to_string());
            }
            up.append(&mut add);
            down.extend(remove);
        }
        up.push(sql::sync::sync_body(&digest, &self.forward_parts(table), false));
        up.extend(sql::sync::sync_trigger_statements(
            &table.table,
            &digest,
            &parts_note(table),
        ));
        let title = if adds.is_empty() {
            format!("Fill columns of {} by trigger", table.table)
        } else {
            format!(
                "Add {} to {} and keep it current by trigger",
                adds.join(", "),
                table.table
            )
        };
        let mut step = self.step(
            &table.columns[0],
            self.begins_in(&table.columns),
            title,
            Action::Statements(up),
            match archive.is_empty() {
                true => Undo::statements(down),
                false => {
                    archive.push(Action::Statements(down));
                    Undo::Run {
                        action: Action::Sequence(archive),
                        outside_transaction: false,
                    }
                }
            },
            DoneWhen::Holds(sql::probe::trigger(
                &table.table,
                sql::sync::sync_trigger(&digest).as_str(),
            )),
        );
        let lock = if adds.is_empty() {
            Lock::ShareRowExclusive
        } else {
            Lock::AccessExclusive
        };
        step.locks = self.lock(&table.table, lock);
        step.preconditions = self.values_are_given(table);
        // A type that the plan makes stands before a column is of it.
        let types = table.columns.iter().filter_map(|carried| self.desired(carried));
        let types = types.flat_map(|(object, _)| &object.depends_on);
        let kinds = [Kind::EnumType, Kind::Domain, Kind::CompositeType, Kind::RangeType];
        let types = types.filter(|used| kinds.contains(&used.kind) && self.context.old(used).is_none());
        step.needs.extend(types.cloned().map(Fact::Exists));
        if !adds.is_empty() {
            step.hazards.push(crate::change::build::hazard(
                HazardCode::ChangesResultType,
                Verdict::Warn,
                &table.columns[0].column,
                format!(
                    "prepared statements that select everything from `{}` fail once",
                    table.table
                ),
            ));
        }
        step
    }

    /// Every row that is there gives a value for each of the columns.
    fn values_are_given(&self, table: &CarriedTable) -> Vec<Precondition> {
        let asked = |carried: &Carried| match &carried.way {
            Way::Shadow { old, up, .. } => {
                let id = ObjectId::part(Kind::Column, &table.table, old);
                let before = Context::column(self.context.from, &id)?;
                let (_, after) = self.desired(carried)?;
                convertible(self.context, &carried.column, (old, before), after, up)
            }
            Way::Fill { value, .. } if !sql::is_constant(&Expr::new(value.as_str())) => {
                Some(self.context.every_row_gives(&table.table, &carried.column, value))
            }
            Way::Fill { .. } | Way::Rename { .. } => None,
        };
        table.columns.iter().filter_map(asked).collect()
    }

    /// The new form without default, NOT NULL and identity, and what takes it away again. What new code has written
    /// into a new column goes to the archive before, in batches where the table is large.
    fn add(
        &self,
        table: &CarriedTable,
        carried: &Carried,
        archive: &mut Vec<Action>,
    ) -> (Vec<Stmt>, Vec<Stmt>) {
        let Some((object, column)) = self.desired(carried) else {
            return (Vec::new(), Vec::new());
        };
        let name = carried.shadow_name();
        let mut statements = Vec::new();
        match &carried.way {
            Way::Fill { fresh: false, .. } => return (Vec::new(), Vec::new()),
            Way::Fill { value, .. } => {
                statements.extend(sql::create(&bare(object, &name), self.context.to));
                if let Some(default) = &column.default {
                    statements.push(sql::alter::set_default(&table.table, &name, default));
                }
                statements.extend(sql::sync::add_todo(&table.table, &name, value));
                let mut remove = vec![sql::sync::drop_todo_if_there(&table.table, &name)];
                match crate::change::drop_column::undo_add(self.context, object) {
                    Undo::Run {
                        action: Action::Statements(drop),
                        ..
                    } => remove.extend(drop),
                    Undo::Run {
                        action: Action::Sequence(mut actions),
                        ..
                    } => {
                        if let Some(Action::Statements(drop)) = actions.pop() {
                            remove.extend(drop);
                        }
                        archive.extend(actions);
                    }
                    _ => remove.push(sql::drop(object)),
                }
                return (statements, remove);
            }
            Way::Rename { .. } => statements.extend(sql::create(&bare(object, &name), self.context.to)),
            Way::Shadow { .. } => {
                let mut shadow = self.typed(carried, bare(object, &name), false);
                shadow.comment = Some(format!(
                    "schemaplan:1 {}",
                    serde_json::json!({"kind": "shadow", "of": carried.column.name})
                ));
                // It may be there without its trigger, which goes with the schema that its function is in.
                let made = sql::create(&shadow, self.context.to).into_iter();
                statements.extend(made.map(|each| sql::alter::add_column_if_missing(&table.table, each)));
            }
        }
        (statements, vec![sql::alter::drop_column(&table.table, &name)])
    }

    /// A value for what a write leaves NULL.
    pub(super) fn fill_parts(&self, table: &CarriedTable) -> Vec<String> {
        let fill = |carried: &Carried| match &carried.way {
            Way::Fill { value, .. } => {
                let name = &carried.column.name;
                let follows = computed(self.context, &carried.column).is_some();
                let sources = sources(self.context, &carried.column, value);
                Some(match follows && !sources.is_empty() {
                    true => sql::sync::follow_part(name, &sql::over_new(value), &sources),
                    false => sql::sync::fill_part(name, &sql::over_new(value)),
                })
            }
            _ => None,
        };
        table.columns.iter().filter_map(fill).collect()
    }

    /// The body before the cut-over: fills, two-way names, shadows.
    pub(super) fn forward_parts(&self, table: &CarriedTable) -> Vec<String> {
        let mut parts = self.fill_parts(table);
        for carried in &table.columns {
            if let Way::Rename { old } = &carried.way {
                let default = self
                    .former(carried)
                    .and_then(|(_, column)| column.default.as_ref());
                let constant =
                    default.filter(|_| !self.former(carried).is_some_and(|(_, c)| c.volatile_default));
                let cast = self.cast(self.former(carried));
                parts.push(sql::sync::two_way_part(old, &carried.column.name, constant, cast));
            }
        }
        for carried in &table.columns {
            if let Way::Shadow { up, .. } = &carried.way {
                parts.push(sql::sync::assign_part(&carried.shadow_name(), &sql::over_new(up)));
            }
        }
        parts
    }
}

/// The column under another name, without what unfilled rows may not meet.
pub(super) fn bare(object: &Object, name: &Ident) -> Object {
    let mut bare = restoring(object);
    bare.id.name = name.clone();
    bare.grants_declared = !bare.grants.is_empty();
    if let Body::Column(column) = &mut bare.body {
        column.default = None;
        column.not_null = false;
        column.not_null_constraint = None;
        column.identity = None;
    }
    bare
}

pub(super) fn parts_note(table: &CarriedTable) -> serde_json::Value {
    table
        .columns
        .iter()
        .map(|carried| match &carried.way {
            Way::Fill { value, .. } => {
                serde_json::json!({"kind": "fill", "column": carried.column.name, "value": value})
            }
            Way::Rename { old } => {
                serde_json::json!({"kind": "rename", "old": old, "new": carried.column.name})
            }
            Way::Shadow { old, up, down } => {
                serde_json::json!({"kind": "shadow", "of": old, "up": up, "down": down})
            }
        })
        .collect()
}
