//! Tables: plain, partitioned, partitions, typed, inheriting and foreign ones.

use super::{
    Stmt, column, column_attributes, column_comment, column_definition, foreign_options, ident, option_list,
    qualified,
};
use crate::model::{
    Body, Catalog, Column, Ident, Kind, Object, ObjectId, QualifiedName, ReplicaIdentity, Table,
};
use std::borrow::Cow;

/// CREATE TABLE with its columns, then their attributes, comments and privileges, then the settings of the table.
pub(super) fn create(object: &Object, body: &Table, catalog: &Catalog) -> Vec<Stmt> {
    let name = object.id.qualified();
    let mut columns: Vec<(&Object, &Column)> = catalog
        .parts(Kind::Column, &name)
        .filter_map(|column| match &column.body {
            Body::Column(body) => Some((column, body)),
            _ => None,
        })
        .collect();
    columns.sort_by_key(|(_, body)| body.position);

    let mut statements = vec![Stmt::new(format!(
        "{}{}",
        head(body, &name, &columns, catalog),
        tail(body, catalog)
    ))];
    for (column, _) in &columns {
        statements.extend(differs_from_parent(column, body, catalog));
        statements.extend(column_attributes(column));
        if column.comment.is_some() {
            statements.push(column_comment(&name, &column.id.name, column.comment.as_deref()));
        }
    }
    statements.extend(table_settings(object, body));
    statements
}

/// The same for a partition of a table that is in use: made with the columns and checks of the parent and attached behind, so that
/// nobody who reads or writes the parent waits, as PARTITION OF would let them. None where the partition says something else of a
/// column than its parent, or is a foreign one.
pub fn create_and_attach(object: &Object, catalog: &Catalog) -> Option<Vec<Stmt>> {
    let Body::Table(body) = &object.body else {
        return None;
    };
    let of = body.partition_of.as_ref().filter(|_| body.foreign.is_none())?;
    let name = object.id.qualified();
    let says_more = |column: &Object| partition_column(column, body, catalog).is_some();
    if catalog.parts(Kind::Column, &name).any(says_more) {
        return None;
    }
    let mut statements = create(object, body, catalog);
    let word = if body.unlogged { "UNLOGGED TABLE" } else { "TABLE" };
    statements[0] = Stmt::new(format!(
        "CREATE {word} {} (LIKE {} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION){}",
        qualified(&name),
        qualified(&of.parent),
        tail(body, catalog)
    ));
    statements.push(super::alter::attach_partition(&of.parent, &name, &of.bound));
    statements.extend(super::around(object, catalog));
    Some(statements)
}

/// `CREATE TABLE … (…)` up to the closing parenthesis, INHERITS or the bound.
fn head(body: &Table, name: &QualifiedName, columns: &[(&Object, &Column)], catalog: &Catalog) -> String {
    let word = match (body.foreign.is_some(), body.unlogged) {
        (true, _) => "FOREIGN TABLE",
        (false, true) => "UNLOGGED TABLE",
        (false, false) => "TABLE",
    };
    let head = format!("CREATE {word} {}", qualified(name));
    if let Some(partition) = &body.partition_of {
        let local: Vec<String> = columns
            .iter()
            .filter_map(|(column, _)| partition_column(column, body, catalog))
            .collect();
        let list = block(&local);
        return format!(
            "{head} PARTITION OF {}{list}\n    {}",
            qualified(&partition.parent),
            partition.bound
        );
    }
    if let Some(of) = &body.of_type {
        let local: Vec<String> = columns
            .iter()
            .filter_map(|(column, body)| {
                let constraints = column::constraints(column, body);
                (!constraints.is_empty())
                    .then(|| format!("{} WITH OPTIONS{constraints}", ident(&column.id.name)))
            })
            .collect();
        return format!("{head} OF {of}{}", block(&local));
    }
    let local: Vec<String> = columns
        .iter()
        .filter(|(_, column)| !column.inherited)
        .map(|(column, _)| column_definition(&without_parents_expression(column, body, catalog)))
        .collect();
    let list = if local.is_empty() {
        " ()".to_owned()
    } else {
        block(&local)
    };
    if body.inherits.is_empty() {
        return format!("{head}{list}");
    }
    let parents: Vec<String> = body.inherits.iter().map(qualified).collect();
    format!("{head}{list}\nINHERITS ({})", parents.join(", "))
}

fn block(lines: &[String]) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!(" (\n    {}\n)", lines.join(",\n    "))
    }
}

/// What follows the columns: server or partition key, access method, parameters, tablespace.
/// The access method and the tablespace that CREATE TABLE has to say: a partition takes its parent's where it says nothing.
pub fn place(body: &Table, catalog: &Catalog) -> (Option<Ident>, Option<Ident>) {
    let parent = body.partition_of.as_ref().and_then(|of| {
        match catalog
            .get(&ObjectId::named(Kind::Table, &of.parent))
            .map(|object| &object.body)
        {
            Some(Body::Table(parent)) => Some(parent),
            _ => None,
        }
    });
    let said = |own: &Option<Ident>, of_parent: Option<&Option<Ident>>, usual: &str| match own {
        None if matches!(of_parent, Some(Some(_))) => Some(Ident::new(usual)),
        own => own.clone(),
    };
    (
        said(
            &body.access_method,
            parent.map(|parent| &parent.access_method),
            "heap",
        ),
        said(
            &body.tablespace,
            parent.map(|parent| &parent.tablespace),
            "pg_default",
        ),
    )
}

fn tail(body: &Table, catalog: &Catalog) -> String {
    let mut tail = String::new();
    if let Some(foreign) = &body.foreign {
        tail.push_str(&format!(
            "\nSERVER {}{}",
            ident(&foreign.server),
            foreign_options(&foreign.options)
        ));
        return tail;
    }
    if let Some(key) = &body.partition_key {
        tail.push_str(&format!("\nPARTITION BY {key}"));
    }
    let (method, tablespace) = place(body, catalog);
    if let Some(method) = &method {
        tail.push_str(&format!("\nUSING {}", ident(method)));
    }
    if !body.options.is_empty() {
        tail.push_str(&format!("\nWITH ({})", option_list(&body.options)));
    }
    if let Some(tablespace) = &tablespace {
        tail.push_str(&format!("\nTABLESPACE {}", ident(tablespace)));
    }
    tail
}

/// The same column of the first parent that has it.
fn parent_column<'a>(column: &Object, table: &Table, catalog: &'a Catalog) -> Option<&'a Column> {
    let parents = table
        .partition_of
        .iter()
        .map(|p| &p.parent)
        .chain(&table.inherits);
    parents
        .filter_map(|parent| {
            let id = crate::model::ObjectId::part(Kind::Column, parent, &column.id.name);
            match &catalog.get(&id)?.body {
                Body::Column(body) => Some(body),
                _ => None,
            }
        })
        .next()
}

/// A child takes a generation expression over from its parent, and before 16 may not even repeat it.
pub(super) fn without_parents_expression<'a>(
    column: &'a Object,
    table: &Table,
    catalog: &Catalog,
) -> Cow<'a, Object> {
    let same = parent_column(column, table, catalog).is_some_and(|parent| {
        parent.generated.is_some()
            && matches!(&column.body, Body::Column(body) if body.generated == parent.generated)
    });
    if !same {
        return Cow::Borrowed(column);
    }
    let mut plain = column.clone();
    if let Body::Column(body) = &mut plain.body {
        body.generated = None;
    }
    Cow::Owned(plain)
}

/// The entry of a partition's column list: what it says beyond its parent, `None` where that is nothing.
pub(super) fn partition_column(column: &Object, table: &Table, catalog: &Catalog) -> Option<String> {
    let Body::Column(body) = &column.body else {
        return None;
    };
    let parent = parent_column(column, table, catalog)?;
    let mut text = String::new();
    if let Some(default) = &body.default
        && parent.default.as_ref() != Some(default)
    {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(generated) = &body.generated
        && parent.generated.as_ref() != Some(generated)
    {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        text.push_str(&format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression));
    }
    if !parent.not_null {
        text.push_str(&super::not_null::clause(body));
    }
    (!text.is_empty()).then(|| format!("{}{text}", ident(&column.id.name)))
}

/// What a child takes over from its parent at creation and this one does not have, or has differently.
pub(super) fn differs_from_parent(column: &Object, table: &Table, catalog: &Catalog) -> Vec<Stmt> {
    let mut statements = Vec::new();
    let Body::Column(body) = &column.body else {
        return statements;
    };
    let Some(parent) = parent_column(column, table, catalog) else {
        return statements;
    };
    let head = format!(
        "ALTER TABLE {} ALTER COLUMN {}",
        qualified(&column.id.relation()),
        ident(&column.id.name)
    );
    if body.default.is_none() && parent.default.is_some() {
        statements.push(Stmt::new(format!("{head} DROP DEFAULT")));
    }
    // A partition's own default and NOT NULL stand in its column list.
    if table.partition_of.is_none() && body.inherited {
        if let Some(default) = &body.default
            && parent.default.as_ref() != Some(default)
        {
            statements.push(Stmt::new(format!("{head} SET DEFAULT {default}")));
        }
        if body.not_null && !parent.not_null {
            statements.push(Stmt::new(format!("{head} SET NOT NULL")));
        }
    }
    if body.inherited && body.compression != parent.compression {
        let compression = body.compression.as_deref().unwrap_or("default");
        statements.push(Stmt::new(format!("{head} SET COMPRESSION {compression}")));
    }
    if body.storage.is_none() && parent.storage.is_some() && catalog.major() >= 16 {
        statements.push(Stmt::new(format!("{head} SET STORAGE DEFAULT")));
    }
    statements
}

/// Row security and replica identity, as far as they are not the default. A replica identity by index and a cluster
/// mark come with their index.
pub fn table_settings(object: &Object, body: &Table) -> Vec<Stmt> {
    let head = format!("ALTER TABLE {}", qualified(&object.id.qualified()));
    let mut clauses = Vec::new();
    if body.row_security {
        clauses.push("ENABLE ROW LEVEL SECURITY");
    }
    if body.force_row_security {
        clauses.push("FORCE ROW LEVEL SECURITY");
    }
    match body.replica_identity {
        ReplicaIdentity::Nothing => clauses.push("REPLICA IDENTITY NOTHING"),
        ReplicaIdentity::Full => clauses.push("REPLICA IDENTITY FULL"),
        ReplicaIdentity::Default | ReplicaIdentity::Index(_) => {}
    }
    clauses
        .into_iter()
        .map(|clause| Stmt::new(format!("{head} {clause}")))
        .collect()
}
