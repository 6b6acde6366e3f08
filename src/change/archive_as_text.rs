//! What an archived table keeps of what goes with it: the types of an extension as text, and nothing that calls what is dropped.

use super::around::calls_with_its_row;
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
    /// True where it writes the table anew.
    pub rewrites: bool,
}

/// True where the object uses an extension that the plan drops.
pub fn uses_what_goes(context: &Context, object: &Object) -> bool {
    let goes = |used: &ObjectId| used.kind == Kind::Extension && context.new_of(used).is_none();
    object.depends_on.iter().any(goes)
}

/// True where the object calls or names what the plan drops, and what would hold that back in the archive. Types go to the archive
/// as well.
fn names_what_goes(context: &Context, object: &Object) -> bool {
    const CALLED: [Kind; 9] = [
        Kind::Function,
        Kind::Aggregate,
        Kind::Operator,
        Kind::OperatorClass,
        Kind::OperatorFamily,
        Kind::Collation,
        Kind::TextSearchConfiguration,
        Kind::TextSearchDictionary,
        Kind::Sequence,
    ];
    // A sequence that a column owns moves along with its table.
    let moves = |used: &ObjectId| match context.old(used).map(|old| &old.body) {
        Some(Body::Sequence(sequence)) => sequence.owned_by.is_some(),
        _ => false,
    };
    let mut used = object.depends_on.iter();
    used.any(|used| CALLED.contains(&used.kind) && context.new_of(used).is_none() && !moves(used))
}

/// DROP EXTENSION does not go past a column of one of its types, wherever the table is; nor DROP FUNCTION past a default.
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
        let named = || names_what_goes(context, object) && !calls_with_its_row(context.from, object, table);
        // In the archive they would keep their name and their schema.
        let counts = matches!(&object.body, Body::Statistics(statistics) if statistics.table == *table)
            && context.new_of(&object.id).is_none();
        counts || own && (on_column || uses_what_goes(context, object) || named())
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
        rewrites: !columns.is_empty(),
        ..AsText::default()
    };
    text.away
        .extend(built.iter().map(|object| sql::drop_if_there(object)));
    for (object, column) in columns {
        let (away, back) = of_column(context, object, column);
        text.away.extend(away);
        text.back.extend(back);
    }
    for object in context.from.parts(Kind::Column, table) {
        if let Body::Column(column) = &object.body
            && names_what_goes(context, object)
            && !uses_what_goes(context, object)
        {
            let (away, back) = by_itself(context, object, column);
            text.away.extend(away);
            text.back.extend(back);
        }
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

/// A column without the default, the expression or the collation that goes.
fn by_itself(context: &Context, object: &Object, column: &Column) -> (Vec<Stmt>, Vec<Stmt>) {
    if column.inherited {
        return (Vec::new(), Vec::new());
    }
    if column.generated.is_some() {
        return of_column(context, object, column);
    }
    let (table, name) = (object.id.relation(), &object.id.name);
    let (mut away, mut back) = (Vec::new(), Vec::new());
    let goes = |used: &ObjectId| context.new_of(used).is_none();
    if object
        .depends_on
        .iter()
        .any(|used| used.kind == Kind::Collation && goes(used))
        && let Some(collation) = &column.collation
    {
        let usual = QualifiedName::new("pg_catalog", "default");
        away.push(sql::alter::alter_type(
            &table,
            name,
            &column.data_type,
            Some(&usual),
            None,
        ));
        back.push(sql::alter::alter_type(
            &table,
            name,
            &column.data_type,
            Some(collation),
            None,
        ));
    }
    if let Some(default) = &column.default {
        away.push(sql::alter::drop_default(&table, name));
        back.push(sql::alter::set_default(&table, name, default));
    }
    (away, back)
}

/// ALTER TYPE by way of text.
pub fn convert(table: &QualifiedName, column: &Ident, to: &str) -> Stmt {
    let using = format!("{}::text::{to}", sql::ident(column));
    sql::alter::alter_type(table, column, &TypeName::new(to), None, Some(&using))
}
