//! The undo of the cut-over: the names go back, and what the switch back had to drop is built again.

use super::copies::substitute_index;
use super::cut_over::moving;
use super::tree_index::{described, renamed};
use super::tree_key::become_key;
use super::{Carried, CarriedTable, Carry};
use crate::change::{change_identity, change_identity::as_it_was};
use crate::model::{Body, Constraint, Ident, Object, QualifiedName};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, Stmt};
use crate::step::Action;

impl Carry<'_> {
    /// NOT NULL of the former column is proven before the names go back, so that the switch itself reads nothing.
    pub(super) fn prove_former(&self, table: &CarriedTable, carried: &Carried) -> Vec<Action> {
        let (Some((_, old)), Some(old_name)) = (self.former(carried), carried.old_name()) else {
            return Vec::new();
        };
        if !old.not_null {
            return Vec::new();
        }
        let former = sql::own_name::former_name(old_name);
        let check = sql::own_name::not_null_check_name(&former);
        let definition = format!("CHECK ({} IS NOT NULL)", sql::ident(&former));
        vec![
            Action::one(sql::alter::add_constraint(
                &table.table,
                &check,
                &definition,
                true,
            )),
            Action::one(sql::alter::validate_constraint(&table.table, &check)),
            Action::Statements(vec![
                sql::alter::set_not_null(&table.table, &former),
                sql::alter::drop_constraint(&table.table, &check),
            ]),
        ]
    }

    pub(super) fn switch_back(&self, locked: &[QualifiedName]) -> Vec<Stmt> {
        let mut statements = vec![sql::alter::lock_tables(locked)];
        for foreign in [true, false] {
            for (object, constraint) in self.new_constraints() {
                let table = object.id.relation();
                let goes = match constraint.index.is_some() {
                    true => !foreign,
                    false => foreign && self.goes_back(object, constraint),
                };
                if goes {
                    statements.extend(self.leave_late(object, constraint));
                } else if constraint.index.is_none() && foreign {
                    statements.push(sql::alter::rename_constraint(
                        &table,
                        &object.id.name,
                        &shadow_name(&object.id.name),
                    ));
                }
            }
        }
        for index in self.copies.new.iter().filter_map(|id| self.context.to.get(id)) {
            statements.extend(renamed(index, Ident::clone, shadow_name));
        }
        statements.extend(self.exchange_types_back());
        for table in self.tables {
            for carried in moving(table) {
                statements.extend(self.switch_column_back(table, carried));
            }
        }
        statements.extend(self.old_again());
        for table in self.tables.iter().filter(|table| moving(table).next().is_some()) {
            statements.push(sql::sync::sync_body(
                &self.digest(&table.table),
                &self.forward_parts(table),
                true,
            ));
        }
        statements
    }

    fn switch_column_back(&self, table: &CarriedTable, carried: &Carried) -> Vec<Stmt> {
        let (Some((_, new)), Some((old_object, old)), Some(old_name)) =
            (self.desired(carried), self.former(carried), carried.old_name())
        else {
            return Vec::new();
        };
        let table = &table.table;
        let name = &carried.column.name;
        let former = sql::own_name::former_name(old_name);
        let transfer = old.identity.as_ref().zip(new.identity.as_ref());
        let mut statements = Vec::new();
        if let Some((_, after)) = transfer {
            statements.push(sql::sync::identity_to_sequence(table, name, after));
        } else if new.identity.is_some() {
            statements.push(sql::alter::column_action(table, name, "DROP IDENTITY"));
        }
        if carried.shadow_name() != *name {
            statements.push(sql::alter::rename_column(table, name, &carried.shadow_name()));
        }
        statements.push(sql::alter::rename_column(table, &former, old_name));
        if let Some(form) = old.not_null_constraint.as_ref().filter(|_| old.not_null) {
            // The new form may hold the name.
            let early = carried.shadow_name();
            let default = sql::not_null::default_name(&table.name, &early);
            statements.push(sql::not_null::rename(table, &early, &default));
            statements.push(sql::not_null::rename(table, old_name, &form.name));
        }
        statements.push(sql::alter::drop_default(table, &carried.shadow_name()));
        if let Some(sequence) = self.serial_of(carried) {
            statements.extend(change_identity::serial_again(self.context, sequence));
        }
        if old.default.is_some() && transfer.is_none() {
            statements.push(sql::alter::default(table, old_name, old.default.as_ref()));
        }
        if let Some((before, after)) = transfer {
            let (kept, from) = (as_it_was(before), self.context.from);
            statements.extend(sql::sync::adopt_sequence(
                table,
                old_name,
                &after.sequence,
                &kept,
                from,
            ));
        } else if let Some(identity) = &old.identity {
            statements.extend(sql::sync::add_identity(
                table,
                old_name,
                &as_it_was(identity),
                self.context.from,
            ));
        }
        statements.extend(self.owned_sequences(carried, old_object, table, old_name));
        statements.push(sql::column_comment(
            table,
            old_name,
            old_object.comment.as_deref(),
        ));
        if carried.shadow_name() != *name {
            let note = serde_json::json!({"kind": "shadow", "of": name});
            let note = format!("schemaplan:1 {note}");
            statements.push(sql::column_comment(table, &carried.shadow_name(), Some(&note)));
        }
        statements
    }

    /// Keys from the indexes that the undo of `finish` has built, CHECKs and foreign keys NOT VALID.
    fn old_again(&self) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for index in self.copies.old.iter().filter_map(|id| self.context.from.get(id)) {
            if matches!(index.body, Body::Index(_)) {
                statements.extend(renamed(index, former_name, Ident::clone));
                statements.extend(described(index, self.context.from));
            }
        }
        for keys in [true, false] {
            for (object, constraint) in self.old_constraints() {
                if constraint.index.is_some() != keys {
                    continue;
                }
                if keys {
                    statements.extend(become_key(object, constraint, self.context.from, former_name));
                    continue;
                }
                if self.is_of_tree(object, constraint) {
                    statements.extend(self.former_again(object, constraint));
                    continue;
                }
                let (table, definition) = (object.id.relation(), &constraint.definition);
                statements.push(sql::alter::add_constraint(
                    &table,
                    &object.id.name,
                    definition,
                    true,
                ));
                statements.extend(sql::create(object, self.context.from).into_iter().skip(1));
            }
        }
        statements
    }

    pub(super) fn validate_former(&self) -> Vec<Action> {
        self.old_constraints()
            .filter(|(object, constraint)| {
                constraint.index.is_none() && constraint.validated && !self.is_of_tree(object, constraint)
            })
            .map(|(object, _)| {
                Action::one(sql::alter::validate_constraint(
                    &object.id.relation(),
                    &object.id.name,
                ))
            })
            .collect()
    }

    /// True for a foreign key to a table whose key goes with the switch back.
    fn hangs_on_new_key(&self, constraint: &Constraint) -> bool {
        constraint.references.as_ref().is_some_and(|reference| {
            self.new_constraints()
                .any(|(key, body)| body.index.is_some() && key.id.relation() == reference.table)
        })
    }

    /// True for a constraint that the switch back drops instead of giving it its early name: that of a partitioned table has adopted
    /// what stood alone.
    fn goes_back(&self, object: &Object, constraint: &Constraint) -> bool {
        self.hangs_on_new_key(constraint)
            || self.is_of_tree(object, constraint)
            || self.comes_late(constraint)
    }

    /// A constraint cannot be taken off its index, so the switch back has dropped the new keys and what hung on them.
    /// They are built again under their early names: contract may follow once more, and finds what migrate left.
    pub(super) fn build_again(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for (object, constraint) in self.new_constraints() {
            if let Some(index) = &constraint.index {
                let copy = substitute_index(index, &self.names_of(&index.table));
                let built = self.key_indexes(object, &copy, shadow_name);
                actions.push(self.in_type_names(built, false));
            }
        }
        for (object, constraint) in self.new_constraints() {
            let is_built = constraint.index.is_none() && !self.comes_late(constraint);
            if is_built && self.goes_back(object, constraint) {
                actions.extend(
                    self.build_constraint(object, constraint)
                        .into_iter()
                        .map(|step| step.up),
                );
            }
        }
        actions
    }
}
