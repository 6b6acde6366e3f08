//! How a program of PostgreSQL's is told where the database is.

use super::{Host, Target, target_text};

/// The name of the service in [`Target::service_file`].
pub const SERVICE: &str = "schemaplan";

/// The first major whose programs know `require_auth`; older ones pass over its variable.
pub const KNOWS_REQUIRE_AUTH: u32 = 16;

impl Target {
    /// Whether it says how its server may ask who we are.
    pub fn requires_auth(&self) -> bool {
        self.allowed().is_some()
    }

    /// What has no variable, as the text of a service file; none where there is nothing of that kind.
    pub fn service_file(&self) -> Option<String> {
        let passphrase = self.parameters.get("sslpassword")?;
        Some(format!("[{SERVICE}]\nsslpassword={passphrase}\n"))
    }

    /// The variables by which a program of PostgreSQL's finds the same database with the same security: nothing of it stands on
    /// a command line. All others that begin with `PG` are to be taken from that program.
    pub fn variables(&self, application_name: &str) -> Vec<(&'static str, String)> {
        let list = |of: &dyn Fn(&Host) -> String| self.hosts.iter().map(of).collect::<Vec<_>>().join(",");
        let mut found: Vec<(&'static str, String)> = target_text::VARIABLES
            .into_iter()
            .filter(|(_, keyword)| {
                !matches!(
                    *keyword,
                    "host"
                        | "hostaddr"
                        | "port"
                        | "user"
                        | "password"
                        | "dbname"
                        | "passfile"
                        | "application_name"
                        | "connect_timeout"
                        | "service"
                )
            })
            .filter_map(|(variable, keyword)| Some((variable, self.parameters.get(keyword)?.clone())))
            .collect();
        found.push(("PGHOST", list(&|host| host.name.clone())));
        found.push(("PGPORT", list(&|host| host.port.to_string())));
        if self.hosts.iter().any(|host| host.address.is_some()) {
            let address = |host: &Host| {
                host.address
                    .map(|address| address.to_string())
                    .unwrap_or_default()
            };
            found.push(("PGHOSTADDR", list(&address)));
        }
        found.push(("PGUSER", self.user.clone()));
        found.push(("PGDATABASE", self.database.clone()));
        let name = self.parameters.get("application_name");
        found.push((
            "PGAPPNAME",
            name.cloned().unwrap_or_else(|| application_name.to_owned()),
        ));
        let seconds = self.connect_timeout.map_or(0, |timeout| timeout.as_secs());
        found.push(("PGCONNECT_TIMEOUT", seconds.to_string()));
        if let Some(password) = &self.password {
            found.push(("PGPASSWORD", password.clone()));
        }
        found
    }
}
