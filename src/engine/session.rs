//! The settings of the live session under which the desired statements mean what they mean there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::EngineError;

/// What the engine takes over from the live server while it executes the desired statements. It is part of the key
/// of a cached catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSettings {
    /// The live server's major, 0 where there is no live server.
    pub major: u32,
    /// `TimeZone`.
    pub time_zone: String,
    /// `DateStyle`, as in `ISO, DMY`.
    pub date_style: String,
    /// `IntervalStyle`.
    pub interval_style: String,
    /// `search_path`, with `"$user"` replaced by the role that is connected there.
    pub search_path: String,
    /// The `default_*` settings that decide what an unsaid part of a definition becomes, by name.
    pub defaults: BTreeMap<String, String>,
}

/// The settings of `default_*` that reach into definitions; those on transactions and statistics do not.
const DEFAULTS: [&str; 4] = [
    "default_tablespace",
    "default_table_access_method",
    "default_toast_compression",
    "default_text_search_config",
];

impl Default for SessionSettings {
    /// What a fresh server has: UTC, ISO dates, `public`.
    fn default() -> Self {
        Self {
            major: 0,
            time_zone: "UTC".to_owned(),
            date_style: "ISO, MDY".to_owned(),
            interval_style: "postgres".to_owned(),
            search_path: "public".to_owned(),
            defaults: BTreeMap::new(),
        }
    }
}

impl SessionSettings {
    /// Reads them from a live session, in one round trip.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn of(client: &Client) -> Result<Self, EngineError> {
        let failed = |error| {
            EngineError::database(
                "read the settings of the live session",
                &error,
                "check the connection and try again",
            )
        };
        let names: Vec<String> = DEFAULTS.iter().map(|name| (*name).to_owned()).collect();
        // No prepared statement: a pooler would leave it with a backend that another session gets next.
        let rows = client
            .query_typed(
                "SELECT name, setting, quote_ident(current_user)
                   FROM pg_catalog.pg_settings
                  WHERE name = ANY ($1)
                     OR name IN ('server_version_num', 'TimeZone', 'DateStyle', 'IntervalStyle', 'search_path')",
                &[(&names, Type::TEXT_ARRAY)],
            )
            .await
            .map_err(failed)?;
        let mut settings = Self::default();
        for row in rows {
            let (name, value, role): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            match name.as_str() {
                "server_version_num" => settings.major = value.parse::<u32>().unwrap_or(0) / 10_000,
                "TimeZone" => settings.time_zone = value,
                "DateStyle" => settings.date_style = value,
                "IntervalStyle" => settings.interval_style = value,
                "search_path" => settings.search_path = resolve_user(&value, &role),
                _ => {
                    settings.defaults.insert(name, value);
                }
            }
        }
        Ok(settings)
    }

    /// The schema in which a name without a schema is made, none where no schema of the search_path is there.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn first_schema(client: &Client) -> Result<Option<String>, EngineError> {
        let rows = client.query_typed("SELECT current_schema()::text", &[]).await;
        let rows = rows.map_err(|error| {
            EngineError::database(
                "read the search_path of the live session",
                &error,
                "check the connection and try again",
            )
        })?;
        Ok(rows.first().and_then(|row| row.get(0)))
    }

    /// Applies them to a session of the engine's. Returns a note for each that this server does not take, such as
    /// an access method of an extension that is not installed here.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn apply(&self, client: &Client) -> Result<Vec<String>, EngineError> {
        let mut wanted: Vec<(&str, &str)> = vec![
            ("TimeZone", &self.time_zone),
            ("DateStyle", &self.date_style),
            ("IntervalStyle", &self.interval_style),
            ("search_path", &self.search_path),
        ];
        wanted.extend(
            self.defaults
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let (names, values): (Vec<&str>, Vec<&str>) = wanted.iter().copied().unzip();
        let all = client
            .query(
                "SELECT set_config(s.name, s.value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)",
                &[&names, &values],
            )
            .await;
        let Err(error) = all else { return Ok(Vec::new()) };
        if error.as_db_error().is_none() {
            return Err(lost(&error));
        }
        let mut notes = Vec::new();
        for (name, value) in wanted {
            match client
                .execute("SELECT set_config($1, $2, false)", &[&name, &value])
                .await
            {
                Ok(_) => {}
                Err(error) => match error.as_db_error() {
                    Some(db) => notes.push(format!(
                        "the live server has `{name}` = `{value}`, which the engine does not take: {}",
                        db.message()
                    )),
                    None => return Err(lost(&error)),
                },
            }
        }
        Ok(notes)
    }
}

fn lost(error: &tokio_postgres::Error) -> EngineError {
    EngineError::database("set up a session of the engine", error, "run the command again")
}

/// `"$user"` means the schema named like the connected role; in the engine another role is connected.
fn resolve_user(search_path: &str, quoted_role: &str) -> String {
    search_path.replace("\"$user\"", quoted_role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_the_live_role_stays_that_of_the_live_role() {
        assert_eq!(resolve_user("\"$user\", public", "app"), "app, public");
        assert_eq!(
            resolve_user("\"$user\", public", "\"Odd role\""),
            "\"Odd role\", public"
        );
        assert_eq!(resolve_user("shop", "app"), "shop");
    }

    #[test]
    fn they_survive_being_saved() {
        let mut settings = SessionSettings::default();
        settings
            .defaults
            .insert("default_tablespace".into(), "fast".into());
        let saved = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<SessionSettings>(&saved).unwrap(), settings);
    }
}
