//! Chooses a server for the engine and starts it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::{Client, Config};

use super::admin;
use super::cache::cache_for;
use super::cluster;
use super::connection::Dial;
use super::download::{Request, download};
use super::error::EngineError;
use super::events::{EngineEvent, Listener};
use super::find::{Installation, Places, find};
use super::kept;
use super::scratch::Scratch;
use super::server::Server;
use super::server_user::ServerUser;
use super::session::SessionSettings;
use super::shadow::{self, Shadow};
use super::spare::Spare;

/// What the engine may use.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// `--shadow`: a server of the user's to use instead of one of our own.
    pub shadow: Option<String>,
    /// The live server's major: preferred where it is found.
    pub want_major: Option<u32>,
    /// The installation to use, as `SCHEMAPLAN_POSTGRES` names one: a bin folder or an install prefix. `None` means that
    /// variable, or to look for one.
    pub postgres: Option<PathBuf>,
    /// The cache folder; `None` means `SCHEMAPLAN_CACHE` or the user's own.
    pub cache: Option<PathBuf>,
    /// Whether a PostgreSQL may be downloaded where none is found.
    pub allow_download: bool,
    /// Where to download from instead of the built-in place; `None` means `SCHEMAPLAN_POSTGRES_URL` or that place.
    pub download_url: Option<String>,
    /// Hears what goes on.
    pub progress: Listener,
}

/// The server that the engine will use, known before it runs: its version is part of a cached catalog's key, so
/// that an unchanged schema costs no start.
pub struct Choice {
    kind: Kind,
    version: String,
    major: u32,
    options: EngineOptions,
}

enum Kind {
    Own {
        software: Installation,
        cache: PathBuf,
        user: Option<ServerUser>,
    },
    Shadow(Box<Shadow>),
}

impl Choice {
    /// Finds the server software, downloading it where there is none and that is allowed; for `--shadow` it
    /// connects.
    ///
    /// # Errors
    /// When there is no usable server.
    pub async fn of(options: EngineOptions) -> Result<Self, EngineError> {
        if let Some(url) = &options.shadow {
            let shadow = shadow::open(url, &options.progress).await?;
            let (version, major) = (shadow.version.clone(), shadow.major);
            return Ok(Self {
                kind: Kind::Shadow(Box::new(shadow)),
                version,
                major,
                options,
            });
        }
        let user = ServerUser::needed();
        let cache = cache_for(options.cache.as_deref(), user.as_ref())?;
        let software = software_for(&options, &cache, user.as_ref(), options.want_major).await?;
        let (version, major) = (software.version_full.clone(), software.major);
        Ok(Self {
            kind: Kind::Own {
                software,
                cache,
                user,
            },
            version,
            major,
            options,
        })
    }

    /// The server's full version, as in `15.14 (Debian 15.14-0+deb12u1)`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The server's major, as in 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When it does not start; the message holds the end of its log.
    pub async fn start(self) -> Result<Engine, EngineError> {
        let (admin, dial, server, kept) = match self.kind {
            Kind::Shadow(shadow) => (shadow.admin, shadow.dial, None, None),
            Kind::Own {
                software,
                cache,
                user,
            } => {
                let cluster =
                    cluster::start(&software, &cache, user.as_ref(), &self.options.progress).await?;
                admin::drop_leftovers(&cluster.admin, true).await?;
                kept::drop_lost(&cluster.admin, &cluster.kept).await?;
                let config = cluster.server.config();
                let dial = Dial::plain(config);
                (cluster.admin, dial, Some(cluster.server), Some(cluster.kept))
            }
        };
        let admin = Arc::new(admin);
        let spare = server
            .is_some()
            .then(|| Spare::new(Arc::clone(&admin), dial.config().clone()));
        Ok(Engine {
            admin,
            spare,
            dial,
            server,
            kept,
            version: self.version,
            major: self.major,
            made: Mutex::default(),
            listener: self.options.progress,
        })
    }
}

/// The software to run: found on the machine, else downloaded.
pub(super) async fn software_for(
    options: &EngineOptions,
    cache: &Path,
    user: Option<&ServerUser>,
    want_major: Option<u32>,
) -> Result<Installation, EngineError> {
    let places = match &options.postgres {
        Some(set) => Places {
            set: Some(set.clone()),
            bin_dirs: Vec::new(),
        },
        None => Places::of_this_machine(),
    };
    if let Some(found) = find(&places, want_major, user)? {
        return Ok(found);
    }
    if !options.allow_download {
        return Err(EngineError::NotFound {
            hint: "install PostgreSQL's server package, point SCHEMAPLAN_POSTGRES at one, or give `--shadow URL`"
                .to_owned(),
        });
    }
    download_for(options, cache, user, want_major).await
}

pub(super) async fn download_for(
    options: &EngineOptions,
    cache: &Path,
    user: Option<&ServerUser>,
    major: Option<u32>,
) -> Result<Installation, EngineError> {
    let (place, listener) = (options.download_url.clone(), options.progress.clone());
    download(Request {
        place,
        major,
        cache: cache.to_path_buf(),
        user: user.cloned(),
        listener,
    })
    .await
}

/// A running server in which scratch databases are made. Stopped when dropped; [`Engine::stop`] does it without
/// blocking the thread and tidies a shadow server.
pub struct Engine {
    admin: Arc<Client>,
    dial: Dial,
    /// `None` for a server of the user's.
    server: Option<Server>,
    /// `None` for a server of the user's, where nothing is left behind.
    spare: Option<Spare>,
    /// Where it is noted what databases are kept; `None` for a server of the user's.
    kept: Option<PathBuf>,
    version: String,
    major: u32,
    made: Mutex<Made>,
    listener: Listener,
}

/// The stand-ins that this run made.
#[derive(Default)]
struct Made {
    roles: Vec<String>,
    tablespaces: Vec<String>,
}

impl Engine {
    /// Chooses a server and starts it.
    ///
    /// # Errors
    /// When there is no usable server, or it does not start.
    pub async fn start(options: EngineOptions) -> Result<Self, EngineError> {
        Choice::of(options).await?.start().await
    }

    /// The server's major, as in 15.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The server's full version, for cache keys.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How to open more sessions as superuser; the database is still to be named.
    pub fn connect_options(&self) -> &Config {
        self.dial.config()
    }

    /// Makes an empty database with a session in it that has `settings`.
    ///
    /// # Errors
    /// When the database cannot be made, which on a shadow server may be for want of rights.
    pub async fn scratch(&self, settings: &SessionSettings) -> Result<Scratch, EngineError> {
        if let Some(tablespace) = settings
            .defaults
            .get("default_tablespace")
            .filter(|name| !name.is_empty())
        {
            // Where that fails, applying the setting says so in a note.
            let _ = self.ensure_tablespace(tablespace).await;
        }
        let name = match &self.spare {
            Some(spare) => spare.take().await?,
            None => admin::create_scratch(&self.admin).await?,
        };
        Scratch::open(Arc::clone(&self.admin), name, &self.dial, settings).await
    }

    /// Tells what only those hear who want to know more.
    pub(super) fn tell(&self, detail: String) {
        self.listener.tell(EngineEvent::Detail(detail));
    }

    /// Where it is noted what databases are kept in the cluster.
    pub(super) fn kept_folder(&self) -> Option<PathBuf> {
        self.kept.clone()
    }

    /// Opens a database that was kept; it becomes ours. `None` where it is not there or does not open.
    pub(super) async fn open(&self, name: &str, settings: &SessionSettings) -> Option<Scratch> {
        let opened = Scratch::open(Arc::clone(&self.admin), name.to_owned(), &self.dial, settings);
        opened.await.ok()
    }

    /// Makes a role of that name that cannot log in, unless there is one; returns whether it was made.
    ///
    /// # Errors
    /// When the server does not allow it, as for names that begin with `pg_`.
    pub async fn ensure_role(&self, name: &str) -> Result<bool, EngineError> {
        let made = admin::ensure_role(&self.admin, name).await?;
        if made {
            self.made().roles.push(name.to_owned());
        }
        Ok(made)
    }

    /// Makes a tablespace of that name inside the data folder, unless there is one; returns whether it was made.
    ///
    /// # Errors
    /// When the server does not allow it.
    pub async fn ensure_tablespace(&self, name: &str) -> Result<bool, EngineError> {
        let made = admin::ensure_tablespace(&self.admin, name).await?;
        if made {
            self.made().tablespaces.push(name.to_owned());
        }
        Ok(made)
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the server and returns when it has stopped. On a server of the user's it removes the stand-ins that
    /// this run made. Scratch databases are to be closed before.
    pub async fn stop(self) {
        let Self {
            admin,
            server,
            spare,
            made,
            listener,
            ..
        } = self;
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        match server {
            Some(server) => {
                if let Some(spare) = spare {
                    spare.finish().await;
                }
                server.stop().await;
            }
            None => {
                for kept in admin::drop_stand_ins(&admin, &made.roles, &made.tablespaces).await {
                    listener.tell(EngineEvent::Note(format!(
                        "the stand-in {kept} stays on the shadow server: something else uses it by now"
                    )));
                }
            }
        }
    }
}
