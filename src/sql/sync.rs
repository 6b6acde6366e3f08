//! Sync triggers, todo marks and identity sequences: the support objects that staged recipes put beside the user's.

use super::own_name::todo_name;
use super::{Stmt, ident, literal, qualified, sequence_options};
use crate::model::{Catalog, Expr, Ident, Identity, QualifiedName, SequenceOptions};

/// Adds the mark of owed rows with its comment.
pub fn add_todo(table: &QualifiedName, column: &Ident, value: &str) -> Vec<Stmt> {
    let name = todo_name(column);
    let of = format!("{table}.{column}");
    let comment = format!(
        "schemaplan:1 {}",
        serde_json::json!({"kind": "todo", "of": of, "value": value})
    );
    vec![
        super::alter::add_constraint(table, &name, "CHECK (true)", true),
        Stmt::new(format!(
            "COMMENT ON CONSTRAINT {} ON {} IS {}",
            ident(&name),
            qualified(table),
            literal(&comment)
        )),
    ]
}

/// Drops the mark.
pub fn drop_todo(table: &QualifiedName, column: &Ident) -> Stmt {
    super::alter::drop_constraint(table, &todo_name(column))
}

/// Drops the mark where it is there.
pub fn drop_todo_if_there(table: &QualifiedName, column: &Ident) -> Stmt {
    drop_constraint_if_there(table, &todo_name(column))
}

/// Drops a constraint of ours where it is there.
pub fn drop_constraint_if_there(table: &QualifiedName, name: &Ident) -> Stmt {
    Stmt::new(format!(
        "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}",
        qualified(table),
        ident(name)
    ))
}

/// `nextval` of a sequence as a default.
pub fn nextval(sequence: &QualifiedName) -> Expr {
    Expr::new(format!("nextval({}::regclass)", literal(&qualified(sequence))))
}

/// CREATE SEQUENCE with these parameters.
pub fn create_sequence(name: &QualifiedName, options: &SequenceOptions) -> Stmt {
    Stmt::new(format!(
        "CREATE SEQUENCE {} {}",
        qualified(name),
        typed_options(options)
    ))
}

/// The type and every parameter of a sequence.
pub fn typed_options(options: &SequenceOptions) -> String {
    format!("AS {}{}", options.data_type, sequence_options(options, true))
}

/// DROP SEQUENCE.
pub fn drop_sequence(name: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP SEQUENCE {}", qualified(name)))
}

fn generation(identity: &Identity) -> &'static str {
    if identity.always { "ALWAYS" } else { "BY DEFAULT" }
}

fn identity_options(identity: &Identity) -> String {
    format!(
        "(SEQUENCE NAME {} {})",
        qualified(&identity.sequence),
        identity_parameters(&identity.options)
    )
}

/// An identity's sequence takes its type from the column, so `AS` is left out.
fn identity_parameters(options: &SequenceOptions) -> String {
    format!(
        "START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {} {}",
        options.start,
        options.increment,
        options.min,
        options.max,
        options.cache,
        if options.cycle { "CYCLE" } else { "NO CYCLE" }
    )
}

/// Turns a column that draws from its own sequence into an identity column, the position carried over under the lock.
/// START WITH stays the declared value; the position comes by RESTART, or dumps would differ for ever.
pub fn sequence_to_identity(table: &QualifiedName, column: &Ident, identity: &Identity) -> Stmt {
    let sequence = qualified(&identity.sequence);
    let table = qualified(table);
    let column = ident(column);
    let add = format!(
        "ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED {} AS IDENTITY {}",
        generation(identity),
        identity_options(identity)
    );
    super::archive::do_block(&format!(
        "DECLARE
  position bigint;
BEGIN
  SELECT s.last_value + CASE WHEN s.is_called THEN q.seqincrement ELSE 0 END INTO position
    FROM {sequence} AS s, pg_catalog.pg_sequence AS q WHERE q.seqrelid = {name}::regclass;
  ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT;
  DROP SEQUENCE {sequence};
  {add};
  EXECUTE format('ALTER TABLE {plain_table} ALTER COLUMN {plain_column} RESTART WITH %s', {position});
END",
        name = literal(&sequence),
        position = within_bounds("position", &identity.options),
        plain_table = for_format(&table),
        plain_column = for_format(&column),
    ))
}

/// The way back of [`sequence_to_identity`].
pub fn identity_to_sequence(table: &QualifiedName, column: &Ident, identity: &Identity) -> Stmt {
    let sequence = qualified(&identity.sequence);
    let table = qualified(table);
    let column = ident(column);
    super::archive::do_block(&format!(
        "DECLARE
  position bigint;
BEGIN
  SELECT s.last_value + CASE WHEN s.is_called THEN q.seqincrement ELSE 0 END INTO position
    FROM {sequence} AS s, pg_catalog.pg_sequence AS q WHERE q.seqrelid = {name}::regclass;
  ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY;
  {create};
  EXECUTE format('ALTER SEQUENCE {plain} RESTART WITH %s', {position});
  ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default};
END",
        name = literal(&sequence),
        position = within_bounds("position", &identity.options),
        create = create_sequence(&identity.sequence, &identity.options),
        default = nextval(&identity.sequence),
        plain = for_format(&sequence),
    ))
}

/// A sequence of other bounds than the one whose position it takes begins at the nearest of its own numbers.
fn within_bounds(position: &str, options: &SequenceOptions) -> String {
    format!("greatest({}, least({}, {position}))", options.min, options.max)
}

fn for_format(text: &str) -> String {
    text.replace('%', "%%").replace('\'', "''")
}

/// ADD GENERATED … AS IDENTITY on a column that holds rows: the sequence goes on behind the largest value.
pub fn add_identity(
    table: &QualifiedName,
    column: &Ident,
    identity: &Identity,
    catalog: &Catalog,
) -> Vec<Stmt> {
    let add = super::alter::column_action(
        table,
        column,
        &format!(
            "ADD GENERATED {} AS IDENTITY {}",
            generation(identity),
            identity_options(identity)
        ),
    );
    let ascending = identity.options.increment > 0;
    let (extreme, greatest) = if ascending {
        ("max", "greatest")
    } else {
        ("min", "least")
    };
    let position = super::archive::do_block(&format!(
        "DECLARE
  position bigint;
BEGIN
  SELECT {extreme}({column}) INTO position FROM {table};
  IF position IS NOT NULL THEN
    EXECUTE format('ALTER TABLE {plain_table} ALTER COLUMN {plain_column} RESTART WITH %s', {greatest}(position + {step}, {start}));
  END IF;
END",
        column = ident(column),
        table = qualified(table),
        plain_table = for_format(&qualified(table)),
        plain_column = for_format(&ident(column)),
        step = identity.options.increment,
        start = identity.options.start,
    ));
    let mut statements = vec![add, position];
    statements.extend(super::identity_persistence(identity));
    statements.extend(super::around_identity(identity, catalog));
    statements
}

/// SET GENERATED and the sequence's parameters.
pub fn change_identity(table: &QualifiedName, column: &Ident, old: &Identity, new: &Identity) -> Vec<Stmt> {
    let mut statements = Vec::new();
    if old.always != new.always {
        statements.push(super::alter::column_action(
            table,
            column,
            &format!("SET GENERATED {}", generation(new)),
        ));
    }
    if old.sequence != new.sequence {
        statements.push(Stmt::new(format!(
            "ALTER SEQUENCE {} RENAME TO {}",
            qualified(&old.sequence),
            ident(&new.sequence.name)
        )));
    }
    if old.options != new.options {
        statements.push(super::alter_sequence(&new.sequence, &old.options, &new.options));
    }
    if old.unlogged != new.unlogged {
        // Where it is to be as its table is, it was the other way.
        let unlogged = new.unlogged.or(old.unlogged.map(|unlogged| !unlogged));
        statements.extend(unlogged.map(|unlogged| super::sequence_persistence(&new.sequence, unlogged)));
    }
    statements
}

/// True for a row `c` of the referencing table that refers to nothing (MATCH SIMPLE).
pub fn orphan_condition(columns: &[Ident], referenced: &str, far: &[Ident]) -> String {
    let given = columns
        .iter()
        .map(|column| format!("c.{} IS NOT NULL", ident(column)));
    let given: Vec<String> = given.collect();
    let refers = refers_condition(columns, referenced, far);
    format!("{} AND NOT {refers}", given.join(" AND "))
}

/// True for a row `c` that refers to one of the table.
pub fn refers_condition(columns: &[Ident], referenced: &str, far: &[Ident]) -> String {
    let pairs = columns.iter().zip(far);
    let equal = pairs.map(|(column, far)| format!("p.{} = c.{}", ident(far), ident(column)));
    let equal: Vec<String> = equal.collect();
    format!(
        "EXISTS (SELECT FROM {referenced} AS p WHERE {})",
        equal.join(" AND ")
    )
}

/// The sync function of a table.
pub fn sync_function(h8: &str) -> QualifiedName {
    QualifiedName::new(super::archive::SUPPORT_SCHEMA, format!("sync_{h8}"))
}

/// The sync trigger of a table; `~` sorts behind application triggers, so it sees what they did.
pub fn sync_trigger(h8: &str) -> Ident {
    Ident::new(format!("~schemaplan_sync_{h8}"))
}

/// CREATE [OR REPLACE] of the sync function with these PL/pgSQL statements as its body.
pub fn sync_body(h8: &str, parts: &[String], replace: bool) -> Stmt {
    row_function(&sync_function(h8), parts, replace)
}

/// CREATE [OR REPLACE] of a function for a row trigger with these PL/pgSQL statements as its body.
pub fn row_function(name: &QualifiedName, parts: &[String], replace: bool) -> Stmt {
    let text = format!("\nBEGIN\n{}  RETURN NEW;\nEND ", parts.concat());
    let mut tag = "$f$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$f{number}$");
    }
    let word = if replace {
        "CREATE OR REPLACE FUNCTION"
    } else {
        "CREATE FUNCTION"
    };
    Stmt::new(format!(
        "{word} {}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS {tag}{text}{tag}",
        qualified(name)
    ))
}

/// The function without EXECUTE for everybody, the trigger, and its comment.
pub fn sync_trigger_statements(table: &QualifiedName, h8: &str, parts: &serde_json::Value) -> Vec<Stmt> {
    let function = qualified(&sync_function(h8));
    let trigger = ident(&sync_trigger(h8));
    let comment = format!(
        "schemaplan:1 {}",
        serde_json::json!({"kind": "sync", "of": table.to_string(), "parts": parts})
    );
    vec![
        Stmt::new(format!("REVOKE ALL ON FUNCTION {function}() FROM PUBLIC")),
        Stmt::new(format!(
            "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
            qualified(table)
        )),
        Stmt::new(format!(
            "COMMENT ON TRIGGER {trigger} ON {} IS {}",
            qualified(table),
            literal(&comment)
        )),
    ]
}

/// Trigger and function go. Of a partitioned table PostgreSQL locks the partitions before the table, the other way round than
/// every write does; so the table is locked first. Both may be gone already: whoever drops the schema `schemaplan` drops them.
pub fn drop_sync(table: &QualifiedName, h8: &str) -> Vec<Stmt> {
    vec![
        super::alter::lock_tables(std::slice::from_ref(table)),
        Stmt::new(format!(
            "DROP TRIGGER IF EXISTS {} ON {}",
            ident(&sync_trigger(h8)),
            qualified(table)
        )),
        Stmt::new(format!(
            "DROP FUNCTION IF EXISTS {}()",
            qualified(&sync_function(h8))
        )),
    ]
}

/// `IF NEW.c IS NULL THEN NEW.c := value; END IF;`
pub fn fill_part(column: &Ident, value: &str) -> String {
    let column = ident(column);
    format!("  IF NEW.{column} IS NULL THEN NEW.{column} := {value}; END IF;\n")
}

/// The same, and the value follows what it is computed from, unless the write says another.
pub fn follow_part(column: &Ident, value: &str, sources: &[Ident]) -> String {
    let changes: Vec<String> = sources
        .iter()
        .map(|source| format!("NEW.{0}::text IS DISTINCT FROM OLD.{0}::text", ident(source)))
        .collect();
    let column = ident(column);
    format!(
        "  IF NEW.{column} IS NULL OR (TG_OP = 'UPDATE' AND NEW.{column}::text IS NOT DISTINCT FROM OLD.{column}::text AND ({})) THEN NEW.{column} := {value}; END IF;\n",
        changes.join(" OR ")
    )
}

/// `NEW.to := value;` at every write: any write heals the row.
pub fn assign_part(to: &Ident, value: &str) -> String {
    format!("  NEW.{} := {value};\n", ident(to))
}

/// `NEW.to := value;` where `source` is new or changes: an unrelated update keeps what `value` cannot rebuild.
pub fn assign_on_change_part(source: &Ident, cast: &str, to: &Ident, value: &str) -> String {
    let source = format!("{}{cast}", ident(source));
    format!(
        "  IF TG_OP = 'INSERT' OR NEW.{source} IS DISTINCT FROM OLD.{source} THEN NEW.{} := {value}; END IF;\n",
        ident(to)
    )
}

/// Two names of one value, both written by live code (truth table: recipes, section 4.2).
pub fn two_way_part(old: &Ident, new: &Ident, default: Option<&Expr>, cast: &str) -> String {
    let (o, n) = (format!("NEW.{}", ident(old)), format!("NEW.{}", ident(new)));
    let (before_o, before_n) = (format!("OLD.{}", ident(old)), format!("OLD.{}", ident(new)));
    let omitted = match default {
        Some(default) => format!("{o} IS NULL OR {o}{cast} IS NOT DISTINCT FROM ({default}){cast}"),
        None => format!("{o} IS NULL"),
    };
    format!(
        "  IF TG_OP = 'INSERT' THEN
    IF {n} IS NULL THEN {n} := {o};
    ELSIF {omitted} THEN {o} := {n};
    ELSE {n} := {o}; END IF;
  ELSIF {n}{cast} IS DISTINCT FROM {before_n}{cast} AND {o}{cast} IS NOT DISTINCT FROM {before_o}{cast} THEN {o} := {n};
  ELSE {n} := {o}; END IF;\n"
    )
}

/// Sets a sequence behind the largest value of a column, where there is one. The column may be of another type by then, and
/// hold what the sequence cannot.
pub fn follow_column(sequence: &QualifiedName, table: &QualifiedName, column: &Ident) -> Stmt {
    let counts = super::probe::column_where(table, column, "a.atttypid IN (21, 23, 20)");
    super::archive::do_block(&format!(
        "DECLARE position bigint; BEGIN
  IF {counts} THEN
    SELECT max({column}) INTO position FROM {table};
    IF EXISTS (SELECT FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = {name}::regclass AND position BETWEEN q.seqmin AND q.seqmax)
      THEN PERFORM pg_catalog.setval({name}, position); END IF;
  END IF;
END",
        column = ident(column),
        table = qualified(table),
        name = literal(&qualified(sequence))
    ))
}

/// Notes on the sync trigger how far its table has come; where it is gone by now there is nothing to note.
pub fn support_comment(table: &QualifiedName, h8: &str, note: &str) -> Stmt {
    let comment = format!(
        "schemaplan:1 {}",
        serde_json::json!({"kind": "sync", "of": table.to_string(), "state": note})
    );
    let trigger = sync_trigger(h8);
    super::archive::do_block(&format!(
        "BEGIN
  IF {} THEN
    COMMENT ON TRIGGER {} ON {} IS {};
  END IF;
END",
        super::probe::trigger(table, trigger.as_str()),
        ident(&trigger),
        qualified(table),
        literal(&comment)
    ))
}

/// Makes a column an identity column whose sequence goes on where a free sequence of that name stands, under the lock.
pub fn adopt_sequence(
    table: &QualifiedName,
    column: &Ident,
    from: &QualifiedName,
    to: &Identity,
    catalog: &Catalog,
) -> Vec<Stmt> {
    let mut statements = Vec::new();
    if *from != to.sequence {
        statements.push(Stmt::new(format!(
            "ALTER SEQUENCE {} RENAME TO {}",
            qualified(from),
            ident(&to.sequence.name)
        )));
    }
    statements.push(sequence_to_identity(table, column, to));
    statements.extend(super::identity_persistence(to));
    statements.extend(super::around_identity(to, catalog));
    statements
}
