//! Reads sizes, the place in the WAL and the lag of standbys: three queries, however many tables there are.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::document::{IndexSize, Reading, TableSize};
use crate::engine::database_words;
use crate::execute::session::{number, rows, text};
use crate::model::QualifiedName;
use crate::sql::{literal, qualified};

/// The database as it is now, and of these tables those that are there.
pub async fn read(client: &Client, tables: &[QualifiedName], at: String) -> Reading {
    let mut reading = Reading {
        at,
        ..Reading::default()
    };
    let of_server = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database()), pg_catalog.pg_current_wal_lsn(), \
         (SELECT extract(epoch FROM max(r.replay_lag)) FROM pg_catalog.pg_stat_replication AS r WHERE r.state = 'streaming')";
    match rows(client, of_server).await {
        Ok(found) => {
            let row = found.first();
            reading.database_bytes = number(row, 0);
            reading.wal = text(row, 1).map(str::to_owned);
            reading.lag_seconds = number(row, 2);
        }
        Err(error) => reading.note("the size of the database", &error),
    }
    if tables.is_empty() {
        return reading;
    }
    let tree = tree(tables);
    match rows(client, &of_tables(&tree)).await {
        Ok(found) => {
            let bytes = |row, column| number::<u64>(Some(row), column).unwrap_or(0);
            reading.tables = found
                .iter()
                .map(|row| TableSize {
                    table: text(Some(row), 0).unwrap_or_default().to_owned(),
                    total_bytes: bytes(row, 1),
                    heap_bytes: bytes(row, 2),
                    indexes_bytes: bytes(row, 3),
                    rows: number(Some(row), 4),
                    dead_rows: bytes(row, 5),
                    indexes: Vec::new(),
                })
                .collect();
        }
        Err(error) => reading.note("the sizes of tables", &error),
    }
    match rows(client, &of_indexes(&tree)).await {
        Ok(found) => {
            let mut of_table: BTreeMap<&str, Vec<IndexSize>> = BTreeMap::new();
            for row in &found {
                let index = text(Some(row), 1).unwrap_or_default().to_owned();
                let bytes = number(Some(row), 2).unwrap_or(0);
                let list = of_table.entry(text(Some(row), 0).unwrap_or_default());
                list.or_default().push(IndexSize { index, bytes });
            }
            for table in &mut reading.tables {
                table.indexes = of_table.remove(table.table.as_str()).unwrap_or_default();
            }
        }
        Err(error) => reading.note("the sizes of indexes", &error),
    }
    reading
}

impl Reading {
    fn note(&mut self, what: &str, error: &tokio_postgres::Error) {
        self.notes
            .push(format!("{what} cannot be read: {}", database_words(error)));
    }
}

/// The tables with their partitions, as `tree (name, id)`.
fn tree(tables: &[QualifiedName]) -> String {
    let names: Vec<String> = tables
        .iter()
        .map(|table| {
            format!(
                "({}, {})",
                literal(&table.to_string()),
                literal(&qualified(table))
            )
        })
        .collect();
    format!(
        "WITH RECURSIVE wanted (name, id) AS (SELECT v.name, pg_catalog.to_regclass(v.spelled)::oid FROM (VALUES {}) AS v (name, spelled)), \
         tree (name, id) AS (SELECT w.name, w.id FROM wanted AS w JOIN pg_catalog.pg_class AS c ON c.oid = w.id WHERE c.relkind IN ('r', 'p', 'm') \
         UNION ALL SELECT t.name, i.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.id \
         JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid WHERE c.relispartition AND c.relkind IN ('r', 'p'))",
        names.join(", ")
    )
}

fn of_tables(tree: &str) -> String {
    format!(
        "{tree} SELECT t.name, sum(pg_catalog.pg_total_relation_size(c.oid)), sum(pg_catalog.pg_relation_size(c.oid)), \
         sum(pg_catalog.pg_indexes_size(c.oid)), CASE WHEN bool_or(c.reltuples < 0) FILTER (WHERE c.relkind <> 'p') THEN NULL \
         ELSE sum(greatest(c.reltuples, 0)) FILTER (WHERE c.relkind <> 'p')::bigint END, coalesce(sum(s.n_dead_tup), 0) \
         FROM tree AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.id LEFT JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = c.oid \
         GROUP BY t.name ORDER BY t.name"
    )
}

fn of_indexes(tree: &str) -> String {
    format!(
        "{tree} SELECT t.name, n.nspname || '.' || r.relname, sum(pg_catalog.pg_relation_size(x.indexrelid)) \
         FROM tree AS t JOIN pg_catalog.pg_index AS x ON x.indrelid = t.id \
         JOIN pg_catalog.pg_class AS r ON r.oid = coalesce(pg_catalog.pg_partition_root(x.indexrelid)::oid, x.indexrelid) \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace GROUP BY t.name, n.nspname, r.relname ORDER BY 1, 2"
    )
}

/// How many bytes lie between two places of the WAL.
pub fn between(from: &str, to: &str) -> Option<u64> {
    let place = |text: &str| {
        let (high, low) = text.split_once('/')?;
        let part = |digits| u64::from_str_radix(digits, 16).ok();
        Some((part(high)? << 32) + part(low)?)
    };
    place(to)?.checked_sub(place(from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_wal_are_numbers() {
        assert_eq!(between("0/10", "0/1F"), Some(15));
        assert_eq!(between("1/FFFFFFFF", "2/0"), Some(1));
        assert_eq!(between("2/0", "1/0"), None);
        assert_eq!(between("x", "1/0"), None);
    }
}
