//! ALTER TABLE and its neighbours, one function a form.

use super::{Stmt, ident, literal, qualified};
use crate::model::{Expr, Ident, QualifiedName, TypeName};
use std::collections::BTreeMap;

fn alter(table: &QualifiedName, action: &str) -> Stmt {
    Stmt::new(format!("ALTER TABLE {} {action}", qualified(table)))
}

fn alter_column(table: &QualifiedName, column: &Ident, action: &str) -> Stmt {
    alter(table, &format!("ALTER COLUMN {} {action}", ident(column)))
}

/// `ADD COLUMN`, the column spelled by [`super::column_definition`].
pub fn add_column(table: &QualifiedName, definition: &str) -> Stmt {
    alter(table, &format!("ADD COLUMN {definition}"))
}

/// A statement of [`add_column`], that passes over a column which is there; any other one as it is. Only for names of our own: any
/// other column is not the one that is meant.
pub fn add_column_if_missing(table: &QualifiedName, statement: Stmt) -> Stmt {
    let begin = add_column(table, "");
    match statement.as_str().strip_prefix(begin.as_str()) {
        Some(definition) => alter(table, &format!("ADD COLUMN IF NOT EXISTS {definition}")),
        None => statement,
    }
}

/// `DROP COLUMN`, never CASCADE.
pub fn drop_column(table: &QualifiedName, column: &Ident) -> Stmt {
    alter(table, &format!("DROP COLUMN {}", ident(column)))
}

/// `RENAME COLUMN`.
pub fn rename_column(table: &QualifiedName, old: &Ident, new: &Ident) -> Stmt {
    alter(table, &format!("RENAME COLUMN {} TO {}", ident(old), ident(new)))
}

/// `SET NOT NULL`.
pub fn set_not_null(table: &QualifiedName, column: &Ident) -> Stmt {
    alter_column(table, column, "SET NOT NULL")
}

/// `DROP NOT NULL`.
pub fn drop_not_null(table: &QualifiedName, column: &Ident) -> Stmt {
    alter_column(table, column, "DROP NOT NULL")
}

/// `SET DEFAULT`.
pub fn set_default(table: &QualifiedName, column: &Ident, default: &Expr) -> Stmt {
    alter_column(table, column, &format!("SET DEFAULT {default}"))
}

/// `DROP DEFAULT`.
pub fn drop_default(table: &QualifiedName, column: &Ident) -> Stmt {
    alter_column(table, column, "DROP DEFAULT")
}

/// `ALTER TABLE … OF type`: a table that has the type's columns.
pub fn of(table: &QualifiedName, of: &QualifiedName) -> Stmt {
    Stmt::new(format!("ALTER TABLE {} OF {}", qualified(table), qualified(of)))
}

/// `ALTER TABLE … NOT OF`: its columns are its own.
pub fn not_of(table: &QualifiedName) -> Stmt {
    Stmt::new(format!("ALTER TABLE {} NOT OF", qualified(table)))
}

/// SET DEFAULT or DROP DEFAULT.
pub fn default(table: &QualifiedName, column: &Ident, default: Option<&Expr>) -> Stmt {
    match default {
        Some(expr) => set_default(table, column, expr),
        None => drop_default(table, column),
    }
}

/// The same for a table alone, not for its children.
pub fn default_only(table: &QualifiedName, column: &Ident, default: Option<&Expr>) -> Stmt {
    let action = match default {
        Some(expr) => format!("SET DEFAULT {expr}"),
        None => "DROP DEFAULT".to_owned(),
    };
    only(table, &format!("ALTER COLUMN {} {action}", ident(column)))
}

/// `SET EXPRESSION` (17 and later) of a table alone: a child may have an expression of its own.
pub fn set_expression(table: &QualifiedName, column: &Ident, expression: &Expr) -> Stmt {
    only(
        table,
        &format!("ALTER COLUMN {} SET EXPRESSION AS ({expression})", ident(column)),
    )
}

/// `ALTER COLUMN … TYPE … [COLLATE …] [USING …]`.
pub fn alter_type(
    table: &QualifiedName,
    column: &Ident,
    data_type: &TypeName,
    collation: Option<&QualifiedName>,
    using: Option<&str>,
) -> Stmt {
    let mut action = format!("TYPE {data_type}");
    if let Some(collation) = collation {
        action.push_str(&format!(" COLLATE {}", qualified(collation)));
    }
    if let Some(using) = using {
        action.push_str(&format!(" USING {using}"));
    }
    alter_column(table, column, &action)
}

/// Any other `ALTER COLUMN` action: `DROP IDENTITY`.
pub fn column_action(table: &QualifiedName, column: &Ident, action: &str) -> Stmt {
    alter_column(table, column, action)
}

/// An `ALTER COLUMN` action that would reach the children, too: `SET STORAGE PLAIN`, `SET STATISTICS 100`. Each of them says its own.
pub fn column_alone(table: &QualifiedName, column: &Ident, action: &str) -> Stmt {
    let (table, column) = (qualified(table), ident(column));
    Stmt::new(format!("ALTER TABLE ONLY {table} ALTER COLUMN {column} {action}"))
}

/// Any other `ALTER TABLE` action: `ENABLE ROW LEVEL SECURITY`, `SET (fillfactor=70)`.
pub fn table_action(table: &QualifiedName, action: &str) -> Stmt {
    alter(table, action)
}

/// `ADD CONSTRAINT name definition [NOT VALID]`.
pub fn add_constraint(table: &QualifiedName, name: &Ident, definition: &str, not_valid: bool) -> Stmt {
    let not_valid = if not_valid { " NOT VALID" } else { "" };
    alter(
        table,
        &format!("ADD CONSTRAINT {} {definition}{not_valid}", ident(name)),
    )
}

/// `VALIDATE CONSTRAINT`.
pub fn validate_constraint(table: &QualifiedName, name: &Ident) -> Stmt {
    alter(table, &format!("VALIDATE CONSTRAINT {}", ident(name)))
}

/// `DROP CONSTRAINT`.
pub fn drop_constraint(table: &QualifiedName, name: &Ident) -> Stmt {
    alter(table, &format!("DROP CONSTRAINT {}", ident(name)))
}

/// `RENAME CONSTRAINT`.
pub fn rename_constraint(table: &QualifiedName, old: &Ident, new: &Ident) -> Stmt {
    alter(
        table,
        &format!("RENAME CONSTRAINT {} TO {}", ident(old), ident(new)),
    )
}

/// `ADD CONSTRAINT … PRIMARY KEY|UNIQUE USING INDEX …`; the index takes the constraint's name.
pub fn add_key_using_index(
    table: &QualifiedName,
    name: &Ident,
    primary: bool,
    index: &Ident,
    deferrable: &str,
) -> Stmt {
    let kind = if primary { "PRIMARY KEY" } else { "UNIQUE" };
    alter(
        table,
        &format!(
            "ADD CONSTRAINT {} {kind} USING INDEX {}{deferrable}",
            ident(name),
            ident(index)
        ),
    )
}

/// `ALTER INDEX … RENAME TO …`.
pub fn rename_index(index: &QualifiedName, new: &Ident) -> Stmt {
    Stmt::new(format!(
        "ALTER INDEX {} RENAME TO {}",
        qualified(index),
        ident(new)
    ))
}

/// `DROP INDEX [CONCURRENTLY]`.
pub fn drop_index(index: &QualifiedName, concurrently: bool) -> Stmt {
    let word = if concurrently { "CONCURRENTLY " } else { "" };
    Stmt::new(format!("DROP INDEX {word}{}", qualified(index)))
}

/// REINDEX INDEX CONCURRENTLY: builds again what cannot be dropped.
pub fn reindex_concurrently(index: &QualifiedName) -> Stmt {
    Stmt::new(format!("REINDEX INDEX CONCURRENTLY {}", qualified(index)))
}

/// `DROP INDEX IF EXISTS name`.
pub fn drop_index_if_exists(index: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP INDEX IF EXISTS {}", qualified(index)))
}

/// `DROP INDEX … CASCADE`: with the keys of partitions that hang below it.
pub fn drop_index_with_keys(index: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP INDEX {} CASCADE", qualified(index)))
}

/// `DROP INDEX CONCURRENTLY IF EXISTS`: for an undo that comes to an index which may have become a constraint and gone with it.
pub fn drop_index_concurrently_if_exists(index: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(index)))
}

/// `ALTER TABLE parent ATTACH PARTITION child bound`.
pub fn attach_partition(parent: &QualifiedName, child: &QualifiedName, bound: &str) -> Stmt {
    alter(parent, &format!("ATTACH PARTITION {} {bound}", qualified(child)))
}

/// `ALTER TABLE parent DETACH PARTITION child`.
pub fn detach_partition(parent: &QualifiedName, child: &QualifiedName) -> Stmt {
    alter(parent, &format!("DETACH PARTITION {}", qualified(child)))
}

/// `ALTER TABLE child [NO] INHERIT parent`.
pub fn inherit(child: &QualifiedName, parent: &QualifiedName, yes: bool) -> Stmt {
    let no = if yes { "" } else { "NO " };
    alter(child, &format!("{no}INHERIT {}", qualified(parent)))
}

/// `ALTER INDEX parent ATTACH PARTITION child`.
pub fn attach_index(parent: &QualifiedName, child: &QualifiedName) -> Stmt {
    Stmt::new(format!(
        "ALTER INDEX {} ATTACH PARTITION {}",
        qualified(parent),
        qualified(child)
    ))
}

/// `ALTER <KIND> name RENAME TO new` for relations, types, sequences, …
pub fn rename(kind: &str, address: &str, new: &Ident) -> Stmt {
    Stmt::new(format!("ALTER {kind} {address} RENAME TO {}", ident(new)))
}

/// `ALTER SCHEMA … RENAME TO …`.
pub fn rename_schema(old: &Ident, new: &Ident) -> Stmt {
    rename("SCHEMA", &ident(old), new)
}

/// `ALTER <KIND> name action`.
pub fn alter_object(kind: &str, address: &str, action: &str) -> Stmt {
    Stmt::new(format!("ALTER {kind} {address} {action}"))
}

/// `LOCK TABLE … IN ACCESS EXCLUSIVE MODE`, tables ordered by schema and name so that two runs cannot deadlock.
pub fn lock_tables(tables: &[QualifiedName]) -> Stmt {
    let mut sorted = tables.to_vec();
    sorted.sort();
    sorted.dedup();
    let names: Vec<String> = sorted.iter().map(qualified).collect();
    Stmt::new(format!(
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        names.join(", ")
    ))
}

/// `LOCK TABLE … IN … MODE` in this order, where code locks these tables in it: the other way round each attempt would hold
/// what those wait for who hold what it waits for.
pub fn lock_in_order(tables: &[&QualifiedName], mode: &str) -> Stmt {
    let names: Vec<String> = tables.iter().map(|table| qualified(table)).collect();
    Stmt::new(format!("LOCK TABLE {} IN {mode} MODE", names.join(", ")))
}

/// `ALTER TYPE … ADD VALUE … [BEFORE|AFTER …]`. IF NOT EXISTS is right here: a label is its name. The place is said: at the end
/// stands whatever else has been added meanwhile.
pub fn add_label(enum_type: &QualifiedName, label: &str, before: Option<&str>, after: Option<&str>) -> Stmt {
    let place = match (before, after) {
        (Some(next), _) => format!(" BEFORE {}", literal(next)),
        (None, Some(last)) => format!(" AFTER {}", literal(last)),
        (None, None) => String::new(),
    };
    Stmt::new(format!(
        "ALTER TYPE {} ADD VALUE IF NOT EXISTS {}{place}",
        qualified(enum_type),
        literal(label)
    ))
}

/// `ALTER TYPE … RENAME VALUE …`.
pub fn rename_label(enum_type: &QualifiedName, old: &str, new: &str) -> Stmt {
    Stmt::new(format!(
        "ALTER TYPE {} RENAME VALUE {} TO {}",
        qualified(enum_type),
        literal(old),
        literal(new)
    ))
}

/// `DROP NOT NULL`; without effect where the column is nullable already.
pub fn drop_not_null_if_set(table: &QualifiedName, column: &Ident) -> Stmt {
    drop_not_null(table, column)
}

/// `CREATE TYPE … AS ENUM (…)`.
pub fn create_enum(name: &QualifiedName, labels: &[String]) -> Stmt {
    let list: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    Stmt::new(format!(
        "CREATE TYPE {} AS ENUM ({})",
        qualified(name),
        list.join(", ")
    ))
}

/// What follows the referenced columns in the definition of a foreign key: ` ON DELETE SET NULL (a) DEFERRABLE`, the columns
/// in it under their other names.
pub fn foreign_key_tail(definition: &str, names: &BTreeMap<String, String>) -> String {
    let Some((_, rest)) = definition.split_once(" REFERENCES ") else {
        return String::new();
    };
    let Some(end) = closing(rest) else {
        return String::new();
    };
    let tail = &rest[end + 1..];
    let lists = [" SET NULL (", " SET DEFAULT ("];
    let list = lists.iter().find_map(|word| Some(tail.find(word)? + word.len()));
    let Some((start, length)) = list.and_then(|start| Some((start, closing(&tail[start..])?))) else {
        return tail.to_owned();
    };
    let (before, list, after) = (
        &tail[..start],
        &tail[start..start + length],
        &tail[start + length..],
    );
    let columns: Vec<&str> = list
        .split(", ")
        .map(|column| names.get(column).map_or(column, String::as_str))
        .collect();
    format!("{before}{}{after}", columns.join(", "))
}

/// Where the first bracket outside of quotes closes.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(position, character)| {
        quoted ^= character == '"';
        (character == ')' && !quoted).then_some(position)
    })
}

/// `ALTER TABLE ONLY`: children keep what the table loses.
pub fn only(table: &QualifiedName, action: &str) -> Stmt {
    Stmt::new(format!("ALTER TABLE ONLY {} {action}", qualified(table)))
}

/// An action on a table's column that children do not share.
pub fn column_only(table: &QualifiedName, column: &Ident, action: &str) -> Stmt {
    only(table, &format!("ALTER COLUMN {} {action}", ident(column)))
}

/// `COMMENT ON INDEX`, also to take a comment away.
pub fn comment_on_index(index: &QualifiedName, text: Option<&str>) -> Stmt {
    let text = text.map(literal).unwrap_or_else(|| "NULL".to_owned());
    Stmt::new(format!("COMMENT ON INDEX {} IS {text}", qualified(index)))
}

/// `COMMENT ON TABLE`, also to take a comment away.
pub fn comment_on_table(table: &QualifiedName, text: Option<&str>) -> Stmt {
    let text = text.map(literal).unwrap_or_else(|| "NULL".to_owned());
    Stmt::new(format!("COMMENT ON TABLE {} IS {text}", qualified(table)))
}
