//! What is there and has no model yet: reported by kind and name, never touched.

use super::reader::Reader;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    kind: String,
    name: String,
}

pub(super) fn read(reader: &mut Reader, rows: Vec<Row>) {
    for row in rows {
        reader.unmanaged(row.kind, row.name);
    }
}
