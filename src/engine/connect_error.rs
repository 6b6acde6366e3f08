//! Why no session could be opened, and what to do next.

use std::io;

use rustls::CertificateError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::OLDEST_MAJOR;
use super::error::database_words;
use super::require_auth::is_reason;
use super::target::{Target, TargetError};
use super::tls::TlsError;

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
    /// There is no TLS with that server, or none that can be trusted.
    #[error("no TLS connection to {target}: {said}")]
    Tls {
        /// Where.
        target: String,
        /// What is wrong.
        said: String,
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

pub(super) fn is_of_tls(error: &Error) -> bool {
    error.to_string().contains("TLS") || tls_cause(error).is_some()
}

/// The server has no TLS at all.
pub(super) fn has_no_tls(error: &Error) -> bool {
    database_words(error).contains(NO_TLS)
}

/// As `tokio_postgres` says it.
const NO_TLS: &str = "does not support TLS";

fn tls_cause(error: &Error) -> Option<&rustls::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(one) = cause {
        if let Some(found) = one.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // What an `io::Error` holds is not its source, but itself.
        cause = match one.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(held) => Some(held),
            None => one.source(),
        };
    }
    None
}

pub(super) fn no_tls(target: &Target, wrong: TlsError) -> ConnectError {
    ConnectError::Tls {
        target: target.to_string(),
        said: wrong.said,
        hint: wrong.hint,
    }
}

fn explain_tls(target: &Target, error: &Error) -> ConnectError {
    let cause = tls_cause(error);
    let said = cause.map_or_else(|| database_words(error), ToString::to_string);
    let hint = match cause {
        Some(rustls::Error::InvalidCertificate(why)) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server needs a new certificate"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "compare the clocks of both machines"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "name the host as its certificate does (subjectAltName; a common name alone does not count), or look at the authority alone with sslmode=verify-ca"
            }
            CertificateError::UnknownIssuer => {
                "`sslrootcert` has to name the certificate of the authority that signed the server's"
            }
            CertificateError::Revoked => "the authority has taken the server's certificate back",
            CertificateError::Other(_) | CertificateError::BadEncoding => {
                "the server's certificate has to be one of X.509 version 3 with a subjectAltName, and not its authority's own"
            }
            _ => "sslmode=require takes any certificate, and any server that stands in between",
        },
        Some(rustls::Error::AlertReceived(_)) => {
            "the server did not take what we offer: a client certificate (sslcert, sslkey), or the version of TLS"
        }
        _ if said.contains(NO_TLS) => {
            "set `ssl = on` in the server's postgresql.conf, or connect with sslmode=disable over a network that is private"
        }
        _ => "the server's log says more",
    };
    no_tls(
        target,
        TlsError {
            said,
            hint: hint.to_owned(),
        },
    )
}

pub(super) fn explain(target: &Target, error: &Error) -> ConnectError {
    let (shown, said) = (target.to_string(), database_words(error));
    match error.code() {
        Some(code) => explain_answer(target, code, shown, said),
        None if is_of_tls(error) => explain_tls(target, error),
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
            said,
            hint: "the server takes connections with TLS alone: sslmode=require, or better verify-full"
                .to_owned(),
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

fn explain_silence(target: String, said: String, error: &Error) -> ConnectError {
    if said.contains("password missing") {
        let hint = "set PGPASSWORD, or write the password into ~/.pgpass".to_owned();
        return ConnectError::WrongPassword {
            target,
            said: "it asks for one, and none is set".to_owned(),
            hint,
        };
    }
    if said.contains("channel binding") {
        return ConnectError::Tls {
            target,
            said,
            hint: "`channel_binding=require` takes TLS and a password by SCRAM; behind a proxy that ends the TLS it cannot be had".to_owned(),
        };
    }
    if said.contains("unsupported authentication method") {
        return ConnectError::Refused {
            target,
            said: "it asks for a way of authentication that is not among ours (GSSAPI, SSPI)".to_owned(),
            hint: "give this user a line with scram-sha-256 or cert in the server's pg_hba.conf, before the one that matches now"
                .to_owned(),
        };
    }
    // With several hosts this is what the last of them was.
    if let Some(kind) = ["database is not read only", "database does not allow writes"]
        .into_iter()
        .find(|words| said.contains(words))
    {
        return ConnectError::Refused {
            target,
            said: kind.to_owned(),
            hint: "`target_session_attrs` asks for another kind of server than those that answer: name the hosts of all of them, or leave it out"
                .to_owned(),
        };
    }
    if is_reason(&said) {
        let of_the_stream = "error communicating with the server: ";
        return ConnectError::Refused {
            target,
            said: said.strip_prefix(of_the_stream).unwrap_or(&said).to_owned(),
            hint: "the server's pg_hba.conf says what it asks of whom; or somebody in between answers for it"
                .to_owned(),
        };
    }
    if said.contains("`requirepeer`") {
        return ConnectError::Refused {
            target,
            said,
            hint:
                "somebody else listens on that socket, or the server's user is another one: `ps` says which"
                    .to_owned(),
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
