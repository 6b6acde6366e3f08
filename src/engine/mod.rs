//! The engine: a PostgreSQL of our own in which the desired schema is executed.
//!
//! The desired SQL is never turned into a model by a parser of ours: a real server executes it, and the reader
//! that reads the live database reads it back. That server is, in this order: the one `--shadow` names; one of
//! the live server's major found on this machine; any found on this machine; a downloaded one. It is a private
//! cluster in the user's cache folder on a unix socket, with durability off, stopped after the command and never
//! left behind. [`embedded`] keeps a durable database in the same way, for projects without a server at hand.
//!
//! [`target`] and [`connection`] say where the live database is and open sessions there.

mod admin;
mod cache;
mod client_program;
mod cluster;
mod connect_error;
pub mod connection;
mod download;
pub mod embedded;
mod environment;
mod error;
mod events;
mod file_settings;
mod find;
mod guarded;
mod home;
mod kept;
mod libpq_files;
mod load;
mod load_errors;
mod lock;
mod peer;
mod require_auth;
mod rework;
mod scratch;
mod server;
mod server_user;
mod session;
mod shadow;
mod spare;
mod start;
pub mod target;
mod target_hosts;
mod target_text;
mod tls;
mod tls_key;
mod watcher;

pub use cache::cache_folder;
pub use client_program::{DumpProgram, NoDumpProgram, find_pg_dump};
pub use connection::{
    ConnectError, LastWords, Notices, connect, connect_with_last_words, connect_with_notices,
};
pub use embedded::Embedded;
pub use environment::Environment;
pub use error::{EngineError, database_words};
pub use events::{EngineEvent, Listener};
pub use find::Installation;
pub use kept::{Built, WORTH_KEEPING, build};
pub use load::{LoadError, Loaded, load};
pub use scratch::Scratch;
pub use session::SessionSettings;
pub use start::{Choice, Engine, EngineOptions};
pub use target::{KNOWS_REQUIRE_AUTH, SERVICE, Target, TargetError};

/// The oldest PostgreSQL major that schemaplan works with.
pub const OLDEST_MAJOR: u32 = 14;

#[cfg(test)]
mod embedded_tests;
#[cfg(test)]
mod live_tests;
