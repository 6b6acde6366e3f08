//! What can go wrong around the engine, each with a hint that says what to do next.

use std::io;
use std::path::{Path, PathBuf};

use super::connection::ConnectError;

/// Why the engine could not do its work. [`EngineError::hint`] says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No PostgreSQL server software on the machine, and downloading one was not allowed.
    #[error("no PostgreSQL server of version {oldest} or newer was found on this machine", oldest = super::OLDEST_MAJOR)]
    NotFound {
        /// What to do next.
        hint: String,
    },
    /// What `SCHEMAPLAN_POSTGRES` names holds no usable server.
    #[error("SCHEMAPLAN_POSTGRES names `{}`, but {reason}", path.display())]
    NotAServer {
        /// The folder that was named.
        path: PathBuf,
        /// What is missing there.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// A file or folder could not be read or written.
    #[error("could not {doing} `{}`: {source}", path.display())]
    File {
        /// What was wanted, as in "could not … `path`".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
        /// What to do next.
        hint: String,
    },
    /// The server's user cannot enter the folder that was set for the cache.
    #[error("the server runs as user `{user}`, which cannot enter `{}`", path.display())]
    NotEnterable {
        /// The folder.
        path: PathBuf,
        /// The user that the server process becomes.
        user: String,
        /// What to do next.
        hint: String,
    },
    /// `initdb` or `postgres` ended with an error.
    #[error("`{program}` did not succeed: {said}")]
    Program {
        /// The program's path.
        program: String,
        /// The end of what it said.
        said: String,
        /// What to do next.
        hint: String,
    },
    /// The embedded database was made by a major that is not on the machine.
    #[error("the database in `{}` was made by PostgreSQL {made_by}, and only {found} was found here", path.display())]
    MajorMissing {
        /// The data folder.
        path: PathBuf,
        /// The major that made it.
        made_by: u32,
        /// The major that was found.
        found: u32,
        /// What to do next.
        hint: String,
    },
    /// A statement of the engine's own failed.
    #[error("could not {doing}: {said}")]
    Database {
        /// What was wanted, as in "could not …".
        doing: String,
        /// The database's words.
        said: String,
        /// What to do next.
        hint: String,
    },
    /// The server given with `--shadow` could not be used.
    #[error("the shadow server could not be used: {source}")]
    Shadow {
        /// Why.
        source: Box<ConnectError>,
        /// What to do next.
        hint: String,
    },
    /// A download failed.
    #[error("could not download PostgreSQL from {url}: {reason}")]
    Download {
        /// The address that was asked.
        url: String,
        /// What happened.
        reason: String,
        /// What to do next.
        hint: String,
    },
}

impl EngineError {
    /// What to do next, one sentence or two, without a full stop after a single one.
    pub fn hint(&self) -> &str {
        match self {
            Self::NotFound { hint }
            | Self::NotAServer { hint, .. }
            | Self::File { hint, .. }
            | Self::NotEnterable { hint, .. }
            | Self::Program { hint, .. }
            | Self::MajorMissing { hint, .. }
            | Self::Database { hint, .. }
            | Self::Shadow { hint, .. }
            | Self::Download { hint, .. } => hint,
        }
    }

    pub(super) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let hint = match source.kind() {
            io::ErrorKind::StorageFull => {
                "free some space on that disk, or set SCHEMAPLAN_CACHE to a folder elsewhere"
            }
            io::ErrorKind::PermissionDenied => {
                "give this user the right to that folder, or set SCHEMAPLAN_CACHE to one that it owns"
            }
            _ => "set SCHEMAPLAN_CACHE to a folder on a local disk that this user can write",
        };
        Self::File {
            doing,
            path: path.to_path_buf(),
            source,
            hint: hint.to_owned(),
        }
    }

    pub(super) fn database(doing: impl Into<String>, error: &tokio_postgres::Error, hint: &str) -> Self {
        Self::Database {
            doing: doing.into(),
            said: database_words(error),
            hint: hint.to_owned(),
        }
    }
}

/// What the database (or, without an answer from it, the connection) said: `message` and, where there are, its
/// detail and hint. `tokio_postgres::Error` prints only "db error".
pub fn database_words(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        let mut words = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            let said = cause.to_string();
            if !words.contains(&said) {
                words.push_str(": ");
                words.push_str(&said);
            }
            source = cause.source();
        }
        return words;
    };
    let mut words = db.message().to_owned();
    for more in [db.detail(), db.hint()].into_iter().flatten() {
        words.push_str(" (");
        words.push_str(more);
        words.push(')');
    }
    words
}
