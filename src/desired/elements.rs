//! The elements of a statement that have a line of their own: columns, constraints, labels, attributes. Directives and origins
//! point at them.

use super::target::{Target, What, names_in};
use crate::text::Shared;
use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableStmt, AlterTableType, ColumnDef, ConstrType, Constraint, Node, Token};

/// One element: where it begins in the statement, and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Byte offset in the statement's text.
    pub start: usize,
    /// The object.
    pub target: Target,
    /// A part of it that is no object of its own: an enum's label, a composite type's attribute.
    pub part: Option<String>,
    /// False for a constraint inside a column's definition.
    pub top: bool,
}

impl Element {
    fn new(location: i32, target: Target) -> Self {
        Self {
            start: usize::try_from(location).unwrap_or(0),
            target,
            part: None,
            top: true,
        }
    }
}

/// Columns and constraints between the brackets of CREATE TABLE.
pub(crate) fn of_table(table: &Target, nodes: &[Node], elements: &mut Vec<Element>) {
    for node in nodes {
        match &node.node {
            Some(NodeEnum::ColumnDef(column)) => of_column(table, column, elements),
            Some(NodeEnum::Constraint(constraint)) => {
                elements.extend(of_constraint(table, constraint, None));
            }
            _ => {}
        }
    }
}

fn of_column(table: &Target, column: &ColumnDef, elements: &mut Vec<Element>) {
    elements.push(Element::new(
        column.location,
        table.part(What::Column, column.colname.clone()),
    ));
    for node in &column.constraints {
        if let Some(NodeEnum::Constraint(constraint)) = &node.node
            && let Some(mut element) = of_constraint(table, constraint, Some(&column.colname))
        {
            element.top = false;
            elements.push(element);
        }
    }
}

/// A constraint that is an object; None for NOT NULL, DEFAULT and their like.
fn of_constraint(table: &Target, constraint: &Constraint, column: Option<&str>) -> Option<Element> {
    let kind = ConstrType::try_from(constraint.contype).ok()?;
    let columns = match kind {
        ConstrType::ConstrPrimary | ConstrType::ConstrUnique => names_in(&constraint.keys),
        ConstrType::ConstrForeign => names_in(&constraint.fk_attrs),
        ConstrType::ConstrCheck | ConstrType::ConstrExclusion => Vec::new(),
        _ => return None,
    };
    let mut target = table.part(What::Constraint, constraint.conname.clone());
    target.constraint = constraint.contype;
    target.columns = match (columns.is_empty(), column) {
        (true, Some(column)) => vec![column.into()],
        _ => columns.into_iter().map(Shared::from).collect(),
    };
    Some(Element::new(constraint.location, target))
}

/// The parts that ALTER TABLE adds or changes. What it drops is no element.
pub(crate) fn of_alter_table(table: &Target, statement: &AlterTableStmt, elements: &mut Vec<Element>) {
    for node in &statement.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = &node.node else {
            continue;
        };
        let inner = command.def.as_ref().and_then(|def| def.node.as_ref());
        match (AlterTableType::try_from(command.subtype), inner) {
            (Ok(AlterTableType::AtAddColumn), Some(NodeEnum::ColumnDef(column))) => {
                of_column(table, column, elements)
            }
            (Ok(AlterTableType::AtAddConstraint), Some(NodeEnum::Constraint(constraint))) => {
                elements.extend(of_constraint(table, constraint, None));
            }
            (
                Ok(
                    AlterTableType::AtColumnDefault
                    | AlterTableType::AtSetNotNull
                    | AlterTableType::AtAlterColumnType
                    | AlterTableType::AtAddIdentity,
                ),
                _,
            ) => elements.push(Element::new(0, table.part(What::Column, command.name.clone()))),
            _ => {}
        }
    }
}

/// CHECKs of a domain.
pub(crate) fn of_domain(domain: &Target, nodes: &[Node], elements: &mut Vec<Element>) {
    for node in nodes {
        if let Some(NodeEnum::Constraint(constraint)) = &node.node
            && constraint.contype == ConstrType::ConstrCheck as i32
        {
            let target = domain.part(What::DomainConstraint, constraint.conname.clone());
            elements.push(Element::new(constraint.location, target));
        }
    }
}

/// Attributes of a composite type.
pub(crate) fn of_composite(target: &Target, nodes: &[Node], elements: &mut Vec<Element>) {
    for node in nodes {
        if let Some(NodeEnum::ColumnDef(column)) = &node.node {
            let mut element = Element::new(column.location, target.clone());
            element.part = Some(column.colname.clone());
            elements.push(element);
        }
    }
}

/// Labels of an enum: the parser keeps no places for them, so the scanner's string constants behind the bracket are counted.
pub(crate) fn of_enum(target: &Target, labels: &[Node], text: &str, elements: &mut Vec<Element>) {
    let Ok(tokens) = pg_query::scan_tokens(text) else {
        return;
    };
    let strings = tokens.iter().filter(|token| token.token == Token::Sconst as i32);
    for (label, token) in names_in(labels).into_iter().zip(strings) {
        let mut element = Element::new(token.start, target.clone());
        element.part = Some(label);
        elements.push(element);
    }
}
