//! Line breaks of views, routines and triggers. Only blanks between tokens change.

use super::WIDTH;
use super::parentheses::bare;
use super::words::{Word, words};
use pg_query::protobuf::Token;

/// Words that begin a line of their own in a query.
const CLAUSES: &[&str] = &[
    "select",
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "intersect",
    "except",
    "window",
    "for",
    "fetch",
    "values",
    "with",
    "join",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "inner",
];

/// A view's query: clauses at the left, what they list four blanks in. Subqueries keep the server's lines.
pub(super) fn view(text: &str) -> String {
    let Some(words) = words(text) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut cases = 0_usize;
    let mut from = 0;
    for (at, word) in words.iter().enumerate() {
        let gap = &text[from..word.start];
        if word.text == "end" {
            cases = cases.saturating_sub(1);
        }
        let broken = gap.contains('\n') && depth == 0;
        let list =
            at > 0 && words[at - 1].is(Token::Select) && depth == 0 && is_long_list(&words[at..], text);
        match (
            broken || list,
            CLAUSES.contains(&word.text) && cases == 0 && !list,
        ) {
            (true, true) => out.push('\n'),
            (true, false) => {
                out.push_str("\n    ");
                out.push_str(&"    ".repeat(cases));
            }
            (false, _) => out.push_str(gap),
        }
        match word.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "case" if depth == 0 => cases += 1,
            _ => {}
        }
        out.push_str(word.text);
        from = word.end;
    }
    out.push_str(&text[from..]);
    out
}

/// True where the list behind SELECT takes more than one line.
fn is_long_list(list: &[Word<'_>], text: &str) -> bool {
    let mut depth = 0_i32;
    for pair in list.windows(2) {
        match pair[0].text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 && text[pair[0].end..pair[1].start].contains('\n') {
            return pair[0].text == "," || !CLAUSES.contains(&pair[1].text);
        }
    }
    false
}

/// A routine: `create` alone, its attributes at the left, a plain `$$` around the body where that is safe.
pub(super) fn routine(text: &str) -> String {
    let Some(words) = words(text) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut depth = 0_i32;
    for (at, word) in words.iter().enumerate() {
        let gap = &text[from..word.start];
        from = word.end;
        let replacing = matches!((at, word.text), (1, "or") | (2, "replace"));
        if replacing {
            continue;
        }
        match word.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if at > 0 && words[at - 1].text == "as" && word.is(Token::Sconst) && word.text.starts_with('$') {
            out.push_str(gap);
            out.push_str(&plain_quotes(word.text));
            continue;
        }
        if word.text == "begin" && depth == 0 {
            // A body of statements keeps the server's lines.
            out.push_str(gap);
            out.push_str(&text[word.start..]);
            return out;
        }
        let returns = word.text == "returns" && gap.contains('\n') && out.len() + "returns".len() < WIDTH;
        match (returns, gap.contains('\n') && depth == 0) {
            (true, _) => out.push(' '),
            (false, true) => out.push('\n'),
            (false, false) => out.push_str(gap),
        }
        out.push_str(word.text);
    }
    out.push_str(&text[from..]);
    out
}

/// `$function$…$function$` as `$$…$$`, unless the body has such quotes inside.
fn plain_quotes(quoted: &str) -> String {
    let tag = quoted[1..].find('$').map(|end| &quoted[..end + 2]);
    let body = tag.and_then(|tag| quoted.strip_prefix(tag)?.strip_suffix(tag));
    match body {
        Some(body) if !body.contains("$$") && !body.ends_with('$') => format!("$${body}$$"),
        _ => quoted.to_owned(),
    }
}

/// A trigger: when on the first line, what on the next ones.
pub(super) fn trigger(text: &str) -> String {
    let Some(words) = words(text) else {
        return text.to_owned();
    };
    let each = words
        .windows(2)
        .find(|pair| pair[0].text == "for" && pair[1].text == "each");
    let Some(at) = each.map(|pair| pair[0].start) else {
        return text.to_owned();
    };
    let (first, second) = (text[..at].trim_end(), with_bare_condition(&text[at..]));
    let execute = words
        .windows(2)
        .rfind(|pair| pair[0].text == "execute" && matches!(pair[1].text, "function" | "procedure"))
        .map(|pair| pair[0].text);
    let execute = execute.and_then(|word| second.rfind(&format!(" {word} ")).map(|at| at + 1));
    match execute {
        Some(execute) if second.len() > WIDTH => {
            let (when, what) = (second[..execute].trim_end(), &second[execute..]);
            format!("{first}\n    {when}\n    {what}")
        }
        _ => format!("{first}\n    {second}"),
    }
}

/// `for each row when (a)` of `for each row when ((a))`.
fn with_bare_condition(text: &str) -> String {
    let lead = ["for each row when (", "for each statement when ("];
    let Some(lead) = lead.into_iter().find(|lead| text.starts_with(lead)) else {
        return text.to_owned();
    };
    let open = lead.len() - 1;
    match crate::sql::closing(text, open) {
        Some(end) => format!("{lead}{}{}", bare(&text[open..=end]), &text[end..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_stands_at_the_left() {
        let server = "create view v as\n select a.id,\n    case\n            when a.b then 'x\n  y'\n            else 'z'\n        end as c\n   from t a\n     join u on (u.id = a.id)\n  where a.b";
        assert_eq!(
            view(server),
            "create view v as\nselect\n    a.id,\n    case\n        when a.b then 'x\n  y'\n        else 'z'\n    end as c\nfrom t a\njoin u on (u.id = a.id)\nwhere a.b"
        );
        assert_eq!(
            view("create view v as\n select 1\n   from t"),
            "create view v as\nselect 1\nfrom t"
        );
    }

    #[test]
    fn a_routine_has_plain_quotes_where_they_are_safe() {
        assert_eq!(
            routine(
                "create or replace function f(a integer)\n returns integer\n language sql\nas $function$ select 1 $function$"
            ),
            "create function f(a integer) returns integer\nlanguage sql\nas $$ select 1 $$"
        );
        for odd in ["$function$ $$ $function$", "$function$ $1$$function$"] {
            assert_eq!(plain_quotes(odd), odd);
        }
    }

    #[test]
    fn a_trigger_has_two_lines() {
        assert_eq!(
            trigger("create trigger a before update on t for each row execute function f()"),
            "create trigger a before update on t\n    for each row execute function f()"
        );
        assert_eq!(
            trigger(
                "create trigger a before update on t for each row when ((old.a is distinct from new.a)) execute function f()"
            ),
            "create trigger a before update on t\n    for each row when (old.a is distinct from new.a) execute function f()"
        );
    }
}
