//! The frame of scripts that psql runs without schemaplan: guards, settings, and statements run from inside a DO block.

mod notes;
mod stand_in;

use super::literal;
use crate::model::QualifiedName;

pub use notes::{begin, fail_if_marked, forget, forget_parts, leave_if_done, mark, note, remembered, unmark};
pub use stand_in::{Renamed, index_under, stand_in};

/// The settings a script begins with.
///
/// `statement_timeout` is 0 because a DO block is one statement and a timeout would span all batches in it; names are
/// written out, so the search path is empty.
pub const SETTINGS: &[&str] = &[
    "SET statement_timeout = 0",
    IMPATIENT,
    "SET check_function_bodies = off",
    NO_PATH,
    "SET client_min_messages = warning",
];

/// Names are written out everywhere, so there is no search path.
pub const NO_PATH: &str = "SET search_path = ''";

/// The search path that sessions begin with, for this transaction: rows that are written fire the triggers of the user's.
pub const PATH_OF_CLIENTS: &str = "SET LOCAL search_path TO DEFAULT";

/// The same beyond a transaction; [`NO_PATH`] follows it.
pub const PATH_OF_SESSION: &str = "SET search_path TO DEFAULT";

/// The same as a line for a whole DO block, which commits many times; [`NO_PATH`] follows it.
pub const PATH_OF_CLIENTS_IN_BLOCK: &str = "SET search_path TO DEFAULT;";

/// Waits for locks without end: for statements that hold nothing that others need while they wait.
pub const PATIENT: &str = "SET lock_timeout = 0";

/// The lock timeout of [`SETTINGS`]: below `deadlock_timeout` (1 s), so that where a script and a writer wait for each other
/// the script gives up, and no writer is chosen as the victim.
pub const IMPATIENT: &str = "SET lock_timeout = '800ms'";

/// How often a script tries for a lock.
const TRIES: u32 = 40;

/// PL/pgSQL lines that run these lines and, where a lock is not to be had, let go of all of theirs and try again. Every
/// fourth try waits for longer than `deadlock_timeout`: only then an autovacuum gives way.
pub fn tried(lines: &[String]) -> Vec<String> {
    let mut out = vec![
        format!("FOR schemaplan_try IN 1..{TRIES} LOOP"),
        "  BEGIN".to_owned(),
        "    PERFORM set_config('lock_timeout', CASE WHEN schemaplan_try % 4 = 0 THEN '1500ms' ELSE '800ms' END, true);"
            .to_owned(),
    ];
    out.extend(lines.iter().map(|line| format!("    {line}")));
    out.extend([
        "    EXIT;".to_owned(),
        "  EXCEPTION WHEN lock_not_available OR deadlock_detected THEN".to_owned(),
        format!("    IF schemaplan_try = {TRIES} THEN RAISE; END IF;"),
        "    PERFORM pg_sleep(0.1 + random() / 2);".to_owned(),
        "  END;".to_owned(),
        "END LOOP;".to_owned(),
    ]);
    out
}

/// Makes a schema of schemaplan's own.
pub fn own_schema(name: &str) -> String {
    format!("CREATE SCHEMA IF NOT EXISTS {name}")
}

/// Quotes text with a dollar tag that does not occur in it.
pub fn dollar_quoted(text: &str, tag: &str) -> String {
    let mut chosen = format!("${tag}$");
    let mut number = 1;
    // Without its last `$` too: a text that ends in `$x` would close the quote together with the tag's own first sign.
    while text.contains(chosen.trim_end_matches('$')) {
        number += 1;
        chosen = format!("${tag}{number}$");
    }
    format!("{chosen}{text}{chosen}")
}

/// A DO block around PL/pgSQL lines, each without its indent.
pub fn do_block(lines: &[String]) -> String {
    let mut body = String::from("\nBEGIN\n");
    for line in lines {
        body.push_str("  ");
        body.push_str(line);
        body.push('\n');
    }
    body.push_str("END\n");
    format!("DO {}", dollar_quoted(&body, "schemaplan"))
}

/// Leaves the block where the condition is true, and says so; NULL counts as false.
pub fn leave_if(condition: &str, message: &str) -> String {
    format!(
        "IF ({condition}) THEN RAISE INFO USING MESSAGE = {}; RETURN; END IF;",
        literal(message)
    )
}

/// Leaves the block unless the condition is true; NULL counts as false.
pub fn leave_unless(condition: &str) -> String {
    format!("IF ({condition}) IS NOT TRUE THEN RETURN; END IF;")
}

/// A line that analyzes a relation where it is there: a script may be run again when it is gone.
pub fn analyze_where_there(analyze: &super::Stmt) -> Option<String> {
    let relation = analyze.as_str().strip_prefix("ANALYZE ")?;
    Some(format!(
        "IF to_regclass({}) IS NOT NULL THEN {}; END IF;",
        literal(relation),
        analyze.as_str()
    ))
}

/// Fails with this message unless the condition is true.
pub fn fail_unless(condition: &str, message: &str) -> String {
    format!(
        "IF ({condition}) IS NOT TRUE THEN RAISE EXCEPTION USING MESSAGE = {}; END IF;",
        literal(message)
    )
}

/// A check that is left out where it names what is not there: one about rows speaks of columns and tables by the names that they
/// have before the plan or behind it.
pub fn where_named(check: &str) -> String {
    format!("BEGIN {check} EXCEPTION WHEN syntax_error_or_access_rule_violation THEN NULL; END;")
}

/// Runs a statement from inside a block: EXECUTE takes any statement, and parses it only when its turn has come.
pub fn execute(statement: &str) -> String {
    format!("EXECUTE {};", dollar_quoted(statement, "x"))
}

/// True where no rows of any column are owed, see the todo marks of the recipes.
pub fn no_rows_owed() -> &'static str {
    r"NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'c' AND conname LIKE 'schemaplan\_todo\_%')"
}

/// True unless an index of that name was left behind invalid by an interrupted build.
pub fn no_invalid_index(name: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass({}) AND NOT indisvalid)",
        literal(name)
    )
}

/// A statement with CONCURRENTLY made repeatable: `IF NOT EXISTS` and `IF EXISTS` put in where PostgreSQL takes them.
pub fn repeatable_concurrently(statement: &str) -> String {
    let words = [
        ("CREATE INDEX CONCURRENTLY ", "IF NOT EXISTS "),
        ("CREATE UNIQUE INDEX CONCURRENTLY ", "IF NOT EXISTS "),
        ("DROP INDEX CONCURRENTLY ", "IF EXISTS "),
    ];
    for (start, condition) in words {
        if let Some(rest) = statement.strip_prefix(start)
            && !rest.starts_with(condition)
        {
            return format!("{start}{condition}{rest}");
        }
    }
    statement.to_owned()
}

/// The name of the index that a CREATE INDEX CONCURRENTLY makes, with the schema of its table; None for anything else.
pub fn index_built(statement: &str) -> Option<QualifiedName> {
    let parsed = pg_query::parse(statement, 0).ok()?;
    let node = parsed.protobuf.stmts.first()?.stmt.as_ref()?.node.as_ref()?;
    let pg_query::NodeEnum::IndexStmt(index) = node else {
        return None;
    };
    if !index.concurrent || index.idxname.is_empty() {
        return None;
    }
    let schema = index
        .relation
        .as_ref()
        .map(|relation| relation.schemaname.as_str());
    Some(QualifiedName::new(schema.unwrap_or_default(), &index.idxname))
}

/// A DROP INDEX CONCURRENTLY of an index whose name is another relation's by the time the condition is true: no name is found then.
pub fn drop_unless(index: &QualifiedName, done: &str) -> Vec<String> {
    let look_into = |schema: &str| {
        format!(
            "PERFORM pg_catalog.set_config('search_path', {}, false);",
            literal(schema)
        )
    };
    vec![
        do_block(&[
            format!("IF ({done}) THEN"),
            format!("  {}", look_into("pg_temp")),
            "ELSE".to_owned(),
            format!("  {}", look_into(&super::ident(&index.schema))),
            "END IF;".to_owned(),
        ]),
        format!("DROP INDEX CONCURRENTLY IF EXISTS {}", super::ident(&index.name)),
        NO_PATH.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dollar_tag_does_not_occur_in_the_text() {
        assert_eq!(dollar_quoted("a", "x"), "$x$a$x$");
        assert_eq!(dollar_quoted("a $x$ b $x2$", "x"), "$x3$a $x$ b $x2$$x3$");
    }

    #[test]
    fn concurrent_statements_become_repeatable() {
        let made = repeatable_concurrently("CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)");
        assert_eq!(
            made,
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.t (a)"
        );
        let same = "DROP INDEX CONCURRENTLY IF EXISTS s.i";
        assert_eq!(repeatable_concurrently(same), same);
    }

    #[test]
    fn finds_the_index_that_is_built() {
        let found = index_built("CREATE INDEX CONCURRENTLY \"I\" ON s.t (a)");
        assert_eq!(found, Some(QualifiedName::new("s", "I")));
        assert_eq!(index_built("CREATE INDEX i ON s.t (a)"), None);
    }
}
