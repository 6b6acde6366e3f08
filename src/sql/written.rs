//! How much a statement writes, told by its text: for what an undo runs, whose cost no step declares.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, ConstrType, RangeVar};

use crate::model::QualifiedName;

/// What a statement writes at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The rows of a table, and its indexes.
    Table(QualifiedName),
    /// An index over a table.
    Index(QualifiedName),
}

/// What a statement writes beside the catalog; none where that does not grow with a table.
pub fn written(text: &str) -> Option<Written> {
    let parsed = pg_query::parse(text, pg_query::ParserOptions::default()).ok()?;
    let named = |relation: RangeVar| QualifiedName::new(relation.schemaname, relation.relname);
    match parsed.protobuf.stmts.into_iter().next()?.stmt?.node? {
        NodeEnum::UpdateStmt(update) => Some(Written::Table(named(update.relation?))),
        NodeEnum::InsertStmt(insert) => Some(Written::Table(named(insert.relation?))),
        NodeEnum::RefreshMatViewStmt(refresh) => Some(Written::Table(named(refresh.relation?))),
        NodeEnum::IndexStmt(index) => Some(Written::Index(named(index.relation?))),
        NodeEnum::AlterTableStmt(alter) => {
            let commands = alter.cmds.iter().filter_map(|node| match &node.node {
                Some(NodeEnum::AlterTableCmd(command)) => Some(&**command),
                _ => None,
            });
            let (mut rewrites, mut builds) = (false, false);
            for command in commands {
                rewrites |= is_rewrite(command);
                builds |= is_build(command);
            }
            let relation = named(alter.relation?);
            match (rewrites, builds) {
                (true, _) => Some(Written::Table(relation)),
                (false, true) => Some(Written::Index(relation)),
                (false, false) => None,
            }
        }
        _ => None,
    }
}

/// Whether it may write every row anew. A change of type that keeps the rows as they are is among them.
fn is_rewrite(command: &AlterTableCmd) -> bool {
    match command.subtype() {
        AlterTableType::AtAlterColumnType
        | AlterTableType::AtSetLogged
        | AlterTableType::AtSetUnLogged
        | AlterTableType::AtSetTableSpace
        | AlterTableType::AtSetAccessMethod
        | AlterTableType::AtSetExpression => true,
        AlterTableType::AtAddColumn => match command.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::ColumnDef(column)) => column.constraints.iter().any(|node| {
                matches!(&node.node, Some(NodeEnum::Constraint(constraint))
                    if matches!(constraint.contype(), ConstrType::ConstrGenerated | ConstrType::ConstrIdentity))
            }),
            _ => false,
        },
        _ => false,
    }
}

/// Whether it adds a constraint that builds its index.
fn is_build(command: &AlterTableCmd) -> bool {
    let Some(NodeEnum::Constraint(constraint)) = command.def.as_ref().and_then(|def| def.node.as_ref())
    else {
        return false;
    };
    let is_key = matches!(
        constraint.contype(),
        ConstrType::ConstrPrimary | ConstrType::ConstrUnique | ConstrType::ConstrExclusion
    );
    command.subtype() == AlterTableType::AtAddConstraint && is_key && constraint.indexname.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> QualifiedName {
        QualifiedName::new("public", "t")
    }

    #[test]
    fn rows_and_rewrites_are_a_table() {
        for text in [
            "UPDATE public.t SET a = 1",
            "WITH x AS (SELECT 1) INSERT INTO public.t SELECT * FROM x",
            "ALTER TABLE public.t ALTER COLUMN a SET DATA TYPE integer",
            "ALTER TABLE public.t ADD COLUMN b integer GENERATED ALWAYS AS (a) STORED",
        ] {
            assert_eq!(written(text), Some(Written::Table(table())), "{text}");
        }
    }

    #[test]
    fn an_index_is_one_and_a_constraint_that_takes_one_is_not() {
        for text in [
            "CREATE INDEX CONCURRENTLY i ON public.t (a)",
            "ALTER TABLE public.t ADD CONSTRAINT k UNIQUE (a)",
        ] {
            assert_eq!(written(text), Some(Written::Index(table())), "{text}");
        }
        for text in [
            "ALTER TABLE public.t ADD CONSTRAINT k UNIQUE USING INDEX i",
            "ALTER TABLE public.t ADD COLUMN b integer",
            "DROP TABLE public.t",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
