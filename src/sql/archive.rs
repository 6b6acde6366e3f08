//! Statements that move what a contract removes into `schemaplan_archive`, and bring it back.

use super::{Stmt, ident, literal, qualified};
use crate::model::{Ident, QualifiedName};

/// The schema that keeps what contracts removed.
pub const ARCHIVE_SCHEMA: &str = "schemaplan_archive";

/// The schema of the journal, of sync functions and key logs.
pub const SUPPORT_SCHEMA: &str = "schemaplan";

/// Joins statements into the body of a PL/pgSQL block.
pub(super) fn body(statements: &[Stmt]) -> String {
    statements
        .iter()
        .map(|statement| format!("    EXECUTE {};\n", dollar(statement.as_str())))
        .collect()
}

/// A text as a dollar-quoted constant with a tag that the text does not hold.
pub fn dollar(text: &str) -> String {
    let mut tag = "$x$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$x{number}$");
    }
    format!("{tag}{text}{tag}")
}

/// A DO block around a PL/pgSQL text.
pub fn do_block(text: &str) -> Stmt {
    let mut tag = "$do$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$do{number}$");
    }
    Stmt::new(format!("DO {tag} {text} {tag}"))
}

/// Runs `yes` where the condition holds, else `no`.
pub fn choose(condition: &str, yes: &[Stmt], no: &[Stmt]) -> Stmt {
    let otherwise = if no.is_empty() {
        String::new()
    } else {
        format!("  ELSE\n{}", body(no))
    };
    do_block(&format!(
        "BEGIN\n  IF {condition} THEN\n{}{otherwise}  END IF;\nEND",
        body(yes)
    ))
}

/// True where the table holds no row, decided without reading a large one: above the limit it counts as filled.
pub fn is_empty(table: &QualifiedName, limit: u64) -> String {
    format!(
        "(pg_catalog.pg_relation_size({}) <= {limit} AND NOT EXISTS (SELECT FROM {}))",
        literal(&qualified(table)),
        qualified(table)
    )
}

/// True where the archive holds a table of this name.
pub fn is_there(name: &str) -> String {
    format!(
        "to_regclass({}) IS NOT NULL",
        literal(&qualified(&archived(name)))
    )
}

/// The table under its archive name.
pub fn archived(name: &str) -> QualifiedName {
    QualifiedName::new(ARCHIVE_SCHEMA, name)
}

/// Gives an INDEX or SEQUENCE another name.
pub fn rename_part(kind: &str, old: &QualifiedName, new: &Ident) -> Stmt {
    Stmt::new(format!(
        "ALTER {kind} {} RENAME TO {}",
        qualified(old),
        ident(new)
    ))
}

/// Moves a table to the archive under `name`, its indexes and sequences renamed so that two archives never clash.
pub fn move_to_archive(
    table: &QualifiedName,
    name: &str,
    parts: &[(String, Ident, String)],
    comment: &str,
) -> Vec<Stmt> {
    let renamed = QualifiedName {
        schema: table.schema.clone(),
        name: Ident::new(name),
    };
    let mut statements = vec![Stmt::new(format!(
        "ALTER TABLE {} RENAME TO {}",
        qualified(table),
        ident(&Ident::new(name))
    ))];
    for (kind, old, new) in parts {
        let old = QualifiedName {
            schema: table.schema.clone(),
            name: old.clone(),
        };
        statements.push(rename_part(kind, &old, &Ident::new(new)));
    }
    statements.push(Stmt::new(format!(
        "ALTER TABLE {} SET SCHEMA {ARCHIVE_SCHEMA}",
        qualified(&renamed)
    )));
    statements.push(Stmt::new(format!(
        "COMMENT ON TABLE {} IS {}",
        qualified(&archived(name)),
        literal(comment)
    )));
    statements
}

/// The way back of [`move_to_archive`]; the table's own comment is set by the caller.
pub fn move_from_archive(table: &QualifiedName, name: &str, parts: &[(String, Ident, String)]) -> Vec<Stmt> {
    let here = QualifiedName {
        schema: table.schema.clone(),
        name: Ident::new(name),
    };
    let mut statements = vec![Stmt::new(format!(
        "ALTER TABLE {} SET SCHEMA {}",
        qualified(&archived(name)),
        ident(&table.schema)
    ))];
    for (kind, old, new) in parts {
        let moved = QualifiedName {
            schema: table.schema.clone(),
            name: Ident::new(new),
        };
        statements.push(rename_part(kind, &moved, old));
    }
    statements.push(Stmt::new(format!(
        "ALTER TABLE {} RENAME TO {}",
        qualified(&here),
        ident(&table.name)
    )));
    statements
}

/// True where a table has a column of the type, or of arrays of it.
fn is_stored(name: &QualifiedName) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS r ON r.oid = a.attrelid WHERE NOT a.attisdropped AND r.relkind IN ('r', 'p') AND a.atttypid IN (SELECT t.oid FROM pg_catalog.pg_type AS t WHERE t.oid = to_regtype({0}) OR t.typelem = to_regtype({0})))",
        literal(&qualified(name))
    )
}

/// A type goes, or moves to the archive where an archived table still uses it, under a further number where the name is taken.
pub fn drop_or_move_type_away(kind: &str, name: &QualifiedName, base: &str, drop: &Stmt) -> Stmt {
    let quoted = |text: String| text.replace('%', "%%").replace('\'', "''");
    do_block(&format!(
        "DECLARE
  target text := {base};
  number int := 0;
BEGIN
  IF NOT {stored} THEN
{drop}    RETURN;
  END IF;
  WHILE to_regtype(format('{ARCHIVE_SCHEMA}.%I', target)) IS NOT NULL LOOP
    number := number + 1;
    target := {base} || '_' || number;
  END LOOP;
  EXECUTE format('ALTER {kind} {name} RENAME TO %I', target);
  EXECUTE format('ALTER {kind} {schema}.%I SET SCHEMA {ARCHIVE_SCHEMA}', target);
END",
        base = literal(base),
        stored = is_stored(name),
        drop = body(std::slice::from_ref(drop)),
        name = quoted(qualified(name)),
        schema = quoted(ident(&name.schema)),
    ))
}

/// A type goes, or moves to the archive where an archived table still uses it.
pub fn drop_or_archive_type(kind: &str, name: &QualifiedName, archive_name: &str, drop: &Stmt) -> Stmt {
    let renamed = QualifiedName {
        schema: name.schema.clone(),
        name: Ident::new(archive_name),
    };
    choose(
        &is_stored(name),
        &[
            Stmt::new(format!(
                "ALTER {kind} {} RENAME TO {}",
                qualified(name),
                ident(&Ident::new(archive_name))
            )),
            Stmt::new(format!(
                "ALTER {kind} {} SET SCHEMA {ARCHIVE_SCHEMA}",
                qualified(&renamed)
            )),
        ],
        std::slice::from_ref(drop),
    )
}

/// The way back of [`drop_or_archive_type`].
pub fn restore_type(kind: &str, name: &QualifiedName, archive_name: &str, create: &[Stmt]) -> Stmt {
    let back = QualifiedName {
        schema: name.schema.clone(),
        name: Ident::new(archive_name),
    };
    choose(
        &super::probe::type_name(&archived(archive_name)),
        &[
            Stmt::new(format!(
                "ALTER {kind} {} SET SCHEMA {}",
                qualified(&archived(archive_name)),
                ident(&name.schema)
            )),
            Stmt::new(format!(
                "ALTER {kind} {} RENAME TO {}",
                qualified(&back),
                ident(&name.name)
            )),
        ],
        create,
    )
}

/// Drops a table where it is empty; else moves it to the archive, under a further number where the name is taken.
/// Indexes and owned sequences are renamed as they are found. A partition leaves its parent first: foreign keys to the parent
/// hold it, and in the archive it would go on taking the parent's rows. What moves loses by `away` what stays behind.
pub fn drop_or_move_away(
    table: &QualifiedName,
    base: &str,
    comment: &str,
    limit: u64,
    away: &[Stmt],
) -> Stmt {
    do_block(&format!(
        "DECLARE
  target text := {base};
  number int := 0;
  part record;
BEGIN
  FOR part IN SELECT i.inhparent::regclass AS parent FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS r ON r.oid = i.inhrelid WHERE r.relispartition AND r.oid = {literal}::regclass LOOP
    EXECUTE format('ALTER TABLE %s DETACH PARTITION {escaped}', part.parent);
  END LOOP;
  IF {empty} THEN
    DROP TABLE {name};
    RETURN;
  END IF;
{away}  WHILE to_regclass(format('{ARCHIVE_SCHEMA}.%I', target)) IS NOT NULL LOOP
    number := number + 1;
    target := {base} || '_' || number;
  END LOOP;
  number := 0;
  FOR part IN SELECT i.indexrelid::regclass AS index FROM pg_catalog.pg_index AS i WHERE i.indrelid = {literal}::regclass ORDER BY i.indexrelid LOOP
    number := number + 1;
    EXECUTE format('ALTER INDEX %s RENAME TO %I', part.index, target || '_i' || number);
  END LOOP;
  number := 0;
  FOR part IN SELECT d.objid::regclass AS sequence FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = {literal}::regclass AND d.deptype IN ('a', 'i') ORDER BY d.objid LOOP
    number := number + 1;
    EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', part.sequence, target || '_s' || number);
  END LOOP;
  EXECUTE format('ALTER TABLE {escaped} RENAME TO %I', target);
  EXECUTE format('ALTER TABLE {schema}.%I SET SCHEMA {ARCHIVE_SCHEMA}', target);
  EXECUTE format('COMMENT ON TABLE {ARCHIVE_SCHEMA}.%I IS %L', target, {comment});
END",
        away = body(away),
        base = literal(base),
        empty = is_empty(table, limit),
        name = qualified(table),
        literal = literal(&qualified(table)),
        escaped = qualified(table).replace('%', "%%").replace('\'', "''"),
        schema = ident(&table.schema).replace('%', "%%").replace('\'', "''"),
        comment = literal(comment),
    ))
}

/// Copies the rows of one table into another; `values` are what the columns get.
pub fn copy_rows(from: &QualifiedName, to: &QualifiedName, columns: &[Ident], values: &[String]) -> Stmt {
    let list = super::idents(columns.iter());
    Stmt::new(format!(
        "INSERT INTO {} ({list}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}",
        qualified(to),
        values.join(", "),
        qualified(from)
    ))
}

/// Replaces the rows of the former table by those of the one that has replaced it.
pub fn empty_and_copy(
    from: &QualifiedName,
    to: &QualifiedName,
    columns: &[Ident],
    values: &[String],
) -> Stmt {
    let list = super::idents(columns.iter());
    do_block(&format!(
        "BEGIN
  DELETE FROM {to};
  INSERT INTO {to} ({list}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {from};
  DELETE FROM {from};
END",
        values = values.join(", "),
        to = qualified(to),
        from = qualified(from),
    ))
}

/// Sets a sequence where another stands.
pub fn copy_position(from: &QualifiedName, to: &QualifiedName) -> Stmt {
    Stmt::new(format!(
        "SELECT pg_catalog.setval({}, s.last_value, s.is_called) FROM {} AS s",
        literal(&qualified(to)),
        qualified(from)
    ))
}
