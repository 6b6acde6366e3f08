//! Which rows a partition can hold, as a condition, where the key is made of plain columns.

use crate::model::Ident;
use crate::sql;

/// The condition that a row fits the bound, or why there is none. `keys` are the parts of the partition key as the server
/// prints it, `siblings` the bounds of the other partitions, for a DEFAULT one.
pub(in crate::change) fn fits(key: &str, columns: &[&Ident], bound: &str, siblings: &[&str]) -> Result<Option<String>, String> {
    if key.starts_with("HASH") {
        let whole = bound == "FOR VALUES WITH (modulus 1, remainder 0)";
        return if whole { Ok(None) } else { Err("a partition by HASH takes a share of the rows".to_owned()) };
    }
    let names = || plain_columns(key, columns).ok_or_else(|| format!("its key {key} is not made of plain columns"));
    if bound != "DEFAULT" {
        return condition(&names()?, bound).map(Some);
    }
    let mut others = Vec::new();
    for sibling in siblings {
        others.push(format!("({}) IS NOT TRUE", condition(&names()?, sibling)?));
    }
    Ok((!others.is_empty()).then(|| others.join(" AND ")))
}

/// The columns of `RANGE (a, b)`, quoted; none where something else stands there.
fn plain_columns(key: &str, columns: &[&Ident]) -> Option<Vec<String>> {
    let inner = key.split_once(" (")?.1.strip_suffix(')')?;
    let known: Vec<String> = columns.iter().map(|name| sql::ident(name)).collect();
    let parts: Vec<String> = elements(inner).into_iter().map(str::to_owned).collect();
    parts.iter().all(|part| known.contains(part)).then_some(parts)
}

fn condition(columns: &[String], bound: &str) -> Result<String, String> {
    let odd = || format!("its bound {bound} is of another form");
    let inner = bound.strip_prefix("FOR VALUES ").ok_or_else(odd)?;
    if let Some(list) = inner.strip_prefix("IN (").and_then(|rest| rest.strip_suffix(')')) {
        let [column] = columns else { return Err(odd()) };
        let (nulls, values): (Vec<&str>, Vec<&str>) = elements(list).into_iter().partition(|value| *value == "NULL");
        let listed = format!("{column} IN ({})", values.join(", "));
        return Ok(match (values.is_empty(), nulls.is_empty()) {
            (true, _) => format!("{column} IS NULL"),
            (false, true) => listed,
            (false, false) => format!("{listed} OR {column} IS NULL"),
        });
    }
    let range = inner.strip_prefix("FROM (").and_then(|rest| rest.strip_suffix(')')).ok_or_else(odd)?;
    let (low, high) = halves(range).ok_or_else(odd)?;
    if low.len() != columns.len() || high.len() != columns.len() {
        return Err(odd());
    }
    let mut conditions: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    conditions.extend(beyond(columns, &low, [">", ">="], ["MINVALUE", "MAXVALUE"]));
    conditions.extend(beyond(columns, &high, ["<", "<"], ["MAXVALUE", "MINVALUE"]));
    Ok(conditions.join(" AND "))
}

/// One end of a range: behind the values, where `signs` stand before the last column and at it, and `ends` are the value that
/// everything is behind and the one that nothing is behind. None where everything is.
fn beyond(columns: &[String], values: &[&str], signs: [&str; 2], ends: [&str; 2]) -> Option<String> {
    let ([column, columns @ ..], [value, values @ ..]) = (columns, values) else { return None };
    if *value == ends[0] {
        return None;
    }
    if *value == ends[1] {
        return Some("false".to_owned());
    }
    if columns.is_empty() {
        return Some(format!("{column} {} {value}", signs[1]));
    }
    let strictly = format!("{column} {} {value}", signs[0]);
    Some(match beyond(columns, values, signs, ends) {
        None => format!("({strictly} OR {column} = {value})"),
        Some(rest) => format!("({strictly} OR {column} = {value} AND {rest})"),
    })
}

/// The values in front of `) TO (` and behind it.
fn halves(range: &str) -> Option<(Vec<&str>, Vec<&str>)> {
    let mut inside = false;
    for (at, letter) in range.char_indices() {
        match letter {
            '\'' => inside = !inside,
            ')' if !inside => {
                let high = range[at..].strip_prefix(") TO (")?;
                return Some((elements(&range[..at]), elements(high)));
            }
            _ => {}
        }
    }
    None
}

/// What stands between commas that are in no quotes.
fn elements(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut inside) = (0, None);
    for (at, letter) in list.char_indices() {
        match (letter, inside) {
            ('\'' | '"', None) => inside = Some(letter),
            (quote, Some(open)) if quote == open => inside = None,
            (',', None) => {
                found.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(list[start..].trim());
    found
}

#[cfg(test)]
mod tests {
    use super::fits;
    use crate::model::Ident;

    fn of(key: &str, bound: &str, siblings: &[&str]) -> String {
        let names = [Ident::new("a"), Ident::new("B"), Ident::new("a, b")];
        let columns: Vec<&Ident> = names.iter().collect();
        match fits(key, &columns, bound, siblings) {
            Ok(condition) => condition.unwrap_or_else(|| "every row".to_owned()),
            Err(why) => format!("no: {why}"),
        }
    }

    #[test]
    fn bounds_are_conditions() {
        for (key, bound, condition) in [
            ("RANGE (a)", "FOR VALUES FROM (0) TO (10)", "a IS NOT NULL AND a >= 0 AND a < 10"),
            ("RANGE (a)", "FOR VALUES FROM (MINVALUE) TO ('2026-01-01')", "a IS NOT NULL AND a < '2026-01-01'"),
            ("RANGE (a)", "FOR VALUES FROM ('x) TO (y, ''') TO (MAXVALUE)", "a IS NOT NULL AND a >= 'x) TO (y, '''"),
            (
                "RANGE (a, \"B\")",
                "FOR VALUES FROM (1, MINVALUE) TO (2, 'z')",
                "a IS NOT NULL AND \"B\" IS NOT NULL AND (a > 1 OR a = 1) AND (a < 2 OR a = 2 AND \"B\" < 'z')",
            ),
            (
                "RANGE (a, \"B\")",
                "FOR VALUES FROM (MINVALUE, MINVALUE) TO (2, MINVALUE)",
                "a IS NOT NULL AND \"B\" IS NOT NULL AND (a < 2 OR a = 2 AND false)",
            ),
            ("LIST (\"a, b\")", "FOR VALUES IN ('x, y', 'it''s')", "\"a, b\" IN ('x, y', 'it''s')"),
            ("LIST (a)", "FOR VALUES IN (1, NULL)", "a IN (1) OR a IS NULL"),
            ("LIST (a)", "FOR VALUES IN (NULL)", "a IS NULL"),
            ("HASH (a)", "FOR VALUES WITH (modulus 1, remainder 0)", "every row"),
            ("LIST (lower(a))", "DEFAULT", "every row"),
            ("HASH (a)", "FOR VALUES WITH (modulus 2, remainder 0)", "no: a partition by HASH takes a share of the rows"),
            ("LIST (lower(a))", "FOR VALUES IN ('x')", "no: its key LIST (lower(a)) is not made of plain columns"),
        ] {
            assert_eq!(of(key, bound, &[]), condition, "{bound} of {key}");
        }
        assert_eq!(
            of("LIST (a)", "DEFAULT", &["FOR VALUES IN (1)", "FOR VALUES IN (2, 3)"]),
            "(a IN (1)) IS NOT TRUE AND (a IN (2, 3)) IS NOT TRUE"
        );
    }
}
