//! Where the live database is: a URL, a `key=value` string, or libpq's variables.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslMode, SslNegotiation, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::environment::Environment;
use super::libpq_files;
use super::peer::Peer;
use super::require_auth::Allowed;
use super::target_hosts::{DEFAULT_PORT, Host, SOCKET_FOLDERS, hosts};
use super::target_text::{self, Parameters};
use super::tls;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Firewalls forget connections that are silent for minutes, which a long index build is.
const DEFAULT_KEEPALIVES_IDLE: Duration = Duration::from_secs(60);

/// Why a text names no database. It never repeats a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TargetError {
    /// What is wrong.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

impl TargetError {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// A live database. `Display` is `app@db.internal:5432/shop`, never with the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    hosts: Vec<Host>,
    user: String,
    password: Option<String>,
    database: String,
    /// What to show instead, for a database that we serve ourselves.
    label: Option<String>,
    parameters: Parameters,
    allowed: Option<Box<Allowed>>,
    connect_timeout: Option<Duration>,
}

impl Target {
    /// Reads a `postgres://` URL or a `key=value` string; what it leaves out comes from its service, then from the
    /// environment, then from libpq's defaults.
    ///
    /// # Errors
    /// When the text names no database in either form.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, TargetError> {
        Self::resolve(target_text::parse(text)?, environment)
    }

    /// The database that libpq's variables name; `None` where none of `PGHOST`, `PGHOSTADDR`, `PGDATABASE` and
    /// `PGSERVICE` is set.
    ///
    /// # Errors
    /// When a variable holds what it cannot mean.
    pub fn from_environment(environment: &Environment) -> Result<Option<Self>, TargetError> {
        if ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"]
            .iter()
            .all(|name| environment.get(name).is_none())
        {
            return Ok(None);
        }
        Self::resolve(Parameters::new(), environment).map(Some)
    }

    /// A database on a server of ours, behind a socket in `folder`, shown as `label`.
    pub(super) fn served(folder: &Path, user: &str, database: &str, label: &str) -> Self {
        Self {
            hosts: vec![Host {
                name: folder.display().to_string(),
                address: None,
                port: DEFAULT_PORT,
            }],
            user: user.to_owned(),
            password: None,
            database: database.to_owned(),
            label: Some(label.to_owned()),
            parameters: Parameters::new(),
            allowed: None,
            connect_timeout: Some(DEFAULT_TIMEOUT),
        }
    }

    fn resolve(mut given: Parameters, environment: &Environment) -> Result<Self, TargetError> {
        let service = given
            .get("service")
            .cloned()
            .or_else(|| environment.get("PGSERVICE").map(str::to_owned));
        if let Some(name) = service {
            for (key, value) in read_service(&name, environment)? {
                target_text::check_keyword(&key)?;
                given.entry(key).or_insert(value);
            }
        }
        for (variable, keyword) in target_text::VARIABLES {
            // An address from the environment would override the host that was given.
            if keyword == "hostaddr" && given.contains_key("host") {
                continue;
            }
            if let Some(value) = environment.get(variable) {
                given
                    .entry(keyword.to_owned())
                    .or_insert_with(|| value.to_owned());
            }
        }
        given.retain(|_, value| !value.is_empty());
        // Of old, before there was `sslmode`.
        if given
            .get("requiressl")
            .is_some_and(|value| value.starts_with('1'))
        {
            given
                .entry("sslmode".to_owned())
                .or_insert_with(|| "require".to_owned());
        }
        let home = environment
            .get("HOME")
            .map(|home| Path::new(home).join(".postgresql"));
        for (file, keyword) in target_text::HOME_FILES {
            let file = home.as_ref().map(|home| home.join(file));
            if let Some(file) = file.filter(|file| file.exists()) {
                given
                    .entry(keyword.to_owned())
                    .or_insert_with(|| file.display().to_string());
            }
        }
        target_text::check_values(&given)?;
        let hosts = hosts(&given)?;
        let picks = given
            .get("target_session_attrs")
            .is_some_and(|word| word != "any");
        let looks = ["requirepeer", "require_auth"]
            .into_iter()
            .find(|keyword| given.contains_key(*keyword));
        if let Some(keyword) = looks
            && hosts.iter().any(Host::is_socket)
            && (hosts.len() > 1 || picks)
        {
            return Err(TargetError::new(
                format!("`{keyword}` goes with one socket, and with no choice among servers"),
                "name one host, and leave `target_session_attrs` out",
            ));
        }
        let user = match given.get("user") {
            Some(user) => user.clone(),
            None => operating_system_user().ok_or_else(|| {
                TargetError::new(
                    "no user is named",
                    "name one as in postgres://USER@host/database, or set PGUSER",
                )
            })?,
        };
        let database = given.get("dbname").cloned().unwrap_or_else(|| user.clone());
        let password = given
            .get("password")
            .cloned()
            .or_else(|| saved_password(&given, environment, &hosts, &database, &user));
        let connect_timeout = match given
            .get("connect_timeout")
            .and_then(|seconds| seconds.parse().ok())
        {
            None => Some(DEFAULT_TIMEOUT),
            Some(0) => None,
            Some(seconds) => Some(Duration::from_secs(seconds)),
        };
        Ok(Self {
            hosts,
            user,
            password,
            database,
            label: None,
            allowed: given
                .get("require_auth")
                .map(|list| Allowed::parse(list).map(Box::new))
                .transpose()?,
            parameters: given,
            connect_timeout,
        })
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The server as `Display` shows it: `db.internal:5432`.
    pub fn server(&self) -> String {
        let hosts = self.hosts.iter().map(|host| match host.name.contains(':') {
            true => format!("[{}]:{}", host.name, host.port),
            false => format!("{}:{}", host.name, host.port),
        });
        hosts.collect::<Vec<_>>().join(",")
    }

    /// How long connecting may take in all; `None` is without a limit.
    pub(super) fn patience(&self) -> Option<Duration> {
        let hosts = u32::try_from(self.hosts.len()).unwrap_or(1);
        self.connect_timeout.map(|each| each * hosts)
    }

    /// The socket that is looked at, and whom it has to belong to; of no concern to hosts of the network, as in libpq.
    pub(super) fn peer(&self) -> Option<Peer> {
        let user = self.parameters.get("requirepeer").cloned();
        if user.is_none() && self.allowed.is_none() {
            return None;
        }
        let host = self.hosts.iter().find(|host| host.is_socket())?;
        Some(Peer {
            socket: Path::new(&host.name).join(format!(".s.PGSQL.{}", host.port)),
            user,
        })
    }

    /// How its server may ask who we are; none where that is its own affair.
    pub(super) fn allowed(&self) -> Option<&Allowed> {
        self.allowed.as_deref()
    }

    /// What it says of TLS; sockets never use it.
    pub(super) fn tls(&self) -> tls::Mode {
        match self.hosts.iter().all(Host::is_socket) {
            true => tls::Mode::Disable,
            false => tls::Mode::of(&self.parameters),
        }
    }

    /// What makes TLS of a connection to it.
    pub(super) fn tls_connector(&self) -> Result<MakeRustlsConnect, tls::TlsError> {
        tls::connector(&self.parameters)
    }

    pub(super) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// For `tokio_postgres`; `application_name` counts where the target names none itself.
    pub(super) fn config(&self, application_name: &str, tls: SslMode) -> Config {
        let mut config = Config::new();
        let given = |keyword: &str| self.parameters.get(keyword).map(String::as_str);
        for host in &self.hosts {
            config.host(&host.name).port(host.port);
            // One for each host or none at all.
            if let Some(address) = host.address {
                config.hostaddr(address);
            }
        }
        config.user(&self.user).dbname(&self.database).ssl_mode(tls);
        config.application_name(given("application_name").unwrap_or(application_name));
        if let Some(password) = &self.password {
            config.password(password);
        }
        if let Some(options) = given("options") {
            config.options(options);
        }
        if let Some(timeout) = self.connect_timeout {
            config.connect_timeout(timeout);
        }
        let seconds = |keyword: &str| {
            given(keyword)
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs)
        };
        config.keepalives(given("keepalives") != Some("0"));
        config.keepalives_idle(seconds("keepalives_idle").unwrap_or(DEFAULT_KEEPALIVES_IDLE));
        if let Some(interval) = seconds("keepalives_interval") {
            config.keepalives_interval(interval);
        }
        if let Some(count) = given("keepalives_count").and_then(|text| text.parse().ok()) {
            config.keepalives_retries(count);
        }
        if let Some(milliseconds) = given("tcp_user_timeout").and_then(|text| text.parse().ok()) {
            config.tcp_user_timeout(Duration::from_millis(milliseconds));
        }
        match given("target_session_attrs") {
            Some("read-write" | "primary") => config.target_session_attrs(TargetSessionAttrs::ReadWrite),
            Some("read-only" | "standby") => config.target_session_attrs(TargetSessionAttrs::ReadOnly),
            _ => &mut config,
        };
        if given("load_balance_hosts") == Some("random") {
            config.load_balance_hosts(LoadBalanceHosts::Random);
        }
        match given("channel_binding") {
            Some("disable") => config.channel_binding(ChannelBinding::Disable),
            Some("require") => config.channel_binding(ChannelBinding::Require),
            _ => &mut config,
        };
        if given("sslnegotiation") == Some("direct") {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        config
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(label) = &self.label {
            return out.write_str(label);
        }
        write!(out, "{}@{}/{}", self.user, self.server(), self.database)
    }
}

/// As `Display`: a derived one would hold the password.
impl fmt::Debug for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Target({self})")
    }
}

fn operating_system_user() -> Option<String> {
    nix::unistd::User::from_uid(nix::unistd::geteuid())
        .ok()
        .flatten()
        .map(|user| user.name)
}

fn saved_password(
    given: &Parameters,
    environment: &Environment,
    hosts: &[Host],
    database: &str,
    user: &str,
) -> Option<String> {
    let file = given.get("passfile").map(PathBuf::from).or_else(|| {
        environment
            .get("HOME")
            .map(|home| Path::new(home).join(".pgpass"))
    })?;
    hosts.iter().find_map(|host| {
        let name = if SOCKET_FOLDERS.contains(&host.name.as_str()) {
            "localhost"
        } else {
            &host.name
        };
        libpq_files::password(&file, name, host.port, database, user)
    })
}

fn read_service(name: &str, environment: &Environment) -> Result<Vec<(String, String)>, TargetError> {
    let own = environment.get("PGSERVICEFILE").map(PathBuf::from).or_else(|| {
        environment
            .get("HOME")
            .map(|home| Path::new(home).join(".pg_service.conf"))
    });
    let system = environment
        .get("PGSYSCONFDIR")
        .unwrap_or("/etc/postgresql-common");
    let files: Vec<PathBuf> = own
        .into_iter()
        .chain([Path::new(system).join("pg_service.conf")])
        .collect();
    files
        .iter()
        .find_map(|file| libpq_files::service(file, name))
        .ok_or_else(|| {
            let looked: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            TargetError::new(
                format!("the service `{name}` is not defined"),
                format!(
                    "a section [{name}] was looked for in {}; PGSERVICEFILE names another file",
                    looked.join(" and ")
                ),
            )
        })
}

#[path = "target_variables.rs"]
mod variables;
pub use variables::{KNOWS_REQUIRE_AUTH, SERVICE};

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
