//! Opens sessions on the live database, and says clearly why that did not work.

use std::future::poll_fn;
use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Socket};

use super::OLDEST_MAJOR;
use super::error::database_words;
use super::find::major_of;
use super::target::{Target, TargetError};

/// What the server says beside its answers: `NOTICE`, `WARNING` and the like, in their order.
pub type Notices = UnboundedReceiver<DbError>;

/// Why no session could be opened. [`ConnectError::hint`] says what to do next; none shows a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The connection string or a libpq variable names no database.
    #[error(transparent)]
    Malformed(TargetError),
    /// Nothing answers there.
    #[error("no server answers at {target}: {said}")]
    NoServer {
        /// Where.
        target: String,
        /// What the operating system said.
        said: String,
        /// What to do next.
        hint: String,
    },
    /// There was no answer in time.
    #[error("the server at {target} did not answer within {seconds} s")]
    TimedOut {
        /// Where.
        target: String,
        /// How long was waited.
        seconds: u64,
        /// What to do next.
        hint: String,
    },
    /// The password is wrong or missing.
    #[error("the server at {target} did not accept the password: {said}")]
    WrongPassword {
        /// Where.
        target: String,
        /// The server's words.
        said: String,
        /// What to do next.
        hint: String,
    },
    /// The server does not let this user in from here.
    #[error("the server at {target} refused the connection: {said}")]
    Refused {
        /// Where.
        target: String,
        /// The server's words.
        said: String,
        /// What to do next.
        hint: String,
    },
    /// There is no such database.
    #[error("there is no such database at {target}: {said}")]
    UnknownDatabase {
        /// Where.
        target: String,
        /// The server's words.
        said: String,
        /// What to do next.
        hint: String,
    },
    /// The server is older than what works.
    #[error("{target} runs PostgreSQL {version}, and {oldest} is the oldest that works", oldest = OLDEST_MAJOR)]
    TooOld {
        /// Where.
        target: String,
        /// The server's version.
        version: String,
        /// What to do next.
        hint: String,
    },
    /// TLS was demanded.
    #[error("TLS connections are not there yet, and {demanded} for {target}")]
    Tls {
        /// Where.
        target: String,
        /// Who demands it, as in "`sslmode=require` asks for one".
        demanded: String,
        /// What to do next.
        hint: String,
    },
    /// Anything else.
    #[error("could not connect to {target}: {said}")]
    Failed {
        /// Where.
        target: String,
        /// The server's or the connection's words.
        said: String,
        /// What to do next.
        hint: String,
    },
}

impl ConnectError {
    /// What to do next.
    pub fn hint(&self) -> &str {
        match self {
            Self::Malformed(error) => &error.hint,
            Self::NoServer { hint, .. }
            | Self::TimedOut { hint, .. }
            | Self::WrongPassword { hint, .. }
            | Self::Refused { hint, .. }
            | Self::UnknownDatabase { hint, .. }
            | Self::TooOld { hint, .. }
            | Self::Tls { hint, .. }
            | Self::Failed { hint, .. } => hint,
        }
    }
}

/// A session and what the server said of itself while it was opened.
pub struct Opened {
    /// The session.
    pub client: Client,
    /// What the server says beside its answers.
    pub notices: Notices,
    /// The full version, as in `15.14 (Debian 15.14-0+deb12u1)`.
    pub version: String,
    /// The major, as in 15.
    pub major: u32,
}

/// Opens a session on `target`; notices are dropped. `application_name` is what the server shows of it where the
/// target names none itself.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect(target: &Target, application_name: &str) -> Result<Client, ConnectError> {
    Ok(open(target, application_name).await?.client)
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
    if let Some(mode) = target.demands_tls() {
        return Err(ConnectError::Tls {
            target: target.to_string(),
            demanded: format!("`sslmode={mode}` asks for one"),
            hint: "connect over a private network or an SSH tunnel with sslmode=disable for now".to_owned(),
        });
    }
    let config = target.config(application_name);
    let connecting = config.connect(NoTls);
    let connected = match target.patience() {
        None => connecting.await,
        Some(patience) => {
            tokio::time::timeout(patience, connecting)
                .await
                .map_err(|_| ConnectError::TimedOut {
                    target: target.to_string(),
                    seconds: patience.as_secs(),
                    hint: "check host, port and firewall; `connect_timeout` in the URL sets how long to wait"
                        .to_owned(),
                })?
        }
    };
    let (client, connection) = connected.map_err(|error| explain(target, &error))?;
    let version = connection
        .parameter("server_version")
        .unwrap_or("unknown")
        .to_owned();
    // A pooler that hides the version is let through; the first query shows what it is.
    let major = major_of(&version).unwrap_or(OLDEST_MAJOR);
    if major < OLDEST_MAJOR {
        return Err(ConnectError::TooOld {
            target: target.to_string(),
            version,
            hint: format!("upgrade the server to PostgreSQL {OLDEST_MAJOR} or newer"),
        });
    }
    Ok(Opened {
        client,
        notices: drive(connection),
        version,
        major,
    })
}

/// Opens a session on a server of our own.
pub(super) async fn open_config(config: &Config) -> Result<(Client, Notices), tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    Ok((client, drive(connection)))
}

/// Runs the connection in a task until its client is dropped, and hands the notices over.
fn drive(mut connection: Connection<Socket, tokio_postgres::tls::NoTlsStream>) -> Notices {
    let (sender, notices): (UnboundedSender<DbError>, Notices) = unbounded_channel();
    tokio::spawn(async move {
        // An error ends the session; the client's next call reports it.
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notice(notice) = message {
                // Nobody listens any more, which is fine.
                let _ = sender.send(notice);
            }
        }
    });
    notices
}

fn explain(target: &Target, error: &tokio_postgres::Error) -> ConnectError {
    let (shown, said) = (target.to_string(), database_words(error));
    match error.code() {
        Some(code) => explain_answer(target, code, shown, said),
        None => explain_silence(shown, said, error),
    }
}

fn explain_answer(target: &Target, code: &SqlState, shown: String, said: String) -> ConnectError {
    if *code == SqlState::INVALID_PASSWORD {
        let hint = if target.has_password() {
            "the password comes from the URL, PGPASSWORD or the password file, in this order"
        } else {
            "set PGPASSWORD, or write the password into ~/.pgpass"
        };
        return ConnectError::WrongPassword {
            target: shown,
            said,
            hint: hint.to_owned(),
        };
    }
    if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION && said.contains("no encryption") {
        return ConnectError::Tls {
            target: shown,
            demanded: "the server asks for one".to_owned(),
            hint: "let pg_hba.conf accept this host without TLS, or use an SSH tunnel, for now".to_owned(),
        };
    }
    let hint = if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        "check the user's name and the server's pg_hba.conf"
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        let hint = format!(
            "create it with `createdb {}`, or name another in the URL",
            target.database()
        );
        return ConnectError::UnknownDatabase {
            target: shown,
            said,
            hint,
        };
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        "wait until sessions have ended, or connect as a superuser, for whom some are kept free"
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        "the server is starting up or shutting down; try again in a moment"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "this user needs the CONNECT privilege on the database"
    } else {
        let hint = "the server's log says more".to_owned();
        return ConnectError::Failed {
            target: shown,
            said,
            hint,
        };
    };
    ConnectError::Refused {
        target: shown,
        said,
        hint: hint.to_owned(),
    }
}

fn explain_silence(target: String, said: String, error: &tokio_postgres::Error) -> ConnectError {
    if said.contains("password missing") {
        let hint = "set PGPASSWORD, or write the password into ~/.pgpass".to_owned();
        return ConnectError::WrongPassword {
            target,
            said: "it asks for one, and none is set".to_owned(),
            hint,
        };
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    let mut kind = None;
    while let Some(one) = cause {
        kind = kind.or_else(|| one.downcast_ref::<io::Error>().map(io::Error::kind));
        cause = one.source();
    }
    let hint = match kind {
        Some(io::ErrorKind::NotFound) => {
            "there is no socket of a server in that folder: is the server running?"
        }
        Some(io::ErrorKind::ConnectionRefused) => "is the server running, and on that port?",
        Some(io::ErrorKind::PermissionDenied) => "this user may not open the server's socket",
        Some(_) => "check the host's name and the network",
        None => {
            return ConnectError::Failed {
                target,
                said,
                hint: "the server's log says more".to_owned(),
            };
        }
    };
    ConnectError::NoServer {
        target,
        said,
        hint: hint.to_owned(),
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
