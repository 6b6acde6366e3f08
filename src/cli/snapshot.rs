//! `snapshot`: the catalog of a source as JSON.

use super::arguments::SnapshotFlags;
use super::database::Purpose;
use super::failure::{Exit, Failure};
use super::schema_folder;
use super::source::Source;
use super::workbench::Workbench;
use super::{pipeline, unmanaged};
use crate::engine::SessionSettings;
use crate::export::Snapshot;
use crate::text::Diagnostic;
use std::path::Path;

/// Prints the catalog, or writes it to a file.
///
/// # Errors
/// Where the source cannot be read.
pub async fn run(flags: &SnapshotFlags, bench: &Workbench) -> Result<Exit, Failure> {
    if let Some(out) = &flags.out {
        // A snapshot is taken again and again: the newer one takes the place of the older.
        schema_folder::check(out, true, true)?;
    }
    let source = match &flags.source {
        Some(word) => Source::parse(word, Path::new("schema")),
        None => bench.from(),
    };
    let mut snapshot = read(&source, bench).await?;
    // Sizes change from hour to hour; a snapshot is compared as text.
    snapshot.catalog.sizes.clear();
    let text = snapshot.to_json().map_err(|error| {
        let mut diagnostic = Diagnostic::error("snapshot", "what is left would be no snapshot that can be used");
        diagnostic.notes = error.notes().to_vec();
        diagnostic.help("leave out whole tables with `--only` and `--ignore`, or nothing: a comparison can narrow a snapshot as well")
    })?;
    match &flags.out {
        None => bench.terminal.answer(&text),
        Some(path) => schema_folder::write_file(path, &text)?,
    }
    match unmanaged::report(&snapshot.catalog.unmanaged, bench) {
        true => Ok(Exit::CouldNot),
        false => Ok(Exit::Done),
    }
}

async fn read(source: &Source, bench: &Workbench) -> Result<Snapshot, Failure> {
    match source {
        Source::Live(word) => {
            let live = bench.live(word.as_deref(), Purpose::Read).await?;
            let read = pipeline::read_live(&live, bench, false).await;
            live.close().await;
            let (catalog, settings) = read?;
            Ok(Snapshot { settings, catalog })
        }
        Source::Snapshot(path) => pipeline::read_snapshot(path),
        Source::Files(_) => {
            let settings = SessionSettings::default();
            let catalog = pipeline::catalog(source, &settings, None, None, bench).await?;
            Ok(Snapshot { settings, catalog })
        }
    }
}
