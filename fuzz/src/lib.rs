//! What is fuzzed: reading schema files. Whatever the bytes, there is an answer, and every diagnostic can be shown.
//!
//! `cargo +nightly fuzz run sql` and `cargo +nightly fuzz run yaml` search; `tests/fuzz.rs` takes the same functions
//! through a short, seeded run.

use schemaplan::desired::read_files;
use schemaplan::text::{SourceFile, render_all};

/// A schema file in SQL, its directives included.
pub fn sql(data: &[u8]) {
    read("schema/fuzzed.sql", data);
}

/// A schema file in YAML.
pub fn yaml(data: &[u8]) {
    read("schema/fuzzed.yaml", data);
}

fn read(path: &str, data: &[u8]) {
    let diagnostics = match SourceFile::from_bytes(path, data.to_vec()) {
        Ok(file) => match read_files(&[file]) {
            Ok(desired) => desired.warnings,
            Err(diagnostics) => diagnostics,
        },
        Err(diagnostic) => vec![diagnostic],
    };
    let _ = render_all(&diagnostics, Default::default());
}
