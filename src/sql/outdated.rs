//! Statements after which the planner knows too little of a table until it is analyzed.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableType, RangeVar};

use super::Stmt;
use super::qualified;
use crate::model::QualifiedName;

/// The relation whose statistics lack something once the statement has run: it writes many of its rows, builds an index over an
/// expression, makes extended statistics, or changes a column's type, which throws the column's away (the manual: ALTER
/// TABLE, SET DATA TYPE). An index over plain columns needs none.
pub fn outdates_statistics(text: &str) -> Option<QualifiedName> {
    let begins = |word: &str| text.starts_with(word);
    let retypes = begins("ALTER TABLE ") && text.contains(" TYPE ");
    let builds = begins("CREATE ") && (text.contains("INDEX ") || text.contains("STATISTICS "));
    if !retypes && !builds && !writes_rows(text) {
        return None;
    }
    let parsed = pg_query::parse(text, pg_query::ParserOptions::default()).ok()?;
    let node = parsed.protobuf.stmts.into_iter().next()?.stmt?.node?;
    let relation = match node {
        NodeEnum::UpdateStmt(update) => update.relation?,
        NodeEnum::InsertStmt(insert) => insert.relation?,
        NodeEnum::IndexStmt(index) => {
            let is_expression = |node: &pg_query::Node| match &node.node {
                Some(NodeEnum::IndexElem(element)) => element.expr.is_some(),
                _ => false,
            };
            index.index_params.iter().any(is_expression).then_some(())?;
            index.relation?
        }
        NodeEnum::CreateStatsStmt(statistics) => match statistics.relations.into_iter().next()?.node? {
            NodeEnum::RangeVar(relation) => relation,
            _ => return None,
        },
        NodeEnum::AlterTableStmt(alter) => {
            let retypes = |node: &pg_query::Node| match &node.node {
                Some(NodeEnum::AlterTableCmd(command)) => {
                    command.subtype() == AlterTableType::AtAlterColumnType
                }
                _ => false,
            };
            alter.cmds.iter().any(retypes).then_some(())?;
            alter.relation?
        }
        _ => return None,
    };
    let RangeVar {
        schemaname, relname, ..
    } = relation;
    Some(QualifiedName::new(schemaname, relname))
}

/// Whether a statement begins as one that writes rows.
pub fn writes_rows(text: &str) -> bool {
    ["UPDATE ", "INSERT ", "WITH "]
        .into_iter()
        .any(|word| text.starts_with(word))
}

/// ANALYZE of a relation, its partitions included.
pub fn analyze(relation: &QualifiedName) -> Stmt {
    Stmt::new(format!("ANALYZE {}", qualified(relation)))
}

/// True for an ANALYZE: it reads a sample under a lock that lets all reads and writes go on, and is not part of a change.
pub fn analyzes(statement: &Stmt) -> bool {
    statement.as_str().starts_with("ANALYZE ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        outdates_statistics(text).map(|relation| relation.to_string())
    }

    #[test]
    fn what_writes_rows_or_computes_is_found() {
        for text in [
            "UPDATE public.t SET a = 1 WHERE (true)",
            "INSERT INTO public.t SELECT 1",
            "WITH x AS (SELECT 1) INSERT INTO public.t SELECT * FROM x",
            "CREATE UNIQUE INDEX CONCURRENTLY i ON public.t USING btree (lower(a), b)",
            "CREATE STATISTICS public.s ON a, b FROM public.t",
            "ALTER TABLE public.t ALTER COLUMN a SET DATA TYPE bigint",
            "ALTER TABLE public.t ALTER COLUMN a TYPE bigint USING a::bigint",
        ] {
            assert_eq!(of(text).as_deref(), Some("public.t"), "{text}");
        }
    }

    #[test]
    fn what_leaves_the_statistics_as_they_are_is_not() {
        for text in [
            "CREATE INDEX i ON public.t (a) WHERE lower(b) = 'x'",
            "CREATE INDEX i ON public.t (a, b)",
            "ALTER TABLE public.t ADD COLUMN \" TYPE \" int",
            "DELETE FROM public.t",
            "SELECT 1",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
