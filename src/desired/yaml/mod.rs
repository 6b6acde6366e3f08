//! The desired schema in YAML: translated to the statements that an SQL file would hold, with the places of the YAML file.
//!
//! ```yaml
//! schema: app                       # of names without one in this document
//! schemas: [app]
//! types:
//!   order_status: [new, paid, shipped]
//!   email: {domain: text, checks: {has_at: "value like '%@%'"}}
//! tables:
//!   users:
//!     columns:
//!       id: bigint identity primary key      # SQL behind the name; `identity` is short for GENERATED ALWAYS AS IDENTITY
//!       email: email not null unique
//!       name: {type: text, not_null: true, renamed_from: full_name, comment: as it is spelled}
//!   orders:
//!     columns:
//!       id: bigint identity
//!       user_id: bigint not null references users on delete cascade
//!       status: order_status not null default 'new'
//!       total: numeric(10, 2) not null default 0
//!       placed_at: timestamptz not null default now()
//!     primary_key: id
//!     checks:
//!       total_not_negative: total >= 0
//!     indexes:
//!       orders_user_id: [user_id, placed_at desc]
//!       orders_open: {columns: placed_at, where: "status = 'new'"}
//! functions:
//!   touch():
//!     returns: trigger
//!     language: plpgsql
//!     body: |
//!       begin new.updated_at := now(); return new; end
//! sql: |
//!   create operator …;
//! ```
//!
//! # Rules
//!
//! - A *name* is exact, as in the catalog: `createdAt` is `"createdAt"` in SQL. A dot parts schema and name; a part that holds a
//!   dot itself stands in SQL's double quotes (`'"a.b"'`). In *SQL* (short forms, expressions, types, queries, arguments) names
//!   are SQL's own: folded unless quoted. Where both can stand (`columns` of an index) a word alone is a name.
//! - Expressions are SQL: `default: 0`, `default: now()`, and a string keeps its own quotes: `default: "'new'"`.
//! - Every key, with its forms, is in [`grammar`], which the check of files, the JSON Schema and the tests are made from.
//! - Directives are keys: `renamed_from`, `backfill`, `using`, `reverse`, `split_from`, `merge_from`, `depends_on`, `strategy`, `discard`,
//!   `allow`, `ignore`, `hot`, `keep_label`, `no_live_readers`, `emulate_generated`,
//!   `first_partition`.
//! - Anchors, aliases and merge keys (`<<`) work; a top-level key that begins with `x-` is a place for them. Several documents in
//!   one file are several files. A key that stands twice is an error.
//! - The order of keys means nothing but for columns, attributes, labels and statements under `sql`.

mod attached;
mod check;
mod column;
mod common;
mod constraint;
mod document;
mod fragment;
mod grammar;
mod index;
mod json_schema;
mod routine;
mod scalar;
mod sequence;
mod shape;
mod table;
mod tree;
mod types;
mod view;
mod writer;

#[cfg(test)]
mod grammar_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod json_schema_tests;

pub use json_schema::json_schema;

use super::split::split;
use crate::text::{Diagnostic, SourceFile};
use std::rc::Rc;
use std::sync::Arc;
use tree::Node;
use writer::Writer;

/// The SQL text that a YAML file stands for, with the places of the file.
///
/// # Errors
/// All that is wrong with the file before any server sees it.
pub(super) fn translate(source: &Arc<SourceFile>) -> Result<Arc<SourceFile>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let documents = tree::read(source, &mut diagnostics).map_err(|diagnostic| vec![*diagnostic])?;
    translate_documents(source, &documents, diagnostics)
}

fn translate_documents(
    source: &Arc<SourceFile>,
    documents: &[Rc<Node>],
    mut diagnostics: Vec<Diagnostic>,
) -> Result<Arc<SourceFile>, Vec<Diagnostic>> {
    for document in documents {
        diagnostics.extend(check::check(source, document, &grammar::DOCUMENT));
        for text in document.all("sql") {
            diagnostics.extend(unended(source, text));
        }
    }
    if !diagnostics.is_empty() {
        diagnostics.sort_by_key(place);
        return Err(diagnostics);
    }
    let mut writer = Writer::new(source);
    for document in documents.iter().filter(|document| !document.is_empty()) {
        document::document(&mut writer, document);
    }
    let (made, mut diagnostics) = writer.finish();
    match diagnostics.is_empty() {
        true => Ok(made),
        false => {
            diagnostics.sort_by_key(place);
            Err(diagnostics)
        }
    }
}

/// Where a diagnostic stands, to show them from top to bottom.
fn place(diagnostic: &Diagnostic) -> usize {
    diagnostic.labels.first().map_or(0, |label| label.span.start)
}

/// Strings and comments of an SQL block that never end: they would swallow the statements of ours behind them.
fn unended(source: &Arc<SourceFile>, text: &Node) -> Vec<Diagnostic> {
    let block = SourceFile::new(source.path(), text.text().unwrap_or_default());
    let errors = split(&block).errors;
    errors
        .into_iter()
        .map(|mut diagnostic| {
            for label in &mut diagnostic.labels {
                label.span = check::place(source, text, label.span);
                label.source = Arc::clone(source);
            }
            diagnostic
        })
        .collect()
}
