//! Views and materialized views.

use super::{Stmt, column_comment, ident, qualified, with_options};
use crate::model::{MaterializedView, Object, QualifiedName, View, ViewColumn};

/// CREATE VIEW. The server's text names every column, so no column list is needed.
pub fn create_or_replace_view(name: &QualifiedName, body: &View) -> Stmt {
    spelled("CREATE OR REPLACE VIEW", name, body)
}

/// CREATE VIEW alone, without comments and privileges.
pub fn create_view_statement(name: &QualifiedName, body: &View) -> Stmt {
    spelled("CREATE VIEW", name, body)
}

fn spelled(head: &str, name: &QualifiedName, body: &View) -> Stmt {
    Stmt::new(format!(
        "{head} {}{} AS\n{}",
        qualified(name),
        with_options(&body.options),
        body.definition
    ))
}

/// CREATE MATERIALIZED VIEW alone; `with_data` false leaves it unpopulated.
pub fn create_materialized_view(name: &QualifiedName, body: &MaterializedView, with_data: bool) -> Stmt {
    let method = body
        .access_method
        .as_ref()
        .map_or_else(String::new, |method| format!(" USING {}", ident(method)));
    let tablespace = body
        .tablespace
        .as_ref()
        .map_or_else(String::new, |name| format!(" TABLESPACE {}", ident(name)));
    let no_data = if with_data { "" } else { "\nWITH NO DATA" };
    Stmt::new(format!(
        "CREATE MATERIALIZED VIEW {}{method}{}{tablespace} AS\n{}{no_data}",
        qualified(name),
        with_options(&body.options),
        body.definition
    ))
}

pub(super) fn create_view(object: &Object, body: &View) -> Vec<Stmt> {
    let name = object.id.qualified();
    let mut statements = vec![create_view_statement(&name, body)];
    for column in &body.columns {
        if let Some(default) = &column.default {
            statements.push(Stmt::new(format!(
                "ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {default}",
                qualified(&name),
                ident(&column.name)
            )));
        }
    }
    statements.extend(columns(&name, &body.columns));
    statements
}

pub(super) fn create_materialized(object: &Object, body: &MaterializedView) -> Vec<Stmt> {
    let name = object.id.qualified();
    let mut statements = vec![create_materialized_view(&name, body, body.populated)];
    statements.extend(columns(&name, &body.columns));
    statements
}

fn columns(name: &QualifiedName, columns: &[ViewColumn]) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for column in columns {
        if column.comment.is_some() {
            statements.push(column_comment(name, &column.name, column.comment.as_deref()));
        }
    }
    statements
}
