//! Contract: the former columns, their indexes and the trigger go.

use super::copies::{standing_on, substitute_index};
use super::cut_over::moving;
use super::{Carried, CarriedTable, Carry, Way};
use crate::model::{Body, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::sql::own_name::former_name;
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Advice, Batch, BatchStatement, Code, DoneWhen, Fact, HazardCode, Lock, Moment, Phase, Step,
    TimeoutClass, Transaction, Undo, Verdict,
};
use std::collections::BTreeMap;

impl Carry<'_> {
    /// Former indexes concurrently, then trigger, function and former columns in one transaction.
    pub(super) fn finish(&self, table: &CarriedTable) -> Vec<Step> {
        let mut steps = Vec::new();
        for object in self.copies.old.iter().filter_map(|id| self.context.from.get(id)) {
            if standing_on(object).as_ref() != Some(&table.table) {
                continue;
            }
            match &object.body {
                Body::Index(index) => steps.push(self.drop_former_index(table, object, index)),
                Body::Constraint(constraint) => {
                    if let Some(index) = &constraint.index {
                        steps.push(self.release_former_key(table, object, index));
                    }
                }
                _ => {}
            }
        }
        steps.push(self.drop_former_columns(table));
        steps
    }

    /// Old names for the former columns' names.
    pub(super) fn former_names(&self, table: &QualifiedName) -> BTreeMap<Ident, Ident> {
        self.tables
            .iter()
            .filter(|each| each.table == *table)
            .flat_map(moving)
            .filter_map(|carried| {
                carried
                    .old_name()
                    .map(|old| (old.clone(), sql::own_name::former_name(old)))
            })
            .collect()
    }

    fn former_index(&self, index: &Index, name: &Ident) -> Stmt {
        sql::index(
            &substitute_index(index, &self.former_names(&index.table)),
            name,
            true,
            false,
        )
    }

    fn drop_former_index(&self, table: &CarriedTable, object: &Object, index: &Index) -> Step {
        let name = former_name(&object.id.name);
        let former = QualifiedName {
            schema: index.table.schema.clone(),
            name: name.clone(),
        };
        let mut step = self.step(
            &table.columns[0],
            Phase::Contract,
            format!("Drop the former index {} of {}", object.id.name, index.table),
            Action::one(sql::alter::drop_index(&former, true)),
            Undo::Run {
                action: self.in_type_names(Action::one(self.former_index(index, &name)), true),
                outside_transaction: true,
            },
            DoneWhen::Holds(self.behind(vec![sql::probe::not(&sql::probe::relation(&former))])),
        );
        step.transaction = Transaction::None;
        step.timeout = TimeoutClass::Long;
        step.locks = self.lock(&index.table, Lock::ShareUpdateExclusive);
        if index.on_partitioned {
            // Below a partitioned table nothing goes CONCURRENTLY, nor does it come as a whole.
            step.up = Action::one(sql::alter::drop_index(&former, false));
            let copy = substitute_index(index, &self.former_names(&index.table));
            step.undo = Undo::Run {
                action: self.in_type_names(self.tree_index(&object.id, copy, former_name), true),
                outside_transaction: true,
            };
            step.transaction = Transaction::Own;
            step.timeout = TimeoutClass::Cut;
            step.locks = self.lock(&index.table, Lock::AccessExclusive);
        }
        // A column that goes would take it along, and the way back would build it before the column is there.
        step.gives.push(Fact::Gone(object.id.clone()));
        step
    }

    /// The index of a former key went with its constraint at the cut-over. The step only notes it; its undo builds the
    /// index that the switch back needs.
    fn release_former_key(&self, table: &CarriedTable, object: &Object, index: &Index) -> Step {
        let copy = substitute_index(index, &self.former_names(&index.table));
        let note = sql::sync::support_comment(&table.table, &self.digest(&table.table), "after cut-over");
        let mut step = self.step(
            &table.columns[0],
            Phase::Contract,
            format!("Let go of the former key {} of {}", object.id.name, index.table),
            Action::one(note),
            Undo::Run {
                action: self.in_type_names(self.key_indexes(object, &copy, former_name), true),
                outside_transaction: true,
            },
            DoneWhen::Repeatable,
        );
        step.locks = self.lock(&index.table, Lock::AccessShare);
        let goes = |column: &Ident| {
            let id = ObjectId::part(Kind::Column, &table.table, column);
            self.context.old(&id).is_some()
                && self.context.new_of(&id).is_none()
                && moving(table).all(|carried| carried.old_name() != Some(column))
        };
        if self.context.new_of(&object.id).is_none()
            || index
                .key_columns()
                .is_some_and(|columns| columns.iter().any(goes))
        {
            // A column of the key that goes comes back before the index is built again.
            step.gives.push(Fact::Gone(object.id.clone()));
        }
        step
    }

    fn drop_former_columns(&self, table: &CarriedTable) -> Step {
        let digest = self.digest(&table.table);
        let mut up = sql::sync::drop_sync(&table.table, &digest);
        let formers: Vec<(&Carried, Ident)> = moving(table)
            .filter_map(|carried| {
                carried
                    .old_name()
                    .map(|old| (carried, sql::own_name::former_name(old)))
            })
            .collect();
        up.extend(
            formers
                .iter()
                .map(|(_, former)| sql::alter::drop_column(&table.table, former)),
        );
        let title = if formers.is_empty() {
            format!("Drop the fill trigger of {}", table.table)
        } else {
            let names: Vec<String> = formers.iter().map(|(_, former)| former.to_string()).collect();
            format!("Drop {} of {} and their trigger", names.join(", "), table.table)
        };
        let trigger = sql::sync::sync_trigger(&digest);
        let there = formers
            .iter()
            .map(|(_, former)| sql::probe::column(&table.table, former));
        let there = std::iter::once(sql::probe::trigger(&table.table, trigger.as_str())).chain(there);
        let gone: Vec<String> = there.map(|each| sql::probe::not(&each)).collect();
        let mut step = self.step(
            &table.columns[0],
            Phase::Contract,
            title,
            Action::Statements(up),
            self.undo_finish(table, &digest),
            DoneWhen::Holds(self.behind(gone)),
        );
        step.locks = self.lock(&table.table, Lock::AccessExclusive);
        step.application = table
            .columns
            .iter()
            .map(|carried| self.carried_meanwhile(carried))
            .collect();
        // What the fills read goes behind the trigger that reads it.
        let fills = table
            .columns
            .iter()
            .filter(|carried| matches!(carried.way, Way::Fill { .. }));
        step.gives
            .extend(fills.map(|carried| crate::step::Fact::Named(carried.column.clone())));
        for (carried, _) in &formers {
            if let Some((old, _)) = self.former(carried) {
                step.gives.push(crate::step::Fact::Gone(old.id.clone()));
            }
            if let Way::Shadow { down: None, .. } = &carried.way {
                step.hazards.push(crate::change::build::hazard(
                    HazardCode::Irreversible,
                    Verdict::Stop,
                    &carried.column,
                    format!("no expression leads back from the new {}; give one with `-- schemaplan: reverse EXPR`", carried.column.label()),
                ));
            }
        }
        step
    }

    /// What the trigger carries as long as it is there.
    fn carried_meanwhile(&self, carried: &Carried) -> Advice {
        let id = &carried.column;
        let rule = |what: &str| Advice::new(Moment::Until, Code::Old, what, id);
        match (&carried.way, self.former(carried)) {
            (Way::Fill { .. }, _) | (_, None) => rule("may leave").behind(" out"),
            (Way::Rename { old }, _) => rule(&format!("may go on using {old}, which")).behind(" follows"),
            (Way::Shadow { .. }, Some((_, old))) => rule("may go on writing").behind(format!(
                " as {}; values that this cannot hold wait for contract",
                old.data_type
            )),
        }
    }

    fn undo_finish(&self, table: &CarriedTable, digest: &str) -> Undo {
        let formers: Vec<&Carried> = moving(table).collect();
        if formers.is_empty() {
            let mut statements = vec![sql::sync::sync_body(digest, &self.forward_parts(table), false)];
            statements.extend(sql::sync::sync_trigger_statements(
                &table.table,
                digest,
                &super::start::parts_note(table),
            ));
            return Undo::statements(statements);
        }
        let mut first = Vec::new();
        let mut sets = Vec::new();
        let mut differs = Vec::new();
        let mut lost = Vec::new();
        for carried in &formers {
            let (Some((old, body)), Some(old_name)) = (self.former(carried), carried.old_name()) else {
                continue;
            };
            let former = sql::own_name::former_name(old_name);
            let mut bare = self.typed(carried, super::start::bare(old, &former), true);
            bare.comment = Some(format!(
                "schemaplan:1 {}",
                serde_json::json!({"kind": "former", "of": carried.column.name})
            ));
            first.extend(sql::create(&bare, self.context.from));
            let value = match &carried.way {
                Way::Rename { .. } => sql::ident(&carried.column.name),
                Way::Shadow { down: Some(down), .. } => format!("({down})"),
                _ => {
                    lost.push(carried.column.label());
                    continue;
                }
            };
            let name = sql::ident(&former);
            sets.push(format!("{name} = {value}"));
            differs.push(sql::differ(&name, &value, body));
        }
        first.push(sql::sync::sync_body(
            digest,
            &self.backward_parts(table, true),
            false,
        ));
        first.extend(sql::sync::sync_trigger_statements(
            &table.table,
            digest,
            &super::start::parts_note(table),
        ));
        let mut actions = vec![Action::Statements(first)];
        if !sets.is_empty() {
            actions.push(Action::Batches(Batch {
                table: table.table.clone(),
                key: self.key_after(table),
                statements: vec![BatchStatement {
                    before: format!(
                        "UPDATE {} SET {} WHERE ",
                        sql::qualified(&table.table),
                        sets.join(", ")
                    ),
                    qualifier: String::new(),
                    after: format!(" AND ({})", differs.join(" OR ")),
                }],
                otherwise: String::new(),
            }));
        }
        let action = Action::Sequence(actions);
        if lost.is_empty() {
            return Undo::Run {
                action,
                outside_transaction: false,
            };
        }
        Undo::Lossy {
            action,
            reason: format!(
                "the former values of {} cannot be computed from the new ones",
                lost.join(", ")
            ),
        }
    }

    /// Behind the cut-over the key is the desired one.
    fn key_after(&self, table: &CarriedTable) -> crate::step::Key {
        let swapped = crate::change::Context {
            from: self.context.to,
            ..*self.context
        };
        swapped.key(&table.table, |_| true)
    }
}
