//! Catalogs that the engine has built, kept by what they were built from: an unchanged schema costs no server.

use crate::engine::{SessionSettings, cache_folder};
use crate::model::Catalog;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// So many are kept; a catalog of a thousand tables is some megabytes.
const KEPT: usize = 40;

/// The place of a catalog.
pub struct Slot {
    path: Option<PathBuf>,
}

impl Slot {
    /// The place for the catalog that these statements give on this server under these settings.
    pub fn of(statements_hash: &str, server_version: &str, settings: &SessionSettings) -> Self {
        let settings = serde_json::to_string(settings).unwrap_or_default();
        let mut hasher = Sha256::new();
        for part in [statements_hash, server_version, &settings, &reader()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let name: String = hasher
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let folder = cache_folder(None).ok().map(|folder| folder.join("catalogs"));
        Self {
            path: folder.map(|folder| folder.join(format!("{name}.json"))),
        }
    }

    /// The catalog, where it is there and can be read.
    pub fn read(&self) -> Option<Catalog> {
        let text = std::fs::read(self.path.as_ref()?).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps a catalog. A cache that cannot be written costs time and nothing else.
    pub fn write(&self, catalog: &Catalog) {
        let Some((path, folder)) = self.path.as_ref().and_then(|path| Some((path, path.parent()?))) else {
            return;
        };
        let Ok(text) = serde_json::to_vec(catalog) else {
            return;
        };
        let _ = std::fs::create_dir_all(folder);
        // Under another name first: a second command may read at this moment.
        if let Ok(file) = tempfile::NamedTempFile::new_in(folder)
            && std::fs::write(file.path(), text).is_ok()
        {
            let _ = file.persist(path);
        }
        forget_old(folder);
    }
}

/// The version of the program that reads: another build may read other things.
fn reader() -> String {
    let built = std::env::current_exe()
        .and_then(std::fs::metadata)
        .ok()
        .map(|data| {
            let time = data
                .modified()
                .ok()
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            format!("{} {}", data.len(), time.unwrap_or_default().as_nanos())
        })
        .unwrap_or_default();
    format!("{} {built}", env!("CARGO_PKG_VERSION"))
}

fn forget_old(folder: &std::path::Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    for (_, path) in files.into_iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}
