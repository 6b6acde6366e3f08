//! A table that is replaced online: both of its trees, the names that they bear meanwhile, and what tells their rows apart.

use super::hindrance;
use crate::change::archive::{archive_name, h8};
use crate::change::partition_tree::tree;
use crate::change::{Context, StrategyChoice};
use crate::model::{Body, Catalog, Column, Ident, Kind, Object, ObjectId, QualifiedName, Table};
use crate::sql::mirror::Mirror;
use crate::sql::own_name::{self, former_name, shadow_name};
use crate::step::{Key, KeyColumn};
use crate::text::{DirectiveKind, Strategy};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Both forms of a table with their partitions.
pub(super) struct Shadow<'a> {
    pub context: &'a Context<'a>,
    /// The table as it is.
    pub old: &'a Object,
    /// The table as desired.
    pub new: &'a Object,
    /// Its name on both sides.
    pub table: QualifiedName,
    /// The table as it is and its partitions, parents first.
    pub olds: Vec<QualifiedName>,
    /// The desired table and its partitions, parents first.
    pub news: Vec<QualifiedName>,
    /// The hash in the names of triggers, function and log.
    pub digest: String,
    /// The key that tells the rows of the old form apart.
    pub old_key: Vec<KeyColumn>,
    /// The key that tells the rows of the new form apart.
    pub new_key: Vec<KeyColumn>,
    /// The columns that are copied.
    pub columns: Vec<(&'a Ident, &'a Column)>,
    /// The desired partition that the table itself becomes; none where its rows are copied.
    pub first: Option<QualifiedName>,
}

pub(super) fn early(name: &QualifiedName) -> QualifiedName {
    QualifiedName { schema: name.schema.clone(), name: shadow_name(&name.name) }
}

pub(super) fn former(name: &QualifiedName) -> QualifiedName {
    QualifiedName { schema: name.schema.clone(), name: former_name(&name.name) }
}

/// True where the table is replaced beside the one that is there, by the files' word, the run's, or its size.
pub(super) fn is_wanted(context: &Context, table: &QualifiedName) -> bool {
    let id = ObjectId::named(Kind::Table, table);
    let strategy = context.directive_text(&id, |kind| match kind {
        DirectiveKind::Strategy(strategy) => Some(*strategy),
        _ => None,
    });
    match (strategy, context.policy.strategy) {
        (Some(Strategy::Online), _) => true,
        (Some(Strategy::Direct), _) => false,
        (None, StrategyChoice::Online) => true,
        (None, StrategyChoice::Direct) => false,
        (None, StrategyChoice::Auto) => !context.is_small(table),
    }
}

/// Everything that belongs to these tables, in the order of the catalog.
pub(super) fn belongings<'a>(catalog: &'a Catalog, tables: &[QualifiedName]) -> Vec<&'a Object> {
    let tables: BTreeSet<&QualifiedName> = tables.iter().collect();
    let is_of = |object: &&Object| object.home().is_some_and(|home| tables.contains(&home));
    catalog.objects.values().map(Arc::as_ref).filter(is_of).collect()
}

fn key_of(key: Key) -> Option<Vec<KeyColumn>> {
    match key {
        Key::Columns(columns) => Some(columns),
        Key::Pages => None,
    }
}

impl<'a> Shadow<'a> {
    /// Both forms of a table.
    ///
    /// # Errors
    /// What stands in the way of doing it online, as a part of a sentence.
    pub fn of(context: &'a Context<'a>, id: &ObjectId) -> Result<Self, String> {
        let shadow = Self::laid_out(context, id)?;
        let unkeyed = |side: &str| format!("{side} has no primary key or unique key over NOT NULL columns that is checked at once");
        if shadow.old_key.is_empty() {
            return Err(unkeyed("the table"));
        }
        if shadow.new_key.is_empty() {
            return Err(unkeyed("the desired table"));
        }
        hindrance::check(&shadow)?;
        Ok(shadow)
    }

    /// Both forms of a table, whatever stands in the way; without a key the columns of that are empty.
    ///
    /// # Errors
    /// The table is on one side only.
    pub fn laid_out(context: &'a Context<'a>, id: &ObjectId) -> Result<Self, String> {
        let (Some(old), Some(new)) = (context.old(id), context.new_of(id)) else {
            return Err("it is not on both sides".to_owned());
        };
        let table = id.qualified();
        let desired = Context { from: context.to, ..*context };
        let old_key = key_of(context.key(&table, |_| true)).unwrap_or_default();
        let new_key = key_of(desired.key(&table, |_| true)).unwrap_or_default();
        let columns = super::ordered_columns(context.to, &table);
        let columns = columns.into_iter().filter(|(_, column)| column.generated.is_none());
        Ok(Self {
            context,
            old,
            new,
            olds: tree(context.from, &table),
            news: tree(context.to, &table),
            digest: h8(context.seed, "copy", &id.label()),
            old_key,
            new_key,
            columns: columns.map(|(object, column)| (&object.id.name, column)).collect(),
            table,
            first: None,
        })
    }

    pub fn body(object: &Object) -> Option<&Table> {
        match &object.body {
            Body::Table(body) => Some(body),
            _ => None,
        }
    }

    /// Names of the keys' columns: of the old form, of the new one.
    pub fn key_names(&self) -> (Vec<Ident>, Vec<Ident>) {
        let names = |key: &[KeyColumn]| key.iter().map(|column| column.name.clone()).collect();
        (names(&self.old_key), names(&self.new_key))
    }

    /// Runs something with the copy of the old form into the new one, in front of the cut-over.
    pub fn forward<T>(&self, with: impl FnOnce(&Mirror) -> T) -> T {
        let (old_key, new_key) = self.key_names();
        with(&Mirror {
            h8: &self.digest,
            source: &self.table,
            below: &self.olds[1..],
            target: &early(&self.table),
            columns: &self.columns,
            source_key: &old_key,
            target_key: &new_key,
        })
    }

    /// The same with the copy of the new form into the former one, behind it.
    pub fn backward<T>(&self, with: impl FnOnce(&Mirror) -> T) -> T {
        let (old_key, new_key) = self.key_names();
        with(&Mirror {
            h8: &self.digest,
            source: &self.table,
            below: &self.news[1..],
            target: &former(&self.table),
            columns: &self.columns,
            source_key: &new_key,
            target_key: &old_key,
        })
    }

    /// The name of a table of the old tree in the archive.
    pub fn archive_name(&self, table: &QualifiedName) -> String {
        archive_name(self.context.seed, "r", &ObjectId::named(Kind::Table, table).label(), table.name.as_str())
    }

    /// The default partitions that take what fits no desired one, with their parents: no write of the table may fail before
    /// the cut-over.
    pub fn rests(&self) -> Vec<(QualifiedName, QualifiedName)> {
        if self.first.is_some() {
            return Vec::new();
        }
        let catalog = self.context.to;
        let wants = |table: &&QualifiedName| {
            let splits = Context::table(catalog, table)
                .and_then(|body| body.partition_key.as_ref())
                .is_some_and(|key| !key.starts_with("HASH"));
            let has_default = self.news.iter().any(|child| {
                Context::table(catalog, child)
                    .and_then(|body| body.partition_of.as_ref())
                    .is_some_and(|of| of.parent == **table && of.bound == "DEFAULT")
            });
            splits && !has_default
        };
        let rest = |table: &QualifiedName| QualifiedName {
            schema: table.schema.clone(),
            name: own_name::support_name("schemaplan_rest_", &table.name),
        };
        self.news.iter().filter(wants).map(|table| (rest(table), table.clone())).collect()
    }
}
