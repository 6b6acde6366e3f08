//! What is there and has no model yet: reported by kind and name, never touched.

use super::IntrospectError;
use super::fetch::{Answers, Question};
use super::reader::Reader;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    kind: String,
    name: String,
}

pub(super) fn read(reader: &mut Reader, answers: &Answers) -> Result<(), IntrospectError> {
    for row in answers.rows::<Row>(Question::Unmanaged)? {
        reader.unmanaged(row.kind, row.name);
    }
    Ok(())
}
