//! What an archived table keeps of an extension that goes: its types as text, and nothing that is built on them.

use super::{Context, restoring};
use crate::model::{Body, Column, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName, TypeName};
use crate::sql::{self, Stmt};
use std::sync::Arc;

/// Statements before a table goes to the archive, and behind its way back.
#[derive(Default)]
pub struct AsText {
    /// Drops what is built on the extension and turns its types into text.
    pub away: Vec<Stmt>,
    /// The way back.
    pub back: Vec<Stmt>,
    /// The indexes, and the constraints over one, that are dropped meanwhile.
    pub dropped: Vec<Ident>,
}

/// True where the object uses an extension that the plan drops.
pub fn uses_what_goes(context: &Context, object: &Object) -> bool {
    let goes = |used: &ObjectId| used.kind == Kind::Extension && context.new_of(used).is_none();
    object.depends_on.iter().any(goes)
}

/// DROP EXTENSION does not go past a column of one of its types, wherever the table is.
pub fn of_table(context: &Context, table: &QualifiedName) -> AsText {
    let columns: Vec<(&Object, &Column)> = context
        .from
        .parts(Kind::Column, table)
        .filter(|object| uses_what_goes(context, object))
        .filter_map(|object| match &object.body {
            Body::Column(column) => Some((object, column)),
            _ => None,
        })
        .collect();
    let built = |object: &&Object| {
        let on_column = columns
            .iter()
            .any(|(column, _)| object.depends_on.contains(&column.id));
        let own = match &object.body {
            Body::Constraint(body) => {
                body.kind != ConstraintKind::ForeignKey && !body.inherited && object.id.relation() == *table
            }
            Body::Index(index) => index.table == *table,
            _ => false,
        };
        own && (on_column || uses_what_goes(context, object))
    };
    let built: Vec<&Object> = context
        .from
        .objects
        .values()
        .map(Arc::as_ref)
        .filter(built)
        .collect();
    let mut text = AsText {
        dropped: built.iter().map(|object| object.id.name.clone()).collect(),
        ..AsText::default()
    };
    text.away.extend(built.iter().map(|object| sql::drop(object)));
    for (object, column) in columns {
        let (away, back) = of_column(context, object, column);
        text.away.extend(away);
        text.back.extend(back);
    }
    let again = built
        .iter()
        .flat_map(|object| sql::create(&restoring(object), context.from));
    text.back.extend(again);
    text
}

fn of_column(context: &Context, object: &Object, column: &Column) -> (Vec<Stmt>, Vec<Stmt>) {
    if column.generated.is_some() {
        return (
            vec![sql::drop(object)],
            sql::create(&restoring(object), context.from),
        );
    }
    let (table, name) = (object.id.relation(), &object.id.name);
    let (mut away, mut back) = (
        vec![convert(&table, name, "text")],
        vec![convert(&table, name, column.data_type.as_str())],
    );
    if let Some(default) = &column.default {
        away.insert(0, sql::alter::drop_default(&table, name));
        back.push(sql::alter::set_default(&table, name, default));
    }
    (away, back)
}

/// ALTER TYPE by way of text.
pub fn convert(table: &QualifiedName, column: &Ident, to: &str) -> Stmt {
    let using = format!("{}::text::{to}", sql::ident(column));
    sql::alter::alter_type(table, column, &TypeName::new(to), None, Some(&using))
}
