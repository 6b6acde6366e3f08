//! What PostgreSQL drops under nothing that stays: relations of which columns hold rows, functions that a partition key calls.

use crate::change::{Context, around, is_replaced};
use crate::model::{Body, Kind, Object, ObjectId};
use crate::step::{Fact, Hazard, HazardCode, Step, Verdict};

/// PostgreSQL drops no relation of which a column holds rows, and gives that column no other type of the same name: refused before
/// anything runs.
pub fn refusals(context: &Context, step: &Step) -> Vec<Hazard> {
    if !matches!(step.change.as_str(), "drop_table" | "drop_object" | "redefine") {
        return Vec::new();
    }
    let kinds = [
        Kind::Table,
        Kind::View,
        Kind::MaterializedView,
        Kind::CompositeType,
    ];
    let gone = step.gives.iter().filter_map(|fact| match fact {
        Fact::Gone(id) if kinds.contains(&id.kind) => Some(id),
        _ => None,
    });
    let stays = |column: &ObjectId| {
        let of = |catalog| Context::column(catalog, column).map(|column| &column.data_type);
        of(context.from).is_some()
            && of(context.from) == of(context.to)
            && !context.is_going(&column.relation())
    };
    let functions = step.gives.iter().filter_map(|fact| match fact {
        Fact::Gone(id) if id.kind == Kind::Function => under_a_key(context, id),
        _ => None,
    });
    gone
        .filter_map(|id| {
            let column = around::holders(context.users, id).into_iter().find(|column| stays(column))?;
            let holder = column.label();
            let message = format!(
                "column {holder} holds values of {id}, and stays: PostgreSQL drops nothing whose row type a column has. \
                 Give the column another type in a plan before this one, jsonb or a composite type of its own, and back behind it"
            );
            Some(Hazard {
                code: HazardCode::NoSafeForm,
                verdict: Verdict::Refuse,
                object: id.clone(),
                message,
                allowed: false,
            })
        })
        .chain(functions)
        .collect()
}

/// A function that goes, or is made anew, while a table that stays as it is is partitioned by what it returns.
fn under_a_key(context: &Context, function: &ObjectId) -> Option<Hazard> {
    let is_partitioned_by = |object: &&Object| match &object.body {
        Body::Table(table) => table.partition_key.is_some() && object.depends_on.contains(function),
        _ => false,
    };
    let table = context.from.of_kind(Kind::Table).find(|object| {
        let name = object.id.qualified();
        is_partitioned_by(object)
            && context.new_of(&object.id).is_some()
            && !is_replaced(context.from, context.to, &name)
    })?;
    let message = format!(
        "the partition key of {} calls it: PostgreSQL drops no such function. Partition the table by something else in a plan \
         before this one, or give the new function another name",
        table.id.label()
    );
    Some(Hazard {
        code: HazardCode::NoSafeForm,
        verdict: Verdict::Refuse,
        object: function.clone(),
        message,
        allowed: false,
    })
}
