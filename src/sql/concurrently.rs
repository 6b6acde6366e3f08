//! Statements that cannot be in a transaction, and the index that such a statement makes or drops.

use pg_query::NodeEnum;
use pg_query::protobuf::{ObjectType, ReindexObjectType};

use super::Stmt;
use crate::model::QualifiedName;

/// What a statement that must stand alone does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alone {
    /// CREATE INDEX CONCURRENTLY: an interruption leaves an invalid index of that name.
    CreateIndex {
        /// The index.
        index: QualifiedName,
        /// Its table.
        table: QualifiedName,
    },
    /// DROP INDEX CONCURRENTLY: an interruption leaves the index, invalid, and the statement can be repeated.
    DropIndex(QualifiedName),
    /// REINDEX INDEX CONCURRENTLY: an interruption leaves a second index beside it, invalid, with `_ccnew` or `_ccold` behind its name.
    Reindex(QualifiedName),
    /// Something else: VACUUM, DETACH PARTITION CONCURRENTLY.
    Other,
}

/// What the statement does where it cannot be in a transaction; none where it can.
pub fn alone(statement: &Stmt) -> Option<Alone> {
    let text = statement.as_str();
    let upper = text.trim_start().to_ascii_uppercase();
    let starts = |word: &str| upper.starts_with(word);
    if starts("VACUUM") || starts("CLUSTER") {
        return Some(Alone::Other);
    }
    // REFRESH MATERIALIZED VIEW CONCURRENTLY may be in a transaction.
    if !upper.contains("CONCURRENTLY") || starts("REFRESH") {
        return None;
    }
    let parsed = pg_query::parse(text, pg_query::ParserOptions::default()).ok()?;
    let node = parsed.protobuf.stmts.into_iter().next()?.stmt?.node?;
    match node {
        NodeEnum::IndexStmt(index) if index.concurrent => {
            let relation = index.relation?;
            if index.idxname.is_empty() {
                return Some(Alone::Other);
            }
            let schema = relation.schemaname;
            Some(Alone::CreateIndex {
                index: QualifiedName::new(schema.clone(), index.idxname),
                table: QualifiedName::new(schema, relation.relname),
            })
        }
        NodeEnum::DropStmt(drop) if drop.concurrent && drop.remove_type() == ObjectType::ObjectIndex => {
            let NodeEnum::List(names) = drop.objects.into_iter().next()?.node? else {
                return Some(Alone::Other);
            };
            let mut names = names.items.into_iter().filter_map(|item| match item.node {
                Some(NodeEnum::String(name)) => Some(name.sval),
                _ => None,
            });
            let first = names.next()?;
            Some(Alone::DropIndex(match names.next() {
                Some(name) => QualifiedName::new(first, name),
                None => QualifiedName::new("", first),
            }))
        }
        NodeEnum::ReindexStmt(reindex) if reindex.kind() == ReindexObjectType::ReindexObjectIndex => {
            let relation = reindex.relation?;
            Some(Alone::Reindex(QualifiedName::new(
                relation.schemaname,
                relation.relname,
            )))
        }
        NodeEnum::ReindexStmt(_) => Some(Alone::Other),
        NodeEnum::AlterTableStmt(_) if !upper.ends_with("FINALIZE") => Some(Alone::Other),
        // A comment or a literal that speaks of it.
        _ => None,
    }
}

/// DROP INDEX CONCURRENTLY of an index that an interruption has left invalid.
pub fn drop_index_concurrently(index: &QualifiedName) -> Stmt {
    Stmt::new(format!(
        "DROP INDEX CONCURRENTLY IF EXISTS {}",
        super::qualified(index)
    ))
}

/// VACUUM beside everything else: it waits for nobody, and leaves the empty end of the table where it is, whose cutting off would lock
/// the table.
pub fn vacuum(table: &QualifiedName) -> Stmt {
    Stmt::new(format!(
        "VACUUM (SKIP_LOCKED, TRUNCATE false) {}",
        super::qualified(table)
    ))
}

/// True where the statement proves what a domain demands: it reads all tables that hold values of it, and keeps writers waiting
/// meanwhile.
pub fn validates_domain(statement: &Stmt) -> bool {
    validates(statement)
        && statement
            .as_str()
            .to_ascii_uppercase()
            .starts_with("ALTER DOMAIN")
}

/// True where the statement proves a constraint: it reads the whole table, and under a lock that blocks nobody's writes where it is
/// a table's.
pub fn validates(statement: &Stmt) -> bool {
    let upper = statement.as_str().to_ascii_uppercase();
    upper.starts_with("ALTER") && upper.contains("VALIDATE CONSTRAINT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Alone> {
        alone(&Stmt::new(text))
    }

    #[test]
    fn index_names_are_found_quoted_or_not() {
        assert_eq!(
            of("CREATE UNIQUE INDEX CONCURRENTLY \"Odd\" ON public.t USING btree (a)"),
            Some(Alone::CreateIndex {
                index: QualifiedName::new("public", "Odd"),
                table: QualifiedName::new("public", "t"),
            })
        );
        assert_eq!(
            of("DROP INDEX CONCURRENTLY IF EXISTS shop.\"Odd\""),
            Some(Alone::DropIndex(QualifiedName::new("shop", "Odd")))
        );
    }

    #[test]
    fn an_index_that_is_built_again_is_named() {
        let index = QualifiedName::new("public", "i");
        assert_eq!(
            of("REINDEX INDEX CONCURRENTLY public.i"),
            Some(Alone::Reindex(index))
        );
    }

    #[test]
    fn what_may_be_in_a_transaction_is_left_there() {
        assert_eq!(of("CREATE INDEX i ON public.t (a)"), None);
        assert_eq!(of("COMMENT ON TABLE public.t IS 'built CONCURRENTLY'"), None);
        assert_eq!(of("REFRESH MATERIALIZED VIEW CONCURRENTLY public.m"), None);
        assert_eq!(
            of("ALTER TABLE public.q DETACH PARTITION public.q1 FINALIZE"),
            None
        );
    }

    #[test]
    fn the_others_stand_alone() {
        for text in [
            "ALTER TABLE public.q DETACH PARTITION public.q1 CONCURRENTLY",
            "REINDEX TABLE CONCURRENTLY public.t",
            "VACUUM (ANALYZE) public.t",
        ] {
            assert_eq!(of(text), Some(Alone::Other), "{text}");
        }
    }
}
