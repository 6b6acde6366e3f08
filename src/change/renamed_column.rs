//! A catalog as it is once a column bears another name.

use super::carry::{beside, substitute_definition, substitute_index};
use super::partition_tree::family;
use super::renamed_catalog::word_outside_literals;
use super::{Context, exchange_type::becomes_another, replaced};
use crate::model::{Body, Catalog, Expr, Ident, Kind, Object, ObjectId, PublicationTable, QualifiedName};
use crate::sql;
use crate::text::DirectiveKind;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// True for a rename that one `RENAME COLUMN` does: nobody reads the column by its former name; or another column takes that name, or has just left the new one; or the table is partitioned by
/// it, and no second column could take its place there; or a new table takes the table's name and rows, by their names; or its type
/// is exchanged, and a second column would keep the former one; or two columns cannot stand beside each other in the table.
pub(super) fn is_at_once(
    before: &Catalog,
    from: &Catalog,
    to: &Catalog,
    live: &Object,
    desired: &Object,
) -> bool {
    let (Body::Column(old), Body::Column(new)) = (&live.body, &desired.body) else {
        return false;
    };
    let quiet = desired
        .directives
        .iter()
        .any(|directive| directive.kind == DirectiveKind::NoLiveReaders);
    let same_place = (&live.id.schema, &live.id.of) == (&desired.id.schema, &desired.id.of);
    let alike = old.data_type == new.data_type && old.generated.is_some() == new.generated.is_some();
    let replaced = || replaced::is_replaced(from, to, &live.id.relation());
    let exchanged = || live.depends_on.iter().any(|used| becomes_another(from, to, used));
    let table = desired.id.relation();
    let alone = || !beside(from, to, &table, (&live.id.name, &desired.id.name));
    let exchanges_names = to.get(&live.id).is_some() || before.get(&desired.id).is_some();
    same_place && exchanges_names
        || same_place && alike && (quiet || is_in_key(from, live) || replaced() || exchanged() || alone())
}

fn is_in_key(from: &Catalog, column: &Object) -> bool {
    family(from, &column.id.relation()).iter().any(|table| {
        let key = Context::table(from, table).and_then(|body| body.partition_key.as_ref());
        key.is_some_and(|key| replaced::names(key, &column.id.name))
    })
}

/// The catalog behind `RENAME COLUMN`. Bodies of functions stay, and views where a bare
/// name could be another table's: those are made anew.
pub fn renamed(catalog: &Catalog, old: &ObjectId, new: &ObjectId) -> Catalog {
    let tables: BTreeSet<QualifiedName> = family(catalog, &old.relation()).into_iter().collect();
    let of = |table: &QualifiedName, name: &Ident| ObjectId::part(Kind::Column, table, name);
    let ids: BTreeMap<ObjectId, ObjectId> = tables
        .iter()
        .map(|table| (of(table, &old.name), of(table, &new.name)))
        .collect();
    let column = Column {
        tables: &tables,
        old: &old.name,
        new: &new.name,
    };
    let mut after = catalog.without_objects();
    for object in catalog.objects.values() {
        let touched = ids.contains_key(&object.id)
            || tables.contains(&object.id.qualified())
            || object.depends_on.iter().any(|used| ids.contains_key(used));
        if !touched {
            after.insert(Arc::clone(object));
            continue;
        }
        let mut object = Object::clone(object);
        if let Some(id) = ids.get(&object.id) {
            object.id = id.clone();
        }
        let used = object
            .depends_on
            .iter()
            .map(|used| ids.get(used).unwrap_or(used).clone())
            .collect();
        object.depends_on = used;
        column.rename_in(&mut object);
        after.insert(object);
    }
    after
}

struct Column<'a> {
    tables: &'a BTreeSet<QualifiedName>,
    old: &'a Ident,
    new: &'a Ident,
}

impl Column<'_> {
    fn rename_in(&self, object: &mut Object) {
        let relation = object.id.relation();
        let here = object.id.is_part() && self.tables.contains(&relation);
        match &mut object.body {
            Body::Index(index) if self.tables.contains(&index.table) => {
                *index = substitute_index(index, &self.names())
            }
            Body::Constraint(constraint) => {
                let own = if here { self.names() } else { BTreeMap::new() };
                let reference = constraint.references.as_ref().map(|reference| &reference.table);
                let far = match reference.is_some_and(|table| self.tables.contains(table)) {
                    true => self.names(),
                    false => BTreeMap::new(),
                };
                constraint.definition =
                    match constraint.expression.is_some() || constraint.references.is_some() {
                        true => substitute_definition(constraint, &own, &far),
                        false => self.said(&constraint.definition),
                    };
                if here {
                    self.list(&mut constraint.columns);
                    self.optional(&mut constraint.expression);
                    if let Some(index) = &mut constraint.index {
                        **index = substitute_index(index, &own);
                    }
                }
                if let Some(reference) = constraint.references.as_mut().filter(|_| !far.is_empty()) {
                    self.list(&mut reference.columns);
                }
            }
            Body::Column(column) if here => {
                if let Some(generated) = &mut column.generated {
                    self.expression(&mut generated.expression);
                }
            }
            Body::Policy(policy) if here => {
                self.optional(&mut policy.using);
                self.optional(&mut policy.check);
            }
            Body::Trigger(trigger) if here => trigger.definition = self.said_of_rows(&trigger.definition),
            Body::View(view) => self.query(&mut view.definition),
            Body::MaterializedView(view) => self.query(&mut view.definition),
            Body::Statistics(statistics) if self.tables.contains(&statistics.table) => {
                self.list(&mut statistics.columns);
                statistics.definition = self.said(&statistics.definition);
            }
            Body::Table(table) => {
                if let Some(key) = &mut table.partition_key {
                    *key = self.said(key);
                }
            }
            Body::Sequence(sequence) => {
                if let Some((_, name)) = &mut sequence.owned_by
                    && name == self.old
                {
                    *name = self.new.clone();
                }
            }
            Body::PublicationTable(PublicationTable {
                columns: Some(columns),
                ..
            }) => self.list(columns),
            _ => {}
        }
    }

    fn names(&self) -> BTreeMap<Ident, Ident> {
        BTreeMap::from([(self.old.clone(), self.new.clone())])
    }

    fn list(&self, columns: &mut [Ident]) {
        for column in columns.iter_mut().filter(|column| *column == self.old) {
            *column = self.new.clone();
        }
    }

    fn said(&self, text: &str) -> String {
        word_outside_literals(text, &sql::ident(self.old), &sql::ident(self.new))
    }

    fn said_of_rows(&self, text: &str) -> String {
        let (old, new) = (sql::ident(self.old), sql::ident(self.new));
        ["old.", "new."].iter().fold(self.said(text), |text, row| {
            word_outside_literals(&text, &format!("{row}{old}"), &format!("{row}{new}"))
        })
    }

    fn expression(&self, expression: &mut Expr) {
        if let Some(after) = sql::rename_columns(expression, &self.names()) {
            *expression = after;
        }
    }

    fn query(&self, definition: &mut String) {
        if let Some(after) = sql::rename_columns_in_query(definition, self.tables, self.old, self.new) {
            *definition = after;
        }
    }

    fn optional(&self, expression: &mut Option<Expr>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }
}
