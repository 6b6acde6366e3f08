//! The desired schema: files to statements in order, with origins and directives.
//!
//! The statements are not turned into a model here: a throwaway server executes them and the reader of the live side reads them
//! back. [`annotate`] then writes onto that catalog what only the files know: origins, directives, what is declared.
//!
//! A directive on an enum's label or a composite type's attribute is kept on the type's object, with the label (as the new schema
//! spells it) in its `part`: `'open' -- schemaplan: renamed from 'new'` is `RenamedFrom(["new"])` with part `open`.

mod annotate;
mod attach;
mod changes;
mod class;
mod cycles;
mod definitions;
mod directives;
mod duplicates;
mod elements;
mod facts;
mod file;
mod order;
mod rare;
mod removal;
mod reserved;
mod resolve;
mod rework;
mod settings;
mod shape;
mod source;
mod split;
mod statement;
mod target;
mod unmanaged;
mod yaml;

#[cfg(test)]
mod read_tests;

pub use annotate::annotate;
pub use rework::{Done, Rework, rework};
pub use settings::Settings;
pub use shape::{as_tenant, goes_by_renaming};
pub use source::Source;
pub use statement::Statement;
pub use yaml::json_schema;

use crate::text::{Diagnostic, SourceFile, digest};
use attach::Placed;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that the files say.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// What is executed, in order.
    pub statements: Vec<Statement>,
    /// Roles that the files name; the engine makes stand-ins.
    pub roles: BTreeSet<String>,
    /// Tablespaces that the files name; the engine makes stand-ins.
    pub tablespaces: BTreeSet<String>,
    /// Warnings and remarks: data skipped, what is not managed.
    pub warnings: Vec<Diagnostic>,
    /// SHA-256 of all that reaches the server, in hexadecimal: the same hash gives the same catalog.
    pub hash: String,
    pub(crate) directives: Vec<Placed>,
}

impl Desired {
    /// Forgets texts and names that only the execution needed: what is behind it looks at what the statements speak of.
    pub fn were_executed(&mut self) {
        for statement in &mut self.statements {
            statement.text = String::new();
            statement.facts.uses.clear();
            statement.facts.touches = Vec::new();
        }
    }
}

/// Reads a source.
///
/// # Errors
/// Everything that is wrong with the files, as far as it can be seen without a server; warnings among it.
pub fn read(source: &Source) -> Result<Desired, Vec<Diagnostic>> {
    read_files(&source.files()?)
}

/// Reads files that are already at hand, in the order of their paths.
///
/// # Errors
/// As [`read`].
pub fn read_files(files: &[Arc<SourceFile>]) -> Result<Desired, Vec<Diagnostic>> {
    let mut desired = Desired::default();
    let mut statements = Vec::new();
    let mut diagnostics = Vec::new();
    for source in files {
        let content = file::read_file(source);
        statements.extend(content.statements);
        desired.directives.extend(content.directives);
        desired.roles.extend(content.roles);
        desired.tablespaces.extend(content.tablespaces);
        diagnostics.extend(content.diagnostics);
    }
    diagnostics.extend(duplicates::find(&statements));
    diagnostics.extend(reserved::find(&statements));
    if diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
        return Err(diagnostics);
    }
    desired.tablespaces.remove("pg_default");
    desired.tablespaces.remove("pg_global");
    desired.warnings = diagnostics;
    desired.statements = order::order(statements);
    desired.hash = hash(&desired);
    Ok(desired)
}

/// The hash of all that files say, comments and places included, in hexadecimal: the same hash gives the same [`Desired`].
pub fn hash_of_files(files: &[Arc<SourceFile>]) -> String {
    let texts = files.iter().flat_map(|file| [file.path(), file.text()]);
    digest(texts)
}

/// The hash of what the server gets: texts and settings in order, roles and tablespaces.
fn hash(desired: &Desired) -> String {
    let statements = desired.statements.iter().flat_map(|statement| {
        let settings = statement.settings.statements.values();
        settings.chain([&statement.text]).map(String::as_str)
    });
    let names = desired.roles.iter().chain(&desired.tablespaces);
    digest(statements.chain(names.map(String::as_str)))
}
