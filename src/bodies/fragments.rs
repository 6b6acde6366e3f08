//! The SQL inside of bodies.

use super::tokens;
use super::tree::{Mentions, mentions};
use crate::model::Function;
use crate::sql::ident;
use serde_json::Value;

/// What an SQL body mentions.
pub(super) fn of_sql(source: &str) -> Mentions {
    parsed(source, 0).unwrap_or_else(|| tokens::mentions(source))
}

/// What a PL/pgSQL body mentions: its statements and expressions, and the types of its variables.
pub(super) fn of_plpgsql(function: &Function) -> Mentions {
    let mut found = tokens::declared(&function.source);
    let Ok(tree) = pg_query::parse_plpgsql(&wrapped(function)) else {
        // The crate's PL/pgSQL reader knows no schemas but public, and no domain or enum: words are better than nothing.
        add(&mut found, tokens::mentions(&function.source));
        return found;
    };
    collect(&tree, &mut found);
    found
}

/// A function of the same body. Its arguments and what a trigger is given are all `text` or `record`: their names are all that the
/// body's statements need to parse.
fn wrapped(function: &Function) -> String {
    let names = function
        .arguments
        .iter()
        .filter(|argument| !argument.name.is_empty());
    let mut arguments: Vec<String> = names
        .map(|argument| format!("{} text", ident(&argument.name)))
        .collect();
    if function
        .result
        .as_deref()
        .is_some_and(|result| result == "trigger" || result == "event_trigger")
    {
        arguments.extend(["new record", "old record"].map(str::to_string));
        let given = [
            "tg_name",
            "tg_when",
            "tg_level",
            "tg_op",
            "tg_relid",
            "tg_relname",
            "tg_table_name",
            "tg_table_schema",
            "tg_nargs",
            "tg_argv",
            "tg_event",
            "tg_tag",
        ];
        arguments.extend(given.map(|name| format!("{name} text")));
    }
    let returns = match function.result.as_deref() {
        None | Some("void") => "void",
        Some(result) if result.starts_with("SETOF") || result.starts_with("TABLE") => "SETOF text",
        Some(_) => "text",
    };
    let mut quote = "$schemaplan$".to_string();
    while function.source.contains(&quote) {
        quote.insert(1, '_');
    }
    format!(
        "CREATE FUNCTION f({}) RETURNS {returns} LANGUAGE plpgsql AS {quote}{}{quote}",
        arguments.join(", "),
        function.source
    )
}

/// Every query and expression of the tree, parsed in the mode that PL/pgSQL parses it in.
fn collect(value: &Value, found: &mut Mentions) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            if let Some(query) = fields.get("query").and_then(Value::as_str) {
                let mode = fields.get("parseMode").and_then(Value::as_i64).unwrap_or(0);
                let mode = i32::try_from(mode).unwrap_or(0);
                match parsed(query, mode) {
                    Some(mentions) => add(found, mentions),
                    None => add(found, tokens::mentions(query)),
                }
            }
            fields.values().for_each(|inner| collect(inner, found));
        }
        _ => {}
    }
}

fn parsed(text: &str, mode: i32) -> Option<Mentions> {
    let parsed = pg_query::parse(text, mode).ok()?;
    let tree = serde_json::to_value(&parsed.protobuf.stmts).ok()?;
    Some(mentions(&tree))
}

fn add(found: &mut Mentions, more: Mentions) {
    found.names.extend(more.names);
    found.columns.extend(more.columns);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ident, RoutineKind};

    fn function(source: &str, result: &str) -> Function {
        Function {
            routine: RoutineKind::Function,
            arguments: Vec::new(),
            defaults: 0,
            result: Some(result.to_string()),
            language: Ident::from("plpgsql"),
            source: source.to_string(),
            definition: String::new(),
        }
    }

    fn names(found: &Mentions) -> Vec<&str> {
        found.names.iter().map(|n| n.name.as_str()).collect()
    }

    #[test]
    fn finds_the_queries_of_a_body() {
        let body = "declare r orders%rowtype; m app.mood; begin\n for r in select * from a, b loop perform g(r.id); end loop;\n \
                    if exists (select 1 from c) then insert into d (x) values (1); end if; return (select max(y) from e); end";
        let found = of_plpgsql(&function(body, "integer"));
        let names = names(&found);
        for name in ["orders", "mood", "a", "c", "d", "e", "g"] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
        assert!(
            found.columns.contains("x") && found.columns.contains("y"),
            "{:?}",
            found.columns
        );
    }

    #[test]
    fn finds_what_a_trigger_sets() {
        let body = "begin\n if tg_op = 'INSERT' then new.total := coalesce(old.sum, 0); end if;\n update log set seen = true; return new; end";
        let found = of_plpgsql(&function(body, "trigger"));
        assert!(names(&found).contains(&"log"));
        for column in ["total", "sum", "seen"] {
            assert!(found.columns.contains(column), "{column} in {:?}", found.columns);
        }
    }

    #[test]
    fn takes_words_where_nothing_parses() {
        let found = of_sql("select f(x) from app.t join u on ??? where y::mood is null");
        assert_eq!(names(&found), ["u", "t", "mood", "f"]);
    }
}
