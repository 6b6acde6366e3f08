//! Opens sessions on the live database, and says clearly why that did not work.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::OLDEST_MAJOR;
pub use super::connect_error::ConnectError;
use super::connect_error::{explain, has_no_tls, is_of_tls, no_tls};
use super::error::database_words;
use super::find::major_of;
use super::guarded::{Bare, Guard, Guarded};
use super::peer::Peer;
use super::require_auth::{Allowed, is_reason};
use super::target::Target;
use super::tls::{Mode, TlsError};

/// What the server says beside its answers: `NOTICE`, `WARNING` and the like, in their order.
pub type Notices = UnboundedReceiver<DbError>;

/// What the server said when it ended a session that asked nothing at that moment, as it does when it is stopped. What it answers to a
/// statement is that statement's error.
#[derive(Clone, Debug, Default)]
pub struct LastWords(Arc<OnceLock<DbError>>);

impl LastWords {
    /// None while the session lives, and where the connection ended without a word.
    pub fn said(&self) -> Option<&DbError> {
        self.0.get()
    }
}

/// How a session is opened.
#[derive(Clone)]
pub(super) struct Dial {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    peer: Option<Peer>,
    allowed: Option<Allowed>,
}

impl Dial {
    /// To a server of our own, on a socket.
    pub(super) fn plain(config: Config) -> Self {
        Self {
            config,
            tls: None,
            peer: None,
            allowed: None,
        }
    }

    /// The same to another database.
    pub(super) fn to(&self, database: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(database);
        other
    }

    /// For `tokio_postgres`.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Opens one.
    pub(super) async fn session(&self) -> Result<(Client, Notices), Error> {
        let session = self.session_and_version().await?;
        Ok((session.client, session.notices))
    }

    async fn session_and_version(&self) -> Result<Session, Error> {
        if let Some(peer) = &self.peer {
            // A socket is never under TLS.
            let mut config = self.config.clone();
            let config = config.ssl_mode(SslMode::Disable);
            let channel = Guarded::bare(peer.channel().await, self.allowed.clone());
            let (client, connection) = config.connect_raw(channel, NoTls).await?;
            return Ok(driven(client, connection));
        }
        match (&self.tls, &self.allowed) {
            (Some(tls), Some(allowed)) => {
                let (tls, allowed) = (tls.clone(), allowed.clone());
                let (client, connection) = self.config.connect(Guard { tls, allowed }).await?;
                Ok(driven(client, connection))
            }
            (Some(tls), None) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                Ok(driven(client, connection))
            }
            (None, Some(allowed)) => {
                // What it takes for TLS without a question leaves the stream as it is.
                let mut config = self.config.clone();
                let config = config
                    .ssl_mode(SslMode::Require)
                    .ssl_negotiation(SslNegotiation::Direct);
                let (client, connection) = config.connect(Bare(allowed.clone())).await?;
                Ok(driven(client, connection))
            }
            (None, None) => {
                let (client, connection) = self.config.connect(NoTls).await?;
                Ok(driven(client, connection))
            }
        }
    }
}

/// A session and what the server said of itself while it was opened.
pub struct Opened {
    /// The session.
    pub client: Client,
    /// What the server says beside its answers.
    pub notices: Notices,
    /// What it says at its end.
    pub last_words: LastWords,
    /// The full version, as in `15.14 (Debian 15.14-0+deb12u1)`.
    pub version: String,
    /// The major, as in 15.
    pub major: u32,
    /// How to open more.
    pub(super) dial: Dial,
}

/// Opens a session on `target`; notices are dropped. `application_name` is what the server shows of it where the
/// target names none itself.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect(target: &Target, application_name: &str) -> Result<Client, ConnectError> {
    Ok(open(target, application_name).await?.client)
}

/// As [`connect`], with what the server says when it ends the session.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_with_last_words(
    target: &Target,
    application_name: &str,
) -> Result<(Client, LastWords), ConnectError> {
    let opened = open(target, application_name).await?;
    Ok((opened.client, opened.last_words))
}

/// As [`connect`], with the server's notices.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_with_notices(
    target: &Target,
    application_name: &str,
) -> Result<(Client, Notices), ConnectError> {
    let opened = open(target, application_name).await?;
    Ok((opened.client, opened.notices))
}

/// As [`connect`], with all that is known of the server.
///
/// # Errors
/// See [`ConnectError`].
pub async fn open(target: &Target, application_name: &str) -> Result<Opened, ConnectError> {
    let opening = open_in_some_way(target, application_name);
    let (dial, session) = match target.patience() {
        None => opening.await?,
        Some(patience) => {
            tokio::time::timeout(patience, opening)
                .await
                .map_err(|_| ConnectError::TimedOut {
                    target: target.to_string(),
                    seconds: patience.as_secs(),
                    hint: "check host, port and firewall; `connect_timeout` in the URL sets how long to wait"
                        .to_owned(),
                })??
        }
    };
    // A pooler that hides the version is let through; the first query shows what it is.
    let major = major_of(&session.version).unwrap_or(OLDEST_MAJOR);
    if major < OLDEST_MAJOR {
        return Err(ConnectError::TooOld {
            target: target.to_string(),
            version: session.version,
            hint: format!("upgrade the server to PostgreSQL {OLDEST_MAJOR} or newer"),
        });
    }
    Ok(Opened {
        client: session.client,
        notices: session.notices,
        last_words: session.last_words,
        version: session.version,
        major,
        dial,
    })
}

struct Session {
    client: Client,
    notices: Notices,
    last_words: LastWords,
    version: String,
}

/// With or without TLS, in the order that libpq tries: the second way where the first one says that it is the wrong one.
async fn open_in_some_way(target: &Target, application_name: &str) -> Result<(Dial, Session), ConnectError> {
    let ways: &[SslMode] = match target.tls() {
        Mode::Disable => &[SslMode::Disable],
        Mode::Allow => &[SslMode::Disable, SslMode::Require],
        // Within one way it would go on without TLS, and without the guard.
        Mode::Prefer if target.allowed().is_some() => &[SslMode::Require, SslMode::Disable],
        Mode::Prefer => &[SslMode::Prefer, SslMode::Disable],
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => &[SslMode::Require],
    };
    let mut first = None;
    for way in ways {
        let dial = Dial {
            config: target.config(application_name, *way),
            tls: match way {
                SslMode::Disable => None,
                _ => Some(target.tls_connector().map_err(|wrong| no_tls(target, wrong))?),
            },
            peer: target.peer(),
            allowed: target.allowed().cloned(),
        };
        match dial.session_and_version().await {
            Ok(session) => return Ok((dial, session)),
            Err(error) if is_for_the_other_way(&error) => first = first.or(Some(error)),
            // Why nothing was answered is the reason, whatever there was before; and where a server has no TLS that was not all.
            Err(error) if is_reason(&database_words(&error)) => return Err(explain(target, &error)),
            Err(error) => {
                let first = first.filter(|first| !has_no_tls(first));
                return Err(explain(target, &first.unwrap_or(error)));
            }
        }
    }
    Err(match first {
        Some(error) => explain(target, &error),
        None => no_tls(
            target,
            TlsError {
                said: "there is no way to try".to_owned(),
                hint: "name another `sslmode`".to_owned(),
            },
        ),
    })
}

/// The handshake failed, or pg_hba.conf has no line for connections of this kind.
fn is_for_the_other_way(error: &Error) -> bool {
    match error.as_db_error() {
        Some(said) => *said.code() == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        None => is_of_tls(error),
    }
}

/// Runs the connection in a task until its client is dropped, and hands the notices over.
fn driven<R, S>(client: Client, mut connection: Connection<R, S>) -> Session
where
    R: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let version = connection
        .parameter("server_version")
        .unwrap_or("unknown")
        .to_owned();
    let (sender, notices): (UnboundedSender<DbError>, Notices) = unbounded_channel();
    let last_words = LastWords::default();
    let said = last_words.clone();
    tokio::spawn(async move {
        // An error ends the session; the client's next call reports that it has ended.
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                // Where nobody listens any more that is fine.
                Ok(AsyncMessage::Notice(notice)) => drop(sender.send(notice)),
                Ok(_) => {}
                Err(error) => {
                    if let Some(error) = error.as_db_error() {
                        let _ = said.0.set(error.clone());
                    }
                    break;
                }
            }
        }
    });
    Session {
        client,
        notices,
        last_words,
        version,
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
