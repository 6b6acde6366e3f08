//! From a source to a catalog: files through the engine, a live database through the reader.

use super::cache::{Aside, Mark, Slot};
use super::database::{Live, Purpose};
use super::failure::Failure;
use super::files::{Files, built};
use super::live_major;
use super::other_major;
use super::source::Source;
use super::terminal::Busy;
use super::workbench::Workbench;
use crate::engine::{Choice, LoadError, SessionSettings};
use crate::execute::{LastRun, last_run, tenants_in_flight};
use crate::export::{LARGEST, Snapshot, SnapshotError};
use crate::introspect::{self, IntrospectError, ReadOptions};
use crate::model::{Catalog, Unmanaged};
use crate::text::Diagnostic;
use std::path::Path;

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
    /// What the journal said before `from` was read, where steps are to be run.
    pub last_run: Option<LastRun>,
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

/// Both sides, or the word that they are equal.
pub enum Compared {
    /// They were found equal before, and neither has changed since.
    Equal(Box<Live>),
    /// They have to be looked at.
    Sides {
        /// Both.
        sides: Box<Sides>,
        /// Where to note that they are equal.
        mark: Option<Mark>,
    },
}

/// Reads both sides, unless it is known that they are equal: nothing is as frequent as the question whether a database is still
/// what its files say.
///
/// # Errors
/// As [`sides`].
pub async fn compared(bench: &Workbench) -> Result<Compared, Failure> {
    let (Source::Live(word), Source::Files(target)) = (bench.from(), bench.target()) else {
        let sides = Box::new(sides(bench, Purpose::Compare).await?);
        return Ok(Compared::Sides { sides, mark: None });
    };
    let files = Files::open(&target, bench)?;
    let live = bench.live(word.as_deref(), Purpose::Compare).await?;
    let read = async {
        let mark = mark(&live, &files, bench).await?;
        if files.are_known() && mark.as_ref().is_some_and(Mark::is_there) {
            return Ok((None, mark));
        }
        let target = Source::Files(target);
        let hash = files.hash.clone();
        let read = with_live(&live, &target, Some(files), Purpose::Compare, bench).await?;
        // Files that something has to be said about are read again each time.
        Ok((Some(read), mark.filter(|_| Slot::is_known(&hash))))
    };
    match read.await {
        Ok((None, _)) => Ok(Compared::Equal(Box::new(live))),
        Ok((Some((from, target)), mark)) => {
            let sides = Box::new(Sides {
                from,
                target,
                sizes_known: false,
                last_run: None,
                live: Some(live),
            });
            Ok(Compared::Sides { sides, mark })
        }
        Err(failure) => {
            live.close().await;
            Err(failure)
        }
    }
}

/// The place for the note that this database is what these files say. None where that has to be found out each time: on a server
/// that is newer than what is known, and for a role that may not read a catalog.
async fn mark(live: &Live, files: &Files, bench: &Workbench) -> Result<Option<Mark>, Failure> {
    let settings = SessionSettings::of(&live.client).await?;
    if live_major::too_new(settings.major).is_some() {
        return Ok(None);
    }
    // A role that may not read a catalog is told so by the reader.
    let Ok(stamp) = introspect::stamp(&live.client, settings.major).await else {
        live.client.batch_execute("ROLLBACK").await.ok();
        return Ok(None);
    };
    let choice = Choice::of(bench.engine_options(Some(&settings))).await?;
    let rules = format!("{:?} {:?}", bench.scope, bench.settings.manage);
    let settings = serde_json::to_string(&settings).unwrap_or_default();
    let parts = [&stamp, &files.hash, choice.version(), &settings, &rules];
    Ok(Some(Mark::of(&parts)))
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
    if let Source::Live(word) = &from {
        let live = bench.live(word.as_deref(), purpose).await?;
        let read = async {
            let last_run = match purpose {
                Purpose::Run => last_run(&live.client, bench.tenant()).await?,
                Purpose::Compare | Purpose::Read => None,
            };
            let (from, target) = with_live(&live, &target, files, purpose, bench).await?;
            Ok((from, target, last_run))
        };
        return match read.await {
            Ok((from, target, last_run)) => Ok(Sides {
                from,
                target,
                sizes_known: purpose != Purpose::Compare,
                last_run,
                live: Some(live),
            }),
            Err(failure) => {
                live.close().await;
                Err(failure)
            }
        };
    }
    let (from, settings) = match &from {
        Source::Snapshot(path) => from_snapshot(path, &target, bench).await?,
        other => {
            let settings = SessionSettings::default();
            (catalog(other, &settings, None, None, bench).await?, settings)
        }
    };
    let target = target_side(&target, &settings, files, Some(&from), bench).await?;
    Ok(Sides {
        from,
        target,
        sizes_known: false,
        last_run: None,
        live: None,
    })
}

/// The live catalog and the target. Files that have to be built first are built while the live database is read.
async fn with_live(
    live: &Live,
    target: &Source,
    files: Option<Files>,
    purpose: Purpose,
    bench: &Workbench,
) -> Result<(Catalog, Catalog), Failure> {
    let settings = SessionSettings::of(&live.client).await?;
    let sizes = purpose != Purpose::Compare;
    if files.as_ref().is_some_and(Files::are_known) {
        let from = read_under(live, &settings, sizes, bench).await?;
        let target = target_side(target, &settings, files, Some(&from), bench).await?;
        return Ok((from, target));
    }
    let aside = async {
        let _reader = bench.reader.lock().await;
        let from = read_under(live, &settings, sizes, bench).await?;
        // On a thread of its own: the engine is waiting for its next statements.
        tokio::task::spawn_blocking(|| Aside::put(from))
            .await
            .map_err(|error| cannot_wait(&error))
    };
    let (from, target) = tokio::join!(aside, target_side(target, &settings, files, None, bench));
    let (from, target) = (from?, target?);
    let from = from.take(&target).map_err(|error| cannot_wait(&error))?;
    Ok((from, target))
}

fn cannot_wait(error: &dyn std::error::Error) -> Failure {
    Failure::new(
        "introspect",
        format!(
            "the catalog of the live database was read and could not be kept in a file until the files were built: {error}"
        ),
        "see that the cache folder has room, then run the command again",
    )
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
    like: Option<&Catalog>,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let found = catalog(target, settings, files, like, bench).await?;
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
    let settings = SessionSettings::of(&live.client).await?;
    let catalog = read_under(live, &settings, sizes, bench).await?;
    Ok((catalog, settings))
}

/// What the live database holds and schemaplan does not manage. No engine is asked, whatever the server's major.
///
/// # Errors
/// The database's words.
pub async fn read_unmanaged(live: &Live, bench: &Workbench) -> Result<Vec<Unmanaged>, Failure> {
    if bench.shares_catalog {
        return Ok(read_live(live, bench, false).await?.0.unmanaged);
    }
    let _busy = Busy::new(&bench.terminal, &format!("Reading {}", live.target));
    let mut catalog = introspect::read(&live.client, &ReadOptions::default()).await?;
    bench.scope.narrow(&mut catalog);
    Ok(catalog.unmanaged)
}

async fn read_under(
    live: &Live,
    settings: &SessionSettings,
    sizes: bool,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let mut catalog = match bench.shares_catalog {
        false => read_whole(live, settings, sizes, bench).await?,
        true => {
            let mut known = bench.builds.live.lock().await;
            match known.as_ref().filter(|(with_sizes, _)| *with_sizes || !sizes) {
                Some((_, catalog)) => catalog.clone(),
                None => {
                    let catalog = read_whole(live, settings, sizes, bench).await?;
                    *known = Some((sizes, catalog.clone()));
                    catalog
                }
            }
        }
    };
    bench.scope.narrow(&mut catalog);
    Ok(catalog)
}

async fn read_whole(
    live: &Live,
    settings: &SessionSettings,
    sizes: bool,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let _busy = Busy::new(&bench.terminal, &format!("Reading {}", live.target));
    let mut catalog = introspect::read(&live.client, &ReadOptions { sizes }).await?;
    crate::bodies::add_body_dependencies(&mut catalog);
    if let Some(warning) = live_major::too_new(catalog.major()) {
        bench.terminal.show(&[warning]);
    }
    leave_to_tenants(&mut catalog, live, bench).await?;
    other_major::in_engine_words(catalog, settings, bench).await
}

/// What plans of tenants have made for their way is nobody else's: not seen by who works on the rest of their database.
async fn leave_to_tenants(catalog: &mut Catalog, live: &Live, bench: &Workbench) -> Result<(), Failure> {
    let on_its_way = catalog.support.iter().any(|each| each.is_on_the_way());
    if bench.tenant().is_some() || !on_its_way {
        return Ok(());
    }
    let tenants = tenants_in_flight(&live.client).await?;
    let is_theirs = |schema: &str| schema == "schemaplan" || tenants.iter().any(|tenant| tenant == schema);
    if !tenants.is_empty() {
        catalog.support.retain(|each| {
            let schema = match &each.on {
                Some(on) => on.schema.as_str(),
                None => each.name.split_once('.').map_or("", |(schema, _)| schema),
            };
            !each.is_on_the_way() || !is_theirs(schema)
        });
    }
    Ok(())
}

/// The catalog of any source. What is as in `like` is shared with it where the catalog comes from the cache.
///
/// # Errors
/// Everything that is wrong with it.
pub async fn catalog(
    source: &Source,
    settings: &SessionSettings,
    files: Option<Files>,
    like: Option<&Catalog>,
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
            built(files, settings, like, bench).await
        }
    }
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
