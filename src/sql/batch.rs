//! Ranges of a key and of pages: the conditions of a batch, the queries that find its bounds, and the loops that walk a
//! table in a plain script.

use super::{Stmt, ident, literal, qualified};
use crate::model::{Ident, QualifiedName, TypeName};

/// A column of the key that batches walk along.
#[derive(Clone, Copy, Debug)]
pub struct KeyPart<'a> {
    /// Its name.
    pub name: &'a Ident,
    /// Its type, for casting the bounds.
    pub data_type: &'a TypeName,
}

/// A statement with a hole for the range condition.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The text before the condition.
    pub before: &'a str,
    /// What the key columns are qualified with; empty for nothing.
    pub qualifier: &'a str,
    /// The text behind it.
    pub after: &'a str,
}

/// A walk over a table: its key (none for pages by `ctid`) and what runs for each range.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    /// The table.
    pub table: &'a QualifiedName,
    /// The key's columns; empty for pages.
    pub key: Vec<KeyPart<'a>>,
    /// What runs, in order.
    pub pieces: Vec<Piece<'a>>,
}

/// `((q.a, q.b) > ('1'::bigint, 'x'::text) AND (q.a, q.b) <= (…))`; without a bound that side is open, without both it
/// is `(true)`. Bounds are values in their text form, one for each column.
pub fn range_condition(
    qualifier: &str,
    key: &[KeyPart<'_>],
    above: Option<&[String]>,
    up_to: Option<&[String]>,
) -> String {
    let columns = key_columns(qualifier, key);
    let side = |operator: &str, bound: Option<&[String]>| {
        bound.map(|values| {
            let values: Vec<String> = values
                .iter()
                .zip(key)
                .map(|(value, part)| format!("{}::{}", literal(value), part.data_type))
                .collect();
            format!("({columns}) {operator} ({})", values.join(", "))
        })
    };
    let sides: Vec<String> = [side(">", above), side("<=", up_to)]
        .into_iter()
        .flatten()
        .collect();
    match sides.is_empty() {
        true => "(true)".to_owned(),
        false => format!("({})", sides.join(" AND ")),
    }
}

/// `(q.ctid >= '(0,0)'::tid AND q.ctid < '(64,0)'::tid)`: the rows of pages `from` up to and without `to`.
pub fn page_condition(qualifier: &str, from: u64, to: u64) -> String {
    let ctid = with_qualifier(qualifier, "ctid");
    format!("({ctid} >= '({from},0)'::tid AND {ctid} < '({to},0)'::tid)")
}

/// The query for the highest key; no row for an empty table.
pub fn highest_key(table: &QualifiedName, key: &[KeyPart<'_>]) -> Stmt {
    // Qualified: a bare name in ORDER BY would be the output column, and so the order of texts.
    let texts: Vec<String> = key
        .iter()
        .map(|part| format!("k.{}::text", ident(part.name)))
        .collect();
    let order: Vec<String> = key
        .iter()
        .map(|part| format!("k.{} DESC", ident(part.name)))
        .collect();
    Stmt::new(format!(
        "SELECT {} FROM {} AS k ORDER BY {} LIMIT 1",
        texts.join(", "),
        qualified(table),
        order.join(", ")
    ))
}

/// A longer value stands in a checksum with its size alone: it would have to be fetched from where it is stored apart.
const LONG_VALUE: u32 = 2000;

/// The query for the expression that has a row's values as one text, whatever the order of its columns.
pub fn row_text(table: &QualifiedName) -> Stmt {
    Stmt::new(format!(
        "SELECT 'ROW(' || string_agg(CASE WHEN a.attlen > 0 THEN pg_catalog.format('k.%I', a.attname) ELSE pg_catalog.format( \
         'CASE WHEN pg_catalog.pg_column_size(k.%1$I) > {LONG_VALUE} THEN pg_catalog.pg_column_size(k.%1$I)::text ELSE k.%1$I::text END', \
         a.attname) END, ', ' ORDER BY a.attname) || ')::text' FROM pg_catalog.pg_attribute AS a \
         WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'",
        literal(&qualified(table))
    ))
}

/// The query that counts the rows of a range and makes a checksum of them that does not depend on their order. The table is `k`.
pub fn checksum(table: &QualifiedName, row: &str, condition: &str) -> Stmt {
    Stmt::new(format!(
        "SELECT pg_catalog.count(*), pg_catalog.bit_xor(pg_catalog.hashtextextended(({row}) COLLATE pg_catalog.\"C\", 0)) \
         FROM {} AS k WHERE {condition}",
        qualified(table)
    ))
}

/// The query for the end of a batch of `rows` rows: the key of the last one; no row where there are fewer.
pub fn batch_end(
    table: &QualifiedName,
    key: &[KeyPart<'_>],
    above: Option<&[String]>,
    up_to: &[String],
    rows: u64,
) -> Stmt {
    let columns = key_columns("", key);
    let texts: Vec<String> = key
        .iter()
        .map(|part| format!("b.{}::text", ident(part.name)))
        .collect();
    Stmt::new(format!(
        "SELECT {} FROM (SELECT {columns} FROM {} WHERE {} ORDER BY {columns} OFFSET {} LIMIT 1) AS b",
        texts.join(", "),
        qualified(table),
        range_condition("", key, above, Some(up_to)),
        rows.saturating_sub(1),
    ))
}

/// The query for the keys of some rows that a count counts, `SELECT count(*) FROM … WHERE ` before its condition; none for another
/// query. Without a key a row is named by its place.
pub fn sample_keys(
    before: &str,
    qualifier: &str,
    key: &[KeyPart<'_>],
    condition: &str,
    rows: u32,
) -> Option<Stmt> {
    let from = before.strip_prefix("SELECT count(*) FROM ")?;
    let columns = match key.is_empty() {
        true => format!("{}::text", with_qualifier(qualifier, "ctid")),
        false => key
            .iter()
            .map(|part| format!("{}::text", with_qualifier(qualifier, &ident(part.name))))
            .collect::<Vec<_>>()
            .join(", "),
    };
    Some(Stmt::new(format!(
        "SELECT {columns} FROM {from}{condition} LIMIT {rows}"
    )))
}

/// The query for the number of pages to walk: the most that the table, or a partition or child of it, has.
pub fn page_count(table: &QualifiedName) -> Stmt {
    Stmt::new(format!(
        "WITH RECURSIVE tree AS (SELECT {}::regclass::oid AS id UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i \
         JOIN tree ON i.inhparent = tree.id) \
         SELECT coalesce(max(pg_relation_size(c.oid)) / current_setting('block_size')::bigint, 0) \
         FROM pg_catalog.pg_class AS c JOIN tree ON tree.id = c.oid WHERE c.relkind IN ('r', 'm')",
        literal(&qualified(table))
    ))
}

/// The loop that does the same in a script: one DO that commits after every range, so it must not run inside a
/// transaction.
pub fn batch_loop(walk: &Walk<'_>, rows: u64) -> Stmt {
    batch_loop_behind(&[], walk, rows)
}

/// [`batch_loop`] behind PL/pgSQL lines that leave the block or fail.
pub fn batch_loop_behind(guards: &[String], walk: &Walk<'_>, rows: u64) -> Stmt {
    let fills: Vec<String> = walk
        .pieces
        .iter()
        .map(|piece| format!("{};", fill(walk, piece)))
        .collect();
    let tried = super::script::tried(&fills).into_iter();
    let mut body: String = tried.map(|line| format!("    {line}\n")).collect();
    body.push_str("    COMMIT;\n");
    wrap(&looped(walk, &body, "", guards, "", rows))
}

/// The loop that counts in a script and raises where the sum is not 0. Each piece is one SELECT of a count.
pub fn verify_loop(walk: &Walk<'_>, otherwise: &str, rows: u64) -> Stmt {
    verify_loop_behind(&[], walk, otherwise, rows)
}

/// [`verify_loop`] behind PL/pgSQL lines that leave the block or fail.
pub fn verify_loop_behind(guards: &[String], walk: &Walk<'_>, otherwise: &str, rows: u64) -> Stmt {
    let mut body = String::new();
    for piece in &walk.pieces {
        body.push_str(&format!(
            "    schemaplan_wrong := schemaplan_wrong + ({});\n",
            fill(walk, piece)
        ));
    }
    body.push_str("    COMMIT;\n");
    let end = format!(
        "  IF schemaplan_wrong <> 0 THEN\n    RAISE EXCEPTION USING MESSAGE = {}, DETAIL = schemaplan_wrong || ' rows';\n  END IF;\n",
        literal(otherwise)
    );
    wrap(&looped(
        walk,
        &body,
        "  schemaplan_wrong bigint := 0;\n",
        guards,
        &end,
        rows,
    ))
}

/// The statement with a condition over the loop's variables. Their names are such as no column of a user's has.
fn fill(walk: &Walk<'_>, piece: &Piece<'_>) -> String {
    let condition = if walk.key.is_empty() {
        let ctid = with_qualifier(piece.qualifier, "ctid");
        format!("({ctid} >= schemaplan_lo AND {ctid} < schemaplan_hi)")
    } else {
        let columns = key_columns(piece.qualifier, &walk.key);
        format!(
            "(({columns}) >= ({}) AND ({columns}) <= ({}))",
            variables(walk, "lo"),
            variables(walk, "hi")
        )
    };
    format!("{}{condition}{}", piece.before, piece.after)
}

fn looped(walk: &Walk<'_>, body: &str, declare: &str, guards: &[String], end: &str, rows: u64) -> String {
    let guards: String = guards.iter().map(|line| format!("  {line}\n")).collect();
    if walk.key.is_empty() {
        return looped_by_page(walk, body, declare, &guards, end, rows);
    }
    let table = qualified(walk.table);
    let columns = key_columns("", &walk.key);
    let descending: Vec<String> = walk
        .key
        .iter()
        .map(|part| format!("{} DESC", ident(part.name)))
        .collect();
    let descending = descending.join(", ");
    let [lo, hi, top] = ["lo", "hi", "top"].map(|role| variables(walk, role));
    let mut declared = String::new();
    for role in ["lo", "hi", "top"] {
        for (position, part) in (1..).zip(&walk.key) {
            declared.push_str(&format!("  schemaplan_{role}_{position} {};\n", part.data_type));
        }
    }
    // A new row may have come in between; the trigger that precedes every walk has seen it.
    format!(
        "DECLARE\n{declared}{declare}BEGIN\n{guards}\
         \x20 SELECT {columns} INTO {top} FROM {table} ORDER BY {descending} LIMIT 1;\n\
         \x20 SELECT {columns} INTO {lo} FROM {table} ORDER BY {columns} LIMIT 1;\n\
         \x20 WHILE FOUND LOOP\n\
         \x20   SELECT {columns} INTO {hi} FROM {table} WHERE ({columns}) >= ({lo}) AND ({columns}) <= ({top}) ORDER BY {columns} OFFSET {} LIMIT 1;\n\
         \x20   IF NOT FOUND THEN\n\
         \x20     SELECT {top} INTO {hi};\n\
         \x20   END IF;\n\
         {body}\
         \x20   SELECT {columns} INTO {lo} FROM {table} WHERE ({columns}) > ({hi}) AND ({columns}) <= ({top}) ORDER BY {columns} LIMIT 1;\n\
         \x20 END LOOP;\n{end}END",
        rows.saturating_sub(1)
    )
}

fn looped_by_page(walk: &Walk<'_>, body: &str, declare: &str, guards: &str, end: &str, rows: u64) -> String {
    // About sixty rows fit a page; the walk need not be exact.
    let pages = (rows / 60).max(1);
    format!(
        "DECLARE\n  schemaplan_page bigint := 0;\n  schemaplan_pages bigint;\n  schemaplan_lo tid;\n  schemaplan_hi tid;\n{declare}BEGIN\n{guards}\
         \x20 schemaplan_pages := ({});\n\
         \x20 WHILE schemaplan_page < schemaplan_pages LOOP\n\
         \x20   schemaplan_lo := format('(%s,0)', schemaplan_page)::tid;\n\
         \x20   schemaplan_page := least(schemaplan_page + {pages}, schemaplan_pages);\n\
         \x20   schemaplan_hi := format('(%s,0)', schemaplan_page)::tid;\n\
         {body}\
         \x20 END LOOP;\n{end}END",
        page_count(walk.table)
    )
}

fn wrap(block: &str) -> Stmt {
    let mut tag = "$do$".to_owned();
    let mut n = 0;
    while block.contains(&tag) {
        n += 1;
        tag = format!("$do{n}$");
    }
    Stmt::new(format!("DO {tag}\n{block}\n{tag}"))
}

fn variables(walk: &Walk<'_>, role: &str) -> String {
    let names: Vec<String> = (1..=walk.key.len())
        .map(|position| format!("schemaplan_{role}_{position}"))
        .collect();
    names.join(", ")
}

fn key_columns(qualifier: &str, key: &[KeyPart<'_>]) -> String {
    let columns: Vec<String> = key
        .iter()
        .map(|part| with_qualifier(qualifier, &ident(part.name)))
        .collect();
    columns.join(", ")
}

fn with_qualifier(qualifier: &str, column: &str) -> String {
    match qualifier {
        "" => column.to_owned(),
        qualifier => format!("{qualifier}.{column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'a>(names: &'a [Ident], types: &'a [TypeName]) -> Vec<KeyPart<'a>> {
        names
            .iter()
            .zip(types)
            .map(|(name, data_type)| KeyPart { name, data_type })
            .collect()
    }

    #[test]
    fn bounds_are_cast_and_quoted() {
        let names = [Ident::new("a"), Ident::new("Odd")];
        let types = [TypeName::new("bigint"), TypeName::new("text")];
        let key = parts(&names, &types);
        let lo = ["1".to_owned(), "it's".to_owned()];
        assert_eq!(
            range_condition("t", &key, Some(&lo), None),
            "((t.a, t.\"Odd\") > ('1'::bigint, 'it''s'::text))"
        );
        assert_eq!(
            range_condition("", &key[..1], None, Some(&lo[..1])),
            "((a) <= ('1'::bigint))"
        );
        assert_eq!(range_condition("", &key, None, None), "(true)");
    }

    #[test]
    fn every_loop_is_a_statement() {
        let names = [Ident::new("a"), Ident::new("b")];
        let types = [TypeName::new("bigint"), TypeName::new("character varying(20)")];
        let table = QualifiedName::new("public", "t");
        let piece = Piece {
            before: "UPDATE public.t SET c = '$do$' WHERE ",
            qualifier: "t",
            after: " AND c IS NULL",
        };
        for key in [parts(&names, &types), Vec::new()] {
            let walk = Walk {
                table: &table,
                key,
                pieces: vec![piece],
            };
            for statement in [
                batch_loop(&walk, 1000),
                verify_loop(&walk, "it's not filled", 1000),
            ] {
                assert!(statement.as_str().starts_with("DO $do1$"), "{statement}");
                pg_query::parse(statement.as_str(), 0).unwrap();
            }
        }
    }
}
