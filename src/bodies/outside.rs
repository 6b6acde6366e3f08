//! Roles and tablespaces, which stand outside of every database.

use super::mentions;
use std::collections::BTreeSet;

/// What a statement names that no schema holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Roles.
    pub roles: BTreeSet<String>,
    /// Tablespaces.
    pub tablespaces: BTreeSet<String>,
}

/// The roles and tablespaces of a statement; none where it does not parse.
pub fn outside(statement: &str) -> Outside {
    let words = ["TABLESPACE", " TO ", " FOR ", "AUTHORIZATION"];
    // Most statements name neither, and a plan may hold many thousands.
    if !words.iter().any(|word| statement.contains(word)) {
        return Outside::default();
    }
    let parsed = pg_query::parse(statement, 0).ok();
    let tree = parsed.and_then(|parsed| serde_json::to_value(&parsed.protobuf).ok());
    tree.map_or_else(Outside::default, |tree| {
        let found = mentions(&tree);
        // An action of ALTER TABLE has its name in a field that means another thing for every other action.
        let moved = statement.split_once(" SET TABLESPACE ").map(|(_, name)| name);
        let moved = moved.and_then(|name| crate::text::dotted_name(name, true)?.pop());
        Outside {
            roles: found.roles,
            tablespaces: found.tablespaces.into_iter().chain(moved).collect(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_names_roles_and_tablespaces() {
        let found = outside("GRANT SELECT ON t TO reader, PUBLIC");
        assert_eq!(found.roles.into_iter().collect::<Vec<_>>(), ["reader"]);
        let found = outside("ALTER TABLE t SET TABLESPACE fast");
        assert_eq!(found.tablespaces.into_iter().collect::<Vec<_>>(), ["fast"]);
        let found = outside("CREATE INDEX i ON t (a) TABLESPACE slow");
        assert_eq!(found.tablespaces.into_iter().collect::<Vec<_>>(), ["slow"]);
        assert_eq!(outside("CREATE TABLE t (id int)"), Outside::default());
    }
}
