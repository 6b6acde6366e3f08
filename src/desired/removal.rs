//! How what a statement has made is taken away again.

use super::target::names_in;
use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ConstrType, CreateFunctionStmt, DropBehavior, DropStmt,
    FunctionParameterMode, IndexStmt, List, Node, ObjectType, ObjectWithArgs, ParseResult, RangeVar, RawStmt,
    String as Text, TypeName,
};

/// What it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// This statement, under the settings of the one that made it. It never cascades.
    Drop {
        /// `DROP … IF EXISTS … RESTRICT`.
        statement: String,
        /// For a part of a table (an index, a trigger, a policy, a rule, a foreign key): its name. What speaks of the part may name
        /// the table alone.
        part: Option<String>,
        /// True for a foreign key.
        foreign_key: bool,
    },
    /// It goes with what it speaks of.
    WithItsObject {
        /// True where it ties several objects together: then it goes with all that it names.
        ties: bool,
    },
    /// Nobody can tell.
    Unknown,
}

/// How what the statement made is taken away.
pub(super) fn removal(node: &NodeEnum) -> Removal {
    use NodeEnum::*;
    match node {
        CreateStmt(s) => relation(ObjectType::ObjectTable, s.relation.as_ref()),
        CreateForeignTableStmt(s) => {
            let table = s.base_stmt.as_ref().and_then(|base| base.relation.as_ref());
            relation(ObjectType::ObjectForeignTable, table)
        }
        ViewStmt(s) => relation(ObjectType::ObjectView, s.view.as_ref()),
        CreateTableAsStmt(s) => {
            let made = s.into.as_ref().and_then(|into| into.rel.as_ref());
            relation(ObjectType::try_from(s.objtype).unwrap_or_default(), made)
        }
        CreateSeqStmt(s) => relation(ObjectType::ObjectSequence, s.sequence.as_ref()),
        CompositeTypeStmt(s) => match &s.typevar {
            Some(range) => of_type(ObjectType::ObjectType, spelled(range)),
            None => Removal::Unknown,
        },
        CreateEnumStmt(s) => of_type(ObjectType::ObjectType, names_in(&s.type_name)),
        CreateRangeStmt(s) => of_type(ObjectType::ObjectType, names_in(&s.type_name)),
        CreateDomainStmt(s) => of_type(ObjectType::ObjectDomain, names_in(&s.domainname)),
        CreateFunctionStmt(s) => routine(s),
        IndexStmt(s) => index(s),
        CreateTrigStmt(s) => part(ObjectType::ObjectTrigger, s.relation.as_ref(), &s.trigname),
        CreatePolicyStmt(s) => part(ObjectType::ObjectPolicy, s.table.as_ref(), &s.policy_name),
        RuleStmt(s) => part(ObjectType::ObjectRule, s.relation.as_ref(), &s.rulename),
        AlterTableStmt(s) => alter_table(s),
        AlterSeqStmt(_) => Removal::WithItsObject { ties: true },
        AlterEnumStmt(_) | AlterDomainStmt(_) | AlterFunctionStmt(_) => {
            Removal::WithItsObject { ties: false }
        }
        CommentStmt(_) | AlterOwnerStmt(_) | GrantStmt(_) => Removal::WithItsObject { ties: true },
        _ => Removal::Unknown,
    }
}

fn relation(kind: ObjectType, range: Option<&RangeVar>) -> Removal {
    range.map_or(Removal::Unknown, |range| {
        drop_it(kind, list(spelled(range)), None)
    })
}

fn of_type(kind: ObjectType, names: Vec<String>) -> Removal {
    let name = TypeName {
        names: texts(names),
        typemod: -1,
        ..TypeName::default()
    };
    drop_it(kind, NodeEnum::TypeName(name), None)
}

fn part(kind: ObjectType, range: Option<&RangeVar>, name: &str) -> Removal {
    let Some(range) = range else {
        return Removal::Unknown;
    };
    let mut names = spelled(range);
    names.push(name.to_owned());
    drop_it(kind, list(names), Some(name.to_owned()))
}

fn routine(s: &CreateFunctionStmt) -> Removal {
    let kind = match s.is_procedure {
        true => ObjectType::ObjectProcedure,
        false => ObjectType::ObjectFunction,
    };
    let inputs = s.parameters.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::FunctionParameter(parameter)) if is_part_of_signature(parameter.mode) => {
            parameter.arg_type.clone().map(NodeEnum::TypeName)
        }
        _ => None,
    });
    let signature = ObjectWithArgs {
        objname: s.funcname.clone(),
        objargs: inputs.map(wrapped).collect(),
        ..ObjectWithArgs::default()
    };
    drop_it(kind, NodeEnum::ObjectWithArgs(signature), None)
}

fn is_part_of_signature(mode: i32) -> bool {
    !matches!(
        FunctionParameterMode::try_from(mode),
        Ok(FunctionParameterMode::FuncParamOut | FunctionParameterMode::FuncParamTable)
    )
}

/// A unique index goes with its table: foreign keys that come later may have to choose between it and another.
fn index(s: &IndexStmt) -> Removal {
    let Some(table) = s.relation.as_ref().filter(|_| !s.idxname.is_empty() && !s.unique) else {
        return Removal::WithItsObject { ties: false };
    };
    let mut names = spelled(table);
    names.pop();
    names.push(s.idxname.clone());
    drop_it(ObjectType::ObjectIndex, list(names), Some(s.idxname.clone()))
}

fn alter_table(s: &AlterTableStmt) -> Removal {
    let commands = || {
        s.cmds.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::AlterTableCmd(command)) => Some(&**command),
            _ => None,
        })
    };
    if let (1, Some(key)) = (s.cmds.len(), commands().next().and_then(named_foreign_key)) {
        let command = AlterTableCmd {
            subtype: AlterTableType::AtDropConstraint as i32,
            name: key.clone(),
            behavior: DropBehavior::DropRestrict as i32,
            missing_ok: true,
            ..AlterTableCmd::default()
        };
        let statement = AlterTableStmt {
            cmds: vec![wrapped(NodeEnum::AlterTableCmd(Box::new(command)))],
            ..s.clone()
        };
        return match written(NodeEnum::AlterTableStmt(statement)) {
            Some(statement) => Removal::Drop {
                statement,
                part: Some(key),
                foreign_key: true,
            },
            None => Removal::Unknown,
        };
    }
    let ties = commands().any(|command| {
        !matches!(
            AlterTableType::try_from(command.subtype),
            Ok(AlterTableType::AtAddConstraint
                | AlterTableType::AtColumnDefault
                | AlterTableType::AtAddIdentity
                | AlterTableType::AtSetNotNull
                | AlterTableType::AtEnableRowSecurity
                | AlterTableType::AtForceRowSecurity)
        )
    });
    Removal::WithItsObject { ties }
}

fn named_foreign_key(command: &AlterTableCmd) -> Option<String> {
    let adds = command.subtype == AlterTableType::AtAddConstraint as i32;
    match command.def.as_ref().filter(|_| adds)?.node.as_ref()? {
        NodeEnum::Constraint(key)
            if key.contype == ConstrType::ConstrForeign as i32 && !key.conname.is_empty() =>
        {
            Some(key.conname.clone())
        }
        _ => None,
    }
}

fn drop_it(kind: ObjectType, object: NodeEnum, part: Option<String>) -> Removal {
    let statement = DropStmt {
        objects: vec![wrapped(object)],
        remove_type: kind as i32,
        behavior: DropBehavior::DropRestrict as i32,
        missing_ok: true,
        concurrent: false,
    };
    match written(NodeEnum::DropStmt(statement)) {
        Some(statement) => Removal::Drop {
            statement,
            part,
            foreign_key: false,
        },
        None => Removal::Unknown,
    }
}

fn spelled(range: &RangeVar) -> Vec<String> {
    [&range.schemaname, &range.relname]
        .into_iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect()
}

fn wrapped(node: NodeEnum) -> Node {
    Node { node: Some(node) }
}

fn texts(names: Vec<String>) -> Vec<Node> {
    let text = |sval| wrapped(NodeEnum::String(Text { sval }));
    names.into_iter().map(text).collect()
}

fn list(names: Vec<String>) -> NodeEnum {
    NodeEnum::List(List { items: texts(names) })
}

/// A tree as text.
pub(super) fn written(node: NodeEnum) -> Option<String> {
    let tree = ParseResult {
        version: 0,
        stmts: vec![RawStmt {
            stmt: Some(Box::new(wrapped(node))),
            stmt_location: 0,
            stmt_len: 0,
        }],
    };
    pg_query::deparse(&tree, Default::default()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Removal {
        let parsed = pg_query::parse(text, 0).unwrap();
        let node = parsed.protobuf.stmts[0]
            .stmt
            .as_ref()
            .unwrap()
            .node
            .as_ref()
            .unwrap();
        removal(node)
    }

    fn drops(text: &str) -> String {
        match of(text) {
            Removal::Drop { statement, .. } => statement,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_made_is_named_as_it_was_spelled() {
        for (made, dropped) in [
            ("CREATE TABLE a.t (x int)", "DROP TABLE IF EXISTS a.t"),
            ("CREATE VIEW \"V w\" AS SELECT 1", "DROP VIEW IF EXISTS \"V w\""),
            (
                "CREATE MATERIALIZED VIEW m AS SELECT 1",
                "DROP MATERIALIZED VIEW IF EXISTS m",
            ),
            ("CREATE SEQUENCE a.s", "DROP SEQUENCE IF EXISTS a.s"),
            ("CREATE TYPE a.e AS ENUM ('x')", "DROP TYPE IF EXISTS a.e"),
            ("CREATE TYPE c AS (x int)", "DROP TYPE IF EXISTS c"),
            ("CREATE DOMAIN d AS text", "DROP DOMAIN IF EXISTS d"),
            ("CREATE INDEX i ON a.t (x)", "DROP INDEX IF EXISTS a.i"),
            (
                "CREATE TRIGGER g BEFORE INSERT ON a.t EXECUTE FUNCTION f()",
                "DROP TRIGGER IF EXISTS g ON a.t",
            ),
            ("CREATE POLICY p ON t", "DROP POLICY IF EXISTS p ON t"),
            (
                "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
                "DROP RULE IF EXISTS r ON t",
            ),
            (
                "CREATE FUNCTION a.f(x a.e[], OUT y int, VARIADIC z numeric[]) LANGUAGE sql AS ''",
                "DROP FUNCTION IF EXISTS a.f(a.e[], numeric[])",
            ),
            (
                "CREATE PROCEDURE p() LANGUAGE sql AS ''",
                "DROP PROCEDURE IF EXISTS p()",
            ),
            (
                "ALTER TABLE ONLY a.t ADD CONSTRAINT k FOREIGN KEY (x) REFERENCES u (y)",
                "ALTER TABLE ONLY a.t DROP CONSTRAINT IF EXISTS k",
            ),
        ] {
            assert_eq!(drops(made), dropped, "{made}");
        }
    }

    #[test]
    fn what_cannot_go_alone_is_told_apart() {
        let with = |ties| Removal::WithItsObject { ties };
        assert_eq!(of("CREATE INDEX ON t (x)"), with(false));
        assert_eq!(of("CREATE UNIQUE INDEX i ON t (x)"), with(false));
        assert_eq!(of("ALTER TABLE t ADD CHECK (x > 0)"), with(false));
        assert_eq!(of("ALTER TABLE t ATTACH PARTITION u DEFAULT"), with(true));
        assert_eq!(of("COMMENT ON TABLE t IS 'x'"), with(true));
        assert_eq!(of("CREATE EXTENSION citext"), Removal::Unknown);
        assert_eq!(of("CREATE SCHEMA s"), Removal::Unknown);
    }
}
