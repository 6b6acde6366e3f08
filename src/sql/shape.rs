//! Queries of the user's: what may be planned for him, and how they are shown without what is secret in them.

use pg_query::NodeEnum;

use crate::model::QualifiedName;

/// A query's text with `$1` in place of every constant; none where it is no plain query: a statement about roles may hold a
/// password, and others hold no names of tables anyway.
pub fn shape_of_query(text: &str) -> Option<String> {
    let normalized = pg_query::normalize(text).ok()?;
    let parsed = pg_query::parse(&normalized, pg_query::ParserOptions::default()).ok()?;
    let mut statements = parsed.protobuf.stmts.into_iter();
    let (Some(only), None) = (statements.next(), statements.next()) else {
        return None;
    };
    let is_query = matches!(
        only.stmt?.node?,
        NodeEnum::SelectStmt(_)
            | NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)
    );
    is_query.then(|| normalized.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a query names the table, with its schema or without.
pub fn names_table(text: &str, table: &QualifiedName) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let name = table.name.as_str();
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Why a query cannot be planned by EXPLAIN; none where it can, with whether it has parameters.
///
/// # Errors
/// What is wrong, as a sentence about it.
pub fn explainable(text: &str) -> Result<bool, String> {
    let parsed = pg_query::parse(text, pg_query::ParserOptions::default())
        .map_err(|error| format!("it cannot be read: {error}"))?;
    let mut statements = parsed.protobuf.stmts.into_iter();
    let (Some(only), None) = (statements.next(), statements.next()) else {
        return Err("it has to be one statement".to_owned());
    };
    match only.stmt.and_then(|statement| statement.node) {
        Some(
            NodeEnum::SelectStmt(_)
            | NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_),
        ) => {
            let tokens = pg_query::scan(text).map_err(|error| format!("it cannot be read: {error}"))?;
            Ok(tokens
                .tokens
                .iter()
                .any(|token| token.token() == pg_query::protobuf::Token::Param))
        }
        _ => Err("it has to be a SELECT, INSERT, UPDATE, DELETE or MERGE, without EXPLAIN".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_go_and_names_stay() {
        assert_eq!(
            shape_of_query("select *\n from t where a = 'secret' and b = 7 limit $1").as_deref(),
            Some("select * from t where a = $2 and b = $3 limit $1")
        );
        for text in [
            "alter role a password 'secret'",
            "create user b password 'secret'",
            "select $$",
            "set x to 'secret'",
        ] {
            assert_eq!(shape_of_query(text), None, "{text}");
        }
    }

    #[test]
    fn a_table_is_named_as_a_word() {
        let table = QualifiedName::new("public", "order");
        assert!(names_table("select * from public.\"order\" o", &table));
        assert!(!names_table("select * from orders", &table));
    }

    #[test]
    fn only_one_query_is_planned() {
        assert_eq!(explainable("select 1"), Ok(false));
        assert_eq!(explainable("select $1::int;"), Ok(true));
        for text in [
            "select 1; drop table t",
            "drop table t",
            "explain select 1",
            "",
            "selekt",
        ] {
            assert!(explainable(text).is_err(), "{text}");
        }
    }
}
