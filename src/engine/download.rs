//! Downloads a PostgreSQL where the machine has none.
//!
//! What comes is an archive of relocatable binaries with its SHA-256 beside it. It counts only when it is whole,
//! matches, is unpacked and runs: all of that happens under names that are never looked at, and a rename makes it
//! visible. So a download that was killed leaves nothing that looks complete.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use ureq::tls::{RootCerts, TlsConfig};

use super::error::EngineError;
use super::events::{EngineEvent, Listener};
use super::find::Installation;
use super::lock::open_lock;
use super::server_user::{ServerUser, make_open_folder};

/// Where archives come from unless `SCHEMAPLAN_POSTGRES_URL` says otherwise: `<here>/<version>/<archive>`.
const PLACE: &str = "https://github.com/theseus-rs/postgresql-binaries/releases/download";
/// The release of each major. The newest minor is not needed: the server is private and short-lived.
const RELEASES: [(u32, &str); 5] = [
    (14, "14.24.0"),
    (15, "15.18.0"),
    (16, "16.10.0"),
    (17, "17.6.0"),
    (18, "18.4.0"),
];
/// Taken where no major is wanted.
const USUAL_MAJOR: u32 = 17;
/// The beginning of the names of what is not complete.
const UNFINISHED: &str = ".unfinished-";
/// No archive is larger; a page that never ends is not to fill the disk.
const LARGEST: u64 = 1 << 30;

/// What to download, and where to put it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// The place, or one archive where it ends in `.tar.gz`; `None` is `SCHEMAPLAN_POSTGRES_URL` or [`PLACE`].
    pub(super) place: Option<String>,
    pub(super) major: Option<u32>,
    pub(super) cache: PathBuf,
    pub(super) user: Option<ServerUser>,
    pub(super) listener: Listener,
}

/// One archive: its address, and the folder that it becomes.
struct Archive {
    url: String,
    folder: PathBuf,
}

impl Request {
    fn downloads(&self) -> PathBuf {
        self.cache.join("downloads")
    }

    fn archive(&self) -> Result<Archive, EngineError> {
        let place = match &self.place {
            Some(place) => place.clone(),
            None => std::env::var("SCHEMAPLAN_POSTGRES_URL")
                .ok()
                .filter(|place| !place.is_empty())
                .unwrap_or_else(|| PLACE.to_owned()),
        };
        let place = place.trim_end_matches('/');
        if place.ends_with(".tar.gz") {
            let hash = hex(&Sha256::digest(place.as_bytes()));
            let folder = self.downloads().join(format!("postgresql-{}", &hash[..16]));
            return Ok(Archive {
                url: place.to_owned(),
                folder,
            });
        }
        let major = self.major.unwrap_or(USUAL_MAJOR);
        let version = RELEASES
            .iter()
            .find(|(known, _)| *known == major)
            .or_else(|| {
                RELEASES
                    .iter()
                    .find(|(known, _)| *known == USUAL_MAJOR && self.major.is_some_and(|m| m > 18))
            })
            .map(|(_, version)| *version)
            .ok_or_else(|| failed(place, format!("no release of PostgreSQL {major} is known")))?;
        let name = format!(
            "postgresql-{version}-{}",
            platform().ok_or_else(|| failed(place, no_platform()))?
        );
        let url = format!("{place}/{version}/{name}.tar.gz");
        Ok(Archive {
            url,
            folder: self.downloads().join(name),
        })
    }
}

/// The target triple of the archives for this machine.
fn platform() -> Option<String> {
    let arch = std::env::consts::ARCH;
    match std::env::consts::OS {
        "linux" if cfg!(target_env = "musl") => Some(format!("{arch}-unknown-linux-musl")),
        "linux" => Some(format!("{arch}-unknown-linux-gnu")),
        "macos" => Some(format!("{arch}-apple-darwin")),
        _ => None,
    }
}

fn no_platform() -> String {
    format!(
        "there are no binaries for {} on {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

fn failed(url: &str, reason: impl Into<String>) -> EngineError {
    EngineError::Download {
        url: url.to_owned(),
        reason: reason.into(),
        hint: "install PostgreSQL's server package instead, point SCHEMAPLAN_POSTGRES at one, give `--shadow URL`, \
               or set SCHEMAPLAN_POSTGRES_URL to a mirror"
            .to_owned(),
    }
}

/// The downloaded installation, downloaded now unless it was before.
pub(super) async fn download(request: Request) -> Result<Installation, EngineError> {
    let url = request.archive()?.url;
    tokio::task::spawn_blocking(move || obtain(&request))
        .await
        .map_err(|error| failed(&url, format!("the download was broken off: {error}")))?
}

fn obtain(request: &Request) -> Result<Installation, EngineError> {
    let archive = request.archive()?;
    if let Ok(found) = Installation::at(&archive.folder.join("bin")) {
        return Ok(found);
    }
    let downloads = request.downloads();
    make_open_folder(&downloads, request.user.as_ref())?;
    let lock_path = downloads.join("lock");
    let lock = open_lock(&lock_path)?;
    if lock.try_lock().is_err() {
        request.listener.tell(EngineEvent::Waiting {
            what: "another command's download".to_owned(),
        });
        lock.lock()
            .map_err(|error| EngineError::file("lock", &lock_path, error))?;
    }
    // The other one may have brought it.
    if let Ok(found) = Installation::at(&archive.folder.join("bin")) {
        return Ok(found);
    }
    remove_unfinished(&downloads);
    let file = fetch(&archive.url, &downloads, &request.listener)?;
    unpack(&archive, file, &downloads, &request.listener)
}

/// What was killed; the lock is held, so nobody is at it.
fn remove_unfinished(downloads: &Path) {
    for entry in fs::read_dir(downloads).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .tls_config(
            TlsConfig::builder()
                .root_certs(RootCerts::PlatformVerifier)
                .build(),
        )
        .user_agent(concat!("schemaplan/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// Brings the archive into an unnamed file, and checks its SHA-256.
fn fetch(url: &str, downloads: &Path, listener: &Listener) -> Result<File, EngineError> {
    let agent = agent();
    let wanted = wanted_hash(&agent, url)?;
    let mut response = agent
        .get(url)
        .call()
        .map_err(|error| failed(url, error.to_string()))?;
    let total = response.body().content_length();
    let mut file = tempfile::tempfile_in(downloads)
        .map_err(|error| EngineError::file("make a file in", downloads, error))?;
    let mut source = response.body_mut().as_reader().take(LARGEST);
    let (mut hash, mut done, mut buffer) = (Sha256::new(), 0u64, vec![0u8; 128 * 1024]);
    loop {
        let count = source
            .read(&mut buffer)
            .map_err(|error| failed(url, error.to_string()))?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        file.write_all(&buffer[..count])
            .map_err(|error| EngineError::file("write to", downloads, error))?;
        done += count as u64;
        listener.tell(EngineEvent::Downloading {
            url: url.to_owned(),
            done,
            total,
        });
    }
    let found = hex(&hash.finalize());
    if found != wanted {
        return Err(failed(
            url,
            format!("its SHA-256 is {found}, and {wanted} was promised: what came is not what was published"),
        ));
    }
    file.rewind()
        .map_err(|error| EngineError::file("read in", downloads, error))?;
    Ok(file)
}

/// The first word of `<archive>.sha256`. Without one nothing is run that came over the network.
fn wanted_hash(agent: &ureq::Agent, url: &str) -> Result<String, EngineError> {
    let beside = format!("{url}.sha256");
    let text = agent
        .get(&beside)
        .call()
        .and_then(|mut response| response.body_mut().read_to_string())
        .map_err(|error| {
            failed(
                &beside,
                format!("there is no checksum to verify the archive with: {error}"),
            )
        })?;
    let word = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash {
        Ok(word)
    } else {
        Err(failed(&beside, "what is there is no SHA-256"))
    }
}

fn unpack(
    archive: &Archive,
    file: File,
    downloads: &Path,
    listener: &Listener,
) -> Result<Installation, EngineError> {
    let at = |error: io::Error| EngineError::file("unpack the archive in", downloads, error);
    let folder = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(downloads)
        .map_err(at)?;
    listener.tell(EngineEvent::Unpacking {
        url: archive.url.clone(),
    });
    // Entries that would land outside of the folder are left out by `unpack`.
    tar::Archive::new(GzDecoder::new(io::BufReader::new(file)))
        .unpack(folder.path())
        .map_err(at)?;
    let root = installation_root(folder.path()).ok_or_else(|| {
        failed(
            &archive.url,
            "the archive holds no folder `bin` with `postgres` and `initdb`",
        )
    })?;
    Installation::at(&root.join("bin")).map_err(|reason| failed(&archive.url, reason))?;
    fs::set_permissions(&root, Permissions::from_mode(0o755)).map_err(at)?;
    if archive.folder.exists() {
        // It was there and did not run.
        fs::remove_dir_all(&archive.folder).map_err(at)?;
    }
    fs::rename(&root, &archive.folder).map_err(at)?;
    Installation::at(&archive.folder.join("bin")).map_err(|reason| failed(&archive.url, reason))
}

/// The folder itself, or the only one in it, as archives usually have.
fn installation_root(folder: &Path) -> Option<PathBuf> {
    let below = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    std::iter::once(folder.to_path_buf())
        .chain(below)
        .find(|root| root.join("bin/postgres").is_file())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
