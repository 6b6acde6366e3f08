//! Columns.

use super::{Stmt, emulated::Emulated, ident, option_list, qualified, sequence_options};
use crate::model::{Body, Column, Ident, Identity, Object, QualifiedName};

/// ` COLLATE schema.name` with a blank in front, or nothing.
pub fn collation_clause(collation: Option<&QualifiedName>) -> String {
    collation.map_or_else(String::new, |name| format!(" COLLATE {}", qualified(name)))
}

/// `GENERATED ALWAYS AS IDENTITY (…)` for a column of that table; the parentheses hold what is not the default.
pub fn identity_clause(identity: &Identity, table: &QualifiedName, column: &Ident) -> String {
    let always = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let usual = QualifiedName::new(table.schema.as_str(), format!("{}_{column}_seq", table.name));
    let mut options = String::new();
    if identity.sequence != usual {
        options.push_str(&format!(" SEQUENCE NAME {}", qualified(&identity.sequence)));
    }
    options.push_str(&sequence_options(&identity.options, false));
    match options.trim_start() {
        "" => format!("GENERATED {always} AS IDENTITY"),
        options => format!("GENERATED {always} AS IDENTITY ({options})"),
    }
}

/// What makes the sequence behind an identity UNLOGGED or LOGGED where it is not as its table is.
pub fn identity_persistence(identity: &Identity) -> Option<Stmt> {
    let unlogged = identity.unlogged?;
    Some(super::sequence_persistence(&identity.sequence, unlogged))
}

/// The column as CREATE TABLE and ADD COLUMN spell it: name, type, compression, collation, then default, identity or
/// generation expression, then NOT NULL. Storage, statistics target and options are left to [`column_attributes`].
pub fn column_definition(column: &Object) -> String {
    let Body::Column(body) = &column.body else {
        unreachable!("a column definition is asked of a column alone");
    };
    let mut text = format!("{} {}", ident(&column.id.name), body.data_type);
    if let Some(compression) = &body.compression {
        text.push_str(&format!(" COMPRESSION {compression}"));
    }
    text.push_str(&super::foreign_options(&body.foreign_options));
    text.push_str(&collation_clause(body.collation.as_ref()));
    text.push_str(&constraints(column, body));
    text
}

/// ` DEFAULT …`, identity, generation and NOT NULL, each with a blank in front.
pub(super) fn constraints(column: &Object, body: &Column) -> String {
    let mut text = String::new();
    if let Some(generated) = &body.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        text.push_str(&format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression));
    }
    if let Some(default) = &body.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some(identity) = &body.identity {
        let clause = identity_clause(identity, &column.id.relation(), &column.id.name);
        text.push_str(&format!(" {clause}"));
    }
    text.push_str(&super::not_null::clause(body));
    text
}

/// The statements for what no column definition holds on every supported server: a NOT NULL that is
/// not proven, storage, statistics target, options, persistence of an identity.
pub fn column_attributes(column: &Object) -> Vec<Stmt> {
    let Body::Column(body) = &column.body else {
        unreachable!("column attributes are asked of a column alone");
    };
    let (table, name) = (column.id.relation(), &column.id.name);
    let alone = |action: &str| super::alter::column_alone(&table, name, action);
    let mut statements = Vec::new();
    if let Some(form) = &body.not_null_constraint
        && !form.validated
        && !body.inherited
    {
        statements.push(super::not_null::add(
            &column.id.relation(),
            &column.id.name,
            form,
            true,
        ));
    }
    if let Some(storage) = &body.storage {
        statements.push(alone(&format!("SET STORAGE {storage}")));
    }
    if let Some(target) = body.statistics {
        statements.push(alone(&format!("SET STATISTICS {target}")));
    }
    if !body.options.is_empty() {
        statements.push(alone(&format!("SET ({})", option_list(&body.options))));
    }
    statements.extend(
        body.identity
            .iter()
            .filter_map(|identity| identity_persistence(identity)),
    );
    statements
}

pub(super) fn create(object: &Object, body: &Column) -> Vec<Stmt> {
    if body.inherited {
        return column_attributes(object);
    }
    if let Some(emulated) = Emulated::of(&object.id.relation(), &object.id.name, body) {
        return create_emulated(object, body, &emulated);
    }
    let mut statements = vec![Stmt::new(format!(
        "ALTER TABLE {} ADD COLUMN {}",
        qualified(&object.id.relation()),
        column_definition(object)
    ))];
    statements.extend(column_attributes(object));
    statements
}

/// A plain column, what computes it, and the values of the rows that are there.
fn create_emulated(object: &Object, body: &Column, emulated: &Emulated) -> Vec<Stmt> {
    let mut plain = object.clone();
    if let Body::Column(column) = &mut plain.body {
        column.generated = None;
        column.not_null = false;
        column.not_null_constraint = None;
    }
    let mut statements = vec![super::alter::add_column(
        emulated.table,
        &column_definition(&plain),
    )];
    statements.extend(emulated.create());
    statements.push(emulated.fill_all());
    if body.not_null {
        statements.push(super::not_null::set(emulated.table, emulated.column, body));
    }
    statements.extend(column_attributes(&plain));
    statements
}

/// The storage that a type has by itself; before 16 no statement goes back to it by the word DEFAULT.
/// Types of users count as long ones.
pub fn default_storage(data_type: &str) -> &'static str {
    let base = data_type.split(['(', ' ']).next().unwrap_or(data_type);
    if data_type.ends_with("[]") {
        return "EXTENDED";
    }
    match base {
        "numeric" | "inet" | "cidr" => "MAIN",
        "smallint" | "integer" | "bigint" | "boolean" | "real" | "double" | "date" | "time" | "timestamp"
        | "interval" | "uuid" | "oid" | "money" | "name" | "macaddr" | "macaddr8" | "point" | "line"
        | "lseg" | "box" | "circle" | "pg_lsn" | "\"char\"" => "PLAIN",
        _ => "EXTENDED",
    }
}
