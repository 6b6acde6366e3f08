//! `snapshot`: the catalog of a source as JSON.

use super::arguments::SnapshotFlags;
use super::failure::{Exit, Failure};
use super::pipeline;
use super::source::Source;
use super::workbench::Workbench;
use crate::engine::SessionSettings;
use std::path::Path;

/// Prints the catalog.
///
/// # Errors
/// Where the source cannot be read.
pub async fn run(flags: &SnapshotFlags, bench: &Workbench) -> Result<Exit, Failure> {
    let source = match &flags.source {
        Some(word) => Source::parse(word, Path::new("schema")),
        None => bench.from(),
    };
    let mut catalog = pipeline::catalog(&source, &SessionSettings::default(), None, bench).await?;
    // Sizes change from hour to hour; a snapshot is compared as text.
    catalog.sizes.clear();
    let text = serde_json::to_string_pretty(&catalog)
        .map_err(|error| Failure::new("snapshot", format!("cannot write the catalog: {error}"), ""))?;
    bench.terminal.answer(&format!("{text}\n"));
    Ok(Exit::Done)
}
