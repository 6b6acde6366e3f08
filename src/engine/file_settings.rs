//! The settings of schema files while their statements are executed: each file's hold for its own statements.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use super::admin::{quote_ident, quote_literal};
use super::error::EngineError;
use super::load::lost;
use crate::desired::Settings;

/// What is in force in a session, and how it was before.
pub(super) struct FileSettings<'a> {
    client: &'a Client,
    /// What settings that files change were before.
    base: BTreeMap<String, String>,
    /// The settings of files that are in force.
    now: Settings,
    /// Settings that this server does not know; said once.
    refused: BTreeSet<String>,
}

impl<'a> FileSettings<'a> {
    /// Makes the session quiet, and notes what it has for everything that any of `all` sets.
    pub(super) async fn begin(
        client: &'a Client,
        all: impl Iterator<Item = &Settings>,
    ) -> Result<Self, EngineError> {
        let quiet = "SET check_function_bodies = off; SET client_min_messages = error; SET row_security = on";
        client.batch_execute(quiet).await.map_err(|error| lost(&error))?;
        let mut begun = Self {
            client,
            base: BTreeMap::new(),
            now: Settings::default(),
            refused: BTreeSet::new(),
        };
        let names: BTreeSet<&str> = all
            .flat_map(|settings| settings.statements.keys())
            .map(String::as_str)
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        if names.is_empty() {
            return Ok(begun);
        }
        let query = "SELECT n, current_setting(n, true) FROM unnest($1::text[]) AS n";
        let rows = client
            .query(query, &[&names])
            .await
            .map_err(|error| lost(&error))?;
        for row in rows {
            let (name, value): (String, Option<String>) = (row.get(0), row.get(1));
            begun.base.extend(value.map(|value| (name, value)));
        }
        Ok(begun)
    }

    /// Statements, each under its settings, as one text; and the settings that hold at its end.
    pub(super) fn script<'s>(
        &self,
        pieces: impl Iterator<Item = (&'s str, &'s Settings)>,
    ) -> (String, Settings) {
        let (mut text, mut now) = (String::new(), self.now.clone());
        for (statement, settings) in pieces {
            for change in self.changes(&now, settings) {
                text.push_str(&change);
                text.push_str(";\n");
            }
            if now != *settings {
                now = settings.clone();
            }
            text.push_str(statement);
            text.push_str("\n;\n");
        }
        (text, now)
    }

    /// After the text of [`Self::script`] was executed.
    pub(super) fn are_now(&mut self, settings: Settings) {
        self.now = settings;
    }

    /// What leads from one file's settings to another's.
    fn changes(&self, from: &Settings, to: &Settings) -> Vec<String> {
        if from == to {
            return Vec::new();
        }
        let left = from
            .statements
            .keys()
            .filter(|name| !to.statements.contains_key(*name));
        let back = left.map(|name| match (name.as_str(), self.base.get(name)) {
            ("role" | "session_authorization", _) | (_, None) => format!("RESET {}", quote_ident(name)),
            (name, Some(value)) => {
                format!(
                    "SELECT set_config({}, {}, false)",
                    quote_literal(name),
                    quote_literal(value)
                )
            }
        });
        let set = to
            .statements
            .iter()
            .filter(|(name, text)| from.statements.get(*name) != Some(text) && !self.refused.contains(*text))
            .map(|(_, text)| text.clone());
        back.chain(set).collect()
    }

    /// Puts a file's settings in force. One that this server does not know (of a newer major, of an extension) is left out: what
    /// depends on it fails by itself.
    pub(super) async fn switch(&mut self, to: &Settings) -> Result<(), EngineError> {
        for change in self.changes(&self.now, to) {
            let _ = self.client.batch_execute("SAVEPOINT schemaplan_setting").await;
            match self.client.batch_execute(&change).await {
                Ok(()) => {}
                Err(error) if error.as_db_error().is_none() => return Err(lost(&error)),
                Err(_) => {
                    let back = "ROLLBACK TO SAVEPOINT schemaplan_setting";
                    let _ = self.client.batch_execute(back).await;
                    self.refused.insert(change);
                }
            }
        }
        self.now = to.clone();
        Ok(())
    }
}
