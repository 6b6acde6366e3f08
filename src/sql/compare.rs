//! Whether two values of a column are the same.

use crate::model::Column;

/// Types that have an equality operator that tells any two values apart; their arrays have it too.
const EQUATED: [&str; 27] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "money",
    "text",
    "character varying",
    "character",
    "name",
    "boolean",
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
    "time without time zone",
    "time with time zone",
    "interval",
    "uuid",
    "bytea",
    "inet",
    "cidr",
    "macaddr",
    "jsonb",
    "oid",
    "bit",
    "bit varying",
];

/// What stands behind both values of such a type when they are compared: `json`, `xml` and `point` have no equality, and
/// types of users or extensions may have one that finds more things equal than are. Their text tells them apart.
pub fn cast_to_compare(data_type: &str) -> &'static str {
    let element = data_type.trim_end_matches("[]");
    let base = match (element.find('('), element.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &element[..open], &element[close + 1..]),
        _ => element.to_owned(),
    };
    if EQUATED.contains(&base.as_str()) {
        ""
    } else {
        "::text"
    }
}

/// True where two values differ that a column could hold. Two forms of it may bear collations that cannot meet, or under
/// which different texts are equal: texts are compared by their bytes.
pub fn differ(left: &str, right: &str, column: &Column) -> String {
    let cast = cast_to_compare(column.data_type.as_str());
    let collate = match column.collation {
        Some(_) => " COLLATE pg_catalog.\"C\"",
        None => "",
    };
    format!("{left}{cast}{collate} IS DISTINCT FROM {right}{cast}")
}

#[cfg(test)]
mod tests {
    use super::cast_to_compare;

    #[test]
    fn types_without_equality_are_compared_as_text() {
        for (data_type, cast) in [
            ("numeric(10,2)", ""),
            ("timestamp(3) without time zone", ""),
            ("integer[]", ""),
            ("json", "::text"),
            ("point[]", "::text"),
            ("public.mood", "::text"),
        ] {
            assert_eq!(cast_to_compare(data_type), cast, "{data_type}");
        }
    }
}
