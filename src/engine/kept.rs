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
use tempfile::NamedTempFile;
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
    /// What says what is in it, where it is to be kept.
    note: Option<Note>,
}

/// A file that is written, and the place for it.
struct Note {
    folder: PathBuf,
    file: NamedTempFile,
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
                let all = desired.statements.len();
                engine.tell(format!(
                    "{executed} of {all} statements were executed, the rest was kept from before"
                ));
                let note = Note::write(Some(folder), settings, desired);
                return Ok(Built {
                    scratch,
                    executed,
                    note,
                });
            }
        }
    }
    let scratch = engine.scratch(settings).await?;
    for note in &scratch.notes {
        engine.tell(note.clone());
    }
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
        note: Note::write(keep.as_deref().filter(|_| in_order), settings, desired),
    })
}

impl Built {
    /// True where the database will be kept.
    pub fn is_kept(&self) -> bool {
        self.note.is_some()
    }

    /// Keeps the database for the next time, or removes it.
    ///
    /// # Errors
    /// When it can be neither kept nor removed.
    pub async fn close(self) -> Result<(), EngineError> {
        let Some(Note { folder, file }) = self.note else {
            return self.scratch.close().await;
        };
        // What is beyond what may be kept goes with the next run: a disk has an end.
        for old in newest_first(&folder).into_iter().skip(KEPT - 1) {
            let _ = fs::remove_file(old);
        }
        let name = format!("{PREFIX}{:016x}", rand::random::<u64>());
        if self.scratch.keep(&name).await? {
            // Without its file nobody finds it, and the next run removes it.
            let _ = file.persist(folder.join(name));
        }
        Ok(())
    }
}

/// The kept database of this file, changed to hold the desired schema; None where it cannot be.
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
    let Some(scratch) = engine.open(&name.unwrap_or_default(), settings).await else {
        let _ = fs::remove_file(file);
        return Ok(None);
    };
    stand_ins(engine, desired).await?;
    // Behind the commit the database is no longer what the file says.
    let forget = || drop(fs::remove_file(file));
    let done = rework::execute(&scratch, desired, &work, forget).await?;
    // Refused, it is as it was: the next edit may be one that the server takes.
    Ok(done.then_some((scratch, work.execute.len())))
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

impl Note {
    /// None where nothing is to be kept, or nothing can be: that costs time and nothing else.
    fn write(folder: Option<&Path>, session: &SessionSettings, desired: &Desired) -> Option<Self> {
        let (folder, header) = (folder?, Header::now(session)?);
        fs::create_dir_all(folder).ok()?;
        // Not among those that are found there.
        let mut file = NamedTempFile::new_in(folder.parent()?).ok()?;
        write(file.as_file_mut(), header, desired).ok()?;
        Some(Self {
            folder: folder.to_owned(),
            file,
        })
    }
}

/// A header, a line for each statement, and a last one with the number of them: a file that was cut off is none.
fn write(file: &mut File, mut header: Header, desired: &Desired) -> std::io::Result<()> {
    let mut numbers: HashMap<&Settings, usize> = HashMap::new();
    let mut all: Vec<usize> = Vec::with_capacity(desired.statements.len());
    for statement in &desired.statements {
        let next = numbers.len();
        let number = *numbers.entry(&*statement.settings).or_insert(next);
        if number == header.settings.len() {
            header.settings.push(Settings::clone(&statement.settings));
        }
        all.push(number);
    }
    let mut out = BufWriter::new(file);
    serde_json::to_writer(&mut out, &header)?;
    for (statement, number) in desired.statements.iter().zip(&all) {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut out, &(number, &statement.text))?;
    }
    writeln!(out, "\n{}", all.len())?;
    out.flush()
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
