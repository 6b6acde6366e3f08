//! Rows for the throwaway database.

use super::values::{self, Filled, Shape, TRIES};
use crate::model::Ident;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::{Client, Error};

/// How many rows a table gets, where it takes them.
pub const ROWS: u32 = 300;

/// What a table got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Given {
    /// The table.
    pub table: String,
    /// How many rows it took.
    pub rows: u64,
    /// Why it took no more, in the database's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Tables that rows are put into: partitions get theirs through the partitioned table.
const TABLES: &str = "SELECT c.oid, c.oid::regclass::text, n.nspname || '.' || c.relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_'
    AND n.nspname NOT IN ('information_schema', 'schemaplan', 'schemaplan_archive')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 3";

/// Columns that are given a value: neither generated nor counted by a sequence.
const COLUMNS: &str = "WITH RECURSIVE base (att, typ, mod, needed) AS (
        SELECT a.attnum, a.atttypid, a.atttypmod, a.attnotnull FROM pg_attribute AS a
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
        AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') !~ '^nextval'
        UNION ALL SELECT b.att, t.typbasetype, t.typtypmod, b.needed OR t.typnotnull
        FROM base AS b JOIN pg_type AS t ON t.oid = b.typ WHERE t.typtype = 'd')
    SELECT a.attnum::int, a.attname::text, b.needed, b.mod, t.typname::text, format_type(b.typ, b.mod), t.typtype::text,
        e.typname::text, format_type(e.oid, NULL), e.typtype::text,
        (SELECT coalesce(string_agg(pg_get_constraintdef(k.oid), ' '), '') FROM pg_constraint AS k
            WHERE k.contype = 'c' AND (k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey) OR k.contypid = a.atttypid))
    FROM base AS b JOIN pg_type AS t ON t.oid = b.typ AND t.typtype <> 'd'
    JOIN pg_attribute AS a ON a.attrelid = $1 AND a.attnum = b.att
    LEFT JOIN pg_range AS r ON r.rngtypid = t.oid
    LEFT JOIN pg_type AS e ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE r.rngsubtype END
    ORDER BY a.attnum";

/// Foreign keys: the columns, the table at the far side, and its columns.
const KEYS: &str = "SELECT k.confrelid, k.confrelid::regclass::text,
        (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY AS u (num, n)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.num),
        (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY AS u (num, n)
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.num)
    FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = $1 AND k.conparentid = 0 ORDER BY k.conname";

/// Bounds of all partitions below a table, with the place of each key column.
const BOUNDS: &str = "WITH RECURSIVE below (oid) AS (SELECT $1::oid
        UNION ALL SELECT i.inhrelid FROM below AS b JOIN pg_inherits AS i ON i.inhparent = b.oid)
    SELECT a.attname::text, (u.n - 1)::int, pg_get_expr(c.relpartbound, c.oid)
    FROM below AS b JOIN pg_partitioned_table AS p ON p.partrelid = b.oid
    CROSS JOIN unnest(p.partattrs::int2[]) WITH ORDINALITY AS u (num, n)
    JOIN pg_attribute AS a ON a.attrelid = b.oid AND a.attnum = u.num AND u.num > 0
    JOIN pg_inherits AS i ON i.inhparent = b.oid JOIN pg_class AS c ON c.oid = i.inhrelid ORDER BY c.relname";

struct Reference {
    table: u32,
    spelled: String,
    columns: Vec<String>,
    far: Vec<String>,
}

struct Table {
    oid: u32,
    spelled: String,
    name: String,
    columns: Vec<Filled>,
    references: Vec<Reference>,
}

/// Puts rows into every table that has none, tables that are referred to first.
///
/// # Errors
/// The database's words where the catalog cannot be read; rows that are refused are part of the answer.
pub async fn fill(client: &Client) -> Result<Vec<Given>, Error> {
    let mut tables = Vec::new();
    for row in client.query(TABLES, &[]).await? {
        tables.push(table(client, row.get(0), row.get(1), row.get(2)).await?);
    }
    let mut given: BTreeMap<String, Given> = BTreeMap::new();
    // Once more for those whose rows need rows of each other.
    for round in 0..2 {
        for table in in_order(&tables) {
            let before = given.get(&table.name).is_some_and(|each| each.rows > 0);
            if round == 0 || !before {
                given.insert(table.name.clone(), put(client, table).await?);
            }
        }
    }
    client.batch_execute("ANALYZE").await?;
    Ok(given.into_values().collect())
}

async fn table(client: &Client, oid: u32, spelled: String, name: String) -> Result<Table, Error> {
    let mut columns: Vec<Filled> = client.query(COLUMNS, &[&oid]).await?.iter().map(column).collect();
    for row in client.query(BOUNDS, &[&oid]).await? {
        let (name, place, bound): (String, i32, Option<String>) = (row.get(0), row.get(1), row.get(2));
        if let Some(column) = columns.iter_mut().find(|each| each.name == name) {
            let place = usize::try_from(place).unwrap_or(0);
            column
                .bounds
                .extend(values::bound_values(&bound.unwrap_or_default(), place));
        }
    }
    let keys = client.query(KEYS, &[&oid]).await?;
    let references: Vec<Reference> = keys
        .iter()
        .map(|row| Reference {
            table: row.get(0),
            spelled: row.get(1),
            columns: row.get(2),
            far: row.get(3),
        })
        .collect();
    let own: BTreeMap<String, String> = columns
        .iter()
        .map(|each| (each.name.clone(), each.value()))
        .collect();
    for reference in &references {
        let order: Vec<String> = reference.far.iter().map(|name| quoted(name)).collect();
        let order = order.join(", ");
        for (near, far) in reference.columns.iter().zip(&reference.far) {
            let Some(column) = columns.iter_mut().find(|each| each.name == *near) else {
                continue;
            };
            let (far_column, from) = (quoted(far), &reference.spelled);
            let found = format!(
                "(SELECT sp_q.{far_column} FROM {from} AS sp_q ORDER BY {order} OFFSET (sp_i - 1 + sp_v) % greatest(1, \
                 (SELECT count(*) FROM {from})) LIMIT 1)"
            );
            // A first row that needs one of its own table refers to itself.
            column.reference = Some(match own.get(far).filter(|_| reference.table == oid) {
                Some(itself) => format!("coalesce({found}, {itself})"),
                None => found,
            });
        }
    }
    Ok(Table {
        oid,
        spelled,
        name,
        columns,
        references,
    })
}

fn column(row: &tokio_postgres::Row) -> Filled {
    let inner: Option<String> = row.get(7);
    let name: String = row.get(4);
    let definitions: String = row.get(10);
    Filled {
        name: row.get(1),
        ordinal: row.get(0),
        not_null: row.get(2),
        constants: values::constants(&definitions, values::is_number(&name)),
        shape: Shape {
            name,
            spelled: row.get(5),
            class: row.get(6),
            modifier: row.get(3),
            inner: inner.map(|name| {
                Box::new(Shape {
                    name,
                    spelled: row.get(8),
                    class: row.get(9),
                    modifier: -1,
                    inner: None,
                })
            }),
        },
        ..Filled::default()
    }
}

/// Tables that are referred to before those that refer to them, as far as they form no ring.
fn in_order(tables: &[Table]) -> Vec<&Table> {
    let known: BTreeSet<u32> = tables.iter().map(|each| each.oid).collect();
    let (mut done, mut order) = (BTreeSet::new(), Vec::new());
    while order.len() < tables.len() {
        let waits = |table: &&Table| {
            let far = table.references.iter().map(|each| each.table);
            far.filter(|far| *far != table.oid && known.contains(far))
                .any(|far| !done.contains(&far))
        };
        let left: Vec<&Table> = tables.iter().filter(|each| !done.contains(&each.oid)).collect();
        let mut next: Vec<&Table> = left.iter().copied().filter(|each| !waits(each)).collect();
        if next.is_empty() {
            next.extend(left.first());
        }
        done.extend(next.iter().map(|each| each.oid));
        order.extend(next);
    }
    order
}

async fn put(client: &Client, table: &Table) -> Result<Given, Error> {
    let names: Vec<String> = table.columns.iter().map(|each| quoted(&each.name)).collect();
    let values: Vec<String> = table.columns.iter().map(Filled::value).collect();
    let row = match names.is_empty() {
        true => "DEFAULT VALUES".to_owned(),
        false => format!("({}) VALUES ({})", names.join(", "), values.join(", ")),
    };
    let body = format!(
        "DECLARE sp_taken boolean; BEGIN SET CONSTRAINTS ALL IMMEDIATE; \
         FOR sp_i IN 1..{ROWS} LOOP FOR sp_v IN 0..{} LOOP sp_taken := false; \
         BEGIN INSERT INTO {} {row}; sp_taken := true; EXCEPTION WHEN OTHERS THEN \
         PERFORM set_config('schemaplan.refused', SQLERRM, false); END; \
         EXIT WHEN sp_taken; END LOOP; END LOOP; END",
        TRIES - 1,
        table.spelled
    );
    client.batch_execute("SET schemaplan.refused = ''").await?;
    let ran = client
        .batch_execute(&format!("DO {}", crate::sql::literal(&body)))
        .await;
    let said: String = client
        .query_one(
            "SELECT coalesce(current_setting('schemaplan.refused', true), '')",
            &[],
        )
        .await?
        .get(0);
    let count = format!("SELECT count(*) FROM {}", table.spelled);
    let rows: i64 = client.query_one(&count, &[]).await?.get(0);
    let refused = match ran {
        Err(error) => Some(crate::engine::database_words(&error)),
        Ok(()) if rows == 0 && said.is_empty() => Some("a trigger or a rule puts them nowhere".to_owned()),
        Ok(()) => Some(said).filter(|said| !said.is_empty()),
    };
    Ok(Given {
        table: table.name.clone(),
        rows: u64::try_from(rows).unwrap_or(0),
        refused,
    })
}

fn quoted(name: &str) -> String {
    crate::sql::ident(&Ident::new(name))
}
