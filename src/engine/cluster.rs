//! The throwaway clusters in the cache folder.
//!
//! Each server installation has its own folder there, with numbered slots. A command takes the first slot that
//! nobody holds, so two commands at once use two clusters, and one after the other use the same.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::error::EngineError;
use super::events::{EngineEvent, Listener};
use super::find::Installation;
use super::home::{Durability, Home};
use super::lock::try_lock;
use super::server::Server;
use super::server_user::{ServerUser, make_open_folder};

/// More commands at once than this on one machine are an error rather than a full disk.
const MOST_SLOTS: u32 = 64;

/// A slot's cluster, running, with a superuser's session in its maintenance database.
pub(super) struct Cluster {
    pub(super) server: Server,
    pub(super) admin: Client,
    /// Where it is noted what databases are kept in it.
    pub(super) kept: PathBuf,
}

/// Takes a free slot below `cache` and starts its cluster.
pub(super) async fn start(
    software: &Installation,
    cache: &Path,
    user: Option<&ServerUser>,
    listener: &Listener,
) -> Result<Cluster, EngineError> {
    let folder = cache.join("clusters").join(folder_name(software));
    make_open_folder(&folder, user)?;
    for slot in 0..MOST_SLOTS {
        let home = slot_home(software, &folder, slot, user);
        let Some(lock) = try_lock(&home.lock)? else {
            continue;
        };
        let kept = folder.join(format!("slot-{slot}.kept"));
        return start_slot(&home, kept, lock, listener).await;
    }
    Err(EngineError::Program {
        program: software.program("postgres").display().to_string(),
        said: format!("all {MOST_SLOTS} clusters in `{}` are in use", folder.display()),
        hint: "wait until other schemaplan commands have ended".to_owned(),
    })
}

fn slot_home(software: &Installation, folder: &Path, slot: u32, user: Option<&ServerUser>) -> Home {
    let at = |suffix: &str| -> PathBuf { folder.join(format!("slot-{slot}{suffix}")) };
    Home {
        software: software.clone(),
        data: at(""),
        log: at(".log"),
        lock: at(".lock"),
        user: user.cloned(),
        durability: Durability::Throwaway,
    }
}

async fn start_slot(
    home: &Home,
    kept: PathBuf,
    lock: File,
    listener: &Listener,
) -> Result<Cluster, EngineError> {
    if !home.data.join("PG_VERSION").exists() {
        make_afresh(home, &lock, listener)?;
    }
    let spare = lock
        .try_clone()
        .map_err(|error| EngineError::file("lock", &home.lock, error))?;
    let (server, admin) = match home.start(lock).await {
        Ok(started) => started,
        Err(_) => {
            // With durability off a machine that went down leaves a cluster in pieces, and there is nothing in it
            // that is needed.
            make_afresh(home, &spare, listener)?;
            home.start(spare).await?
        }
    };
    Ok(Cluster { server, admin, kept })
}

fn make_afresh(home: &Home, lock: &File, listener: &Listener) -> Result<(), EngineError> {
    listener.tell(EngineEvent::Preparing {
        version: home.software.version_short().to_owned(),
    });
    if home.data.exists() {
        fs::remove_dir_all(&home.data).map_err(|error| EngineError::file("remove", &home.data, error))?;
    }
    home.initialise(lock)
}

/// As in `15-1f3a9c2b`: the major, and a hash of where the programs are, so that two builds of one major with
/// different options do not share a data folder.
fn folder_name(software: &Installation) -> String {
    let hash = Sha256::digest(software.bin_dir.as_os_str().as_encoded_bytes());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{short}", software.major)
}
