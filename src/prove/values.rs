//! What is put into a column: an SQL expression over the number of the row and of the try, by the column's type.
//!
//! `sp_i` counts rows from 1; `sp_v` counts tries of a row from 0: where a CHECK, a key or a trigger refuses a row, the next try
//! has other values.

/// How many kinds of values a row is tried with.
pub const TRIES: u32 = 8;

/// A type as values are made for it: domains are seen through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// `pg_type.typname` behind all domains.
    pub name: String,
    /// As SQL spells it.
    pub spelled: String,
    /// `pg_type.typtype`.
    pub class: String,
    /// Its modifier, -1 for none.
    pub modifier: i32,
    /// The element of an array, the bounds of a range.
    pub inner: Option<Box<Shape>>,
}

/// A column to be filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Its name.
    pub name: String,
    /// Its place among the columns.
    pub ordinal: i32,
    /// Its type.
    pub shape: Shape,
    /// It takes no NULL.
    pub not_null: bool,
    /// Constants that its CHECKs speak of.
    pub constants: Vec<String>,
    /// Values that a partition takes.
    pub bounds: Vec<String>,
    /// What refers to a row of another table, in place of a value.
    pub reference: Option<String>,
}

impl Filled {
    /// The value of the column in row `sp_i`, try `sp_v`.
    pub fn value(&self) -> String {
        let number = number(self.ordinal);
        let plain = match &self.reference {
            Some(reference) => reference.clone(),
            None => self.own(&number),
        };
        if self.not_null {
            return plain;
        }
        // All columns of one reference are NULL in the same rows, others each in rows of its own.
        let place = match self.reference {
            Some(_) => 0,
            None => self.ordinal,
        };
        format!(
            "CASE WHEN sp_v < 2 AND sp_i % 7 = 3 OR sp_v = 4 AND (sp_i + {place}) % 2 = 0 OR sp_v = 5 AND (sp_i + {place}) % 3 > 0 \
             THEN NULL ELSE {plain} END"
        )
    }

    fn own(&self, number: &str) -> String {
        let made = made(&self.shape, number, self.ordinal);
        if !self.bounds.is_empty() {
            let known = one_of(&self.bounds, &self.shape.spelled);
            return format!("CASE WHEN sp_v < 6 THEN {known} ELSE {made} END");
        }
        if self.constants.is_empty() {
            return made;
        }
        let known = one_of(&self.constants, &self.shape.spelled);
        // A constant that is no value of the type (a pattern, a length) must not be cast in the tries that do without it.
        match self.shape.class == "b" && is_number(&self.shape.name) {
            true => format!("CASE WHEN sp_v IN (2, 5) THEN {known} ELSE {made} END"),
            false => format!("CASE WHEN sp_v IN (0, 2, 4, 5) THEN {known} ELSE {made} END"),
        }
    }
}

/// A number for the row, of another size at each try.
fn number(ordinal: i32) -> String {
    format!(
        "(CASE sp_v WHEN 0 THEN sp_i WHEN 1 THEN sp_i % 10 WHEN 2 THEN sp_i % 100 + {ordinal} WHEN 3 THEN sp_i * 1000 + {ordinal} \
         WHEN 6 THEN mod(sp_i * 7919 + {ordinal} * 104729, 100) WHEN 7 THEN {ordinal} * 100 - sp_i % 100 ELSE sp_i END)"
    )
}

fn one_of(words: &[String], spelled: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| crate::sql::literal(word)).collect();
    format!(
        "(ARRAY[{}]::text[])[1 + sp_i % {}]::{spelled}",
        quoted.join(", "),
        words.len()
    )
}

/// Types that count.
pub fn is_number(name: &str) -> bool {
    [
        "int2", "int4", "int8", "numeric", "float4", "float8", "money", "oid",
    ]
    .contains(&name)
}

/// A value of the type, from a number.
fn made(shape: &Shape, n: &str, ordinal: i32) -> String {
    let spelled = &shape.spelled;
    match (shape.class.as_str(), &shape.inner) {
        ("e", _) => {
            let all = format!("enum_range(NULL::{spelled})");
            return format!("({all})[1 + mod(abs({n}), cardinality({all}))]");
        }
        ("r", Some(inner)) => {
            let low = made(inner, &format!("({n} * 10)"), ordinal);
            let high = made(inner, &format!("({n} * 10 + 5)"), ordinal);
            return format!("{spelled}({low}, {high})");
        }
        ("b", Some(inner)) => {
            let one = made(inner, n, ordinal);
            let other = made(inner, &format!("({n} + 1)"), ordinal);
            return format!("ARRAY[{one}, {other}]::{spelled}");
        }
        ("b", None) => {}
        _ => return format!("NULL::{spelled}"),
    }
    let value = match shape.name.as_str() {
        "int2" => format!("({n} % 30000)"),
        "int4" | "int8" | "numeric" | "oid" | "money" => n.to_owned(),
        "float4" | "float8" => format!("({n} / 4.0)"),
        "bool" => format!("({n} % 2 = 0)"),
        "text" | "name" => words(n, ordinal, 60),
        "varchar" | "bpchar" => words(n, ordinal, shape.modifier - 4),
        "char" => "'a'".to_owned(),
        "uuid" => format!("md5({n} || '/{ordinal}')"),
        "bytea" => format!("decode(md5({n}::text), 'hex')"),
        "date" => format!("(date '2024-01-01' + ({n} % 3650)::int)"),
        "timestamp" | "timestamptz" => format!("(timestamp '2024-01-01' + {n} * interval '1 hour')"),
        "time" | "timetz" => format!("(time '00:00' + {n} * interval '1 minute')"),
        "interval" => format!("({n} * interval '1 minute')"),
        "json" | "jsonb" => format!("jsonb_build_object('n', {n})"),
        "bit" | "varbit" if shape.modifier > 0 => return format!("{n}::int::bit({})", shape.modifier),
        "bit" | "varbit" => format!("{n}::int::bit(32)"),
        "inet" => format!("(inet '10.0.0.0' + abs({n}))"),
        "cidr" => format!("host(inet '10.0.0.0' + abs({n}))"),
        "macaddr" => format!("('08:00:2b:00:00:' || lpad(to_hex(abs({n}) % 256), 2, '0'))"),
        "point" => format!("point({n}, {n} + 1)"),
        "tsvector" => format!("to_tsvector('simple', 'word ' || {n})"),
        "xml" => format!("('<n>' || {n} || '</n>')"),
        "hstore" => format!("('n=>' || {n})"),
        "int2vector" | "oidvector" => format!("{n}::text"),
        _ => format!("({n})::text"),
    };
    format!("({value})::{spelled}")
}

/// A text of at most so many characters, which looks like what people keep in columns of text.
fn words(n: &str, ordinal: i32, longest: i32) -> String {
    if (1..12).contains(&longest) {
        return format!(
            "left(CASE WHEN sp_v IN (3, 6) THEN upper(translate({n}::text, '0123456789-', 'abcdefghijk')) WHEN sp_v = 7 THEN repeat('A', \
             {longest}) WHEN sp_v IN (0, 1) THEN to_hex(sp_i) ELSE {n}::text END, {longest})"
        );
    }
    let longest = if longest < 1 { 60 } else { longest };
    format!(
        "left(CASE sp_v WHEN 2 THEN 'user' || {n} || '.{ordinal}@example.org' WHEN 3 THEN upper(md5({n}::text)) WHEN 5 THEN {n}::text \
         WHEN 6 THEN translate(md5({n}::text), '0123456789', 'ghijklmnop') WHEN 7 THEN 'https://example.org/' || {n} \
         ELSE 'Value ' || {n} END, {longest})"
    )
}

/// The constants in the text of a definition: `'new'::text`, `10`.
pub fn constants(definition: &str, numbers: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = definition;
    while let Some(at) = rest.find('\'') {
        let mut word = String::new();
        let mut letters = rest[at + 1..].char_indices().peekable();
        let mut end = rest.len();
        while let Some((index, letter)) = letters.next() {
            if letter != '\'' {
                word.push(letter);
            } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
                word.push('\'');
            } else {
                end = at + 1 + index + 1;
                break;
            }
        }
        if !word.contains(['^', '$', '[', '%', '\\']) {
            found.push(word);
        }
        rest = &rest[end..];
    }
    if numbers {
        let digits =
            definition.split(|letter: char| !(letter.is_ascii_alphanumeric() || "._".contains(letter)));
        let all_digits = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
        let read = digits
            .filter(all_digits)
            .filter(|word| word.parse::<f64>().is_ok());
        found.extend(read.map(ToOwned::to_owned));
        found.retain(|word| word.parse::<f64>().is_ok());
    }
    found.sort();
    found.dedup();
    found
}

/// The values of a partition's bound that are in it, for the key column at `place`: of a range the lower end, of a list all.
pub fn bound_values(bound: &str, place: usize) -> Vec<String> {
    let list = bound
        .strip_prefix("FOR VALUES IN (")
        .and_then(|rest| rest.strip_suffix(')'));
    let range = bound
        .strip_prefix("FOR VALUES FROM (")
        .and_then(|rest| rest.split(") TO (").next());
    let known = |word: &String| !["MINVALUE", "MAXVALUE", "NULL"].contains(&word.as_str());
    match (list, range) {
        (Some(list), _) => split(list).into_iter().filter(known).collect(),
        (None, Some(range)) => split(range)
            .into_iter()
            .nth(place)
            .filter(known)
            .into_iter()
            .collect(),
        (None, None) => Vec::new(),
    }
}

fn split(list: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in list.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ',' if !quoted => words.push(std::mem::take(&mut word).trim().to_owned()),
            ' ' if !quoted => {}
            other => word.push(other),
        }
    }
    words.push(word.trim().to_owned());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_of_a_check_are_values() {
        let check = "CHECK ((state = ANY (ARRAY['new'::text, 'it''s'::text])))";
        assert_eq!(constants(check, false), ["it's", "new"]);
        assert_eq!(
            constants("CHECK (((rating >= 1) AND (rating <= 5)))", true),
            ["1", "5"]
        );
        assert!(constants("CHECK ((code ~ '^[A-Z]+$'::text))", false).is_empty());
    }

    #[test]
    fn bounds_give_values_that_are_in_the_partition() {
        assert_eq!(bound_values("FOR VALUES IN ('a', 'b')", 0), ["a", "b"]);
        assert_eq!(
            bound_values("FOR VALUES FROM (1, '2024-01-01 00:00:00') TO (2, MINVALUE)", 1),
            ["2024-01-01 00:00:00"]
        );
        assert!(bound_values("FOR VALUES FROM (MINVALUE) TO (10)", 0).is_empty());
        assert!(bound_values("DEFAULT", 0).is_empty());
    }
}
