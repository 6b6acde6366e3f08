//! `json-schema`: what editors complete and check files from.

use super::failure::{Exit, Failure};
use super::terminal::Terminal;
use crate::desired;
use clap::{Args, ValueEnum};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Schema files in YAML
    Desired,
}

/// Flags of `json-schema`.
#[derive(Debug, Args)]
pub struct JsonSchemaFlags {
    /// The kind of file
    pub of: SchemaOf,
}

/// Prints the JSON Schema of a kind of file.
///
/// # Errors
/// Where it cannot be written as text.
pub fn run(flags: &JsonSchemaFlags, terminal: &Terminal) -> Result<Exit, Failure> {
    let schema = match flags.of {
        SchemaOf::Desired => desired::json_schema(),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::new("json-schema", format!("cannot write the schema: {error}"), ""))?;
    terminal.answer(&format!("{text}\n"));
    Ok(Exit::Done)
}
