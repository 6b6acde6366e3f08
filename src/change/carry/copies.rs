//! The constraints and indexes of carried columns: copies on the new form, swapped in at the cut-over.

use super::tree_index::TreeIndex;
use super::{CarriedTable, Carry, early_names};
use super::{tree_key, tree_reference};
use crate::change::{Context, change_generated::is_generated};
use crate::model::{
    Body, Constraint, ConstraintKind, Expr, Ident, Index, IndexKeyOf, Kind, Object, ObjectId, QualifiedName,
};
use crate::sql;
use crate::sql::own_name::shadow_name;
use crate::step::{Action, Cost, DoneWhen, Lock, LockOn, Phase, Step, TimeoutClass, Undo};
use std::collections::{BTreeMap, BTreeSet};

/// What the recipe takes over: the old side's and the desired side's constraints and indexes of carried columns.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// Constraints and indexes of the live side that stand on an old column, or reference one.
    pub old: Vec<ObjectId>,
    /// Those of the desired side.
    pub new: Vec<ObjectId>,
    all: BTreeSet<ObjectId>,
    hindrance: Option<String>,
}

impl Copies {
    /// Looks through both catalogs.
    pub fn of(context: &Context, tables: &[CarriedTable]) -> Self {
        let mut copies = Self::default();
        let ids = |pick: &dyn Fn(&super::Carried) -> Option<Ident>| -> BTreeSet<ObjectId> {
            tables
                .iter()
                .flat_map(|table| {
                    table
                        .columns
                        .iter()
                        .filter(|carried| carried.old_name().is_some())
                        .filter_map(move |carried| {
                            pick(carried).map(|name| ObjectId::part(Kind::Column, &table.table, &name))
                        })
                })
                .collect()
        };
        let old_columns = ids(&|carried| carried.old_name().cloned());
        let new_columns = ids(&|carried| Some(carried.column.name.clone()));
        for object in context.from.objects.values() {
            if touches(object, &old_columns) {
                copies.old.push(object.id.clone());
            }
        }
        let computed: BTreeSet<ObjectId> = tables
            .iter()
            .flat_map(|table| context.to.parts(Kind::Column, &table.table))
            .filter(|object| {
                is_generated(object) && object.depends_on.iter().any(|used| new_columns.contains(used))
            })
            .map(|object| object.id.clone())
            .collect();
        for object in context.to.objects.values() {
            if touches(object, &new_columns) {
                // A column that is computed from a carried one comes behind the cut-over, and so does what stands on both.
                if object.depends_on.iter().any(|used| computed.contains(used)) {
                    if context.old(&object.id).is_none() {
                        continue;
                    }
                    copies.hindrance = Some(format!(
                        "{} stands on a column computed from a carried one",
                        object.id
                    ));
                }
                copies.new.push(object.id.clone());
                copies.check(object, context);
            }
        }
        copies.complete(context, &computed);
        copies.leaves_computed(context, &old_columns);
        copies.leaves_exclusion(context);
        copies.all = copies.old.iter().chain(&copies.new).cloned().collect();
        copies
    }

    /// What stands on a carried column on one side only has its other form swapped too.
    fn complete(&mut self, context: &Context, computed: &BTreeSet<ObjectId>) {
        let (old, new) = (self.old.clone(), self.new.clone());
        for object in old
            .iter()
            .filter(|id| !new.contains(id))
            .filter_map(|id| context.new_of(id))
        {
            if object.depends_on.iter().any(|used| computed.contains(used)) {
                self.hindrance = Some(format!(
                    "{} moves to a column computed from a carried one",
                    object.id
                ));
            }
            self.new.push(object.id.clone());
            self.check(object, context);
        }
        let before = new
            .into_iter()
            .filter(|id| !old.contains(id) && context.old(id).is_some());
        self.old.extend(before);
    }

    /// A column that is computed from a carried one goes before the cut-over, and what stands on it has left it by then.
    fn leaves_computed(&mut self, context: &Context, carried: &BTreeSet<ObjectId>) {
        let goes = |id: &ObjectId| {
            let computed = context.old(id).filter(|column| is_generated(column));
            computed.is_some_and(|column| column.depends_on.iter().any(|used| carried.contains(used)))
                && context.new_of(id).is_none()
        };
        let old = self.new.iter().filter_map(|id| context.old(id));
        if let Some(object) = old.into_iter().find(|object| object.depends_on.iter().any(goes)) {
            self.hindrance = Some(format!(
                "{} leaves a column computed from a carried one",
                object.id
            ));
        }
    }

    /// Nor is there one for the way back to an exclusion that goes.
    fn leaves_exclusion(&mut self, context: &Context) {
        let excludes = |object: &&Object| matches!(&object.body, Body::Constraint(constraint) if constraint.kind == ConstraintKind::Exclude);
        if let Some(object) = self.old.iter().filter_map(|id| context.old(id)).find(excludes) {
            self.hindrance = Some(format!("{} has no form without a long lock", object.id));
        }
    }

    fn check(&mut self, object: &Object, context: &Context) {
        if let Body::Constraint(constraint) = &object.body {
            let table = object.id.relation();
            if constraint.kind == ConstraintKind::Exclude {
                self.hindrance = Some(format!("{} has no form without a long lock", object.id));
            }
            if let Some(reference) = &constraint.references {
                let hinders = tree_reference::hindrance(context.from, context.to, object, reference);
                self.hindrance = self.hindrance.take().or(hinders);
            }
            if context.to.is_partitioned(&table) {
                let key = tree_key::hindrance(context.from, context.to, object, constraint);
                self.hindrance = self.hindrance.take().or(key);
            }
            if context.is_new(&table) {
                self.hindrance = Some(format!("{} belongs to a table that the plan makes", object.id));
            }
        }
        if let Body::Index(index) = &object.body
            && index.on_materialized_view
        {
            self.hindrance = Some(format!("{} stands on a materialized view", object.id));
        }
    }

    /// Everything taken over.
    pub fn absorbed(&self) -> impl Iterator<Item = &ObjectId> {
        self.all.iter()
    }

    /// Why the staged form is not to be had.
    pub fn hindrance(&self) -> Option<String> {
        self.hindrance.clone()
    }
}

fn touches(object: &Object, columns: &BTreeSet<ObjectId>) -> bool {
    matches!(object.body, Body::Constraint(_) | Body::Index(_))
        && object.depends_on.iter().any(|used| columns.contains(used))
}

/// Replaces column names in an index.
pub(in crate::change) fn substitute_index(index: &Index, names: &BTreeMap<Ident, Ident>) -> Index {
    let mut copy = index.clone();
    for key in &mut copy.keys {
        match &mut key.of {
            IndexKeyOf::Column(column) => {
                if let Some(new) = names.get(column) {
                    *column = new.clone();
                }
            }
            IndexKeyOf::Expression(expression) => *expression = substitute(expression, names),
        }
    }
    for column in &mut copy.include {
        if let Some(new) = names.get(column) {
            *column = new.clone();
        }
    }
    copy.predicate = copy
        .predicate
        .as_ref()
        .map(|predicate| substitute(predicate, names));
    copy
}

fn substitute(expression: &Expr, names: &BTreeMap<Ident, Ident>) -> Expr {
    sql::rename_columns(expression, names).unwrap_or_else(|| expression.clone())
}

fn renamed(columns: &[Ident], names: &BTreeMap<Ident, Ident>) -> Vec<Ident> {
    columns
        .iter()
        .map(|column| names.get(column).unwrap_or(column).clone())
        .collect()
}

/// The definition of a CHECK or foreign key over other column names.
pub(in crate::change) fn substitute_definition(
    constraint: &Constraint,
    names: &BTreeMap<Ident, Ident>,
    referenced_names: &BTreeMap<Ident, Ident>,
) -> String {
    match (&constraint.expression, &constraint.references) {
        (Some(expression), _) => {
            let inherit = if constraint.no_inherit { " NO INHERIT" } else { "" };
            let enforced = if constraint.enforced { "" } else { " NOT ENFORCED" };
            let tail = format!("{inherit}{enforced}");
            format!("CHECK ({}){tail}", substitute(expression, names))
        }
        (None, Some(reference)) => {
            let renames = names.iter().map(|(old, new)| (sql::ident(old), sql::ident(new)));
            let tail = sql::foreign_key_tail(&constraint.definition, &renames.collect());
            let list = |columns: &[Ident], names: &BTreeMap<Ident, Ident>| {
                sql::key_columns(
                    &renamed(columns, names),
                    sql::is_over_periods(&constraint.definition),
                )
            };
            format!(
                "FOREIGN KEY {} REFERENCES {}{}{tail}",
                list(&constraint.columns, names),
                sql::qualified(&reference.table),
                list(&reference.columns, referenced_names),
            )
        }
        (None, None) => constraint.definition.clone(),
    }
}

impl Carry<'_> {
    pub(super) fn names_of(&self, table: &QualifiedName) -> BTreeMap<Ident, Ident> {
        self.tables
            .iter()
            .find(|each| each.table == *table)
            .map(early_names)
            .unwrap_or_default()
    }

    /// Migrate: indexes concurrently, constraints NOT VALID and validated, keys before the foreign keys that need them.
    pub(super) fn build_copies(&self) -> Vec<Step> {
        let mut keys = Vec::new();
        let mut others = Vec::new();
        for object in self.copies.new.iter().filter_map(|id| self.context.to.get(id)) {
            match &object.body {
                Body::Index(index) if index.on_partitioned => keys.extend(self.build_tree(object, index)),
                Body::Index(index) => keys.extend(self.build_key(object, index)),
                Body::Constraint(constraint) if self.comes_late(constraint) => {}
                Body::Constraint(constraint) => match &constraint.index {
                    Some(index) => keys.extend(self.build_key(object, index)),
                    None => others.extend(self.build_constraint(object, constraint)),
                },
                _ => {}
            }
        }
        keys.extend(others);
        for step in &mut keys {
            step.up = self.in_type_names(step.up.clone(), false);
        }
        keys
    }

    fn build_tree(&self, object: &Object, index: &Index) -> Vec<Step> {
        let tree = TreeIndex {
            context: self.context,
            id: &object.id,
            index: substitute_index(index, &self.names_of(&index.table)),
            name: shadow_name,
        };
        let mut steps = tree.steps();
        for step in &mut steps {
            step.origin = self.context.to.origin(&object.id).cloned();
        }
        steps
    }

    pub(super) fn build_constraint(&self, object: &Object, constraint: &Constraint) -> Vec<Step> {
        let table = object.id.relation();
        let name = shadow_name(&object.id.name);
        let far = constraint
            .references
            .as_ref()
            .map(|r| self.names_of(&r.table))
            .unwrap_or_default();
        let definition = substitute_definition(constraint, &self.names_of(&table), &far);
        if let Some(reference) = constraint
            .references
            .as_ref()
            .filter(|_| self.is_of_tree(object, constraint))
        {
            return self.build_below(object, &definition, reference, &name);
        }
        let mut add = Step::new(
            object.id.clone(),
            "change_type",
            Phase::Migrate,
            format!("Add {name} to {table}, NOT VALID"),
            Action::one(sql::alter::add_constraint(&table, &name, &definition, true)),
            Undo::statements(vec![sql::alter::drop_constraint(&table, &name)]),
            DoneWhen::Holds(sql::probe::constraint(&table, &name)),
        );
        add.locks = vec![LockOn {
            lock: Lock::AccessExclusive,
            relation: table.clone(),
        }];
        if let Some(reference) = &constraint.references {
            add.locks = vec![
                LockOn {
                    lock: Lock::ShareRowExclusive,
                    relation: table.clone(),
                },
                LockOn {
                    lock: Lock::ShareRowExclusive,
                    relation: reference.table.clone(),
                },
            ];
        }
        if !constraint.validated {
            return vec![add];
        }
        vec![add, self.validation(object, constraint, &name)]
    }

    /// The proof of a constraint that was added NOT VALID.
    pub(super) fn validation(&self, object: &Object, constraint: &Constraint, name: &Ident) -> Step {
        let table = object.id.relation();
        let mut validate = Step::new(
            object.id.clone(),
            "change_type",
            Phase::Migrate,
            format!("Validate {name} of {table}"),
            Action::one(sql::alter::validate_constraint(&table, name)),
            Undo::Nothing,
            DoneWhen::Holds(sql::probe::validated(&table, name)),
        );
        validate.locks = vec![LockOn {
            lock: Lock::ShareUpdateExclusive,
            relation: table.clone(),
        }];
        if let Some(reference) = &constraint.references {
            validate.locks.push(LockOn {
                lock: Lock::RowShare,
                relation: reference.table.clone(),
            });
        }
        validate.timeout = TimeoutClass::Long;
        validate.cost = Cost::Scans(table);
        validate
    }
}

/// The table that a constraint or index stands on.
pub(super) fn standing_on(object: &Object) -> Option<QualifiedName> {
    match &object.body {
        Body::Constraint(_) => Some(object.id.relation()),
        Body::Index(index) => Some(index.table.clone()),
        _ => None,
    }
}
