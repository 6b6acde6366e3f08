//! Which database is meant, and a session in it.

use super::arguments::Common;
use super::environment_settings::{EnvironmentSettings, Urls};
use super::failure::Failure;
use super::settings::{Settings, expand};
use crate::engine::embedded::Embedded;
use crate::engine::{EngineOptions, Environment, Target, connect};
use crate::output::text::counted;
use tokio_postgres::Client;

/// What server sessions of ours are called.
pub const APPLICATION_NAME: &str = "schemaplan";

/// Where the live database is.
#[derive(Debug)]
pub enum Address {
    /// The one that schemaplan keeps itself.
    Embedded,
    /// A server.
    Server(Target),
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To see what differs: sizes of tables, which take a look at every file of the database, are left out.
    Compare,
    /// It reads.
    Read,
    /// It runs steps: past a pooler, where the environment says how, for a pooler shares sessions among transactions.
    Run,
}

/// Finds the live database: `--url`, `--env`, `DATABASE_URL`, the default environment, libpq's variables.
///
/// # Errors
/// Where nothing names one, or what names it is wrong.
pub fn find(
    common: &Common,
    settings: &Settings,
    purpose: Purpose,
    variable: impl Fn(&str) -> Option<String> + Copy,
    libpq: &Environment,
) -> Result<Address, Failure> {
    if let Some(url) = &common.url {
        return address(url, libpq);
    }
    if let Some(name) = &common.env {
        let Some(environment) = settings.environments.get(name) else {
            let known: Vec<&str> = settings.environments.keys().map(String::as_str).collect();
            let help = match known.is_empty() {
                true => "schemaplan.yaml lists no environments".to_owned(),
                false => format!("schemaplan.yaml has: {}", known.join(", ")),
            };
            return Err(Failure::new(
                "no-environment",
                format!("there is no environment `{name}`"),
                help,
            ));
        };
        return of_environment(name, environment, purpose, variable, libpq);
    }
    if let Some(url) = variable("DATABASE_URL").filter(|url| !url.is_empty()) {
        return address(&url, libpq);
    }
    if let Some(name) = &settings.default_environment
        && let Some(environment) = settings.environments.get(name)
    {
        return of_environment(name, environment, purpose, variable, libpq);
    }
    if let Some(target) = Target::from_environment(libpq)? {
        return Ok(Address::Server(target));
    }
    Err(Failure::new(
        "no-database",
        "nothing names a database",
        "name one with `--url postgres://user@host/db`, `--env NAME`, DATABASE_URL, a default environment in schemaplan.yaml, or PGHOST and its kin; `--url embedded` needs no server",
    ))
}

fn of_environment(
    name: &str,
    environment: &EnvironmentSettings,
    purpose: Purpose,
    variable: impl Fn(&str) -> Option<String>,
    libpq: &Environment,
) -> Result<Address, Failure> {
    let direct = environment
        .direct_url
        .as_ref()
        .filter(|_| purpose == Purpose::Run);
    let url = match (direct, environment.url.as_ref().map(|url| &url.value)) {
        (Some(url), _) | (None, Some(Urls::One(url))) => url,
        (None, Some(Urls::Fleet(members))) => {
            let counted = counted(members.len(), "database");
            return Err(Failure::new(
                "fleet",
                format!("the environment `{name}` is a fleet of {counted}, and this is about one of them"),
                "name one with `--member NAME`: `schemaplan status` lists them",
            ));
        }
        (None, None) => {
            return Err(Failure::new(
                "no-database",
                format!("the environment `{name}` has no url"),
                format!("write `url: postgres://…` below `{name}:` in schemaplan.yaml"),
            ));
        }
    };
    address(&expand(url, variable)?, libpq)
}

/// The database that a URL names.
///
/// # Errors
/// A text that names none.
pub fn address(url: &str, libpq: &Environment) -> Result<Address, Failure> {
    if url == "embedded" {
        return Ok(Address::Embedded);
    }
    Ok(Address::Server(Target::parse(url, libpq)?))
}

/// An open database; the embedded server runs as long as this is held.
pub struct Live {
    /// Where it is.
    pub target: Target,
    /// A session in it.
    pub client: Client,
    embedded: Option<Embedded>,
}

impl Live {
    /// Opens a session, starting the embedded server where that is meant.
    ///
    /// # Errors
    /// When the server does not start or does not let us in.
    pub async fn open(
        address: Address,
        settings: &Settings,
        engine: &EngineOptions,
    ) -> Result<Self, Failure> {
        let (target, embedded) = match address {
            Address::Server(target) => (target, None),
            Address::Embedded => {
                let embedded = Embedded::start(&settings.folder, engine).await?;
                (embedded.target().clone(), Some(embedded))
            }
        };
        let client = connect(&target, APPLICATION_NAME).await?;
        Ok(Self {
            target,
            client,
            embedded,
        })
    }

    /// Ends the session and lets go of the embedded server.
    pub async fn close(self) {
        drop(self.client);
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_saphyr::Spanned;

    fn settings() -> Settings {
        let mut settings = Settings {
            default_environment: Some("local".into()),
            ..Settings::default()
        };
        for (name, url) in [
            ("local", "embedded"),
            ("live", "postgres://app@live/${SHOP_DATABASE}"),
        ] {
            let place = serde_saphyr::Location::UNKNOWN;
            let environment = EnvironmentSettings {
                url: Some(Spanned::new(Urls::One(url.into()), place, place)),
                ..EnvironmentSettings::default()
            };
            settings.environments.insert(name.into(), environment);
        }
        settings
    }

    fn found(common: &Common, settings: &Settings, variables: &'static [(&str, &str)]) -> String {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let libpq: Environment = variables.iter().copied().collect();
        match find(common, settings, Purpose::Read, variable, &libpq) {
            Ok(Address::Embedded) => "embedded".into(),
            Ok(Address::Server(target)) => target.to_string(),
            Err(failure) => failure.diagnostics[0].title.clone(),
        }
    }

    #[test]
    fn the_first_that_names_one_wins() {
        let url = Common {
            url: Some("postgres://a@flag/x".into()),
            ..Common::default()
        };
        let env = Common {
            env: Some("live".into()),
            ..Common::default()
        };
        let all = &[
            ("DATABASE_URL", "postgres://b@variable/x"),
            ("SHOP_DATABASE", "shop"),
            ("PGHOST", "libpq"),
        ];
        assert_eq!(found(&url, &settings(), all), "a@flag:5432/x");
        assert_eq!(found(&env, &settings(), all), "app@live:5432/shop");
        assert_eq!(found(&Common::default(), &settings(), all), "b@variable:5432/x");
        assert_eq!(
            found(&Common::default(), &settings(), &[("PGHOST", "libpq")]),
            "embedded"
        );
    }

    #[test]
    fn a_missing_variable_is_never_an_empty_database() {
        let env = Common {
            env: Some("live".into()),
            ..Common::default()
        };
        assert_eq!(
            found(&env, &settings(), &[]),
            "the environment variable `SHOP_DATABASE` is not set"
        );
        assert_eq!(
            found(&Common::default(), &Settings::default(), &[]),
            "nothing names a database"
        );
    }
}
