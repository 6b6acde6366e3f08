//! What a new or dropped object is, in a few words, for reports.

use crate::change::DetailLine;
use crate::model::{Body, Object};

/// The lines that say what the object is.
pub fn describe(object: &Object) -> Vec<DetailLine> {
    let line = |what: &str, text: &str| vec![DetailLine::new(what, "", text)];
    match &object.body {
        Body::Column(column) => {
            let mut text = column.data_type.to_string();
            if column.not_null {
                text.push_str(" not null");
            }
            if let Some(default) = &column.default {
                text.push_str(&format!(" default {default}"));
            }
            line("column", &text)
        }
        Body::Constraint(constraint) => line("constraint", &constraint.definition),
        Body::Index(index) => line("index", &index.definition),
        Body::EnumType(body) => line("labels", &body.labels.join(", ")),
        Body::Domain(body) => line("base type", body.base.as_str()),
        Body::Trigger(body) => line("trigger", &body.definition),
        _ => Vec::new(),
    }
}
