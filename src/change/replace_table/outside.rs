//! Rows that none of the partitions takes, found before anything is changed.

use super::first;
use super::shadow::Shadow;
use crate::change::Context;
use crate::model::{Ident, Kind, PartitionOf, QualifiedName};
use crate::sql;
use crate::step::Precondition;

impl<'a> Shadow<'a> {
    /// No row of the table as it is fits no partition of the new form. None where every row certainly fits, and where the
    /// bounds say nothing of the columns that are there: those rows are found behind the copy.
    pub(super) fn every_row_has_a_place(&self) -> Option<Precondition> {
        let is_renamed = self.context.renamings.iter().any(|renaming| renaming.new.is_part() && renaming.new.relation() == self.table);
        let taken = if is_renamed { None } else { self.taken(&self.table) }?;
        let nowhere = format!("({taken}) IS NOT TRUE");
        Some(self.context.no_rows(&self.table, "", &nowhere,
            format!(
                "rows of `{}` fit no partition of the files: add one that takes them, or a DEFAULT one; see them with: SELECT * FROM {} WHERE {nowhere} LIMIT 20",
                self.table,
                sql::qualified(&self.table)
            ),
        ))
    }

    /// The partitions right below a table of the new form.
    pub(super) fn children(&self, parent: &QualifiedName) -> Vec<(QualifiedName, &'a PartitionOf)> {
        let of = |table: &QualifiedName| Context::table(self.context.to, table)?.partition_of.as_ref();
        let below = self.news.iter().filter_map(|table| Some((table.clone(), of(table)?)));
        below.filter(|(_, of)| of.parent == *parent).collect()
    }

    /// The condition that a row fits some partition below, none where it always does, where that cannot be said, and for
    /// a table that is not partitioned.
    fn taken(&self, table: &QualifiedName) -> Option<String> {
        let context = self.context;
        let key = Context::table(context.to, table)?.partition_key.as_deref()?;
        let columns: Vec<&Ident> = self.kept_columns();
        let children = self.children(table);
        let mut fits = Vec::new();
        for (child, of) in &children {
            let others = children.iter().filter(|(other, _)| other != child);
            let siblings: Vec<&str> = others.map(|(_, of)| of.bound.as_str()).collect();
            let own = first::bound::fits(key, &columns, &of.bound, &siblings).ok()?;
            let both: Vec<String> = own.into_iter().chain(self.taken(child)).map(|each| format!("({each})")).collect();
            if both.is_empty() {
                return None;
            }
            fits.push(both.join(" AND "));
        }
        Some(if fits.is_empty() { "false".to_owned() } else { fits.join(" OR ") })
    }

    /// Columns that the table has now as it is to have them.
    fn kept_columns(&self) -> Vec<&Ident> {
        let kept = self.context.to.parts(Kind::Column, &self.table).filter(|column| {
            let [old, new] = [self.context.from, self.context.to].map(|side| Context::column(side, &column.id));
            old.zip(new).is_some_and(|(old, new)| old.data_type == new.data_type && old.collation == new.collation)
        });
        kept.map(|column| &column.id.name).collect()
    }
}
