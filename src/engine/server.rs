//! A running server: connecting to it, and stopping it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Config, NoTls};

use super::error::EngineError;
use super::lock::{is_locked, open_lock};
use super::server_user::{ServerUser, give_away};

/// The superuser of every cluster that we make. Dumps name it as the owner of most things.
pub(super) const SUPERUSER: &str = "postgres";
/// Part of the socket's file name; nothing listens on TCP.
pub(super) const PORT: u16 = 5432;
/// The beginning of the socket folders' names.
const SOCKET_PREFIX: &str = "schemaplan-";
pub(super) const POLL: Duration = Duration::from_millis(3);
/// How long a stopped server may take before it is given up on; the watcher goes on trying.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// A running server; stopped when dropped.
pub(super) struct Server {
    sockets: PathBuf,
    lock: PathBuf,
    /// Open as long as the server is needed; `None` once it is being stopped.
    alive: Option<File>,
    /// `None` where another process started the server.
    watcher: Option<Child>,
    /// Held shared by every command that uses a server which several may use.
    users: Option<Users>,
}

/// The wait for a server that was let go of.
struct Stopping {
    users: Option<PathBuf>,
    until: Instant,
}

/// The lock by which those who use one server know of each other.
pub(super) struct Users {
    path: PathBuf,
    held: File,
}

impl Users {
    /// Counts this command in. To be held before the server is touched: who stops it looks for this.
    pub(super) fn enter(path: &Path) -> Result<Self, EngineError> {
        let held = open_lock(path)?;
        held.lock_shared()
            .map_err(|error| EngineError::file("lock", path, error))?;
        Ok(Self {
            path: path.to_path_buf(),
            held,
        })
    }

    /// Counts this command out, and returns the path that says whether others are in.
    fn leave(self) -> PathBuf {
        // A lock that is held shared cannot be asked whether others hold it too.
        drop(self.held);
        self.path
    }
}

impl Server {
    /// A server that `watcher` runs, up as long as `alive` is open.
    pub(super) fn started(sockets: PathBuf, lock: PathBuf, alive: File, watcher: Child) -> Self {
        Self {
            sockets,
            lock,
            alive: Some(alive),
            watcher: Some(watcher),
            users: None,
        }
    }

    /// A server that another process of ours runs; `alive` is the pipe that keeps it up for us too.
    pub(super) fn joined(sockets: PathBuf, lock: PathBuf, alive: File) -> Self {
        Self {
            sockets,
            lock,
            alive: Some(alive),
            watcher: None,
            users: None,
        }
    }

    /// How to connect as superuser; the database is still to be named.
    pub(super) fn config(&self) -> Config {
        socket_config(&self.sockets)
    }

    pub(super) fn sockets(&self) -> &Path {
        &self.sockets
    }

    /// A superuser's session as soon as the server takes one; `None` when it ended or took too long.
    pub(super) async fn wait_until_it_answers(&mut self, patience: Duration) -> Option<Client> {
        let socket = self.sockets.join(format!(".s.PGSQL.{PORT}"));
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if self
                .watcher
                .as_mut()
                .is_some_and(|child| !matches!(child.try_wait(), Ok(None)))
            {
                return None;
            }
            // Errors here mean that it is starting up.
            if socket.exists()
                && let Ok(client) = connect(&self.config(), SUPERUSER).await
            {
                return Some(client);
            }
            tokio::time::sleep(POLL).await;
        }
        None
    }

    /// The same server, used by several commands: it is stopped by the last of them.
    pub(super) fn shared_by(mut self, users: Users) -> Self {
        self.users = Some(users);
        self
    }

    /// Lets go of the server. Returns when it has stopped, or at once where another command uses it.
    pub(super) async fn stop(mut self) {
        let Some(stopping) = self.let_go() else { return };
        while self.is_going(&stopping) {
            tokio::time::sleep(POLL).await;
        }
    }

    /// `None` where it was let go of before.
    fn let_go(&mut self) -> Option<Stopping> {
        self.alive.take()?;
        Some(Stopping {
            users: self.users.take().map(Users::leave),
            until: Instant::now() + STOP_PATIENCE,
        })
    }

    /// Whether there is something to wait for: a command that came meanwhile may have taken the server over.
    fn is_going(&mut self, stopping: &Stopping) -> bool {
        let others = stopping.users.as_deref().is_some_and(is_locked);
        !others && !self.has_stopped() && Instant::now() < stopping.until
    }

    fn has_stopped(&mut self) -> bool {
        match &mut self.watcher {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => !is_locked(&self.lock),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(stopping) = self.let_go() else { return };
        while self.is_going(&stopping) {
            std::thread::sleep(POLL);
        }
    }
}

/// How to connect as superuser to the server whose socket is in the folder.
pub(super) fn socket_config(sockets: &Path) -> Config {
    let mut config = Config::new();
    config
        .host_path(sockets)
        .port(PORT)
        .user(SUPERUSER)
        .application_name("schemaplan");
    config
}

/// A session on a server of ours.
pub(super) async fn connect(config: &Config, database: &str) -> Result<Client, tokio_postgres::Error> {
    let mut config = config.clone();
    let (client, connection) = config.dbname(database).connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Socket paths are limited to 107 bytes (103 on macOS), so it is `/tmp` and not a deep TMPDIR.
pub(super) fn make_socket_folder(user: Option<&ServerUser>) -> Result<PathBuf, EngineError> {
    let mut made = tempfile::Builder::new();
    made.prefix(SOCKET_PREFIX).rand_bytes(8);
    let folder = made
        .tempdir_in("/tmp")
        .or_else(|_| made.tempdir())
        .map_err(|error| EngineError::file("make a folder in", Path::new("/tmp"), error))?
        .keep();
    give_away(&folder, user)?;
    Ok(folder)
}

pub(super) fn is_socket_folder(path: &Path) -> bool {
    path.is_absolute()
        && path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(SOCKET_PREFIX))
}
