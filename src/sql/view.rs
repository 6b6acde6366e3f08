//! Views and materialized views.

use super::{Stmt, column_comment, ident, literal, option_list, option_name, qualified, with_options};
use crate::model::{Ident, Kept, MaterializedView, Object, ObjectId, QualifiedName, View, ViewColumn};

/// CREATE VIEW. The server's text names every column, so no column list is needed.
pub fn create_or_replace_view(name: &QualifiedName, body: &View) -> Stmt {
    spelled("CREATE OR REPLACE VIEW", name, body)
}

/// CREATE VIEW alone, without comments and privileges.
pub fn create_view_statement(name: &QualifiedName, body: &View) -> Stmt {
    spelled("CREATE VIEW", name, body)
}

/// A second name of a relation: a view of all its columns, marked as a plan's. With `invoker` it reads and writes with the rights
/// of whoever uses it, and under the policies that hold for them (PostgreSQL 15 and later).
pub fn second_name(name: &QualifiedName, of: &QualifiedName, invoker: bool) -> Vec<Stmt> {
    let options = if invoker {
        " WITH (security_invoker = true)"
    } else {
        ""
    };
    let (name, shown) = (qualified(name), of.to_string());
    let note = serde_json::json!({"kind": "second-name", "of": shown});
    vec![
        Stmt::new(format!(
            "CREATE VIEW {name}{options} AS SELECT * FROM {}",
            qualified(of)
        )),
        Stmt::new(format!(
            "COMMENT ON VIEW {name} IS {}",
            literal(&format!("schemaplan:1 {note}"))
        )),
    ]
}

/// Takes a second name away.
pub fn drop_second_name(name: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP VIEW {}", qualified(name)))
}

/// Drops views in one statement, whichever of them stands on which.
pub fn drop_views(views: &[&Object]) -> Stmt {
    let names: Vec<String> = views.iter().map(|view| qualified(&view.id.qualified())).collect();
    Stmt::new(format!("DROP VIEW {}", names.join(", ")))
}

/// Removes a materialized view that may be gone already.
pub fn drop_materialized_if_there(name: &QualifiedName) -> Stmt {
    Stmt::new(format!("DROP MATERIALIZED VIEW IF EXISTS {}", qualified(name)))
}

/// Fills a materialized view anew.
pub fn refresh_materialized(name: &QualifiedName) -> Stmt {
    Stmt::new(format!("REFRESH MATERIALIZED VIEW {}", qualified(name)))
}

/// Gives a materialized view another name.
pub fn rename_materialized(name: &QualifiedName, new: &Ident) -> Stmt {
    super::alter::rename("MATERIALIZED VIEW", &qualified(name), new)
}

/// Sets the index by which CLUSTER orders a materialized view.
pub fn cluster_materialized(name: &QualifiedName, index: &Ident) -> Stmt {
    let action = format!("CLUSTER ON {}", ident(index));
    super::alter::alter_object("MATERIALIZED VIEW", &qualified(name), &action)
}

/// Marks a materialized view that is built beside another as a plan's; `again` once it was filled right before the swap.
pub fn beside_mark(name: &QualifiedName, of: &ObjectId, again: bool) -> Stmt {
    let note = serde_json::json!({"kind": "beside", "of": of.label(), "again": again});
    let note = literal(&format!("schemaplan:1 {note}"));
    Stmt::new(format!(
        "COMMENT ON MATERIALIZED VIEW {} IS {note}",
        qualified(name)
    ))
}

/// True once a materialized view built beside another was filled again, or is there no more.
pub fn is_filled_beside(name: &QualifiedName) -> String {
    let relation = literal(&qualified(name));
    format!(
        "coalesce(pg_catalog.obj_description(to_regclass({relation}), 'pg_class') LIKE 'schemaplan:1 %\"again\":true%', true)"
    )
}

/// True for a statement that fills a new materialized view.
pub fn fills(statement: &Stmt) -> bool {
    let text = statement.as_str();
    text.starts_with("CREATE MATERIALIZED VIEW ") && !text.ends_with("WITH NO DATA")
}

fn spelled(head: &str, name: &QualifiedName, body: &View) -> Stmt {
    if let Some(rows) = rows_alone(body) {
        let columns = super::idents(body.columns.iter().map(|column| &column.name));
        let options = with_options(&body.options);
        return Stmt::new(format!(
            "{head} {} ({columns}){options} AS\nVALUES {rows}",
            qualified(name)
        ));
    }
    Stmt::new(format!(
        "{head} {}{} AS\n{}",
        qualified(name),
        with_options(&body.options),
        body.definition
    ))
}

/// The rows of a view that is VALUES with names for its columns: said as the server prints it, the VALUES would become a
/// query of their own, which a dump shows.
fn rows_alone(body: &View) -> Option<&str> {
    let column = |(position, column): (usize, &ViewColumn)| {
        let own = format!("column{}", position + 1);
        let name = ident(&column.name);
        let alias = if name == own {
            String::new()
        } else {
            format!(" AS {name}")
        };
        format!("\"*VALUES*\".{own}{alias}")
    };
    let list: Vec<String> = body.columns.iter().enumerate().map(column).collect();
    let head = format!("SELECT {}\n   FROM ( VALUES ", list.join(",\n    "));
    let rows = body
        .definition
        .trim()
        .strip_prefix(&head)?
        .strip_suffix(") \"*VALUES*\"")?;
    (!rows.contains("\"*VALUES*")).then_some(rows)
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

/// An action on a column of a materialized view: `SET STATISTICS 100`.
pub fn materialized_column(name: &QualifiedName, column: &Ident, action: &str) -> Stmt {
    Stmt::new(format!(
        "ALTER MATERIALIZED VIEW {} ALTER COLUMN {} {action}",
        qualified(name),
        ident(column)
    ))
}

/// The actions that lead from one way of keeping a column to another; `storage` is what its type has by itself.
pub fn keep(from: &Kept, to: &Kept, storage: &str) -> Vec<String> {
    let mut actions = Vec::new();
    if from.storage != to.storage {
        let storage = to.storage.as_deref().unwrap_or(storage);
        actions.push(format!("SET STORAGE {storage}"));
    }
    if from.compression != to.compression {
        let method = to.compression.as_deref().unwrap_or("default");
        actions.push(format!("SET COMPRESSION {method}"));
    }
    if from.statistics != to.statistics {
        actions.push(format!("SET STATISTICS {}", to.statistics.unwrap_or(-1)));
    }
    if from.options != to.options {
        let gone: Vec<String> = from
            .options
            .iter()
            .filter(|(key, _)| !to.options.iter().any(|(other, _)| other == key))
            .map(|(key, _)| option_name(key))
            .collect();
        if !gone.is_empty() {
            actions.push(format!("RESET ({})", gone.join(", ")));
        }
        if !to.options.is_empty() {
            actions.push(format!("SET ({})", option_list(&to.options)));
        }
    }
    actions
}

fn columns(name: &QualifiedName, columns: &[ViewColumn]) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for column in columns {
        let actions = keep(&Kept::default(), &column.kept, "");
        statements.extend(
            actions
                .iter()
                .map(|action| materialized_column(name, &column.name, action)),
        );
        if column.comment.is_some() {
            statements.push(column_comment(name, &column.name, column.comment.as_deref()));
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::create_view_statement;
    use crate::model::{Ident, Kept, QualifiedName, TypeName, View, ViewColumn};

    #[test]
    fn a_view_that_is_values_is_said_as_values() {
        let column = |name: &str| ViewColumn {
            name: Ident::new(name),
            data_type: TypeName::new("integer"),
            comment: None,
            default: None,
            grants: Vec::new(),
            kept: Kept::default(),
        };
        let view = |definition: &str| View {
            definition: definition.to_owned(),
            rewritten: false,
            columns: vec![column("x"), column("column2")],
            options: Vec::new(),
        };
        let said = |definition: &str| {
            let statement = create_view_statement(&QualifiedName::new("public", "v"), &view(definition));
            statement.as_str().to_owned()
        };
        let list = "SELECT \"*VALUES*\".column1 AS x,\n    \"*VALUES*\".column2\n   FROM ( VALUES (1,2), (3,4)) \"*VALUES*\"";
        assert_eq!(
            said(list),
            "CREATE VIEW public.v (x, column2) AS\nVALUES (1,2), (3,4)"
        );
        let ordered = format!("{list}\n  ORDER BY \"*VALUES*\".column1");
        assert_eq!(said(&ordered), format!("CREATE VIEW public.v AS\n{ordered}"));
    }
}
