//! What rows have to fulfil before a step may run.

use super::Context;
use super::replace_table::fits_bound;
use crate::model::{Body, Ident, Kind, ObjectId, PartitionOf, QualifiedName};
use crate::sql;
use crate::step::Precondition;

impl Context<'_> {
    /// The rows on which a key or foreign key of the table is: not those of its children by INHERITS.
    pub fn own_rows(&self, table: &QualifiedName) -> String {
        let only = if self.from.is_inherited_from(table) {
            "ONLY "
        } else {
            ""
        };
        format!("{only}{}", sql::qualified(table))
    }

    /// No row of a table meets a condition; `alias` is what the condition calls the table where that is not its name. Rows that
    /// do are named by their primary key, or by where they lie.
    pub fn no_rows(
        &self,
        table: &QualifiedName,
        alias: &str,
        condition: &str,
        otherwise: String,
    ) -> Precondition {
        self.none_of(&sql::qualified(table), table, alias, condition, otherwise)
    }

    /// The same for what children by INHERITS have no share in.
    pub fn no_own_rows(
        &self,
        table: &QualifiedName,
        alias: &str,
        condition: &str,
        otherwise: String,
    ) -> Precondition {
        self.none_of(&self.own_rows(table), table, alias, condition, otherwise)
    }

    fn none_of(
        &self,
        rows: &str,
        table: &QualifiedName,
        alias: &str,
        condition: &str,
        otherwise: String,
    ) -> Precondition {
        let of = format!("FROM {rows}{alias} WHERE {condition}");
        Precondition {
            holds: format!("NOT EXISTS (SELECT {of})"),
            otherwise,
            replan: false,
            rows: Some(format!("SELECT {} {of}", self.names_rows(table))),
        }
    }

    /// Every row of a table gives a value for a column. The database says in its own words where one does not.
    pub fn every_row_gives(
        &self,
        table: &QualifiedName,
        column: &ObjectId,
        expression: &str,
    ) -> Precondition {
        Precondition {
            holds: sql::computable(table, expression),
            otherwise: format!(
                "rows of `{table}` give no value for {}: {expression}",
                column.label()
            ),
            replan: false,
            rows: Some(sql::not_computable(table, expression, &self.names_rows(table)).to_string()),
        }
    }

    /// Every row of a table that becomes a partition has its place there; none where the bound is no condition over columns.
    pub fn rows_fit(&self, table: &QualifiedName, of: &PartitionOf) -> Option<Precondition> {
        let key = Self::table(self.to, &of.parent)?.partition_key.as_deref()?;
        let columns = self.to.parts(Kind::Column, &of.parent);
        let columns: Vec<&Ident> = columns.map(|column| &column.id.name).collect();
        let siblings = self
            .to
            .of_kind(Kind::Table)
            .filter_map(|object| match &object.body {
                Body::Table(body) if object.id.qualified() != *table => body.partition_of.as_ref(),
                _ => None,
            });
        let siblings: Vec<&str> = siblings
            .filter(|sibling| sibling.parent == of.parent && sibling.bound != "DEFAULT")
            .map(|sibling| sibling.bound.as_str())
            .collect();
        let fits = fits_bound(key, &columns, &of.bound, &siblings).ok()??;
        let outside = format!("({fits}) IS NOT TRUE");
        let otherwise = format!(
            "rows of `{table}` do not fit {}, which it is to hold of `{}`; see them with: SELECT * FROM {} WHERE {outside} LIMIT 20",
            of.bound,
            of.parent,
            sql::qualified(table)
        );
        Some(self.no_rows(table, "", &outside, otherwise))
    }

    /// No row of another table refers to a row of a partition that leaves its parents: PostgreSQL lets none of them go.
    pub fn nobody_refers_to(&self, partition: &QualifiedName) -> Vec<Precondition> {
        let above = |table: &QualifiedName| {
            let of = Self::table(self.from, table)?.partition_of.as_ref()?;
            Some(of.parent.clone())
        };
        let parents: Vec<QualifiedName> = std::iter::successors(above(partition), above).collect();
        let refer = self.from.of_kind(Kind::Constraint).filter_map(|object| {
            let Body::Constraint(constraint) = &object.body else {
                return None;
            };
            let reference = constraint.references.as_ref()?;
            let stays = self.new_of(&object.id).is_some() && !self.is_going(&object.id.relation());
            let is_held = stays && constraint.validated && parents.contains(&reference.table);
            is_held.then(|| {
                let table = object.id.relation();
                let refers =
                    sql::sync::refers_condition(&constraint.columns, &sql::qualified(partition), &reference.columns);
                let otherwise = format!(
                    "rows of `{table}` refer to rows of `{partition}`, and {} holds them there; see them with: SELECT * FROM {} AS c WHERE {refers} LIMIT 20",
                    object.id.name,
                    sql::qualified(&table)
                );
                self.no_rows(&table, " AS c", &refers, otherwise)
            })
        });
        refer.collect()
    }

    fn names_rows(&self, table: &QualifiedName) -> String {
        match self.key_of(table, |_| true) {
            Some((_, columns)) => sql::idents(columns.iter().map(|column| &column.name)),
            None => "ctid".to_owned(),
        }
    }
}
