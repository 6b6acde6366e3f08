//! Desired files: read, and built by the engine unless the cache knows what they give.

use super::cache::Slot;
use super::failure::Failure;
use super::fleet::Tenant;
use super::live_major;
use super::terminal::Busy;
use super::workbench::Workbench;
use crate::desired::{self, Desired};
use crate::engine::{self, Built, Choice, Engine, LoadError, SessionSettings, WORTH_KEEPING};
use crate::introspect::{self, ReadOptions};
use crate::model::{Catalog, Ident, ObjectId};
use crate::sql::rename_schema;
use crate::text::{Diagnostic, SourceFile};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Mutex;

/// The catalogs that were built in this run, and the files that were read without an error: the members of a fleet share them.
#[derive(Default)]
pub struct Builds {
    /// Held while one is built, so that nobody builds it beside.
    catalogs: Mutex<BTreeMap<String, Catalog>>,
    read: RefCell<BTreeSet<String>>,
    /// The live catalog of a database of tenants, and whether sizes were read; held while it is read.
    pub live: Mutex<Option<(bool, Catalog)>>,
    /// The server that builds the schemas of tenants, one behind the other.
    engine: Mutex<Option<Standing>>,
}

/// A server that stays for the next tenant.
struct Standing {
    engine: Engine,
    /// What was built for the last one, where another name makes it the next one's.
    shape: Option<Shape>,
}

/// A database that holds the shape under a tenant's name.
struct Shape {
    /// What the files say before any tenant's name stands in them, and the settings.
    key: String,
    tenant: String,
    built: Built,
}

impl Standing {
    async fn stop(mut self) {
        self.forget().await;
        self.engine.stop().await;
    }

    /// A database that cannot be removed goes with the server.
    async fn forget(&mut self) {
        if let Some(shape) = self.shape.take() {
            let _ = shape.built.close().await;
        }
    }

    /// The shape under this tenant's name; none where nothing of this shape was built, or it does not go by that.
    async fn renamed(&mut self, of: &Of) -> Option<&Built> {
        let shape = self.shape.as_mut().filter(|shape| shape.key == of.key)?;
        let (old, new) = (Ident::new(shape.tenant.as_str()), Ident::new(of.tenant.as_str()));
        let rename = rename_schema(&old, &new);
        match shape.built.scratch.client.batch_execute(rename.as_str()).await {
            Ok(()) => shape.tenant.clone_from(&of.tenant),
            Err(_) => {
                self.forget().await;
                return None;
            }
        }
        self.shape.as_ref().map(|shape| &shape.built)
    }
}

/// Whose shape is built.
struct Of {
    key: String,
    tenant: String,
}

impl Builds {
    /// Stops what was left running for the next tenant.
    pub async fn close(&self) {
        if let Some(standing) = self.engine.lock().await.take() {
            standing.stop().await;
        }
    }
}

/// The files of a source, read from disk; parsed only where that is needed.
pub struct Files {
    sources: Vec<Arc<SourceFile>>,
    /// The hash of all that they say.
    pub hash: String,
    desired: Option<Desired>,
    /// Where they describe a tenant's schema by nothing but its name: the hash before that was put in, and the tenant.
    shape: Option<(String, String)>,
}

impl Files {
    /// Reads them. What is wrong with them is said here, before any server is asked; files that gave a catalog before are not
    /// parsed again.
    pub fn open(source: &desired::Source, bench: &Workbench) -> Result<Self, Failure> {
        let mut sources = source.files()?;
        let mut shape = None;
        if let Some(tenant) = bench.member.as_ref().and_then(|member| member.tenant.as_ref()) {
            let unnamed = desired::hash_of_files(&sources);
            sources = of_tenant(&sources, tenant)?;
            if desired::goes_by_renaming(&sources, &tenant.name) {
                shape = Some((unnamed, tenant.name.clone()));
            }
        }
        let hash = desired::hash_of_files(&sources);
        let mut files = Self {
            sources,
            hash,
            desired: None,
            shape,
        };
        let read = bench.member.is_some() && bench.builds.read.borrow().contains(&files.hash);
        if !read && !Slot::is_known(&files.hash) {
            files.desired = Some(files.parse(bench)?);
            bench.builds.read.borrow_mut().insert(files.hash.clone());
        }
        Ok(files)
    }

    /// True where they gave a catalog before, without a word about them.
    pub fn are_known(&self) -> bool {
        self.desired.is_none()
    }

    fn parse(&self, bench: &Workbench) -> Result<Desired, Failure> {
        let desired = desired::read_files(&self.sources)?;
        bench.terminal.show(&desired.warnings);
        Ok(desired)
    }
}

/// The files as they describe a tenant's schema in place of the shape.
fn of_tenant(sources: &[Arc<SourceFile>], tenant: &Tenant) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let mut problems = Vec::new();
    let mut renamed = Vec::new();
    for source in sources {
        match desired::as_tenant(source, &tenant.shape, &tenant.name) {
            Ok(source) => renamed.push(source),
            Err(found) => problems.extend(found),
        }
    }
    match problems.is_empty() {
        true => Ok(renamed),
        false => Err(problems.into()),
    }
}

/// What the files describe outside the shape would be there once for all tenants.
fn refuse_outside(catalog: &Catalog, bench: &Workbench) -> Result<(), Failure> {
    let outside = bench.scope.outside_tenant(catalog);
    let Some(tenant) = bench.member.as_ref().and_then(|member| member.tenant.as_ref()) else {
        return Ok(());
    };
    let of = |id: &&ObjectId| {
        let title = format!("{id} is not in `{}`, the shape of tenants", tenant.shape);
        let diagnostic = Diagnostic::error("outside-shape", title).help(
            "what all tenants share belongs to files of its own, and to an environment without `tenants:`",
        );
        match catalog.origin(id) {
            Some(origin) => diagnostic.note(format!("it is defined in {origin}")),
            None => diagnostic,
        }
    };
    match outside.is_empty() {
        true => Ok(()),
        false => Err(outside.iter().take(10).map(of).collect::<Vec<_>>().into()),
    }
}

/// The catalog that the files give: what was built for another member of the fleet, else from the cache or from the engine.
pub async fn built(
    files: Files,
    settings: &SessionSettings,
    like: Option<&Catalog>,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    if bench.member.is_none() {
        return made(files, settings, like, bench).await;
    }
    let settings_text = serde_json::to_string(settings).unwrap_or_default();
    let key = format!("{} {settings_text}", files.hash);
    let mut catalogs = bench.builds.catalogs.lock().await;
    if let Some(catalog) = catalogs.get(&key) {
        return Ok(catalog.clone());
    }
    let catalog = made(files, settings, like, bench).await?;
    catalogs.insert(key, catalog.clone());
    Ok(catalog)
}

async fn made(
    mut files: Files,
    settings: &SessionSettings,
    like: Option<&Catalog>,
    bench: &Workbench,
) -> Result<Catalog, Failure> {
    let choice = Choice::of(bench.engine_options(Some(settings))).await?;
    let whole = Slot::of(&files.hash, choice.version(), settings);
    let mut catalog = match whole.read(like) {
        Some(catalog) => catalog,
        None => {
            let desired = match files.desired.take() {
                Some(desired) => desired,
                None => files.parse(bench)?,
            };
            let of = files.shape.take().map(|(unnamed, tenant)| Of {
                key: format!(
                    "{unnamed} {}",
                    serde_json::to_string(settings).unwrap_or_default()
                ),
                tenant,
            });
            drop(files);
            let (catalog, is_quiet) = annotated(desired, of, choice, settings, like, bench).await?;
            // What was said about the files is not kept, so it has to be found again.
            if is_quiet {
                whole.write(&catalog);
            }
            catalog
        }
    };
    refuse_outside(&catalog, bench)?;
    bench.scope.narrow(&mut catalog);
    Ok(catalog)
}

/// The catalog of parsed files with origins and directives, and whether nothing had to be said about it.
async fn annotated(
    mut desired: Desired,
    of: Option<Of>,
    choice: Choice,
    settings: &SessionSettings,
    like: Option<&Catalog>,
    bench: &Workbench,
) -> Result<(Catalog, bool), Failure> {
    let slot = Slot::of(&desired.hash, choice.version(), settings);
    let mut catalog = match slot.read(like) {
        Some(catalog) => catalog,
        None => {
            let _busy = Busy::new(
                &bench.terminal,
                "Building the desired schema in a throwaway PostgreSQL",
            );
            let mut kept = bench.builds.engine.lock().await;
            let mut standing = match kept.take() {
                Some(standing) => standing,
                None => Standing {
                    engine: choice.start().await?,
                    shape: None,
                },
            };
            let built = build(&mut standing, &mut desired, of, settings, bench).await;
            match bench.shares_catalog {
                true => *kept = Some(standing),
                false => standing.stop().await,
            }
            drop(kept);
            let (catalog, kept) = built?;
            // Where its database is kept, and the files give no warning that has to be found again, a large catalog is written
            // once: with what the files say of it.
            if !kept || !desired.warnings.is_empty() {
                slot.write(&catalog);
            }
            catalog
        }
    };
    let mut diagnostics = desired::annotate(&mut catalog, &desired);
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

/// What the engine makes of the files, and whether its database is kept.
async fn build(
    standing: &mut Standing,
    desired: &mut Desired,
    of: Option<Of>,
    settings: &SessionSettings,
    bench: &Workbench,
) -> Result<(Catalog, bool), Failure> {
    if let Some(of) = &of
        && let Some(built) = standing.renamed(of).await
    {
        desired.were_executed();
        return Ok((read(built, bench).await?, false));
    }
    let engine = &standing.engine;
    let built = match engine::build(engine, settings, desired, WORTH_KEEPING).await {
        Ok(built) => built,
        Err(LoadError::Schema(found)) if engine.major() < settings.major => {
            let older =
                |each: Diagnostic| each.note(live_major::read_by_older(engine.major(), settings.major));
            return Err(found.into_iter().map(older).collect::<Vec<_>>().into());
        }
        Err(error) => return Err(error.into()),
    };
    desired.were_executed();
    let kept = built.is_kept();
    let read = read(&built, bench).await;
    match of.filter(|_| !kept && read.is_ok() && bench.shares_catalog) {
        Some(Of { key, tenant }) => {
            standing.forget().await;
            standing.shape = Some(Shape { key, tenant, built });
        }
        None => built.close().await?,
    }
    Ok((read?, kept))
}

async fn read(built: &Built, bench: &Workbench) -> Result<Catalog, Failure> {
    let _reader = bench.reader.lock().await;
    Ok(introspect::read(&built.scratch.client, &ReadOptions { sizes: false }).await?)
}
