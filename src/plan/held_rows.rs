//! Relations that go, or are made anew, while columns hold rows of them.

use crate::change::{Context, around};
use crate::model::{Kind, ObjectId};
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
        .collect()
}
