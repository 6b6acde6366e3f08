//! What is put in the place of something that bears another name by the time a script is begun again.

use super::{NO_PATH, do_block, execute};
use crate::model::{Ident, QualifiedName};
use crate::sql::{ident, literal, probe, qualified};

/// Lines around a CREATE INDEX CONCURRENTLY IF NOT EXISTS whose index bears another name by the time the condition is true: what
/// stands in its place meanwhile makes the statement pass it over, for it cannot be in a block that leaves.
pub fn stand_in(name: &QualifiedName, done: &str) -> [String; 2] {
    let relation = qualified(name);
    let is = |what: &str| {
        format!(
            "EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({}){what})",
            literal(&relation)
        )
    };
    let put = format!(
        "IF ({done}) AND NOT {} THEN {} END IF;",
        is(""),
        execute(&format!(
            "CREATE VIEW {relation} AS SELECT 'built already' AS index"
        ))
    );
    let remove = format!(
        "IF {} THEN {} END IF;",
        is(" AND relkind = 'v'"),
        execute(&format!("DROP VIEW {relation}"))
    );
    [put, remove].map(|line| do_block(&[line]))
}

/// What a CREATE INDEX CONCURRENTLY stands on under names that are those of the time between two steps.
pub struct Renamed<'a> {
    /// What the names of its columns begin with.
    pub prefix: &'static str,
    /// What its table becomes.
    pub table: Option<&'a QualifiedName>,
}

/// What goes around a CREATE INDEX CONCURRENTLY over columns or a table under such names; none for any other. Later they bear
/// their own names, and the statement, which cannot be in a block that leaves, would fail: a table of this session's takes it
/// instead, and goes.
pub fn index_under(
    renamed: &Renamed,
    index: &QualifiedName,
    statement: &str,
    passed: Option<&str>,
) -> Option<Vec<String>> {
    let prefix = renamed.prefix;
    if !statement.contains("schemaplan_") {
        return None;
    }
    let parsed = pg_query::parse(statement, 0).ok()?;
    let Some(pg_query::NodeEnum::IndexStmt(parsed)) = &parsed.protobuf.stmts.first()?.stmt.as_ref()?.node
    else {
        return None;
    };
    let relation = parsed.relation.as_ref()?;
    let table = QualifiedName::new(&relation.schemaname, &relation.relname);
    let (qualified, own) = (qualified(&table), ident(&table.name));
    let (head, rest) = statement.split_at_checked(usize::try_from(relation.location).ok()?)?;
    let behind = rest.strip_prefix(&qualified)?;
    let columns = columns_named(behind, prefix);
    let other = renamed.table.filter(|other| **other != table);
    if columns.is_empty() && other.is_none() {
        return None;
    }
    let bare = format!("{head}{own}{behind}");
    let like = |table: &str| execute(&format!("CREATE TEMPORARY TABLE {own} (LIKE {table})"));
    let is_there = |column: &Ident| probe::column(&table, column);
    let mut missing: Vec<String> = columns
        .iter()
        .map(|column| format!("NOT {}", is_there(column)))
        .collect();
    let create = match other {
        Some(other) => {
            missing.push(probe::not(&probe::relation(&table)));
            format!(
                "IF {} THEN {} ELSE {} END IF;",
                probe::relation(&table),
                like(&qualified),
                like(&super::super::qualified(other))
            )
        }
        None => like(&qualified),
    };
    let passed = passed.into_iter().map(|passed| format!("({passed})"));
    let passed: Vec<String> = passed.chain(missing).collect();
    let mut put = vec![format!("IF {} THEN", passed.join(" OR ")), format!("  {create}")];
    for column in &columns {
        let Some(name) = column.as_str().strip_prefix(prefix) else {
            continue;
        };
        let own_name = Ident::new(name);
        let rename = format!(
            "ALTER TABLE pg_temp.{own} RENAME COLUMN {} TO {}",
            ident(&own_name),
            ident(column)
        );
        let add = format!("ALTER TABLE pg_temp.{own} ADD COLUMN {} text", ident(column));
        put.push(format!(
            "  IF {} THEN NULL; ELSIF {} THEN {} ELSE {} END IF;",
            is_there(column),
            is_there(&own_name),
            execute(&rename),
            execute(&add)
        ));
    }
    for former in types_named(behind, prefix) {
        let Some(name) = former.name.as_str().strip_prefix(prefix) else {
            continue;
        };
        let own_type = QualifiedName::new(former.schema.as_str(), name);
        put.extend(
            columns
                .iter()
                .map(|column| retyped(&table.name, column, (&own_type, &former))),
        );
    }
    put.extend([
        "  PERFORM pg_catalog.set_config('search_path', 'pg_temp', false);".to_owned(),
        "ELSE".to_owned(),
        format!(
            "  PERFORM pg_catalog.set_config('search_path', {}, false);",
            literal(&ident(&index.schema))
        ),
        "END IF;".to_owned(),
    ]);
    Some(vec![
        do_block(&put),
        bare,
        format!("DROP TABLE IF EXISTS pg_temp.{own}"),
        NO_PATH.to_owned(),
    ])
}

/// Gives a column of the table that takes the index the type that the index speaks of, where it has that under its own name.
fn retyped(table: &Ident, column: &Ident, (own, former): (&QualifiedName, &QualifiedName)) -> String {
    let temporary = format!("pg_temp.{}", ident(table));
    format!(
        "  IF EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = to_regclass({}) AND a.attname = {} AND a.atttypid = to_regtype({})) THEN {} END IF;",
        literal(&temporary),
        literal(column.as_str()),
        literal(&qualified(own)),
        execute(&format!(
            "ALTER TABLE {temporary} ALTER COLUMN {} TYPE {} USING NULL",
            ident(column),
            qualified(former)
        ))
    )
}

/// The names of columns in a text that begin with that, each once.
fn columns_named(text: &str, prefix: &str) -> Vec<Ident> {
    let mut found: Vec<Ident> = Vec::new();
    // With a schema in front it is a type or a collation.
    for (_, name) in named(text, prefix).filter(|(before, _)| !before.ends_with('.')) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The names of types in a text that begin with that, each once.
fn types_named(text: &str, prefix: &str) -> Vec<QualifiedName> {
    let mut found: Vec<QualifiedName> = Vec::new();
    for (before, name) in named(text, prefix) {
        let Some((_, schema)) = before
            .strip_suffix('.')
            .and_then(|before| before.rsplit_once("::"))
        else {
            continue;
        };
        let plain = schema
            .strip_prefix('"')
            .and_then(|schema| schema.strip_suffix('"'));
        let schema = plain.map_or_else(|| schema.to_owned(), |schema| schema.replace("\"\"", "\""));
        let name = QualifiedName::new(schema.as_str(), name.as_str());
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The names that begin with that, each with what stands before it.
fn named<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = (&'a str, Ident)> {
    text.match_indices(prefix).map(|(at, _)| {
        let before = &text[..at];
        let quoted = before.ends_with('"');
        let goes_on = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let end = match quoted {
            true => text[at..].find('"'),
            false => text[at..].find(|letter| !goes_on(letter)),
        };
        let name = Ident::new(&text[at..end.map_or(text.len(), |end| at + end)]);
        (if quoted { &before[..at - 1] } else { before }, name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_over_former_columns_is_found_behind_any_name() {
        let index = QualifiedName::new("s", "runs ON schemaplan_old_x");
        let name = ident(&index.name);
        let renamed = Renamed {
            prefix: "schemaplan_old_",
            table: None,
        };
        let around = |rest: &str| {
            let statement = format!("CREATE INDEX CONCURRENTLY {name} ON s.\"t ON t\" {rest}");
            index_under(&renamed, &index, &statement, None)
        };
        assert_eq!(around("(a)"), None);
        let around = around("(schemaplan_old_a)").unwrap();
        assert_eq!(
            around[1],
            format!("CREATE INDEX CONCURRENTLY {name} ON \"t ON t\" (schemaplan_old_a)")
        );
    }
}
