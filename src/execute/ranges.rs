//! The ranges in which a table is walked: from key to key, or from page to page.

use tokio_postgres::SimpleQueryRow;

use super::attempt::Failed;
use super::connection::Statements;
use super::session::{number, rows, text};
use super::step_rows::Cursor;
use crate::sql::{KeyPart, batch_end, page_condition, range_condition};
use crate::step::{Batch, BatchStatement, Key};

/// One range of a walk.
#[derive(Clone, Debug)]
pub(super) struct Range {
    bounds: Bounds,
    /// The key that it ends with.
    pub end: Vec<String>,
    /// How many rows it has; for pages an estimate.
    pub rows: u64,
    /// Whether the walk ends with it.
    pub last: bool,
}

#[derive(Clone, Debug)]
enum Bounds {
    Keys(Option<Vec<String>>, Vec<String>),
    Pages(u64, u64),
}

impl Range {
    /// The range behind a cursor, of so many rows or pages.
    pub async fn next(
        client: &impl Statements,
        cursor: &Cursor,
        rows_total: Option<u64>,
        batch: &Batch,
        size: u64,
    ) -> Result<Self, Failed> {
        let top = cursor.top.clone().unwrap_or_default();
        if cursor.pages {
            let page = |key: Option<&Vec<String>>| {
                key.and_then(|key| key.first())
                    .and_then(|page| page.parse::<u64>().ok())
                    .unwrap_or(0)
            };
            let (from, pages) = (page(cursor.last.as_ref()), page(Some(&top)));
            let to = (from + size).min(pages);
            // The rows of a page are not counted; the share of the pages is the share of the rows.
            let share = |pages_done: u64| match rows_total {
                Some(total) if pages > 0 => {
                    (u128::from(total) * u128::from(pages_done) / u128::from(pages)) as u64
                }
                _ => 0,
            };
            return Ok(Self {
                bounds: Bounds::Pages(from, to),
                end: vec![to.to_string()],
                rows: share(to) - share(from),
                last: to >= pages,
            });
        }
        let lo = cursor.last.clone();
        let query = batch_end(&batch.table, &key_parts(batch), lo.as_deref(), &top, size);
        let found = rows(client, query.as_str())
            .await
            .map_err(Failed::of(query.as_str()))?;
        let (end, in_batch) = match found.first() {
            Some(row) => (values(row, 0), size),
            None => {
                let left = range_condition("", &key_parts(batch), lo.as_deref(), Some(&top));
                let query = format!(
                    "SELECT count(*) FROM {} WHERE {left}",
                    crate::sql::qualified(&batch.table)
                );
                let counted = rows(client, &query).await.map_err(Failed::of(&query))?;
                (top.clone(), number(counted.first(), 0).unwrap_or(0))
            }
        };
        Ok(Self {
            last: end == top,
            bounds: Bounds::Keys(lo, end.clone()),
            end,
            rows: in_batch,
        })
    }

    /// A statement of the batch for this range.
    pub fn statement(&self, batch: &Batch, statement: &BatchStatement) -> String {
        statement.with_range(&self.condition(batch, statement))
    }

    /// The condition that a row is in this range.
    pub fn condition(&self, batch: &Batch, statement: &BatchStatement) -> String {
        self.qualified(batch, &statement.qualifier)
    }

    /// The same for the walked table as `k`.
    pub fn of_table(&self, batch: &Batch) -> String {
        self.qualified(batch, "k")
    }

    fn qualified(&self, batch: &Batch, qualifier: &str) -> String {
        match &self.bounds {
            Bounds::Keys(lo, hi) => range_condition(qualifier, &key_parts(batch), lo.as_deref(), Some(hi)),
            Bounds::Pages(from, to) => page_condition(qualifier, *from, *to),
        }
    }

    /// Where a walk of this range alone begins.
    pub fn cursor(&self) -> Cursor {
        let (last, pages) = match &self.bounds {
            Bounds::Keys(lo, _) => (lo.clone(), false),
            Bounds::Pages(from, _) => (Some(vec![from.to_string()]), true),
        };
        Cursor {
            last,
            top: Some(self.end.clone()),
            pages,
            ..Cursor::default()
        }
    }
}

/// The columns of the key.
pub(super) fn key_parts(batch: &Batch) -> Vec<KeyPart<'_>> {
    match &batch.key {
        Key::Columns(columns) => columns
            .iter()
            .map(|column| KeyPart {
                name: &column.name,
                data_type: &column.data_type,
            })
            .collect(),
        Key::Pages => Vec::new(),
    }
}

/// The columns of a row from `first` on, as text.
pub(super) fn values(row: &SimpleQueryRow, first: usize) -> Vec<String> {
    (first..row.len())
        .map(|column| text(Some(row), column).unwrap_or_default().to_owned())
        .collect()
}
