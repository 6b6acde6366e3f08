//! Rows that change partitions.

use super::{
    Stmt,
    archive::{self, body},
    ident, literal, qualified,
};
use crate::model::{Ident, QualifiedName};

/// Moves rows from one table to another: those that fit the bound of the partition `to`, or all of them. The columns are
/// looked up when it runs, so that it does not matter which of them the plan has added by then.
pub fn move_rows(from: &QualifiedName, to: &QualifiedName, fitting: bool) -> Stmt {
    let fits = match fitting {
        true => format!(
            "pg_catalog.pg_get_partition_constraintdef({}::regclass)",
            literal(&qualified(to))
        ),
        false => "'true'".to_owned(),
    };
    archive::do_block(&format!(
        "DECLARE
  fits text := {fits};
  columns text;
BEGIN
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = {literal}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
  EXECUTE 'WITH moved AS (DELETE FROM {from} WHERE ' || fits || ' RETURNING ' || columns || ') INSERT INTO {to} ('
    || columns || ') OVERRIDING SYSTEM VALUE SELECT ' || columns || ' FROM moved';
END",
        literal = literal(&qualified(to)),
        from = qualified(from).replace('\'', "''"),
        to = qualified(to).replace('\'', "''"),
    ))
}

/// Remembers in the archive the rows of `from` that fit the bound of the partition `to`, before they move there.
pub fn keep_moved_rows(from: &QualifiedName, to: &QualifiedName, name: &str, comment: &str) -> Stmt {
    let archive = qualified(&archive::archived(name));
    archive::do_block(&format!(
        "BEGIN
  EXECUTE {create} || pg_catalog.pg_get_partition_constraintdef({to}::regclass);
  EXECUTE {comment};
END",
        create = literal(&format!(
            "CREATE TABLE {archive} AS SELECT * FROM {} WHERE ",
            qualified(from)
        )),
        to = literal(&qualified(to)),
        comment = literal(&format!("COMMENT ON TABLE {archive} IS {}", literal(comment))),
    ))
}

/// Moves the rows back that the archive remembers, as far as they are still in `from` as they were, and drops the archive.
pub fn move_rows_back(from: &QualifiedName, to: &QualifiedName, name: &str) -> Stmt {
    let archive = qualified(&archive::archived(name));
    let remembered =
        format!("pg_catalog.to_jsonb(t) IN (SELECT pg_catalog.to_jsonb(kept) FROM {archive} AS kept)");
    archive::do_block(&format!(
        "DECLARE
  columns text;
BEGIN
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = {literal}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
  EXECUTE 'WITH moved AS (DELETE FROM {from} AS t WHERE {remembered} RETURNING ' || columns || ') INSERT INTO {to} ('
    || columns || ') OVERRIDING SYSTEM VALUE SELECT ' || columns || ' FROM moved';
  EXECUTE 'DROP TABLE {archive}';
END",
        literal = literal(&qualified(to)),
        from = qualified(from).replace('\'', "''"),
        to = qualified(to).replace('\'', "''"),
        remembered = remembered.replace('\'', "''"),
        archive = archive.replace('\'', "''"),
    ))
}

/// Runs `plain`, or `moving` where PostgreSQL finds rows in the DEFAULT partition that belong to a new one.
pub fn unless_default_holds_rows(plain: &[Stmt], moving: &[Stmt]) -> Stmt {
    archive::do_block(&format!(
        "BEGIN\n  BEGIN\n{}  EXCEPTION WHEN check_violation THEN\n{}  END;\nEND",
        body(plain),
        body(moving)
    ))
}

/// A CHECK, not proven yet, that says what the bound of a partition says, in the words of the server.
pub fn add_bound(table: &QualifiedName, name: &Ident, partition: &QualifiedName) -> Stmt {
    archive::do_block(&format!(
        "BEGIN
  EXECUTE format('ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (%s) NOT VALID', pg_catalog.pg_get_partition_constraintdef({partition}::regclass));
END",
        table = for_format(&qualified(table)),
        name = for_format(&ident(name)),
        partition = literal(&qualified(partition)),
    ))
}

/// Fails where a partition of the table other than this one holds rows.
pub fn fail_unless_rows_are_in(partition: &QualifiedName, table: &QualifiedName) -> Stmt {
    archive::do_block(&format!(
        "DECLARE
  leaf regclass;
  found boolean;
BEGIN
  FOR leaf IN SELECT t.relid FROM pg_catalog.pg_partition_tree({root}::regclass) AS t WHERE t.isleaf AND t.relid <> {own}::regclass LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', leaf) INTO found;
    IF found THEN
      RAISE EXCEPTION USING MESSAGE = format({message}, leaf);
    END IF;
  END LOOP;
END",
        root = literal(&qualified(table)),
        own = literal(&qualified(partition)),
        message = literal(&format!(
            "%s holds rows, which the former {0} has no place for: go forward to the end of the plan, then plan from there to the former files, which copies the rows of all partitions",
            table.to_string().replace('%', "%%")
        )),
    ))
}

fn for_format(text: &str) -> String {
    text.replace('%', "%%").replace('\'', "''")
}

/// Runs the statements without the foreign keys that refer to the table or to what it is a partition of, for they hold every
/// row in its partition; then adds them again, which proves them.
pub fn without_references(table: &QualifiedName, statements: &[Stmt]) -> Stmt {
    archive::do_block(&format!(
        "DECLARE
  again text[] := '{{}}';
  one text;
  key record;
BEGIN
  FOR key IN SELECT c.conname, c.conrelid::regclass AS holder, pg_catalog.pg_get_constraintdef(c.oid) AS definition, pg_catalog.obj_description(c.oid, 'pg_constraint') AS note
      FROM pg_catalog.pg_constraint AS c WHERE c.contype = 'f' AND c.conparentid = 0
        AND c.confrelid IN (SELECT a.relid FROM pg_catalog.pg_partition_ancestors({table}::regclass) AS a) ORDER BY c.oid LOOP
    again := again || format('ALTER TABLE %s ADD CONSTRAINT %I %s', key.holder, key.conname, key.definition);
    IF key.note IS NOT NULL THEN
      again := again || format('COMMENT ON CONSTRAINT %I ON %s IS %L', key.conname, key.holder, key.note);
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.holder, key.conname);
  END LOOP;
{body}  FOREACH one IN ARRAY again LOOP
    EXECUTE one;
  END LOOP;
END",
        table = literal(&qualified(table)),
        body = body(statements)
    ))
}
