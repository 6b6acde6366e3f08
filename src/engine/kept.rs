//! Databases that hold a desired schema and are kept for the next time: an edit in one file does not pay for all of them.
//!
//! Beside a cluster's data folder, in `slot-N.kept/`, a file for each says what was executed in it. Whoever takes one changes it in
//! one transaction so that it holds the present files; where that is not certain to end as an execution of all would, or fails, the
//! schema is executed whole.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use super::admin;
use super::error::EngineError;
use super::load::{LoadError, Loaded, load, stand_ins};
use super::rework;
use super::{Engine, Scratch, SessionSettings};
use crate::desired::{Desired, Done, Settings};

/// A schema of fewer statements is executed in less than a second.
pub const WORTH_KEEPING: usize = 1_000;
/// So many databases are kept in a cluster.
const KEPT: usize = 2;
/// What their names begin with.
const PREFIX: &str = "schemaplan_kept_";

/// The first line of a file.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Header {
    /// The program's version: another may execute other statements for the same files.
    version: String,
    /// Durability is off: after a crash of the machine the files of the database may be anything.
    boot: String,
    session: SessionSettings,
    /// Settings of files, to which the lines refer by number.
    settings: Vec<Settings>,
}

/// A database that holds the desired schema.
pub struct Built {
    /// The database, with a session in it.
    pub scratch: Scratch,
    /// How many statements were executed for it.
    pub executed: usize,
    keep: Option<PathBuf>,
}

/// Makes a database that holds the desired schema: from one that was kept, else by executing everything. `worth_keeping`: schemas
/// of fewer statements are not kept.
///
/// # Errors
/// As [`load`].
pub async fn build(
    engine: &Engine,
    settings: &SessionSettings,
    desired: &Desired,
    worth_keeping: usize,
) -> Result<Built, LoadError> {
    let large = desired.statements.len() >= worth_keeping && desired.can_be_reworked();
    let keep = engine.kept_folder().filter(|_| large);
    if let Some(folder) = &keep {
        for file in newest_first(folder) {
            if let Some((scratch, executed)) = taken(engine, settings, desired, &file).await? {
                return Ok(Built {
                    scratch,
                    executed,
                    keep,
                });
            }
        }
    }
    let scratch = engine.scratch(settings).await?;
    let Loaded { in_order } = match load(engine, &scratch, desired).await {
        Ok(loaded) => loaded,
        Err(error) => {
            scratch.close().await?;
            return Err(error);
        }
    };
    Ok(Built {
        scratch,
        executed: desired.statements.len(),
        keep: keep.filter(|_| in_order),
    })
}

impl Built {
    /// Keeps the database for the next time, or removes it.
    ///
    /// # Errors
    /// When it can be neither kept nor removed.
    pub async fn close(self, settings: &SessionSettings, desired: &Desired) -> Result<(), EngineError> {
        let header = self.keep.as_ref().and_then(|_| Header::now(settings));
        let (Some(folder), Some(header)) = (self.keep, header) else {
            return self.scratch.close().await;
        };
        let name = format!("{PREFIX}{:016x}", rand::random::<u64>());
        // What is beyond what may be kept goes first: a disk has an end.
        let files = newest_first(&folder);
        for old in files.into_iter().skip(KEPT - 1) {
            let _ = fs::remove_file(old);
        }
        if !self.scratch.keep(&name).await? {
            return Ok(());
        }
        // Without its file nobody finds it, and the next run removes it.
        let _ = fs::create_dir_all(&folder);
        let _ = write(&folder.join(&name), header, desired);
        Ok(())
    }
}

/// The kept database of this file, changed to hold the desired schema; None where it cannot be, and then it is gone.
async fn taken(
    engine: &Engine,
    settings: &SessionSettings,
    desired: &Desired,
    file: &Path,
) -> Result<Option<(Scratch, usize)>, EngineError> {
    let Some((header, done)) = read(file) else {
        let _ = fs::remove_file(file);
        return Ok(None);
    };
    if Header::now(settings).is_none_or(|now| !header.is_as(&now)) {
        return Ok(None);
    }
    let Some(work) = crate::desired::rework(&done, desired, &settings.search_path) else {
        return Ok(None);
    };
    // Most of the work would not be saved, and what is removed is removed one by one.
    if work.execute.len() * 2 > desired.statements.len() {
        return Ok(None);
    }
    drop(done);
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    // From here on the database is no longer what the file says.
    let _ = fs::remove_file(file);
    let Some(scratch) = engine.open(&name.unwrap_or_default(), settings).await else {
        return Ok(None);
    };
    stand_ins(engine, desired).await?;
    match rework::execute(&scratch, desired, &work).await {
        Ok(true) => Ok(Some((scratch, work.execute.len()))),
        Ok(false) => {
            scratch.close().await?;
            Ok(None)
        }
        Err(error) => {
            let _ = scratch.close().await;
            Err(error)
        }
    }
}

/// Removes the databases of a cluster that no file speaks of: a run was killed, or had no use for them.
pub(super) async fn drop_lost(admin: &Client, folder: &Path) -> Result<(), EngineError> {
    for name in admin::databases_like(admin, PREFIX).await? {
        if !folder.join(&name).exists() {
            admin::drop_scratch(admin, &name).await?;
        }
    }
    Ok(())
}

impl Header {
    /// None on a system that does not tell its starts apart.
    fn now(session: &SessionSettings) -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            boot: boot.trim().to_owned(),
            session: session.clone(),
            settings: Vec::new(),
        })
    }

    fn is_as(&self, other: &Self) -> bool {
        (&self.version, &self.boot, &self.session) == (&other.version, &other.boot, &other.session)
    }
}

fn newest_first(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    files.into_iter().rev().map(|(_, path)| path).collect()
}

/// A header, a line for each statement, and a last one with the number of them: a file that was cut off is none.
fn write(path: &Path, mut header: Header, desired: &Desired) -> std::io::Result<()> {
    let mut numbers: HashMap<Arc<Settings>, usize> = HashMap::new();
    let mut lines = Vec::new();
    for done in desired.done() {
        let next = numbers.len();
        let number = *numbers.entry(Arc::clone(&done.settings)).or_insert_with(|| {
            header.settings.push(Settings::clone(&done.settings));
            next
        });
        lines.push((number, done.text));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = BufWriter::new(file.as_file_mut());
    serde_json::to_writer(&mut out, &header)?;
    for line in &lines {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut out, line)?;
    }
    writeln!(out, "\n{}", lines.len())?;
    out.flush()?;
    drop(out);
    file.persist(path)?;
    Ok(())
}

fn read(path: &Path) -> Option<(Header, Vec<Done>)> {
    let mut lines = BufReader::new(File::open(path).ok()?).lines();
    let header: Header = serde_json::from_str(&lines.next()?.ok()?).ok()?;
    let settings: Vec<Arc<Settings>> = header.settings.iter().cloned().map(Arc::new).collect();
    let mut done = Vec::new();
    let mut last = None;
    for line in lines {
        let line = line.ok()?;
        match serde_json::from_str::<(usize, String)>(&line) {
            Ok((number, text)) => done.push(Done {
                text,
                settings: settings.get(number)?.clone(),
            }),
            Err(_) => last = line.parse::<usize>().ok(),
        }
    }
    (last == Some(done.len())).then_some((header, done))
}
