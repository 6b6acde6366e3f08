//! From a source to a catalog: files through the engine, a live database through the reader.

use super::cache::Slot;
use super::database::{Live, Purpose};
use super::failure::Failure;
use super::live_major;
use super::other_major;
use super::source::Source;
use super::terminal::Busy;
use super::workbench::Workbench;
use crate::desired::{self, Desired};
use crate::engine::{Choice, Engine, LoadError, SessionSettings, load};
use crate::export::{LARGEST, Snapshot, SnapshotError};
use crate::introspect::{self, IntrospectError, ReadOptions};
use crate::model::{Catalog, Unmanaged};
use crate::text::{Diagnostic, SourceFile};
use std::path::Path;
use std::sync::Arc;

impl From<IntrospectError> for Failure {
    fn from(error: IntrospectError) -> Self {
        Self::new("introspect", error.to_string(), error.hint())
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Engine(error) => error.into(),
            LoadError::Schema(diagnostics) => diagnostics.into(),
        }
    }
}

/// Both sides of a comparison.
pub struct Sides {
    /// What is there.
    pub from: Catalog,
    /// What should be there.
    pub target: Catalog,
    /// The open live database, where `from` is one.
    pub live: Option<Live>,
    /// True where sizes of tables were read.
    pub sizes_known: bool,
}

impl Sides {
    /// Properties of managed objects that schemaplan does not know: they make an answer partial.
    pub fn properties(&self) -> Vec<Unmanaged> {
        let both = self.from.unmanaged.iter().chain(&self.target.unmanaged);
        let mut found: Vec<Unmanaged> = both.filter(|each| each.property_of.is_some()).cloned().collect();
        found.sort();
        found.dedup();
        found
    }

    /// Closes what is open.
    pub async fn close(self) {
        if let Some(live) = self.live {
            live.close().await;
        }
    }
}

/// Reads both sides that flags and settings name.
///
/// # Errors
/// Everything that is wrong with either.
pub async fn sides(bench: &Workbench, purpose: Purpose) -> Result<Sides, Failure> {
    // The files first: what is wrong with them is said without any server.
    let target = bench.target();
    let files = match &target {
        Source::Files(files) => Some(Files::open(files, bench)?),
        _ => None,
    };
    let from = bench.from();
    let mut live = None;
    let (from_catalog, settings) = match &from {
        Source::Live(word) => {
            let opened = bench.live(word.as_deref(), purpose).await?;
            let read = read_live(&opened, bench, purpose != Purpose::Compare).await?;
            live = Some(opened);
            read
        }
        Source::Snapshot(path) => from_snapshot(path, &target, bench).await?,
        other => (
            catalog(other, &SessionSettings::default(), None, bench).await?,
            SessionSettings::default(),
        ),
    };
    let target_catalog = match target_side(&target, &settings, files, bench).await {
        Ok(catalog) => catalog,
        Err(failure) => {
            if let Some(live) = live {
                live.close().await;
            }
            return Err(failure);
        }
    };
    Ok(Sides {
        from: from_catalog,
        target: target_catalog,
        sizes_known: live.is_some() && purpose != Purpose::Compare,
        live,
    })
}

/// A saved catalog, and the settings under which schema files mean what they meant beside it. Only where the other side
/// comes from files is there an engine whose words it has to be in.
async fn from_snapshot(
    path: &Path,
    target: &Source,
    bench: &Workbench,
) -> Result<(Catalog, SessionSettings), Failure> {
    let snapshot = read_snapshot(path)?;
    let settings = SessionSettings {
        major: snapshot.catalog.major(),
        ..snapshot.settings
    };
    let mut catalog = snapshot.catalog;
    if matches!(target, Source::Files(_)) {
        catalog = other_major::in_engine_words(catalog, &settings, bench).await?;
    }
    bench.scope.narrow(&mut catalog);
    Ok((catalog, settings))
}

/// The target; a saved catalog of another major is brought into the words of the other side.
async fn target_side(
    target: &Source,
    settings: &SessionSettings,
    files: Option<Files>,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let found = catalog(target, settings, files, bench).await?;
    let differs = settings.major > 0 && found.major() != settings.major && found.server_version > 0;
    if !differs || !matches!(target, Source::Snapshot(_)) {
        return Ok(found);
    }
    let (saved, wanted) = (found.major(), settings.major);
    let mut found = other_major::in_engine_words(found, settings, bench)
        .await
        .map_err(|mut failure| {
            for diagnostic in &mut failure.diagnostics {
                diagnostic.notes.push(format!(
                    "the snapshot is of PostgreSQL {saved} and the other side of {wanted}, which print the same definition in \
                     other words: comparing them needs a server"
                ));
            }
            failure
        })?;
    found.server_version = wanted * 10_000;
    Ok(found)
}

/// The catalog of an open live database, with sizes of its tables where wanted, and the settings that the engine takes over from it.
///
/// # Errors
/// The database's words.
pub async fn read_live(
    live: &Live,
    bench: &Workbench,
    sizes: bool,
) -> Result<(Catalog, SessionSettings), Failure> {
    let _busy = Busy::new(&bench.terminal, &format!("Reading {}", live.target));
    let settings = SessionSettings::of(&live.client).await?;
    let mut catalog = introspect::read(&live.client, &ReadOptions { sizes }).await?;
    crate::bodies::add_body_dependencies(&mut catalog);
    if let Some(warning) = live_major::too_new(catalog.major()) {
        bench.terminal.show(&[warning]);
    }
    catalog = other_major::in_engine_words(catalog, &settings, bench).await?;
    bench.scope.narrow(&mut catalog);
    Ok((catalog, settings))
}

/// The catalog of any source.
///
/// # Errors
/// Everything that is wrong with it.
pub async fn catalog(
    source: &Source,
    settings: &SessionSettings,
    files: Option<Files>,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    match source {
        Source::Live(word) => {
            let live = bench.live(word.as_deref(), Purpose::Read).await?;
            let read = read_live(&live, bench, false).await;
            live.close().await;
            Ok(read?.0)
        }
        Source::Snapshot(path) => {
            let mut catalog = read_snapshot(path)?.catalog;
            bench.scope.narrow(&mut catalog);
            Ok(catalog)
        }
        Source::Files(found) => {
            let files = match files {
                Some(files) => files,
                None => Files::open(found, bench)?,
            };
            built(files, settings, bench).await
        }
    }
}

/// The files of a source, read from disk; parsed only where that is needed.
pub struct Files {
    sources: Vec<Arc<SourceFile>>,
    hash: String,
    desired: Option<Desired>,
}

impl Files {
    /// Reads them. What is wrong with them is said here, before any server is asked; files that gave a catalog before are not
    /// parsed again.
    fn open(source: &desired::Source, bench: &Workbench) -> Result<Self, Failure> {
        let sources = source.files()?;
        let hash = desired::hash_of_files(&sources);
        let mut files = Self {
            sources,
            hash,
            desired: None,
        };
        if !Slot::is_known(&files.hash) {
            files.desired = Some(files.parse(bench)?);
        }
        Ok(files)
    }

    fn parse(&self, bench: &Workbench) -> Result<Desired, Failure> {
        let desired = desired::read_files(&self.sources)?;
        bench.terminal.show(&desired.warnings);
        Ok(desired)
    }
}

/// The catalog that the files give, from the cache or from the engine.
async fn built(mut files: Files, settings: &SessionSettings, bench: &Workbench) -> Result<Catalog, Failure> {
    let choice = Choice::of(bench.engine_options(Some(settings))).await?;
    let whole = Slot::of(&files.hash, choice.version(), settings);
    let mut catalog = match whole.read() {
        Some(catalog) => catalog,
        None => {
            let desired = match files.desired.take() {
                Some(desired) => desired,
                None => files.parse(bench)?,
            };
            drop(files);
            let (catalog, is_quiet) = annotated(&desired, choice, settings, bench).await?;
            // What was said about the files is not kept, so it has to be found again.
            if is_quiet {
                whole.write(&catalog);
            }
            catalog
        }
    };
    bench.scope.narrow(&mut catalog);
    Ok(catalog)
}

/// The catalog of parsed files with origins and directives, and whether nothing had to be said about it.
async fn annotated(
    desired: &Desired,
    choice: Choice,
    settings: &SessionSettings,
    bench: &Workbench,
) -> Result<(Catalog, bool), Failure> {
    let slot = Slot::of(&desired.hash, choice.version(), settings);
    let mut catalog = match slot.read() {
        Some(catalog) => catalog,
        None => {
            let _busy = Busy::new(
                &bench.terminal,
                "Building the desired schema in a throwaway PostgreSQL",
            );
            let engine = choice.start().await?;
            let built = build(&engine, desired, settings, bench).await;
            engine.stop().await;
            let catalog = built?;
            slot.write(&catalog);
            catalog
        }
    };
    let mut diagnostics = desired::annotate(&mut catalog, desired);
    if settings.major > 0 {
        // The target is what the live server is to hold, whichever server has built it.
        diagnostics.extend(live_major::fit(&mut catalog, settings.major));
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics.into());
    }
    bench.terminal.show(&diagnostics);
    Ok((catalog, diagnostics.is_empty() && desired.warnings.is_empty()))
}

async fn build(
    engine: &Engine,
    desired: &Desired,
    settings: &SessionSettings,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let scratch = engine.scratch(settings).await?;
    for note in &scratch.notes {
        bench.terminal.detail(note);
    }
    let loaded = load(engine, &scratch, desired).await;
    let read = match loaded {
        Ok(()) => introspect::read(&scratch.client, &ReadOptions { sizes: false })
            .await
            .map_err(Failure::from),
        Err(LoadError::Schema(found)) if engine.major() < settings.major => {
            let older =
                |each: Diagnostic| each.note(live_major::read_by_older(engine.major(), settings.major));
            Err(found.into_iter().map(older).collect::<Vec<_>>().into())
        }
        Err(error) => Err(error.into()),
    };
    scratch.close().await?;
    read
}

/// Reads a saved catalog.
///
/// # Errors
/// Whatever is wrong with the file.
pub fn read_snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let shown = path.display();
    let unread = |error: std::io::Error| {
        Failure::new(
            "no-such-source",
            format!("cannot read {shown}: {error}"),
            "`schemaplan snapshot > snapshot.json` writes one",
        )
    };
    let size = std::fs::metadata(path).map_err(unread)?.len();
    let read = match size > LARGEST {
        true => Err(SnapshotError::Huge { bytes: size }),
        false => Snapshot::from_json(&std::fs::read(path).map_err(unread)?),
    };
    read.map_err(|error| {
        let mut diagnostic = Diagnostic::error(
            "snapshot",
            format!("{shown} is no snapshot that can be used: {error}"),
        );
        diagnostic.notes = error.notes().to_vec();
        diagnostic.help(error.hint()).into()
    })
}
