//! Tables that refer to each other: their foreign keys are added once all of them are there, as pg_dump does it.

use super::facts::facts;
use super::removal;
use super::statement::Statement;
use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, ConstrType, Constraint, CreateStmt,
    DropBehavior, Node, ObjectType, RangeVar, String as Text,
};

/// A CREATE TABLE without its foreign keys to other tables, and the statements that add them. None where it has none, or where
/// they cannot be taken off.
pub(super) fn without_foreign_keys(statement: &Statement) -> Option<Vec<Statement>> {
    let parsed = pg_query::parse(&statement.text, 0).ok()?;
    let node = parsed.protobuf.stmts.first()?.stmt.as_ref()?.node.as_ref()?;
    let NodeEnum::CreateStmt(table) = node else {
        return None;
    };
    let mut table = table.clone();
    let relation = table.relation.clone()?;
    let keys = take_keys(&mut table, &relation);
    if keys.is_empty() {
        return None;
    }
    let mut statements = vec![written(statement, NodeEnum::CreateStmt(table))?];
    for key in keys {
        statements.push(written(statement, NodeEnum::AlterTableStmt(add(&relation, key)))?);
    }
    Some(statements)
}

/// Takes the foreign keys off a table: those among its elements and those inside columns, with their DEFERRABLE.
fn take_keys(table: &mut CreateStmt, relation: &RangeVar) -> Vec<Constraint> {
    let mut keys = Vec::new();
    let mut elements = Vec::new();
    for mut node in std::mem::take(&mut table.table_elts) {
        match &mut node.node {
            Some(NodeEnum::Constraint(constraint)) if refers_elsewhere(constraint, relation) => {
                keys.push((**constraint).clone());
                continue;
            }
            Some(NodeEnum::ColumnDef(column)) => keys.extend(take_column_keys(column, relation)),
            _ => {}
        }
        elements.push(node);
    }
    table.table_elts = elements;
    keys
}

fn take_column_keys(column: &mut ColumnDef, relation: &RangeVar) -> Vec<Constraint> {
    let mut keys: Vec<Constraint> = Vec::new();
    let mut kept = Vec::new();
    // Attributes such as DEFERRABLE follow the constraint that they belong to.
    let mut open = false;
    for node in std::mem::take(&mut column.constraints) {
        let Some(NodeEnum::Constraint(constraint)) = &node.node else {
            kept.push(node);
            continue;
        };
        let attribute = is_attribute(constraint.contype);
        if !attribute {
            open = refers_elsewhere(constraint, relation);
        }
        match (open, attribute, keys.last_mut()) {
            (true, true, Some(key)) => take_attribute(key, constraint.contype),
            (true, false, _) => {
                let mut key = (**constraint).clone();
                key.fk_attrs = vec![Node {
                    node: Some(NodeEnum::String(Text {
                        sval: column.colname.clone(),
                    })),
                }];
                keys.push(key);
            }
            _ => kept.push(node),
        }
    }
    column.constraints = kept;
    keys
}

fn refers_elsewhere(constraint: &Constraint, relation: &RangeVar) -> bool {
    let other = constraint
        .pktable
        .as_ref()
        .is_some_and(|table| table.relname != relation.relname);
    constraint.contype == ConstrType::ConstrForeign as i32 && other
}

fn is_attribute(kind: i32) -> bool {
    matches!(
        ConstrType::try_from(kind),
        Ok(ConstrType::ConstrAttrDeferrable
            | ConstrType::ConstrAttrNotDeferrable
            | ConstrType::ConstrAttrDeferred
            | ConstrType::ConstrAttrImmediate
            | ConstrType::ConstrAttrEnforced
            | ConstrType::ConstrAttrNotEnforced)
    )
}

fn take_attribute(key: &mut Constraint, kind: i32) {
    match ConstrType::try_from(kind) {
        Ok(ConstrType::ConstrAttrDeferrable) => key.deferrable = true,
        Ok(ConstrType::ConstrAttrDeferred) => {
            key.deferrable = true;
            key.initdeferred = true;
        }
        Ok(ConstrType::ConstrAttrNotEnforced) => key.is_enforced = false,
        _ => {}
    }
}

fn add(relation: &RangeVar, key: Constraint) -> AlterTableStmt {
    let command = AlterTableCmd {
        subtype: AlterTableType::AtAddConstraint as i32,
        def: Some(Box::new(Node {
            node: Some(NodeEnum::Constraint(Box::new(key))),
        })),
        behavior: DropBehavior::DropRestrict as i32,
        ..AlterTableCmd::default()
    };
    AlterTableStmt {
        relation: Some(relation.clone()),
        cmds: vec![Node {
            node: Some(NodeEnum::AlterTableCmd(Box::new(command))),
        }],
        objtype: ObjectType::ObjectTable as i32,
        missing_ok: false,
    }
}

/// The statement with another text. Its elements keep their places in the file, for origins and directives.
fn written(original: &Statement, node: NodeEnum) -> Option<Statement> {
    let text = removal::written(node)?;
    let parsed = pg_query::parse(&text, 0).ok()?;
    let node = parsed.protobuf.stmts.first()?.stmt.as_ref()?.node.as_ref()?;
    let mut facts = facts(node, &text);
    match matches!(node, NodeEnum::CreateStmt(_)) {
        true => {
            facts.elements.clone_from(&original.facts.elements);
            facts.target.clone_from(&original.facts.target);
        }
        // Its constraint's origin is found by the table's elements.
        false => facts.elements.clear(),
    }
    Some(Statement {
        text,
        verbatim: false,
        facts,
        ..original.clone()
    })
}
