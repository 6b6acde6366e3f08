//! Contract: the switch of names, and the switch back.

use super::tree_index::{described, renamed};
use super::tree_key::{become_key, constraint_of};
use super::tree_reference::adopt;
use super::{Carried, CarriedTable, Carry, Way};
use crate::change::{Context, change_generated};
use crate::model::{
    Body, Constraint, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity,
};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Advice, Code, DoneWhen, Fact, HazardCode, Lock, LockOn, Moment, Phase, Step, TimeoutClass, Undo,
    Verdict,
};

impl Carry<'_> {
    /// One transaction over all tables: locks first, in a fixed order; catalog changes only.
    pub(super) fn cut_over(&self, around: &[ObjectId]) -> Step {
        let locked = self.locked_tables();
        let mut up = vec![sql::alter::lock_tables(&locked)];
        up.extend(self.leave_replica_identities());
        up.extend(self.leave_old_constraints());
        up.extend(self.exchange_types());
        for table in self.tables {
            for carried in moving(table) {
                up.extend(self.switch_column(table, carried));
            }
        }
        up.extend(self.enter_new_constraints());
        for table in self.tables.iter().filter(|table| moving(table).next().is_some()) {
            up.push(sql::sync::sync_body(
                &self.digest(&table.table),
                &self.backward_parts(table, false),
                true,
            ));
        }
        let mut actions = Vec::new();
        for table in self.tables {
            for carried in moving(table) {
                actions.extend(self.prove_former(table, carried));
            }
        }
        actions.extend(self.former_below());
        actions.push(Action::Statements(self.switch_back(&locked)));
        actions.extend(self.validate_former());
        actions.extend(self.prove_former_below());
        actions.extend(self.build_again());
        let first = &self.tables[0].columns[0];
        let titles: Vec<String> = self
            .tables
            .iter()
            .flat_map(moving)
            .map(|carried| carried.column.label())
            .collect();
        let mut step = self.step(
            first,
            Phase::Contract,
            format!("Cut over {}", titles.join(", ")),
            Action::Statements(up),
            Undo::Run {
                action: Action::Sequence(actions),
                outside_transaction: false,
            },
            DoneWhen::Holds(self.is_cut_over()),
        );
        step.timeout = TimeoutClass::Cut;
        step.locks = locked
            .into_iter()
            .map(|relation| LockOn {
                lock: Lock::AccessExclusive,
                relation,
            })
            .collect();
        step.unit = Some(self.unit());
        let enums = self.enums();
        let around = around.iter().filter(|id| !enums.contains(id));
        step.needs.extend(around.cloned().map(Fact::Gone));
        step.gives.extend(self.type_facts());
        self.facts(&mut step);
        step
    }

    fn facts(&self, step: &mut Step) {
        for carried in self.tables.iter().flat_map(moving) {
            step.gives.push(Fact::Exists(carried.column.clone()));
            step.gives.push(Fact::Changed(carried.column.clone()));
            if let (Some((_, old)), Some((_, new))) = (self.former(carried), self.desired(carried)) {
                if old.data_type != new.data_type {
                    let rule = Advice::new(Moment::From, Code::Every, "reads", &carried.column);
                    step.application
                        .push(rule.behind(format!(" as {}", new.data_type)));
                }
                let (old, new) = (old.data_type.as_str(), new.data_type.as_str());
                step.hazards
                    .extend(crate::change::change_type::loss(&carried.column, old, new));
            }
            step.hazards.push(crate::change::build::hazard(
                HazardCode::ChangesResultType,
                Verdict::Warn,
                &carried.column,
                format!(
                    "prepared statements that read {} fail once; recycle the pools",
                    carried.column.label()
                ),
            ));
        }
        for carried in self.tables.iter().flat_map(moving) {
            let identity = self.desired(carried).and_then(|(_, new)| new.identity.as_ref());
            if let Some(identity) = identity.filter(|_| self.serial_of(carried).is_none()) {
                let sequence = ObjectId::named(Kind::Sequence, &identity.sequence);
                step.needs
                    .extend([Fact::Named(sequence.clone()), Fact::Gone(sequence)]);
            }
        }
        // What is no longer computed leaves the former columns first: on the way back it would be computed from the new ones.
        for column in self.computed_from_former() {
            step.needs.push(Fact::Named(column));
        }
        for id in &self.copies.new {
            step.gives.push(Fact::Exists(id.clone()));
            step.gives.push(Fact::Changed(id.clone()));
        }
        step.gives.extend(self.copies.old.iter().cloned().map(Fact::Gone));
        // The former column stays for a while, so whoever waits for the sequence alone waits for its name.
        let serials = self.serials().map(|sequence| sequence.id.clone());
        step.gives.extend(serials.map(Fact::Named));
    }

    /// Columns that are computed from former ones and become plain.
    fn computed_from_former(&self) -> Vec<ObjectId> {
        let is_computed = |object: Option<&Object>| object.is_some_and(change_generated::is_generated);
        let becomes_plain = |id: &&ObjectId| {
            let (old, new) = (self.context.old(id), self.context.new_of(id));
            is_computed(old) && new.is_some() && !is_computed(new)
        };
        let formers = self
            .tables
            .iter()
            .flat_map(moving)
            .filter_map(|carried| self.former(carried));
        let users = formers
            .flat_map(|(old, _)| self.context.users.users(&old.id))
            .copied();
        users.filter(becomes_plain).cloned().collect()
    }

    fn locked_tables(&self) -> Vec<QualifiedName> {
        let mut tables: Vec<QualifiedName> = self.tables.iter().map(|table| table.table.clone()).collect();
        for (object, constraint) in self.old_constraints().chain(self.new_constraints()) {
            tables.push(object.id.relation());
            tables.extend(
                constraint
                    .references
                    .iter()
                    .map(|reference| reference.table.clone()),
            );
        }
        tables.sort();
        tables.dedup();
        tables
    }

    pub(super) fn old_constraints(&self) -> impl Iterator<Item = (&Object, &Constraint)> {
        self.copies
            .old
            .iter()
            .filter_map(|id| self.context.from.get(id))
            .filter_map(constraint_of)
    }

    pub(super) fn new_constraints(&self) -> impl Iterator<Item = (&Object, &Constraint)> {
        self.copies
            .new
            .iter()
            .filter_map(|id| self.context.to.get(id))
            .filter_map(constraint_of)
    }

    /// A column of the index that identifies rows to subscribers keeps its NOT NULL for as long as it is that. Its copy takes
    /// its place in the same transaction.
    fn leave_replica_identities(&self) -> Vec<Stmt> {
        let identity =
            |catalog, table: &QualifiedName| match &Context::table(catalog, table)?.replica_identity {
                ReplicaIdentity::Index(name) => {
                    let schema = table.schema.clone();
                    Some(ObjectId::named(
                        Kind::Index,
                        &QualifiedName {
                            schema,
                            name: name.clone(),
                        },
                    ))
                }
                _ => None,
            };
        let leaves = self.tables.iter().map(|table| &table.table).filter(|table| {
            let before = identity(self.context.from, table).filter(|id| self.copies.old.contains(id));
            let after = identity(self.context.to, table).filter(|id| self.copies.new.contains(id));
            before.is_some() && after.is_some()
        });
        leaves
            .map(|table| {
                sql::alter::alter_object("TABLE", &sql::qualified(table), "REPLICA IDENTITY DEFAULT")
            })
            .collect()
    }

    /// Foreign keys first, for they hang on keys; indexes of the old columns get their former names.
    fn leave_old_constraints(&self) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for foreign in [true, false] {
            for (object, constraint) in self.old_constraints() {
                if (constraint.kind == ConstraintKind::ForeignKey) == foreign {
                    statements.push(sql::alter::drop_constraint(
                        &object.id.relation(),
                        &object.id.name,
                    ));
                }
            }
        }
        for index in self.copies.old.iter().filter_map(|id| self.context.from.get(id)) {
            statements.extend(renamed(index, Ident::clone, former_name));
        }
        statements
    }

    fn enter_new_constraints(&self) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for index in self.copies.new.iter().filter_map(|id| self.context.to.get(id)) {
            if matches!(index.body, Body::Index(_)) {
                statements.extend(renamed(index, shadow_name, Ident::clone));
                statements.extend(described(index, self.context.to));
            }
        }
        for keys in [true, false] {
            for (object, constraint) in self.new_constraints() {
                if constraint.index.is_some() != keys {
                    continue;
                }
                if keys {
                    statements.extend(become_key(object, constraint, self.context.to, shadow_name));
                    continue;
                }
                if self.comes_late(constraint) {
                    statements.extend(self.enter_late(object, constraint));
                    continue;
                }
                if self.is_of_tree(object, constraint) {
                    statements.extend(adopt(self.context, object, constraint, shadow_name));
                } else {
                    let (table, fresh) = (object.id.relation(), shadow_name(&object.id.name));
                    statements.push(sql::alter::rename_constraint(&table, &fresh, &object.id.name));
                }
                statements.extend(sql::create(object, self.context.to).into_iter().skip(1));
            }
        }
        statements
    }

    fn switch_column(&self, table: &CarriedTable, carried: &Carried) -> Vec<Stmt> {
        let (Some((new_object, new)), Some((old_object, old)), Some(old_name)) =
            (self.desired(carried), self.former(carried), carried.old_name())
        else {
            return Vec::new();
        };
        let table = &table.table;
        let name = &carried.column.name;
        let former = sql::own_name::former_name(old_name);
        let mut statements = Vec::new();
        let transfer = old.identity.as_ref().zip(new.identity.as_ref());
        let serial = self.serial_of(carried);
        if let Some((before, _)) = transfer {
            statements.push(sql::sync::identity_to_sequence(table, old_name, before));
        }
        statements.push(sql::alter::rename_column(table, old_name, &former));
        if carried.shadow_name() != *name {
            statements.push(sql::alter::rename_column(table, &carried.shadow_name(), name));
        }
        statements.push(sql::alter::default(
            table,
            name,
            new.default.as_ref().filter(|_| transfer.is_none()),
        ));
        statements.push(match old.identity.is_some() && transfer.is_none() {
            true => sql::alter::column_action(table, &former, "DROP IDENTITY"),
            false => sql::alter::drop_default(table, &former),
        });
        statements.push(sql::alter::drop_not_null_if_set(table, &former));
        if let Some(form) = new.not_null_constraint.as_ref().filter(|_| new.not_null) {
            statements.push(sql::not_null::rename(table, name, &form.name));
        }
        match (transfer, &new.identity) {
            (Some((before, after)), _) => {
                let live = sql::sequence_of(before, self.context.from);
                let kept = self.context.identity_kept(Some(&live), after);
                statements.extend(sql::sync::adopt_sequence(
                    table,
                    name,
                    &before.sequence,
                    &kept,
                    self.context.to,
                ));
            }
            (None, Some(identity)) => {
                let kept = self.context.identity_kept(serial, identity);
                let to = self.context.to;
                statements.extend(match serial {
                    Some(sequence) => {
                        sql::sync::adopt_sequence(table, name, &sequence.id.qualified(), &kept, to)
                    }
                    None => sql::sync::add_identity(table, name, &kept, to),
                });
            }
            (None, None) => {}
        }
        statements.extend(self.owned_sequences(carried, old_object, table, name));
        statements.push(sql::column_comment(table, name, new_object.comment.as_deref()));
        statements.push(sql::column_comment(
            table,
            &former,
            Some(&format!(
                "schemaplan:1 {}",
                serde_json::json!({"kind": "former", "of": name})
            )),
        ));
        statements
    }

    pub(super) fn owned_sequences(
        &self,
        carried: &Carried,
        old: &Object,
        table: &QualifiedName,
        name: &Ident,
    ) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for object in self.context.from.of_kind(Kind::Sequence) {
            let Body::Sequence(sequence) = &object.body else {
                continue;
            };
            let owns = sequence
                .owned_by
                .as_ref()
                .is_some_and(|(owner, column)| owner == table && *column == old.id.name);
            // One that goes to another column does so by a step of its own.
            let own = carried.column.relation();
            let is_own =
                |(owner, column): &(QualifiedName, Ident)| *owner == own && *column == carried.column.name;
            let desired = self.context.new_of(&object.id).map(|object| &object.body);
            let stays =
                !matches!(desired, Some(Body::Sequence(new)) if !new.owned_by.as_ref().is_some_and(is_own));
            if owns && stays && !self.serials().any(|serial| serial.id == object.id) {
                let mut moved = sequence.clone();
                moved.owned_by = Some((table.clone(), name.clone()));
                statements.push(sql::sequence_owned_by(object, &moved));
            }
        }
        statements
    }

    /// The body behind the cut-over: the former column follows the new one, where a way back is known. While the former column is
    /// `filled` again every write heals the row: one that only moves it to another key would take it out of the batches' way.
    pub(super) fn backward_parts(&self, table: &CarriedTable, filled: bool) -> Vec<String> {
        let mut parts = self.fill_parts(table);
        for carried in moving(table) {
            let Some(old_name) = carried.old_name() else {
                continue;
            };
            let former = sql::own_name::former_name(old_name);
            let name = &carried.column.name;
            match &carried.way {
                Way::Rename { .. } => {
                    parts.push(sql::sync::assign_part(
                        &former,
                        &format!("NEW.{}", sql::ident(name)),
                    ));
                }
                Way::Shadow { down: Some(down), .. } => {
                    let cast = self.cast(self.desired(carried));
                    let value = sql::over_new(down);
                    parts.push(match filled {
                        true => sql::sync::assign_part(&former, &value),
                        false => sql::sync::assign_on_change_part(name, cast, &former, &value),
                    });
                }
                _ => {}
            }
        }
        parts
    }

    /// True behind the cut-over, also when the former columns are gone already. Where types change, that is what tells it from
    /// the time before the plan, which knows no shadows either; it comes first, for those that read the condition.
    pub(super) fn is_cut_over(&self) -> String {
        let (mut tells, mut conditions) = (Vec::new(), Vec::new());
        for table in self.tables {
            for (carried, old) in moving(table).filter_map(|each| Some((each, each.old_name()?))) {
                if let Way::Rename { .. } = &carried.way {
                    conditions.push(sql::probe::not(&sql::probe::column(&table.table, old)));
                    continue;
                }
                tells.extend(self.has_other_type(table, carried));
                conditions.push(sql::probe::not(&sql::probe::column(
                    &table.table,
                    &carried.shadow_name(),
                )));
            }
        }
        tells.append(&mut conditions);
        sql::probe::all(&tells)
    }

    /// That something is gone behind the cut-over: before it, and once it is taken back, there is none either.
    pub(super) fn behind(&self, gone: Vec<String>) -> String {
        let tables = self.tables.iter();
        let columns = tables.flat_map(|table| moving(table).map(move |carried| (table, carried)));
        let behind = columns.filter_map(|(table, carried)| self.has_other_type(table, carried));
        sql::probe::all(&gone.into_iter().chain(behind).collect::<Vec<_>>())
    }

    /// What holds behind the cut-over of the column alone; none where nothing that can be asked for tells.
    fn has_other_type(&self, table: &CarriedTable, carried: &Carried) -> Option<String> {
        let (former, desired) = (self.former(carried)?.1, self.desired(carried)?.1);
        let (old, new) = (former.data_type.to_string(), desired.data_type.to_string());
        let name = &carried.column.name;
        if old != new {
            return Some(sql::probe::column_of_another_type(&table.table, name, &old));
        }
        if let Some(labels) = self.has_new_labels(carried) {
            return Some(labels);
        }
        let collation = desired.collation.as_ref();
        if let Some(collation) = collation.filter(|_| former.collation != desired.collation) {
            return Some(sql::probe::column_collation(&table.table, name, collation));
        }
        let old = carried.old_name().filter(|old| *old != name)?;
        Some(sql::probe::not(&sql::probe::column(&table.table, old)))
    }
}

/// The columns that change name or type at the cut-over.
pub(super) fn moving(table: &CarriedTable) -> impl Iterator<Item = &Carried> {
    table
        .columns
        .iter()
        .filter(|carried| carried.old_name().is_some())
}
