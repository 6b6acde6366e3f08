//! Columns of tables that a rule returns.

use crate::change::{Change, Detail, carry::returning, unsupported::Unsupported};
use crate::model::{Catalog, Kind};

/// Refuses columns that come or go below a rule that returns the table's columns and stays: PostgreSQL takes the rule only with the
/// columns that are there, so one of its two forms would fail, on the way there or on the way back.
pub fn refuse(from: &Catalog, to: &Catalog, changes: &mut [Change]) {
    if from.of_kind(Kind::Rule).next().is_none() {
        return;
    }
    for change in changes {
        if !matches!(change.detail, Detail::AddColumn(_) | Detail::DropColumn(_)) {
            continue;
        }
        let table = change.object.relation();
        let stays = |rule: &&crate::model::Object| to.get(&rule.id).is_some();
        if let Some(rule) = returning::rule(from, &table).filter(stays) {
            change.detail = Detail::Unsupported(Unsupported {
                reason: format!(
                    "{} returns the columns of {table} as they are: drop the rule in a plan of its own, and make it again behind the columns",
                    rule.id
                ),
            });
        }
    }
}
