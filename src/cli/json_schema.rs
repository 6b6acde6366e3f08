//! `json-schema`: what editors complete and check files from.

use super::failure::{Exit, Failure};
use super::settings;
use super::terminal::Terminal;
use crate::desired;
use crate::execute::Metrics;
use crate::plan::Plan;
use clap::{Args, ValueEnum};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The settings: schemaplan.yaml
    Config,
    /// Schema files in YAML
    Desired,
    /// plan.yaml of a plan folder
    Plan,
    /// What `--metrics` writes
    Metrics,
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
        SchemaOf::Config => settings::json_schema(),
        SchemaOf::Desired => desired::json_schema(),
        SchemaOf::Metrics => schemars::schema_for!(Metrics).to_value(),
        SchemaOf::Plan => schemars::schema_for!(Plan).to_value(),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::new("json-schema", format!("cannot write the schema: {error}"), ""))?;
    terminal.answer(&format!("{text}\n"));
    Ok(Exit::Done)
}
