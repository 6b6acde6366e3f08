//! A scratch database: empty when given out, removed when closed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio_postgres::{Client, Config};

use super::admin;
use super::connection::{Dial, Notices};
use super::error::EngineError;
use super::session::SessionSettings;

/// An empty database on the engine's server, with a superuser's session in it.
pub struct Scratch {
    /// The session, with the settings applied that were asked for.
    pub client: Client,
    /// What the server says beside its answers, as in `NOTICE`s.
    pub notices: Notices,
    /// What could not be set up as on the live server, one sentence each.
    pub notes: Vec<String>,
    name: String,
    dial: Dial,
    admin: Arc<Client>,
}

impl Scratch {
    /// Connects to the database `name`, which is empty and becomes ours.
    pub(super) async fn open(
        admin: Arc<Client>,
        name: String,
        dial: &Dial,
        settings: &SessionSettings,
    ) -> Result<Self, EngineError> {
        let dial = dial.to(&name);
        let session = async {
            let (client, notices) = dial.session().await.map_err(|error| {
                EngineError::database(
                    format!("connect to the scratch database {name}"),
                    &error,
                    "run the command again",
                )
            })?;
            let notes = settings.apply(&client).await?;
            Ok((client, notices, notes))
        };
        match session.await {
            Ok((client, notices, notes)) => Ok(Self {
                client,
                notices,
                notes,
                name,
                dial,
                admin,
            }),
            Err(error) => {
                let _ = admin::drop_scratch(&admin, &name).await;
                Err(error)
            }
        }
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to open more sessions in this database.
    pub fn connect_options(&self) -> &Config {
        self.dial.config()
    }

    /// What opens more sessions in this database; what the server says beside its answers is dropped there.
    pub fn more_sessions(
        &self,
    ) -> impl Fn() -> Pin<Box<dyn Future<Output = Result<Client, tokio_postgres::Error>>>> + use<> {
        let dial = self.dial.clone();
        move || {
            let dial = dial.clone();
            Box::pin(async move { dial.session().await.map(|(client, _)| client) })
        }
    }

    /// Ends the session and gives the database another name, under which it stays. False where it was removed instead.
    ///
    /// # Errors
    /// When it can be neither kept nor removed.
    pub(super) async fn keep(self, as_name: &str) -> Result<bool, EngineError> {
        let Self {
            client, name, admin, ..
        } = self;
        drop(client);
        if admin::keep_scratch(&admin, &name, as_name).await.is_ok() {
            return Ok(true);
        }
        admin::drop_scratch(&admin, &name).await.map(|()| false)
    }

    /// Ends the session and removes the database.
    ///
    /// # Errors
    /// When the database cannot be removed; a later run removes it then.
    pub async fn close(self) -> Result<(), EngineError> {
        let Self {
            client, name, admin, ..
        } = self;
        drop(client);
        admin::drop_scratch(&admin, &name).await
    }
}
