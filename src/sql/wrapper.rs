//! A function that calls another: a second name of it.

use super::{Stmt, comment, literal, qualified};
use crate::model::{Function, Object, QualifiedName, RoutineKind};

/// CREATE FUNCTION of what takes and gives the same as the function and calls it by the name `of`, with a mark that says so.
/// None where no statement could do the same: procedures and window functions, triggers, what takes or gives types that only C
/// functions know, a record whose columns the caller names.
pub fn wrapper(object: &Object, body: &Function, of: &QualifiedName) -> Option<Vec<Stmt>> {
    let note = serde_json::json!({"kind": "second-name", "of": format!("{of}({})", object.id.args)});
    let mut statements = vec![Stmt::new(definition(body, of)?)];
    statements.extend(comment(object, Some(&format!("schemaplan:1 {note}"))));
    Some(statements)
}

/// The head of the function's own definition, as the server has printed it, before what the call gives.
fn definition(body: &Function, of: &QualifiedName) -> Option<String> {
    let (call, text) = (call(body, of)?, body.definition.as_str());
    let tokens = pg_query::scan(text).ok()?.tokens;
    let mut words = tokens.iter().filter_map(|token| {
        let (start, end) = (
            usize::try_from(token.start).ok()?,
            usize::try_from(token.end).ok()?,
        );
        Some((start, text.get(start..end)?))
    });
    let mut depth = 0_usize;
    let mut before = "";
    let language = words.find(|(_, word)| {
        match *word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // A type may be called so.
        let follows = std::mem::replace(&mut before, word);
        depth == 0 && *word == "LANGUAGE" && follows != "."
    });
    let head = text
        .get(..language?.0)?
        .strip_prefix("CREATE OR REPLACE FUNCTION ")?;
    let mut options = String::new();
    let mut rest = words.map(|(_, word)| word).skip(1).peekable();
    while let Some(word) = rest.next_if(|word| !ENDS.contains(word)) {
        match word {
            "IMMUTABLE" | "STABLE" => options = format!("{options} {word}"),
            "PARALLEL" | "ROWS" => options = format!("{options} {word} {}", rest.next()?),
            _ => {}
        }
    }
    Some(format!(
        "CREATE FUNCTION {head}LANGUAGE sql{options} AS {}",
        literal(&call)
    ))
}

/// What ends the options of a function that its callers see. A strict one is asked all the same, and says NULL itself.
const ENDS: [&str; 6] = ["AS", "RETURN", "BEGIN", "SET", "SUPPORT", "TRANSFORM"];

fn call(body: &Function, of: &QualifiedName) -> Option<String> {
    let result = body.result.as_deref()?;
    let is_given = |mode: &str| matches!(mode, "out" | "inout" | "table");
    let columns = body.arguments.iter().filter(|each| is_given(&each.mode)).count();
    let bare = result.strip_prefix("SETOF ").unwrap_or(result);
    let types = body.arguments.iter().map(|argument| argument.data_type.as_str());
    let of_servers = |name: &str| OF_SERVERS.contains(&name.trim_start_matches("pg_catalog."));
    if body.routine != RoutineKind::Function
        || (bare == "record" && columns == 0)
        || of_servers(bare)
        || types.into_iter().any(of_servers)
    {
        return None;
    }
    let given = body
        .arguments
        .iter()
        .filter(|each| matches!(each.mode.as_str(), "in" | "inout" | "variadic"));
    let holes = (1..)
        .zip(given)
        .map(|(number, argument)| match argument.mode.as_str() {
            "variadic" => format!("VARIADIC ${number}"),
            _ => format!("${number}"),
        });
    let holes = holes.collect::<Vec<_>>().join(", ");
    let from = if result.starts_with("SETOF ") || columns > 1 || result.starts_with("TABLE(") {
        "* FROM "
    } else {
        ""
    };
    Some(format!("SELECT {from}{}({holes})", qualified(of)))
}

/// Types that a function in SQL can neither take nor give.
const OF_SERVERS: [&str; 11] = [
    "trigger",
    "event_trigger",
    "internal",
    "cstring",
    "\"any\"",
    "language_handler",
    "fdw_handler",
    "index_am_handler",
    "table_am_handler",
    "tsm_handler",
    "opaque",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(definition: &str, result: &str, arguments: &[&str]) -> Option<String> {
        let body: Function = serde_json::from_value(serde_json::json!({
            "routine": "function", "defaults": 0, "result": result, "language": "plpgsql", "source": "",
            "definition": definition,
            "arguments": arguments.iter().map(|mode| serde_json::json!({
                "name": "", "mode": mode, "data_type": "integer"
            })).collect::<Vec<_>>(),
        }))
        .unwrap();
        super::definition(&body, &QualifiedName::new("public", "Old one"))
    }

    #[test]
    fn the_head_stays_and_the_call_takes_the_place_of_the_body() {
        let definition = "CREATE OR REPLACE FUNCTION public.f(language integer DEFAULT length(' LANGUAGE '::text))\n RETURNS integer\n \
            LANGUAGE plpgsql\n STABLE PARALLEL SAFE STRICT SECURITY DEFINER COST 7 ROWS 5\n SET search_path TO 'a'\nAS $$ IMMUTABLE $$";
        assert_eq!(
            wrapped(definition, "integer", &["in"]).unwrap(),
            "CREATE FUNCTION public.f(language integer DEFAULT length(' LANGUAGE '::text))\n RETURNS integer\n \
             LANGUAGE sql STABLE PARALLEL SAFE ROWS 5 AS 'SELECT public.\"Old one\"($1)'"
        );
    }

    #[test]
    fn rows_are_selected_from_the_call() {
        let definition = "CREATE OR REPLACE FUNCTION public.f(VARIADIC integer)\n RETURNS SETOF public.language\n LANGUAGE sql\nAS ''";
        let made = wrapped(definition, "SETOF public.language", &["variadic"]).unwrap();
        assert!(
            made.ends_with("LANGUAGE sql AS 'SELECT * FROM public.\"Old one\"(VARIADIC $1)'"),
            "{made}"
        );
        assert!(made.contains("SETOF public.language\n"), "{made}");
    }

    #[test]
    fn what_no_sql_function_can_give_is_not_wrapped() {
        let definition = "CREATE OR REPLACE FUNCTION public.f()\n RETURNS trigger\n LANGUAGE plpgsql\nAS ''";
        for result in ["trigger", "record", "SETOF record", "internal"] {
            assert_eq!(wrapped(definition, result, &[]), None, "{result}");
        }
    }
}
