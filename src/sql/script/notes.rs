//! What scripts note in the database of how far they have come, where the catalog does not show it.

use super::{do_block, own_schema};
use crate::sql::literal;

/// The condition that [`begin`] kept.
pub fn remembered(name: &str) -> String {
    format!("pg_catalog.current_setting({}, true) = 'true'", literal(name))
}

/// Which contract scripts have begun and ended, and how far steps have come that are committed in parts. What they found and
/// what they leave can look alike in the catalog: a constraint that another one of its name has replaced.
const MARKS: &str = "schemaplan.script";

/// The table is there, and so is the right. Not `to_regclass`: it raises for a role that may not look into the schema.
fn may_mark(right: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname || '.' || c.relname = {} AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
         AND pg_catalog.has_table_privilege(c.oid, '{right}'))",
        literal(MARKS)
    )
}

fn is_marked(plan: &str, done: bool) -> String {
    let done = if done { " AND done" } else { "" };
    format!(
        "EXISTS (SELECT FROM {MARKS} WHERE plan = {}{done})",
        literal(plan)
    )
}

/// Fails with this message where the contract script of a plan has begun, or has ended.
pub fn fail_if_marked(plan: &str, done: bool, message: &str) -> String {
    // What a block does not come to is not looked up: there may be no such table.
    let fail = format!(
        "IF {} THEN RAISE EXCEPTION USING MESSAGE = {}; END IF;",
        is_marked(plan, done),
        literal(message)
    );
    format!("IF {} THEN {fail} END IF;", may_mark("SELECT"))
}

/// Notes that the contract script of a plan has begun, or has ended; what was noted of other plans is past. Who may not make
/// the table goes without.
pub fn mark(plan: &str, done: bool) -> String {
    do_block(&[
        "BEGIN".to_owned(),
        format!("  {};", own_schema("schemaplan")),
        format!("  {};", marks_table()),
        format!("  DELETE FROM {MARKS} WHERE plan <> {};", literal(plan)),
        format!(
            "  INSERT INTO {MARKS} (plan, done) VALUES ({}, {done}) ON CONFLICT (plan) DO UPDATE SET done = excluded.done;",
            literal(plan)
        ),
        "EXCEPTION WHEN insufficient_privilege THEN".to_owned(),
        "  RAISE INFO 'no note is taken of this script: the right is missing';".to_owned(),
        "END;".to_owned(),
    ])
}

/// Notes that a contract is taken back.
pub fn unmark(plan: &str) -> String {
    let delete = format!("DELETE FROM {MARKS} WHERE plan = {};", literal(plan));
    do_block(&[format!("IF {} THEN {delete} END IF;", may_mark("DELETE"))])
}

/// Begins what is committed in parts, where the condition is true or where it was begun before: that is remembered for the rest of
/// the session under `flag`, and noted under the name. Who may not note it goes without.
pub fn begin(name: &str, flag: &str, condition: &str) -> String {
    let remember = |value: &str| {
        format!(
            "PERFORM pg_catalog.set_config({}, {value}, false);",
            literal(flag)
        )
    };
    do_block(&[
        remember(&format!("(({condition}) IS TRUE)::text")),
        format!("IF {} THEN", remembered(flag)),
        "  BEGIN".to_owned(),
        format!("    {};", own_schema("schemaplan")),
        format!("    {};", marks_table()),
        format!(
            "    INSERT INTO {MARKS} (plan, done) VALUES ({}, false) ON CONFLICT (plan) DO NOTHING;",
            literal(name)
        ),
        "  EXCEPTION WHEN insufficient_privilege THEN".to_owned(),
        "    RAISE INFO 'no note is taken of this script: the right is missing';".to_owned(),
        "  END;".to_owned(),
        format!("ELSIF {} THEN", may_mark("SELECT")),
        format!(
            "  IF {} THEN {} END IF;",
            is_marked(name, false),
            remember("'true'")
        ),
        "END IF;".to_owned(),
    ])
}

/// Leaves the block where nothing was begun, or where this part of it is done.
pub fn leave_if_done(begun: &str, part: &str) -> String {
    format!(
        "IF ({begun}) IS NOT TRUE THEN RETURN; END IF;\n  IF {} THEN IF {} THEN RETURN; END IF; END IF;",
        may_mark("SELECT"),
        is_marked(part, true)
    )
}

/// Notes that a part is done.
pub fn note(begun: &str, part: &str) -> String {
    let insert = format!(
        "INSERT INTO {MARKS} (plan, done) VALUES ({}, true) ON CONFLICT (plan) DO NOTHING;",
        literal(part)
    );
    format!("IF {begun} AND {} THEN {insert} END IF;", may_mark("INSERT"))
}

/// Takes the notes of all parts back.
pub fn forget(begun: &str, name: &str) -> String {
    let delete = format!(
        "DELETE FROM {MARKS} WHERE plan = {} OR pg_catalog.starts_with(plan, {});",
        literal(name),
        literal(&format!("{name}."))
    );
    format!("IF {begun} AND {} THEN {delete} END IF;", may_mark("DELETE"))
}

/// Takes back what scripts have noted of parts that are done and of contracts that are taken back: a run of schemaplan goes on
/// from what it finds, and those notes no longer say what is there.
pub fn forget_parts() -> String {
    let delete = format!("DELETE FROM {MARKS} WHERE pg_catalog.strpos(plan, ' ') > 0;");
    do_block(&[format!("IF {} THEN {delete} END IF;", may_mark("DELETE"))])
}

fn marks_table() -> String {
    format!("CREATE TABLE IF NOT EXISTS {MARKS} (plan text PRIMARY KEY, done boolean NOT NULL)")
}
