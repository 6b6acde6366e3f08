//! `--url embedded`: a durable database that schemaplan keeps in `.schemaplan/` of the project's folder.
//!
//! It is served while a command needs it. A second command joins the running server: each holds the pipe that
//! keeps it up, so it stops with the last of them, whichever that is and however it ends. What is in the folder is
//! the user's data and is never removed.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use tokio_postgres::Client;

use super::admin;
use super::cache::{cache_for, set_cache};
use super::error::EngineError;
use super::events::EngineEvent;
use super::home::{Durability, Home};
use super::lock::try_lock;
use super::server::{self, SUPERUSER, Server, Users};
use super::server_user::{ServerUser, make_open_folder};
use super::start::{EngineOptions, download_for, software_for};
use super::target::Target;
use super::watcher;

/// The database's name, and how the target is shown.
const NAME: &str = "embedded";
/// The folder beside `schemaplan.yaml`.
const FOLDER: &str = ".schemaplan";
/// For root, where the server's user cannot enter the project's folder.
const SYSTEM_FOLDER: &str = "/var/lib/schemaplan";
/// In [`FOLDER`]: which folder of the system's holds this project's data.
const ELSEWHERE: &str = "elsewhere";

const POLL: Duration = Duration::from_millis(20);
/// After this the one who waits is told why.
const SILENCE: Duration = Duration::from_secs(1);
/// How long another command's server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(600);

/// The running embedded database; let go of when dropped.
pub struct Embedded {
    server: Server,
    target: Target,
    major: u32,
}

impl Embedded {
    /// Serves the database of the project in `project` (the folder of `schemaplan.yaml`, else the current one),
    /// making it where there is none.
    ///
    /// # Errors
    /// When there is no server software of the major that made it, or the server does not start.
    pub async fn start(project: &Path, options: &EngineOptions) -> Result<Self, EngineError> {
        let project =
            std::path::absolute(project).map_err(|error| EngineError::file("find", project, error))?;
        let keep = Keep::of(&project, options)?;
        let there = existing_major(&keep.folder);
        let cache = cache_for(options.cache.as_deref(), keep.user.as_ref())?;
        let mut software = software_for(options, &cache, keep.user.as_ref(), there).await?;
        if there.is_some_and(|there| there != software.major) && options.allow_download {
            // Where that fails, the error below says what is needed.
            let exact = download_for(options, &cache, keep.user.as_ref(), there).await;
            software = exact.unwrap_or(software);
        }
        let major = software.major;
        if let Some(there) = there.filter(|there| *there != major) {
            return Err(EngineError::MajorMissing {
                path: keep.folder.join(format!("postgres-{there}")),
                made_by: there,
                found: major,
                hint: format!(
                    "install PostgreSQL {there}, or move the folder away to begin with an empty database of {major}"
                ),
            });
        }
        let at = |suffix: &str| keep.folder.join(format!("postgres-{major}{suffix}"));
        let home = Home {
            user: owner_of(&at("")).or(keep.user),
            data: at(""),
            log: at(".log"),
            lock: at(".lock"),
            durability: Durability::Durable,
            software,
        };
        Self::serve(&home, &at(".users"), options).await
    }

    /// Starts the server, or joins the one that another command has started, whichever becomes possible first.
    async fn serve(home: &Home, users_path: &Path, options: &EngineOptions) -> Result<Self, EngineError> {
        let began = Instant::now();
        let mut told = false;
        loop {
            let users = Users::enter(users_path)?;
            let reached = match try_lock(&home.lock)? {
                Some(lock) => Some(start(home, lock, options).await?),
                None => join(home).await,
            };
            if let Some((server, admin)) = reached {
                let server = server.shared_by(users);
                ensure_database(&admin).await?;
                let target = Target::served(server.sockets(), SUPERUSER, NAME, NAME);
                return Ok(Self {
                    server,
                    target,
                    major: home.software.major,
                });
            }
            drop(users);
            if began.elapsed() > PATIENCE {
                return Err(EngineError::Program {
                    program: home.software.program("postgres").display().to_string(),
                    said: format!(
                        "another command holds `{}` and does not answer",
                        home.lock.display()
                    ),
                    hint: "end the other schemaplan command and try again".to_owned(),
                });
            }
            if began.elapsed() > SILENCE && !told {
                told = true;
                options.progress.tell(EngineEvent::Waiting {
                    what: "the embedded database".to_owned(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Where it is, to be connected to like any other target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The server's major, as in 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Lets go of the server. Returns when it has stopped, or at once where another command still uses it.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

async fn start(home: &Home, lock: File, options: &EngineOptions) -> Result<(Server, Client), EngineError> {
    if !home.data.join("PG_VERSION").exists() {
        options.progress.tell(EngineEvent::Preparing {
            version: home.software.version_short().to_owned(),
        });
        home.initialise(&lock)?;
    }
    home.start(lock).await
}

/// Joins the server that another command has started; `None` while it is starting up or shutting down.
async fn join(home: &Home) -> Option<(Server, Client)> {
    let sockets = home.running_sockets()?;
    // Without waiting for a reader: where there is none, the server is shutting down.
    let alive = OpenOptions::new()
        .write(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(sockets.join(watcher::PIPE))
        .ok()?;
    let client = server::connect(&server::socket_config(&sockets), SUPERUSER)
        .await
        .ok()?;
    let server = Server::joined(sockets, home.lock.clone(), alive);
    Some((server, client))
}

async fn ensure_database(admin: &Client) -> Result<(), EngineError> {
    let failed = |error| {
        EngineError::database(
            "make the embedded database",
            &error,
            "its server's log is beside its folder",
        )
    };
    let known = admin::database_exists(admin, NAME).await.map_err(failed)?;
    if known {
        return Ok(());
    }
    match admin::create_database(admin, NAME).await {
        // Another command was quicker.
        Err(error) if admin::database_exists(admin, NAME).await.unwrap_or(false) => {
            drop(error);
            Ok(())
        }
        done => done.map_err(failed),
    }
}

/// The newest major whose cluster is in the folder.
fn existing_major(folder: &Path) -> Option<u32> {
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.path().join("PG_VERSION").exists())
        .filter_map(|entry| {
            entry
                .file_name()
                .to_str()?
                .strip_prefix("postgres-")?
                .parse()
                .ok()
        })
        .max()
}

/// A cluster belongs to the user that made it, and the server runs only as that user: root becomes it.
fn owner_of(data: &Path) -> Option<ServerUser> {
    ServerUser::needed()?;
    ServerUser::owner_of(data)
}

/// Where the cluster is kept.
struct Keep {
    folder: PathBuf,
    user: Option<ServerUser>,
}

impl Keep {
    fn of(project: &Path, options: &EngineOptions) -> Result<Self, EngineError> {
        let folder = project.join(FOLDER);
        let user = ServerUser::needed();
        make_open_folder(&folder, user.as_ref())?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(|error| EngineError::file("write", &ignore, error))?;
        }
        let made_by = existing_major(&folder).map(|major| folder.join(format!("postgres-{major}")));
        let runs_as = made_by.and_then(|data| owner_of(&data)).or_else(|| user.clone());
        let Some(closed) = runs_as.as_ref().and_then(|user| user.stopped_at(&folder)) else {
            return Ok(Self {
                folder,
                user: runs_as,
            });
        };
        let elsewhere = elsewhere(&folder, project, options, user.as_ref())?;
        // Once, when it is made; later runs find it there without a word.
        if existing_major(&elsewhere).is_none() {
            options.progress.tell(EngineEvent::Note(format!(
                "the embedded database is kept in `{}`, because the server's user cannot enter `{}`",
                elsewhere.display(),
                closed.display()
            )));
        }
        Ok(Self {
            folder: elsewhere,
            user,
        })
    }
}

/// A folder of the system's for a project whose own folder is closed. Its name is made once and written into the
/// project, so that another clone at the same path begins with an empty database.
fn elsewhere(
    folder: &Path,
    project: &Path,
    options: &EngineOptions,
    user: Option<&ServerUser>,
) -> Result<PathBuf, EngineError> {
    let note = folder.join(ELSEWHERE);
    if let Ok(kept) = fs::read_to_string(&note) {
        let kept = PathBuf::from(kept.trim());
        if kept.is_dir() {
            return Ok(kept);
        }
    }
    let parent = match set_cache(options.cache.as_deref()) {
        Some(cache) => {
            std::path::absolute(&cache).map_err(|error| EngineError::file("find", &cache, error))?
        }
        None => PathBuf::from(SYSTEM_FOLDER),
    };
    let kept = parent.join(NAME).join(format!("{:016x}", rand::random::<u64>()));
    make_open_folder(&kept, user)?;
    let write = |path: &Path, text: &Path| {
        fs::write(path, format!("{}\n", text.display()))
            .map_err(|error| EngineError::file("write", path, error))
    };
    write(&kept.join("project"), project)?;
    write(&note, &kept)?;
    Ok(kept)
}
